//! The one error. Its variants are the core's, for each is something that a shell does differently; what is common to all is in
//! [`ErrorDetails`].

use crate::values::count;
use rabt::domain::Language;

/// Why a call did not do what was asked. Whatever it is: what was stored before is still there, and the next call works.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
#[uniffi::export(Display)]
pub enum RabtError {
    /// There is no network. What is stored can still be read: show it, and say that the device is offline.
    Offline {
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// Nobody is signed in, or the session has ended for good. Offer to sign in.
    SignInRequired {
        /// Why somebody has to sign in.
        why: SignInReason,
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// The act asks for a higher assurance level. Begin a step-up with `acr`, then repeat the call.
    StepUpRequired {
        /// The level to ask for, as `beginStepUp` takes it.
        acr: String,
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// An agency or the gateway doesn't answer properly at present. Others aren't concerned.
    AgencyUnavailable {
        /// Which agency; none for the gateway or the identity provider.
        agency_id: Option<String>,
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// The other party understood and said no, for instance with the code `insufficient_funds`. Show its reason.
    Refused {
        /// The protocol's stable code, the other party's reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// What was passed in is wrong. Nothing was changed and nothing was sent.
    InvalidInput {
        /// The path to the field, in the core's spelling: `limit`, `items[2].amount_fils`, `fields.contract_account`.
        field: String,
        /// What is wrong with it.
        problem: InputProblem,
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// It can't be done in the present state: it is being done already, or was done before. Show the reason; repeating doesn't help.
    Conflict {
        /// What stands in the way.
        conflict: ConflictCode,
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// The device's storage failed. Nothing that was stored is lost.
    Storage {
        /// How it failed.
        problem: StorageProblem,
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
    /// A defect of the core. Offer to send the diagnostics.
    Bug {
        /// Where it was noticed.
        at: String,
        /// The code, the reason in words, and when to try again.
        details: ErrorDetails,
    },
}

/// What every error says.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ErrorDetails {
    /// A stable code in lower case, for a record, a log or a test: `offline`, `bill_being_paid`, `insufficient_funds`.
    pub code: String,
    /// A sentence for the person, in English.
    pub reason_en: String,
    /// The same in Arabic.
    pub reason_ar: String,
    /// Whether repeating the same call can help, and when.
    pub retry: Retry,
}

/// Whether repeating the same call can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Retry {
    /// It can't, unless something else is done first.
    Never,
    /// It may, after a time.
    After {
        /// How long to wait, in milliseconds.
        wait_ms: i64,
    },
    /// It may, once the network is back.
    WhenOnline,
}

/// Why somebody has to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SignInReason {
    /// Nobody has signed in on this device yet, or the person signed out.
    NobodySignedIn,
    /// The provider ended the session.
    SessionEnded,
    /// The person closed the provider's page or pressed cancel.
    Cancelled,
    /// The person came back without the assurance level that was asked for. Who was signed in still is.
    LevelNotReached,
    /// The answer of the provider's page could not be trusted, and the attempt was dropped.
    AnswerRefused,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum InputProblem {
    /// Nothing is there.
    Empty,
    /// It hasn't the shape that it must have.
    Malformed,
    /// It has a character that may not be shown.
    ForbiddenCharacter,
    /// It is too long, or there are too many.
    TooMany,
    /// It is below what is allowed.
    TooSmall,
    /// It is above what is allowed.
    TooLarge,
    /// The same thing is there twice.
    Twice,
    /// It contradicts another field.
    Inconsistent,
    /// It is of a kind that this version doesn't know.
    Unsupported,
    /// It names something that isn't there, or not any more: an agency that isn't linked, an instrument that isn't the person's. Read the
    /// list again and have the person choose from it.
    NotKnown,
    /// What it names can't be used any more: a card that is past its date by then, a mandate that was revoked. Have the person choose another,
    /// link it anew, or draft a new mandate.
    Expired,
    /// It waits for what never comes: a day of the month on which no month of the mandate pays, top-ups of bills that the mandate isn't for. Have
    /// the person change it, or what contradicts it.
    NeverComes,
}

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ConflictCode {
    /// A bill is part of a payment that isn't finished, on this device or another.
    BillBeingPaid,
    /// A bill is paid.
    BillAlreadyPaid,
    /// The quote has expired or was used. Ask for another.
    QuoteExpired,
    /// Something changed at the agency after the quote. Ask for another.
    BillChanged,
    /// Nothing in the basket can be paid now.
    NothingPayable,
    /// Another person's data is on this device: they sign out first.
    AnotherPerson,
    /// Payments aren't finished; signing out now would forget them on this device.
    PaymentsUnfinished,
    /// The folder is open already, in this process or another.
    InUse,
    /// The core is paused: resume it first.
    Paused,
    /// The person has not agreed that this agency is asked.
    ConsentMissing,
    /// The instrument can't be paid with.
    InstrumentUnusable,
    /// Something that the person decided about a mandate isn't with the gateway yet; signing out now would forget it.
    StatementsUnsent,
    /// The core was closed: open it again.
    Closed,
    /// Something newer than this version; the code and the reason say what.
    Other,
}

/// What is wrong with the device's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum StorageProblem {
    /// The disk is full. Ask the person to make room.
    Full,
    /// The folder can't be written to.
    ReadOnly,
    /// The secret store is locked or unreachable at present. Try again once the device is unlocked.
    SecretStoreUnavailable,
    /// The files were written by a newer version of the app. Ask the person to update.
    TooNew,
    /// A record is damaged. The rest can be read.
    Damaged,
    /// The device's storage failed in another way.
    Io,
}

impl RabtError {
    pub(crate) fn bug(at: &'static str) -> Self {
        rabt::RabtError::Bug { at }.into()
    }

    /// The one error that the core doesn't know, since it isn't there any more.
    pub(crate) fn closed() -> Self {
        Self::Conflict {
            conflict: ConflictCode::Closed,
            details: ErrorDetails {
                code: "closed".to_owned(),
                reason_en: "The app was closed. Please open it again.".to_owned(),
                reason_ar: "تم إغلاق التطبيق. يرجى فتحه مرة أخرى.".to_owned(),
                retry: Retry::Never,
            },
        }
    }

    /// What every error says.
    pub fn details(&self) -> &ErrorDetails {
        match self {
            Self::Offline { details }
            | Self::SignInRequired { details, .. }
            | Self::StepUpRequired { details, .. }
            | Self::AgencyUnavailable { details, .. }
            | Self::Refused { details }
            | Self::InvalidInput { details, .. }
            | Self::Conflict { details, .. }
            | Self::Storage { details, .. }
            | Self::Bug { details, .. } => details,
        }
    }
}

/// A line for a log: the code, and the field where there is one. It holds nothing of a person.
impl std::fmt::Display for RabtError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = &self.details().code;
        match self {
            Self::InvalidInput { field, .. } => write!(f, "{code}: {field}"),
            Self::AgencyUnavailable {
                agency_id: Some(agency),
                ..
            } => write!(f, "{code}: {agency}"),
            Self::Bug { at, .. } => write!(f, "{code}: {at}"),
            _ => f.write_str(code),
        }
    }
}

impl std::error::Error for RabtError {}

impl From<rabt::domain::Invalid> for RabtError {
    fn from(invalid: rabt::domain::Invalid) -> Self {
        rabt::RabtError::from(invalid).into()
    }
}

impl From<rabt::RabtError> for RabtError {
    fn from(error: rabt::RabtError) -> Self {
        let details = ErrorDetails {
            code: error.code().to_owned(),
            reason_en: error.reason(Language::En).to_owned(),
            reason_ar: error.reason(Language::Ar).to_owned(),
            retry: error.retry().into(),
        };
        match error {
            rabt::RabtError::Offline => Self::Offline { details },
            rabt::RabtError::SignInRequired { reason } => Self::SignInRequired {
                why: reason.into(),
                details,
            },
            rabt::RabtError::StepUpRequired { acr } => Self::StepUpRequired { acr, details },
            rabt::RabtError::AgencyUnavailable { agency, .. } => Self::AgencyUnavailable {
                agency_id: agency.map(|agency| agency.as_str().to_owned()),
                details,
            },
            rabt::RabtError::Refused { .. } => Self::Refused { details },
            rabt::RabtError::InvalidInput { field, reason } => Self::InvalidInput {
                field,
                problem: reason.into(),
                details,
            },
            rabt::RabtError::Conflict { code } => Self::Conflict {
                conflict: code.into(),
                details,
            },
            rabt::RabtError::Storage { problem } => Self::Storage {
                problem: problem.into(),
                details,
            },
            rabt::RabtError::Bug { at } => Self::Bug {
                at: at.to_owned(),
                details,
            },
            other => Self::Bug {
                at: other.code().to_owned(),
                details,
            },
        }
    }
}

impl From<rabt::Retry> for Retry {
    fn from(retry: rabt::Retry) -> Self {
        match retry {
            rabt::Retry::No => Self::Never,
            rabt::Retry::After(wait) => Self::After {
                wait_ms: i64::from(count(wait.as_millis())),
            },
            rabt::Retry::WhenOnline => Self::WhenOnline,
        }
    }
}

impl From<rabt::SignInReason> for SignInReason {
    fn from(reason: rabt::SignInReason) -> Self {
        match reason {
            rabt::SignInReason::NobodySignedIn => Self::NobodySignedIn,
            rabt::SignInReason::SessionEnded => Self::SessionEnded,
            rabt::SignInReason::Cancelled => Self::Cancelled,
            rabt::SignInReason::LevelNotReached => Self::LevelNotReached,
            rabt::SignInReason::AnswerRefused => Self::AnswerRefused,
        }
    }
}

impl From<rabt::domain::InvalidReason> for InputProblem {
    fn from(reason: rabt::domain::InvalidReason) -> Self {
        use rabt::domain::InvalidReason as Reason;
        match reason {
            Reason::Empty => Self::Empty,
            Reason::Malformed => Self::Malformed,
            Reason::ForbiddenCharacter => Self::ForbiddenCharacter,
            Reason::TooMany => Self::TooMany,
            Reason::TooSmall => Self::TooSmall,
            Reason::TooLarge => Self::TooLarge,
            Reason::Twice => Self::Twice,
            Reason::Inconsistent => Self::Inconsistent,
            Reason::Unsupported => Self::Unsupported,
            Reason::NotKnown => Self::NotKnown,
            Reason::Expired => Self::Expired,
            Reason::NeverComes => Self::NeverComes,
        }
    }
}

impl From<rabt::ConflictCode> for ConflictCode {
    fn from(code: rabt::ConflictCode) -> Self {
        use rabt::ConflictCode as Code;
        match code {
            Code::BillBeingPaid => Self::BillBeingPaid,
            Code::BillAlreadyPaid => Self::BillAlreadyPaid,
            Code::QuoteExpired => Self::QuoteExpired,
            Code::BillChanged => Self::BillChanged,
            Code::NothingPayable => Self::NothingPayable,
            Code::AnotherPerson => Self::AnotherPerson,
            Code::PaymentsUnfinished => Self::PaymentsUnfinished,
            Code::InUse => Self::InUse,
            Code::Paused => Self::Paused,
            Code::ConsentMissing => Self::ConsentMissing,
            Code::InstrumentUnusable => Self::InstrumentUnusable,
            Code::StatementsUnsent => Self::StatementsUnsent,
            _ => Self::Other,
        }
    }
}

impl From<rabt::StorageProblem> for StorageProblem {
    fn from(problem: rabt::StorageProblem) -> Self {
        use rabt::StorageProblem as Problem;
        match problem {
            Problem::Full => Self::Full,
            Problem::ReadOnly => Self::ReadOnly,
            Problem::SecretStoreUnavailable => Self::SecretStoreUnavailable,
            Problem::TooNew => Self::TooNew,
            Problem::Damaged => Self::Damaged,
            _ => Self::Io,
        }
    }
}
