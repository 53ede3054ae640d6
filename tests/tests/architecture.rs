//! Holds the crates to the architecture: who may name whom, what the rules may be built from, and what the core's sources may
//! hold. It reads the manifests and the sources themselves, so that an arrow that points the wrong way fails here, in words, and
//! not in a review.
//!
//! Each rule is a pure function from what was found to what is wrong, and is tried below on something wrong.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets something else has failed"
)]

use cargo_metadata::{Metadata, MetadataCommand};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

/// Which crates of the workspace a crate may name, in a dependency of whatever kind: its tests too, since what crosses crates is
/// tested in `tests/`. `None`: all of them.
const MAY_NAME: &[(&str, Option<&[&str]>)] = &[
    ("rabt-domain", Some(&[])),
    ("rabt-protocol", Some(&[])),
    ("rabt-mandate", Some(&["rabt-domain", "rabt-protocol"])),
    ("rabt-store", Some(&["rabt-domain", "rabt-protocol"])),
    ("rabt-link", Some(&["rabt-domain", "rabt-protocol"])),
    (
        "rabt",
        Some(&[
            "rabt-store",
            "rabt-link",
            "rabt-mandate",
            "rabt-domain",
            "rabt-protocol",
        ]),
    ),
    ("rabt-ffi", Some(&["rabt"])),
    ("rabt-size-bare", Some(&[])),
    ("rabt-bindgen", Some(&[])),
    ("rabt-sandbox", Some(&["rabt-mandate", "rabt-domain", "rabt-protocol"])),
    ("rabt-tests", None),
    ("rabt-bench", None),
    (
        "rabt-fuzz",
        Some(&["rabt", "rabt-link", "rabt-domain", "rabt-protocol", "rabt-tests"]),
    ),
    ("xtask", None),
];

/// All that `rabt-domain` is built from, with the features that each crate may have. None of it does I/O, tells the time, waits
/// or rolls dice: jiff without its `std` can't ask the system for either the time or a time zone.
const DOMAIN_IS_BUILT_FROM: &[(&str, &[&str])] = &[
    ("rabt-domain", &[]),
    ("jiff", &["alloc"]),
    ("jiff-core", &["alloc"]),
    ("thiserror", &["default", "std"]),
    // jiff's, for processors without atomic instructions.
    ("portable-atomic", &["require-cas"]),
    ("portable-atomic-util", &["alloc"]),
];

/// What the sources of `rabt-domain` don't name, because a dependency isn't needed to break its rule.
const NOT_IN_DOMAIN: &[(&str, &str)] = &[
    ("std::fs", "does I/O"),
    ("std::net", "does I/O"),
    ("std::io", "does I/O"),
    ("std::env", "reads the environment"),
    ("std::process", "starts programs"),
    ("std::thread", "runs threads"),
    ("SystemTime", "reads the clock"),
    ("Instant::now", "reads the clock"),
    ("Timestamp::now", "reads the clock"),
    ("Zoned::now", "reads the clock"),
    ("RandomState", "is random"),
    ("async fn", "is async"),
    ("async move", "is async"),
    (".await", "is async"),
];

/// What prints. A library's words go to `tracing`, which the shell listens to, and nowhere else.
const PRINTS: &[&str] = &[
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "dbg!",
    "io::stdout",
    "io::stderr",
];

/// The longest source file, in lines. A file that passes some 500 wants to be two; past this it must be.
const FILE_LINES_MAX: usize = 600;

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .no_deps()
        .other_options(["--locked".to_owned()])
        .exec()
        .expect("cargo reads the workspace's manifests")
});

#[test]
fn no_arrow_between_crates_points_up_or_sideways() {
    let crates = METADATA.workspace_packages();
    let names: Vec<&str> = crates.iter().map(|package| package.name.as_str()).collect();
    assert!(names.contains(&"rabt-domain"), "the workspace was not found: {names:?}");
    let mut wrong: Vec<String> = names.iter().filter_map(|name| stranger(name)).collect();
    for package in &crates {
        for dependency in &package.dependencies {
            if names.contains(&dependency.name.as_str()) {
                wrong.extend(wrong_arrow(&package.name, &dependency.name));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn the_domain_is_built_from_nothing_that_does_io_tells_time_waits_or_rolls_dice() {
    let output = Command::new(env!("CARGO"))
        .current_dir(&METADATA.workspace_root)
        .args(["tree", "--locked", "--package", "rabt-domain", "--all-features"])
        // Macros run while the crate is compiled and are no part of it; every system counts, not only this one.
        .args(["--edges", "normal,no-proc-macro", "--target", "all"])
        .args(["--prefix", "none", "--format", "{p}|{f}"])
        .output()
        .expect("cargo starts");
    let tree = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    assert!(
        output.status.success() && tree.contains("rabt-domain"),
        "cargo tree failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_none(tree.lines().filter_map(foreign_to_domain).collect());
}

#[test]
fn the_domain_sources_do_no_io_tell_no_time_wait_for_nothing_and_roll_no_dice() {
    let mut wrong = Vec::new();
    for source in sources_below("core/domain/src") {
        for (word, what) in NOT_IN_DOMAIN {
            wrong.extend(lines_naming(&source, word).map(|line| {
                format!(
                    "{}:{line} names `{word}`, which {what}: rabt-domain has only pure rules; take what they need as an argument",
                    source.path.display()
                )
            }));
        }
    }
    assert_none(wrong);
}

#[test]
fn the_core_prints_nothing() {
    let mut wrong = Vec::new();
    for source in [
        "core/domain",
        "core/protocol",
        "core/store",
        "core/link",
        "core/client",
        "bindings/ffi",
    ]
    .iter()
    .flat_map(|room| sources_below(&format!("{room}/src")))
    {
        for word in PRINTS {
            wrong.extend(lines_naming(&source, word).map(|line| {
                format!(
                    "{}:{line} names `{word}`: a library doesn't print; use `tracing`, with personal data redacted",
                    source.path.display()
                )
            }));
        }
    }
    assert_none(wrong);
}

#[test]
fn store_and_link_do_not_know_each_other() {
    let mut wrong = Vec::new();
    for (room, others) in [
        ("core/store", ["rabt_link", "rabt-link"]),
        ("core/link", ["rabt_store", "rabt-store"]),
    ] {
        for source in sources_below(room) {
            for other in others {
                // Comments count: what is explained by the other is built on it.
                for (line, _) in source.text.lines().enumerate().filter(|(_, line)| line.contains(other)) {
                    wrong.push(format!(
                        "{}:{} names `{other}`: store and link meet in core/client; put there what needs both",
                        source.path.display(),
                        line + 1
                    ));
                }
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn no_source_file_is_too_long() {
    let wrong = METADATA
        .workspace_packages()
        .iter()
        .filter_map(|package| package.manifest_path.parent())
        .flat_map(|folder| sources_below(folder.as_str()))
        .filter_map(|source| too_long(&source.path, source.text.lines().count()))
        .collect();
    assert_none(wrong);
}

/// A crate that the architecture doesn't place.
fn stranger(name: &str) -> Option<String> {
    let placed = MAY_NAME.iter().any(|(known, _)| *known == name);
    (!placed).then(|| {
        format!("the crate {name} has no place in the architecture: decide its layer, and add it to MAY_NAME and docs/architecture.md")
    })
}

/// A dependency that the architecture forbids.
fn wrong_arrow(from: &str, to: &str) -> Option<String> {
    let allowed = MAY_NAME.iter().find(|(name, _)| *name == from)?.1?;
    let fine = from == to || allowed.contains(&to);
    (!fine).then(|| {
        let below = if allowed.is_empty() {
            "no crate of the workspace".to_owned()
        } else {
            allowed.join(", ")
        };
        format!(
            "{from} depends on {to}; it may depend on {below}. Arrows only point down: move what both need into a lower crate, \
             or compose the two in a higher one (tests that need both belong in tests/)"
        )
    })
}

/// A line of `cargo tree` ("jiff v0.2.0|alloc,std") that isn't allowed below `rabt-domain`.
fn foreign_to_domain(line: &str) -> Option<String> {
    let (package, features) = line.split_once('|').unwrap_or((line, ""));
    let name = package.split(' ').next().unwrap_or_default();
    let features = features.trim_end_matches(" (*)");
    let Some((_, allowed)) = DOMAIN_IS_BUILT_FROM.iter().find(|(known, _)| *known == name) else {
        return Some(format!(
            "rabt-domain is now built from {name}, too. It has pure rules only: if {name} does I/O, tells the time, waits or rolls \
             dice, do that in a higher crate and pass in the result; if it is as pure, add it to DOMAIN_IS_BUILT_FROM and say why"
        ));
    };
    let too_many: Vec<&str> = features
        .split(',')
        .filter(|feature| !feature.is_empty() && !allowed.contains(feature))
        .collect();
    (!too_many.is_empty()).then(|| {
        format!(
            "{name} is built for rabt-domain with {}; it may have {allowed:?}. Switch it off in the manifest \
             (`default-features = false`), or, if it is pure, add it to DOMAIN_IS_BUILT_FROM",
            too_many.join(", ")
        )
    })
}

/// A file that should be several.
fn too_long(path: &Path, lines: usize) -> Option<String> {
    (lines > FILE_LINES_MAX).then(|| {
        format!(
            "{} has {lines} lines, more than {FILE_LINES_MAX}: make it a folder with a room for each job",
            path.display()
        )
    })
}

/// A source file.
struct Source {
    path: PathBuf,
    text: String,
}

/// All Rust files below a folder of the workspace, at least one.
fn sources_below(folder: &str) -> Vec<Source> {
    let root = METADATA.workspace_root.as_std_path();
    let mut folders = vec![root.join(folder)];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{} can't be read: {error}", folder.display()))
        {
            let path = entry.expect("an entry of a folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                let path = path.strip_prefix(root).map(Path::to_path_buf).unwrap_or(path);
                sources.push(Source { path, text });
            }
        }
    }
    assert!(
        !sources.is_empty(),
        "{folder} holds no Rust file; has it moved? Mend this test"
    );
    sources
}

/// The numbers of the lines of code that name a word as a whole. Lines of comment don't count: they may tell of what isn't done.
fn lines_naming<'a>(source: &'a Source, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    source
        .text
        .lines()
        .enumerate()
        .filter(move |(_, line)| !line.trim_start().starts_with("//") && names(line, word))
        .map(|(index, _)| index + 1)
}

/// Whether `word` stands in `line` by itself: `print!` doesn't stand in `sprint!`, nor `Instant` in `Instants`.
fn names(line: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let begins = !word.starts_with(is_part) || !before.is_some_and(is_part);
        let ends = !word.ends_with(is_part) || !after.is_some_and(is_part);
        begins && ends
    })
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}

/// The rules above on things that break them.
mod each_rule_can_fail {
    use super::*;

    #[test]
    fn arrows() {
        for (from, to) in [
            ("rabt-domain", "rabt-protocol"),
            ("rabt-protocol", "rabt-domain"),
            ("rabt-store", "rabt-link"),
            ("rabt-link", "rabt-store"),
            ("rabt-link", "rabt"),
            ("rabt-store", "rabt-sandbox"),
            ("rabt", "rabt-sandbox"),
            ("rabt-ffi", "rabt-store"),
            ("rabt-sandbox", "rabt"),
            ("rabt", "rabt-tests"),
        ] {
            assert!(wrong_arrow(from, to).is_some(), "{from} → {to} went by");
        }
        for (from, to) in [
            ("rabt", "rabt-store"),
            ("rabt-link", "rabt-domain"),
            ("xtask", "rabt-sandbox"),
        ] {
            assert_eq!(wrong_arrow(from, to), None);
        }
        assert!(stranger("rabt-somewhere").is_some());
    }

    #[test]
    fn what_the_domain_is_built_from() {
        for line in [
            "tokio v1.50.0|rt",
            "jiff v0.2.46|alloc,std",
            "rand v0.9.0|",
            "jiff v0.2.46|std (*)",
        ] {
            assert!(foreign_to_domain(line).is_some(), "{line} went by");
        }
        for line in [
            "rabt-domain v0.1.0 (/somewhere)|",
            "jiff v0.2.46|alloc",
            "portable-atomic v1.0.0|require-cas (*)",
        ] {
            assert_eq!(foreign_to_domain(line), None);
        }
    }

    #[test]
    fn words_in_sources() {
        let source = Source {
            path: PathBuf::new(),
            text: "// println!(1)\n    println!(2);\nsprintln!(3);\nx.await?;\nlet Instants = 1;\nuse std::fs;\nuse std::fstab;\n".to_owned(),
        };
        let found = |word: &str| lines_naming(&source, word).collect::<Vec<_>>();
        assert_eq!(found("println!"), [2]);
        assert_eq!(found(".await"), [4]);
        assert_eq!(found("Instant"), [0; 0]);
        assert_eq!(found("std::fs"), [6]);
    }

    #[test]
    fn length() {
        assert_eq!(too_long(Path::new("a.rs"), FILE_LINES_MAX), None);
        assert!(too_long(Path::new("a.rs"), FILE_LINES_MAX + 1).is_some());
    }
}
