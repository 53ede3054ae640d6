//! What the audit finds.

use super::ReportedDecision;
use crate::{
    BillKey, DubaiDate, Fils, Language, MandateId, Timestamp,
    mandate::{
        Rule,
        sentence::{ar, en},
    },
};

/// Something that lies outside what the person signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The mandate that was claimed.
    pub mandate: Option<MandateId>,
    /// The bill.
    pub bill: BillKey,
    /// When it was decided; `None` for what wasn't reported.
    pub decided_at: Option<Timestamp>,
}

/// What lies outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// A payment passes a limit.
    OverLimit {
        /// The rule that should have held it.
        rule: Rule,
    },
    /// A bill that the mandate isn't for, that isn't the person's, or that its agency doesn't know.
    AnotherBill,
    /// An amount that the bill doesn't have.
    AnotherAmount {
        /// What was paid.
        paid: Fils,
    },
    /// A bill, or a top-up of one day, is paid more than once.
    Twice,
    /// A payment was decided after the person revoked the mandate.
    AfterRevocation {
        /// When they did.
        revoked_at: Timestamp,
    },
    /// A payment was decided while the mandate was paused.
    WhilePaused,
    /// A payment was decided before the day that is set for it, or outside the mandate's days.
    TooEarly {
        /// The first day on which it would have been right.
        pay_on: DubaiDate,
    },
    /// A payment was decided after the mandate's last day.
    TooLate,
    /// A bill is paid in parts.
    Split {
        /// What was paid at once.
        paid: Fils,
        /// What the bill is.
        bill: Fils,
    },
    /// Another instrument was paid with.
    AnotherInstrument,
    /// The version that was claimed isn't signed, or isn't the one that the gateway had acknowledged.
    UnsignedVersion,
    /// A payment isn't in the report.
    HiddenPayment,
    /// A bill was passed over for a reason that isn't so.
    InventedSkip,
    /// The person should have been asked, or had declined.
    NotAsked,
    /// A prepaid account was topped up that wasn't low by the gateway's own figures.
    NotLow,
    /// A bill was paid as it had been before its agency changed it.
    OutdatedBill,
}

impl Finding {
    pub(super) fn of(decision: &ReportedDecision, kind: FindingKind) -> Self {
        Self {
            kind,
            mandate: decision.by.as_ref().map(|(mandate, _)| mandate.clone()),
            bill: decision.bill.clone(),
            decided_at: Some(decision.decided_at),
        }
    }
}

impl FindingKind {
    /// Its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OverLimit { .. } => "over_limit",
            Self::AnotherBill => "another_bill",
            Self::AnotherAmount { .. } => "another_amount",
            Self::Twice => "twice",
            Self::AfterRevocation { .. } => "after_revocation",
            Self::WhilePaused => "while_paused",
            Self::TooEarly { .. } => "too_early",
            Self::TooLate => "too_late",
            Self::Split { .. } => "split",
            Self::AnotherInstrument => "another_instrument",
            Self::UnsignedVersion => "unsigned_version",
            Self::HiddenPayment => "hidden_payment",
            Self::InventedSkip => "invented_skip",
            Self::NotAsked => "not_asked",
            Self::NotLow => "not_low",
            Self::OutdatedBill => "outdated_bill",
        }
    }

    /// One sentence for the person.
    pub fn sentence(&self, language: Language) -> String {
        match (*self, language) {
            (Self::OverLimit { .. }, Language::En) => "This payment passes a limit that you set.".to_owned(),
            (Self::OverLimit { .. }, Language::Ar) => "تتجاوز هذه الدفعة حدًّا وضعته.".to_owned(),
            (Self::AnotherBill, Language::En) => "This payment is for a bill that your mandate isn't for.".to_owned(),
            (Self::AnotherBill, Language::Ar) => "هذه الدفعة لفاتورة لا يشملها تفويضك.".to_owned(),
            (Self::AnotherAmount { paid }, Language::En) => {
                format!("{} was paid, and the bill is another amount.", en(paid))
            }
            (Self::AnotherAmount { paid }, Language::Ar) => format!("دُفع {}، ومبلغ الفاتورة غير ذلك.", ar(paid)),
            (Self::Twice, Language::En) => "This bill was paid more than once.".to_owned(),
            (Self::Twice, Language::Ar) => "دُفعت هذه الفاتورة أكثر من مرة.".to_owned(),
            (Self::AfterRevocation { revoked_at }, Language::En) => {
                format!(
                    "This was paid although you had revoked the mandate on {}.",
                    DubaiDate::at(revoked_at)
                )
            }
            (Self::AfterRevocation { revoked_at }, Language::Ar) => {
                format!("دُفعت هذه رغم أنك ألغيت التفويض في {}.", DubaiDate::at(revoked_at))
            }
            (Self::WhilePaused, Language::En) => "This was paid while the mandate was paused.".to_owned(),
            (Self::WhilePaused, Language::Ar) => "دُفعت هذه والتفويض موقوف مؤقتًا.".to_owned(),
            (Self::TooEarly { pay_on }, Language::En) => format!("This was paid too early: the day is {pay_on}."),
            (Self::TooEarly { pay_on }, Language::Ar) => format!("دُفعت هذه قبل موعدها، وهو {pay_on}."),
            (Self::TooLate, Language::En) => "This was paid after the mandate had ended.".to_owned(),
            (Self::TooLate, Language::Ar) => "دُفعت هذه بعد انتهاء التفويض.".to_owned(),
            (Self::Split { paid, bill }, Language::En) => {
                format!(
                    "Only {} of {} was paid at once, which your mandate doesn't allow.",
                    en(paid),
                    en(bill)
                )
            }
            (Self::Split { paid, bill }, Language::Ar) => {
                format!(
                    "دُفع {} من أصل {} دفعة واحدة، وهذا لا يسمح به تفويضك.",
                    ar(paid),
                    ar(bill)
                )
            }
            (Self::AnotherInstrument, Language::En) => {
                "This was paid from an account or card that the mandate doesn't name.".to_owned()
            }
            (Self::AnotherInstrument, Language::Ar) => "دُفعت هذه من حساب أو بطاقة لا يذكرها التفويض.".to_owned(),
            (Self::UnsignedVersion, Language::En) => {
                "This was decided by terms that you didn't sign, or that you had replaced.".to_owned()
            }
            (Self::UnsignedVersion, Language::Ar) => "تقرر هذا بشروط لم توقّعها أو استبدلتها.".to_owned(),
            (Self::HiddenPayment, Language::En) => "A payment of this bill was not reported.".to_owned(),
            (Self::HiddenPayment, Language::Ar) => "لم يُبلَّغ عن دفعة لهذه الفاتورة.".to_owned(),
            (Self::InventedSkip, Language::En) => "This bill was passed over for a reason that isn't so.".to_owned(),
            (Self::InventedSkip, Language::Ar) => "تُركت هذه الفاتورة لسبب غير صحيح.".to_owned(),
            (Self::NotAsked, Language::En) => "You should have been asked about this, or had declined it.".to_owned(),
            (Self::NotAsked, Language::Ar) => "كان يجب سؤالك عن هذه، أو أنك رفضتها.".to_owned(),
            (Self::NotLow, Language::En) => "This account was topped up although it wasn't low.".to_owned(),
            (Self::NotLow, Language::Ar) => "شُحن هذا الحساب ولم يكن رصيده منخفضًا.".to_owned(),
            (Self::OutdatedBill, Language::En) => {
                "This bill was paid as it was before its agency changed it.".to_owned()
            }
            (Self::OutdatedBill, Language::Ar) => "دُفعت هذه الفاتورة كما كانت قبل أن تغيّرها الجهة.".to_owned(),
        }
    }
}
