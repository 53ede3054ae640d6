//! What the measures of the network stand on: a city in a process of its own, the client on real files, and a bare client for
//! references.

mod bare;
mod city;
mod fixture;
mod peer;
mod phone;

pub(crate) use bare::Bare;
pub(crate) use city::{City, CitySpec, child};
pub(crate) use peer::Peer;
pub(crate) use phone::Phone;

/// Whose bills they are: a person who has none of their own, so that the made agencies' are all there is.
const PERSONA: &str = "nobody";
