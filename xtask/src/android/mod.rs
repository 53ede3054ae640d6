//! `cargo xtask android`: the Android library as an AAR, and the demo app that embeds it: built, tested, shrunk and signed without an SDK
//! or Gradle; the same screens in a window beside the simulated city.
//!
//! What stands in for what: Robolectric's copy of the framework for the SDK's, its virtual machine for a device, this machine's library
//! for the one that the NDK links. The libraries are those that an app has, by their checksums ([`lock`]).

mod app;
mod desktop;
mod elf;
mod guide;
mod kit;
mod library;
mod lock;
mod note;
mod package;
mod resources;
mod window;
mod zipped;

use crate::{
    bindings::Library,
    progress::{Progress, Verdict},
    report::{self, Totals},
    steps::{Job, StepError},
    tools,
    workspace::Workspace,
};
use kit::Kit;
use std::{fs, path::Path, process::ExitCode};

#[cfg(test)]
use kit::LOCKS;

/// The command. `window` opens the screens instead.
pub(crate) fn run(workspace: &Workspace, window: bool) -> ExitCode {
    let (mut progress, mut totals) = (Progress::new(1), Totals::default());
    progress.begin("android");
    let log = workspace.target.join("xtask").join("android.log");
    let done = Job::new(workspace, &progress, log.clone(), &mut totals).and_then(|mut job| {
        if window {
            window::prepare(&mut job).map(|()| Verdict::Passed)
        } else {
            note::checksums(&mut job).and_then(|()| all(&mut job))
        }
    });
    progress.finish();
    match done {
        Ok(Verdict::Passed) if window => window::open(workspace),
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(_) => {
            report::show(&log);
            ExitCode::FAILURE
        }
        Err(error) => {
            report::show(&log);
            report::fail(&error)
        }
    }
}

/// The step of `cargo xtask test`; it takes many minutes and belongs to the run that tries all.
///
/// # Errors
/// Where a tool can't be had or fails.
pub(crate) fn check(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    if !job.workspace().tries_all() {
        return Ok(Verdict::NotChecked(
            "`cargo xtask android` does, and `cargo xtask test --all`".to_owned(),
        ));
    }
    all(job)
}

fn all(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    tools::maven(job, "the Android library and its demo")?;
    tools::drawing(job, "the demo's screens")?;
    Library::prepare_tests(job)?;
    let pictures = job.workspace().target.join("reports").join("pictures");
    let kit = Kit::prepare(job)?;
    let aar = library::make(job, &kit)?;
    job.say(&format!("{}: {} KB", aar.file.display(), kilobytes(&aar.file)));

    let mut libraries = kit.test.clone();
    libraries.push(aar.part.clone());
    let for_tests = resources::link(job, &kit, "test", &libraries)?;
    let snippets = guide::compile(job, &kit, &aar, &for_tests)?;
    job.say(&format!("docs/embedding-android.md: {snippets} snippets compile"));
    let app = app::compile(job, &kit, &aar, &for_tests)?;
    let mut good = app::test(job, &kit, (&app, &aar, &for_tests), &pictures)?;
    good &= desktop::test(job, &pictures)?;
    job.say(&format!("pictures of the screens: {}", pictures.display()));

    let mut libraries = kit.app.clone();
    libraries.push(aar.part.clone());
    let shipped = resources::link(job, &kit, "app", &libraries)?;
    let packed = package::make(job, &kit, (&app, &aar, &shipped), &pictures)?;
    good &= packed.works;
    job.say(&format!(
        "{}: {} KB, of which {} KB are compiled code",
        packed.apk.display(),
        kilobytes(&packed.apk),
        packed.dex / 1024
    ));
    Ok(if good { Verdict::Passed } else { Verdict::Failed })
}

fn kilobytes(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |is| is.len() / 1024)
}
