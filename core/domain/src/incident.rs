//! What another party said and the core refused to believe. Each is recorded, and none of what was said is in the record.

use crate::{AgencyId, Timestamp};

/// A refused answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Whose answer; `None` for the gateway's or the identity provider's.
    pub agency: Option<AgencyId>,
    /// What was wrong.
    pub kind: IncidentKind,
    /// When it was refused.
    pub at: Timestamp,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What was wrong with a refused answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum IncidentKind {
            $($(#[$doc])* $name,)*
        }

        impl IncidentKind {
            /// The stable code, for a record or a log.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// By code; `None` for one that this version doesn't know.
            pub fn by_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// It was about another person.
    AnotherPerson = "another_person",
    /// It was about another agency, or from one.
    AnotherAgency = "another_agency",
    /// It was about an account that isn't linked.
    UnknownAccount = "unknown_account",
    /// An amount that can't be, or lines that don't sum to it.
    BadAmount = "bad_amount",
    /// A currency that the city doesn't use.
    BadCurrency = "bad_currency",
    /// A day or instant that can't be.
    BadDate = "bad_date",
    /// A text that may not be shown.
    BadText = "bad_text",
    /// A member that is missing or malformed otherwise.
    Malformed = "malformed",
    /// A body, list or token beyond its bound.
    TooMuch = "too_much",
    /// Pages without end, or one page again and again.
    EndlessPaging = "endless_paging",
    /// It came too slowly to be waited for.
    TooSlow = "too_slow",
    /// Another media type or content coding than was asked for.
    WrongContentType = "wrong_content_type",
    /// It sent the request elsewhere.
    Redirected = "redirected",
    /// A signature that doesn't match, or a key that nobody vouched for.
    BadSignature = "bad_signature",
    /// An older directory than is known, or an expired one.
    StaleDirectory = "stale_directory",
    /// A receipt for something else than was paid.
    ReceiptMismatch = "receipt_mismatch",
    /// A payment that isn't what was asked for, or that went back from a final state.
    PaymentMismatch = "payment_mismatch",
    /// A quote that isn't what was asked for.
    QuoteMismatch = "quote_mismatch",
}
