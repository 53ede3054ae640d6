//! Amounts as the scenarios write them: `AED 1,520.13`.

use rabt::domain::{Fils, Personal};

/// An amount that was met, as one that was written is compared with: fictional people have no secrets from whoever reads a failure.
pub(crate) fn fils(met: &Personal<Fils>) -> i64 {
    met.reveal().get()
}

/// Reads one.
pub(crate) fn amount(text: &str) -> Fils {
    let dirhams = text.strip_prefix("AED ").expect("an amount such as AED 1,520.13");
    Fils::parse_dirhams(&dirhams.replace(',', "")).expect("an amount such as AED 1,520.13")
}
