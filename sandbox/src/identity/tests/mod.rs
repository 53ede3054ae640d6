//! The provider from outside: what an app and a browser see, right and wrong.

mod browser;
mod devices;
mod flow;
mod gate;
mod leaving;
mod proofs;
mod renewal;
mod requests;
mod tampered;
mod world;
