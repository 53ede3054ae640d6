//! What a fuzzing build has and no other: `cargo deny` judges dependencies by the systems that they are for, and so doesn't see those
//! that a flag of the compiler brings in. They are judged here.

use cargo_metadata::{MetadataCommand, PackageId};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The crates below the engine that nothing else of the workspace needs, each with its licence. libFuzzer's own, the University of
/// Illinois's (NCSA), is as permissive as MIT's; nothing of it is in any program but those that fuzz.
const ONLY_FUZZING: [(&str, &str); 3] = [
    ("arbitrary", "MIT OR Apache-2.0"),
    ("jobserver", "MIT OR Apache-2.0"),
    ("libfuzzer-sys", "(MIT OR Apache-2.0) AND NCSA"),
];

#[test]
fn the_engine_has_the_licences_and_the_dependencies_that_were_decided_on() {
    let metadata = MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .expect("cargo reads the manifests");
    let resolve = metadata.resolve.as_ref().expect("it was asked to resolve");
    let below: BTreeMap<&PackageId, &Vec<PackageId>> = resolve
        .nodes
        .iter()
        .map(|node| (&node.id, &node.dependencies))
        .collect();
    let reached = |without: &str| {
        let mut reached = BTreeSet::new();
        let mut ahead: Vec<&PackageId> = metadata.workspace_members.iter().collect();
        while let Some(id) = ahead.pop() {
            if metadata[id].name.as_str() != without && reached.insert(id) {
                ahead.extend(below[id]);
            }
        }
        reached
    };
    let (with_engine, without_engine) = (reached(""), reached("libfuzzer-sys"));
    let only: BTreeMap<&str, &str> = with_engine
        .difference(&without_engine)
        .map(|id| &metadata[*id])
        .map(|package| (package.name.as_str(), package.license.as_deref().unwrap_or("none")))
        .collect();
    // `cc` is everybody's, and has `jobserver` for the engine alone; where it is resolved for all it doesn't show.
    let expected: BTreeMap<&str, &str> = ONLY_FUZZING
        .into_iter()
        .filter(|(name, _)| *name != "jobserver")
        .collect();
    assert_eq!(only, expected);
    for (name, licence) in ONLY_FUZZING {
        let package = metadata.packages.iter().find(|package| package.name.as_str() == name);
        assert_eq!(
            package.and_then(|package| package.license.as_deref()),
            Some(licence),
            "{name}"
        );
    }
}
