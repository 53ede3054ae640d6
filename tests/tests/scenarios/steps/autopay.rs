//! Bills that pay themselves.

use super::{Steps, act};
use crate::{
    money::amount,
    stage::{Stage, kind_of},
};
use rabt::{
    BankConsentState, MandateDraft, MandateView,
    domain::mandate::{LimitsDraft, Outcome, ScopeEntryDraft, Standing, Verdict, Weekend, WhenDraft},
    store::mandates::{DecisionQuery, KeptFinding},
};
use rabt_tests::bill_key;
use serde_json::json;

pub(crate) const AUTOPAY: Steps = &[
    (
        "the gateway looks at mandates only when it is told",
        act!(|stage, _said| {
            stage.city().put("/v1/autopay/runner", json!({"on": false})).await;
        }),
    ),
    (
        "the gateway looks at the mandates",
        act!(|stage, _said| {
            stage.city().post("/v1/autopay/run", json!({})).await;
        }),
    ),
    (
        "the gateway cheats by {string}",
        act!(|stage, said| {
            stage
                .city()
                .put("/v1/autopay/cheat", json!({"cheat": said.text(0)}))
                .await;
        }),
    ),
    (
        "the gateway is honest again",
        act!(|stage, _said| {
            stage.city().put("/v1/autopay/cheat", json!({"cheat": null})).await;
        }),
    ),
    (
        "a mandate for the bills of {string} is signed with the {string}",
        act!(|stage, said| {
            let draft = draft(stage, said.text(0), said.text(1)).await;
            sign(stage, draft).await;
        }),
    ),
    (
        "a mandate for the bills of {string} is signed with the {string}, asking above {string}",
        act!(|stage, said| {
            let mut draft = draft(stage, said.text(0), said.text(1)).await;
            draft.ask_above_fils = Some(amount(said.text(2)).get());
            sign(stage, draft).await;
        }),
    ),
    (
        "a mandate for the bills of {string} is signed with the {string}, at most {string} for one bill",
        act!(|stage, said| {
            let mut draft = draft(stage, said.text(0), said.text(1)).await;
            draft.limits.per_payment_fils = Some(amount(said.text(2)).get());
            sign(stage, draft).await;
        }),
    ),
    (
        "the suggested mandate is signed",
        act!(|stage, _said| {
            let mut suggestions = stage.rabt().autopay().suggestions().await.expect("the store answers");
            sign(stage, suggestions.remove(0).draft).await;
        }),
    ),
    (
        "a preview of the suggested mandate holds {int} bills and asks about {int}",
        act!(|stage, said| {
            let suggestions = stage.rabt().autopay().suggestions().await.expect("the store answers");
            let preview = stage
                .rabt()
                .autopay()
                .preview(&suggestions[0].draft)
                .await
                .expect("a preview");
            assert!(preview.paid > 0, "it pays nothing");
            assert_eq!(i64::try_from(preview.held), Ok(said.int(0)));
            assert_eq!(i64::try_from(preview.asked), Ok(said.int(1)));
        }),
    ),
    (
        "{string} agrees to the mandate at the bank",
        act!(|stage, said| {
            let mandate = the_mandate(stage).await;
            let result = async {
                let page = stage.rabt().autopay().begin_consent(&mandate.id).await?;
                let came_back = stage.city().browse(page.url.as_str(), said.text(0), "approve").await;
                stage.rabt().autopay().complete_consent(&came_back).await
            }
            .await;
            stage.done(result);
        }),
    ),
    (
        "the mandate is paused",
        act!(|stage, _said| {
            let mandate = the_mandate(stage).await;
            let result = stage.rabt().autopay().pause(&mandate.id).await;
            stage.done(result);
        }),
    ),
    (
        "the mandate is resumed",
        act!(|stage, _said| {
            let mandate = the_mandate(stage).await;
            let result = stage.rabt().autopay().resume(&mandate.id).await;
            stage.done(result);
        }),
    ),
    (
        "the mandate is revoked",
        act!(|stage, _said| {
            let mandate = the_mandate(stage).await;
            let result = stage.rabt().autopay().revoke(&mandate.id).await;
            stage.done(result);
        }),
    ),
    (
        "the mandates are refreshed",
        act!(|stage, _said| {
            let result = stage.rabt().autopay().refresh().await;
            stage.done(result);
        }),
    ),
    (
        "the bill {string} of {string} is approved up to {string}",
        act!(|stage, said| {
            let up_to = amount(said.text(2));
            answer(stage, said.text(0), said.text(1), Verdict::Approved { up_to }).await;
        }),
    ),
    (
        "the bill {string} of {string} is declined",
        act!(|stage, said| { answer(stage, said.text(0), said.text(1), Verdict::Declined).await }),
    ),
    (
        "the finding {string} is disputed",
        act!(|stage, said| {
            let found = findings(stage).await;
            let one = found.iter().find(|kept| kept.finding.code == said.text(0));
            let id = one.expect("it was found").id;
            let result = stage.rabt().autopay().dispute(id, None).await;
            stage.done(result);
        }),
    ),
    (
        "the mandate is {string}",
        act!(|stage, said| {
            let word = match the_mandate(stage).await.standing {
                Standing::Active => "active",
                Standing::Paused { .. } => "paused",
                Standing::Revoked { .. } => "revoked",
            };
            assert_eq!(word, said.text(0));
        }),
    ),
    (
        "the bank's consent to the mandate is {string}",
        act!(|stage, said| {
            let consent = the_mandate(stage).await.consent;
            let word = match &consent {
                BankConsentState::NotNeeded => "not needed",
                BankConsentState::Missing => "missing",
                BankConsentState::There { status, .. } => status,
            };
            assert_eq!(word, said.text(0));
        }),
    ),
    (
        "there is {int} mandate",
        act!(|stage, said| {
            let count = stage.rabt().autopay().list().await.expect("the store answers").len();
            assert_eq!(i64::try_from(count), Ok(said.int(0)));
        }),
    ),
    (
        "there is no mandate",
        act!(|stage, _said| {
            assert!(
                stage
                    .rabt()
                    .autopay()
                    .list()
                    .await
                    .expect("the store answers")
                    .is_empty()
            );
        }),
    ),
    (
        "the gateway has all that was said about the mandate",
        act!(|stage, _said| {
            let mandate = the_mandate(stage).await;
            assert!(mandate.registered && mandate.unsent == 0, "{} unsent", mandate.unsent);
        }),
    ),
    (
        "{int} thing is still to be said about the mandate",
        act!(|stage, said| {
            let unsent = the_mandate(stage).await.unsent;
            assert_eq!(i64::try_from(unsent), Ok(said.int(0)));
        }),
    ),
    (
        "the last decision about the bill {string} of {string} is {string} because of {string}",
        act!(|stage, said| {
            let query = DecisionQuery {
                bill: Some(bill_key(said.text(1), said.text(0))),
                limit: 1,
                ..DecisionQuery::default()
            };
            let page = stage
                .rabt()
                .autopay()
                .decisions(query)
                .await
                .expect("the store answers");
            let last = page.decisions.first().expect("something was decided about it");
            let outcome = match last.outcome {
                Outcome::Pay => "pay",
                Outcome::Skip => "skip",
                Outcome::Hold => "hold",
                Outcome::Ask => "ask",
            };
            assert_eq!((outcome, last.rule.code()), (said.text(2), said.text(3)));
        }),
    ),
    (
        "the bill {string} of {string} was paid by the mandate because of {string}",
        act!(|stage, said| {
            let query = DecisionQuery {
                bill: Some(bill_key(said.text(1), said.text(0))),
                outcomes: vec![Outcome::Pay],
                ..DecisionQuery::default()
            };
            let page = stage
                .rabt()
                .autopay()
                .decisions(query)
                .await
                .expect("the store answers");
            let rules: Vec<&str> = page.decisions.iter().map(|one| one.rule.code()).collect();
            assert_eq!(rules, [said.text(2)]);
        }),
    ),
    (
        "the bill {string} of {string} waits for an answer",
        act!(|stage, said| { assert!(is_asked(stage, said.text(0), said.text(1)).await) }),
    ),
    (
        "the bill {string} of {string} waits for no answer",
        act!(|stage, said| { assert!(!is_asked(stage, said.text(0), said.text(1)).await) }),
    ),
    (
        "nothing was found of the gateway",
        act!(|stage, _said| {
            let codes: Vec<String> = findings(stage)
                .await
                .into_iter()
                .map(|kept| kept.finding.code)
                .collect();
            assert!(codes.is_empty(), "{codes:?}");
        }),
    ),
    (
        "it was found of the gateway that {string}",
        act!(|stage, said| {
            let codes: Vec<String> = findings(stage)
                .await
                .into_iter()
                .map(|kept| kept.finding.code)
                .collect();
            assert!(codes.iter().any(|code| code == said.text(0)), "{codes:?}");
        }),
    ),
];

/// The newest.
async fn the_mandate(stage: &Stage) -> MandateView {
    let mandates = stage.rabt().autopay().list().await.expect("the store answers");
    mandates.into_iter().next().expect("there is a mandate")
}

async fn findings(stage: &Stage) -> Vec<KeptFinding> {
    stage.rabt().autopay().findings().await.expect("the store answers")
}

/// For the bills of an agency, paid when they are issued.
async fn draft(stage: &Stage, agency: &str, instrument: &str) -> MandateDraft {
    let instrument = stage.instrument(kind_of(instrument)).await.expect("it is linked");
    MandateDraft {
        scope: Some(vec![ScopeEntryDraft {
            agency_id: Some(agency.to_owned()),
            ..ScopeEntryDraft::default()
        }]),
        when: WhenDraft::OnIssue,
        weekend: Weekend::Keep,
        // A bank consents to nothing that isn't bounded.
        limits: LimitsDraft {
            per_payment_fils: Some(500_000),
            ..LimitsDraft::default()
        },
        ..MandateDraft::new(instrument.id.as_str())
    }
}

async fn sign(stage: &mut Stage, draft: MandateDraft) {
    let result = stage.rabt().autopay().sign(&draft).await;
    stage.done(result);
}

async fn answer(stage: &mut Stage, bill: &str, agency: &str, verdict: Verdict) {
    let mandate = the_mandate(stage).await;
    let result = stage
        .rabt()
        .autopay()
        .answer(&mandate.id, &bill_key(agency, bill), verdict)
        .await;
    stage.done(result);
}

async fn is_asked(stage: &Stage, bill: &str, agency: &str) -> bool {
    let asked = stage
        .rabt()
        .autopay()
        .upcoming()
        .await
        .expect("the store answers")
        .asked;
    asked.iter().any(|one| one.bill == bill_key(agency, bill))
}
