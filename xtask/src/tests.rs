//! The commands are those that the written word promises.

use super::*;
use clap::CommandFactory as _;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The subcommands that a text names.
fn named_in(text: &str) -> BTreeSet<String> {
    text.split("cargo xtask ")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_lowercase).collect::<String>())
        .filter(|name| !name.is_empty())
        .collect()
}

fn commands() -> BTreeSet<String> {
    Arguments::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect()
}

#[test]
fn the_arguments_are_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn what_follows_sandbox_is_the_citys() {
    let arguments =
        Arguments::try_parse_from(["cargo xtask", "sandbox", "--help", "--ports-from", "9000", "x"]).unwrap();
    let Command::Sandbox { arguments } = arguments.command else {
        panic!("another command");
    };
    assert_eq!(arguments, ["--help", "--ports-from", "9000", "x"]);
}

#[test]
fn the_readme_names_the_two_commands_and_build_machines_run_one_of_them() {
    let readme = named_in(&read("README.md"));
    for command in ["demo", "test"] {
        assert!(
            readme.contains(command),
            "README.md doesn't name `cargo xtask {command}`: {readme:?}"
        );
    }
    assert_eq!(named_in(&read(".ci/run")), BTreeSet::from(["test".to_owned()]));
}

#[test]
fn every_command_that_is_written_down_exists() {
    let mut pages = vec![
        root().join("README.md"),
        root().join("CHANGELOG.md"),
        root().join(".ci/run"),
    ];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    pages.extend(
        docs.map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|is| is == "md")),
    );
    let commands = commands();
    for page in pages {
        for name in named_in(&read(&page)) {
            assert!(
                commands.contains(&name),
                "{} names `cargo xtask {name}`, which doesn't exist; there are {commands:?}",
                page.display()
            );
        }
    }
}

#[test]
fn a_command_is_found_in_prose_and_in_code() {
    assert_eq!(
        named_in("run `cargo xtask test --all`, then\n$ cargo xtask sandbox\n(cargo xtask …)"),
        BTreeSet::from(["sandbox".to_owned(), "test".to_owned()])
    );
}
