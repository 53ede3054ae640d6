//! `rabt-bindgen LANGUAGE LIBRARY CONFIG FOLDER`: writes the Kotlin or Swift sources of the bindings from a built library.
//!
//! It is a program of its own so that the library that is shipped carries no generator, and of the same version of UniFFI, since
//! the sources check that the library was made by it. The library must not be stripped of its symbols: what they hold is read here.
//! What UniFFI writes is given texts that hold nothing of a person (the module `printed`).

mod kotlin;
mod printed;
mod swift;

use printed::{Printed, PrintedError};
use std::{
    env, fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};
use uniffi::{GenerateOptions, SwiftBindingsOptions, TargetLanguage};

/// The C module that the Swift sources import.
const SWIFT_C_MODULE: &str = "RabtFFI";

/// What is written, within the folder.
const KOTLIN_SOURCE: &str = "city/rabt/rabt.kt";
const SWIFT_SOURCE: &str = "RabtGenerated.swift";

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [language, library, config, folder] = arguments.as_slice() else {
        return Err(io::Error::other("usage: rabt-bindgen kotlin|swift LIBRARY CONFIG FOLDER").into());
    };
    let done = match language.as_str() {
        "kotlin" => {
            uniffi::generate(GenerateOptions {
                languages: vec![TargetLanguage::Kotlin],
                source: library.into(),
                out_dir: folder.into(),
                config_override: Some(config.into()),
                ..GenerateOptions::default()
            })?;
            let file = Path::new(folder).join(KOTLIN_SOURCE);
            rewrite(&file, printed::kotlin).and_then(|()| idiomatic(&file, kotlin::idiomatic))
        }
        "swift" => {
            uniffi::generate_swift_bindings(SwiftBindingsOptions {
                generate_swift_sources: true,
                generate_headers: true,
                generate_modulemap: true,
                source: library.into(),
                out_dir: folder.into(),
                module_name: Some(SWIFT_C_MODULE.to_owned()),
                modulemap_filename: Some("module.modulemap".to_owned()),
                config: Some(config.into()),
                ..SwiftBindingsOptions::default()
            })?;
            let file = Path::new(folder).join(SWIFT_SOURCE);
            rewrite(&file, printed::swift).and_then(|()| idiomatic(&file, swift::idiomatic))
        }
        other => return Err(io::Error::other(format!("`{other}` is not a language of the bindings")).into()),
    };
    if let Err(error) = done {
        // In words, and not as `main` would print an error.
        writeln!(io::stderr(), "error: {error}")?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn rewrite(
    file: &Path,
    with_texts: impl FnOnce(&str, Printed) -> Result<String, PrintedError>,
) -> Result<(), Box<dyn std::error::Error>> {
    let source = fs::read_to_string(file)?;
    Ok(fs::write(file, with_texts(&source, Printed::read()?)?)?)
}

/// Writes what the language wants, where the generator has no setting for it.
fn idiomatic<E: std::error::Error + 'static>(
    file: &Path,
    written: impl FnOnce(&str) -> Result<String, E>,
) -> Result<(), Box<dyn std::error::Error>> {
    Ok(fs::write(file, written(&fs::read_to_string(file)?)?)?)
}

/// Exchanges a text of the generator's that is known to stand in one place; in how many it stands where that isn't so.
fn exchanged(source: &str, from: &str, to: &str) -> Result<String, usize> {
    match source.matches(from).count() {
        1 => Ok(source.replace(from, to)),
        places => Err(places),
    }
}
