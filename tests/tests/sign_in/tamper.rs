//! Every lie of a provider's that the city can tell: at a sign-in, at a step-up, at a refresh. None is believed, none changes who
//! is signed in or how surely, and what was refused is recorded. The few that do no harm are named, each with the reason.

use crate::{AGENCY, PERSON, foreign_url, level, low, sign_in_required, signed_out, state};
use rabt::{RabtError, SessionState, SignInReason, domain::IncidentKind};
use rabt_protocol::oidc::acr;
use rabt_sandbox::Tamper;
use rabt_tests::{Phone, Town};

/// What a lie comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is refused, and recorded as this.
    Refused(IncidentKind),
    /// The URL answers no attempt, which goes on waiting.
    Foreign,
    /// It is an answer that a provider may give: no.
    Declined,
    /// A step-up that wasn't made.
    LevelNotReached,
    /// It is an answer that a provider may give: not now.
    Unavailable,
    /// It does no harm, because of this.
    Harmless(&'static str),
}

use IncidentKind::{AnotherPerson, BadDate, BadSignature, Malformed};
use Verdict::{Declined, Foreign, Harmless, LevelNotReached, Refused, Unavailable};

fn at_sign_in(tamper: Tamper) -> Verdict {
    match tamper {
        Tamper::IdTokenWrongIssuer
        | Tamper::IdTokenWithoutIssuer
        | Tamper::IdTokenWrongAudience
        | Tamper::IdTokenWithoutAudience
        | Tamper::IdTokenSeveralAudiences
        | Tamper::IdTokenWrongAuthorizedParty
        | Tamper::IdTokenWrongNonce
        | Tamper::IdTokenWithoutNonce
        | Tamper::IdTokenWithoutExpiry
        | Tamper::IdTokenWithoutIssueTime
        | Tamper::IdTokenWithoutSubject
        | Tamper::IdTokenWrongAccessTokenHash
        | Tamper::IdTokenWrongType
        | Tamper::IdTokenGarbage
        | Tamper::NoIdToken
        | Tamper::NoAccessToken
        | Tamper::BearerInsteadOfDpop
        | Tamper::UnknownTokenType
        | Tamper::ResponseWithoutIssuer
        | Tamper::ResponseWrongIssuer
        | Tamper::ResponseWithoutCode => Refused(Malformed),
        Tamper::IdTokenExpired | Tamper::IdTokenFromTheFuture | Tamper::IdTokenNotYetValid => Refused(BadDate),
        Tamper::IdTokenUnsigned
        | Tamper::IdTokenKeyConfusion
        | Tamper::IdTokenWrongSignature
        | Tamper::IdTokenForeignKey
        | Tamper::IdTokenUnknownKey
        | Tamper::IdTokenCriticalHeader => Refused(BadSignature),
        Tamper::ResponseWrongState | Tamper::ResponseWithoutState => Foreign,
        Tamper::AnswersAccessDenied => Declined,
        Tamper::AnswersServerError | Tamper::AnswersTemporarilyUnavailable => Unavailable,
        Tamper::IdTokenOtherSubject => {
            Harmless("nobody is expected yet; what then comes about the true person is refused")
        }
        Tamper::IdTokenOtherAcr | Tamper::IdTokenWithoutAcr => Harmless("no level is demanded, and none is gained"),
        Tamper::IdTokenStaleAuthentication => {
            Harmless("a person whom the provider knows still need not prove it again")
        }
        Tamper::NoExpiresIn => Harmless("RFC 6749 allows it; a short time is assumed"),
    }
}

fn at_step_up(tamper: Tamper) -> Verdict {
    match tamper {
        Tamper::IdTokenOtherSubject => Refused(AnotherPerson),
        Tamper::IdTokenOtherAcr | Tamper::IdTokenWithoutAcr => LevelNotReached,
        Tamper::IdTokenStaleAuthentication => Refused(BadDate),
        other => at_sign_in(other),
    }
}

/// What a lie in the answer to a refresh comes to; `None` for one that is about another answer.
fn at_refresh(tamper: Tamper) -> Option<Verdict> {
    let verdict = match tamper {
        _ if tamper.is_for_response() => return None,
        Tamper::NoIdToken => Harmless("a refresh need not answer one (OpenID Connect Core 1.0, 12.2)"),
        Tamper::IdTokenWithoutNonce => Harmless("one that comes with a refresh should have none (12.2)"),
        Tamper::IdTokenOtherSubject => Refused(AnotherPerson),
        other => at_sign_in(other),
    };
    Some(verdict)
}

fn outcome_of(verdict: Verdict) -> Result<(), RabtError> {
    match verdict {
        Refused(_) => Err(sign_in_required(SignInReason::AnswerRefused)),
        Foreign => Err(foreign_url()),
        Declined => Err(sign_in_required(SignInReason::Cancelled)),
        LevelNotReached => Err(sign_in_required(SignInReason::LevelNotReached)),
        Unavailable => Err(RabtError::AgencyUnavailable {
            agency: None,
            retry_after: std::time::Duration::from_secs(30),
        }),
        Harmless(_) => Ok(()),
    }
}

/// That what is to be recorded of a lie is, once, as the provider's; and nothing else.
async fn recorded(phone: &Phone, verdict: Verdict, before: usize, tamper: Tamper) {
    let incidents = phone.incidents().await;
    match verdict {
        Refused(kind) => {
            assert_eq!(incidents.len(), before + 1, "{tamper:?}");
            assert_eq!(incidents[0], (None, kind), "{tamper:?}");
        }
        _ => assert_eq!(incidents.len(), before, "{tamper:?}: {incidents:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lie_at_a_sign_in_signs_anybody_in() {
    let town = Town::start().await;
    let phone = town.phone().await;
    for tamper in Tamper::ALL {
        let verdict = at_sign_in(tamper);
        if matches!(verdict, Harmless(_)) {
            continue;
        }
        let before = phone.incidents().await.len();
        town.control().tamper_with_identity(Some(tamper)).unwrap();
        let outcome = phone.sign_in(&town, PERSON).await.map(|_| ());
        assert_eq!(outcome, outcome_of(verdict), "{tamper:?}");
        assert_eq!(
            state(&phone).await,
            signed_out(SignInReason::NobodySignedIn),
            "{tamper:?}"
        );
        recorded(&phone, verdict, before, tamper).await;
    }
    town.control().tamper_with_identity(None).unwrap();
    phone.sign_in(&town, PERSON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_no_harm_at_a_sign_in_gains_nothing_either() {
    let town = Town::start().await;
    for tamper in Tamper::ALL {
        let Harmless(why) = at_sign_in(tamper) else {
            continue;
        };
        town.control().tamper_with_identity(Some(tamper)).unwrap();
        let phone = town.phone().await;
        phone.sign_in(&town, PERSON).await.expect(why);
        assert_ne!(level(&phone).await.as_deref(), Some(acr::HIGH), "{tamper:?}");
        phone.consent_to_all().await;
        let asked = phone.ask(AGENCY).await;
        if tamper == Tamper::IdTokenOtherSubject {
            assert!(asked.is_err(), "{why}");
            assert!(phone.all_bills().await.is_empty(), "{why}");
        } else {
            asked.expect(why);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lie_at_a_step_up_changes_who_is_signed_in_or_how_surely() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    let as_before = state(&phone).await;
    let (harmless, harmful): (Vec<_>, Vec<_>) = Tamper::ALL
        .into_iter()
        .partition(|tamper| matches!(at_step_up(*tamper), Harmless(_)));
    for tamper in harmful {
        let verdict = at_step_up(tamper);
        let before = phone.incidents().await.len();
        town.control().tamper_with_identity(Some(tamper)).unwrap();
        let outcome = phone.step_up(&town, PERSON, acr::HIGH).await.map(|_| ());
        assert_eq!(outcome, outcome_of(verdict), "{tamper:?}");
        assert_eq!(state(&phone).await, as_before, "{tamper:?}");
        recorded(&phone, verdict, before, tamper).await;
    }
    phone.ask(AGENCY).await.unwrap();
    for tamper in harmless {
        town.control().tamper_with_identity(Some(tamper)).unwrap();
        phone.step_up(&town, PERSON, acr::HIGH).await.unwrap();
        assert_eq!(level(&phone).await.as_deref(), Some(acr::HIGH), "{tamper:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lie_at_a_refresh_changes_who_is_signed_in_or_how_surely_and_none_signs_out() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let bills = phone.open_bills().await;
    let SessionState::SignedIn { name, .. } = state(&phone).await else {
        panic!("nobody is signed in");
    };
    for tamper in Tamper::ALL {
        let Some(verdict) = at_refresh(tamper) else {
            continue;
        };
        let before = phone.incidents().await.len();
        town.control().expire_access_tokens(PERSON).unwrap();
        town.control().tamper_with_identity(Some(tamper)).unwrap();
        let outcome = phone.rabt().instruments().refresh().await.map(|_| ());
        match verdict {
            Harmless(why) => assert_eq!(outcome, Ok(()), "{tamper:?}: {why}"),
            _ => assert!(
                matches!(outcome, Err(RabtError::AgencyUnavailable { .. })),
                "{tamper:?}: {outcome:?}"
            ),
        }
        recorded(&phone, verdict, before, tamper).await;
        assert_ne!(level(&phone).await.as_deref(), Some(acr::HIGH), "{tamper:?}");

        // What the provider spent for nothing doesn't cost the session.
        let again = phone.rabt().instruments().refresh().await;
        assert!(again.is_ok(), "{tamper:?}: {again:?}");
        assert!(
            matches!(state(&phone).await, SessionState::SignedIn { name: now, .. } if now == name),
            "{tamper:?}"
        );
    }
    town.control().expire_access_tokens(PERSON).unwrap();
    phone.ask(AGENCY).await.unwrap();
    assert_eq!(level(&phone).await, low());
    assert_eq!(phone.open_bills().await, bills);
}
