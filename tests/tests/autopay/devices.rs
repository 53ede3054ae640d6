//! Two devices of one person, and one that is offline.

use crate::household::{Household, PERSONA, PLENTY, POLICE, decided};
use rabt::domain::mandate::{Outcome, Standing};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_device_knows_what_the_first_signed_and_may_stop_it() {
    let home = Household::begin().await;
    let draft = home.fines_on_a_card().await;
    let mandate = home.sign(&draft).await;
    let fine = home.fine(20_000);
    home.pass(2_000);
    home.run().await;
    home.sync().await;

    let second = home.town.phone_of(PERSONA).await;
    second.refresh().await;
    second.rabt().autopay().refresh().await.unwrap();
    let known = second.rabt().autopay().list().await.unwrap();
    assert_eq!(
        (known.len(), &known[0].id, &known[0].terms),
        (1, &mandate.id, &mandate.terms)
    );
    assert!(known[0].registered && known[0].findings.is_empty());
    let told = decided(&second, POLICE, &fine).await;
    assert!(told.iter().any(|one| one.outcome == Outcome::Pay), "{told:?}");
    assert_eq!(second.rabt().autopay().findings().await.unwrap(), []);

    second.rabt().autopay().pause(&mandate.id).await.unwrap();
    home.sync().await;
    let seen = home.phone.rabt().autopay().list().await.unwrap().remove(0);
    assert!(matches!(seen.standing, Standing::Paused { .. }));
    // The first goes on from where the second stopped; each change has its place.
    home.phone.rabt().autopay().resume(&mandate.id).await.unwrap();
    second.rabt().autopay().refresh().await.unwrap();
    assert_eq!(
        second.rabt().autopay().list().await.unwrap()[0].standing,
        Standing::Active
    );
    home.books_balance();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_devices_that_stop_a_mandate_without_knowing_of_each_other_both_are_heard() {
    let home = Household::begin().await;
    let draft = home.fines_on_a_card().await;
    let mandate = home.sign(&draft).await;
    let second = home.town.phone_of(PERSONA).await;
    second.rabt().autopay().refresh().await.unwrap();

    // Both say the first change, and the gateway takes one of them for that.
    second.rabt().autopay().pause(&mandate.id).await.unwrap();
    let ended = home.phone.rabt().autopay().revoke(&mandate.id).await.unwrap();
    assert!(matches!(ended.standing, Standing::Revoked { .. }));
    assert_eq!(ended.unsent, 0);
    second.rabt().autopay().refresh().await.unwrap();
    let seen = second.rabt().autopay().list().await.unwrap().remove(0);
    assert!(matches!(seen.standing, Standing::Revoked { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_versions_of_one_mandate_on_two_devices_are_one_and_a_refusal() {
    let home = Household::begin().await;
    let draft = home.fines_on_a_card().await;
    let mandate = home.sign(&draft).await;
    let second = home.town.phone_of(PERSONA).await;
    second.refresh().await;
    second.rabt().instruments().refresh().await.unwrap();
    second.rabt().autopay().refresh().await.unwrap();

    let mut change = rabt::MandateDraft::change_of(&mandate.terms);
    change.limits.per_payment_fils = Some(20_000);
    second.rabt().autopay().sign(&change).await.unwrap();
    change.limits.per_payment_fils = Some(90_000);
    let refused = home.phone.rabt().autopay().sign(&change).await.unwrap_err();
    assert_eq!(refused.code(), "mandate_older");
    home.sync().await;
    let seen = home.phone.rabt().autopay().list().await.unwrap().remove(0);
    assert_eq!(seen.terms.version, 2);
    assert_eq!(seen.terms.limits.per_payment.unwrap().get(), 20_000);
    assert_eq!(seen.unsent, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked_offline_it_is_sent_first_and_what_was_paid_meanwhile_is_flagged() {
    let home = Household::begin().await;
    let draft = home.fines_on_a_card().await;
    let mandate = home.sign(&draft).await;
    home.sync().await;
    home.town.control().cut_network(true);
    let ended = home.phone.rabt().autopay().revoke(&mandate.id).await.unwrap();
    assert!(matches!(ended.standing, Standing::Revoked { .. }));
    assert_eq!(ended.unsent, 1);
    let refused = home.phone.rabt().session().sign_out(false).await.unwrap_err();
    assert_eq!(refused.code(), "statements_unsent");

    // The gateway can't know yet, and pays.
    home.town.control().cut_network(false);
    let fine = home.fine(20_000);
    home.pass(120);
    assert!(home.run().await > 0);
    home.pass(2_000);
    let report = home.phone.rabt().sync().run(PLENTY).await.unwrap();
    assert_eq!((report.statements_sent, report.statements_left), (1, 0), "{report:?}");
    assert!(report.findings > 0);
    let (paid, _) = home.was_paid(POLICE, &fine).await.expect("it was paid");
    assert_eq!(paid.findings[0].finding.code, "after_revocation");
    assert!(
        paid.findings[0]
            .finding
            .sentence
            .en()
            .contains("although you had revoked")
    );

    // From the contact on nothing is paid.
    home.fine(10_000);
    home.pass(120);
    assert_eq!(home.run().await, 0);
    home.phone.rabt().session().sign_out(false).await.unwrap();
    assert_eq!(home.phone.rabt().autopay().list().await.unwrap(), []);
    assert_eq!(home.phone.rabt().autopay().findings().await.unwrap(), []);
}
