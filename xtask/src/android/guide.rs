//! The snippets of the guide: each is taken from the page and compiled as it stands there, against the AAR.

use super::{
    app::embedded,
    kit::{Kit, emptied},
    library::{Aar, VERSION},
    lock::{unusable, write},
    resources::Resources,
};
use crate::steps::{Job, StepError};
use std::fs;

/// The page, from the root of the checkout.
const PAGE: &str = "docs/embedding-android.md";

/// How a block of Kotlin begins, one of Gradle's language, and where each ends.
const KOTLIN: &str = "```kotlin\n";
const GRADLE: &str = "```kts\n";
const END: &str = "\n```";

/// Compiles them all as one module, so that one may use what another declares, and returns how many there are.
///
/// # Errors
/// Where one doesn't compile, none is there, or the page names another version of the library.
pub(super) fn compile(job: &mut Job<'_>, kit: &Kit, aar: &Aar, resources: &Resources) -> Result<usize, StepError> {
    let page = job.workspace().root.join(PAGE);
    let text = fs::read_to_string(&page).map_err(|error| unusable(&page, &error))?;
    let snippets = blocks(&text, KOTLIN);
    let dependency = format!("implementation(\"city.rabt:rabt-android:{VERSION}\")");
    if snippets.is_empty() || !blocks(&text, GRADLE).iter().any(|block| block.contains(&dependency)) {
        return Err(unusable(
            &page,
            &format!("it has no snippet, or doesn't say `{dependency}`"),
        ));
    }
    let (from, into) = (kit.out.join("guide"), kit.out.join("classes/guide"));
    emptied(&from)?;
    emptied(&into)?;
    for (number, snippet) in snippets.iter().enumerate() {
        write(
            &from.join(format!("Snippet{}.kt", number + 1)),
            format!("package guide\n\n{snippet}\n"),
        )?;
    }
    let mut kotlinc = kit.kotlinc(job, "guide", &embedded(kit, aar, resources, &kit.app), &into);
    kotlinc.arg(kit.compose_plugin()?).arg("-Werror").arg(&from);
    job.must(kotlinc)?;
    Ok(snippets.len())
}

/// What stands between a beginning and the next end.
fn blocks<'a>(text: &'a str, begin: &str) -> Vec<&'a str> {
    text.split(begin)
        .skip(1)
        .map(|rest| rest.split_once(END).map_or(rest, |(block, _)| block))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_told_by_their_language() {
        let text = "a\n```kotlin\nval a = 1\nval b = 2\n```\nb\n```kts\nc()\n```\n```kotlin\nval d = 3\n```\n";
        assert_eq!(blocks(text, KOTLIN), ["val a = 1\nval b = 2", "val d = 3"]);
        assert_eq!(blocks(text, GRADLE), ["c()"]);
    }
}
