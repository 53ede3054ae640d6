//! What a call ends with where it isn't answered: a refusal, a wait, a step-up, a doubt.

use super::party::{self, Addressee, Answer};
use crate::oracle::{assert_both_shown, assert_code};
use rabt_domain::InstrumentId;
use rabt_link::LinkError;

/// An hour; a party may not silence the client for longer.
const RETRY_AFTER_SECONDS_MAX: u32 = 3_600;

/// A problem, as the answer to what reads and to what changes something.
pub(super) fn problem(how: u8, body: &[u8]) {
    let nobody = Addressee::of(&serde_json::Value::Null);
    let client = party::gateway_client(&nobody.subject);
    let instrument = InstrumentId::parse("ins-1").expect("it is a name");
    party::answers(how, body);
    if let Err(error) = party::wait(client.instruments()) {
        check(&error, how, false);
    }
    match party::wait(client.remove_instrument(&instrument)) {
        Ok(()) => assert!(
            Answer::of(how).is_one() || Answer::of(how).status == 404,
            "it was done with {:?}",
            Answer::of(how)
        ),
        Err(error) => check(&error, how, true),
    }
}

/// An error is one that can be acted on, and nothing in it is a party's word that wasn't looked at.
pub(super) fn check(error: &LinkError, how: u8, changes: bool) {
    let status = Answer::of(how).status;
    match error {
        LinkError::Refused(refusal) => {
            assert!(status.is_client_error(), "{status} is no refusal");
            assert_eq!(refusal.status, status.as_u16());
            assert_code(&refusal.code);
            if let Some(reason) = &refusal.reason {
                assert_both_shown(reason);
            }
            if let Some(field) = &refusal.field {
                assert!((1..=100).contains(&field.len()), "a field's length");
                assert!(field.bytes().all(|byte| (b'!'..=b'~').contains(&byte)), "{field:?}");
            }
        }
        LinkError::StepUpRequired { acr } => {
            assert_eq!(status, 401);
            if let Some(acr) = acr {
                assert_level(acr);
            }
        }
        LinkError::Unavailable {
            retry_after_seconds, ..
        } => assert!(retry_after_seconds.is_none_or(|seconds| seconds <= RETRY_AFTER_SECONDS_MAX)),
        LinkError::Lost { .. } => assert!(changes, "nothing was to be changed, so nothing is in doubt"),
        // Of what changes something an answer that isn't believed leaves a doubt, and a doubt is never called a refusal.
        LinkError::Distrusted { .. } => assert!(!changes, "it may have been done"),
        other => panic!("an answer came, and the client says {other:?}"),
    }
    assert!(error.to_string().len() < 512, "an error of the length of its cause");
}

/// A level stands in the next authorization request as it is.
pub(super) fn assert_level(acr: &str) {
    assert!((1..=200).contains(&acr.len()), "a level's length");
    assert!(acr.bytes().all(|byte| (b'!'..=b'~').contains(&byte)), "{acr:?}");
}
