//! The Swift that stands in pages for app teams: taken out of them, and compiled. What only Apple's systems can compile is parsed.

use super::parses;
use crate::{
    bindings::swift::{PACKAGE, Package},
    folder::empty,
    process::PROGRAM_TIME_MAX,
    steps::{Job, StepError},
};
use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// The pages.
const PAGES: [&str; 1] = ["docs/embedding-ios.md"];

/// What a block says behind its language where it needs a framework of Apple's.
const APPLE: &str = "apple";

/// A line that begins so begins a declaration, and its block is compiled as a file; any other is the inside of a function.
const DECLARES: [&str; 12] = [
    "@",
    "actor ",
    "class ",
    "enum ",
    "extension ",
    "final ",
    "func ",
    "private ",
    "protocol ",
    "public ",
    "struct ",
    "// swift-tools-version",
];

/// A block of Swift in a page.
#[derive(Debug, PartialEq, Eq)]
struct Snippet {
    /// The line of the page on which it begins.
    line: usize,
    /// Whether it needs a framework of Apple's.
    apple: bool,
    text: String,
}

impl Snippet {
    /// What is compiled of it. In a function, `rabt` is the core.
    fn file(&self) -> String {
        let (imports, rest): (Vec<&str>, Vec<&str>) = self.text.lines().partition(|line| line.starts_with("import "));
        let declares = rest
            .iter()
            .find(|line| !line.trim().is_empty() && !line.starts_with("//"))
            .is_some_and(|line| DECLARES.iter().any(|word| line.starts_with(word)));
        if declares || self.apple {
            return self.text.clone();
        }
        let mut file = format!("import Foundation\nimport Rabt\n{}\n\n", imports.join("\n"));
        let _ = writeln!(
            file,
            "func snippet{}(_ rabt: Rabt) async throws {{\n{}\n}}",
            self.line,
            rest.join("\n")
        );
        file
    }
}

/// The blocks of a page.
fn snippets(page: &str) -> Vec<Snippet> {
    let mut found = Vec::new();
    let mut open: Option<Snippet> = None;
    for (index, line) in page.lines().enumerate() {
        match &mut open {
            Some(snippet) if line.trim() != "```" => {
                snippet.text.push_str(line);
                snippet.text.push('\n');
            }
            Some(_) => found.extend(open.take()),
            None => {
                let mut words = line.strip_prefix("```").unwrap_or_default().split_whitespace();
                if words.next() == Some("swift") {
                    open = Some(Snippet {
                        line: index + 1,
                        apple: words.next() == Some(APPLE),
                        text: String::new(),
                    });
                }
            }
        }
    }
    found
}

/// Compiles every snippet of every page, without a warning.
///
/// # Errors
/// Where one doesn't compile, or there are none.
pub(crate) fn compile(job: &mut Job<'_>, package: &Package) -> Result<bool, StepError> {
    let folder = job.workspace().target.join("swift").join("snippets-package");
    let rabt = job.workspace().root.join(PACKAGE);
    let failed = |error: io::Error| StepError::Tool(format!("the snippets can't be written: {error}"));
    // A snippet that an earlier version of a page had must not be compiled along.
    empty(&folder.join("Sources")).map_err(failed)?;
    let mut apple = Vec::new();
    let mut compiled = 0;
    for page in PAGES {
        let text = fs::read_to_string(job.workspace().root.join(page)).map_err(failed)?;
        for snippet in snippets(&text) {
            let file = write(&folder, page, &snippet).map_err(failed)?;
            if snippet.apple { apple.push(file) } else { compiled += 1 }
        }
    }
    if compiled == 0 {
        return Err(StepError::Tool(
            "the pages have no Swift that can be compiled here".to_owned(),
        ));
    }
    fs::write(folder.join("Package.swift"), manifest(&rabt)).map_err(failed)?;
    let build = package.command(job.workspace(), &folder, "build", &[]);
    if !job.try_run(build, PROGRAM_TIME_MAX)? {
        return Ok(false);
    }
    for file in &apple {
        if !parses(job, package, file)? {
            return Ok(false);
        }
    }
    job.say(&format!(
        "swift: {compiled} snippets of the pages compile, {} more parse: they need Apple's frameworks",
        apple.len()
    ));
    Ok(true)
}

fn write(folder: &Path, page: &str, snippet: &Snippet) -> io::Result<PathBuf> {
    let kind = if snippet.apple { "Apple" } else { "Sources/Snippets" };
    let page = page.trim_end_matches(".md").replace(['/', '-'], "_");
    let file = folder.join(kind).join(format!("{page}_{}.swift", snippet.line));
    fs::create_dir_all(folder.join(kind))?;
    fs::write(&file, snippet.file())?;
    Ok(file)
}

fn manifest(rabt: &Path) -> String {
    format!(
        "// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: \"snippets\",
    platforms: [.macOS(.v14)],
    dependencies: [.package(name: \"Rabt\", path: \"{}\")],
    targets: [.target(name: \"Snippets\", dependencies: [.product(name: \"Rabt\", package: \"Rabt\")])],
    swiftLanguageModes: [.v6]
)
",
        rabt.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Open it:\n```swift\nlet page = 1\n```\nand\n```swift apple\nimport UIKit\n```\n```kotlin\nval x = 1\n```\n```\n$ swift\n```\n```swift\nstruct Bill {}\n```\n";

    #[test]
    fn blocks_of_swift_are_found_and_no_others() {
        let found = snippets(PAGE);
        let lines: Vec<_> = found.iter().map(|snippet| (snippet.line, snippet.apple)).collect();
        assert_eq!(lines, [(2, false), (6, true), (15, false)]);
        assert_eq!(found[1].text, "import UIKit\n");
    }

    #[test]
    fn statements_are_put_into_a_function_and_declarations_are_not() {
        let found = snippets(PAGE);
        assert!(
            found[0]
                .file()
                .contains("func snippet2(_ rabt: Rabt) async throws {\nlet page = 1\n}")
        );
        assert_eq!(found[2].file(), "struct Bill {}\n");
    }
}
