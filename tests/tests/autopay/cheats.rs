//! A gateway that cheats in ten ways, and is caught in each; and the same days with an honest one, of which nothing is found.

use crate::household::{DAY, Household};
use rabt::{
    MandateView,
    domain::{
        InstrumentKind,
        mandate::{Standing, WhenDraft},
    },
    store::mandates::KeptFinding,
};
use rabt_sandbox::Cheat;

/// A mandate, and days that tempt a gateway; what it does is done by the last run.
async fn tempt(home: &Household, cheat: Cheat) -> MandateView {
    let mut draft = home.fines_on_a_card().await;
    match cheat {
        Cheat::OverLimit => draft.limits.per_payment_fils = Some(10_000),
        Cheat::Split => draft.limits.per_payment_fils = Some(15_000),
        Cheat::TooEarly | Cheat::HiddenPayment => draft.when = WhenDraft::OnDue,
        Cheat::AnotherInstrument => drop(home.link(InstrumentKind::BankAccount).await),
        _ => {}
    }
    let mandate = home.sign(&draft).await;
    if cheat == Cheat::AfterRevocation {
        home.phone.rabt().autopay().revoke(&mandate.id).await.unwrap();
    }
    home.fine(20_000);
    home.pass(2_000);
    match cheat {
        // The phone has seen it: of what was issued and paid between two looks it can't tell the day.
        Cheat::TooEarly => {
            home.run().await;
            assert_eq!(home.sync().await.findings, 0);
        }
        // It is paid once, as it should be.
        Cheat::Twice => drop(home.run().await),
        // It is seen open, and becomes due.
        Cheat::HiddenPayment => {
            home.run().await;
            assert_eq!(home.sync().await.findings, 0);
            home.pass(14 * DAY);
        }
        _ => {}
    }
    mandate
}

/// What it is called when it is found.
fn code(cheat: Cheat) -> &'static str {
    match cheat {
        Cheat::OverLimit => "over_limit",
        Cheat::AnotherBill => "another_bill",
        Cheat::Twice => "twice",
        Cheat::AfterRevocation => "after_revocation",
        Cheat::TooEarly => "too_early",
        Cheat::Split => "split",
        Cheat::AnotherInstrument => "another_instrument",
        Cheat::UnsignedVersion => "unsigned_version",
        Cheat::HiddenPayment => "hidden_payment",
        Cheat::InventedSkip => "invented_skip",
    }
}

/// Everything that was found once the phone has synced.
async fn caught(home: &Household) -> Vec<KeptFinding> {
    home.pass(2_000);
    home.sync().await;
    home.phone.rabt().autopay().findings().await.unwrap()
}

async fn is_caught(cheat: Cheat) {
    let home = Household::begin().await;
    let mandate = tempt(&home, cheat).await;
    home.town.control().set_autopay_cheat(Some(cheat));
    home.run().await;
    home.town.control().set_autopay_cheat(None);
    let found = caught(&home).await;
    let codes: Vec<&str> = found.iter().map(|kept| kept.finding.code.as_str()).collect();
    let mine = found.iter().find(|kept| kept.finding.code == code(cheat));
    let mine = mine.unwrap_or_else(|| panic!("{cheat:?} is not caught: {codes:?}"));
    assert_eq!(
        mine.finding.mandate.as_ref(),
        Some(&mandate.id),
        "there is one to dispute"
    );
    let autopay = home.phone.rabt().autopay();
    let view = autopay.list().await.unwrap().remove(0);
    assert!(view.findings.contains(mine), "the list shows it");

    // One call disputes it and stops the mandate, until the person resumes it.
    let disputed = autopay.dispute(mine.id, Some("Not mine.".to_owned())).await.unwrap();
    assert!(disputed.disputed_at.is_some());
    let view = autopay.list().await.unwrap().remove(0);
    assert_eq!(view.unsent, 0);
    if cheat != Cheat::AfterRevocation {
        assert!(matches!(view.standing, Standing::Paused { .. }), "{:?}", view.standing);
    }
    home.fine(5_000);
    home.pass(2_000);
    assert_eq!(home.run().await, 0, "{cheat:?}: a disputed mandate pays nothing");
    let before = autopay.findings().await.unwrap().len();
    home.sync().await;
    assert_eq!(
        autopay.findings().await.unwrap().len(),
        before,
        "an honest stop is no cheat"
    );
}

async fn is_honest(cheat: Cheat) {
    let home = Household::begin().await;
    tempt(&home, cheat).await;
    home.run().await;
    let found = caught(&home).await;
    let codes: Vec<&str> = found.iter().map(|kept| kept.finding.code.as_str()).collect();
    assert_eq!(codes, [""; 0], "nothing was done in the days of {cheat:?}");
}

macro_rules! cheats {
    ($($name:ident: $cheat:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            is_caught(Cheat::$cheat).await;
            is_honest(Cheat::$cheat).await;
        }
    )*};
}

cheats! {
    paying_over_a_limit_is_caught: OverLimit,
    paying_another_bill_is_caught: AnotherBill,
    paying_twice_is_caught: Twice,
    paying_after_the_revocation_is_caught: AfterRevocation,
    paying_too_early_is_caught: TooEarly,
    splitting_to_pass_under_a_limit_is_caught: Split,
    paying_with_another_instrument_is_caught: AnotherInstrument,
    paying_by_an_unsigned_version_is_caught: UnsignedVersion,
    hiding_a_payment_is_caught: HiddenPayment,
    inventing_a_skip_is_caught: InventedSkip,
}

#[test]
fn every_cheat_is_tried() {
    let codes: std::collections::BTreeSet<_> = Cheat::ALL.into_iter().map(code).collect();
    assert_eq!(codes.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_disputed_is_refused_with_its_field() {
    let home = Household::begin().await;
    let autopay = home.phone.rabt().autopay();
    let field = |result: Result<KeptFinding, rabt::RabtError>| match result {
        Err(rabt::RabtError::InvalidInput { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let id = rabt::store::mandates::FindingId(7);
    assert_eq!(field(autopay.dispute(id, None).await), "finding_id");
    assert_eq!(field(autopay.dispute(id, Some("x".repeat(501))).await), "note");
}
