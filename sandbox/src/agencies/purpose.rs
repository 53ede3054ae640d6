//! The purposes that a consent can name. A fixture may have more; these are those that the server asks for.

/// To tell which accounts the agency holds for the person.
pub(crate) const ACCOUNTS: &str = "accounts";
/// To present the person's bills, to them and to the hub.
pub(crate) const BILLS: &str = "bills";
