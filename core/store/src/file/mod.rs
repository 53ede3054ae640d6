//! The folder and its two files: opening, checking, migrating, healing and setting aside. What the tables hold is the business
//! of the rooms.

mod database;
mod fault;
mod folder;
mod lock;
mod migrate;
mod open;

pub(crate) use database::{Database, Tx, encode, encode_within};
pub(crate) use fault::{Fault, from_io};
pub(crate) use folder::Folder;
pub(crate) use lock::FolderLock;
pub(crate) use open::{Found, Unusable, create, look, open};
