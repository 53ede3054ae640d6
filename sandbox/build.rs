//! Lists the fixtures, so that an agency or a persona joins the city by its file alone and no line of code names one.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("fixtures");
    let mut code = String::new();
    for (constant, folder) in [("AGENCIES", "agencies"), ("PERSONAS", "personas")] {
        code.push_str(&list(constant, &root.join(folder))?);
    }
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("fixtures.rs"), code)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

/// `pub(crate) const AGENCIES: &[(&str, &str)]`: the name and the text of each JSON file in a folder, by name.
fn list(constant: &str, folder: &Path) -> io::Result<String> {
    // The whole folder is named, so that a file that comes or goes is seen too.
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    let rows: String = files
        .iter()
        .map(|path| {
            format!(
                "    ({:?}, include_str!({path:?})),\n",
                path.file_name().unwrap_or_default().to_string_lossy()
            )
        })
        .collect();
    Ok(format!(
        "/// The files of `{constant}`.\npub(crate) const {constant}: &[(&str, &str)] = &[\n{rows}];\n"
    ))
}
