//! Swift: each struct, and each enum whose cases have fields, gets a description, and a mirror without what isn't in it, which is what
//! `dump`, the debugger and a failed expectation of a test show.

use super::{Fields, LEFT_OUT, Printed, PrintedError, capital, identifier};
use std::fmt::Write as _;

/// What is looked at of a generated type.
struct Type<'a> {
    name: &'a str,
    /// Its own text.
    body: &'a str,
}

/// A case of an enum.
struct Case<'a> {
    name: &'a str,
    fields: Vec<String>,
}

/// The generated source, followed by the texts.
///
/// # Errors
/// [`PrintedError`].
pub(crate) fn swift(source: &str, mut printed: Printed) -> Result<String, PrintedError> {
    let mut out = source.to_owned();
    for Type { name, body } in types(source, "struct ").filter(|it| !it.name.starts_with("FfiConverter")) {
        let fields: Vec<String> = body.lines().filter_map(property).map(str::to_owned).collect();
        let fields = printed.of(name, &fields)?;
        let description = format!("        \"{name}({})\"\n", texts(&fields, "self."));
        let children = children(&fields);
        extend(&mut out, &Type { name, body }, &description, &children, "struct");
    }
    for enumeration in types(source, "enum ") {
        let converter = format!("FfiConverterType{}", enumeration.name);
        let Some(converter) = types(source, "struct ").find(|it| it.name == converter) else {
            continue;
        };
        let cases: Vec<Case<'_>> = converter.body.lines().filter_map(case).collect();
        if cases.iter().all(|case| case.fields.is_empty()) {
            continue;
        }
        let mut description = "        switch self {\n".to_owned();
        for Case { name, fields } in cases {
            let text = if fields.is_empty() {
                format!("        case .{name}: \"{name}\"\n")
            } else {
                let listed_as = format!("{}.{}", enumeration.name, capital(name));
                described(name, &fields, &printed.of(&listed_as, &fields)?)
            };
            description.push_str(&text);
        }
        description.push_str("        }\n");
        extend(&mut out, &enumeration, &description, "[:]", "enum");
    }
    printed.finish()?;
    Ok(out)
}

/// The public types of a kind, each up to the brace that ends it.
fn types<'a>(source: &'a str, kind: &'a str) -> impl Iterator<Item = Type<'a>> {
    source.match_indices("\npublic ").filter_map(move |(at, found)| {
        // Of an error the rest is on the next line.
        let rest = source[at + found.len()..].trim_start();
        let rest = rest.strip_prefix("indirect ").unwrap_or(rest).strip_prefix(kind)?;
        let body = &rest[..rest.find("\n}").unwrap_or(rest.len())];
        Some(Type {
            name: identifier(rest),
            body,
        })
    })
}

/// The name of a stored property.
fn property(line: &str) -> Option<&str> {
    let code = line
        .strip_prefix("    public let ")
        .or_else(|| line.strip_prefix("    public var "))?;
    // A computed one has braces.
    (!code.ends_with('{')).then(|| identifier(code))
}

/// A case, from how its converter writes it.
fn case(line: &str) -> Option<Case<'_>> {
    let code = line.trim_start();
    if let Some(with_fields) = code.strip_prefix("case let .") {
        let (_, fields) = with_fields.split_once('(')?;
        let (fields, _) = fields.split_once(')')?;
        return Some(Case {
            name: identifier(with_fields),
            fields: fields.split(',').map(|field| identifier(field).to_owned()).collect(),
        });
    }
    Some(Case {
        name: identifier(code.strip_prefix("case .")?),
        fields: Vec::new(),
    })
}

/// The text of a case with fields, of which all have to be named in its pattern.
fn described(name: &str, all: &[String], fields: &Fields) -> String {
    if fields.printed.is_empty() {
        return format!("        case .{name}: \"{name}({LEFT_OUT})\"\n");
    }
    let bound: Vec<&str> = all
        .iter()
        .map(|field| if fields.printed.contains(field) { field } else { "_" })
        .collect();
    format!(
        "        case let .{name}({}): \"{name}({})\"\n",
        bound.join(", "),
        texts(fields, "")
    )
}

/// `code: \(…), …`
fn texts(fields: &Fields, of: &str) -> String {
    let mut texts: Vec<String> = fields
        .printed
        .iter()
        .map(|field| format!("{field}: \\(String(describing: {of}{field}))"))
        .collect();
    if fields.more {
        texts.push(LEFT_OUT.to_owned());
    }
    texts.join(", ")
}

/// What a mirror shows.
fn children(fields: &Fields) -> String {
    if fields.printed.is_empty() {
        return "[:]".to_owned();
    }
    let children: Vec<String> = fields
        .printed
        .iter()
        .map(|field| format!("\"{field}\": self.{field} as Any"))
        .collect();
    format!("[{}]", children.join(", "))
}

fn extend(out: &mut String, of: &Type<'_>, description: &str, children: &str, style: &str) {
    // An error brings the core's own `Display` with it, and is told to be describable by the face.
    let described = of.body.contains("public var description: String");
    let conformances = if described {
        "CustomDebugStringConvertible, CustomReflectable"
    } else {
        "CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable"
    };
    let _ = writeln!(out, "\nextension {}: {conformances} {{", of.name);
    if !described {
        let _ = writeln!(out, "    public var description: String {{\n{description}    }}\n");
    }
    let _ = writeln!(
        out,
        "    public var debugDescription: String {{ description }}\n\n    public var customMirror: Mirror {{ Mirror(self, children: {children}, displayStyle: .{style}) }}\n}}"
    );
}
