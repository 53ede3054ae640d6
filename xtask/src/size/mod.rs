//! `cargo xtask size`: what the client weighs as a library, against the bare stack that it stands on, and which crates it is made of.
//!
//! Both are built by the same profile in the same run: a figure from another day or compiler says nothing about this one.

mod symbols;

use crate::{
    bindings::{self, SHIPPED},
    report, say,
    workspace::Workspace,
};
use serde::Serialize;
use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The package that does with the same dependencies what any such client does.
const BARE: &str = "rabt-size-bare";
/// The client may be this much larger than the bare stack.
const RATIO_MAX: f64 = 1.5;
/// How many crates the table shows.
const SHOWN: usize = 20;

/// Why nothing was weighed.
#[derive(Debug, thiserror::Error)]
enum SizeError {
    #[error("`{program}` can't be started; install it, or put it on PATH, and run this again")]
    NotStarted { program: &'static str, source: io::Error },
    #[error("`{program}` failed; what it printed says why")]
    Failed { program: &'static str },
    #[error("{} can't be read or written", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the symbols of {} can't be read", path.display())]
    Symbols { path: PathBuf, source: object::Error },
    #[error("the report can't be written")]
    Report(#[from] serde_json::Error),
}

/// `target/reports/size.json`.
#[derive(Serialize)]
struct Sizes {
    /// Bytes of the client's stripped library.
    shipped: u64,
    /// Bytes of the bare one.
    bare: u64,
    ratio: f64,
    goal: f64,
    /// What the client is made of, the largest first; empty where the system's libraries don't say how long a symbol is.
    crates: Vec<symbols::Share>,
}

/// Builds both, weighs them, prints the ledger and writes the report. A goal that is missed is said to be missed.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    match weigh(workspace) {
        Ok(sizes) => {
            show(&sizes);
            ExitCode::SUCCESS
        }
        Err(error) => report::fail(&error),
    }
}

fn weigh(workspace: &Workspace) -> Result<Sizes, SizeError> {
    finish("cargo", &mut bindings::shipped(workspace))?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--release", "--lib", "--package", BARE]);
    finish("cargo", &mut cargo)?;
    let folder = workspace.target.join("size");
    made(&folder, fs::create_dir_all(&folder))?;
    let (shipped, bare) = (library(workspace, SHIPPED), library(workspace, BARE));
    let shipped_bytes = stripped(&shipped, &folder)?;
    let bare_bytes = stripped(&bare, &folder)?;
    let bytes = made(&shipped, fs::read(&shipped))?;
    let crates =
        symbols::shares(&bytes, shipped_bytes).map_err(|source| SizeError::Symbols { path: shipped, source })?;
    #[expect(clippy::cast_precision_loss, reason = "a library is far below 2^52 bytes")]
    let ratio = shipped_bytes as f64 / bare_bytes as f64;
    let sizes = Sizes {
        shipped: shipped_bytes,
        bare: bare_bytes,
        ratio,
        goal: RATIO_MAX,
        crates,
    };
    let path = workspace.target.join("reports/size.json");
    made(&path, path.parent().map_or(Ok(()), fs::create_dir_all))?;
    made(&path, fs::write(&path, serde_json::to_vec_pretty(&sizes)?))?;
    Ok(sizes)
}

/// Where cargo puts a package's library.
fn library(workspace: &Workspace, package: &str) -> PathBuf {
    let name = format!("{DLL_PREFIX}{}{DLL_SUFFIX}", package.replace('-', "_"));
    workspace.target.join("release").join(name)
}

/// The bytes of a library without what no program needs to load it. The original keeps its symbols: bindings are generated from
/// it, and a crash on somebody's phone is read with it.
fn stripped(library: &Path, folder: &Path) -> Result<u64, SizeError> {
    let copy = folder.join(library.file_name().unwrap_or_default());
    let mut strip = Command::new("strip");
    if cfg!(target_vendor = "apple") {
        // There, what other programs look up is in the same list.
        strip.arg("-x");
    }
    strip.arg("-o").arg(&copy).arg(library);
    finish("strip", &mut strip)?;
    Ok(made(&copy, fs::metadata(&copy))?.len())
}

fn finish(program: &'static str, command: &mut Command) -> Result<(), SizeError> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(SizeError::Failed { program }),
        Err(source) => Err(SizeError::NotStarted { program, source }),
    }
}

fn made<T>(path: &Path, done: io::Result<T>) -> Result<T, SizeError> {
    done.map_err(|source| SizeError::File {
        path: path.to_owned(),
        source,
    })
}

fn show(sizes: &Sizes) {
    let mut lines = vec![
        line(SHIPPED, sizes.shipped, sizes.shipped),
        line(BARE, sizes.bare, sizes.shipped),
        String::new(),
    ];
    let (shown, rest) = sizes.crates.split_at(sizes.crates.len().min(SHOWN));
    lines.extend(shown.iter().map(|share| line(&share.name, share.bytes, sizes.shipped)));
    if !rest.is_empty() {
        let bytes = rest.iter().map(|share| share.bytes).sum();
        lines.push(line(&format!("{} more", rest.len()), bytes, sizes.shipped));
    }
    let verdict = if sizes.ratio <= sizes.goal { "met" } else { "MISSED" };
    lines.push(String::new());
    lines.push(format!(
        "the client is {:.2} times the bare stack; at most {:.1}: {verdict}",
        sizes.ratio, sizes.goal
    ));
    for line in lines {
        say(&line);
    }
}

fn line(name: &str, bytes: u64, of: u64) -> String {
    format!("{name:<40} {:>9} KiB {:>5} %", bytes / 1024, bytes * 100 / of.max(1))
}
