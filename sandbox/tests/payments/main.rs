//! The gateway and the bank as a client meets them, over sockets: the directory, linking, quotes, payments, and what becomes of a
//! payment when agencies fail, answers are lost and the city is killed.

mod audit;
mod crash;
mod directory;
mod linking;
mod paying;
mod person;
mod troubles;
