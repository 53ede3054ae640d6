//! What the runners wrote, held against the scenarios that there are.

use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

/// What became of a scenario in a language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// `Feature: Scenario`.
    pub(super) scenario: String,
    /// In which language.
    pub(super) language: String,
    /// Whether everything in it was so.
    pub(super) passed: bool,
    /// How long it took.
    pub(super) seconds: f64,
    /// What wasn't so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl Line {
    fn failed(scenario: &str, language: &str, error: &str) -> Self {
        Self {
            scenario: scenario.to_owned(),
            language: language.to_owned(),
            passed: false,
            seconds: 0.0,
            error: Some(error.to_owned()),
        }
    }
}

/// Reads a runner's lines; none where it wrote no file.
///
/// # Errors
/// Where it can't be read, or a line isn't one.
pub(super) fn read(file: &Path) -> io::Result<Vec<Line>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    text.lines()
        .map(|line| serde_json::from_str(line).map_err(io::Error::from))
        .collect()
}

/// A line for each scenario that there is, in their order, and one for whatever else is wrong.
pub(super) fn judged(names: &[String], language: &str, lines: Vec<Line>, ended_well: bool) -> Vec<Line> {
    let mut judged = Vec::with_capacity(names.len());
    for name in names {
        let mut told = lines.iter().filter(|line| &line.scenario == name);
        judged.push(match (told.next(), told.next()) {
            (Some(line), None) if line.language == language => line.clone(),
            (Some(_), None) => Line::failed(name, language, "the runner says that it is of another language"),
            (None, _) => Line::failed(name, language, "the runner did not run it"),
            (Some(_), Some(_)) => Line::failed(name, language, "the runner ran it more than once"),
        });
    }
    let unknown = lines.iter().filter(|line| !names.contains(&line.scenario));
    judged.extend(unknown.map(|line| Line::failed(&line.scenario, language, "there is no such scenario")));
    if !ended_well && judged.iter().all(|line| line.passed) {
        judged.push(Line::failed(
            "the runner",
            language,
            "it ended as failed though every scenario passed",
        ));
    }
    judged
}

/// Writes the report.
///
/// # Errors
/// Where it can't be written.
pub(super) fn write(file: &Path, report: &[Line]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, serde_json::to_vec_pretty(report)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(scenario: &str, passed: bool) -> Line {
        Line {
            scenario: scenario.to_owned(),
            language: "rust".to_owned(),
            passed,
            seconds: 0.5,
            error: (!passed).then(|| "it was not so".to_owned()),
        }
    }

    fn errors(names: &[&str], lines: Vec<Line>, ended_well: bool) -> Vec<(String, Option<String>)> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let judged = judged(&names, "rust", lines, ended_well);
        assert!(judged.iter().all(|line| line.passed == line.error.is_none()));
        judged.into_iter().map(|line| (line.scenario, line.error)).collect()
    }

    fn told(scenario: &str, error: Option<&str>) -> (String, Option<String>) {
        (scenario.to_owned(), error.map(str::to_owned))
    }

    #[test]
    fn what_the_runner_said_stands_in_the_order_of_the_features() {
        let lines = vec![line("b", false), line("a", true)];
        let expected = [told("a", None), told("b", Some("it was not so"))];
        assert_eq!(errors(&["a", "b"], lines, false), expected);
    }

    #[test]
    fn what_was_left_out_made_up_or_told_twice_has_failed() {
        let of_another = Line {
            language: "kotlin".to_owned(),
            ..line("c", true)
        };
        let lines = vec![line("b", true), line("b", true), of_another, line("x", true)];
        let expected = [
            told("a", Some("the runner did not run it")),
            told("b", Some("the runner ran it more than once")),
            told("c", Some("the runner says that it is of another language")),
            told("x", Some("there is no such scenario")),
        ];
        assert_eq!(errors(&["a", "b", "c"], lines, true), expected);
    }

    #[test]
    fn a_runner_that_failed_is_not_believed() {
        let found = errors(&["a"], vec![line("a", true)], false);
        assert_eq!(found.len(), 2);
        assert!(found[1].1.is_some());
    }

    #[test]
    fn lines_are_read_as_they_are_written_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rust.jsonl");
        assert_eq!(read(&file).unwrap(), []);
        let text = |line: &Line| serde_json::to_string(line).unwrap();
        fs::write(
            &file,
            format!("{}\n{}\n", text(&line("a", true)), text(&line("b", false))),
        )
        .unwrap();
        assert_eq!(read(&file).unwrap(), [line("a", true), line("b", false)]);
        fs::write(&file, "{\"scenario\": \"a\"}\n").unwrap();
        assert!(read(&file).is_err());
    }
}
