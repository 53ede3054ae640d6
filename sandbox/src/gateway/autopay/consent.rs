//! The bank's consent to a mandate: asked for, completed, held to, taken back.
//!
//! It is written from the mandate by the standard's rules, without what the standard can't hold, and is never narrower: the bank's
//! bounds are the outer ones. A later version needs another consent only where it is wider.

use super::{register, store};
use crate::{
    bank::{
        self,
        api::{CompleteConsent, ConsentEvent, ConsentState, OpenConsent, SessionOpened},
    },
    clock::rfc3339,
    context::{Context, Ctx},
    gateway::{
        calls,
        instruments::{self, Held},
    },
    identity::guard::Caller,
    server::reply::{Refusal, Reply, ServiceCaller, WireJson},
};
use axum::extract::{Path, State};
use http::{Method, StatusCode};
use rabt_protocol::{
    Problem,
    instrument::InstrumentKind,
    jose::sha256_base64url,
    mandate::{
        Allowance, BeginMandateConsent, CompleteMandateConsent, Limits, Mandate, MandateConsentBegun,
        MandateConsentStatus, MandateRecord, Standing,
        open_finance::{self, AuthorizationDetails, Bounds, Frame, Initiation},
    },
    problem::code,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::Transaction;
use store::Consent;

/// How long a person may take at the bank's page.
const VALID_FOR_MS: i64 = 15 * 60 * 1_000;
/// How long the bank is waited for when it is asked where a consent stands.
const STATUS_TIMEOUT_MS: u64 = 2_000;
/// Bill payments, as the instant payment platform's list names them.
const PURPOSE_BILLS: &str = "BIL";

/// `POST /v1/mandates/{mandate_id}/consent`.
pub(in crate::gateway) async fn begin(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(mandate_id): Path<String>,
    WireJson(request): WireJson<BeginMandateConsent>,
) -> Reply<WireJson<MandateConsentBegun>> {
    instruments::check_return(&request.return_uri, &request.state)?;
    let digest = calls::digest_of(&request)?;
    let now_ms = ctx.clock.now_ms();
    let (held, consent) = ctx.state.transact(|tx| -> Reply<_> {
        let (mandate, standing) =
            store::newest(tx, &caller.subject, &mandate_id)?.ok_or_else(|| Refusal::not_found("no such mandate"))?;
        if matches!(standing, Standing::Revoked { .. }) {
            return Err(register::refusal(rabt_mandate::signed::Refused::Revoked));
        }
        let held = account_of(tx, &caller.subject, &mandate)?.ok_or_else(|| {
            Refusal::invalid(
                "mandate_id",
                "the mandate pays from no bank account and needs no consent",
            )
        })?;
        let begun = store::consents(tx, &caller.subject, &mandate_id)?
            .into_iter()
            .find(|consent| {
                i64::from(consent.version) == mandate.version
                    && consent.request == digest
                    && consent.status == MandateConsentStatus::AwaitingAuthorization
                    && now_ms < consent.expires_ms
            });
        let consent = match begun {
            Some(begun) => begun,
            None => {
                let consent = new_consent(&ctx, &mandate, &held, &digest)?;
                store::insert_consent(tx, &caller.subject, &mandate_id, &consent)?;
                consent
            }
        };
        Ok((held, consent))
    })?;
    let open = OpenConsent {
        subject: caller.subject,
        token: held.token,
        details: store::parsed(&consent.details)?,
        return_uri: request.return_uri,
        state: request.state,
        expires_ms: consent.expires_ms,
    };
    let opened: SessionOpened = calls::bank(&ctx, Method::POST, "/v1/consents", Some(&open), None)
        .await
        .map_err(|error| calls::passed_on("bank", error))?;
    Ok(WireJson(MandateConsentBegun {
        consent_id: consent.consent_id,
        authorize_url: opened.authorize_url,
        expires_at: rfc3339(consent.expires_ms),
    }))
}

/// `POST /v1/mandates/{mandate_id}/consent/complete`.
pub(in crate::gateway) async fn complete(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(mandate_id): Path<String>,
    WireJson(request): WireJson<CompleteMandateConsent>,
) -> Reply<WireJson<MandateRecord>> {
    let code_hash = sha256_base64url(&request.code);
    let consents = ctx.state.transact(|tx| -> Reply<Vec<Consent>> {
        register::known(tx, &caller.subject, &mandate_id)?;
        Ok(store::consents(tx, &caller.subject, &mandate_id)?)
    })?;
    let is_done = consents
        .iter()
        .any(|consent| consent.code_hash.as_deref() == Some(code_hash.as_str()));
    if !is_done {
        // A code is good for one consent; of several that wait, the bank knows which.
        let mut refused = Refusal::invalid("code", "is not a code of a consent of this mandate");
        let mut completed = false;
        for consent in consents
            .iter()
            .filter(|consent| consent.status == MandateConsentStatus::AwaitingAuthorization)
        {
            let path = format!("/v1/consents/{}/complete", consent.consent_id);
            let shown = CompleteConsent {
                code: request.code.clone(),
            };
            match calls::bank::<ConsentState>(&ctx, Method::POST, &path, Some(&shown), None).await {
                Ok(state) => {
                    ctx.state
                        .transact(|tx| store::keep_consent(tx, &consent.consent_id, state.status, Some(&code_hash)))?;
                    completed = true;
                    break;
                }
                Err(error) => refused = calls::passed_on("bank", error),
            }
        }
        if !completed {
            return Err(refused);
        }
    }
    ctx.autopay.wake(&caller.subject);
    ctx.state
        .transact(|tx| store::record(tx, &caller.subject, &mandate_id))
        .map(WireJson)
}

/// What the bank says: `POST /v1/consent-events`.
pub(in crate::gateway) async fn from_bank(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    WireJson(event): WireJson<ConsentEvent>,
) -> Reply<StatusCode> {
    ask(&ctx, &event.consent_id).await?;
    ctx.autopay.wake_all();
    Ok(StatusCode::ACCEPTED)
}

/// Asks the bank about every consent of a person's that isn't final. Where it doesn't answer, what is known stays.
pub(super) async fn refresh_all(ctx: &Context, subject: &str) -> Reply<()> {
    let open = ctx.state.transact(|tx| -> Reply<Vec<String>> {
        let mut open = Vec::new();
        for mandate_id in store::mandates(tx, subject)? {
            let consents = store::consents(tx, subject, &mandate_id)?;
            open.extend(
                consents
                    .into_iter()
                    .filter(|consent| !is_final(consent.status))
                    .map(|c| c.consent_id),
            );
        }
        Ok(open)
    })?;
    for consent_id in open {
        ask(ctx, &consent_id).await?;
    }
    Ok(())
}

async fn ask(ctx: &Context, consent_id: &str) -> Reply<()> {
    let url = format!("{}/v1/consents/{consent_id}", ctx.addresses.bank);
    let asked = ctx
        .call_service_within::<ConsentState>(STATUS_TIMEOUT_MS, Method::GET, &url, None, None)
        .await;
    match asked {
        Ok(state) => ctx
            .state
            .transact(|tx| store::keep_consent(tx, consent_id, state.status, None)),
        Err(error) => {
            tracing::warn!(%error, "the bank doesn't say where a consent stands");
            Ok(())
        }
    }
}

/// Takes a mandate's consents back at the bank. What the bank doesn't hear now lets nothing pay all the same, since the mandate is
/// revoked.
pub(super) async fn take_back(ctx: &Context, subject: &str, mandate_id: &str) {
    let consents = ctx
        .state
        .transact(|tx| Ok::<_, Refusal>(store::consents(tx, subject, mandate_id)?))
        .unwrap_or_default();
    for consent in consents.iter().filter(|consent| !is_final(consent.status)) {
        let path = format!("/v1/consents/{}", consent.consent_id);
        let taken = calls::bank::<()>(ctx, Method::DELETE, &path, None::<&()>, None).await;
        let kept = match taken {
            Ok(()) => ctx
                .state
                .transact(|tx| store::keep_consent(tx, &consent.consent_id, MandateConsentStatus::Revoked, None)),
            Err(error) => {
                tracing::warn!(%error, "a consent was not taken back at the bank");
                Ok(())
            }
        };
        if kept.is_err() {
            return;
        }
    }
}

fn is_final(status: MandateConsentStatus) -> bool {
    use MandateConsentStatus as S;
    matches!(status, S::Revoked | S::Rejected | S::Expired | S::Consumed)
}

/// The bank account that a mandate pays from: its instrument, or its fallback where only that is one.
fn account_of(tx: &Transaction<'_>, subject: &str, mandate: &Mandate) -> Reply<Option<Held>> {
    for id in [Some(&mandate.instrument_id), mandate.fallback_instrument_id.as_ref()]
        .into_iter()
        .flatten()
    {
        let held = instruments::of_subject(tx, subject, id)?;
        if let Some(held) = held.filter(|held| held.shown.kind == InstrumentKind::BankAccount) {
            if held.removed {
                return Err(instruments::unusable("the account is not linked any more"));
            }
            return Ok(Some(held));
        }
    }
    Ok(None)
}

fn new_consent(ctx: &Context, mandate: &Mandate, held: &Held, digest: &str) -> Reply<Consent> {
    let details = written(ctx, mandate)?;
    Ok(Consent {
        consent_id: details.consent.consent_id.clone(),
        version: u32::try_from(mandate.version).unwrap_or(u32::MAX),
        instrument_id: held.shown.instrument_id.clone(),
        request: digest.to_owned(),
        details: store::json(&details)?,
        expires_ms: ctx.clock.now_ms().saturating_add(VALID_FOR_MS),
        status: MandateConsentStatus::AwaitingAuthorization,
        code_hash: None,
    })
}

/// The narrowest consent by the standard that isn't narrower than the mandate.
fn written(ctx: &Context, mandate: &Mandate) -> Reply<AuthorizationDetails> {
    let failed = |title: &str| Refusal::new(500, code::INTERNAL, title);
    let sealed = bank::seal(&ctx.service_secret, &Initiation::default()).ok_or_else(|| failed("nothing was sealed"))?;
    let today = ctx.clock.today().to_string();
    let frame = Frame {
        consent_id: uuid().ok_or_else(|| failed("no randomness"))?,
        sealed_initiation: sealed,
        payment_purpose_code: PURPOSE_BILLS.to_owned(),
        is_bank_account: true,
        today: today.clone(),
    };
    let mut mandate = mandate.clone();
    // A consent doesn't begin in the past; both are days in their one form, which sort as text.
    mandate.from_on = mandate.from_on.max(today);
    let mut refused = None;
    for limits in candidates(&mandate.limits) {
        mandate.limits = limits;
        match open_finance::write(&mandate, &frame) {
            Ok(details) => return Ok(details),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let title = refused.map_or_else(|| "can't be written as a consent".to_owned(), |error| error.to_string());
    Err(Problem::new(422, code::MANDATE_INVALID, title).at("limits").into())
}

/// What a consent can hold of a mandate's limits, the closest first: one kind of period, the limit for one payment, the lifetime's. What is
/// left out is wider, never narrower.
fn candidates(limits: &Limits) -> Vec<Limits> {
    let none = Allowance::default();
    let only = |keep: fn(&mut Limits, &Limits)| {
        let mut kept = Limits {
            per_payment_fils: limits.per_payment_fils,
            lifetime: limits.lifetime,
            ..Limits::default()
        };
        keep(&mut kept, limits);
        kept
    };
    let mut candidates: Vec<Limits> = [
        only(|kept, all| kept.month = all.month),
        only(|kept, all| kept.year = all.year),
        only(|kept, all| kept.week = all.week),
        only(|kept, all| kept.day = all.day),
    ]
    .into_iter()
    .filter(|kept| {
        [kept.day, kept.week, kept.month, kept.year]
            .iter()
            .any(|one| *one != none)
    })
    .collect();
    // A period's value that isn't above the limit for one payment is that limit too.
    let without: Vec<Limits> = candidates
        .iter()
        .map(|kept| Limits {
            per_payment_fils: None,
            ..*kept
        })
        .collect();
    candidates.extend(without);
    candidates.push(only(|_, _| {}));
    // With a lifetime and nothing else, each payment is at most the lifetime's value.
    candidates.push(Limits {
        per_payment_fils: limits.lifetime.value_fils,
        lifetime: limits.lifetime,
        ..Limits::default()
    });
    candidates
}

/// Whether a consent lets everything be paid that a version of its mandate may pay.
pub(super) fn covers(consent: &Consent, mandate: &Mandate, instrument_id: &str) -> bool {
    let bounds = serde_json::from_str::<AuthorizationDetails>(&consent.details)
        .ok()
        .and_then(|details| open_finance::read(&details).ok());
    bounds.is_some_and(|bounds| consent.instrument_id == instrument_id && is_within(mandate, &bounds))
}

fn is_within(mandate: &Mandate, bounds: &Bounds) -> bool {
    let limits = &mandate.limits;
    let value = |bound: Option<i64>, own: &[Option<i64>]| {
        bound.is_none_or(|bound| own.iter().flatten().any(|own| *own <= bound))
    };
    let allowance = |bound: Allowance, own: Allowance| {
        value(bound.value_fils, &[own.value_fils]) && value(bound.count, &[own.count])
    };
    let individual = [
        limits.per_payment_fils,
        limits.day.value_fils,
        limits.week.value_fils,
        limits.month.value_fils,
        limits.year.value_fils,
        limits.lifetime.value_fils,
    ];
    value(bounds.limits.per_payment_fils, &individual)
        && allowance(bounds.limits.day, limits.day)
        && allowance(bounds.limits.week, limits.week)
        && allowance(bounds.limits.month, limits.month)
        && allowance(bounds.limits.year, limits.year)
        && allowance(bounds.limits.lifetime, limits.lifetime)
        && mandate.until_on <= bounds.until_on
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> Option<String> {
    let mut bytes = [0u8; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!(
        "{}-{}-{}-{}-{}",
        hex.get(..8)?,
        hex.get(8..12)?,
        hex.get(12..16)?,
        hex.get(16..20)?,
        hex.get(20..)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rabt_protocol::mandate::{Schedule, Scope, Weekend, When};

    fn mandate(limits: Limits) -> Mandate {
        Mandate {
            mandate_id: "m-1".to_owned(),
            version: 1,
            agreed_at: "2026-11-27T08:00:00Z".to_owned(),
            scope: Scope::All,
            instrument_id: "ins-1".to_owned(),
            fallback_instrument_id: None,
            schedule: Schedule {
                pay: When::Due,
                weekend: Weekend::Keep,
            },
            limits,
            ask_first: Default::default(),
            top_up: None,
            priority: 1,
            from_on: "2026-11-27".to_owned(),
            until_on: "2027-06-01".to_owned(),
        }
    }

    fn value(value_fils: i64) -> Allowance {
        Allowance {
            value_fils: Some(value_fils),
            count: None,
        }
    }

    fn bounds_of(mandate: &Mandate) -> Option<Bounds> {
        let frame = Frame {
            consent_id: uuid().unwrap(),
            sealed_initiation: bank::seal("secret", &Initiation::default()).unwrap(),
            payment_purpose_code: PURPOSE_BILLS.to_owned(),
            is_bank_account: true,
            today: "2026-11-27".to_owned(),
        };
        candidates(&mandate.limits).into_iter().find_map(|limits| {
            let mut mandate = mandate.clone();
            mandate.limits = limits;
            open_finance::read(&open_finance::write(&mandate, &frame).ok()?).ok()
        })
    }

    #[test]
    fn a_consent_holds_what_the_standard_can_and_is_never_narrower() {
        let all = mandate(Limits {
            per_payment_fils: Some(50_000),
            day: value(60_000),
            month: value(200_000),
            year: value(900_000),
            ..Limits::default()
        });
        let bounds = bounds_of(&all).unwrap();
        assert_eq!(bounds.limits.month, value(200_000));
        assert_eq!(bounds.limits.per_payment_fils, Some(50_000));
        assert!(bounds.limits.day.is_none() && bounds.limits.year.is_none());
        assert!(is_within(&all, &bounds));

        // A year across two calendar years, and weeks that don't begin with the mandate on a Monday.
        let odd = mandate(Limits {
            week: value(60_000),
            year: value(900_000),
            day: value(20_000),
            ..Limits::default()
        });
        let bounds = bounds_of(&odd).unwrap();
        assert_eq!(bounds.limits.day, value(20_000));
        assert!(is_within(&odd, &bounds));

        let same = mandate(Limits {
            per_payment_fils: Some(50_000),
            month: value(50_000),
            ..Limits::default()
        });
        assert!(is_within(&same, &bounds_of(&same).unwrap()));
        let lifetime = mandate(Limits {
            lifetime: value(70_000),
            ..Limits::default()
        });
        assert!(is_within(&lifetime, &bounds_of(&lifetime).unwrap()));
        assert_eq!(
            bounds_of(&mandate(Limits::default())),
            None,
            "a consent without any bound"
        );
    }

    #[test]
    fn a_narrower_version_is_covered_and_a_wider_one_is_not() {
        let first = mandate(Limits {
            per_payment_fils: Some(50_000),
            month: value(200_000),
            ..Limits::default()
        });
        let bounds = bounds_of(&first).unwrap();
        let mut narrower = first.clone();
        narrower.limits.month = value(150_000);
        narrower.until_on = "2027-05-31".to_owned();
        assert!(is_within(&narrower, &bounds));
        for change in [
            |mandate: &mut Mandate| mandate.limits.month = value(200_001),
            |mandate: &mut Mandate| mandate.limits.month = Allowance::default(),
            |mandate: &mut Mandate| mandate.limits.per_payment_fils = Some(50_001),
            |mandate: &mut Mandate| mandate.until_on = "2027-06-02".to_owned(),
        ] {
            let mut wider = first.clone();
            change(&mut wider);
            assert!(!is_within(&wider, &bounds), "{wider:?}");
        }
    }
}
