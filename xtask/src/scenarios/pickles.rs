//! The scenarios as JSON, by the official reader of Gherkin: for languages without one, and to know which there are.

use super::unusable;
use crate::{
    steps::{Job, StepError},
    tools,
};
use serde::Deserialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where the features are, in the checkout.
pub(super) const FEATURES: &str = "tests/scenarios";
/// Where those are which must fail in a runner that can be believed.
pub(super) const WRONG: &str = "tests/scenarios/wrong";
/// Where the program that reads them is.
const READER: &str = "tests/peers/gherkin";
/// What of it is copied to beside its packages.
const FILES: [&str; 4] = ["package.json", "package-lock.json", ".npmrc", "pickles.js"];
/// Says, beside the packages, from which lock they were installed.
const DONE: &str = "installed-from.json";

/// What is read again of a scenario.
#[derive(Deserialize)]
struct Pickle {
    name: String,
}

/// Makes a file of the features in a folder of the checkout, and says which scenarios are in it.
///
/// # Errors
/// Where the reader can't be brought, or finds something in a feature that a scenario may not hold.
pub(super) fn make(job: &mut Job<'_>, folder: &str, name: &str) -> Result<(PathBuf, Vec<String>), StepError> {
    let reader = installed(job)?;
    let (root, target) = (&job.workspace().root, &job.workspace().target);
    let features = features(&root.join(folder)).map_err(|error| unusable(Path::new(folder), &error))?;
    let file = target.join("scenarios").join(name);
    fs::create_dir_all(target.join("scenarios")).map_err(|error| unusable(&file, &error))?;
    let mut read = job.workspace().command("node");
    read.arg(reader).arg(&file).args(features);
    job.must(read)?;
    let text = fs::read(&file).map_err(|error| unusable(&file, &error))?;
    let pickles: Vec<Pickle> = serde_json::from_slice(&text).map_err(|error| unusable(&file, &error))?;
    Ok((file, pickles.into_iter().map(|pickle| pickle.name).collect()))
}

/// The files, by name.
fn features(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut features = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "feature") {
            features.push(path);
        }
    }
    features.sort();
    Ok(features)
}

/// The reader with exactly the packages that its lock names, in the build folder.
fn installed(job: &mut Job<'_>) -> Result<PathBuf, StepError> {
    tools::node(job)?;
    let from = job.workspace().root.join(READER);
    let to = job.workspace().target.join("peers/gherkin");
    let lock = copied(&from, &to).map_err(|error| unusable(&to, &error))?;
    if fs::read(to.join(DONE)).ok().as_ref() != Some(&lock) {
        let mut install = job.workspace().command("npm");
        install
            .args(["ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(&to);
        job.must(install)?;
        fs::write(to.join(DONE), lock).map_err(|error| unusable(&to, &error))?;
    }
    Ok(to.join("pickles.js"))
}

/// Copies what is needed, and returns the lock.
fn copied(from: &Path, to: &Path) -> io::Result<Vec<u8>> {
    fs::create_dir_all(to)?;
    for file in FILES {
        fs::copy(from.join(file), to.join(file))?;
    }
    fs::read(from.join("package-lock.json"))
}
