//! What a person pays with: linked at the bank's or the processor's page, known to the gateway by a token, a name, four digits and
//! a last day. Where one stands is the bank's to say; the gateway keeps what it last heard, for when the bank doesn't answer.

mod store;

pub(in crate::gateway) use store::{Held, all_of, by_id, of_subject};

use super::{
    calls,
    events::{self, Told},
};
use crate::{
    bank::api::{ExchangeCode, InstrumentState, LinkedInstrument, OpenSession, SessionOpened},
    clock::rfc3339,
    context::{Context, Ctx},
    identity::guard::Caller,
    server::reply::{IdempotencyKey, Refusal, Reply, WireJson},
};
use axum::extract::{Path, State};
use futures_util::future::join_all;
use http::{Method, StatusCode};
use rabt_protocol::{
    event::{EventData, kind},
    instrument::{BeginLink, CompleteLink, Instrument, InstrumentKind, Instruments, LinkBegun},
    jose::sha256_base64url,
    problem::code,
};
use store::Link;

/// How long a person may take at the bank's page.
const LINK_VALID_FOR_MS: i64 = 15 * 60 * 1_000;
/// How long a list of instruments waits for the bank before it shows what is known.
const STATUS_TIMEOUT_MS: u64 = 2_000;
/// As many as a person can have linked; the bank is asked about each when they are listed.
const INSTRUMENTS_MAX: usize = 20;
/// Longer than any state that a client makes up, short enough for an address.
const STATE_CHARS_MAX: usize = 512;
/// The length from which browsers and servers begin to refuse addresses.
const RETURN_URI_CHARS_MAX: usize = 2_000;

/// `GET /v1/instruments`.
pub(super) async fn list(State(ctx): State<Ctx>, caller: Caller) -> Reply<WireJson<Instruments>> {
    let known = ctx.state.transact(|tx| store::all_of(tx, &caller.subject))?;
    let asked = known.into_iter().map(|held| asked_of_bank(&ctx, held));
    let instruments = join_all(asked)
        .await
        .into_iter()
        .map(|held| held.map(|held| held.shown))
        .collect::<Reply<_>>()?;
    Ok(WireJson(Instruments {
        subject: caller.subject,
        instruments,
    }))
}

/// `POST /v1/instrument-links`.
pub(super) async fn begin(
    State(ctx): State<Ctx>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    WireJson(request): WireJson<BeginLink>,
) -> Reply<WireJson<LinkBegun>> {
    validate(&request)?;
    let digest = calls::digest_of(&request)?;
    let new = Link {
        link_id: ctx.new_id("lnk"),
        request_digest: digest.clone(),
        kind: request.kind,
        return_uri: request.return_uri,
        state: request.state,
        expires_ms: ctx.clock.now_ms().saturating_add(LINK_VALID_FOR_MS),
        code_hash: None,
        instrument_id: None,
    };
    let link = ctx.state.transact(|tx| -> Reply<Link> {
        match store::link_by_key(tx, &caller.subject, &key)? {
            Some(begun) if begun.request_digest == digest => Ok(begun),
            Some(_) => Err(calls::key_reused()),
            None if store::all_of(tx, &caller.subject)?.len() >= INSTRUMENTS_MAX => Err(Refusal::invalid(
                "kind",
                format!("at most {INSTRUMENTS_MAX} instruments; remove one first"),
            )),
            None => {
                store::insert_link(tx, &caller.subject, &key, &new)?;
                Ok(new)
            }
        }
    })?;
    let session = OpenSession {
        link_id: link.link_id.clone(),
        subject: caller.subject,
        kind: link.kind,
        return_uri: link.return_uri,
        state: link.state,
        expires_ms: link.expires_ms,
    };
    let opened: SessionOpened = calls::bank(&ctx, Method::POST, "/v1/sessions", Some(&session), None)
        .await
        .map_err(|error| calls::passed_on("bank", error))?;
    Ok(WireJson(LinkBegun {
        link_id: link.link_id,
        authorize_url: opened.authorize_url,
        expires_at: rfc3339(link.expires_ms),
    }))
}

/// `POST /v1/instrument-links/{link_id}/complete`.
pub(super) async fn complete(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(link_id): Path<String>,
    WireJson(request): WireJson<CompleteLink>,
) -> Reply<WireJson<Instrument>> {
    let code_hash = sha256_base64url(&request.code);
    let find = || {
        ctx.state.transact(|tx| -> Reply<Link> {
            store::link(tx, &caller.subject, &link_id)?.ok_or_else(|| Refusal::not_found("no such link"))
        })
    };
    if find()?.instrument_id.is_none() {
        let exchange = ExchangeCode {
            code: request.code,
            link_id: link_id.clone(),
        };
        let linked: LinkedInstrument = calls::bank(&ctx, Method::POST, "/v1/tokens", Some(&exchange), None)
            .await
            .map_err(|error| calls::passed_on("bank", error))?;
        let instrument_id = ctx.new_id("ins");
        let now_ms = ctx.clock.now_ms();
        ctx.state.transact(|tx| -> Reply<()> {
            if store::complete(
                tx,
                &caller.subject,
                &link_id,
                &code_hash,
                &instrument_id,
                &linked,
                now_ms,
            )? {
                tell(tx, &caller.subject, &instrument_id, now_ms)?;
            }
            Ok(())
        })?;
    }
    let link = find()?;
    if link.code_hash.as_deref() != Some(code_hash.as_str()) {
        return Err(Refusal::invalid("code", "is not the code that completed this link"));
    }
    let instrument_id = link
        .instrument_id
        .ok_or_else(|| Refusal::not_found("no such instrument"))?;
    let held = ctx
        .state
        .transact(|tx| of_subject(tx, &caller.subject, &instrument_id))?;
    held.map(|held| WireJson(held.shown))
        .ok_or_else(|| Refusal::not_found("no such instrument"))
}

/// `DELETE /v1/instruments/{instrument_id}`. The bank is told first: a consent that the person withdrew must not outlive it.
pub(super) async fn remove(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(instrument_id): Path<String>,
) -> Reply<StatusCode> {
    let held = ctx
        .state
        .transact(|tx| of_subject(tx, &caller.subject, &instrument_id))?
        .ok_or_else(|| Refusal::not_found("no such instrument"))?;
    if !held.removed {
        let path = format!("/v1/instruments/{}", held.token);
        calls::bank::<()>(&ctx, Method::DELETE, &path, None::<&()>, None)
            .await
            .map_err(|error| calls::passed_on("bank", error))?;
        let now_ms = ctx.clock.now_ms();
        ctx.state.transact(|tx| -> Reply<()> {
            if store::remove(tx, &instrument_id, now_ms)? {
                tell(tx, &caller.subject, &instrument_id, now_ms)?;
            }
            Ok(())
        })?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The bank said that an instrument changed. One that isn't linked (yet, or any more) is no news.
pub(super) async fn refresh(ctx: &Ctx, token: &str) -> Reply<()> {
    let held = ctx.state.transact(|tx| store::by_token(tx, token))?;
    if let Some(held) = held.filter(|held| !held.removed) {
        asked_of_bank(ctx, held).await?;
    }
    Ok(())
}

/// An instrument as the bank sees it now; as it was last known where the bank doesn't answer.
pub(super) async fn asked_of_bank(ctx: &Context, mut held: Held) -> Reply<Held> {
    let url = format!("{}/v1/instruments/{}", ctx.addresses.bank, held.token);
    let asked = ctx
        .call_service_within::<InstrumentState>(STATUS_TIMEOUT_MS, Method::GET, &url, None, None)
        .await;
    match asked {
        Ok(state) => {
            let now_ms = ctx.clock.now_ms();
            ctx.state.transact(|tx| -> Reply<()> {
                if store::keep_status(tx, &held.shown.instrument_id, state.status, &state.expires_on)? {
                    tell(tx, &held.subject, &held.shown.instrument_id, now_ms)?;
                }
                Ok(())
            })?;
            held.shown.status = state.status;
            held.shown.expires_on = state.expires_on;
        }
        Err(error) => tracing::warn!(%error, "the bank doesn't say where an instrument stands"),
    }
    Ok(held)
}

/// Asks the bank about all of a person's instruments; where it doesn't answer, what is known stays.
pub(super) async fn ask_about_all(ctx: &Context, subject: &str) -> Reply<()> {
    let known = ctx.state.transact(|tx| store::all_of(tx, subject))?;
    for asked in join_all(known.into_iter().map(|held| asked_of_bank(ctx, held))).await {
        asked?;
    }
    Ok(())
}

fn tell(tx: &rusqlite::Transaction<'_>, subject: &str, instrument_id: &str, now_ms: i64) -> Reply<()> {
    let data = EventData {
        instrument_id: Some(instrument_id.to_owned()),
        ..EventData::default()
    };
    events::append(
        tx,
        Told::One(subject),
        events::GATEWAY,
        kind::INSTRUMENT_CHANGED,
        now_ms,
        &data,
    )
}

fn validate(request: &BeginLink) -> Reply<()> {
    if request.kind == InstrumentKind::Unknown {
        return Err(Refusal::invalid("kind", "must be bank_account or card"));
    }
    check_return(&request.return_uri, &request.state)
}

/// Refuses an address that people can't be sent back to, or a state that fits into none.
pub(super) fn check_return(return_uri: &str, state: &str) -> Reply<()> {
    if state.is_empty() || state.len() > STATE_CHARS_MAX {
        return Err(Refusal::invalid(
            "state",
            format!("must have 1 to {STATE_CHARS_MAX} characters"),
        ));
    }
    if !is_return_uri(return_uri) {
        return Err(Refusal::invalid(
            "return_uri",
            "must be https, http on a loopback address, or an app's own scheme, without a fragment or user",
        ));
    }
    Ok(())
}

/// A page of the bank sends a browser there: nothing that a browser would run or open from the machine itself.
fn is_return_uri(text: &str) -> bool {
    let Some(url) = (text.len() <= RETURN_URI_CHARS_MAX)
        .then(|| url::Url::parse(text).ok())
        .flatten()
    else {
        return false;
    };
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    plain
        && match url.scheme() {
            "https" => true,
            "http" => loopback,
            // An app's private scheme (RFC 8252, 7.1) can have any name but those that a browser acts on by itself.
            "javascript" | "data" | "file" | "blob" | "about" | "view-source" | "filesystem" | "ftp" | "ws" | "wss"
            | "content" | "intent" | "vbscript" | "mailto" | "tel" | "sms" => false,
            _ => true,
        }
}

/// 422: the instrument can't be paid with.
pub(super) fn unusable(title: &str) -> Refusal {
    Refusal::from(rabt_protocol::Problem::new(422, code::INSTRUMENT_UNUSABLE, title).at("instrument_id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_back_to_apps_and_nowhere_dangerous() {
        for fine in [
            "rabt-demo:/linked",
            "https://app.example/back?x=1",
            "http://127.0.0.1:8123/cb",
            "http://localhost:1/",
        ] {
            assert!(is_return_uri(fine), "{fine}");
        }
        for odd in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "http://example.com/",
            "https://user@example.com/",
            "https://app.example/#f",
            "linked",
            "",
        ] {
            assert!(!is_return_uri(odd), "{odd}");
        }
    }
}
