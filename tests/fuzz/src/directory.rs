//! The signed directory.
//!
//! No fuzzer guesses a signature, so most inputs are payloads that are signed here, by the key that the client was shipped with:
//! what a gateway may say that has been taken over. The rest are tokens as they are, which nobody may believe.

use crate::{
    keys::{KNOWN, STRANGER, tampered},
    oracle::{assert_base_url, assert_both_shown, assert_code, assert_instant, assert_shown},
};
use rabt_domain::{Agency, Timestamp};
use rabt_link::directory::{DirectoryError, SignedDirectory, verify, verify_kept};
use rabt_protocol::{directory::DIRECTORY_TYPE, hub::RECEIPT_TYPE};
use std::collections::BTreeSet;

/// The most agencies, entries of a list, fields of a form, and keys, from the protocol.
const AGENCIES_MAX: usize = 500;
const LIST_MAX: usize = 100;
const FIELDS_MAX: usize = 20;
const FIELD_CHARS_MAX: u16 = 64;
const KEYS_MAX: usize = 32;

/// The first byte says what the rest is: `0` a token, `1` a header of one line and a payload, each signed as they are; anything else
/// a payload, the two bytes before it a place in the token at which it is tampered with.
pub fn directory(input: &[u8]) {
    match input {
        [0, token @ ..] => {
            let token = String::from_utf8_lossy(token);
            assert!(verify_kept(&token, &KNOWN.set).is_err(), "nobody signed it");
        }
        [1, rest @ ..] => {
            let split = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (header, payload) = rest.split_at(split);
            let token = KNOWN.token_under(header, payload.get(1..).unwrap_or_default());
            if let Ok(signed) = verify_kept(&token, &KNOWN.set) {
                check(&signed);
            }
        }
        [_, high, low, payload @ ..] => signed(payload, u16::from_be_bytes([*high, *low])),
        _ => {}
    }
}

fn signed(payload: &[u8], place: u16) {
    let token = KNOWN.token(DIRECTORY_TYPE, payload);
    let Ok(signed) = verify_kept(&token, &KNOWN.set) else {
        let now = Timestamp::EPOCH;
        assert!(
            verify(&token, &KNOWN.set, now, 0).is_err(),
            "what isn't kept isn't fetched"
        );
        return;
    };
    check(&signed);
    assert_eq!(signed.token, token);
    assert!(signed.etag.is_none(), "a validator isn't part of what was signed");
    let (version, expires_at) = (signed.directory.version, signed.directory.expires_at);
    let issued_at = signed.directory.issued_at;
    let fetched = verify(&token, &KNOWN.set, issued_at, version).expect("of its own version, within its time");
    assert_eq!(fetched, signed, "kept and fetched are read alike");
    let late = verify(&token, &KNOWN.set, expires_at, version);
    assert_eq!(late, Err(DirectoryError::Expired(expires_at)));
    if let Some(floor) = version.checked_add(1) {
        let older = verify(&token, &KNOWN.set, issued_at, floor);
        assert_eq!(older, Err(DirectoryError::Older { floor, found: version }));
    }
    for (forged, why) in [
        (STRANGER.token(DIRECTORY_TYPE, payload), "a stranger signed it"),
        (KNOWN.token(RECEIPT_TYPE, payload), "it was signed as something else"),
        (tampered(&token, place), "it was changed after it was signed"),
    ] {
        assert!(verify_kept(&forged, &KNOWN.set).is_err(), "{why}");
    }
}

fn check(signed: &SignedDirectory) {
    let directory = &signed.directory;
    assert_instant(directory.issued_at);
    assert_instant(directory.expires_at);
    assert!(directory.issued_at < directory.expires_at);
    assert_base_url(&directory.gateway_url);
    assert!(signed.receipt_keys.keys.len() <= KEYS_MAX);
    assert!(directory.agencies.len() + signed.left_out.len() <= AGENCIES_MAX);
    let names: BTreeSet<_> = directory.agencies.iter().map(|agency| agency.id.as_str()).collect();
    assert_eq!(names.len(), directory.agencies.len(), "an agency is there twice");
    directory.agencies.iter().for_each(check_agency);
}

fn check_agency(agency: &Agency) {
    let id = agency.id.as_str();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    assert!(
        (1..=40).contains(&id.len()) && id.bytes().all(plain),
        "an agency called {id:?}"
    );
    assert_both_shown(&agency.name);
    assert_both_shown(&agency.short_name);
    assert_base_url(&agency.base_url);
    for length in [
        agency.bill_kinds.len(),
        agency.account_kinds.len(),
        agency.consent_purposes.len(),
    ] {
        assert!(length <= LIST_MAX);
    }
    agency.consent_purposes.iter().for_each(|purpose| assert_code(purpose));
    for kind in &agency.bill_kinds {
        assert_code(&kind.code);
        assert_both_shown(&kind.name);
    }
    for kind in &agency.account_kinds {
        assert_code(&kind.code);
        assert_both_shown(&kind.name);
        assert!(kind.form.len() <= FIELDS_MAX);
        for field in &kind.form {
            assert_code(&field.name);
            assert_both_shown(&field.label);
            assert!(field.chars_min <= field.chars_max && field.chars_max <= FIELD_CHARS_MAX);
            if !field.example.is_empty() {
                assert_shown(&field.example);
            }
        }
    }
}
