//! The app in Swift (`tests/peers/swift-app`), as a measure holds it: the core over two folders of bills, through the face and as bare bytes.

use super::Shelf;
use crate::harness::{Bench, Child, Outcome};
use std::{process::Command, sync::Arc};

/// See the module.
pub(crate) struct SwiftApp {
    child: Child,
    /// Hold the folders; one process has a folder open at a time.
    _folders: [Arc<Shelf>; 2],
}

impl SwiftApp {
    /// Starts it over so many bills.
    ///
    /// # Errors
    /// Where it wasn't brought, or doesn't open.
    pub(crate) fn over(bills: usize, bench: &Bench) -> Outcome<Self> {
        let program = bench.peers.swift.as_deref();
        let program = program.ok_or("the app in Swift wasn't brought; run this by `cargo xtask bench`")?;
        let folders = [Arc::new(Shelf::filled(bills)?), Arc::new(Shelf::filled(bills)?)];
        let mut command = Command::new(program);
        for folder in &folders {
            command.arg(folder.path()?);
        }
        let mut child = Child::of(command)?;
        match child.heard()?.as_str() {
            "open" => Ok(Self {
                child,
                _folders: folders,
            }),
            other => Err(format!("the app in Swift said `{other}`").into()),
        }
    }

    /// Has it do something; the number that it answers with.
    ///
    /// # Errors
    /// Where it ends over it.
    pub(crate) fn number(&mut self, line: &str) -> Outcome<f64> {
        Ok(self.child.ask(line)?.parse()?)
    }

    /// Has it do something that has no figure.
    ///
    /// # Errors
    /// As [`SwiftApp::number`].
    pub(crate) fn done(&mut self, line: &str) -> Outcome<()> {
        self.child.ask(line).map(|_| ())
    }
}
