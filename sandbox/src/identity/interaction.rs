//! Interactions: one asking of a person, from the page to the answer. Its address is unguessable, its form carries a token that
//! only its page knows (so that no other site can post it), and it locks after [`limits::WRONG_ENTRIES_MAX`] wrong entries.

use super::{
    acr::{self, Level},
    answer,
    error::IdentityError,
    limits,
    page::{self, Notice, SignInPage},
    params::Params,
    request::{AuthorizationRequest, Language},
    secret, session,
};
use crate::{
    context::{Context, Ctx},
    personas::{self, Persona},
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, header};
use rusqlite::{OptionalExtension as _, Transaction, params};

struct Interaction {
    id: String,
    csrf: String,
    request: AuthorizationRequest,
    wrong_entries: u32,
}

impl Interaction {
    fn locked(&self) -> bool {
        self.wrong_entries >= limits::WRONG_ENTRIES_MAX
    }

    fn page(&self, language: Language, chosen: Option<&str>, notice: Option<Notice>) -> Response {
        page::sign_in(&SignInPage {
            id: &self.id,
            csrf: &self.csrf,
            client_id: &self.request.client_id,
            asks_for_code: acr::level(&self.request.acr) == Some(Level::High),
            locked: self.locked(),
            chosen: chosen.or(self.request.login_hint.as_deref()),
            notice,
            language,
        })
    }
}

/// Opens one; the path of its page.
pub(super) fn open(
    ctx: &Context,
    tx: &Transaction<'_>,
    request: &AuthorizationRequest,
) -> Result<String, IdentityError> {
    let id = secret::fresh();
    tx.execute(
        "INSERT INTO identity_interaction (id, csrf, request, expires_ms) VALUES (?1, ?2, ?3, ?4)",
        params![
            id,
            secret::fresh(),
            serde_json::to_string(request)?,
            ctx.clock.now_ms().saturating_add(limits::INTERACTION_MS)
        ],
    )?;
    Ok(format!("{}/interaction/{id}", ctx.addresses.identity))
}

fn find(ctx: &Context, tx: &Transaction<'_>, id: &str) -> Result<Option<Interaction>, IdentityError> {
    let row: Option<(String, String, u32)> = tx
        .query_row(
            "SELECT csrf, request, wrong_entries FROM identity_interaction WHERE id = ?1 AND expires_ms > ?2",
            params![id, ctx.clock.now_ms()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((csrf, request, wrong_entries)) = row else {
        return Ok(None);
    };
    Ok(Some(Interaction {
        id: id.to_owned(),
        csrf,
        request: serde_json::from_str(&request)?,
        wrong_entries,
    }))
}

fn close(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM identity_interaction WHERE id = ?1", [id])?;
    Ok(())
}

/// `GET /interaction/{id}`.
pub(super) async fn show(State(ctx): State<Ctx>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match ctx.state.transact(|tx| find(&ctx, tx, &id)) {
        Ok(Some(interaction)) => {
            let notice = interaction.locked().then_some(Notice::Locked);
            interaction.page(page::language(interaction.request.language, &headers), None, notice)
        }
        Ok(None) => page::gone(page::language(None, &headers)),
        Err(error) => page::broken(page::language(None, &headers), &error),
    }
}

/// `POST /interaction/{id}` with `csrf`, `action` (`sign-in` or `cancel`), `persona`, `pin` and, for the high level, `otp`.
pub(super) async fn submit(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    match ctx.state.transact(|tx| act(&ctx, tx, &id, &headers, &params)) {
        Ok(response) => response,
        Err(error) => page::broken(page::language(None, &headers), &error),
    }
}

fn act(
    ctx: &Context,
    tx: &Transaction<'_>,
    id: &str,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Response, IdentityError> {
    let Some(mut interaction) = find(ctx, tx, id)? else {
        return Ok(page::gone(page::language(None, headers)));
    };
    let language = page::language(interaction.request.language, headers);
    if params.fault().is_some()
        || !params
            .get("csrf")
            .is_some_and(|csrf| secret::same(csrf, &interaction.csrf))
    {
        return Ok(page::forged(language));
    }
    if params.get("action") == Some("cancel") {
        close(tx, id)?;
        return refuse(ctx, tx, &interaction.request, "access_denied", "The person cancelled.");
    }
    if interaction.locked() {
        return Ok(interaction.page(language, None, Some(Notice::Locked)));
    }
    let Some(person) = params.get("persona").and_then(personas::find) else {
        return Ok(interaction.page(language, None, Some(Notice::NobodyChosen)));
    };
    if !is_right(person, &interaction.request, params) {
        tx.execute(
            "UPDATE identity_interaction SET wrong_entries = wrong_entries + 1 WHERE id = ?1",
            [id],
        )?;
        interaction.wrong_entries += 1;
        let left = limits::WRONG_ENTRIES_MAX.saturating_sub(interaction.wrong_entries);
        let notice = if left == 0 {
            Notice::Locked
        } else {
            Notice::Wrong { left }
        };
        return Ok(interaction.page(language, Some(&person.persona_id), Some(notice)));
    }
    close(tx, id)?;
    finish(ctx, tx, headers, &interaction.request, person)
}

fn is_right(person: &Persona, request: &AuthorizationRequest, params: &Params) -> bool {
    let pin = params.get("pin").is_some_and(|pin| secret::same(pin, &person.pin));
    let code = acr::level(&request.acr) != Some(Level::High)
        || params.get("otp").is_some_and(|otp| secret::same(otp, &person.otp));
    pin && code
}

fn finish(
    ctx: &Context,
    tx: &Transaction<'_>,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    person: &Persona,
) -> Result<Response, IdentityError> {
    if request
        .hinted_subject
        .as_ref()
        .is_some_and(|subject| *subject != person.subject)
    {
        return refuse(
            ctx,
            tx,
            request,
            "login_required",
            "Somebody else signed in than was expected.",
        );
    }
    let (session, cookie) = session::start(ctx, tx, headers, &person.subject, &request.acr)?;
    let mut response = answer::redirect(&answer::with_code(ctx, tx, request, &session)?);
    set_cookie(&mut response, cookie);
    Ok(response)
}

fn refuse(
    ctx: &Context,
    tx: &Transaction<'_>,
    request: &AuthorizationRequest,
    error: &str,
    description: &str,
) -> Result<Response, IdentityError> {
    let state = request.state.as_deref();
    let location = answer::with_error(ctx, tx, &request.redirect_uri, state, error, description)?;
    Ok(answer::redirect(&location))
}

fn set_cookie(response: &mut Response, cookie: HeaderValue) {
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
