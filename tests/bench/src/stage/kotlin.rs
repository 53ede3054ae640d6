//! The Kotlin library on a JVM (`bindings/kotlin/bench`), and the files of the peer in Kotlin that keeps bills unsealed.

use super::{Shelf, Shell};
use crate::harness::{Child, Outcome};
use std::process::Command;
use tempfile::TempDir;

const LIBRARY_MAIN: &str = "city.rabt.bench.MainKt";
const PEER_MAIN: &str = "rabt.peer.FirstPageKt";
/// The heap of a JVM whose memory is measured: of one size and touched from the start, so that what grows is what is held.
const FIXED_HEAP: [&str; 3] = ["-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch"];

/// Starts the library over so many bills.
///
/// # Errors
/// Where it wasn't brought, or there is no Java.
pub(crate) fn kotlin_library(class_path: Option<&str>, bills: usize) -> Outcome<Shell> {
    let shelf = Shelf::of(bills)?;
    let child = java(
        library(class_path)?,
        &FIXED_HEAP,
        LIBRARY_MAIN,
        &["calls", shelf.path()?],
    )?;
    Ok(Shell::over(child, vec![shelf]))
}

/// Starts a process that opens a folder, reads the first page and says how many bills it has.
///
/// # Errors
/// As [`kotlin_library`].
pub(crate) fn kotlin_first_page(class_path: Option<&str>, folder: &str) -> Outcome<Child> {
    java(library(class_path)?, &[], LIBRARY_MAIN, &["first-page", folder])
}

fn library(class_path: Option<&str>) -> Outcome<&str> {
    Ok(class_path.ok_or("the Kotlin library wasn't brought; run this by `cargo xtask bench`")?)
}

/// A database of the peer's, with the bills that a [`Shelf`] has.
pub(crate) struct PeersShelf {
    class_path: String,
    folder: TempDir,
}

impl PeersShelf {
    /// One with so many bills.
    ///
    /// # Errors
    /// Where the peer wasn't brought, or there is no Java.
    pub(crate) fn filled(class_path: Option<&str>, bills: usize) -> Outcome<Self> {
        let class_path = class_path.ok_or("the Kotlin peer wasn't brought; run this by `cargo xtask bench`")?;
        let shelf = Self {
            class_path: class_path.to_owned(),
            folder: tempfile::Builder::new().prefix("rabt-peer-").tempdir()?,
        };
        let mut filling = java(
            class_path,
            &[],
            PEER_MAIN,
            &["fill", &shelf.file()?, &bills.to_string()],
        )?;
        filling.heard()?;
        Ok(shelf)
    }

    /// Starts a process that opens it, reads the first page and says how many bills it has.
    ///
    /// # Errors
    /// Where there is no Java.
    pub(crate) fn first_page(&self) -> Outcome<Child> {
        java(&self.class_path, &[], PEER_MAIN, &[&self.file()?])
    }

    fn file(&self) -> Outcome<String> {
        let file = self.folder.path().join("bills.db");
        Ok(file.to_str().ok_or("a folder whose name is no text")?.to_owned())
    }
}

fn java(class_path: &str, options: &[&str], main: &str, arguments: &[&str]) -> Outcome<Child> {
    let mut command = Command::new("java");
    command.args(options).args(["-cp", class_path, main]).args(arguments);
    Child::of(command)
}
