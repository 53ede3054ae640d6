//! The app's merged manifest and its compiled resources.

use super::{
    kit::{Kit, Part, class_path, emptied},
    lock::{unusable, write},
    zipped,
};
use crate::steps::{Job, StepError};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The app's package.
pub(super) const PACKAGE: &str = "city.rabt.demo";
/// The oldest Android that it runs on: the first with `java.time`.
pub(super) const MIN_SDK: &str = "26";
const TARGET_SDK: &str = "35";
const VERSION_NAME: &str = env!("CARGO_PKG_VERSION");

/// What became of them.
pub(super) struct Resources {
    /// The merged manifest.
    pub(super) manifest: PathBuf,
    /// The resources as the package holds them.
    pub(super) package: PathBuf,
    /// The classes that name them.
    pub(super) names: PathBuf,
    /// What R8 must keep because a manifest or a layout names it.
    pub(super) rules: PathBuf,
    /// The assets of all libraries.
    pub(super) assets: PathBuf,
}

/// Links the app's with those of the libraries.
///
/// # Errors
/// Where a tool fails.
pub(super) fn link(job: &mut Job<'_>, kit: &Kit, variant: &str, libraries: &[Part]) -> Result<Resources, StepError> {
    let out = kit.out.join("resources").join(variant);
    emptied(&out)?;
    let made = Resources {
        manifest: out.join("AndroidManifest.xml"),
        package: out.join("resources.apk"),
        names: out.join("R.jar"),
        rules: out.join("rules.pro"),
        assets: out.join("assets"),
    };
    emptied(&made.assets)?;
    let app = job.workspace().root.join("android-demo/android/src/main");
    merge(job, kit, &app, libraries, &made.manifest)?;

    let (mut compiled, mut packages) = (Vec::new(), Vec::new());
    for part in libraries {
        compiled.extend(compile(job, kit, part)?);
        packages.extend(
            part.file("R.txt")
                .and(part.file("AndroidManifest.xml"))
                .map(|file| package_of(&file))
                .transpose()?,
        );
        copy_assets(part, &made.assets)?;
    }
    let own = out.join("app.zip");
    let mut compile = kit.aapt2(job);
    compile
        .arg("compile")
        .arg("--dir")
        .arg(app.join("res"))
        .arg("-o")
        .arg(&own);
    job.must(compile)?;

    let generated = out.join("generated");
    let mut link = kit.aapt2(job);
    link.arg("link")
        .arg("-I")
        .arg(&kit.framework)
        .arg("--manifest")
        .arg(&made.manifest);
    link.args([
        "--auto-add-overlay",
        "--non-final-ids",
        "--min-sdk-version",
        MIN_SDK,
        "--target-sdk-version",
        TARGET_SDK,
    ]);
    link.args([
        "--version-code",
        "1",
        "--version-name",
        VERSION_NAME,
        "--extra-packages",
        &packages.join(":"),
    ]);
    link.arg("--java")
        .arg(&generated)
        .arg("--proguard")
        .arg(&made.rules)
        .arg("-A")
        .arg(&made.assets);
    link.arg("-o").arg(&made.package);
    for zip in compiled.iter().chain([&own]) {
        link.arg("-R").arg(zip);
    }
    job.must(link)?;
    names(job, &generated, &out.join("names"), &made.names)?;
    Ok(made)
}

fn merge(job: &mut Job<'_>, kit: &Kit, app: &Path, libraries: &[Part], into: &Path) -> Result<(), StepError> {
    let manifests: Vec<PathBuf> = libraries
        .iter()
        .filter_map(|part| part.file("AndroidManifest.xml"))
        .collect();
    let mut merger = kit.merger(job);
    merger
        .arg("--main")
        .arg(app.join("AndroidManifest.xml"))
        .arg("--libs")
        .arg(class_path(&manifests));
    for (name, value) in [
        ("PACKAGE", PACKAGE),
        ("MIN_SDK_VERSION", MIN_SDK),
        ("TARGET_SDK_VERSION", TARGET_SDK),
        ("VERSION_CODE", "1"),
        ("VERSION_NAME", VERSION_NAME),
    ] {
        merger.args(["--property", &format!("{name}={value}")]);
    }
    merger.arg("--out").arg(into);
    job.must(merger)
}

/// The resources of a library, compiled once and kept beside it.
fn compile(job: &mut Job<'_>, kit: &Kit, part: &Part) -> Result<Option<PathBuf>, StepError> {
    let Some(folder) = &part.aar else { return Ok(None) };
    let resources = folder.join("res");
    if zipped::files_in(&resources)
        .map_err(|error| unusable(&resources, &error))?
        .is_empty()
    {
        return Ok(None);
    }
    let zip = folder.with_extension("resources.zip");
    if !zip.is_file() {
        let half = folder.with_extension("half.zip");
        let mut compile = kit.aapt2(job);
        compile.arg("compile").arg("--dir").arg(&resources).arg("-o").arg(&half);
        job.must(compile)?;
        fs::rename(&half, &zip).map_err(|error| unusable(&zip, &error))?;
    }
    Ok(Some(zip))
}

/// The package that a manifest names.
fn package_of(manifest: &Path) -> Result<String, StepError> {
    let text = fs::read_to_string(manifest).map_err(|error| unusable(manifest, &error))?;
    let named = text.split_once("package=\"").and_then(|(_, rest)| rest.split_once('"'));
    named
        .map(|(package, _)| package.to_owned())
        .ok_or_else(|| unusable(manifest, &"it names no package"))
}

fn copy_assets(part: &Part, into: &Path) -> Result<(), StepError> {
    let Some(folder) = part.aar.as_ref().map(|folder| folder.join("assets")) else {
        return Ok(());
    };
    for file in zipped::files_in(&folder).map_err(|error| unusable(&folder, &error))? {
        let bytes = fs::read(&file).map_err(|error| unusable(&file, &error))?;
        write(&into.join(file.strip_prefix(&folder).unwrap_or(&file)), bytes)?;
    }
    Ok(())
}

fn names(job: &mut Job<'_>, generated: &Path, classes: &Path, jar: &Path) -> Result<(), StepError> {
    let mut javac = job.workspace().command("javac");
    javac.args(["-nowarn", "--release", "17", "-d"]).arg(classes);
    javac.args(zipped::files_in(generated).map_err(|error| unusable(generated, &error))?);
    job.must(javac)?;
    zipped::pack(classes, jar)
}
