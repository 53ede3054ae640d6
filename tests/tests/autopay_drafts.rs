//! Mandates before they are signed: what is refused and at which field, what a draft means in words, what it would have done, what is
//! suggested. All of it works without a network.

use rabt::{
    MandateDraft, RabtError,
    domain::{
        InstrumentKind, InvalidReason, Language,
        mandate::{AllowanceDraft, Outcome, Period, ScopeEntryDraft, TopUpDraft, Warning, WhenDraft},
    },
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Phone, Town};

const PERSONA: &str = "tenant-family";

/// A phone that knows its bills and one bank account.
async fn ready(town: &Town) -> (Phone, MandateDraft) {
    let phone = town.phone_of(PERSONA).await;
    phone.refresh().await;
    let account = phone.link(town, PERSONA, InstrumentKind::BankAccount).await;
    let draft = MandateDraft::new(account.id.as_str());
    (phone, draft)
}

fn a_month(value_fils: Option<i64>, count: Option<i64>) -> [AllowanceDraft; 5] {
    let mut periods = [AllowanceDraft::default(); 5];
    periods[Period::Month as usize] = AllowanceDraft { value_fils, count };
    periods
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_refused_with_its_field_before_anything_is_stored_or_sent() {
    let town = Town::start().await;
    let (phone, good) = ready(&town).await;
    town.control()
        .set_fault(Fault::new("gateway", FaultKind::CutBeforeCommit))
        .unwrap();
    use InvalidReason::*;
    let with = |change: &dyn Fn(&mut MandateDraft)| {
        let mut draft = good.clone();
        change(&mut draft);
        draft
    };
    let entry = |agency: &str| ScopeEntryDraft {
        agency_id: Some(agency.to_owned()),
        ..ScopeEntryDraft::default()
    };
    let until = |day: &str| with(&|draft| draft.until_on = Some(day.to_owned()));
    let wrong = [
        (
            with(&|d| d.limits.per_payment_fils = Some(0)),
            "limits.per_payment_fils",
            TooSmall,
        ),
        (
            with(&|d| d.limits.per_payment_fils = Some(-1)),
            "limits.per_payment_fils",
            TooSmall,
        ),
        (
            with(&|d| d.limits.per_payment_fils = Some(i64::MAX)),
            "limits.per_payment_fils",
            TooLarge,
        ),
        (
            with(&|d| d.limits.periods = a_month(None, Some(0))),
            "limits.month.count",
            TooSmall,
        ),
        (
            with(&|d| d.limits.periods = a_month(None, Some(i64::MAX))),
            "limits.month.count",
            TooLarge,
        ),
        (
            with(&|d| {
                d.limits.per_payment_fils = Some(200);
                d.limits.periods = a_month(Some(100), None);
            }),
            "limits.month.value_fils",
            Inconsistent,
        ),
        (with(&|_| {}), "limits", Empty),
        (
            with(&|d| d.limits.periods[Period::Lifetime as usize].count = Some(9)),
            "limits",
            Empty,
        ),
        (with(&|d| d.scope = Some(vec![])), "scope", Empty),
        (
            with(&|d| d.scope = Some(vec![entry("moon-office")])),
            "scope[0].agency_id",
            NotKnown,
        ),
        (
            with(&|d| d.scope = Some(vec![entry("police"), entry("police")])),
            "scope[1]",
            Twice,
        ),
        (
            with(&|d| d.instrument_id = "ins_nobody".to_owned()),
            "instrument_id",
            NotKnown,
        ),
        (
            with(&|d| d.fallback_instrument_id = Some(d.instrument_id.clone())),
            "fallback_instrument_id",
            Twice,
        ),
        (
            with(&|d| d.when = WhenDraft::BeforeDue { days: 0 }),
            "schedule.days",
            TooSmall,
        ),
        (
            with(&|d| d.when = WhenDraft::DayOfMonth { day: 32 }),
            "schedule.day",
            TooLarge,
        ),
        (
            with(&|d| d.ask_above_usual_percent = Some(1_001)),
            "ask_first.above_usual_percent",
            TooLarge,
        ),
        (with(&|d| d.priority = 101), "priority", TooLarge),
        (
            with(&|d| {
                d.top_up = Some(TopUpDraft {
                    below_fils: 0,
                    add_fils: 100,
                })
            }),
            "top_up.below_fils",
            TooSmall,
        ),
        (until("2020-01-01"), "until_on", Inconsistent),
        (until("2150-01-01"), "until_on", TooLarge),
        (until("tomorrow"), "until_on", Malformed),
        (
            with(&|d| d.mandate_id = Some("mnd_nobody".to_owned())),
            "mandate_id",
            NotKnown,
        ),
        (
            with(&|d| d.mandate_id = Some("not an id".to_owned())),
            "mandate_id",
            Malformed,
        ),
    ];
    let autopay = phone.rabt().autopay();
    for (draft, field, reason) in wrong {
        let refused = RabtError::InvalidInput {
            field: field.to_owned(),
            reason,
        };
        assert_eq!(autopay.draft(&draft).await.unwrap_err(), refused);
        assert_eq!(autopay.preview(&draft).await.unwrap_err(), refused);
        assert_eq!(autopay.sign(&draft).await.unwrap_err(), refused);
    }
    assert_eq!(autopay.list().await.unwrap(), []);
    assert_eq!(
        phone.rabt().diagnostics().bundle().await.unwrap().payments_unfinished,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_explained_in_both_languages_and_warned_about() {
    let town = Town::start().await;
    let (phone, on_account) = ready(&town).await;
    let card = phone.link(&town, PERSONA, InstrumentKind::Card).await;
    let mut draft = MandateDraft::new(card.id.as_str());
    let autopay = phone.rabt().autopay();
    let mut bounded = on_account.clone();
    bounded.limits.per_payment_fils = Some(500_000);
    assert!(autopay.draft(&bounded).await.unwrap().needs_consent);
    let drafted = autopay.draft(&draft).await.unwrap();
    assert!(!drafted.needs_consent);
    let said: Vec<&str> = drafted.summary.iter().map(|line| line.get(Language::En)).collect();
    assert_eq!(said[0], "It pays all your bills.");
    assert!(said.iter().any(|line| line.contains("3 days before")), "{said:?}");
    assert_eq!(drafted.summary[0].get(Language::Ar), "يدفع جميع فواتيرك.");
    assert!(drafted.warnings.iter().any(|(warning, _)| *warning == Warning::NoLimit));

    draft.limits.per_payment_fils = Some(100);
    draft.when = WhenDraft::OnDue;
    let drafted = autopay.draft(&draft).await.unwrap();
    let below = drafted
        .warnings
        .iter()
        .find(|(warning, _)| matches!(warning, Warning::BelowUsual { .. }));
    let (_, said) = below.expect("a dirham is below the usual electricity bill");
    assert!(
        said.en
            .starts_with("The limit of AED 1.00 for one payment is below your usual bill of"),
        "{}",
        said.en
    );
    assert!(
        drafted
            .warnings
            .iter()
            .any(|(warning, _)| *warning == Warning::PaysOnLastDay)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_suggested_would_have_paid_every_bill_on_time() {
    let town = Town::start().await;
    let (phone, _) = ready(&town).await;
    // From the store alone.
    town.control()
        .set_fault(Fault::new("gateway", FaultKind::CutBeforeCommit))
        .unwrap();
    let autopay = phone.rabt().autopay();
    let suggestions = autopay.suggestions().await.unwrap();
    assert_eq!(suggestions.len(), 1, "one for the one instrument");
    let suggestion = &suggestions[0];
    let preview = &suggestion.preview;
    assert!(preview.paid > 12, "{}", preview.paid);
    assert_eq!((preview.held, preview.asked), (0, 0));
    assert!(
        suggestion
            .drafted
            .warnings
            .iter()
            .all(|(warning, _)| *warning != Warning::NoLimit)
    );
    for bill in &preview.bills {
        assert!(matches!(bill.outcome, Outcome::Pay | Outcome::Skip), "{bill:?}");
    }
    assert!(
        preview.bills.iter().any(|bill| bill.is_expected),
        "the coming months are played too"
    );

    // A narrower one would not have.
    let mut narrow = suggestion.draft.clone();
    narrow.limits.per_payment_fils = Some(10_000);
    narrow.ask_above_fils = Some(5_000);
    narrow.top_up = None;
    let preview = autopay.preview(&narrow).await.unwrap();
    assert!(
        preview.held > 0 && preview.asked > 0,
        "{} {}",
        preview.held,
        preview.asked
    );
    for bill in preview.bills.iter().filter(|bill| bill.outcome == Outcome::Hold) {
        assert!(
            bill.sentence.en.starts_with("It is held, because"),
            "{}",
            bill.sentence.en
        );
        assert_eq!(bill.paid, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_mandates_nothing_is_upcoming_decided_or_found() {
    let town = Town::start().await;
    let (phone, _) = ready(&town).await;
    let autopay = phone.rabt().autopay();
    assert_eq!(autopay.upcoming().await.unwrap(), rabt::Upcoming::default());
    assert_eq!(autopay.findings().await.unwrap(), []);
    let page = autopay.decisions(Default::default()).await.unwrap();
    assert_eq!((page.decisions, page.next, page.unreadable), (vec![], None, 0));
}
