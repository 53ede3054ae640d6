//! The app in Swift (`tests/peers/swift-app`), started over two folders of bills: one for the face, and one for the bare calls below it, which the
//! face keeps to itself.

use super::{Shelf, Shell};
use crate::harness::{Child, Outcome};
use std::{path::Path, process::Command, sync::Arc};

/// Starts it over so many bills.
///
/// # Errors
/// Where it wasn't brought, or can't be started.
pub(crate) fn swift_app(program: Option<&Path>, bills: usize) -> Outcome<Shell> {
    let program = program.ok_or("the app in Swift wasn't brought; run this by `cargo xtask bench`")?;
    let folders = vec![Arc::new(Shelf::filled(bills)?), Arc::new(Shelf::filled(bills)?)];
    let mut command = Command::new(program);
    for folder in &folders {
        command.arg(folder.path()?);
    }
    Ok(Shell::over(Child::of(command)?, folders))
}
