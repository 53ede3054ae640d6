//! What the measures stand on: a city in a process of its own, the client on real files, a bare client for references; and folders of
//! sealed bills.

mod bare;
mod city;
mod fixture;
mod kotlin;
mod peer;
mod phone;
mod shelf;
mod shell;
mod swift;

pub(crate) use bare::Bare;
pub(crate) use city::{City, CitySpec, child};
pub(crate) use kotlin::{PeersShelf, kotlin_first_page, kotlin_library};
pub(crate) use peer::Peer;
pub(crate) use phone::Phone;
pub(crate) use shelf::{FileSecrets, Shelf, fill as fill_shelf, open as open_shelf, search};
pub(crate) use shell::Shell;
pub(crate) use swift::swift_app;

/// Whose bills they are: a person who has none of their own, so that the made agencies' are all there is.
const PERSONA: &str = "nobody";
