//! Money crosses as whole fils.

use rabt::domain::{Fils, Invalid};

/// An amount of money in whole fils, of which a dirham (AED) has a hundred; below zero for what is given back. It is never a fraction
/// and never a floating-point number. An amount beyond AED 1,000,000,000,000 is refused as bad input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(
    /// In fils.
    pub i64,
);

uniffi::custom_type!(
    /// An amount of money in whole fils, of which a dirham (AED) has a hundred; below zero for what is given back. It is never a
    /// fraction and never a floating-point number. An amount beyond AED 1,000,000,000,000 is refused as bad input.
    Money, i64, {
        lower: |money| money.0,
        try_lift: |fils| Ok(Money(fils)),
    }
);

impl Money {
    pub(crate) fn check(self, field: &str) -> Result<Fils, Invalid> {
        Fils::new(self.0).map_err(|invalid| Invalid::new(field, invalid.reason))
    }
}

impl From<Fils> for Money {
    fn from(fils: Fils) -> Self {
        Self(fils.get())
    }
}

/// A currency. The city has one; an answer in any other is refused by the core and never shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Currency {
    /// The dirham of the United Arab Emirates (ISO 4217 `AED`), of 100 fils.
    Aed,
}

impl From<rabt::domain::Currency> for Currency {
    fn from(currency: rabt::domain::Currency) -> Self {
        // A second one in the core needs a case here before anything in it may cross.
        debug_assert_eq!(currency.code(), "AED");
        Self::Aed
    }
}
