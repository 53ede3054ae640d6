//! What the agencies remember: rows in, wire types out. Every function takes the agency first and looks at no other's rows.
//!
//! No rule lives here but one: a bill's row, its revision and the news of the change are written together.

pub(super) mod accounts;
pub(super) mod bills;
pub(super) mod consents;
pub(super) mod outbox;
pub(super) mod postings;

use super::AgencyError;

/// What these functions answer.
type Stored<T> = Result<T, AgencyError>;
