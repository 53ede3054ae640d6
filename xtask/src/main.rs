//! The developer's commands: `cargo xtask …`.
//!
//! What a person or a build machine does with this checkout as a whole lives here, so that both do the same thing and neither
//! needs more than a Rust toolchain to begin. A command lists its work and shows it; the rules of the product are in `core/`,
//! and what proves them is in the crates' own tests.

mod android;
mod bench;
mod bindings;
mod demo;
mod folder;
mod fuzz;
mod ios;
mod openapi;
mod process;
mod progress;
mod report;
mod sandbox;
mod scenarios;
mod size;
mod steps;
mod swift;
mod test;
mod tools;
mod workspace;

use clap::{Parser, Subcommand};
use std::{
    ffi::OsString,
    io::{self, Write as _},
    process::ExitCode,
};
use workspace::Workspace;

/// The developer's commands of Rabt.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks everything: format, clippy, rustdoc, dependencies, all tests. Installs what it lacks.
    Test {
        /// Has tests that usually try an evenly spread sample (of the moments at which something is killed, say) try all of it.
        #[arg(long)]
        all: bool,
        /// Goes on after a step that failed, and shows every failure instead of the first.
        #[arg(long)]
        keep_going: bool,
    },
    /// The main job: starts a simulated city and walks the real client through it.
    Demo {
        /// Whose story: a persona of the city.
        #[arg(long, default_value = "tenant-family")]
        persona: String,
    },
    /// Measures what is shipped against references and peers, side by side; writes target/reports/bench.json.
    Bench {
        /// Only measures whose name contains this; may be repeated.
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Few repetitions: whether the measures work, not how fast it is.
        #[arg(long)]
        quick: bool,
    },
    /// Starts the simulated city; `cargo xtask sandbox --help` lists its own arguments.
    #[command(disable_help_flag = true)]
    Sandbox {
        /// Handed to the city as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, num_args = 0..)]
        arguments: Vec<OsString>,
    },
    /// Weighs the client as a stripped library against the bare stack of the same dependencies, and lists its largest crates.
    Size,
    /// Builds the library for Kotlin and Swift, and writes their sources below target/bindings.
    Bindings {
        /// Takes the library as it is shipped instead of the one for development.
        #[arg(long)]
        release: bool,
    },
    /// Makes the Android library (an AAR) and the demo app: tests it on this machine, shrinks, runs and signs it; pictures of its screens.
    Android {
        /// Opens the demo's screens in a window beside a simulated city instead.
        #[arg(long)]
        window: bool,
    },
    /// Builds, tests and packages the Kotlin library for the JVM, with sources and documentation, and runs an app that has the package alone.
    Kotlin {
        /// Packages the library as it is shipped instead of the one for development.
        #[arg(long)]
        release: bool,
    },
    /// Generates, builds, tests and documents the Swift package, on Linux too.
    Swift,
    /// Builds the iOS demo's model and tests it against a city; its screens are parsed.
    Ios,
    /// Runs the scenarios of tests/scenarios in every language that has the core; writes target/reports/scenarios.json.
    Scenarios,
    /// Fuzzes what reads the outside world's words, for as long as there is patience; the short run of it is part of `test`.
    Fuzz {
        /// One target alone; otherwise all, one after the other.
        #[arg(value_parser = fuzz::TARGETS.map(|target| target.name))]
        target: Option<String>,
        /// How long each is fuzzed.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Writes docs/openapi.json anew from the wire types and the list of endpoints.
    Openapi,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let workspace = match Workspace::find() {
        Ok(workspace) => workspace,
        Err(error) => return report::fail(&error),
    };
    match arguments.command {
        Command::Test { all, keep_going } => test::run(&workspace.trying_all(all), keep_going),
        Command::Demo { persona } => demo::run(&workspace, &persona),
        Command::Bench { only, quick } => bench::run(&workspace, &only, quick),
        Command::Sandbox { arguments } => sandbox::run(&workspace, arguments),
        Command::Size => size::run(&workspace),
        Command::Bindings { release } => bindings::run(&workspace, release),
        Command::Android { window } => android::run(&workspace, window),
        Command::Kotlin { release } => bindings::kotlin::run(&workspace, release),
        Command::Swift => alone(&workspace, "swift", swift::check),
        Command::Ios => alone(&workspace, "ios", ios::check),
        Command::Scenarios => alone(&workspace, "scenarios", scenarios::check_all),
        Command::Fuzz { target, seconds } => fuzz::run(&workspace, target.as_deref(), seconds),
        Command::Openapi => openapi::run(&workspace),
    }
}

/// A step as a command of its own.
fn alone(workspace: &Workspace, name: &'static str, run: steps::Check) -> ExitCode {
    test::alone(workspace, &steps::Step { name, run })
}

/// Prints a line for the person; a closed pipe (`… | head`) is no reason to fail.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests;
