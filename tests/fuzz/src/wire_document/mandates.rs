//! What the gateway answers about mandates, and the identity provider about devices. What they hold is signed, or held against what was
//! signed, and is believed by nobody here: what the client hands on is bounded and belongs to the person who asked.

use super::{
    party::{self, Addressee, Answer},
    refusal,
};
use crate::oracle::{assert_code, assert_instant, assert_page};
use rabt_domain::MandateId;
use rabt_link::gateway::MandateRecord;
use serde_json::Value;

/// The most mandates of a person, statements of a mandate, decisions of a page and devices of a person.
const MANDATES_MAX: usize = rabt_link::limits::MANDATES_MAX;
const STATEMENTS_MAX: usize = rabt_link::limits::STATEMENTS_PER_MANDATE_MAX;
const DECISIONS_MAX: usize = rabt_link::limits::PAGE_ENTRIES_MAX;
const DEVICES_MAX: usize = rabt_link::limits::DEVICES_MAX;

/// The person's mandates.
pub(super) fn list(how: u8, body: &[u8]) {
    let addressee = addressee(body, "subject");
    party::answers(how, body);
    match party::wait(party::gateway_client(&addressee.subject).mandates()) {
        Ok(sifted) => {
            assert!(Answer::of(how).is_one());
            assert!(
                sifted.items.len() + sifted.refused.len() <= MANDATES_MAX,
                "too many mandates"
            );
            sifted.items.iter().for_each(check_record);
        }
        Err(error) => refusal::check(&error, how, false),
    }
    let stranger = party::gateway_client(&addressee.another_person().subject);
    assert!(
        party::wait(stranger.mandates()).is_err(),
        "another person's mandates are read"
    );
}

/// One mandate, as it stands once a statement was taken.
pub(super) fn record(how: u8, body: &[u8]) {
    let whom = Addressee::of(&Value::Null);
    party::answers(how, body);
    match party::wait(party::gateway_client(&whom.subject).register_mandate("statement")) {
        Ok(record) => {
            assert!(Answer::of(how).is_one());
            check_record(&record);
        }
        Err(error) => refusal::check(&error, how, true),
    }
}

fn check_record(record: &MandateRecord) {
    assert!(!record.versions.is_empty(), "a mandate without a version");
    for list in [record.versions.len(), record.standing.len(), record.answers.len()] {
        assert!(list <= STATEMENTS_MAX, "{list} statements");
    }
    record.versions.iter().for_each(|(_, at)| assert_instant(*at));
    if let Some(consent) = &record.consent {
        assert_code(&consent.id);
    }
}

/// The page that the person is sent to.
pub(super) fn consent_begun(how: u8, body: &[u8]) {
    let whom = Addressee::of(&Value::Null);
    let mandate = MandateId::parse("mandate-0").expect("it is a name");
    party::answers(how, body);
    let client = party::gateway_client(&whom.subject);
    match party::wait(client.begin_mandate_consent(&mandate, "rabt-demo:/linked", "state-0", party::now())) {
        Ok(begun) => {
            assert!(Answer::of(how).is_one());
            assert_code(&begun.consent);
            assert_instant(begun.expires_at);
            assert_page(&begun.authorize_url);
        }
        Err(error) => refusal::check(&error, how, true),
    }
}

/// A page of decisions, and the same page once more after it.
pub(super) fn decisions(how: u8, body: &[u8]) {
    let addressee = addressee(body, "subject");
    let client = party::gateway_client(&addressee.subject);
    party::answers(how, body);
    match party::wait(client.mandate_decisions(None)) {
        Ok(page) => {
            assert!(Answer::of(how).is_one());
            assert!(page.decisions.len() <= DECISIONS_MAX, "too many decisions");
            assert_instant(page.as_of);
            let again = party::wait(client.mandate_decisions(Some(&page.next)));
            assert!(!page.more || again.is_err(), "a cursor that stays is followed");
        }
        Err(error) => refusal::check(&error, how, false),
    }
    let stranger = party::gateway_client(&addressee.another_person().subject);
    assert!(
        party::wait(stranger.mandate_decisions(None)).is_err(),
        "another person's decisions are read"
    );
}

/// The person's devices.
pub(super) fn devices(how: u8, body: &[u8]) {
    const ISSUER: &str = "https://id.example";
    let addressee = addressee(body, "sub");
    party::answers(how, body);
    let ask = |whom: &Addressee| party::wait(rabt_link::devices::devices(&party::caller(), ISSUER, &whom.subject));
    match ask(&addressee) {
        Ok(sifted) => {
            assert!(Answer::of(how).is_one());
            let count = sifted.items.len() + sifted.refused.len();
            assert!((1..=DEVICES_MAX).contains(&count), "{count} devices");
            for device in &sifted.items {
                assert_instant(device.since);
            }
        }
        Err(error) => refusal::check(&error, how, false),
    }
    assert!(
        ask(&addressee.another_person()).is_err(),
        "another person's devices are read"
    );
}

/// Whom a document seems to be about, by the member that says so.
fn addressee(body: &[u8], member: &str) -> Addressee {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let about = serde_json::json!({ "subject": document.get(member) });
    Addressee::of(&about)
}
