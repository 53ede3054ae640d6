//! The app as it is shipped: shrunk by R8 with no rule for Rabt but those in the AAR, run once more, then packed and signed.
//!
//! R8 writes class files first. What is packed is made from those that were run, so that the proof holds for the package.

use super::{
    app::{self, embedded},
    kit::{Kit, Part, class_path, emptied},
    library::Aar,
    lock::{unusable, write},
    resources::{MIN_SDK, Resources},
    zipped,
};
use crate::steps::{Job, StepError};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What guards the throw-away key that a package for tests is signed with.
const PASSWORD: &str = "throw-away";

/// Of the framework R8 is given what an SDK's `android.jar` has: it reads every class, and with all that Robolectric's copy holds it takes many
/// times as long.
const PUBLIC: [&str; 5] = ["android/", "org/json/", "org/xmlpull/", "org/apache/http/", "dalvik/"];
const NOT_PUBLIC: [&str; 2] = ["android/car/", "android/adservices/"];

/// What those classes mention of the others.
const UNKNOWN: &str =
    "-dontwarn android.**,com.android.**,com.google.**,org.apache.**,libcore.**,dalvik.**,sun.**,org.robolectric.**\n";

/// R8 takes a concatenation of texts apart, and where it writes class files puts it together again with the types that it had before classes were
/// merged: a machine that looks for them refuses the class. This leaves concatenations as they are. Nothing of it concerns the package, for which D8
/// replaces them by calls.
const CONCATENATIONS_AS_THEY_ARE: &str = "-Dcom.android.tools.r8.enableStringConcatInstruction=false";

/// The package and what it weighs.
pub(super) struct Packed {
    /// The signed package.
    pub(super) apk: PathBuf,
    /// Whether the shrunk classes opened the core and read a page.
    pub(super) works: bool,
    /// All that was compiled into it, in bytes.
    pub(super) dex: u64,
}

/// Shrinks, runs, packs and signs.
///
/// # Errors
/// Where a tool fails.
pub(super) fn make(
    job: &mut Job<'_>,
    kit: &Kit,
    (app, aar, resources): (&Path, &Aar, &Resources),
    pictures: &Path,
) -> Result<Packed, StepError> {
    let out = kit.out.join("package");
    emptied(&out)?;
    let shrunk = shrink(job, kit, (app, aar, resources), &out)?;
    let works = run(job, kit, &shrunk, resources, pictures)?;
    let contents = out.join("contents");
    emptied(&contents)?;
    let dex = dex(job, kit, &shrunk, &contents)?;
    for part in kit.app.iter().chain([&aar.part]) {
        native_libraries(part, &contents.join("lib"))?;
    }
    let unsigned = out.join("unsigned.apk");
    fs::copy(&resources.package, &unsigned).map_err(|error| unusable(&unsigned, &error))?;
    zipped::add(&contents, &unsigned)?;
    let apk = out.join("city-bills.apk");
    sign(job, kit, &unsigned, &apk)?;
    Ok(Packed { apk, works, dex })
}

fn shrink(
    job: &mut Job<'_>,
    kit: &Kit,
    (app, aar, resources): (&Path, &Aar, &Resources),
    out: &Path,
) -> Result<PathBuf, StepError> {
    let classes = out.join("app.jar");
    zipped::pack(app, &classes)?;
    let shrunk = out.join("shrunk.jar");
    let unknown = out.join("framework.pro");
    write(&unknown, UNKNOWN)?;
    let mut r8 = kit.java(job, "-Xmx4g", &[kit.jar("r8")?]);
    r8.arg(CONCATENATIONS_AS_THEY_ARE);
    r8.args(["com.android.tools.r8.R8", "--release", "--classfile"]);
    r8.arg("--lib").arg(framework(kit)?).arg("--lib").arg(java_home()?);
    r8.arg("--pg-conf").arg(unknown);
    r8.arg("--pg-conf")
        .arg(job.workspace().root.join("android-demo/android/app-rules.pro"));
    r8.arg("--pg-conf").arg(&resources.rules);
    for rules in kit
        .app
        .iter()
        .chain([&aar.part])
        .filter_map(|part| part.file("proguard.txt"))
    {
        r8.arg("--pg-conf").arg(rules);
    }
    r8.arg("--pg-map-output")
        .arg(out.join("mapping.txt"))
        .arg("--output")
        .arg(&shrunk)
        .arg(&classes);
    r8.args(
        embedded(kit, aar, resources, &kit.app)
            .iter()
            .filter(|jar| **jar != kit.framework),
    );
    job.must(r8)?;
    Ok(shrunk)
}

/// The shrunk app under Robolectric, from signing in to a page of bills.
fn run(job: &mut Job<'_>, kit: &Kit, shrunk: &Path, resources: &Resources, pictures: &Path) -> Result<bool, StepError> {
    let into = kit.out.join("classes/shrunk");
    emptied(&into)?;
    // Nothing of the app's own libraries: what was shrunk away must be missing.
    let runners = [
        "androidx.test",
        "com.",
        "javax.",
        "junit",
        "net.java.dev.jna.jna-",
        "org.bouncycastle",
        "org.conscrypt",
        "org.hamcrest",
        "org.ow2",
        "org.robolectric",
    ];
    let mut classes = vec![shrunk.to_owned()];
    classes.extend(super::kit::classes_of(&kit.test).into_iter().filter(|jar| {
        let name = |part: &Path| part.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (file, folder) = (name(jar), name(jar.parent().unwrap_or(jar)));
        runners
            .iter()
            .any(|runner| file.starts_with(runner) || folder.starts_with(runner))
    }));
    classes.push(app::keystore(job, kit)?);
    classes.push(kit.framework.clone());
    let demo = job.workspace().root.join("android-demo");
    let mut javac = job.workspace().command("javac");
    javac
        .args(["-nowarn", "-proc:none", "--release", "17", "-d"])
        .arg(&into)
        .arg("-cp")
        .arg(class_path(&classes));
    javac.arg(demo.join("android/src/shrunk/java/city/rabt/shrunk/ShrunkTest.java"));
    job.must(javac)?;
    classes.insert(0, into);
    app::run(
        job,
        kit,
        &classes,
        resources,
        &["city.rabt.shrunk.ShrunkTest"],
        pictures,
    )
}

fn dex(job: &mut Job<'_>, kit: &Kit, shrunk: &Path, into: &Path) -> Result<u64, StepError> {
    let mut d8 = kit.java(job, "-Xmx2g", &[kit.jar("r8")?]);
    d8.args(["com.android.tools.r8.D8", "--release", "--min-api", MIN_SDK]);
    d8.arg("--lib").arg(framework(kit)?).arg("--lib").arg(java_home()?);
    d8.arg("--output").arg(into).arg(shrunk);
    job.must(d8)?;
    let files = zipped::files_in(into).map_err(|error| unusable(into, &error))?;
    let sizes = files
        .iter()
        .filter(|file| file.extension().is_some_and(|is| is == "dex"));
    Ok(sizes
        .filter_map(|file| fs::metadata(file).ok())
        .map(|is| is.len())
        .sum())
}

/// Of those that the AAR has a library for.
fn native_libraries(part: &Part, into: &Path) -> Result<(), StepError> {
    let Some(jni) = part.aar.as_ref().map(|folder| folder.join("jni")) else {
        return Ok(());
    };
    for abi in ["arm64-v8a", "armeabi-v7a", "x86_64"] {
        for file in zipped::files_in(&jni.join(abi)).map_err(|error| unusable(&jni, &error))? {
            let bytes = fs::read(&file).map_err(|error| unusable(&file, &error))?;
            write(&into.join(abi).join(file.file_name().unwrap_or_default()), bytes)?;
        }
    }
    Ok(())
}

fn sign(job: &mut Job<'_>, kit: &Kit, unsigned: &Path, signed: &Path) -> Result<(), StepError> {
    let keys = kit.out.join("throw-away.p12");
    if !keys.is_file() {
        let mut keytool = job.workspace().command("keytool");
        keytool.args([
            "-genkeypair",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-alias",
            "throw-away",
        ]);
        keytool.args([
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-validity",
            "10000",
            "-dname",
            "CN=throw-away",
        ]);
        keytool.arg("-keystore").arg(&keys);
        job.must(keytool)?;
    }
    let mut java = kit.java(job, "-Xmx512m", &[kit.jar("apksig")?]);
    java.arg(job.workspace().root.join("android-demo/android/signing/Sign.java"));
    java.arg(keys).arg(PASSWORD).arg(MIN_SDK).arg(unsigned).arg(signed);
    job.must(java)
}

fn framework(kit: &Kit) -> Result<PathBuf, StepError> {
    let public = kit.cache.join(
        kit.framework
            .with_extension("public.jar")
            .file_name()
            .unwrap_or_default(),
    );
    if !public.is_file() {
        let begins = |name: &str, with: &[&str]| with.iter().any(|lead| name.starts_with(lead));
        zipped::select(&kit.framework, &public, |name| {
            name.ends_with(".class") && begins(name, &PUBLIC) && !begins(name, &NOT_PUBLIC)
        })?;
    }
    Ok(public)
}

/// Where the JDK is that runs here: R8 reads its classes, which the framework's archive leaves out.
fn java_home() -> Result<PathBuf, StepError> {
    let set = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let found = || {
        let path = std::env::var_os("PATH")?;
        let java = std::env::split_paths(&path)
            .map(|folder| folder.join("javac"))
            .find(|file| file.is_file())?;
        Some(fs::canonicalize(java).ok()?.parent()?.parent()?.to_owned())
    };
    set.or_else(found)
        .ok_or_else(|| StepError::Tool("no JDK is on PATH, and JAVA_HOME names none".to_owned()))
}
