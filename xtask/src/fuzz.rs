//! `cargo xtask fuzz`, and the short run of the same that is a step of `cargo xtask test`: libFuzzer on the targets of `tests/fuzz`.
//!
//! The stable toolchain compiles them: the instrumentation is a pass of LLVM's, asked for by flags that rustc hands through, and
//! libFuzzer itself comes with its crate. So nothing has to be installed but a C++ compiler, which `ring` and SQLite need a C
//! compiler of anyhow. A folder of its own keeps what is compiled so from being mixed with the rest.

use crate::{
    process::PROGRAM_TIME_MAX,
    progress::Verdict,
    report, say,
    steps::{Job, StepError},
    workspace::Workspace,
};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// A target, and how many inputs the step tries: about as many as ten seconds take, by number so that each run is the same.
pub(crate) struct Target {
    /// The name of its program and of its folder in the corpus.
    pub(crate) name: &'static str,
    step_runs: u32,
}

/// All targets; a test compares them with the programs that there are.
pub(crate) const TARGETS: [Target; 4] = [
    Target {
        name: "callback_url",
        step_runs: 60_000,
    },
    Target {
        name: "wire_document",
        step_runs: 50_000,
    },
    Target {
        name: "directory",
        step_runs: 40_000,
    },
    Target {
        name: "receipt",
        step_runs: 40_000,
    },
];

/// What rustc is told beyond the profile: the flag that brings the engine in, and LLVM's coverage of edges and of comparisons, by
/// which libFuzzer learns what an input reached.
const RUST_FLAGS: [&str; 7] = [
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// The longest input that is made up. The corpus has longer ones, which are tried as they are.
const INPUT_BYTES_MAX: u32 = 8 * 1024;
/// The longest that one input may take, in seconds, and the most memory, in MiB. A hang and a flood are findings too.
const INPUT_SECONDS_MAX: u32 = 10;
const MEMORY_MIB_MAX: u32 = 1024;

/// Fuzzes one target, or all in turn, for so many seconds each.
pub(crate) fn run(workspace: &Workspace, only: Option<&str>, seconds: u32) -> ExitCode {
    let chosen: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| only.is_none_or(|name| name == target.name))
        .collect();
    match succeeds(&mut build(workspace)) {
        Ok(true) => {}
        Ok(false) => return ExitCode::FAILURE,
        Err(error) => return report::fail(&error),
    }
    let mut found = 0;
    for target in chosen {
        let place = Place::of(workspace, target);
        let ran = place.prepare(false).and_then(|()| {
            let mut command = place.program(workspace);
            command.arg(format!("-max_total_time={seconds}"));
            succeeds(&mut command)
        });
        match ran {
            Ok(true) => {}
            Ok(false) => found += 1,
            Err(error) => return report::fail(&error),
        }
        place.findings().iter().for_each(|line| say(line));
    }
    if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn succeeds(command: &mut Command) -> io::Result<bool> {
    command.status().map(|status| status.success())
}

/// The step: every input of the corpus, and so many that are made from them, the same ones each time.
pub(crate) fn step(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let workspace = job.workspace();
    if !job.try_run(build(workspace), PROGRAM_TIME_MAX)? {
        return Ok(Verdict::Failed);
    }
    for target in &TARGETS {
        let place = Place::of(workspace, target);
        place
            .prepare(true)
            .map_err(|error| StepError::Tool(format!("no folder for what {} tries: {error}", target.name)))?;
        let mut command = place.program(workspace);
        command.args(["-seed=1".to_owned(), format!("-runs={}", target.step_runs)]);
        if !job.try_run(command, PROGRAM_TIME_MAX)? {
            place.findings().iter().for_each(|line| job.say(line));
            return Ok(Verdict::Failed);
        }
    }
    Ok(Verdict::Passed)
}

/// Compiles the targets.
fn build(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command
        .args([
            "build",
            "--locked",
            "--package",
            "rabt-fuzz",
            "--bins",
            "--profile",
            "fuzz",
        ])
        // With a target named, what runs while it is compiled (macros, build scripts) isn't instrumented.
        .args(["--target", HOST, "--target-dir"])
        .arg(workspace.target.join("fuzz"))
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", RUST_FLAGS.join("\u{1f}"));
    command
}

/// What this was compiled for, and so what it can run.
const HOST: &str = env!("RABT_HOST");

/// Where a target's program is, what it begins with, and where it writes.
struct Place<'a> {
    target: &'a Target,
    program: PathBuf,
    corpus: PathBuf,
    dictionary: PathBuf,
    /// Inputs that reached something new. They stay between runs of `cargo xtask fuzz`, and are nobody's but this machine's.
    tried: PathBuf,
    found: PathBuf,
}

impl<'a> Place<'a> {
    fn of(workspace: &Workspace, target: &'a Target) -> Self {
        let (home, built) = (workspace.root.join("tests/fuzz"), workspace.target.join("fuzz"));
        let program = format!("{}{}", target.name, env::consts::EXE_SUFFIX);
        Self {
            target,
            program: built.join(HOST).join("fuzz").join(program),
            corpus: home.join("corpus").join(target.name),
            dictionary: home.join("dictionary.txt"),
            tried: built.join("tried").join(target.name),
            found: built.join("found").join(target.name),
        }
    }

    /// Makes the folders that are written to; with `anew` as if nothing had ever been tried.
    fn prepare(&self, anew: bool) -> io::Result<()> {
        for folder in [&self.tried, &self.found] {
            if anew && folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        Ok(())
    }

    fn program(&self, workspace: &Workspace) -> Command {
        let mut command = workspace.command(&self.program);
        command
            .arg(format!("-max_len={INPUT_BYTES_MAX}"))
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
            .arg(format!("-dict={}", self.dictionary.display()))
            .arg(format!("-artifact_prefix={}/", self.found.display()))
            .arg("-print_final_stats=1")
            .args([&self.tried, &self.corpus]);
        command
    }

    /// What was found, a line each, with how to look at it.
    fn findings(&self) -> Vec<String> {
        files(&self.found)
            .into_iter()
            .map(|path| {
                let (name, path) = (self.target.name, path.display());
                format!("{name}: {path}\n  look at it: cargo run -p rabt-fuzz --bin {name} {path}")
            })
            .collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_program_and_a_corpus_and_every_program_is_a_target() {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz");
        let programs: Vec<String> = files(&home.join("src/bin"))
            .iter()
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        let mut targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        targets.sort_unstable();
        assert_eq!(programs, targets);
        for target in targets {
            assert!(
                !files(&home.join("corpus").join(target)).is_empty(),
                "{target} has no corpus"
            );
        }
    }
}
