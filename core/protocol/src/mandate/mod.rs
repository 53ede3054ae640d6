//! Bills that pay themselves, on the wire: a mandate as it is signed and sent, what a decision depends on, the
//! decision, and what a gateway reports of its decisions. What a person signs is in [`statement`], and how it reaches the gateway in the
//! types around [`MandateRecord`].
//!
//! What may be in them is judged by the reader, as everywhere. A mandate written out for a bank is in [`open_finance`].

mod decision;
mod given;
pub mod open_finance;
mod register;
mod report;
pub mod statement;
mod terms;

pub use decision::{Decision, Decisions, Outcome, Period, Rule, ToPay};
pub use given::{
    Answer, BillView, ByMandate, Failure, History, InstrumentView, MandateState, PaidBill, PaymentMade, Progress,
    Situation, Standing, Verdict,
};
pub use register::{
    BeginMandateConsent, CompleteMandateConsent, Dispute, MandateConsent, MandateConsentBegun, MandateConsentStatus,
    MandateDecisionPage, MandateRecord, Mandates, NOTE_CHARS_MAX, SendStatement,
};
pub use report::{ByVersion, Report, ReportedDecision, ReportedPayment};
pub use statement::{AnswerStatement, SignedTerms, StandingChange, StandingStatement, Statement};
pub use terms::{Allowance, AskFirst, Limits, Mandate, Schedule, Scope, ScopeEntry, TopUpFloor, Weekend, When};
