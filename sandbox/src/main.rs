//! The simulated city on the command line.

fn main() {}
