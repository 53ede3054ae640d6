//! The words of the scenarios: each step as it is written in `tests/scenarios/README.md`, with what it does here.
//!
//! A step is plain text with `{string}` (in double quotes) and `{int}` in it, as in Cucumber's expressions; nothing else of those is
//! used, so that a runner can be written in an afternoon. `Given`, `When` and `Then` are for the reader: a step is the same after each.

use crate::{stage::Stage, steps};
use cucumber::{
    gherkin,
    step::{Collection, Context},
};
use futures_util::future::LocalBoxFuture;
use regex::Regex;
use std::sync::LazyLock;

/// What a step does. It panics where it isn't so.
pub(crate) type Act = for<'a> fn(&'a mut Stage, Said) -> LocalBoxFuture<'a, ()>;

/// What a step was given.
pub(crate) struct Said {
    values: Vec<String>,
    table: Vec<Vec<String>>,
}

impl Said {
    /// The text in the given place.
    pub(crate) fn text(&self, place: usize) -> &str {
        &self.values[place]
    }

    /// The number in the given place.
    pub(crate) fn int(&self, place: usize) -> i64 {
        self.values[place].parse().expect("a number")
    }

    /// The rows of the step's table, without its heading.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        assert!(self.table.len() > 1, "the step needs a table with a heading");
        self.table.iter().skip(1).map(|row| (row[0].as_str(), row[1].as_str()))
    }
}

/// A step.
struct Known {
    regex: Regex,
    act: Act,
    /// Whether it may follow an act that failed: it speaks of the failure.
    speaks_of_failure: bool,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let quiet = [
        steps::CITY,
        steps::PHONE,
        steps::SESSION,
        steps::BILLS,
        steps::PAYMENTS,
        steps::AUTOPAY,
    ]
    .concat();
    let quiet = quiet.into_iter().map(|(words, act)| (words, act, false));
    let speaking = steps::FAILURES.iter().map(|(words, act)| (*words, *act, true));
    quiet
        .chain(speaking)
        .map(|(words, act, speaks_of_failure)| Known {
            regex: regex_of(words),
            act,
            speaks_of_failure,
        })
        .collect()
});

fn regex_of(words: &str) -> Regex {
    let escaped = regex::escape(words)
        .replace(r"\{string\}", "\"([^\"]*)\"")
        .replace(r"\{int\}", "([0-9]+)");
    Regex::new(&format!("^{escaped}$")).expect("an expression")
}

/// All of them, for cucumber.
pub(crate) fn collection() -> Collection<Stage> {
    KNOWN.iter().fold(Collection::new(), |collection, known| {
        collection
            .given(None, known.regex.clone(), act)
            .when(None, known.regex.clone(), act)
            .then(None, known.regex.clone(), act)
    })
}

/// What cucumber calls for each step.
fn act(stage: &mut Stage, context: Context) -> LocalBoxFuture<'_, ()> {
    let said = &context.step.value;
    let known = KNOWN
        .iter()
        .find(|known| known.regex.is_match(said))
        .expect("cucumber found it");
    if !known.speaks_of_failure
        && let Err(unspoken) = stage.nothing_unspoken()
    {
        panic!("{unspoken}");
    }
    (known.act)(stage, given_to(&context))
}

fn given_to(context: &Context) -> Said {
    let rows = |table: &gherkin::Table| table.rows.clone();
    Said {
        // The first is the whole text.
        values: context.matches.iter().skip(1).map(|(_, value)| value.clone()).collect(),
        table: context.step.table.as_ref().map(rows).unwrap_or_default(),
    }
}
