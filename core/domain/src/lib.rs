//! Rabt's rules: money, days, bills, baskets and payments, as values that can't be wrong and functions that can't wait.
//!
//! Nothing here reads a clock, a file, a socket or a random number: instants and identifiers come in as arguments, decisions
//! go out as values. That is why the same rules run on a phone, in a gateway and in a property test. It knows no other crate of
//! Rabt: what a wire or a table looks like is for those who own them.
//!
//! Types come before checks: [`Fils`], [`DubaiDate`], [`BillId`] and the like can only be had by parsing, so that a function
//! that is given one has nothing left to doubt.

pub mod account;
pub mod agency;
pub mod basket;
pub mod bill;
pub mod id;
pub mod incident;
pub mod instrument;
pub mod invalid;
pub mod mandate;
pub mod money;
pub mod payment;
pub mod person;
pub mod text;
pub mod time;

pub use account::{Account, AccountKey, Holder};
pub use agency::{Agency, Directory};
pub use basket::{Basket, BasketItem, Quote, QuoteLine, QuoteOutcome};
pub use bill::{Bill, BillKey, BillKind, BillStatus};
pub use id::{
    AccountId, AgencyId, BillId, ConsentId, HubPaymentId, IdempotencyKey, InstrumentId, LinkId, MandateId, QuoteId,
    ReceiptId, SubjectId,
};
pub use incident::{Incident, IncidentKind};
pub use instrument::{Instrument, InstrumentKind, InstrumentStatus};
pub use invalid::{Invalid, InvalidReason};
pub use mandate::Mandate;
pub use money::{Currency, Fils};

pub use payment::{Payment, PaymentState};
pub use person::Personal;
pub use text::{Bilingual, Language};
pub use time::{DubaiDate, Timestamp};
