//! Which bills a mandate is for.

use super::BillView;
use crate::{AccountId, AgencyId, BillKind, Invalid, InvalidReason};

/// The most entries of a scope.
pub const SCOPE_ENTRIES_MAX: usize = 100;

/// Which bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the person's bills, of every agency, also of one that joins later.
    All,
    /// The bills that at least one entry covers.
    Chosen(Vec<ScopeEntry>),
}

/// A part of a scope: it covers a bill that has everything which it names. It names something, and an account never without its
/// agency, since accounts are named within one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopeEntry {
    /// The agency; `None` for any.
    pub agency: Option<AgencyId>,
    /// The agency's account; `None` for any.
    pub account: Option<AccountId>,
    /// The shape of the bill; `None` for any.
    pub kind: Option<BillKind>,
}

/// How closely a scope names a bill; the greater wins. An account (4) says more than an agency (2), and that more than a kind (1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Closeness(u8);

impl Scope {
    /// How closely it names a bill by its closest entry, or `None` where it doesn't cover it.
    pub fn closeness(&self, bill: &BillView) -> Option<Closeness> {
        self.closeness_of(&bill.key.agency, &bill.account, bill.kind)
    }

    /// Whether it covers a bill.
    pub fn covers(&self, bill: &BillView) -> bool {
        self.closeness(bill).is_some()
    }

    pub(super) fn closeness_of(&self, agency: &AgencyId, account: &AccountId, kind: BillKind) -> Option<Closeness> {
        match self {
            Self::All => Some(Closeness(0)),
            Self::Chosen(entries) => entries
                .iter()
                .filter_map(|entry| entry.closeness(agency, account, kind))
                .max(),
        }
    }

    /// Checks the entries, and puts them in order, so that the same choice is the same value.
    pub(super) fn checked(self) -> Result<Self, Invalid> {
        let Self::Chosen(mut entries) = self else {
            return Ok(Self::All);
        };
        if entries.is_empty() {
            return Err(Invalid::new("scope", InvalidReason::Empty));
        }
        if entries.len() > SCOPE_ENTRIES_MAX {
            return Err(Invalid::new("scope", InvalidReason::TooMany));
        }
        for (index, entry) in entries.iter().enumerate() {
            let wrong = |field: &str, reason| Err(Invalid::new(format!("scope[{index}]{field}"), reason));
            if entry.agency.is_none() && entry.account.is_none() && entry.kind.is_none() {
                return wrong("", InvalidReason::Empty);
            }
            if entry.account.is_some() && entry.agency.is_none() {
                return wrong(".agency_id", InvalidReason::Empty);
            }
            if entry.kind == Some(BillKind::Unknown) {
                return wrong(".kind", InvalidReason::Unsupported);
            }
            if entries[..index].contains(entry) {
                return wrong("", InvalidReason::Twice);
            }
        }
        entries.sort();
        Ok(Self::Chosen(entries))
    }
}

impl ScopeEntry {
    fn closeness(&self, agency: &AgencyId, account: &AccountId, kind: BillKind) -> Option<Closeness> {
        let fits = self.agency.as_ref().is_none_or(|named| named == agency)
            && self.account.as_ref().is_none_or(|named| named == account)
            && self.kind.is_none_or(|named| named == kind);
        let named =
            4 * u8::from(self.account.is_some()) + 2 * u8::from(self.agency.is_some()) + u8::from(self.kind.is_some());
        fits.then_some(Closeness(named))
    }
}
