//! What comes from outside, thrown at the code that reads it: the URL that a sign-in comes back with, every document of the wire,
//! the signed directory, and receipts.
//!
//! A target is a plain function of some bytes that panics where something doesn't hold. It asserts what must hold of an answer that
//! was taken, by rules that are written here anew and not called from the code under test; that nothing crashes is the least of it.
//! The same functions run three ways: under libFuzzer (`cargo xtask fuzz`), over the corpus as plain tests (`cargo test`), and
//! over single files (`cargo run -p rabt-fuzz --bin TARGET FILE`), by which a finding is looked at. No rule of the product lives
//! here, and nothing here is random but the keys, which are made anew in each process.

mod callback_url;
mod directory;
mod keys;
mod oracle;
mod receipt;
mod wire_document;

pub use callback_url::callback_url;
pub use directory::directory;
pub use receipt::receipt;
pub use wire_document::{answer_byte, document_byte, wire_document};

/// A target, and the name of its program and of its folder in `corpus/`.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Panics where something doesn't hold.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 4] = [
    Target {
        name: "callback_url",
        run: callback_url,
    },
    Target {
        name: "wire_document",
        run: wire_document,
    },
    Target {
        name: "directory",
        run: directory,
    },
    Target {
        name: "receipt",
        run: receipt,
    },
];

/// The program of a target: libFuzzer's where `cargo xtask fuzz` compiles it, else one that runs the files which are its arguments.
#[macro_export]
macro_rules! program {
    ($target:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| rabt_fuzz::$target(input));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            std::env::args_os()
                .skip(1)
                .try_for_each(|file| std::fs::read(file).map(|input| rabt_fuzz::$target(&input)))
        }
    };
}
