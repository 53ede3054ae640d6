//! A city of people with bills, mandates and histories in files of rows, and the engine over all of them: what a gateway does each
//! morning.
//!
//! A file is a district: so many people one after the other, each a row in postcard's form. A worker reads a file, decides about its people
//! and forgets them, so that the memory follows the workers and not the people. Nothing here is how a gateway must keep its bills; it is
//! the least that the engine has to be given, read from a disk.

mod made;
mod rows;
mod run;

pub(crate) use run::{City, decide_child};
