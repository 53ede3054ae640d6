//! The authorization response: the address to which the person's browser is sent back, with a code or an error, the request's
//! `state`, and our name (RFC 9207).

use super::{
    code, error::IdentityError, request::AuthorizationRequest, session::Session, settings::IdentitySettings, tamper,
};
use crate::context::Context;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use rusqlite::Transaction;
use url::form_urlencoded::Serializer;

/// The address that gives the client a code.
pub(super) fn with_code(
    ctx: &Context,
    tx: &Transaction<'_>,
    request: &AuthorizationRequest,
    session: &Session,
) -> Result<String, IdentityError> {
    let code = code::mint(ctx, tx, request, session)?;
    let mut parameters = vec![("code", code)];
    finish(ctx, tx, &mut parameters, request.state.as_deref())?;
    if let Some(tamper) = tamper::take_for_response(tx)? {
        tamper.spoil_response(&mut parameters);
    }
    Ok(address(&request.redirect_uri, &parameters))
}

/// The address that tells the client why it gets none.
pub(super) fn with_error(
    ctx: &Context,
    tx: &Transaction<'_>,
    redirect_uri: &str,
    state: Option<&str>,
    error: &str,
    description: &str,
) -> Result<String, IdentityError> {
    let mut parameters = vec![
        ("error", error.to_owned()),
        ("error_description", description.to_owned()),
    ];
    finish(ctx, tx, &mut parameters, state)?;
    Ok(address(redirect_uri, &parameters))
}

fn finish(
    ctx: &Context,
    tx: &Transaction<'_>,
    parameters: &mut Vec<(&'static str, String)>,
    state: Option<&str>,
) -> Result<(), IdentityError> {
    if let Some(state) = state {
        parameters.push(("state", state.to_owned()));
    }
    if IdentitySettings::read(ctx, tx)?.response_issuer {
        parameters.push(("iss", ctx.addresses.identity.clone()));
    }
    Ok(())
}

/// Adds parameters to an address whose own query, if it has one, is kept as it is (RFC 6749, 3.1.2).
pub(super) fn address(base: &str, parameters: &[(&'static str, String)]) -> String {
    let separator = if base.contains('?') { '&' } else { '?' };
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    if query.is_empty() {
        base.to_owned()
    } else {
        format!("{base}{separator}{query}")
    }
}

/// Sends the browser somewhere. 303, so that what was posted here is not posted there (RFC 9700, 4.12).
pub(super) fn redirect(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => {
            let headers = [
                (header::LOCATION, location),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                // The address that the browser leaves must not reach where it goes.
                (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            ];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn parameters_are_added_to_any_address() {
        let code = [("code", "a b".to_owned())];
        assert_eq!(address("rabt-demo:/signed-in", &code), "rabt-demo:/signed-in?code=a+b");
        assert_eq!(
            address("https://app.example/?x=1", &code),
            "https://app.example/?x=1&code=a+b"
        );
        assert_eq!(address("rabt-demo:/signed-out", &[]), "rabt-demo:/signed-out");
    }
}
