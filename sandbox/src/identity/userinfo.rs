//! The UserInfo endpoint: what the access token's scope lets its holder know of the person.

use super::{guard::Caller, issue::has_scope};
use crate::personas;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// UAE Pass's scope, which answers in UAE Pass's words.
const UAE_PASS_SCOPE: &str = "urn:uae:digitalid:profile:general";
/// A citizen or resident whose identity was verified in person; the level at which an Emirates ID number is told.
const UAE_PASS_USER_TYPE: &str = "SOP2";

#[derive(Default, Serialize)]
struct UserInfo<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_ar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    uae_pass: Option<UaePass<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UaePass<'a> {
    uuid: &'a str,
    user_type: &'static str,
    idn: &'a str,
    #[serde(rename = "fullnameEN")]
    full_name_en: &'a str,
    #[serde(rename = "fullnameAR")]
    full_name_ar: &'a str,
    mobile: &'a str,
}

/// `GET` and `POST /userinfo`.
pub(super) async fn about_caller(caller: Caller) -> Response {
    if !has_scope(&caller.scope, "openid") {
        let challenge = HeaderValue::from_static("DPoP error=\"insufficient_scope\", scope=\"openid\"");
        return (StatusCode::FORBIDDEN, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
    }
    let person = personas::find_by_subject(&caller.subject);
    let with = |scope: &str| person.filter(|_| has_scope(&caller.scope, scope));
    let info = UserInfo {
        sub: &caller.subject,
        name: with("profile").map(|person| person.name.en.as_str()),
        name_ar: with("profile").map(|person| person.name.ar.as_str()),
        phone_number: with("phone").map(|person| person.phone.as_str()),
        uae_pass: with(UAE_PASS_SCOPE).map(|person| UaePass {
            uuid: &person.subject,
            user_type: UAE_PASS_USER_TYPE,
            idn: &person.emirates_id,
            full_name_en: &person.name.en,
            full_name_ar: &person.name.ar,
            mobile: &person.phone,
        }),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(info)).into_response()
}
