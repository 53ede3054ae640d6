//! A mandate as a multi-payment consent of UAE Open Finance v2.1, for the bank that holds the account.
//!
//! A mandate pays what agencies bill, when it chooses: the standard's `VariableOnDemand`. The consent carries what the bank
//! enforces: the limits, the beneficiaries and the days. Scope, schedule, questions and priority stay with the mandate. The bank is
//! the outer bound: whatever a gateway does, it pays no more than both allow, so [`write()`] refuses a mandate whose limits the
//! standard can't carry exactly, and names the [`Rule`] for it.
//!
//! What identifies the beneficiaries travels sealed (JWE) for the bank, which is the gateway's to do: [`Initiation`] is what it
//! seals, and the consent has room for the result.

mod consent;
mod creditor;
mod rules;

pub use consent::{
    Amount, AuthorizationDetails, CONSENT_TYPE, Consent, ConsentSchedule, ControlParameters, Controls, MultiPayment,
    PeriodType, PeriodicSchedule,
};
pub use creditor::{CREDITORS_MAX, Creditor, CreditorAccount, Initiation, Name};
pub use rules::{Bounds, Frame, NotExpressible, Rule, read, write};
