//! Bills that pay themselves: what a person allows, what follows from it for each bill, and whether a gateway kept to it.
//!
//! A [`Mandate`] is a person's standing order, had only by parsing a [`Draft`]. [`decide`] says what becomes of each bill: it is
//! *paid*, *skipped*, *held* (something is in the way that the mandate can't pass) or *asked* about; each with the [`Rule`] that
//! decided and the figures that it used. A gateway executes what is decided; the phone then holds what it reports against what was
//! signed and what it saw itself ([`audit`]). All three are the same pure code, so that both sides mean the same by the rules.
//!
//! Here are no signatures, no network and no clock: what was signed, fetched or answered comes in as values. The rules in words are
//! in `docs/autopay.md`; a second implementation, written from those words, is in this crate's tests.

mod ask;
mod audit;
mod bill;
mod cycle;
mod decide;
mod draft;
mod foresee;
mod history;
mod left;
mod limits;
mod rule;
mod schedule;
mod scope;
mod sentence;
mod standing;
mod suggest;
mod summary;

pub use ask::{ABOVE_USUAL_PERCENT_MAX, AskFirst, USUAL_NEEDS, USUAL_OF_LAST, Usual, is_above_usual, usual};
pub use audit::{Finding, FindingKind, Report, ReportedDecision, ReportedPayment, Seen, SignedVersion, Stop, audit};
pub use bill::BillView;
pub use cycle::Cycle;
pub use decide::{
    ATTEMPTS_MAX, Decision, STALE_AFTER_SECONDS, Situation, TELL_DAYS_BEFORE_DUE, decide, deciding_mandate,
};
pub use draft::{AllowanceDraft, Draft, Known, LimitsDraft, PRIORITY_MAX, ScopeEntryDraft, TopUpDraft, WhenDraft};
pub use foresee::{Foreseen, PREVIEW_BILLS_MAX, expected_bills, preview, upcoming};
pub use history::{Answer, ByMandate, Failure, History, InstrumentView, PaidBill, PaymentMade, Progress, Verdict};
pub use left::{Left, limits_left};
pub use limits::{Allowance, Limits, Period};
pub use rule::{Outcome, Rule};
pub use schedule::{DAYS_BEFORE_DUE_MAX, Schedule, Weekend, When};
pub use scope::{Closeness, SCOPE_ENTRIES_MAX, Scope, ScopeEntry};
pub use standing::{Standing, StandingChange};
pub use suggest::suggest;
pub use summary::{Warning, summary, warnings};

use crate::{DubaiDate, Fils, InstrumentId, MandateId, Timestamp};

/// A mandate: terms that were checked, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    terms: Terms,
    /// Whether it is at work.
    pub standing: Standing,
}

/// What a person agreed to in one version of a mandate. It is only reached through a [`Mandate`], which is only had by parsing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Which mandate.
    pub id: MandateId,
    /// Which version of it, from 1. A change of the terms is the next version.
    pub version: u32,
    /// When the person agreed to this version.
    pub agreed_at: Timestamp,
    /// Which bills.
    pub scope: Scope,
    /// With what they are paid.
    pub instrument: InstrumentId,
    /// With what instead, once the first has expired, and in no other case.
    pub fallback: Option<InstrumentId>,
    /// When they are paid.
    pub schedule: Schedule,
    /// How much and how often at most.
    pub limits: Limits,
    /// When the person is asked first.
    pub ask_first: AskFirst,
    /// What is done about prepaid accounts; nothing where it is `None`.
    pub top_up: Option<TopUpFloor>,
    /// What comes first when money or a limit is short: 1 before 2.
    pub priority: u8,
    /// The first day on which it pays.
    pub from: DubaiDate,
    /// The last day on which it pays, less than a year after the person agreed.
    pub until: DubaiDate,
}

/// A prepaid account is topped up when it has run low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopUpFloor {
    /// A balance below this is low; exactly this is not.
    pub below: Fils,
    /// What is put on it then.
    pub add: Fils,
}

impl Mandate {
    /// What was agreed.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Its name.
    pub fn id(&self) -> &MandateId {
        &self.terms.id
    }

    /// Whether it has a say on a day: not revoked, and within its days. A paused one has, and says no.
    pub fn is_in_force(&self, day: DubaiDate) -> bool {
        !matches!(self.standing, Standing::Revoked { .. }) && (self.terms.from..=self.terms.until).contains(&day)
    }

    /// Whether this can follow `older` as a version of the same mandate.
    pub fn follows(&self, older: &Self) -> bool {
        self.terms.id == older.terms.id
            && self.terms.version > older.terms.version
            && self.terms.agreed_at >= older.terms.agreed_at
            && !matches!(older.standing, Standing::Revoked { .. })
    }
}

impl Terms {
    /// Whether a payment may be made with this instrument.
    pub fn may_pay_with(&self, instrument: &InstrumentId) -> bool {
        self.instrument == *instrument || self.fallback.as_ref() == Some(instrument)
    }
}
