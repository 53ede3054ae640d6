//! The types as JSON Schema 2020-12, and what a Rust type can't say of them.

use crate::{
    agency, directory,
    endpoint::REFUSALS,
    event, hub, instrument,
    mandate::{self, Statement as _},
    problem,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value, json};

/// Where the document keeps them.
const HOME: &str = "#/components/schemas/";

/// A reference to the schema of this name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{HOME}{name}") })
}

/// All schemas by name.
pub(super) fn all() -> Map<String, Value> {
    let mut settings = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(leave_out_instead_of_null))
        .with_transform(RecursiveTransform(let_enumerations_grow))
        .with_transform(RecursiveTransform(write_for_readers_without_rust));
    settings.definitions_path = HOME.trim_start_matches('#').trim_end_matches('/').into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();

    // What they contain follows by itself.
    add::<directory::Directory>(&mut generator);
    add::<instrument::Instruments>(&mut generator);
    add::<instrument::BeginLink>(&mut generator);
    add::<instrument::LinkBegun>(&mut generator);
    add::<instrument::CompleteLink>(&mut generator);
    add::<hub::QuoteRequest>(&mut generator);
    add::<hub::Quote>(&mut generator);
    add::<hub::PaymentRequest>(&mut generator);
    add::<hub::Payments>(&mut generator);
    add::<hub::Receipt>(&mut generator);
    add::<event::EventPage>(&mut generator);
    add::<event::AgencyEvent>(&mut generator);
    add::<mandate::SendStatement>(&mut generator);
    add::<mandate::SignedTerms>(&mut generator);
    add::<mandate::StandingStatement>(&mut generator);
    add::<mandate::AnswerStatement>(&mut generator);
    add::<mandate::Mandates>(&mut generator);
    add::<mandate::BeginMandateConsent>(&mut generator);
    add::<mandate::MandateConsentBegun>(&mut generator);
    add::<mandate::CompleteMandateConsent>(&mut generator);
    add::<mandate::Dispute>(&mut generator);
    add::<mandate::MandateDecisionPage>(&mut generator);
    add::<agency::ConsentRequest>(&mut generator);
    add::<agency::Consent>(&mut generator);
    add::<agency::Accounts>(&mut generator);
    add::<agency::AddAccount>(&mut generator);
    add::<agency::BillPage>(&mut generator);
    add::<agency::PostingRequest>(&mut generator);
    add::<agency::Posting>(&mut generator);
    add::<problem::Problem>(&mut generator);

    let mut schemas = generator.take_definitions(true);
    schemas.insert("RefusalCode".to_owned(), refusal_code());
    schemas.insert(
        "SignedDirectory".to_owned(),
        signed(
            "Directory",
            directory::DIRECTORY_TYPE,
            "a key that the app was shipped with",
        ),
    );
    schemas.insert(
        "SignedReceipt".to_owned(),
        signed(
            "Receipt",
            hub::RECEIPT_TYPE,
            "one of the directory's `receipt_keys`, named by `kid`",
        ),
    );
    let device = "a key of the person's device, which the header's `jwk` carries";
    for (name, payload, kind) in [
        ("MandateVersion", "SignedTerms", mandate::SignedTerms::TYPE),
        ("MandateStanding", "StandingStatement", mandate::StandingStatement::TYPE),
        ("MandateAnswer", "AnswerStatement", mandate::AnswerStatement::TYPE),
    ] {
        schemas.insert(name.to_owned(), signed(payload, kind, device));
    }
    schemas
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

/// The stable codes; an enumeration that grows, as all do.
fn refusal_code() -> Value {
    let known = REFUSALS.iter().map(|refusal| {
        json!({
            "type": "string",
            "const": refusal.code,
            "description": format!("{}: {}", refusal.status, refusal.meaning)
        })
    });
    let later = json!({ "type": "string", "description": "A later one: to be judged by the status." });
    json!({
        "description": "Why something is not done: what a client branches on. Each comes with the status that is named.",
        "anyOf": known.chain([later]).collect::<Vec<_>>()
    })
}

/// A compact JWS, with what it holds after the example of JSON Schema 2020-12, 8.6.
fn signed(payload: &str, kind: &str, key: &str) -> Value {
    json!({
        "description": format!(
            "A `{payload}` as a compact JWS (RFC 7515), signed with ES256 by {key}. The second part, decoded, is the `{payload}`."
        ),
        "type": "string",
        "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
        "contentMediaType": "application/jwt",
        "contentSchema": {
            "type": "array",
            "minItems": 2,
            "prefixItems": [
                {
                    "type": "object",
                    "properties": {
                        "typ": { "const": kind },
                        "alg": { "const": "ES256" },
                        "kid": { "type": "string" },
                        "jwk": { "type": "object" }
                    },
                    "required": ["typ", "alg"]
                },
                reference(payload)
            ]
        }
    })
}

/// An absent member is left out, never `null`.
fn leave_out_instead_of_null(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice != &json!({ "type": "null" }));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            members.remove("anyOf");
            members.extend(only);
        }
    }
    if members.get("default") == Some(&Value::Null) {
        members.remove("default");
    }
}

/// A value that stands for all that may come later isn't sent under its own name: the known values, or any other text.
fn let_enumerations_grow(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    let Some(Value::Array(choices)) = members.get("oneOf") else {
        return;
    };
    if !choices
        .iter()
        .any(|choice| choice.get("const") == Some(&json!("unknown")))
    {
        return;
    }
    let grown = choices
        .iter()
        .map(|choice| {
            if choice.get("const") == Some(&json!("unknown")) {
                json!({ "type": "string", "description": choice.get("description") })
            } else {
                choice.clone()
            }
        })
        .collect();
    members.remove("oneOf");
    members.insert("anyOf".to_owned(), Value::Array(grown));
}

/// Doc comments link to Rust items: ``[`code`](crate::problem::code)`` and ``[`code`]`` become `` `code` ``.
fn write_for_readers_without_rust(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = without_links(description);
    }
}

pub(super) fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        plain.push_str(before);
        let Some((name, after)) = link.split_once("`]") else {
            plain.push_str("[`");
            rest = link;
            continue;
        };
        plain.push('`');
        plain.push_str(name);
        plain.push('`');
        rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_target, after)) => after,
            None => after,
        };
    }
    plain.push_str(rest);
    // Lines of a comment are broken for editors; a paragraph is one text.
    plain
        .split("\n\n")
        .map(|paragraph| paragraph.split('\n').collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// What single members hold beyond their type: schema, member, what is added.
fn facts() -> Vec<(&'static str, &'static str, Value)> {
    let instant = json!({ "format": "date-time" });
    let day = json!({ "format": "date" });
    let at_most = |items: u32| json!({ "maxItems": items });
    let above_zero = json!({ "exclusiveMinimum": 0 });
    let not_empty = json!({ "minItems": 1 });
    let some_text = json!({ "minLength": 1 });
    vec![
        ("BillPage", "as_of", instant.clone()),
        ("Event", "time", instant),
        ("FeeSource", "as_of", day.clone()),
        ("Period", "from", day.clone()),
        ("Period", "to", day),
        ("Event", "specversion", json!({ "const": "1.0" })),
        ("Event", "type", event_kinds()),
        ("AgencyEvent", "kind", json!({ "const": event::kind::BILLS_CHANGED })),
        ("Accounts", "accounts", at_most(500)),
        ("BillPage", "bills", at_most(500)),
        ("EventPage", "events", at_most(100)),
        ("Payments", "payments", at_most(100)),
        ("JwkSet", "keys", at_most(32)),
        (
            "MandateRecord",
            "versions",
            json!({ "items": reference("MandateVersion") }),
        ),
        (
            "MandateRecord",
            "standing",
            json!({ "items": reference("MandateStanding") }),
        ),
        (
            "MandateRecord",
            "answers",
            json!({ "items": reference("MandateAnswer") }),
        ),
        (
            "SendStatement",
            "statement",
            json!({ "maxLength": mandate::statement::STATEMENT_BYTES_MAX }),
        ),
        ("Dispute", "note", json!({ "maxLength": mandate::NOTE_CHARS_MAX })),
        ("Report", "decisions", at_most(100)),
        ("QuoteRequest", "items", json!({ "minItems": 1, "maxItems": 100 })),
        ("Bill", "lines", not_empty.clone()),
        ("ConsentRequest", "purposes", not_empty),
        ("QuoteItem", "amount_fils", above_zero.clone()),
        ("Bill", "amount_fils", above_zero.clone()),
        ("PaymentRequest", "total_fils", above_zero.clone()),
        ("PostingRequest", "amount_fils", above_zero),
        ("FormField", "chars_max", json!({ "maximum": 64 })),
        ("Localized", "en", some_text.clone()),
        ("Localized", "ar", some_text),
        ("Agency", "agency_id", json!({ "pattern": "^[a-z][a-z0-9-]*$" })),
        (
            "Problem",
            "type",
            json!({ "format": "uri", "examples": ["urn:rabt:problem:bill_being_paid"] }),
        ),
        (
            "Problem",
            "code",
            refers_to("RefusalCode", "The stable code; what a client branches on."),
        ),
        (
            "Problem",
            "acr",
            json!({ "description": "With `step_up_required`: the assurance level that the act asks for (RFC 9470's `acr_values`)." }),
        ),
        (
            "Rejection",
            "code",
            refers_to("RefusalCode", "The stable code of the reason."),
        ),
        (
            "PaymentItem",
            "receipt",
            refers_to(
                "SignedReceipt",
                "Once settled: the receipt, to be verified without a network.",
            ),
        ),
    ]
}

fn refers_to(schema: &str, description: &str) -> Value {
    let mut reference = reference(schema);
    reference["description"] = json!(description);
    reference
}

fn event_kinds() -> Value {
    let known = [
        (
            event::kind::BILLS_CHANGED,
            "A bill was issued, changed, paid or withdrawn: refresh that agency.",
        ),
        (event::kind::PAYMENT_CHANGED, "A payment changed: read it again."),
        (
            event::kind::INSTRUMENT_CHANGED,
            "An instrument changed: read them again.",
        ),
        (
            event::kind::AUTOPAY_DECIDED,
            "The gateway decided about bills by the person's mandates: read the decisions.",
        ),
        (
            event::kind::AUTOPAY_ASKED,
            "A mandate asks the person about a bill, or can't pay it and they should know: read the decisions.",
        ),
        (event::kind::DIRECTORY_CHANGED, "A newer directory is there."),
    ]
    .map(|(kind, description)| json!({ "type": "string", "const": kind, "description": description }));
    let later = json!({ "type": "string", "description": "A later one." });
    json!({
        "description": "What happened; a type that the reader doesn't know is passed over.",
        "anyOf": known.into_iter().chain([later]).collect::<Vec<_>>()
    })
}

/// Adds to the schemas what follows from the members' names and from [`facts`].
pub(super) fn say_what_types_cannot(schemas: &mut Map<String, Value>) {
    for schema in schemas.values_mut() {
        let Some(Value::Object(members)) = schema.get_mut("properties") else {
            continue;
        };
        for (name, member) in members {
            let format = match name.rsplit('_').next() {
                Some("at") => "date-time",
                Some("on") => "date",
                Some("url" | "uri") => "uri",
                _ => continue,
            };
            // Of a list, each entry.
            match member.get_mut("items") {
                Some(entry) => add_to(entry, &json!({ "format": format })),
                None => add_to(member, &json!({ "format": format })),
            }
        }
    }
    for (schema, member, fact) in facts() {
        if let Some(member) = schemas
            .get_mut(schema)
            .and_then(|schema| schema.get_mut("properties")?.get_mut(member))
        {
            add_to(member, &fact);
        }
    }
}

fn add_to(schema: &mut Value, fact: &Value) {
    if let (Value::Object(schema), Value::Object(fact)) = (schema, fact) {
        schema.extend(fact.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_rust_items_become_plain_code() {
        assert_eq!(
            without_links("One of [`code`](crate::problem::code), see [`Bill`]; a `plain` one\nstays [so].\n\nNext."),
            "One of `code`, see `Bill`; a `plain` one stays [so].\n\nNext."
        );
        assert_eq!(without_links("broken [`off"), "broken [`off");
    }

    /// A member that was renamed would silently lose what is said of it.
    #[test]
    fn each_fact_is_of_a_member_that_is_there() {
        let schemas = all();
        for (schema, member, _) in facts() {
            assert!(
                schemas
                    .get(schema)
                    .is_some_and(|schema| schema["properties"].get(member).is_some()),
                "{schema}.{member}"
            );
        }
    }

    #[test]
    fn an_enumeration_takes_a_value_of_the_future() {
        let schemas = all();
        let choices = schemas["BillStatus"]["anyOf"].as_array().unwrap();
        assert!(choices.iter().any(|choice| choice["const"] == "open"), "{choices:?}");
        assert!(choices.iter().all(|choice| choice["const"] != "unknown"), "{choices:?}");
        assert!(
            choices
                .iter()
                .any(|choice| choice.get("const").is_none() && choice["type"] == "string")
        );
    }

    #[test]
    fn an_optional_member_is_left_out_and_never_null() {
        let schemas = Value::Object(all()).to_string();
        assert!(!schemas.contains("null"), "{schemas}");
        let bill = &all()["Bill"];
        assert!(!bill["required"].as_array().unwrap().contains(&json!("period")));
        assert!(bill["required"].as_array().unwrap().contains(&json!("amount_fils")));
    }
}
