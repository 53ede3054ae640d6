//! Answers that are lost: whatever the person said is written down, is sent again with the same bytes, and has happened once.

use crate::household::{Household, POLICE};
use rabt::domain::{
    Fils,
    mandate::{Standing, Verdict},
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::bill_key;

/// The gateway does what it is asked and its answer is lost, or it never hears of it; as often as it is asked.
async fn in_either_way(try_it: impl AsyncFn(Household, FaultKind)) {
    for kind in [FaultKind::CutAfterCommit, FaultKind::CutBeforeCommit] {
        try_it(Household::begin().await, kind).await;
    }
}

fn lose(home: &Household, route: &str, kind: FaultKind) {
    let fault = Fault::new("gateway", kind).on(route).method("POST");
    home.town.control().set_fault(fault).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mandate_whose_registering_was_lost_is_registered_once_by_the_sync() {
    in_either_way(async |home, kind| {
        let draft = home.fines_on_a_card().await;
        lose(&home, "/v1/mandates", kind.clone());
        let signed = home.sign(&draft).await;
        assert_eq!((signed.registered, signed.unsent), (false, 1));
        home.town.control().clear_faults(None);
        let report = home.sync().await;
        assert_eq!(report.statements_left, 0);
        let known = home.phone.rabt().autopay().list().await.unwrap();
        assert_eq!(known.len(), 1);
        assert!(known[0].registered, "{kind:?}");
        assert_eq!(known[0].id, signed.id);
        // And it works.
        let fine = home.fine(20_000);
        home.pass(2_000);
        home.run().await;
        assert_eq!(home.sync().await.findings, 0);
        assert!(home.was_paid(POLICE, &fine).await.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_and_a_revocation_whose_answers_were_lost_are_said_again() {
    in_either_way(async |home, kind| {
        let draft = home.fines_on_a_card().await;
        let mandate = home.sign(&draft).await;
        let autopay = home.phone.rabt().autopay();
        let standing = format!("/v1/mandates/{}/standing", mandate.id.as_str());
        lose(&home, &standing, kind.clone());
        assert_eq!(autopay.pause(&mandate.id).await.unwrap().unsent, 1);
        home.town.control().clear_faults(None);
        assert_eq!(home.sync().await.statements_left, 0);
        lose(&home, &standing, kind);
        assert_eq!(autopay.revoke(&mandate.id).await.unwrap().unsent, 1);
        home.town.control().clear_faults(None);
        assert_eq!(home.sync().await.statements_left, 0);
        let ended = autopay.list().await.unwrap().remove(0);
        assert!(matches!(ended.standing, Standing::Revoked { .. }));
        home.fine(10_000);
        home.pass(2_000);
        assert_eq!(home.run().await, 0);
        assert_eq!(home.sync().await.findings, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_lost_counts_once() {
    in_either_way(async |home, kind| {
        let mut draft = home.fines_on_a_card().await;
        draft.ask_above_fils = Some(10_000);
        let mandate = home.sign(&draft).await;
        let fine = home.fine(20_000);
        home.pass(2_000);
        home.run().await;
        home.sync().await;
        lose(&home, &format!("/v1/mandates/{}/answers", mandate.id.as_str()), kind);
        let autopay = home.phone.rabt().autopay();
        let up_to = Fils::new(20_000).unwrap();
        let key = bill_key(POLICE, &fine);
        autopay
            .answer(&mandate.id, &key, Verdict::Approved { up_to })
            .await
            .unwrap();
        home.town.control().clear_faults(None);
        assert_eq!(home.sync().await.statements_left, 0);
        home.pass(60);
        home.run().await;
        assert_eq!(home.sync().await.findings, 0);
        assert_eq!(home.was_paid(POLICE, &fine).await.unwrap().1, "approved");
        home.books_balance();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_revoked_before_it_was_ever_sent_is_never_sent() {
    let home = Household::begin().await;
    let draft = home.fines_on_a_card().await;
    home.town.control().cut_network(true);
    let signed = home.sign(&draft).await;
    assert!(!signed.registered);
    let ended = home.phone.rabt().autopay().revoke(&signed.id).await.unwrap();
    assert_eq!(ended.unsent, 2);
    home.town.control().cut_network(false);
    let report = home.sync().await;
    assert_eq!(report.statements_left, 0, "{report:?}");
    let second = home.town.phone_of(crate::household::PERSONA).await;
    second.rabt().autopay().refresh().await.unwrap();
    assert_eq!(second.rabt().autopay().list().await.unwrap(), []);
}
