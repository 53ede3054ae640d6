//! The page on which a person lets mandates pay from their account: what is asked for in words, one form with two buttons.
//!
//! The form's members are `consent` and `decision` (`approve` or `deny`). A decision leads back to the address that the gateway gave, with
//! `consent_id`, `state` and either `code` or `error=access_denied`.

use super::{
    html::{self, escape, tag},
    words::{self, Language, Words},
};
use crate::{
    bank::consents::{self, Consent},
    context::Ctx,
    server::reply::{Refusal, Reply},
};
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use rabt_protocol::mandate::{
    MandateConsentStatus,
    open_finance::{Amount, PeriodType},
};
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Deserialize)]
pub(super) struct Visit {
    #[serde(default)]
    consent: String,
    #[serde(default)]
    lang: Option<String>,
}

pub(super) async fn show(State(ctx): State<Ctx>, Query(visit): Query<Visit>, headers: HeaderMap) -> Response {
    let language = Language::choose(visit.lang.as_deref(), &headers);
    let now_ms = ctx.clock.now_ms();
    let found = ctx.state.transact(|tx| -> Reply<_> {
        Ok(consents::find(tx, &visit.consent)?.filter(|consent| consent.is_open(now_ms)))
    });
    match found {
        Ok(Some(consent)) => (html::headers(), page(language, &consent)).into_response(),
        Ok(None) => html::gone(language),
        Err(refusal) => refusal.into_response(),
    }
}

#[derive(Deserialize)]
pub(super) struct Decision {
    #[serde(default)]
    consent: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    lang: Option<String>,
}

pub(super) async fn decide(State(ctx): State<Ctx>, headers: HeaderMap, Form(form): Form<Decision>) -> Response {
    let language = Language::choose(form.lang.as_deref(), &headers);
    let code = ctx.new_id("code");
    let now_ms = ctx.clock.now_ms();
    let decided = ctx.state.transact(|tx| -> Reply<Option<String>> {
        let Some(consent) = consents::find(tx, &form.consent)?.filter(|consent| consent.is_open(now_ms)) else {
            return Ok(None);
        };
        if form.decision == "approve" {
            consents::approve(tx, &consent.consent_id, &code)?;
            back(&consent, ("code", &code))
        } else {
            consents::set_status(tx, &consent.consent_id, MandateConsentStatus::Rejected)?;
            back(&consent, ("error", "access_denied"))
        }
    });
    match decided {
        Ok(Some(location)) => html::go_to(&location),
        Ok(None) => html::gone(language),
        Err(refusal) => refusal.into_response(),
    }
}

/// Where the person goes back to.
fn back(consent: &Consent, (name, value): (&str, &str)) -> Reply<Option<String>> {
    let mut url = url::Url::parse(&consent.return_uri).map_err(|error| Refusal::internal(&error))?;
    url.query_pairs_mut()
        .append_pair("consent_id", &consent.consent_id)
        .append_pair("state", &consent.state)
        .append_pair(name, value);
    Ok(Some(url.into()))
}

fn page(language: Language, consent: &Consent) -> String {
    let mut body = String::new();
    for (element, words) in [("h1", words::MANDATE_TITLE), ("p", words::MANDATE_TEXT)] {
        let _ = write!(body, "<{element}>{}</{element}>", words.pick(language));
    }
    body.push_str("<ul>");
    for (label, value) in bounds(language, consent) {
        let _ = write!(body, "<li>{}: <bdi>{}</bdi></li>", label.pick(language), escape(&value));
    }
    let _ = write!(
        body,
        "</ul><form method=\"post\" action=\"/consent\" autocomplete=\"off\">\
         <input type=\"hidden\" name=\"consent\" value=\"{}\"><input type=\"hidden\" name=\"lang\" value=\"{}\">\
         <button class=\"go\" name=\"decision\" value=\"approve\">{}</button>\
         <button class=\"stop\" name=\"decision\" value=\"deny\">{}</button></form>",
        escape(&consent.consent_id),
        tag(language),
        words::APPROVE.pick(language),
        words::DENY.pick(language)
    );
    html::document(language, words::MANDATE_TITLE, &body)
}

fn bounds(language: Language, consent: &Consent) -> Vec<(Words, String)> {
    let multi = consent.multi_payment();
    let schedule = &multi.periodic_schedule;
    let controls = &schedule.controls;
    let period = match schedule.period_type {
        PeriodType::Day => words::PER_DAY,
        PeriodType::Week => words::PER_WEEK,
        PeriodType::Month => words::PER_MONTH,
        PeriodType::Year => words::PER_YEAR,
    };
    let money = |amount: &Option<Amount>| {
        amount
            .as_ref()
            .map(|amount| format!("{} {}", amount.currency, amount.amount))
    };
    let number = |count: &Option<u32>| count.map(|count| format!("{count} {}", words::PAYMENTS.pick(language)));
    let until = consent.details.consent.expiration_date_time.chars().take(10).collect();
    [
        (words::EACH, money(&controls.maximum_individual_amount)),
        (period, money(&controls.maximum_cumulative_value_of_payments_per_period)),
        (
            period,
            number(&controls.maximum_cumulative_number_of_payments_per_period),
        ),
        (words::IN_ALL, money(&multi.maximum_cumulative_value_of_payments)),
        (words::IN_ALL, number(&multi.maximum_cumulative_number_of_payments)),
        (words::UNTIL, Some(until)),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label, value?)))
    .collect()
}
