//! The list against the core's sources, and the texts that are written from it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets something else has failed"
)]

use super::*;
use std::{fs, path::Path};
use syn::{Attribute, Fields as Members, Item};

/// An exported record, or a case with fields.
struct Exported {
    name: String,
    fields: Vec<String>,
    /// Whether Rust prints it: what is personal has no `Debug` there.
    debug: bool,
}

fn derives(attributes: &[Attribute], what: &str) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("derive")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string().split(',').any(|it| it.replace(' ', "") == what))
    })
}

fn names(members: &Members) -> Vec<String> {
    members
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .map(ToString::to_string)
        .collect()
}

fn exported(folder: &Path, all: &mut Vec<Exported>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            exported(&path, all);
            continue;
        }
        for item in syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap().items {
            match item {
                Item::Struct(item) if derives(&item.attrs, "uniffi::Record") => all.push(Exported {
                    name: item.ident.to_string(),
                    fields: names(&item.fields),
                    debug: derives(&item.attrs, "Debug"),
                }),
                Item::Enum(item)
                    if ["uniffi::Enum", "uniffi::Error"]
                        .iter()
                        .any(|it| derives(&item.attrs, it)) =>
                {
                    let cases = item.variants.iter().filter(|case| !case.fields.is_empty());
                    all.extend(cases.map(|case| Exported {
                        name: format!("{}.{}", item.ident, case.ident),
                        fields: names(&case.fields),
                        debug: derives(&item.attrs, "Debug"),
                    }));
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_exported_record_is_decided_and_what_rust_does_not_print_is_not_printed() {
    let mut all = Vec::new();
    exported(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../ffi/src"), &mut all);
    assert!(all.len() > 50, "only {} exported records were found", all.len());
    let mut printed = Printed::read().unwrap();
    for Exported { name, fields, debug } in all {
        let fields: Vec<String> = fields.iter().map(|field| camel(field)).collect();
        let of = printed.of(&name, &fields).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            !of.printed.is_empty(),
            debug,
            "`{name}`: a type whose `Debug` is derived says what may be printed of it, and any other prints nothing"
        );
    }
    printed.finish().unwrap_or_else(|error| panic!("{error}"));
}

fn listing(list: &str) -> Printed {
    Printed {
        list: serde_json::from_str(list).unwrap(),
        met: BTreeSet::new(),
    }
}

/// As UniFFI writes them.
const KOTLIN: &str = "
/**
 * A bill.
 */
data class Bill (
    /**
     * Which.
     */
    val `key`: BillKey
    , 
    val `tookMs`: kotlin.Long = 1L 
    
){
    

    companion object
}
sealed class AmountRule {
    
    object Exact : AmountRule()
    
    
    data class Range(
        val `min`: Money, 
        val `max`: Money) : AmountRule()
        
    {
        

        companion object
    }
}
data class Other (
    val `code`: kotlin.String
){
}
sealed class RabtException: kotlin.Exception() {
    
    class Refused(
        
        val `code`: kotlin.String, 
        
        val `reason`: kotlin.String
        ) : RabtException() {
        override val message
            get() = \"code=${ `code` }, reason=${ `reason` }\"
    }
}
";

const LIST_OF_KOTLIN: &str =
    r#"{ "Bill": ["took_ms"], "AmountRule.Range": [], "Other": ["code"], "RabtError.Refused": ["code"] }"#;

#[test]
fn kotlin_prints_what_is_listed_and_hints_at_the_rest() {
    let source = kotlin(KOTLIN, listing(LIST_OF_KOTLIN)).unwrap();
    for expected in [
        "){\n    override fun toString(): String = \"Bill(tookMs=${this.`tookMs`}, …)\"\n",
        "    {\n    override fun toString(): String = \"Range(…)\"\n",
        "override fun toString(): String = \"Other(code=${this.`code`})\"\n",
        "            get() = \"code=${this.`code`}, …\"\n",
        "    data object Exact : AmountRule()\n",
    ] {
        assert!(source.contains(expected), "{expected}\n{source}");
    }
    assert_eq!(source.matches("toString").count(), 3);
}

const SWIFT: &str = "
public struct Bill: Equatable, Hashable {
    /**
     * Which.
     */
    public let key: BillKey
    public let tookMs: Int64

    public init(key: BillKey, tookMs: Int64 = 1) {
        self.key = key
        self.tookMs = tookMs
    }
}
public enum AmountRule: Equatable, Hashable {
    
    case exact
    case range(min: Fils, max: Fils
    )
}
public struct FfiConverterTypeAmountRule: FfiConverterRustBuffer {
    public static func write(_ value: AmountRule, into buf: inout [UInt8]) {
        switch value {
        case .exact:
            writeInt(&buf, Int32(1))
        case let .range(min,max):
            writeInt(&buf, Int32(2))
        }
    }
}
public 
enum RabtError: Swift.Error {
    case Offline(details: ErrorDetails
    )
public var description: String {
}
}
public struct FfiConverterTypeRabtError: FfiConverterRustBuffer {
        case let .Offline(details):
}
public enum Flat: Equatable, Hashable {
    case one
}
public struct FfiConverterTypeFlat: FfiConverterRustBuffer {
        case .one:
}
";

#[test]
fn swift_prints_what_is_listed_and_mirrors_nothing_else() {
    let list = r#"{ "Bill": ["took_ms"], "AmountRule.Range": ["max"], "RabtError.Offline": ["details"] }"#;
    let source = swift(SWIFT, listing(list)).unwrap();
    for expected in [
        "extension Bill: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {",
        r#""Bill(tookMs: \(String(describing: self.tookMs)), …)""#,
        r#"Mirror(self, children: ["tookMs": self.tookMs as Any], displayStyle: .struct)"#,
        r#"case .exact: "exact""#,
        r#"case let .range(_, max): "range(max: \(String(describing: max)), …)""#,
        "Mirror(self, children: [:], displayStyle: .enum)",
        "extension RabtError: CustomDebugStringConvertible, CustomReflectable {\n    public var debugDescription",
    ] {
        assert!(source.contains(expected), "{expected}\n{source}");
    }
    assert!(!source.contains("extension Flat"));
}

#[test]
fn what_is_not_decided_gone_or_misspelt_is_refused() {
    let of = |list: &str| kotlin(KOTLIN, listing(list)).unwrap_err();
    let without = LIST_OF_KOTLIN.replace(r#""AmountRule.Range": [], "#, "");
    assert!(matches!(of(&without), PrintedError::Undecided(name) if name == "AmountRule.Range"));
    let misspelt = LIST_OF_KOTLIN.replace("took_ms", "took");
    assert!(matches!(of(&misspelt), PrintedError::NoSuchField { field, .. } if field == "took"));
    let gone = LIST_OF_KOTLIN.replace("{ ", r#"{ "Gone": [], "#);
    assert!(matches!(of(&gone), PrintedError::NotGenerated(names) if names == ["Gone"]));
    assert!(matches!(
        swift(SWIFT, listing("{}")).unwrap_err(),
        PrintedError::Undecided(name) if name == "Bill"
    ));
}
