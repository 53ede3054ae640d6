//! The OpenAPI 3.1 document of the city's protocol, made from the types and the list of endpoints.
