//! Opening whatever is found.
