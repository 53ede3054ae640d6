//! The one error that a shell sees: a variant for each thing that it must do differently. Inner errors are turned into it in
//! `error/map.rs` and nowhere else, and the chain is logged there first.

mod map;

pub(crate) use map::of_link;

use rabt_domain::{AgencyId, Bilingual, InvalidReason, Language};
use std::time::Duration;

/// Why a call did not do what was asked. Whatever the variant: what was stored before is still there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RabtError {
    /// There is no network. What is stored can still be read. Show that the device is offline. (A party that takes no connection
    /// while there is a network is [`RabtError::AgencyUnavailable`].)
    #[error("the network is not reachable")]
    Offline,
    /// Nobody is signed in, or the session has ended for good. Offer to sign in.
    #[error("sign-in is required: {reason}")]
    SignInRequired {
        /// Why.
        reason: SignInReason,
    },
    /// The act asks for a higher assurance level. Begin a step-up with it, then repeat the call.
    #[error("a higher assurance level is required")]
    StepUpRequired {
        /// The level to ask for.
        acr: String,
    },
    /// An agency or the gateway doesn't answer properly at present. Others aren't concerned.
    #[error("{} is not available", agency.as_ref().map_or("the gateway", |agency| agency.as_str()))]
    AgencyUnavailable {
        /// Which; `None` for the gateway or the identity provider.
        agency: Option<AgencyId>,
        /// When to try again.
        retry_after: Duration,
    },
    /// The other party understood and said no. Show its reason.
    #[error("refused: {code}")]
    Refused {
        /// A stable code of the protocol.
        code: String,
        /// What to tell the person, in both languages.
        reason: Bilingual,
    },
    /// What was passed in is wrong. Nothing was changed and nothing was sent.
    #[error("`{field}` {reason}")]
    InvalidInput {
        /// The path to the field.
        field: String,
        /// What is wrong with it.
        reason: InvalidReason,
    },
    /// It can't be done in the present state: being done already, or done before. Show the reason; repeating doesn't help.
    #[error("conflict: {code}")]
    Conflict {
        /// A stable code.
        code: ConflictCode,
    },
    /// The device's storage failed. Nothing that was stored is lost.
    #[error("storage: {problem}")]
    Storage {
        /// How.
        problem: StorageProblem,
    },
    /// A defect of the core. Offer to send diagnostics.
    #[error("a defect in {at}")]
    Bug {
        /// Where it was noticed.
        at: &'static str,
    },
}

/// Why somebody has to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInReason {
    /// Nobody has signed in on this device yet, or the person signed out.
    #[error("nobody is signed in")]
    NobodySignedIn,
    /// The provider ended the session.
    #[error("the session has ended")]
    SessionEnded,
    /// The person closed the provider's page or pressed cancel.
    #[error("sign-in was cancelled")]
    Cancelled,
    /// The person came back without the assurance level that was asked for: a second factor that they don't have, say. Who was signed
    /// in still is.
    #[error("the assurance level was not reached")]
    LevelNotReached,
    /// The answer of the provider's page could not be trusted, and the attempt was dropped.
    #[error("the sign-in answer was refused")]
    AnswerRefused,
}

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConflictCode {
    /// A bill is part of a payment that isn't finished, on this device or another.
    BillBeingPaid,
    /// A bill is paid.
    BillAlreadyPaid,
    /// The quote has expired or was used.
    QuoteExpired,
    /// Something changed at the agency after the quote.
    BillChanged,
    /// Nothing in the basket can be paid now.
    NothingPayable,
    /// Another person's data is on this device: they sign out first.
    AnotherPerson,
    /// Payments aren't finished; signing out now would forget them on this device.
    PaymentsUnfinished,
    /// Another process has the database open.
    InUse,
    /// The core is paused.
    Paused,
    /// The agency has not been consented to.
    ConsentMissing,
    /// The instrument can't be paid with.
    InstrumentUnusable,
    /// Something that the person decided about a mandate isn't with the gateway yet; signing out now would forget it.
    StatementsUnsent,
}

/// What is wrong with the device's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageProblem {
    /// The disk is full. Ask the person to make room.
    #[error("the disk is full")]
    Full,
    /// The folder can't be written to.
    #[error("the folder is read-only")]
    ReadOnly,
    /// The secret store is locked or unreachable at present. Try again once the device is unlocked.
    #[error("the secret store can't be reached")]
    SecretStoreUnavailable,
    /// The files were written by a newer version of the app. Ask the person to update.
    #[error("the files are of a newer version")]
    TooNew,
    /// A record is damaged. The rest can be read.
    #[error("a record is damaged")]
    Damaged,
    /// The device's storage failed in another way.
    #[error("input or output failed")]
    Io,
}

/// Whether repeating the same call can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It can't, unless something else is done first.
    No,
    /// After this time.
    After(Duration),
    /// Once the network is back.
    WhenOnline,
}

/// How long to wait where the other party doesn't say.
pub(crate) const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(30);

impl RabtError {
    /// Whether repeating the same call can help, and when.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Offline => Retry::WhenOnline,
            Self::AgencyUnavailable { retry_after, .. } => Retry::After(*retry_after),
            Self::Storage {
                problem: StorageProblem::SecretStoreUnavailable,
            } => Retry::After(RETRY_AFTER_DEFAULT),
            _ => Retry::No,
        }
    }

    /// A stable code, for a record or a log.
    pub fn code(&self) -> &str {
        match self {
            Self::Offline => "offline",
            Self::SignInRequired { .. } => "sign_in_required",
            Self::StepUpRequired { .. } => "step_up_required",
            Self::AgencyUnavailable { .. } => "unavailable",
            Self::Refused { code, .. } => code,
            Self::InvalidInput { .. } => "invalid_input",
            Self::Conflict { code } => code.code(),
            Self::Storage { .. } => "storage",
            Self::Bug { .. } => "bug",
        }
    }

    /// A sentence for the person.
    pub fn reason(&self, language: Language) -> &str {
        let (en, ar) = match self {
            Self::Refused { reason, .. } => return reason.get(language),
            Self::Offline => (
                "You are offline. What you see was saved earlier.",
                "أنت غير متصل. ما تراه محفوظ من وقت سابق.",
            ),
            Self::SignInRequired { .. } => ("Please sign in.", "يرجى تسجيل الدخول."),
            Self::StepUpRequired { .. } => ("Please confirm that it is you.", "يرجى تأكيد هويتك."),
            Self::AgencyUnavailable { .. } => (
                "The agency does not answer at present. Please try again later.",
                "الجهة لا تستجيب حالياً. يرجى المحاولة لاحقاً.",
            ),
            Self::InvalidInput { reason, .. } => words(*reason),
            Self::Conflict { code } => code.reason(),
            Self::Storage { problem } => problem.reason(),
            Self::Bug { .. } => ("Something went wrong in the app.", "حدث خطأ في التطبيق."),
        };
        match language {
            Language::En => en,
            Language::Ar => ar,
        }
    }
}

/// What was typed is checked; what was chosen is chosen again.
fn words(reason: InvalidReason) -> (&'static str, &'static str) {
    match reason {
        InvalidReason::NotKnown => (
            "What you chose is not there any more. Please choose again.",
            "ما اخترته لم يعد موجوداً. يرجى الاختيار مرة أخرى.",
        ),
        InvalidReason::Expired => (
            "What you chose can't be used any more. Please choose something else.",
            "ما اخترته لم يعد صالحاً. يرجى اختيار غيره.",
        ),
        InvalidReason::NeverComes => (
            "What you set would never happen. Please change it.",
            "ما حددته لن يحدث أبداً. يرجى تغييره.",
        ),
        _ => ("Please check what you entered.", "يرجى التحقق مما أدخلته."),
    }
}

impl ConflictCode {
    /// The stable code as text.
    pub fn code(self) -> &'static str {
        match self {
            Self::BillBeingPaid => "bill_being_paid",
            Self::BillAlreadyPaid => "bill_already_paid",
            Self::QuoteExpired => "quote_expired",
            Self::BillChanged => "bill_changed",
            Self::NothingPayable => "nothing_payable",
            Self::AnotherPerson => "another_person",
            Self::PaymentsUnfinished => "payments_unfinished",
            Self::InUse => "in_use",
            Self::Paused => "paused",
            Self::ConsentMissing => "consent_required",
            Self::InstrumentUnusable => "instrument_unusable",
            Self::StatementsUnsent => "statements_unsent",
        }
    }

    fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::BillBeingPaid => ("This bill is being paid already.", "هذه الفاتورة قيد الدفع بالفعل."),
            Self::BillAlreadyPaid => ("This bill is paid.", "هذه الفاتورة مدفوعة."),
            Self::QuoteExpired => (
                "The amounts are no longer current. Please check them again.",
                "المبالغ لم تعد حديثة. يرجى مراجعتها مرة أخرى.",
            ),
            Self::BillChanged => (
                "The agency changed a bill. Please check it again.",
                "عدّلت الجهة إحدى الفواتير. يرجى مراجعتها.",
            ),
            Self::NothingPayable => (
                "None of these bills can be paid at present.",
                "لا يمكن دفع أي من هذه الفواتير حالياً.",
            ),
            Self::AnotherPerson => (
                "Somebody else is signed in on this device. They must sign out first.",
                "شخص آخر مسجل الدخول على هذا الجهاز. عليه تسجيل الخروج أولاً.",
            ),
            Self::PaymentsUnfinished => ("Some payments are not finished yet.", "بعض المدفوعات لم تكتمل بعد."),
            Self::InUse => ("The app is open a second time.", "التطبيق مفتوح مرة ثانية."),
            Self::Paused => ("The app is paused.", "التطبيق متوقف مؤقتاً."),
            Self::ConsentMissing => (
                "You have not agreed to ask this agency.",
                "لم توافق على سؤال هذه الجهة.",
            ),
            Self::InstrumentUnusable => (
                "This account or card can't be used for paying.",
                "لا يمكن الدفع بهذا الحساب أو هذه البطاقة.",
            ),
            Self::StatementsUnsent => (
                "Something that you decided about automatic payments is not sent yet.",
                "ما قررته بشأن المدفوعات التلقائية لم يُرسل بعد.",
            ),
        }
    }
}

/// The stable code.
impl std::fmt::Display for ConflictCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl StorageProblem {
    fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::Full => (
                "The device is full. Please make some room.",
                "ذاكرة الجهاز ممتلئة. يرجى إخلاء مساحة.",
            ),
            Self::ReadOnly => (
                "The app can't write to its folder.",
                "لا يستطيع التطبيق الكتابة في مجلده.",
            ),
            Self::SecretStoreUnavailable => ("Please unlock the device.", "يرجى فتح قفل الجهاز."),
            Self::TooNew => ("Please update the app.", "يرجى تحديث التطبيق."),
            Self::Damaged => ("A saved record can't be read.", "تعذرت قراءة سجل محفوظ."),
            Self::Io => ("The device's storage failed.", "حدث خلل في ذاكرة الجهاز."),
        }
    }
}
