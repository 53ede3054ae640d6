//! The list of what can be asked of whom. The OpenAPI document is made from it; nothing else is.
