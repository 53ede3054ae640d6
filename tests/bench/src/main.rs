//! Measures what is shipped, each figure against a reference that is measured in the same run, one repetition of either in turn.
//!
//! Started by `cargo xtask bench`, which builds it as what is shipped is built and brings the peers that it measures against. Here
//! live the harness and, a file each, the measures; what was learnt from them is in `docs/performance.md`. What doesn't belong here: an
//! expectation that a test should hold. A goal that is missed is printed as missed, and is no failure of the run.

#[allow(dead_code, reason = "what a measure can be is wider than what those so far are")]
mod harness;
mod measures;
mod population;
mod stage;

use clap::{Parser, Subcommand};
use harness::{Bench, Outcome, Peers};
use std::{path::PathBuf, process::ExitCode};

/// Measures Rabt. `cargo xtask bench` builds and starts this.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// Only measures whose name contains this; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Few repetitions: whether it works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// Names the measures, with the peers that each needs, and ends.
    #[arg(long)]
    list: bool,
    /// Where the report is written.
    #[arg(long, value_name = "FILE", default_value = "target/reports/bench.json")]
    report: PathBuf,
    /// The jars of the Kotlin peer, as a class path.
    #[arg(long, value_name = "CLASSPATH")]
    kotlin_peer: Option<String>,
    /// The jars of the Kotlin library with the bench's own program, as a class path.
    #[arg(long, value_name = "CLASSPATH")]
    kotlin_library: Option<String>,
    /// The program that is the app in Swift.
    #[arg(long, value_name = "PROGRAM")]
    swift_peer: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Role {
    /// Another process of a measure, which speaks to it over its pipes.
    #[command(hide = true)]
    Child {
        /// Which, of `measures::CHILDREN`.
        role: String,
        /// What it is told.
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Outcome<ExitCode> {
    if let Some(Role::Child { role, arguments }) = arguments.role {
        let (_, child) = measures::CHILDREN
            .iter()
            .find(|(name, _)| *name == role)
            .ok_or_else(|| format!("there is no child `{role}`"))?;
        return child(&arguments).map(|()| ExitCode::SUCCESS);
    }
    let chosen: Vec<_> = measures::ALL
        .iter()
        .filter(|measure| {
            arguments.only.is_empty() || arguments.only.iter().any(|part| measure.name.contains(part.as_str()))
        })
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = measures::ALL.iter().map(|measure| measure.name).collect();
        return Err(format!("no measure is called so; there are {}", names.join(", ")).into());
    }
    if arguments.list {
        for measure in chosen {
            println!("{}\t{}", measure.name, measure.peer.unwrap_or_default());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let bench = Bench {
        quick: arguments.quick,
        peers: Peers {
            kotlin: arguments.kotlin_peer,
            kotlin_library: arguments.kotlin_library,
            swift: arguments.swift_peer,
        },
    };
    harness::run(&chosen, &bench, &arguments.report)
}
