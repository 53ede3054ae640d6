//! What UniFFI's Swift generator has no setting for, done to the text that it wrote.
//!
//! The cases of an error enum are written as Swift writes cases (`.offline`), where the generator leaves them as types are written. And the
//! objects that the hand-written face stands before are taken out of the documentation, so that an app's author finds `Bills` and not also
//! `BillsCore`. Numbers and texts are read where they lie, and not copied out of a `Data` first. A version of UniFFI that writes differently fails here, rather than silently giving an app other names.

use super::exchanged;
use std::collections::BTreeSet;

/// How the names end of what no app's author needs: what `swift/uniffi.toml` puts behind each object that the face hides, and the generator's own
/// stand-ins for what the app implements.
const HIDDEN: [&str; 4] = ["Core", "CoreProtocol", "Impl", "ThreadHook"];
/// How the names of the generator's own functions begin.
const HIDDEN_FUNCTIONS: &str = "uniffi";

/// Left out of documentation and of completion.
const NOT_DOCUMENTED: &str = "@_documentation(visibility: internal)\n";

/// How the generator reads a number, and how it is read here.
const NUMBER: [&str; 2] = [
    "    var value: T = 0
    let _ = withUnsafeMutableBytes(of: &value, { reader.data.copyBytes(to: $0, from: range)})
",
    "    let value = reader.data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self) }
",
];
/// The same for bytes.
const BYTES: [&str; 2] = [
    "    var value = [UInt8](repeating: 0, count: count)
    value.withUnsafeMutableBufferPointer({ buffer in
        reader.data.copyBytes(to: buffer, from: range)
    })
",
    "    let value = reader.data.withUnsafeBytes { Array($0[range]) }
",
];

/// The same for a text, which would be an array of bytes first.
const TEXT: [&str; 2] = [
    "        return String(decoding: try readBytes(&buf, count: Int(len)), as: UTF8.self)
",
    "        guard len >= 0, buf.data.count - buf.offset >= Int(len) else {
            throw UniffiInternalError.bufferOverflow
        }
        let range = buf.offset..<(buf.offset + Int(len))
        buf.offset = range.upperBound
        return buf.data.withUnsafeBytes { String(decoding: UnsafeRawBufferPointer(rebasing: $0[range]), as: UTF8.self) }
",
];

/// The generator wrote something that isn't understood any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unexpected(&'static str);

impl std::fmt::Display for Unexpected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the generated Swift has {}; mend bindings/bindgen/src/swift.rs",
            self.0
        )
    }
}

impl std::error::Error for Unexpected {}

/// The source as apps get it.
///
/// # Errors
/// Where it has no error enum, or no object to hide.
pub(crate) fn idiomatic(source: &str) -> Result<String, Unexpected> {
    hide(&lower(&read_in_place(source)?)?)
}

/// Reads what crosses without a copy. It is a `Data` over the buffer as it came, whose first byte has the index 0.
fn read_in_place(source: &str) -> Result<String, Unexpected> {
    [NUMBER, BYTES, TEXT]
        .into_iter()
        .try_fold(source.to_owned(), |text, [from, to]| {
            exchanged(&text, from, to).map_err(|_| Unexpected("another way to read a number, bytes or a text"))
        })
}

/// Writes the cases of error enums with a small letter, where they are declared and where they are used.
fn lower(source: &str) -> Result<String, Unexpected> {
    let cases = error_cases(source);
    if cases.is_empty() {
        return Err(Unexpected("no error enum with cases"));
    }
    let mut text = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let named = ["case let .", "case .", "return .", "case "].iter().find_map(|lead| {
            let (before, after) = line.split_once(lead)?;
            let name = after.split(|c: char| !c.is_alphanumeric()).next()?;
            (cases.contains(name)).then_some((before, *lead, after))
        });
        match named {
            Some((before, lead, after)) => {
                text.push_str(before);
                text.push_str(lead);
                text.push_str(&after[..1].to_ascii_lowercase());
                text.push_str(&after[1..]);
            }
            None => text.push_str(line),
        }
    }
    Ok(text)
}

/// The names of the cases of every enum that is an error.
fn error_cases(source: &str) -> BTreeSet<&str> {
    let mut cases = BTreeSet::new();
    let mut within = false;
    for line in source.lines() {
        // The generator breaks the line behind `public`.
        if line.trim_start_matches("public ").starts_with("enum ") && line.contains(": Swift.Error") {
            within = true;
        } else if line.starts_with('}') {
            within = false;
        } else if within && let Some(after) = line.trim_start().strip_prefix("case ") {
            let name = after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                cases.insert(name);
            }
        }
    }
    cases
}

/// Takes the hidden objects, their protocols and functions out of the documentation.
fn hide(source: &str) -> Result<String, Unexpected> {
    let mut text = String::with_capacity(source.len());
    let mut hidden = 0;
    for line in source.split_inclusive('\n') {
        let name = ["open class ", "public protocol ", "public func "]
            .iter()
            .find_map(|lead| line.strip_prefix(lead))
            .and_then(|after| after.split(|c: char| !c.is_alphanumeric()).next());
        let hides = |name: &str| HIDDEN.iter().any(|end| name.ends_with(end)) || name.starts_with(HIDDEN_FUNCTIONS);
        // The generator hides its converters itself.
        if name.is_some_and(|name| hides(name) && !name.starts_with("FfiConverter")) {
            text.push_str(NOT_DOCUMENTED);
            hidden += 1;
        }
        text.push_str(line);
    }
    if hidden == 0 {
        return Err(Unexpected("no object of the core"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = "\
/// Why.
public \n\
enum PortError: Swift.Error, Equatable {
    case Unavailable(detail: String
    )
    case Gone
}
public enum Other {
    case unavailable
}
func write(_ value: PortError) {
    switch value {
    case let .Unavailable(detail): return
    case .Gone: return
    }
}
func read() -> PortError { if Gone.count == 0 {}
    return .Unavailable(detail: \"Unavailable\")
}
@_documentation(visibility: private)
public func FfiConverterTypeBillsCore_lift(_ handle: UInt64) throws -> BillsCore {
}
public protocol BillsCoreProtocol: AnyObject {
}
open class BillsCore: BillsCoreProtocol {
}
";

    /// With what reads numbers, bytes and texts.
    fn generated(rest: &str) -> String {
        [NUMBER[0], BYTES[0], TEXT[0], rest].concat()
    }

    #[test]
    fn what_crosses_is_read_where_it_lies() {
        let text = idiomatic(&generated(GENERATED)).unwrap();
        assert!(text.contains(NUMBER[1]) && text.contains(BYTES[1]) && text.contains(TEXT[1]));
        assert!(!text.contains("copyBytes") && !text.contains("readBytes"));
    }

    #[test]
    fn the_cases_of_an_error_are_small_wherever_they_stand() {
        let text = idiomatic(&generated(GENERATED)).unwrap();
        for expected in [
            "    case unavailable(detail: String\n",
            "    case gone\n",
            "case let .unavailable(detail)",
            "case .gone:",
            "return .unavailable(detail: \"Unavailable\")",
            "if Gone.count",
            "enum PortError: Swift.Error",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }

    #[test]
    fn what_the_face_hides_is_not_documented() {
        let text = idiomatic(&generated(GENERATED)).unwrap();
        assert!(text.contains("@_documentation(visibility: internal)\nopen class BillsCore"));
        assert!(text.contains("@_documentation(visibility: internal)\npublic protocol BillsCoreProtocol"));
        assert!(text.contains("}\npublic enum Other"));
        assert_eq!(
            text.matches("visibility: private)\npublic func FfiConverter").count(),
            1
        );
        assert_eq!(text.matches("@_documentation").count(), 3);
    }

    #[test]
    fn a_generator_that_writes_otherwise_is_noticed() {
        for errors in ["case small", "case Big"] {
            let source = format!("public enum Fault: Swift.Error {{\n    {errors}\n}}\n");
            assert!(idiomatic(&generated(&source)).is_err());
        }
        assert!(idiomatic(GENERATED).is_err());
        assert!(idiomatic(&generated(&generated(GENERATED))).is_err());
    }
}
