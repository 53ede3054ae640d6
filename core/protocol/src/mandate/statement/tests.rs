use super::*;
use crate::{
    agency::BillKind,
    jose::{Es256Key, base64url},
    mandate::{Limits, Schedule, Scope, ScopeEntry, Verdict, Weekend, When},
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

fn terms() -> SignedTerms {
    SignedTerms {
        sub: "person-1".to_owned(),
        mandate: Mandate {
            mandate_id: "m-1".to_owned(),
            version: 1,
            agreed_at: "2026-11-27T08:00:00Z".to_owned(),
            scope: Scope::Chosen {
                entries: vec![ScopeEntry {
                    agency_id: Some("road-toll".to_owned()),
                    account_id: None,
                    kind: Some(BillKind::TopUp),
                }],
            },
            instrument_id: "ins-1".to_owned(),
            fallback_instrument_id: None,
            schedule: Schedule {
                pay: When::BeforeDue { days: 3 },
                weekend: Weekend::Before,
            },
            limits: Limits {
                per_payment_fils: Some(50_000),
                ..Limits::default()
            },
            ask_first: Default::default(),
            top_up: None,
            priority: 1,
            from_on: "2026-11-27".to_owned(),
            until_on: "2027-06-01".to_owned(),
        },
        previous: None,
    }
}

fn answer() -> AnswerStatement {
    AnswerStatement {
        sub: "person-1".to_owned(),
        answer: Answer {
            mandate_id: "m-1".to_owned(),
            agency_id: "police".to_owned(),
            bill_id: "b-1".to_owned(),
            verdict: Verdict::Approved { up_to_fils: 61_250 },
            answered_at: "2026-11-27T08:00:00Z".to_owned(),
        },
    }
}

fn standing(seq: u32) -> StandingStatement {
    StandingStatement {
        sub: "person-1".to_owned(),
        mandate_id: "m-1".to_owned(),
        change: StandingChange::Revoke,
        at: "2026-11-27T08:00:00Z".to_owned(),
        seq,
    }
}

/// A JWS of any JSON, signed as it is.
fn signed(typ: &str, payload: &Value, key: &Es256Key) -> String {
    jose::sign(typ, payload, key, true).unwrap()
}

#[test]
fn each_kind_is_read_as_it_was_signed_and_names_its_key() {
    let key = key();
    let jkt = key.public_key().thumbprint().unwrap();
    let opened = open::<SignedTerms>(&sign(&terms(), &key).unwrap(), "person-1").unwrap();
    assert_eq!((opened.statement, opened.jkt), (terms(), jkt.clone()));
    let opened = open::<StandingStatement>(&sign(&standing(7), &key).unwrap(), "person-1").unwrap();
    assert_eq!((opened.statement, opened.jkt), (standing(7), jkt.clone()));
    let opened = open::<AnswerStatement>(&sign(&answer(), &key).unwrap(), "person-1").unwrap();
    assert_eq!((opened.statement, opened.jkt), (answer(), jkt));
}

#[test]
fn one_kind_is_not_taken_for_another() {
    let jws = sign(&answer(), &key()).unwrap();
    assert!(matches!(
        open::<StandingStatement>(&jws, "person-1"),
        Err(StatementError::Jws(JwsError::Type { .. }))
    ));
}

#[test]
fn another_persons_is_refused() {
    let jws = sign(&terms(), &key()).unwrap();
    assert_eq!(
        open::<SignedTerms>(&jws, "person-2"),
        Err(StatementError::AnotherPerson)
    );
}

#[test]
fn what_one_side_would_not_understand_is_refused() {
    let key = key();
    let mut more = serde_json::to_value(answer()).unwrap();
    // A flattened member hides what is unknown from serde.
    more["answer"]["also"] = json!("pay everything");
    let mut null = serde_json::to_value(terms()).unwrap();
    null["previous"] = Value::Null;
    assert_eq!(
        open::<AnswerStatement>(&signed(AnswerStatement::TYPE, &more, &key), "person-1"),
        Err(StatementError::NotCanonical)
    );
    assert_eq!(
        open::<SignedTerms>(&signed(SignedTerms::TYPE, &null, &key), "person-1"),
        Err(StatementError::NotCanonical)
    );
    let mut unknown = serde_json::to_value(standing(1)).unwrap();
    unknown["change"] = json!("forget");
    assert_eq!(
        open::<StandingStatement>(&signed(StandingStatement::TYPE, &unknown, &key), "person-1"),
        Err(StatementError::Jws(JwsError::Malformed("claims")))
    );
}

#[test]
fn white_space_and_another_order_are_refused() {
    struct Spaced;
    impl Serialize for Spaced {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeMap as _;
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("seq", &1)?;
            map.serialize_entry("sub", "person-1")?;
            map.serialize_entry("mandate_id", "m-1")?;
            map.serialize_entry("change", "pause")?;
            map.serialize_entry("at", "2026-11-27T08:00:00Z")?;
            map.end()
        }
    }
    let jws = jose::sign(StandingStatement::TYPE, &Spaced, &key(), true).unwrap();
    assert_eq!(
        open::<StandingStatement>(&jws, "person-1"),
        Err(StatementError::NotCanonical)
    );
}

#[test]
fn a_signature_by_another_key_than_the_headers_is_refused() {
    let (mine, theirs) = (key(), key());
    let jws = sign(&terms(), &mine).unwrap();
    let theirs_jws = sign(&terms(), &theirs).unwrap();
    let (signed, _) = jws.rsplit_once('.').unwrap();
    let (_, other_signature) = theirs_jws.rsplit_once('.').unwrap();
    assert_eq!(
        open::<SignedTerms>(&format!("{signed}.{other_signature}"), "person-1"),
        Err(StatementError::Jws(JwsError::BadSignature))
    );
}

#[test]
fn a_key_only_named_and_not_carried_is_refused() {
    let key = key();
    let jws = jose::sign(SignedTerms::TYPE, &terms(), &key, false).unwrap();
    assert_eq!(
        open::<SignedTerms>(&jws, "person-1"),
        Err(StatementError::Jws(JwsError::UnknownKey))
    );
}

#[test]
fn a_statement_has_a_greatest_length() {
    let mut long = terms();
    long.mandate.mandate_id = "m".repeat(STATEMENT_BYTES_MAX);
    let jws = sign(&long, &key()).unwrap();
    assert_eq!(open::<SignedTerms>(&jws, "person-1"), Err(StatementError::TooLong));
}

#[test]
fn a_digest_is_of_every_byte() {
    let jws = sign(&terms(), &key()).unwrap();
    let mut other = jws.clone();
    other.pop();
    assert_eq!(digest(&jws), digest(&jws));
    assert_ne!(digest(&jws), digest(&other));
}

proptest! {
    /// Whatever one character becomes, the statement is refused or says the same by the same key.
    #[test]
    fn a_changed_character_never_changes_what_is_said(place in 0usize..1200, with in 0usize..64) {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let key = key();
        let jws = sign(&terms(), &key).unwrap();
        let mut bytes = jws.clone().into_bytes();
        let place = place % bytes.len();
        bytes[place] = LETTERS[with];
        let changed = String::from_utf8(bytes).unwrap();
        if let Ok(opened) = open::<SignedTerms>(&changed, "person-1") {
            prop_assert_eq!(opened.statement, terms());
            prop_assert_eq!(opened.jkt, key.public_key().thumbprint().unwrap());
        }
    }

    #[test]
    fn what_nobody_signed_is_never_opened(text in ".{0,200}", payload in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(open::<SignedTerms>(&text, "person-1").is_err());
        let header = base64url(br#"{"alg":"ES256","typ":"rabt-mandate+jwt"}"#);
        let token = format!("{header}.{}.{}", base64url(&payload), base64url([0; 64]));
        prop_assert!(open::<SignedTerms>(&token, "person-1").is_err());
    }
}
