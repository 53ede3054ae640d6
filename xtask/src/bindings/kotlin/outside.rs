//! An app outside the checkout: `bindings/kotlin/outside`, copied to another folder, built there by Maven with the published library alone,
//! and run against a city. What it proves is what a team meets: the jar's own POM, the native library in it, Kotlin and Java.

mod kept;

use super::{POM, VERSION, maven, unusable};
use crate::steps::{Job, StepError};
use kept::Kept;
use serde_json::Value;
use std::{
    env, fs, io,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

/// The app, in the checkout.
const APP: &str = "bindings/kotlin/outside";
/// Where it is put, in a folder of its own.
const PLACE: &str = "app";
/// Its programs: the second opens without a network what the first has left.
const PROGRAMS: [&str; 2] = ["outside.AppKt", "outside.InJava"];

/// How long a program of the app may take, from its start to its own end. Each takes some seconds; one that the core's threads keep from ending
/// stays for ever.
const PROGRAM_ENDS_WITHIN: Duration = Duration::from_secs(3 * 60);

/// Puts the library into a Maven repository of its own, and builds and runs the app with it.
///
/// # Errors
/// Where any of it fails.
pub(super) fn run(job: &mut Job<'_>, sandbox: &Path) -> Result<(), StepError> {
    let place = tempfile::Builder::new()
        .prefix("rabt-outside-")
        .tempdir()
        .map_err(|error| StepError::Tool(format!("no folder for an app can be made: {error}")))?;
    let app = place.path().join(PLACE);
    let source = job.workspace().root.join(APP);
    copy(&source, &app, &|_| false).map_err(|error| unusable(&app, &error))?;
    let repository = repository(place.path())?;
    let local = format!("-Dmaven.repo.local={}", repository.display());

    let mut publish = maven(job.workspace(), Path::new(POM));
    publish.args(["--projects", "rabt", "-DskipTests", &local, "install"]);
    job.must(publish)?;
    let library = repository.join("city").join("rabt").join("rabt").join(VERSION);
    if !library.join(format!("rabt-{VERSION}.pom")).is_file() || repository.join("city/rabt/rabt-parent").exists() {
        return Err(StepError::Tool("the library was not published by itself".to_owned()));
    }

    let mut build = job.workspace().command("mvn");
    build
        .current_dir(&app)
        .args(["--batch-mode", "--quiet", &local, "compile"]);
    job.must(build)?;

    let city = City::start(job.workspace().command(sandbox))?;
    let classes = env::join_paths([app.join("target/classes"), app.join("target/lib").join("*")])
        .map_err(|error| StepError::Tool(format!("the app has no class path: {error}")))?;
    let kept = Kept::within(place.path(), job.workspace());
    let settings = city.settings()?;
    let start = |job: &mut Job<'_>, program: &str| {
        let mut java = job.workspace().command("java");
        java.current_dir(&app).arg("-cp").arg(&classes).arg(program);
        java.env("RABT_FOLDER", place.path().join("files"));
        java.env("XDG_CACHE_HOME", &kept.cache);
        java.envs(settings.clone());
        if job.try_run(java, PROGRAM_ENDS_WITHIN)? {
            Ok(())
        } else {
            Err(StepError::Tool(format!("`{program}` failed; what it said is above")))
        }
    };
    for program in PROGRAMS {
        start(job, program)?;
        if cfg!(target_os = "linux") {
            kept.copy()?;
        }
    }
    if cfg!(target_os = "linux") {
        // A copy that isn't whole is made anew, and one that others could have made is not loaded.
        kept.cut_short()?;
        start(job, PROGRAMS[1])?;
        kept.replace_by_others()?;
        start(job, PROGRAMS[1])?;
        kept.copy()?;
    }
    Ok(())
}

/// A Maven repository that has what this machine has fetched before, and nothing of this project.
fn repository(place: &Path) -> Result<PathBuf, StepError> {
    let repository = place.join("repository");
    fs::create_dir_all(&repository).map_err(|error| unusable(&repository, &error))?;
    let usual = env::home_dir().map(|home| home.join(".m2").join("repository"));
    if let Some(usual) = usual.filter(|usual| usual.is_dir()) {
        let ours = usual.join("city").join("rabt");
        copy(&usual, &repository, &|path| path == ours).map_err(|error| unusable(&repository, &error))?;
    }
    Ok(repository)
}

/// Copies a folder but for what is left out. Archives, which nobody changes, are shared where the file system can.
fn copy(from: &Path, to: &Path, left_out: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if left_out(&path) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&path, &target, left_out)?;
        } else if path.extension().is_none_or(|kind| kind != "jar") || fs::hard_link(&path, &target).is_err() {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// A city as a child of ours. It ends with this value.
struct City {
    process: Child,
    /// It ends when this is closed.
    input: Option<ChildStdin>,
    introduction: Value,
}

impl City {
    fn start(mut program: Command) -> Result<Self, StepError> {
        program.args(["--as-child", "--latency-scale", "0", "--persona", "tenant-family"]);
        program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = program
            .spawn()
            .map_err(|error| StepError::Tool(format!("the city can't be started: {error}")))?;
        let input = process.stdin.take();
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(|error| StepError::Tool(format!("the city says nothing: {error}")))?;
        }
        let introduction = serde_json::from_str(&line)
            .map_err(|error| StepError::Tool(format!("the city introduced itself with `{line}`: {error}")))?;
        Ok(Self {
            process,
            input,
            introduction,
        })
    }

    /// What the app reads of it in its environment.
    fn settings(&self) -> Result<Vec<(&'static str, String)>, StepError> {
        let named = |name: &str| {
            let said = self.introduction.get(name).and_then(Value::as_str);
            said.map(str::to_owned)
                .ok_or_else(|| StepError::Tool(format!("the city doesn't say `{name}`")))
        };
        let keys = serde_json::json!({ "keys": [self.introduction["directory_key"]] });
        Ok(vec![
            ("RABT_GATEWAY", named("gateway")?),
            ("RABT_ISSUER", named("identity")?),
            ("RABT_CLIENT_ID", named("client_id")?),
            ("RABT_REDIRECT_URI", named("redirect_uri")?),
            ("RABT_ROOT_PEM", named("ca_pem")?),
            ("RABT_CONTROL", named("control")?),
            ("RABT_DIRECTORY_KEYS", keys.to_string()),
        ])
    }
}

impl Drop for City {
    fn drop(&mut self) {
        self.input = None;
        // It ends by itself now; one that can't be waited for has ended.
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever copies a snippet of the guide copies something that was built and run.
    #[test]
    fn the_guide_quotes_the_app() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let app = root.join(APP);
        let files = [
            ("xml", "pom.xml"),
            ("kotlin", "src/main/kotlin/outside/App.kt"),
            ("java", "src/main/java/outside/InJava.java"),
        ];
        let guide = fs::read_to_string(root.join("docs/embedding-jvm.md")).unwrap();
        let mut quoted = 0;
        for (language, file) in files {
            let source = fs::read_to_string(app.join(file)).unwrap();
            for block in guide.split(&format!("```{language}\n")).skip(1) {
                let (block, _) = block.split_once("```").unwrap();
                assert!(source.contains(block), "{file} hasn't got:\n{block}");
                quoted += 1;
            }
        }
        assert_eq!(
            quoted,
            guide.matches("```").count() / 2,
            "a snippet of another language"
        );
        assert!(quoted > 4);
    }

    #[test]
    fn a_copy_leaves_out_what_it_is_told_to() {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        fs::create_dir_all(from.join("deep/out")).unwrap();
        for file in ["a.jar", "deep/b.pom", "deep/out/c.jar"] {
            fs::write(from.join(file), file).unwrap();
        }
        let out = from.join("deep").join("out");
        copy(&from, &to, &|path| path == out).unwrap();
        assert_eq!(fs::read_to_string(to.join("a.jar")).unwrap(), "a.jar");
        assert_eq!(fs::read_to_string(to.join("deep/b.pom")).unwrap(), "deep/b.pom");
        assert!(!to.join("deep/out").exists());
    }
}
