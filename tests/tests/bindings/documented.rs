//! Everything that is exported is documented, since it becomes KDoc and DocC: each type, field, case, method and argument-taking function;
//! and what can be refused says by what. It reads the sources, so that what is missing is named by file and line of thought.

use std::{fs, path::Path};
use syn::{Attribute, Fields, ImplItem, Item, ReturnType, TraitItem, visit::Visit as _};

/// What was found.
#[derive(Default)]
struct Found {
    exported: usize,
    wrong: Vec<String>,
}

/// The text of the doc comment.
fn text_of(attributes: &[Attribute]) -> String {
    struct Lines(String);
    impl<'a> syn::visit::Visit<'a> for Lines {
        fn visit_lit_str(&mut self, line: &'a syn::LitStr) {
            self.0.push_str(&line.value());
        }
    }
    let mut lines = Lines(String::new());
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        lines.visit_attribute(attribute);
    }
    lines.0.trim().to_owned()
}

/// Whether UniFFI exports it: by a derive or by `uniffi::export`.
fn is_exported(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let first = path.segments.first().is_some_and(|segment| segment.ident == "uniffi");
        let derives = path.is_ident("derive")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string().contains("uniffi"));
        derives || (first && path.segments.last().is_some_and(|segment| segment.ident == "export"))
    })
}

impl Found {
    fn needs(&mut self, what: &str, attributes: &[Attribute]) -> String {
        self.exported += 1;
        let text = text_of(attributes);
        if text.is_empty() {
            self.wrong.push(format!("{what} has no doc comment"));
        }
        text
    }

    fn fields(&mut self, of: &str, fields: &Fields) {
        for field in fields.iter().filter(|field| field.ident.is_some()) {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            self.needs(&format!("{of}.{name}"), &field.attrs);
        }
    }

    fn function(&mut self, name: &str, attributes: &[Attribute], returned: &ReturnType) {
        let text = self.needs(name, attributes);
        let fallible = matches!(returned, ReturnType::Type(_, kind) if matches!(kind.as_ref(),
            syn::Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Result")));
        if fallible && !text.contains("Throws ") {
            self.wrong.push(format!("{name} doesn't say what it throws"));
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Struct(item) if is_exported(&item.attrs) => {
                self.needs(&item.ident.to_string(), &item.attrs);
                // An object's fields stay here.
                let object = item.attrs.iter().any(|attribute| {
                    attribute
                        .meta
                        .require_list()
                        .is_ok_and(|list| list.tokens.to_string().contains("Object"))
                });
                if !object {
                    self.fields(&item.ident.to_string(), &item.fields);
                }
            }
            Item::Enum(item) if is_exported(&item.attrs) => {
                self.needs(&item.ident.to_string(), &item.attrs);
                for case in &item.variants {
                    let name = format!("{}::{}", item.ident, case.ident);
                    self.needs(&name, &case.attrs);
                    self.fields(&name, &case.fields);
                }
            }
            Item::Fn(item) if is_exported(&item.attrs) => {
                self.function(&item.sig.ident.to_string(), &item.attrs, &item.sig.output);
            }
            Item::Trait(item) if is_exported(&item.attrs) => {
                self.needs(&item.ident.to_string(), &item.attrs);
                for method in &item.items {
                    if let TraitItem::Fn(method) = method {
                        self.needs(&format!("{}.{}", item.ident, method.sig.ident), &method.attrs);
                    }
                }
            }
            Item::Impl(item) if is_exported(&item.attrs) => {
                for method in &item.items {
                    if let ImplItem::Fn(method) = method {
                        self.function(&method.sig.ident.to_string(), &method.attrs, &method.sig.output);
                    }
                }
            }
            Item::Macro(item)
                if item
                    .mac
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| last.ident == "custom_type") =>
            {
                self.exported += 1;
                if !item.mac.tokens.to_string().starts_with("# [doc")
                    && !item.mac.tokens.to_string().starts_with("#[doc")
                {
                    self.wrong
                        .push(format!("a custom type has no doc comment: {}", item.mac.tokens));
                }
            }
            _ => {}
        }
    }

    fn folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                self.folder(&path);
            } else {
                let text = fs::read_to_string(&path).expect("a source file");
                let file = syn::parse_file(&text).expect("the sources parse");
                file.items.iter().for_each(|item| self.item(item));
            }
        }
    }
}

#[test]
fn everything_exported_is_documented() {
    let mut found = Found::default();
    found.folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../bindings/ffi/src"));
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    assert!(
        found.exported > 300,
        "only {} exported items were found",
        found.exported
    );
}

#[test]
fn what_is_not_documented_is_found() {
    let mut found = Found::default();
    let source = r#"
        #[derive(uniffi::Record)] pub struct Bare { pub field: i32 }
        #[derive(Clone, uniffi::Enum)] pub enum Choice { One, Two { inner: i32 } }
        #[uniffi::export] impl Object { pub async fn act(&self) -> Result<(), RabtError> {} }
        #[uniffi::export(foreign)] pub trait Port { fn call(&self) -> Result<(), PortError>; }
        #[uniffi::export] pub fn open() {}
        uniffi::custom_type!(Money, i64, {});
        pub struct NotExported { pub field: i32 }
    "#;
    syn::parse_file(source)
        .expect("it parses")
        .items
        .iter()
        .for_each(|item| found.item(item));
    // Bare and its field; Choice, its cases and a field; act twice; Port and its method; open; Money.
    assert_eq!(found.wrong.len(), 2 + 4 + 2 + 2 + 1 + 1, "{:#?}", found.wrong);
}
