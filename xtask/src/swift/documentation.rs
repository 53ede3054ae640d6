//! The package's documentation, as an IDE shows it: DocC over the comments and the articles of `Rabt.docc`.

use crate::{
    bindings::swift::{PACKAGE, Package, scratch},
    folder::empty,
    steps::{Job, StepError},
};
use std::{fs, io, path::Path};

/// The articles.
const CATALOGUE: &str = "Sources/Rabt/Rabt.docc";

/// Builds it into `target/docs/swift`, from a package that was built; a name that isn't found is an error.
///
/// # Errors
/// Where a program fails.
pub(crate) fn build(job: &mut Job<'_>, package: &Package) -> Result<(), StepError> {
    let workspace = job.workspace();
    let folder = workspace.root.join(PACKAGE);
    let graphs = workspace.target.join("swift").join("symbol-graphs");
    let documentation = workspace.target.join("docs").join("swift");
    empty(&graphs).map_err(|error| failed(&graphs, &error))?;
    empty(&documentation).map_err(|error| failed(&documentation, &error))?;
    let built = scratch(workspace, &folder);
    // SwiftPM's link to the build folder is named by the platform, as the compiler calls it: `x86_64-pc-linux-gnu/debug`.
    let debug = fs::read_link(built.join("debug")).map_err(|error| failed(&built, &error))?;
    let platform = debug.parent().unwrap_or(Path::new(""));
    let mut extract = package.beside(workspace, &folder, "swift-symbolgraph-extract");
    extract.args([
        "-module-name",
        "Rabt",
        "-minimum-access-level",
        "public",
        "-skip-synthesized-members",
    ]);
    extract.arg("-target").arg(platform);
    extract
        .arg("-I")
        .arg(built.join("debug").join("Modules"))
        .arg("-I")
        .arg(folder.join("Sources/RabtFFI/include"));
    extract.arg("-output-dir").arg(&graphs);
    job.must(extract)?;

    let mut convert = package.beside(workspace, &folder, "docc");
    convert.args(["convert", CATALOGUE]);
    convert.args([
        "--fallback-display-name",
        "Rabt",
        "--fallback-bundle-identifier",
        "city.rabt",
    ]);
    convert
        .arg("--warnings-as-errors")
        .arg("--additional-symbol-graph-dir")
        .arg(&graphs);
    convert.arg("--output-path").arg(&documentation);
    job.must(convert)
}

fn failed(folder: &Path, error: &io::Error) -> StepError {
    StepError::Tool(format!("{}: {error}", folder.display()))
}
