//! Names of things. Each has a type of its own, so that an account can't be taken for a bill.

use crate::{BillKey, Invalid, InvalidReason, mandate::Cycle};
use std::fmt;

/// The longest identifier that another party may give, in characters. UUIDs have 36, ours fewer.
pub const ID_CHARS_MAX: usize = 64;
/// The longest agency identifier: it stands in file names and log lines.
pub const AGENCY_ID_CHARS_MAX: usize = 40;
/// The longest idempotency key: UAE Open Finance v2.1.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 40;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $field:literal, $max:expr, $allowed:expr, $debug:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses it.
            ///
            /// # Errors
            /// [`Invalid`], naming the field, for an empty, too long or otherwise malformed one.
            pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
                let text = text.into();
                let allowed: fn(char) -> bool = $allowed;
                if text.is_empty() {
                    Err(Invalid::new($field, InvalidReason::Empty))
                } else if text.len() > $max {
                    Err(Invalid::new($field, InvalidReason::TooMany))
                } else if !text.chars().all(allowed) {
                    Err(Invalid::new($field, InvalidReason::Malformed))
                } else {
                    Ok(Self(text))
                }
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let show: fn(&str) -> &str = $debug;
                write!(f, "{}({})", stringify!($name), show(&self.0))
            }
        }
    };
}

fn opaque(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ':' | '~')
}

fn plain(text: &str) -> &str {
    text
}

fn hidden(_: &str) -> &str {
    "…"
}

id!(
    /// An agency: lower-case letters, digits and hyphens.
    AgencyId, "agency_id", AGENCY_ID_CHARS_MAX,
    |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-', plain
);
id!(
    /// An agency's account. It may hold the person's number, so `Debug` hides it.
    AccountId, "account_id", ID_CHARS_MAX, opaque, hidden
);
id!(
    /// An agency's bill. It may hold the person's number, so `Debug` hides it.
    BillId, "bill_id", ID_CHARS_MAX, opaque, hidden
);
id!(
    /// A consent, named by the client.
    ConsentId, "consent_id", ID_CHARS_MAX, opaque, plain
);
id!(
    /// A linked bank account or card, named by the gateway. A party that names things can put a person's number there, so `Debug`
    /// hides this one and the four below.
    InstrumentId, "instrument_id", ID_CHARS_MAX, opaque, hidden
);
id!(
    /// An attempt to link an instrument.
    LinkId, "link_id", ID_CHARS_MAX, opaque, hidden
);
id!(
    /// A quote of the payment hub.
    QuoteId, "quote_id", ID_CHARS_MAX, opaque, hidden
);
id!(
    /// A payment, as the hub names it. Ours is its [`IdempotencyKey`], which exists before the hub has heard of it.
    HubPaymentId, "payment_id", ID_CHARS_MAX, opaque, hidden
);
id!(
    /// A receipt's number.
    ReceiptId, "receipt_id", ID_CHARS_MAX, opaque, hidden
);
id!(
    /// A mandate, named by the device on which it was agreed; its versions share the name.
    MandateId, "mandate_id", ID_CHARS_MAX, opaque, plain
);
id!(
    /// The person, as the identity provider names them (`sub`). `Debug` hides it.
    SubjectId, "subject", 255, |c| c.is_ascii_graphic(), hidden
);
id!(
    /// What makes an act happen once, whoever sends it and however often. It is derived from what the act is.
    IdempotencyKey, "idempotency_key", IDEMPOTENCY_KEY_CHARS_MAX, opaque, plain
);

/// How many bytes of an act's SHA-256 make its key: in hexadecimal they fill the 40 characters that the standard allows, and
/// 160 bits don't collide by chance.
const KEY_DIGEST_BYTES: usize = 20;

impl IdempotencyKey {
    /// The key of an act from the SHA-256 of its canonical description ([`Act::canonical`]).
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        const ALPHABET: &[u8; 16] = b"0123456789abcdef";
        let mut key = String::with_capacity(2 * KEY_DIGEST_BYTES);
        for byte in &digest[..KEY_DIGEST_BYTES] {
            key.push(char::from(ALPHABET[usize::from(byte >> 4)]));
            key.push(char::from(ALPHABET[usize::from(byte & 15)]));
        }
        Self(key)
    }
}

/// What is done to the world, described so that whoever does the same describes it the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// A person pays a quote. A quote serves one payment, so this is one act on however many devices.
    PayQuote {
        /// The quote.
        quote: &'a QuoteId,
    },
    /// A person begins to link an instrument.
    LinkInstrument {
        /// The unguessable `state` of that attempt.
        state: &'a str,
    },
    /// A mandate pays a bill, in one [`Cycle`] of it. Whoever acts on the same mandate, a second runner or another device,
    /// describes it the same.
    PayByMandate {
        /// The mandate; its version is no part of the act, since a change of the terms is no reason to pay again.
        mandate: &'a MandateId,
        /// The bill.
        bill: &'a BillKey,
        /// Which time.
        cycle: Cycle,
    },
}

impl Act<'_> {
    /// The description that is hashed: a version, the verb, and the parts, each on a line of its own.
    pub fn canonical(&self) -> String {
        match self {
            Self::PayQuote { quote } => format!("rabt-act-1\npay-quote\n{}\n", quote.as_str()),
            Self::LinkInstrument { state } => format!("rabt-act-1\nlink-instrument\n{state}\n"),
            Self::PayByMandate { mandate, bill, cycle } => format!(
                "rabt-act-1\npay-by-mandate\n{}\n{}\n{}\n{cycle}\n",
                mandate.as_str(),
                bill.agency.as_str(),
                bill.bill.as_str()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_short_and_plain() {
        assert_eq!(AgencyId::parse("road-toll").unwrap().as_str(), "road-toll");
        for (text, reason) in [
            ("", InvalidReason::Empty),
            ("Road", InvalidReason::Malformed),
            ("road/../toll", InvalidReason::Malformed),
            (&"a".repeat(AGENCY_ID_CHARS_MAX + 1), InvalidReason::TooMany),
        ] {
            assert_eq!(AgencyId::parse(text), Err(Invalid::new("agency_id", reason)));
        }
        assert!(AgencyId::parse("a".repeat(AGENCY_ID_CHARS_MAX)).is_ok());
    }

    #[test]
    fn what_may_hold_a_persons_number_is_not_shown() {
        let number = "784-1990-1234567-1";
        let shown = [
            format!("{:?}", AccountId::parse(number).unwrap()),
            format!("{:?}", BillId::parse(number).unwrap()),
            format!("{:?}", SubjectId::parse(number).unwrap()),
            format!("{:?}", InstrumentId::parse(number).unwrap()),
            format!("{:?}", LinkId::parse(number).unwrap()),
            format!("{:?}", QuoteId::parse(number).unwrap()),
            format!("{:?}", HubPaymentId::parse(number).unwrap()),
            format!("{:?}", ReceiptId::parse(number).unwrap()),
        ];
        assert!(shown.iter().all(|shown| !shown.contains("784")), "{shown:?}");
    }

    #[test]
    fn a_key_fits_the_standard_and_keeps_the_digest() {
        let mut digest = [0xab; 32];
        let key = IdempotencyKey::from_digest(&digest);
        assert_eq!(key.as_str().len(), IDEMPOTENCY_KEY_CHARS_MAX);
        assert_eq!(IdempotencyKey::parse(key.as_str()), Ok(key.clone()));
        digest[19] = 0;
        assert_ne!(IdempotencyKey::from_digest(&digest), key);
    }
}
