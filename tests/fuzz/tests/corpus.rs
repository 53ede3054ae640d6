//! The corpus is run by every `cargo test`: what the city says, and what a fuzzer once found.

use rabt_fuzz::TARGETS;
use std::{fs, path::Path};

/// All of it together, in bytes: it is cloned by everybody.
const CORPUS_BYTES_MAX: usize = 300 * 1024;

/// The fewest inputs of a target: below, the program that writes them has missed something.
const INPUTS_MIN: usize = 5;

#[test]
fn every_input_of_the_corpus_holds() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut bytes = 0;
    for target in TARGETS {
        let entries = fs::read_dir(home.join(target.name)).expect("each target has a folder");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("the folder is read").path()).collect();
        paths.sort();
        assert!(paths.len() >= INPUTS_MIN, "{} begins with next to nothing", target.name);
        for path in paths {
            // Named first, so that a panic stands below its input in what the test prints.
            println!("{}", path.display());
            let input = fs::read(&path).expect("the file is read");
            (target.run)(&input);
            bytes += input.len();
        }
    }
    assert!(bytes <= CORPUS_BYTES_MAX, "the corpus has {bytes} bytes");
}

#[test]
fn short_inputs_hold() {
    for target in TARGETS {
        (target.run)(&[]);
        for first in 0..=u8::MAX {
            (target.run)(&[first]);
            (target.run)(&[first, 0]);
            (target.run)(&[first, 0, 0]);
        }
    }
}
