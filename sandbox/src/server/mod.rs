//! What every party's server has in common: its listener with TLS, the faults that can be switched on in front of it, the
//! shapes of its requests and answers, and the calls that it makes to others.
//!
//! Nothing here knows what a party does.

pub(crate) mod calls;
pub(crate) mod faults;
pub(crate) mod front;
pub(crate) mod listener;
pub(crate) mod reply;
pub(crate) mod tls;
pub(crate) mod traffic;
