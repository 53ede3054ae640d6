//! The scenes, in the order in which they are told.

mod bills;
mod city;
mod pay;

pub(super) use bills::{all_bills, offline};
pub(super) use city::{books, reconcile};
pub(super) use pay::{leave_one_pending, link_instruments, pay_a_basket};

use super::{Outcome, show, stage::Stage};
use rabt::SessionState;

/// One sign-in for the whole city, and the person's consent to each agency.
pub(super) async fn sign_in(stage: &Stage) -> Outcome<()> {
    show::scene("One sign-in");
    let session = stage.phone()?.session();
    let page = session.begin_sign_in().await?;
    show::line("  a browser opens the identity provider's page (pushed request, PKCE, DPoP)");
    let url = stage
        .city()?
        .sign_in_as(page.url.as_str(), &stage.persona, false)
        .await?;
    if let SessionState::SignedIn { name: Some(name), .. } = session.complete(&url).await? {
        show::line(&format!(
            "  signed in: {} · {}  (a fictional person)",
            name.en(),
            name.ar()
        ));
    }
    let agencies = stage.phone()?.agencies();
    agencies.refresh().await?;
    let ids: Vec<_> = agencies.list().await?.into_iter().map(|view| view.agency.id).collect();
    agencies.consent(&ids).await?;
    show::line(&format!("  agreed that {} agencies may answer", ids.len()));
    Ok(())
}
