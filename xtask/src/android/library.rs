//! The AAR of the Kotlin library, as an app depends on it: classes, native libraries, manifest, rules for R8, and its sources beside it.

use super::{
    elf,
    kit::{Kit, Part, classes_of, emptied},
    lock::{unusable, write},
    zipped,
};
use crate::{
    bindings::LIBRARY,
    steps::{Job, StepError},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What it is called in a Maven repository.
const GROUP: &str = "city/rabt";
const NAME: &str = "rabt-android";
/// Its version, which is the workspace's.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the Android build tools read of an AAR before they take it.
const AAR_METADATA: &str = "aarFormatVersion=1.0\naarMetadataVersion=1.0\nminCompileSdk=26\n";

/// Where the hand-written parts of the library are, below `bindings/kotlin`.
const GENERATED: &str = "generated/src/main/kotlin";
const FACE: [&str; 2] = ["rabt/src/main/kotlin", "android/src/main/kotlin"];

/// The AAR, as an app has it.
pub(super) struct Aar {
    /// The file.
    pub(super) file: PathBuf,
    /// Taken apart.
    pub(super) part: Part,
}

/// Makes the AAR in a repository of Maven's form, `target/android/repository`, and takes it apart again as an app's build does.
///
/// # Errors
/// Where something doesn't compile, or a native library can't be loaded by a device with pages of 16 KB.
pub(super) fn make(job: &mut Job<'_>, kit: &Kit) -> Result<Aar, StepError> {
    let root = job.workspace().root.join("bindings/kotlin");
    let folder = kit.out.join("aar");
    emptied(&folder)?;
    compile(job, kit, &root)?;
    zipped::pack(&kit.out.join("classes/library"), &folder.join("classes.jar"))?;
    copy(
        &root.join("android/src/main/AndroidManifest.xml"),
        &folder.join("AndroidManifest.xml"),
    )?;
    copy(&root.join("android/consumer-rules.pro"), &folder.join("proguard.txt"))?;
    write(&folder.join("R.txt"), "")?;
    write(
        &folder.join("META-INF/com/android/build/gradle/aar-metadata.properties"),
        AAR_METADATA,
    )?;
    native_libraries(job, kit, &folder.join("jni"))?;

    let repository = kit.out.join("repository").join(GROUP).join(NAME).join(VERSION);
    let file = repository.join(format!("{NAME}-{VERSION}.aar"));
    zipped::pack(&folder, &file)?;
    copy(
        &root.join("android/published.pom.xml"),
        &repository.join(format!("{NAME}-{VERSION}.pom")),
    )?;
    sources(
        job,
        kit,
        &root,
        &repository.join(format!("{NAME}-{VERSION}-sources.jar")),
    )?;

    let taken_apart = kit.out.join("taken-apart");
    zipped::unpack(&file, &taken_apart)?;
    Ok(Aar {
        file,
        part: Part::of_aar(taken_apart)?,
    })
}

/// What is generated, then the face over it as strictly as Kotlin can.
fn compile(job: &mut Job<'_>, kit: &Kit, root: &Path) -> Result<(), StepError> {
    let into = kit.out.join("classes/library");
    emptied(&into)?;
    let mut classes = classes_of(&kit.app);
    classes.push(kit.framework.clone());
    let mut generated = kit.kotlinc(job, "rabt-generated", &classes, &into);
    generated
        .arg("-nowarn")
        .arg(root.join(GENERATED))
        .arg(job.workspace().target.join("bindings/kotlin-android"));
    job.must(generated)?;
    classes.insert(0, into.clone());
    let mut face = kit.kotlinc(job, "rabt", &classes, &into);
    face.args(["-Xexplicit-api=strict", "-Werror"])
        .args(FACE.map(|folder| root.join(folder)));
    job.must(face)
}

/// What `build-android.sh` has made, or else the library of this machine in the place of an emulator's: it is loaded by the tests here,
/// and by no device.
fn native_libraries(job: &mut Job<'_>, kit: &Kit, jni: &Path) -> Result<(), StepError> {
    let by_ndk = kit.out.join("jni");
    let made = zipped::files_in(&by_ndk).map_err(|error| unusable(&by_ndk, &error))?;
    if made.is_empty() {
        let host = job.workspace().target.join("bindings/native").join(LIBRARY);
        copy(&host, &jni.join("x86_64/librabt_ffi.so"))?;
        job.say("the AAR's one native library is this machine's, for the checks here; for devices run bindings/kotlin/android/build-android.sh first");
    }
    for file in &made {
        copy(file, &jni.join(file.strip_prefix(&by_ndk).unwrap_or(file)))?;
    }
    for file in zipped::files_in(jni).map_err(|error| unusable(jni, &error))? {
        let library = fs::read(&file).map_err(|error| unusable(&file, &error))?;
        // Devices of 32 bits have pages of 4 KB.
        let is_for_64_bits = library.get(4) == Some(&2);
        if let Some(why) = elf::fault(&library).filter(|_| is_for_64_bits) {
            return Err(StepError::Tool(format!(
                "{} can't be loaded where memory pages are 16 KB: {why}",
                file.display()
            )));
        }
    }
    Ok(())
}

/// What an editor shows as documentation.
fn sources(job: &Job<'_>, kit: &Kit, root: &Path, jar: &Path) -> Result<(), StepError> {
    let folder = kit.out.join("sources");
    emptied(&folder)?;
    let generated = job.workspace().target.join("bindings/kotlin-android");
    let roots = FACE
        .iter()
        .map(|face| root.join(face))
        .chain([root.join(GENERATED), generated]);
    for root in roots {
        for file in zipped::files_in(&root).map_err(|error| unusable(&root, &error))? {
            copy(&file, &folder.join(file.strip_prefix(&root).unwrap_or(&file)))?;
        }
    }
    zipped::pack(&folder, jar)
}

fn copy(from: &Path, to: &Path) -> Result<(), StepError> {
    let folder = to.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(from, to))
        .map(|_| ())
        .map_err(|error| unusable(from, &error))
}
