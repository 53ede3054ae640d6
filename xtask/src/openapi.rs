//! `cargo xtask openapi`: writes the protocol's OpenAPI document, which is checked in so that those who read it need no Rust.

use crate::{report, say, workspace::Workspace};
use std::{fs, io, process::ExitCode};

/// Makes the document from the wire types and writes it where it is checked in.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    let path = workspace.root.join("docs/openapi.json");
    let written = rabt_protocol::openapi::text()
        .map_err(io::Error::from)
        .and_then(|text| fs::write(&path, text));
    match written {
        Ok(()) => {
            say(&format!("wrote {}", path.display()));
            ExitCode::SUCCESS
        }
        Err(error) => report::fail(&error),
    }
}
