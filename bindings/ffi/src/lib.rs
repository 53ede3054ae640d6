//! Rabt for Kotlin and Swift: the only crate that exports through UniFFI.
//!
//! Its types are its own and flat, so that the core's may change: ids are texts that are checked on entry, money is whole fils, days
//! are days, instants are milliseconds. One request goes in and one whole page comes out, since each crossing costs. There is one
//! object a feature, as in the core's face, and nothing else lives here: no rule, no cache, no wording of its own but that of a core
//! which was closed.
//!
//! Every call that may wait is spawned on this crate's own runtime (the module `runtime`) and awaited: a shell that cancels drops the waiting and
//! never the work. Every call that may fail returns [`RabtError`]; a panic arrives as its `Bug`, and the next call works.

#![allow(
    unsafe_code,
    reason = "UniFFI's macros write the C functions that the other languages call, and Android's virtual machine calls one by its name"
)]

mod accounts;
mod agencies;
#[cfg(target_os = "android")]
mod android;
mod autopay;
mod bills;
mod core;
mod diagnostics;
mod error;
mod instruments;
mod log;
mod open;
mod payments;
mod ports;
mod runtime;
mod session;
mod sync;
mod values;
mod watch;

pub use accounts::{Account, AccountKey, Accounts, Holder};
pub use agencies::{AccountKind, Agencies, Agency, BillKindEntry, Charset, Consent, FormField, Freshness};
pub use autopay::{
    Allowance, Autopay, BankConsent, Decision, DecisionOutcome, DecisionPage, DecisionPayment, DecisionProgress,
    DecisionQuery, DraftedMandate, Finding, ForeseenBill, LimitLeft, LimitPeriod, Mandate, MandateAnswer, MandateDraft,
    MandateLimits, MandatePreview, MandateScope, MandateStanding, MandateSuggestion, PayDay, TopUpFloor, Upcoming,
    WeekendRule, decide_mandates,
};
pub use bills::{
    AgencyRefresh, AgencySummary, AmountRule, Bill, BillKey, BillKind, BillLine, BillOrder, BillPage, BillPaid,
    BillPeriod, BillQuery, BillStanding, BillStatus, Bills, RateSource, RefreshOutcome, RefreshReport, Summary, Tally,
    WeekSummary,
};
pub use diagnostics::{AgencyHealth, Diagnostics, DiagnosticsBundle, Incident};
pub use error::{ConflictCode, ErrorDetails, InputProblem, RabtError, Retry, SignInReason, StorageProblem};
pub use instruments::{Instrument, InstrumentKind, InstrumentStatus, Instruments};
pub use log::{LogLevel, LogLine, LogSink, set_log_sink};
pub use open::{CacheState, Config, KeyState, LedgerState, OpenReport, Rabt, open_rabt};
pub use payments::{
    ChosenBill, Payment, PaymentItem, PaymentItemState, PaymentOutcome, PaymentPage, PaymentState, Payments, Quote,
    QuoteLine, QuoteOutcome, Receipt, ReceiptPage, ReceiptView, Rejection,
};
pub use ports::{Clock, DpopSigner, PortError, SecretStore};
pub use runtime::{ThreadHook, set_thread_hook};
pub use session::{Session, SessionState, SignedOut};
pub use sync::{Sync, SyncReport};
pub use values::{Bilingual, Currency, DubaiDate, Language, Money, Timestamp};
pub use watch::{ChangeListener, Topic, Watch};

uniffi::setup_scaffolding!("rabt");
