//! The one place where inner errors become [`RabtError`]. The chain is logged first: it holds no personal data, since no inner
//! error does.

use super::{ConflictCode, RETRY_AFTER_DEFAULT, RabtError, SignInReason, StorageProblem};
use rabt_domain::{AgencyId, Bilingual, Invalid};
use rabt_link::{
    LinkError, Refusal,
    session::{SessionError, SignInError},
};
use rabt_protocol::problem::code;
use rabt_store::StoreError;
use std::{error::Error, time::Duration};

/// The longest wait that another party may ask for: a day.
const RETRY_AFTER_SECONDS_MAX: u32 = 86_400;

impl From<Invalid> for RabtError {
    fn from(invalid: Invalid) -> Self {
        Self::InvalidInput {
            field: invalid.field,
            reason: invalid.reason,
        }
    }
}

impl From<StoreError> for RabtError {
    fn from(error: StoreError) -> Self {
        log("store", &error);
        match error {
            StoreError::InUse { .. } => Self::Conflict {
                code: ConflictCode::InUse,
            },
            StoreError::Released => Self::Conflict {
                code: ConflictCode::Paused,
            },
            StoreError::Destroyed => Self::SignInRequired {
                reason: SignInReason::NobodySignedIn,
            },
            StoreError::KeyUnavailable(_) => Self::Storage {
                problem: StorageProblem::SecretStoreUnavailable,
            },
            StoreError::TooNew { .. } => Self::Storage {
                problem: StorageProblem::TooNew,
            },
            StoreError::Damaged { .. } => Self::Storage {
                problem: StorageProblem::Damaged,
            },
            StoreError::Full => Self::Storage {
                problem: StorageProblem::Full,
            },
            StoreError::ReadOnly => Self::Storage {
                problem: StorageProblem::ReadOnly,
            },
            StoreError::Invalid(invalid) => invalid.into(),
            StoreError::Bug(_) | StoreError::PassSuperseded | StoreError::OlderDirectory { .. } => {
                Self::Bug { at: "store" }
            }
            _ => Self::Storage {
                problem: StorageProblem::Io,
            },
        }
    }
}

/// An error of a call to the gateway or the identity provider.
impl From<LinkError> for RabtError {
    fn from(error: LinkError) -> Self {
        of_link(error, None)
    }
}

/// An error of a call to an agency, or (`None`) to the gateway.
pub(crate) fn of_link(error: LinkError, agency: Option<&AgencyId>) -> RabtError {
    log(agency.map_or("gateway", AgencyId::as_str), &error);
    let unavailable = |seconds| RabtError::AgencyUnavailable {
        agency: agency.cloned(),
        retry_after: wait(seconds),
    };
    match error {
        LinkError::Offline(_) => RabtError::Offline,
        LinkError::Unavailable {
            retry_after_seconds, ..
        } => unavailable(retry_after_seconds),
        LinkError::Refused(refusal) => refused(refusal),
        LinkError::StepUpRequired { acr } => RabtError::StepUpRequired {
            acr: acr.unwrap_or_else(|| rabt_protocol::oidc::acr::HIGH.to_owned()),
        },
        LinkError::SignInRequired => RabtError::SignInRequired {
            reason: SignInReason::SessionEnded,
        },
        LinkError::Lost { .. } | LinkError::Distrusted { .. } => unavailable(None),
        LinkError::InvalidInput(invalid) => invalid.into(),
        LinkError::Session(error) => of_session(&error),
        _ => RabtError::Bug { at: "link" },
    }
}

fn of_session(error: &SessionError) -> RabtError {
    match error {
        SessionError::SignInRequired => RabtError::SignInRequired {
            reason: SignInReason::SessionEnded,
        },
        SessionError::Offline(_) => RabtError::Offline,
        SessionError::Unavailable {
            retry_after_seconds, ..
        } => RabtError::AgencyUnavailable {
            agency: None,
            retry_after: wait(*retry_after_seconds),
        },
        SessionError::Distrusted(_) => RabtError::AgencyUnavailable {
            agency: None,
            retry_after: RETRY_AFTER_DEFAULT,
        },
        SessionError::Vault(_) => RabtError::Storage {
            problem: StorageProblem::Io,
        },
        SessionError::Key(_) => RabtError::Storage {
            problem: StorageProblem::SecretStoreUnavailable,
        },
        SessionError::Bug(_) => RabtError::Bug { at: "session" },
    }
}

impl From<SessionError> for RabtError {
    fn from(error: SessionError) -> Self {
        log("session", &error);
        of_session(&error)
    }
}

impl From<SignInError> for RabtError {
    fn from(error: SignInError) -> Self {
        log("sign-in", &error);
        match error {
            SignInError::Cancelled | SignInError::Expired => Self::SignInRequired {
                reason: SignInReason::Cancelled,
            },
            SignInError::LevelNotReached => Self::SignInRequired {
                reason: SignInReason::LevelNotReached,
            },
            SignInError::Offline(_) => Self::Offline,
            SignInError::Unavailable {
                retry_after_seconds, ..
            } => Self::AgencyUnavailable {
                agency: None,
                retry_after: wait(retry_after_seconds),
            },
            SignInError::Callback(_) | SignInError::Distrusted(_) | SignInError::Refused { .. } => {
                Self::SignInRequired {
                    reason: SignInReason::AnswerRefused,
                }
            }
            SignInError::Key(_) => Self::Storage {
                problem: StorageProblem::SecretStoreUnavailable,
            },
            // The one part of a request that a shell passes in.
            SignInError::Config(refusal) if refusal.field == "acr_at_least" => {
                Invalid::new("acr", rabt_domain::InvalidReason::Malformed).into()
            }
            SignInError::Config(_) | SignInError::Bug(_) => Self::Bug { at: "sign-in" },
        }
    }
}

/// A refusal by code: what is a conflict to a shell, and what is the other party's word.
fn refused(refusal: Refusal) -> RabtError {
    let conflict = match refusal.code.as_str() {
        code::BILL_BEING_PAID => Some(ConflictCode::BillBeingPaid),
        code::BILL_ALREADY_PAID => Some(ConflictCode::BillAlreadyPaid),
        code::QUOTE_EXPIRED => Some(ConflictCode::QuoteExpired),
        code::BILL_CHANGED | code::BILL_WITHDRAWN => Some(ConflictCode::BillChanged),
        code::CONSENT_REQUIRED => Some(ConflictCode::ConsentMissing),
        code::INSTRUMENT_UNUSABLE => Some(ConflictCode::InstrumentUnusable),
        _ => None,
    };
    match conflict {
        Some(code) => RabtError::Conflict { code },
        None => {
            let reason = refusal.reason.or_else(unexplained);
            reason.map_or(RabtError::Bug { at: "reasons" }, |reason| RabtError::Refused {
                code: refusal.code,
                reason,
            })
        }
    }
}

fn unexplained() -> Option<Bilingual> {
    Bilingual::parse("The request was refused.", "رُفض الطلب.").ok()
}

fn wait(seconds: Option<u32>) -> Duration {
    seconds.map_or(RETRY_AFTER_DEFAULT, |seconds| {
        Duration::from_secs(seconds.min(RETRY_AFTER_SECONDS_MAX).into())
    })
}

fn log(at: &str, error: &(dyn Error + 'static)) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::warn!(at, error = %chain, "a call failed");
}
