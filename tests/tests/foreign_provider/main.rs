//! The real client against an identity provider that nobody here wrote: certified, strict, in a process of its own.
//!
//! `device` is a device with nothing but the link's session on it; `session` goes through the life of a session; `facade` does
//! what an app does.

mod device;
mod facade;
mod session;
mod sign_in;
