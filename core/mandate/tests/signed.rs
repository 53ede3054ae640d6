//! What a person signed, and a gateway that leaves out, exchanges or invents some of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets something else has failed"
)]

use rabt_domain::{
    InvalidReason, MandateId, Timestamp,
    mandate::{Standing, StandingChange},
};
use rabt_mandate::signed::{self, Refused, SignedStanding, Version};
use rabt_protocol::{
    jose::{Es256Key, Signer},
    mandate::{
        Answer, AnswerStatement, Limits, Mandate, Schedule, Scope, SignedTerms, StandingChange as Change,
        StandingStatement, Verdict, Weekend, When,
        statement::{self, StatementError},
    },
};

const PERSON: &str = "person-1";

fn key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

fn jkt(key: &Es256Key) -> String {
    key.public_key().thumbprint().unwrap()
}

fn mandate(version: i64) -> Mandate {
    Mandate {
        mandate_id: "m-1".to_owned(),
        version,
        agreed_at: format!("2026-11-27T08:00:0{version}Z"),
        scope: Scope::All,
        instrument_id: "ins-1".to_owned(),
        fallback_instrument_id: None,
        schedule: Schedule {
            pay: When::Due,
            weekend: Weekend::Keep,
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
    }
}

fn version(mandate: Mandate, previous: Option<&str>, key: &Es256Key) -> String {
    let terms = SignedTerms {
        sub: PERSON.to_owned(),
        mandate,
        previous: previous.map(statement::digest),
    };
    statement::sign(&terms, key).unwrap()
}

fn change(change: Change, minute: u32, seq: u32, key: &Es256Key) -> String {
    let standing = StandingStatement {
        sub: PERSON.to_owned(),
        mandate_id: "m-1".to_owned(),
        change,
        at: at(minute).to_string(),
        seq,
    };
    statement::sign(&standing, key).unwrap()
}

fn at(minute: u32) -> Timestamp {
    Timestamp::parse(&format!("2026-11-27T09:{minute:02}:00Z")).unwrap()
}

fn id() -> MandateId {
    MandateId::parse("m-1").unwrap()
}

/// Three versions, the second signed by another device.
fn chain(first: &Es256Key, second: &Es256Key) -> Vec<String> {
    let one = version(mandate(1), None, first);
    let two = version(mandate(2), Some(&one), second);
    let three = version(mandate(3), Some(&two), first);
    vec![one, two, three]
}

fn read(list: &[String]) -> Result<Vec<Version>, Refused> {
    signed::versions(list, PERSON, |_| true)
}

fn changes(list: &[String]) -> Result<Vec<SignedStanding>, Refused> {
    signed::standings(&id(), list, PERSON, |_| true)
}

#[test]
fn versions_of_two_devices_are_one_chain() {
    let (first, second) = (key(), key());
    let keys = [jkt(&first), jkt(&second)];
    let versions = signed::versions(&chain(&first, &second), PERSON, |jkt| keys.contains(&jkt.to_owned())).unwrap();
    let numbers: Vec<u32> = versions.iter().map(|version| version.mandate.terms().version).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(versions[1].jkt, keys[1]);
}

#[test]
fn a_version_that_is_left_out_exchanged_or_turned_is_noticed() {
    let (first, second) = (key(), key());
    let list = chain(&first, &second);
    let without_the_middle = [list[0].clone(), list[2].clone()];
    let turned = [list[0].clone(), list[2].clone(), list[1].clone()];
    assert_eq!(read(&without_the_middle), Err(Refused::NotNext("version")));
    assert_eq!(read(&turned), Err(Refused::NotNext("version")));
    assert_eq!(read(&list[1..]), Err(Refused::NotNext("version")));
    // Another second version than the third names: a person's own, of another day, or one that a thief's device signed.
    let mut other = mandate(2);
    other.limits.per_payment_fils = Some(5_000_000);
    let exchanged = [
        list[0].clone(),
        version(other, Some(&list[0]), &second),
        list[2].clone(),
    ];
    assert_eq!(read(&exchanged), Err(Refused::NotNext("previous")));
}

#[test]
fn a_version_must_name_the_one_before_and_no_earlier_time() {
    let key = key();
    let one = version(mandate(1), None, &key);
    assert_eq!(
        read(&[one.clone(), version(mandate(2), None, &key)]),
        Err(Refused::NotNext("previous"))
    );
    assert_eq!(
        read(&[version(mandate(1), Some(&one), &key)]),
        Err(Refused::NotNext("previous"))
    );
    let mut earlier = mandate(2);
    earlier.agreed_at = "2026-11-26T08:00:00Z".to_owned();
    assert_eq!(
        read(&[one.clone(), version(earlier, Some(&one), &key)]),
        Err(Refused::NotNext("agreed_at"))
    );
    let mut another = mandate(2);
    another.mandate_id = "m-2".to_owned();
    assert_eq!(
        read(&[one.clone(), version(another, Some(&one), &key)]),
        Err(Refused::NotNext("mandate_id"))
    );
}

#[test]
fn a_key_that_is_nobodys_and_another_person_are_refused() {
    let (mine, theirs) = (key(), key());
    let mine_only = |jkt: &str| jkt == mine.public_key().thumbprint().unwrap();
    assert_eq!(
        signed::versions(&chain(&mine, &theirs), PERSON, mine_only),
        Err(Refused::KeyUnknown)
    );
    assert_eq!(
        signed::versions(&chain(&mine, &mine), "person-2", mine_only),
        Err(Refused::Statement(StatementError::AnotherPerson))
    );
    assert!(signed::versions(&chain(&mine, &mine), PERSON, mine_only).is_ok());
}

#[test]
fn terms_beyond_the_bounds_are_refused_with_their_field() {
    let mut wrong = mandate(1);
    wrong.limits.per_payment_fils = Some(0);
    let Err(Refused::Invalid(invalid)) = read(&[version(wrong, None, &key())]) else {
        panic!("a limit of nothing was taken");
    };
    assert_eq!(invalid.field, "limits.per_payment_fils");
    assert_eq!(read(&vec![String::new(); 101]).unwrap_err(), {
        Refused::Invalid(rabt_domain::Invalid::new("versions", InvalidReason::TooMany))
    });
}

#[test]
fn a_mandate_stands_where_its_changes_leave_it() {
    let key = key();
    let list = [
        change(Change::Pause, 1, 1, &key),
        change(Change::Resume, 2, 2, &key),
        change(Change::Pause, 3, 3, &key),
        change(Change::Revoke, 4, 4, &key),
    ];
    let stands = |count: usize| signed::standing(&changes(&list[..count]).unwrap());
    assert_eq!(stands(0), Standing::Active);
    assert_eq!(stands(1), Standing::Paused { since: at(1) });
    assert_eq!(stands(2), Standing::Active);
    assert_eq!(stands(4), Standing::Revoked { at: at(4) });
    let stops: Vec<_> = signed::stops(&changes(&list).unwrap())
        .into_iter()
        .map(|stop| (stop.from, stop.until, stop.revoked))
        .collect();
    assert_eq!(
        stops,
        [
            (at(1), Some(at(2)), false),
            (at(3), Some(at(4)), false),
            (at(4), None, true)
        ]
    );
}

#[test]
fn a_change_is_the_next_one_and_nothing_comes_after_a_revocation() {
    let key = key();
    let paused = change(Change::Pause, 1, 1, &key);
    assert_eq!(
        changes(&[paused.clone(), change(Change::Resume, 2, 1, &key)]),
        Err(Refused::NotNext("seq"))
    );
    assert_eq!(
        changes(&[paused.clone(), change(Change::Resume, 2, 3, &key)]),
        Err(Refused::NotNext("seq"))
    );
    let revoked = change(Change::Revoke, 2, 2, &key);
    assert_eq!(
        changes(&[paused, revoked.clone(), change(Change::Resume, 3, 3, &key)]),
        Err(Refused::Revoked)
    );
    assert_eq!(
        signed::next_standing(&MandateId::parse("m-2").unwrap(), &[], &revoked, PERSON),
        Err(Refused::NotNext("mandate_id"))
    );
}

/// A phone that was offline doesn't know what another device did meanwhile.
#[test]
fn a_revocation_is_taken_whatever_its_number_and_also_twice() {
    let key = key();
    let list = [
        change(Change::Pause, 5, 1, &key),
        change(Change::Resume, 6, 2, &key),
        change(Change::Revoke, 2, 1, &key),
        change(Change::Revoke, 9, 7, &key),
    ];
    let changes = changes(&list).unwrap();
    assert_eq!(signed::standing(&changes), Standing::Revoked { at: at(2) });
    assert_eq!(signed::last_seq(&changes), 7);
    assert_eq!(changes[2].change, StandingChange::Revoke);
}

#[test]
fn an_answer_is_about_its_mandate() {
    let key = key();
    let said = AnswerStatement {
        sub: PERSON.to_owned(),
        answer: Answer {
            mandate_id: "m-1".to_owned(),
            agency_id: "police".to_owned(),
            bill_id: "b-1".to_owned(),
            verdict: Verdict::Declined,
            answered_at: at(1).to_string(),
        },
    };
    let jws = statement::sign(&said, &key).unwrap();
    let read = signed::answers(&id(), std::slice::from_ref(&jws), PERSON, |_| true).unwrap();
    assert_eq!(rabt_mandate::answer(&read[0].answer), said.answer);
    assert_eq!(
        signed::answer(&MandateId::parse("m-2").unwrap(), &jws, PERSON),
        Err(Refused::NotNext("mandate_id"))
    );
    assert_eq!(
        signed::answers(&id(), &[jws], PERSON, |_| false),
        Err(Refused::KeyUnknown)
    );
}
