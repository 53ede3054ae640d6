//! Signing in and out, and what the person agreed to.

use super::{Steps, act};
use crate::stage::Stage;
use rabt::{RabtError, SessionState};
use rabt_tests::agency_id;

pub(crate) const SESSION: Steps = &[
    (
        "{string} signs in",
        act!(|stage, said| { sign_in(stage, said.text(0), "approve").await }),
    ),
    (
        "{string} opens the sign-in page and cancels",
        act!(|stage, said| { sign_in(stage, said.text(0), "refuse").await }),
    ),
    (
        "{string} confirms with the second factor",
        act!(|stage, said| {
            let Some(RabtError::StepUpRequired { acr }) = stage.expected.clone() else {
                panic!("nothing asked for a second factor");
            };
            let result = async {
                let page = stage.rabt().session().begin_step_up(&acr).await?;
                let came_back = stage
                    .city()
                    .browse(page.url.as_str(), said.text(0), "approve_with_second_factor")
                    .await;
                stage.rabt().session().complete(&came_back).await
            }
            .await;
            stage.done(result);
        }),
    ),
    (
        "the address {string} comes back from a page",
        act!(|stage, said| {
            let result = stage.rabt().session().complete(said.text(0)).await;
            stage.done(result);
        }),
    ),
    (
        "the person signs out",
        act!(|stage, _said| {
            let result = stage.rabt().session().sign_out(false).await;
            stage.done(result);
        }),
    ),
    (
        "{string} or {string} is signed in",
        act!(|stage, said| {
            match stage.rabt().session().state().await.expect("the store answers") {
                SessionState::SignedIn { name: Some(name), .. } => {
                    assert_eq!((name.en(), name.ar()), (said.text(0), said.text(1)));
                }
                other => panic!("{other:?}"),
            }
        }),
    ),
    (
        "nobody is signed in",
        act!(|stage, _said| {
            let state = stage.rabt().session().state().await.expect("the store answers");
            assert!(matches!(state, SessionState::SignedOut { .. }), "{state:?}");
        }),
    ),
    (
        "the person agrees to all agencies",
        act!(|stage, _said| {
            let result = async {
                stage.rabt().agencies().refresh().await?;
                let views = stage.rabt().agencies().list().await?;
                let all: Vec<_> = views.into_iter().map(|view| view.agency.id).collect();
                stage.rabt().agencies().consent(&all).await
            }
            .await;
            stage.done(result);
        }),
    ),
    (
        "the person agrees to {string}",
        act!(|stage, said| {
            let result = async {
                stage.rabt().agencies().refresh().await?;
                stage.rabt().agencies().consent(&[agency_id(said.text(0))]).await
            }
            .await;
            stage.done(result);
        }),
    ),
    (
        "the person no longer agrees to {string}",
        act!(|stage, said| {
            let result = stage.rabt().agencies().withdraw_consent(&agency_id(said.text(0))).await;
            stage.done(result);
        }),
    ),
    (
        "the list of agencies is refreshed",
        act!(|stage, _said| {
            let result = stage.rabt().agencies().refresh().await;
            stage.done(result);
        }),
    ),
    (
        "{int} agencies are listed",
        act!(|stage, said| {
            let views = stage.rabt().agencies().list().await.expect("the store answers");
            assert_eq!(i64::try_from(views.len()), Ok(said.int(0)));
        }),
    ),
    (
        "{string} is listed as {string} and {string}",
        act!(|stage, said| {
            let views = stage.rabt().agencies().list().await.expect("the store answers");
            let view = views.iter().find(|view| view.agency.id.as_str() == said.text(0));
            let name = &view.expect("it is listed").agency.short_name;
            assert_eq!((name.en(), name.ar()), (said.text(1), said.text(2)));
        }),
    ),
];

async fn sign_in(stage: &mut Stage, persona: &str, intent: &str) {
    let result = async {
        let page = stage.rabt().session().begin_sign_in().await?;
        let came_back = stage.city().browse(page.url.as_str(), persona, intent).await;
        stage.rabt().session().complete(&came_back).await
    }
    .await;
    stage.done(result);
}
