//! What is signed: taken once, refused with a reason, given back as it came.

use crate::{
    device::Device,
    town::{bill, city, day, mandate, now},
};
use rabt_mandate::signed;
use rabt_protocol::{
    mandate::{Allowance, Mandate, Scope, ScopeEntry, StandingChange, Verdict},
    oidc::Devices,
    problem::code,
};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn what_was_signed_is_taken_once_and_given_back_for_anybody_to_check() {
    let city = city().await;
    let (first, second) = (Device::of(&city).await, Device::signed_in(&city).await);
    let card = first.link(&city, "card").await;
    let mut terms = mandate(&city, "m-1", "customs", &card);
    let one = first.sign(&terms, None);
    let taken = first.register(&city, &one).await.unwrap();
    assert_eq!(first.register(&city, &one).await.unwrap(), taken);
    assert_eq!(
        (taken.versions.as_slice(), taken.consent),
        ([one.clone()].as_slice(), None)
    );

    // The next version is signed by the other device; then it is paused there and resumed here.
    terms.version = 2;
    terms.limits.per_payment_fils = Some(60_000);
    terms.agreed_at = now(&city);
    let two = second.sign(&terms, Some(&one));
    assert_eq!(second.register(&city, &two).await.unwrap().versions, [one, two]);
    second.change(&city, "m-1", StandingChange::Pause, 1).await.unwrap();
    first.change(&city, "m-1", StandingChange::Resume, 2).await.unwrap();
    let asked = bill(&city, 10_000, 5);
    first.answer(&city, "m-1", &asked, Verdict::Declined).await.unwrap();

    let record = second.mandates(&city).await.remove(0);
    let url = format!("{}/devices", city.issuer());
    let devices: Devices = second.call(&city, Method::GET, &url, &[], None).await.unwrap();
    let is_known = |jkt: &str| devices.devices.iter().any(|device| device.jkt == jkt);
    let versions = signed::versions(&record.versions, &devices.sub, is_known).unwrap();
    let id = versions[0].mandate.id();
    assert_eq!((versions.len(), record.acknowledged_at.len()), (2, 2));
    assert_eq!(
        signed::standings(id, &record.standing, &devices.sub, is_known)
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        signed::answers(id, &record.answers, &devices.sub, is_known)
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn what_is_not_the_devices_own_is_refused() {
    let city = city().await;
    let (mine, other) = (Device::of(&city).await, Device::signed_in(&city).await);
    let card = mine.link(&city, "card").await;
    let terms = mandate(&city, "m-1", "customs", &card);
    let by_other = other.sign(&terms, None);
    let refused = mine.register(&city, &by_other).await.unwrap_err();
    assert_eq!(
        (refused.status, refused.code.as_str()),
        (403, code::STATEMENT_KEY_UNKNOWN)
    );
    let mut changed = mine.sign(&terms, None);
    let at = changed.len() - 20;
    changed.replace_range(at..=at, if changed.as_bytes()[at] == b'A' { "B" } else { "A" });
    let refused = mine.register(&city, &changed).await.unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (400, code::STATEMENT_INVALID));
    assert!(mine.mandates(&city).await.is_empty());
}

#[tokio::test]
async fn a_version_that_does_not_follow_is_refused_with_what_does_not() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    let terms = mandate(&city, "m-1", "customs", &card);
    let one = device.sign(&terms, None);
    device.register(&city, &one).await.unwrap();
    let second = |change: fn(&mut Mandate)| {
        let mut terms = terms.clone();
        terms.version = 2;
        change(&mut terms);
        terms
    };
    for (statement, field) in [
        (device.sign(&second(|terms| terms.version = 3), Some(&one)), "version"),
        (device.sign(&second(|terms| terms.version = 1), Some(&one)), "version"),
        (device.sign(&second(|_| {}), None), "previous"),
        (
            device.sign(
                &second(|terms| terms.agreed_at = "2026-03-01T00:00:00Z".to_owned()),
                Some(&one),
            ),
            "agreed_at",
        ),
    ] {
        let refused = device.register(&city, &statement).await.unwrap_err();
        assert_eq!(
            (refused.status, refused.code.as_str()),
            (409, code::MANDATE_OLDER),
            "{field}"
        );
        assert_eq!(refused.field.as_deref(), Some(field));
    }
    let refused = device.change(&city, "m-1", StandingChange::Pause, 2).await.unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        (code::MANDATE_OLDER, Some("seq"))
    );
}

#[tokio::test]
async fn bad_terms_are_refused_with_the_field_before_anything_is_kept() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    let good = mandate(&city, "m-1", "customs", &card);
    let too_late = day(&city, 366);
    type Change = Box<dyn Fn(&mut Mandate)>;
    let cases: [(&str, &str, Change); 7] = [
        (
            "limits.per_payment_fils",
            code::MANDATE_INVALID,
            Box::new(|m| m.limits.per_payment_fils = Some(0)),
        ),
        (
            "limits.per_payment_fils",
            code::MANDATE_INVALID,
            Box::new(|m| m.limits.per_payment_fils = Some(-1)),
        ),
        (
            "limits.month.value_fils",
            code::MANDATE_INVALID,
            Box::new(|m| {
                m.limits.month = Allowance {
                    value_fils: Some(i64::MAX),
                    count: None,
                };
            }),
        ),
        (
            "until_on",
            code::MANDATE_INVALID,
            Box::new(move |m| m.until_on.clone_from(&too_late)),
        ),
        (
            "scope[0].agency_id",
            code::MANDATE_INVALID,
            Box::new(|m| {
                m.scope = Scope::Chosen {
                    entries: vec![ScopeEntry {
                        agency_id: Some("nobody".to_owned()),
                        ..ScopeEntry::default()
                    }],
                };
            }),
        ),
        (
            "instrument_id",
            code::INSTRUMENT_UNKNOWN,
            Box::new(|m| m.instrument_id = "ins_nobody".to_owned()),
        ),
        (
            "fallback_instrument_id",
            code::INSTRUMENT_UNKNOWN,
            Box::new(|m| m.fallback_instrument_id = Some("ins_nobody".to_owned())),
        ),
    ];
    for (field, code, change) in cases {
        let mut terms = good.clone();
        change(&mut terms);
        let refused = device.register(&city, &device.sign(&terms, None)).await.unwrap_err();
        assert_eq!(
            (refused.status, refused.code.as_str()),
            (422, code),
            "{field}: {refused:?}"
        );
        assert_eq!(refused.field.as_deref(), Some(field));
    }
    assert!(device.mandates(&city).await.is_empty());
}

#[tokio::test]
async fn a_revocation_is_for_good_and_never_refused() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    let terms = mandate(&city, "m-1", "customs", &card);
    let one = device.sign(&terms, None);
    device.register(&city, &one).await.unwrap();
    device.change(&city, "m-1", StandingChange::Pause, 1).await.unwrap();
    // A phone that was offline and knows of no pause; and again, later.
    device.change(&city, "m-1", StandingChange::Revoke, 1).await.unwrap();
    device.change(&city, "m-1", StandingChange::Revoke, 9).await.unwrap();
    let refused = device
        .change(&city, "m-1", StandingChange::Resume, 10)
        .await
        .unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (409, code::MANDATE_REVOKED));
    let mut second = terms;
    second.version = 2;
    let refused = device
        .register(&city, &device.sign(&second, Some(&one)))
        .await
        .unwrap_err();
    assert_eq!(refused.code, code::MANDATE_REVOKED);
    let open = bill(&city, 10_000, 3);
    let refused = device
        .answer(&city, "m-1", &open, Verdict::Approved { up_to_fils: 10_000 })
        .await
        .unwrap_err();
    assert_eq!(refused.code, code::MANDATE_REVOKED);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let city = city().await;
    let device = Device::of(&city).await;
    let refused = device
        .change(&city, "m-9", StandingChange::Revoke, 1)
        .await
        .unwrap_err();
    assert_eq!(refused.code, code::NOT_FOUND);
    assert_eq!(
        device.begin_consent(&city, "m-9").await.unwrap_err().code,
        code::NOT_FOUND
    );
    let dispute = json!({"dispute_id": "d", "finding": "twice", "agency_id": "customs", "bill_id": "b"});
    let refused = device
        .gateway::<()>(&city, Method::POST, "/v1/mandates/m-9/disputes", Some(&dispute))
        .await
        .unwrap_err();
    assert_eq!(refused.code, code::NOT_FOUND);
}
