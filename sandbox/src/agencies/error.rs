//! Why an agency doesn't do what it is asked, before that is turned into a problem of the wire.

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum AgencyError {
    /// There is no such agency, bill, account or persona.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// A member of the request is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// The member.
        field: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The bill is paid.
    #[error("the bill is paid already")]
    AlreadyPaid,
    /// The bill was withdrawn.
    #[error("the bill was withdrawn")]
    Withdrawn,
    /// The city's memory failed.
    #[error("the city's memory failed")]
    Storage(#[from] rusqlite::Error),
    /// What the city's memory holds can't be read: a defect.
    #[error("the city's memory holds what can't be read")]
    Corrupt(#[from] serde_json::Error),
}
