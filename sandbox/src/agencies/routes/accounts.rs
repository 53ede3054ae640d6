//! `/v1/accounts`.

use super::{Here, Person, etag, transact};
use crate::{
    agencies::{
        AgencyError, AgencyFixture, consent, issue,
        limits::ADDED_ACCOUNTS_MAX,
        purpose,
        store::accounts::{self, Held},
    },
    context::Ctx,
    server::reply::{Reply, WireJson},
};
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use rabt_protocol::{
    Localized,
    agency::{Account, Accounts, AddAccount, Holder},
    directory::Capability,
};
use rusqlite::Transaction;

pub(super) async fn list(
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    person: Person,
    headers: HeaderMap,
) -> Reply<Response> {
    let WireJson(answer) = of(&ctx, &here, person.subject)?;
    let tag = etag::of_document(&answer)?;
    let response = if etag::is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        WireJson(answer).into_response()
    };
    Ok(etag::with_headers(response, &tag))
}

/// A person's accounts, whoever may ask for them.
pub(super) fn of(ctx: &Ctx, here: &Here, subject: String) -> Reply<WireJson<Accounts>> {
    let fixture = here.fixture(ctx, Capability::Accounts)?;
    let now_ms = ctx.clock.now_ms();
    let accounts = transact(ctx, |tx| {
        consent::require(tx, &here.agency_id, &subject, purpose::ACCOUNTS, now_ms)?;
        all(tx, &fixture, &subject)
    })?;
    Ok(WireJson(Accounts {
        agency_id: fixture.agency_id.clone(),
        subject,
        accounts,
    }))
}

fn all(tx: &Transaction<'_>, fixture: &AgencyFixture, subject: &str) -> Result<Vec<Account>, AgencyError> {
    let own = accounts::own(tx, &fixture.agency_id, subject)?;
    let added = accounts::added(tx, &fixture.agency_id, subject)?;
    let own = own.into_iter().map(|held| held.account);
    Ok(own
        .chain(added.into_iter().map(|held| by_hand(fixture, held)))
        .collect())
}

/// An account as somebody sees it who added it by hand: what they knew before, and nothing of its holder's address or balance.
fn by_hand(fixture: &AgencyFixture, held: Held) -> Account {
    let name = fixture.account_kind(&held.account.kind).map(|kind| kind.name.clone());
    Account {
        label: name.unwrap_or_else(|| Localized::new("Account", "حساب")),
        holder: Holder::AddedByHand,
        balance_fils: None,
        ..held.account
    }
}

pub(super) async fn add(
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    person: Person,
    WireJson(request): WireJson<AddAccount>,
) -> Reply<impl IntoResponse> {
    let fixture = here.fixture(&ctx, Capability::Accounts)?;
    let (now_ms, now) = (ctx.clock.now_ms(), ctx.clock.now());
    let (status, account) = transact(&ctx, |tx| {
        consent::require(tx, &here.agency_id, &person.subject, purpose::ACCOUNTS, now_ms)?;
        add_by_hand(tx, &fixture, &person.subject, &request, &now)
    })?;
    Ok((status, WireJson(account)))
}

fn add_by_hand(
    tx: &Transaction<'_>,
    fixture: &AgencyFixture,
    subject: &str,
    request: &AddAccount,
    now: &str,
) -> Result<(StatusCode, Account), AgencyError> {
    let kind = fixture
        .account_kind(&request.kind)
        .filter(|kind| !kind.form.is_empty())
        .ok_or_else(|| AgencyError::invalid("kind", "is none of the directory's that has a form"))?;
    issue::check_form(&kind.form, &request.fields)
        .map_err(|(name, reason)| AgencyError::invalid(format!("fields.{name}"), reason))?;
    let found = accounts::by_fields(tx, &fixture.agency_id, &kind.code, &request.fields)?;
    let found = found.ok_or(AgencyError::AccountUnknown)?;
    let own = accounts::own(tx, &fixture.agency_id, subject)?;
    if own
        .iter()
        .any(|held| held.account.account_id == found.account.account_id)
    {
        return Ok((StatusCode::OK, found.account));
    }
    let added = accounts::added(tx, &fixture.agency_id, subject)?;
    if added
        .iter()
        .any(|held| held.account.account_id == found.account.account_id)
    {
        return Ok((StatusCode::OK, by_hand(fixture, found)));
    }
    if added.len() >= ADDED_ACCOUNTS_MAX {
        let reason = format!("there are {ADDED_ACCOUNTS_MAX} accounts added by hand, the most that are kept");
        return Err(AgencyError::invalid("fields", reason));
    }
    accounts::add(tx, &fixture.agency_id, subject, &found.account.account_id, now)?;
    Ok((StatusCode::CREATED, by_hand(fixture, found)))
}
