//! Kotlin: each data class gets a `toString`, and each exception a `message`.

use super::{Fields, LEFT_OUT, Printed, PrintedError, identifier};
use std::fmt::Write as _;

/// A sealed class, whose cases are nested in it.
struct Family {
    name: String,
    is_error: bool,
}

/// A class whose text is still to be written.
struct Class {
    name: String,
    listed_as: String,
    is_error: bool,
    fields: Vec<String>,
    /// Whether its constructor has been read.
    constructed: bool,
}

/// The generated source, with texts of our own.
///
/// # Errors
/// [`PrintedError`].
pub(crate) fn kotlin(source: &str, mut printed: Printed) -> Result<String, PrintedError> {
    let mut out = String::with_capacity(source.len() * 11 / 10);
    let mut family: Option<Family> = None;
    let mut class: Option<Class> = None;
    for line in source.lines() {
        let code = line.trim_start();
        if let Some(rest) = line.strip_prefix("sealed class ") {
            family = Some(Family {
                name: identifier(rest).to_owned(),
                is_error: rest.contains("kotlin.Exception"),
            });
        } else if line == "}" {
            family = None;
        }
        if class.is_none() {
            class = begun(code, family.as_ref());
        }
        let Some(open) = class.as_mut() else {
            // What has no fields prints its name instead of an address.
            let case = family.is_some() && code.starts_with("object ");
            out.push_str(&if case {
                line.replacen("object ", "data object ", 1)
            } else {
                line.to_owned()
            });
            out.push('\n');
            continue;
        };
        if let Some(field) = code.strip_prefix("val ").filter(|_| !open.constructed) {
            open.fields.push(identifier(field).to_owned());
        }
        open.constructed |= !code.starts_with('*') && (code.starts_with(')') || code.contains(") : "));
        if open.is_error && code.starts_with("get() = ") {
            let message = line.find("get()").map_or("", |at| &line[..at]);
            let fields = printed.of(&open.listed_as, &open.fields)?;
            let _ = writeln!(out, "{message}get() = \"{}\"", texts(&fields));
            class = None;
        } else if !open.is_error && open.constructed && line.ends_with('{') {
            let fields = printed.of(&open.listed_as, &open.fields)?;
            let _ = writeln!(
                out,
                "{line}\n    override fun toString(): String = \"{}({})\"",
                open.name,
                texts(&fields)
            );
            class = None;
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    printed.finish()?;
    Ok(out)
}

/// The class that begins in this line.
fn begun(code: &str, family: Option<&Family>) -> Option<Class> {
    let is_error = family.is_some_and(|family| family.is_error);
    let keyword = if is_error { "class " } else { "data class " };
    let name = identifier(code.strip_prefix(keyword)?).to_owned();
    let listed_as = match family {
        // UniFFI calls an error an exception in Kotlin.
        Some(family) if is_error => format!("{}Error.{name}", family.name.trim_end_matches("Exception")),
        Some(family) => format!("{}.{name}", family.name),
        None => name.clone(),
    };
    Some(Class {
        name,
        listed_as,
        is_error,
        fields: Vec::new(),
        constructed: false,
    })
}

/// `code=${this.code}, …`
fn texts(fields: &Fields) -> String {
    let mut texts: Vec<String> = fields
        .printed
        .iter()
        .map(|field| format!("{field}=${{this.`{field}`}}"))
        .collect();
    if fields.more {
        texts.push(LEFT_OUT.to_owned());
    }
    texts.join(", ")
}
