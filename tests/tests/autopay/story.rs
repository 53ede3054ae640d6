//! The story of a mandate: drafted, signed, agreed to by the bank, at work, asking, answered, changed, paused, resumed, revoked.

use crate::household::{DAY, Household, POLICE, consent_status, of_agency};
use rabt::{
    RabtError, Topic,
    domain::{
        BillStatus, Fils, InstrumentKind, InvalidReason,
        mandate::{Outcome, Rule, Standing, Verdict, WhenDraft},
    },
    store::mandates::DecisionQuery,
};
use rabt_tests::bill_key;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bill_is_paid_by_itself_once_the_bank_has_agreed() {
    let home = Household::begin().await;
    home.link(InstrumentKind::BankAccount).await;
    let autopay = home.phone.rabt().autopay();
    let suggestion = autopay.suggestions().await.unwrap().remove(0);
    let signed = home.sign(&suggestion.draft).await;
    assert!(signed.registered, "the gateway has it");
    assert_eq!((signed.standing, signed.unsent), (Standing::Active, 0));
    assert_eq!(consent_status(&signed), "missing");

    // Without the bank's consent nothing is paid, and the person is told why.
    let fine = home.fine(30_000);
    home.pass(12 * DAY);
    assert_eq!(home.run().await, 0);
    let report = home.sync().await;
    assert!(report.decisions > 0, "{report:?}");
    assert_eq!(home.last(POLICE, &fine).await, (Outcome::Hold, "instrument_stopped"));

    let agreed = home.consent(&signed.id).await;
    assert_eq!(consent_status(&agreed), "authorized");
    let mut watcher = home.phone.rabt().watch();
    assert!(home.run().await > 0);
    let report = home.sync().await;
    assert_eq!((report.findings, report.statements_left), (0, 0), "{report:?}");
    assert!(watcher.changed().await.contains(&Topic::Autopay));
    let (paid, _) = home.was_paid(POLICE, &fine).await.expect("it is paid");
    assert_eq!(paid.by, Some((signed.id.clone(), 1)));
    assert!(paid.sentence.en.starts_with("It is paid, because the day set for it"));
    assert_eq!(home.phone.bill(POLICE, &fine).await.status, BillStatus::Paid);

    // A year of quiet days: nothing is found, and what is left of the limit is less.
    let upcoming = autopay.upcoming().await.unwrap();
    let left = &upcoming.limits[0].left[0];
    let limit = signed.terms.limits.of(left.period).value.unwrap();
    assert!(left.value.unwrap() < limit, "{left:?}");
    for _ in 0..5 {
        home.pass(3 * DAY);
        home.run().await;
        assert_eq!(home.sync().await.findings, 0);
    }
    assert_eq!(home.found().await, [""; 0]);
    home.books_balance();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_waits_for_the_answer_and_no_longer() {
    let home = Household::begin().await;
    let mut draft = home.fines_on_a_card().await;
    draft.ask_above_fils = Some(20_000);
    draft.limits.per_payment_fils = Some(50_000);
    let mandate = home.sign(&draft).await;
    let (asked, held, declined) = (home.fine(30_000), home.fine(60_000), home.fine(40_000));
    home.pass(2_000);
    home.run().await;
    home.sync().await;
    assert_eq!(home.last(POLICE, &asked).await, (Outcome::Ask, "above_amount"));
    assert_eq!(home.last(POLICE, &held).await, (Outcome::Hold, "over_payment"));
    let autopay = home.phone.rabt().autopay();
    let waiting = autopay.upcoming().await.unwrap().asked;
    assert_eq!(waiting.iter().filter(|one| one.bill.bill.as_str() == asked).count(), 1);

    let yes = |fils| Verdict::Approved {
        up_to: Fils::new(fils).unwrap(),
    };
    let key = |bill: &str| bill_key(POLICE, bill);
    autopay.answer(&mandate.id, &key(&asked), yes(30_000)).await.unwrap();
    // The person decides this payment: it passes the limit.
    autopay.answer(&mandate.id, &key(&held), yes(60_000)).await.unwrap();
    autopay
        .answer(&mandate.id, &key(&declined), Verdict::Declined)
        .await
        .unwrap();
    let waiting = autopay.upcoming().await.unwrap().asked;
    assert!(waiting.iter().all(|one| one.bill.bill.as_str() != asked));
    home.pass(60);
    home.run().await;
    let report = home.sync().await;
    assert_eq!(report.findings, 0);
    for bill in [&asked, &held] {
        assert_eq!(home.was_paid(POLICE, bill).await.expect("it is paid").1, "approved");
    }
    let decided = home.decided(POLICE, &declined).await;
    assert_eq!(
        (decided[0].outcome, decided[0].rule.code()),
        (Outcome::Skip, "declined")
    );
    assert_eq!(decided[0].answer, Some(Verdict::Declined));

    // What can't be answered is refused with its field.
    let refused = |result: Result<(), RabtError>| match result {
        Err(RabtError::InvalidInput { field, reason }) => (field, reason),
        other => panic!("{other:?}"),
    };
    let nobody = rabt::domain::MandateId::parse("mnd_nobody").unwrap();
    let unknown = refused(autopay.answer(&nobody, &key(&asked), yes(1)).await);
    assert_eq!(unknown, ("mandate_id".to_owned(), InvalidReason::NotKnown));
    let elsewhere = bill_key("health", "he-0001");
    let uncovered = refused(autopay.answer(&mandate.id, &elsewhere, yes(1)).await);
    assert_eq!(uncovered, ("bill_id".to_owned(), InvalidReason::NotKnown));
    let nothing = Verdict::Approved { up_to: Fils::ZERO };
    let zero = refused(autopay.answer(&mandate.id, &key(&asked), nothing).await);
    assert_eq!(zero, ("up_to_fils".to_owned(), InvalidReason::TooSmall));
    home.books_balance();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_that_grew_past_what_was_approved_is_asked_about_again() {
    let home = Household::begin().await;
    let mut draft = home.fines_on_a_card().await;
    draft.ask_above_fils = Some(20_000);
    let mandate = home.sign(&draft).await;
    let fine = home.fine(30_000);
    home.pass(2_000);
    home.run().await;
    home.sync().await;
    let up_to = Fils::new(30_000).unwrap();
    let autopay = home.phone.rabt().autopay();
    let key = bill_key(POLICE, &fine);
    let more = rabt_sandbox::BillChange {
        amount_fils: Some(45_000),
        ..Default::default()
    };
    home.town.control().change_bill(POLICE, &fine, more).unwrap();
    autopay
        .answer(&mandate.id, &key, Verdict::Approved { up_to })
        .await
        .unwrap();
    home.pass(2_000);
    home.run().await;
    assert_eq!(home.sync().await.findings, 0);
    let decided = home.decided(POLICE, &fine).await;
    let grew = Rule::GrewPastApproval {
        amount: Fils::new(45_000).unwrap(),
        up_to,
    };
    assert_eq!(decided[0].rule, grew);
    assert_eq!(home.phone.bill(POLICE, &fine).await.status, BillStatus::Open);
    let waiting = autopay.upcoming().await.unwrap().asked;
    assert!(waiting.iter().any(|one| one.bill == key));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mandate_is_changed_paused_resumed_and_ended() {
    let home = Household::begin().await;
    let mut draft = home.fines_on_a_card().await;
    draft.limits.per_payment_fils = Some(20_000);
    let first = home.sign(&draft).await;
    let autopay = home.phone.rabt().autopay();

    let paused = autopay.pause(&first.id).await.unwrap();
    assert!(matches!(paused.standing, Standing::Paused { .. }));
    let fine = home.fine(10_000);
    home.pass(2_000);
    assert_eq!(home.run().await, 0);
    home.sync().await;
    assert_eq!(home.last(POLICE, &fine).await, (Outcome::Skip, "paused"));
    // Pausing what is paused says nothing new.
    assert_eq!(autopay.pause(&first.id).await.unwrap().standing, paused.standing);
    assert_eq!(autopay.resume(&first.id).await.unwrap().standing, Standing::Active);
    home.pass(60);
    assert!(home.run().await > 0);
    home.sync().await;
    assert!(home.was_paid(POLICE, &fine).await.is_some());

    // The next version is for twice as much, and counts from when it was signed.
    let dear = home.fine(35_000);
    home.pass(60);
    home.run().await;
    home.sync().await;
    assert_eq!(home.last(POLICE, &dear).await, (Outcome::Hold, "over_payment"));
    let mut change = rabt::MandateDraft::change_of(&first.terms);
    change.limits.per_payment_fils = Some(40_000);
    let second = home.sign(&change).await;
    assert_eq!((second.id.clone(), second.terms.version), (first.id.clone(), 2));
    home.pass(60);
    home.run().await;
    assert_eq!(home.sync().await.findings, 0);
    let (paid, _) = home.was_paid(POLICE, &dear).await.expect("it is paid");
    assert_eq!(paid.by, Some((first.id.clone(), 2)));

    let ended = autopay.revoke(&first.id).await.unwrap();
    assert!(matches!(ended.standing, Standing::Revoked { .. }));
    assert_eq!(autopay.revoke(&first.id).await.unwrap().standing, ended.standing);
    let after = RabtError::InvalidInput {
        field: "mandate_id".to_owned(),
        reason: InvalidReason::Expired,
    };
    assert_eq!(autopay.pause(&first.id).await.unwrap_err(), after);
    assert_eq!(autopay.sign(&change).await.unwrap_err(), after);
    home.fine(10_000);
    home.pass(60);
    assert_eq!(home.run().await, 0);
    assert_eq!(home.sync().await.findings, 0);
    home.books_balance();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_are_read_by_page_filtered_and_offline() {
    let home = Household::begin().await;
    let draft = home.fines_on_a_card().await;
    let mandate = home.sign(&draft).await;
    for _ in 0..5 {
        home.fine(10_000);
    }
    home.pass(2_000);
    home.run().await;
    home.sync().await;
    home.town.control().cut_network(true);
    let autopay = home.phone.rabt().autopay();
    let mut query = DecisionQuery {
        mandate: Some(mandate.id.clone()),
        outcomes: vec![Outcome::Pay],
        limit: 2,
        ..DecisionQuery::default()
    };
    let mut paid = Vec::new();
    loop {
        let page = autopay.decisions(query.clone()).await.unwrap();
        assert!(page.decisions.len() <= 2 && page.unreadable == 0);
        paid.extend(page.decisions);
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    assert!(paid.len() >= 5, "{}", paid.len());
    assert!(paid.windows(2).all(|two| two[0].decided_at >= two[1].decided_at));
    let none = DecisionQuery {
        flagged: true,
        ..DecisionQuery::default()
    };
    assert_eq!(autopay.decisions(none).await.unwrap().decisions, []);
    for limit in [0, 201] {
        let wrong = DecisionQuery {
            limit,
            ..DecisionQuery::default()
        };
        let refused = autopay.decisions(wrong).await.unwrap_err();
        assert!(matches!(refused, RabtError::InvalidInput { field, .. } if field == "limit"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toll_account_that_runs_low_is_topped_up() {
    let home = Household::begin().await;
    let card = home.link(InstrumentKind::Card).await;
    let mut draft = rabt::MandateDraft::new(card.id.as_str());
    draft.scope = Some(vec![of_agency("road-toll")]);
    draft.when = WhenDraft::OnIssue;
    draft.top_up = Some(rabt::domain::mandate::TopUpDraft {
        below_fils: 2_000,
        add_fils: 10_000,
    });
    let mandate = home.sign(&draft).await;
    home.pass(60);
    assert!(home.run().await > 0);
    let report = home.sync().await;
    assert_eq!(report.findings, 0);
    let query = DecisionQuery {
        mandate: Some(mandate.id),
        outcomes: vec![Outcome::Pay],
        ..DecisionQuery::default()
    };
    let paid = home.phone.rabt().autopay().decisions(query).await.unwrap().decisions;
    let top_ups: Vec<_> = paid.iter().filter(|one| one.rule.code() == "below_floor").collect();
    assert_eq!(top_ups.len(), 1, "{paid:?}");
    assert_eq!(top_ups[0].payment.as_ref().unwrap().amount, Fils::new(10_000).unwrap());
    home.books_balance();
}
