//! The pages that a person sees at the bank and at the card processor: consent to debit an account, entry of a card.
//!
//! Plain HTML that a browser shows and a test posts to: the form's members are `session`, `decision` (`approve` or `deny`), and
//! `account`, or `number`, `expiry` (`MM/YY`) and `cvc`. A decision leads back to the address that the gateway gave, with
//! `link_id`, `state` and either `code` or `error=access_denied`. What was typed goes no further than this module and `cards`.

mod consent;
mod html;
mod words;

use super::{
    cards::{self, CardFault, TypedCard},
    sessions::{self, Session},
};
use crate::{
    context::Ctx,
    server::reply::{Refusal, Reply},
};
use axum::{
    Form, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use html::{Choice, Page};
use http::{HeaderMap, StatusCode, header};
use rabt_protocol::instrument::InstrumentKind;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::Deserialize;
use words::Language;

/// See the module.
pub(super) fn router() -> Router<Ctx> {
    Router::new()
        .route("/authorize", get(show).post(decide))
        .route("/consent", get(consent::show).post(consent::decide))
}

#[derive(Deserialize)]
struct Visit {
    #[serde(default)]
    session: String,
    #[serde(default)]
    lang: Option<String>,
}

async fn show(State(ctx): State<Ctx>, Query(visit): Query<Visit>, headers: HeaderMap) -> Response {
    let language = Language::choose(visit.lang.as_deref(), &headers);
    let now_ms = ctx.clock.now_ms();
    let found = ctx.state.transact(|tx| -> Reply<_> {
        let Some(session) = sessions::find(tx, &visit.session)?.filter(|session| session.is_open(now_ms)) else {
            return Ok(None);
        };
        let choices = choices(tx, &session)?;
        Ok(Some((session, choices)))
    });
    match found {
        Ok(Some((session, choices))) => page(StatusCode::OK, language, &session, &choices, None),
        Ok(None) => html::gone(language),
        Err(refusal) => refusal.into_response(),
    }
}

#[derive(Deserialize)]
struct Decision {
    #[serde(default)]
    session: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    expiry: String,
    #[serde(default)]
    cvc: String,
    #[serde(default)]
    lang: Option<String>,
}

enum Decided {
    Back(String),
    Again(Session, Vec<Choice>, Fault),
    Gone,
}

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Card(CardFault),
    Account,
    Decision,
}

async fn decide(State(ctx): State<Ctx>, headers: HeaderMap, Form(form): Form<Decision>) -> Response {
    let language = Language::choose(form.lang.as_deref(), &headers);
    let code = ctx.new_id("code");
    let (now_ms, today) = (ctx.clock.now_ms(), ctx.clock.today());
    let decided = ctx.state.transact(|tx| -> Reply<Decided> {
        let Some(session) = sessions::find(tx, &form.session)?.filter(|session| session.is_open(now_ms)) else {
            return Ok(Decided::Gone);
        };
        match form.decision.as_str() {
            "deny" => {
                sessions::deny(tx, &session)?;
                return back(&session, ("error", "access_denied"));
            }
            "approve" => {}
            _ => return again(tx, session, Fault::Decision),
        }
        let account = match session.kind {
            InstrumentKind::Card => {
                let typed = TypedCard {
                    number: &form.number,
                    expiry: &form.expiry,
                    cvc: &form.cvc,
                };
                cards::accept(tx, &session.subject, today, &typed)?.map_err(Fault::Card)
            }
            _ => own_account(tx, &session.subject, &form.account)?.ok_or(Fault::Account),
        };
        match account {
            Ok(account_id) => {
                sessions::approve(tx, &session, &account_id, &code)?;
                back(&session, ("code", &code))
            }
            Err(fault) => again(tx, session, fault),
        }
    });
    match decided {
        Ok(Decided::Back(location)) => html::go_to(&location),
        Ok(Decided::Again(session, choices, fault)) => page(
            StatusCode::UNPROCESSABLE_ENTITY,
            language,
            &session,
            &choices,
            Some(fault),
        ),
        Ok(Decided::Gone) => html::gone(language),
        Err(refusal) => refusal.into_response(),
    }
}

fn again(tx: &Transaction<'_>, session: Session, fault: Fault) -> Reply<Decided> {
    let choices = choices(tx, &session)?;
    Ok(Decided::Again(session, choices, fault))
}

/// Where the person goes back to.
fn back(session: &Session, (name, value): (&str, &str)) -> Reply<Decided> {
    let mut url = url::Url::parse(&session.return_uri).map_err(|error| Refusal::internal(&error))?;
    url.query_pairs_mut()
        .append_pair("link_id", &session.link_id)
        .append_pair("state", &session.state)
        .append_pair(name, value);
    Ok(Decided::Back(url.into()))
}

/// The person's current accounts.
fn choices(tx: &Transaction<'_>, session: &Session) -> Reply<Vec<Choice>> {
    if session.kind == InstrumentKind::Card {
        return Ok(Vec::new());
    }
    let mut statement = tx.prepare(
        "SELECT account_id, COALESCE(last_four, ''), COALESCE(holder_en, ''), COALESCE(holder_ar, '') FROM bank_account
         WHERE subject = ?1 AND kind = 'current' ORDER BY account_id",
    )?;
    let rows = statement.query_map([&session.subject], |row| {
        Ok(Choice {
            account_id: row.get(0)?,
            last_four: row.get(1)?,
            holder: rabt_protocol::Localized::new(row.get::<_, String>(2)?, row.get::<_, String>(3)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The account that was chosen; a person who has one need not choose.
fn own_account(tx: &Transaction<'_>, subject: &str, chosen: &str) -> Reply<Option<String>> {
    let found = tx
        .query_row(
            "SELECT account_id FROM bank_account
             WHERE subject = ?1 AND kind = 'current' AND (account_id = ?2 OR ?2 = '') ORDER BY account_id",
            params![subject, chosen],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found)
}

fn page(
    status: StatusCode,
    language: Language,
    session: &Session,
    choices: &[Choice],
    fault: Option<Fault>,
) -> Response {
    let page = Page {
        language,
        session_id: &session.session_id,
        kind: session.kind,
        choices,
        fault,
    };
    (status, html::headers(), page.render()).into_response()
}

impl Language {
    /// What the address says, else what the browser prefers, else English.
    fn choose(asked: Option<&str>, headers: &HeaderMap) -> Self {
        let preferred = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        match asked.or(preferred) {
            Some(tag) if tag.trim_start().to_ascii_lowercase().starts_with("ar") => Self::Arabic,
            _ => Self::English,
        }
    }
}
