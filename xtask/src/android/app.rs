//! The demo app, compiled against the AAR, and its tests under Robolectric on this machine.

use super::{
    kit::{Kit, Part, class_path, classes_of, emptied},
    library::Aar,
    lock::write,
    resources::{PACKAGE, Resources},
};
use crate::{
    process::PROGRAM_TIME_MAX,
    scenarios::SANDBOX,
    steps::{Job, StepError},
};
use std::path::{Path, PathBuf};

/// Robolectric replaces parts of the JDK's own classes.
const OPENED: [&str; 8] = [
    "java.base/java.lang",
    "java.base/java.util",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/jdk.internal.access",
    // Android's own cleaner, which the bindings use, is the JDK's there.
    "java.base/jdk.internal.ref",
    "java.desktop/java.awt.font",
];

/// Android's platform as Robolectric runs it, in the locks.
const PLATFORM: &str = "android-all-instrumented";

/// The app's classes.
///
/// # Errors
/// Where it doesn't compile.
pub(super) fn compile(job: &mut Job<'_>, kit: &Kit, aar: &Aar, resources: &Resources) -> Result<PathBuf, StepError> {
    let into = kit.out.join("classes/app");
    emptied(&into)?;
    let demo = job.workspace().root.join("android-demo");
    let mut kotlinc = kit.kotlinc(job, "app", &embedded(kit, aar, resources, &kit.app), &into);
    kotlinc.arg(kit.compose_plugin()?).arg("-Werror");
    kotlinc.args(["shared/src/main/kotlin", "android/src/main/kotlin"].map(|folder| demo.join(folder)));
    job.must(kotlinc)?;
    Ok(into)
}

/// The classes that the app is compiled against, the framework's last.
pub(super) fn embedded(kit: &Kit, aar: &Aar, resources: &Resources, libraries: &[Part]) -> Vec<PathBuf> {
    let mut classes = aar.part.classes.clone();
    classes.push(resources.names.clone());
    classes.extend(classes_of(libraries));
    classes.push(kit.framework.clone());
    classes
}

/// Compiles the tests and runs them; whether all passed. The pictures that they make go into the folder.
///
/// # Errors
/// Where they don't compile or can't be run.
pub(super) fn test(
    job: &mut Job<'_>,
    kit: &Kit,
    (app, aar, resources): (&Path, &Aar, &Resources),
    pictures: &Path,
) -> Result<bool, StepError> {
    let into = kit.out.join("classes/tests");
    emptied(&into)?;
    let mut classes = vec![app.to_owned(), keystore(job, kit)?];
    classes.extend(embedded(kit, aar, resources, &kit.test));
    let demo = job.workspace().root.join("android-demo");
    let mut kotlinc = kit.kotlinc(job, "app_test", &classes, &into);
    kotlinc.arg(kit.compose_plugin()?);
    kotlinc.args(["shared/src/test/kotlin", "android/src/test/kotlin"].map(|folder| demo.join(folder)));
    job.must(kotlinc)?;
    classes.insert(0, into);
    run(
        job,
        kit,
        &classes,
        resources,
        &["city.rabt.demo.OnAndroidTest", "city.rabt.demo.KeystoreSecretStoreTest"],
        pictures,
    )
}

/// The stand-in for Android's Keystore, which a JVM lacks.
///
/// # Errors
/// Where it doesn't compile.
pub(super) fn keystore(job: &mut Job<'_>, kit: &Kit) -> Result<PathBuf, StepError> {
    let into = kit.out.join("classes/keystore");
    emptied(&into)?;
    let mut javac = job.workspace().command("javac");
    javac
        .args(["-nowarn", "-proc:none", "--release", "17", "-d"])
        .arg(&into)
        .arg("-cp")
        .arg(&kit.framework);
    javac.arg("android-demo/android/src/keystore/java/city/rabt/keystore/FakeKeystore.java");
    job.must(javac)?;
    Ok(into)
}

/// Runs tests of JUnit under Robolectric; whether all passed.
///
/// # Errors
/// Where they can't be run.
pub(super) fn run(
    job: &mut Job<'_>,
    kit: &Kit,
    classes: &[PathBuf],
    resources: &Resources,
    tests: &[&str],
    pictures: &Path,
) -> Result<bool, StepError> {
    let settings = kit.out.join("robolectric");
    let told = format!(
        "android_custom_package={PACKAGE}\nandroid_merged_manifest={}\nandroid_merged_assets={}\nandroid_resource_apk={}\n",
        resources.manifest.display(),
        resources.assets.display(),
        resources.package.display()
    );
    write(&settings.join("com/android/tools/test_config.properties"), told)?;
    let mut all = vec![settings];
    all.extend(classes.iter().cloned());
    let mut java = job.workspace().command("java");
    java.arg("-Xmx2g").args(
        OPENED
            .iter()
            .flat_map(|package| ["--add-opens".to_owned(), format!("{package}=ALL-UNNAMED")]),
    );
    java.arg("-Drobolectric.offline=true")
        .arg(format!("-Drobolectric.dependency.dir={}", platforms(kit)?.display()));
    java.arg(format!(
        "-Djna.library.path={}",
        job.workspace().target.join("bindings/native").display()
    ));
    java.arg(format!("-Drabt.pictures={}", pictures.display()));
    java.arg("-cp")
        .arg(class_path(&all))
        .arg("org.junit.runner.JUnitCore")
        .args(tests);
    java.env(SANDBOX, job.workspace().target.join("debug/rabt-sandbox"));
    job.try_run(java, PROGRAM_TIME_MAX)
}

/// The folder in which Robolectric looks for its platform under that one's plain name.
fn platforms(kit: &Kit) -> Result<PathBuf, StepError> {
    let file = kit.jar(PLATFORM)?;
    let folder = kit.cache.join("platforms");
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .replace("org.robolectric.", "");
    let linked = folder.join(name);
    if !linked.is_file() {
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::hard_link(&file, &linked))
            .map_err(|error| super::lock::unusable(&linked, &error))?;
    }
    Ok(folder)
}
