//! Ports of a lane's own. Its city is down for moments, and nobody may take them meanwhile.

use std::net::{Ipv4Addr, TcpListener};

/// Below the ports that systems give to connections that go out, so that none of those takes one.
const FIRST: u16 = 10_000;
/// More than the parties of a city, and the guard.
const BLOCK: u16 = 40;
const BLOCKS: u16 = 500;
/// How many blocks are tried.
const TRIED_MAX: u16 = 50;
/// How many blocks lie between two tries: beyond those that the other lanes of this process try first.
const STRIDE: u16 = 8;

/// A block of consecutive ports. Its last one is held for as long as this lives, which keeps every other lane, of this process or
/// another, out of the block.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) first: u16,
    _guard: TcpListener,
}

impl Ports {
    /// Blocks for lane `number`, one after the other: a port in one may be somebody else's, which is seen when it is used.
    pub(crate) fn free(number: u16) -> impl Iterator<Item = Self> {
        let process = u16::try_from(std::process::id() % u32::from(BLOCKS)).unwrap_or(0);
        (0..TRIED_MAX).filter_map(move |attempt| {
            let block = (process + number + attempt * STRIDE) % BLOCKS;
            let first = FIRST + block * BLOCK;
            let guard = TcpListener::bind((Ipv4Addr::LOCALHOST, first + BLOCK - 1)).ok()?;
            Some(Self { first, _guard: guard })
        })
    }
}
