//! The agencies' tables. Each row says whose it is; no statement leaves the agency out.

/// See the module. `agency_posting` holds what was paid in the city, through the hub or at the counter: one row a bill at most.
/// What a fixture says was paid before has none.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS agency_account (
    agency_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    subject TEXT, -- NULL: nobody's who can sign in
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    label TEXT NOT NULL, -- JSON
    fields TEXT NOT NULL, -- JSON: what its form must hold
    facts TEXT NOT NULL, -- JSON: what fees are reckoned from
    balance_fils INTEGER,
    PRIMARY KEY (agency_id, account_id)
) STRICT;
CREATE INDEX IF NOT EXISTS agency_account_of ON agency_account (agency_id, subject);
CREATE INDEX IF NOT EXISTS agency_account_by_fields ON agency_account (agency_id, kind, fields);

CREATE TABLE IF NOT EXISTS agency_added_account (
    agency_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (agency_id, subject, account_id),
    FOREIGN KEY (agency_id, account_id) REFERENCES agency_account (agency_id, account_id)
) STRICT;

CREATE TABLE IF NOT EXISTS agency_consent (
    agency_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    body TEXT NOT NULL, -- JSON
    expires_at_ms INTEGER NOT NULL,
    withdrawn_at TEXT,
    PRIMARY KEY (agency_id, subject, consent_id)
) STRICT;

CREATE TABLE IF NOT EXISTS agency_bill (
    agency_id TEXT NOT NULL,
    bill_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'paid', 'withdrawn')),
    due_on TEXT NOT NULL,
    closed_on TEXT, -- NULL while it is open
    revision INTEGER NOT NULL,
    body TEXT NOT NULL, -- JSON
    PRIMARY KEY (agency_id, bill_id),
    FOREIGN KEY (agency_id, account_id) REFERENCES agency_account (agency_id, account_id)
) STRICT;
CREATE INDEX IF NOT EXISTS agency_bill_of ON agency_bill (agency_id, account_id);

CREATE TABLE IF NOT EXISTS agency_posting (
    agency_id TEXT NOT NULL,
    posting_id TEXT NOT NULL,
    bill_id TEXT NOT NULL,
    amount_fils INTEGER NOT NULL CHECK (amount_fils > 0),
    posted_at TEXT NOT NULL,
    channel TEXT NOT NULL, -- rabt, counter
    idempotency_key TEXT, -- NULL at the counter, as the next two
    payment_id TEXT,
    subject TEXT,
    PRIMARY KEY (agency_id, posting_id),
    UNIQUE (agency_id, bill_id), -- a bill is paid once
    UNIQUE (agency_id, idempotency_key),
    FOREIGN KEY (agency_id, bill_id) REFERENCES agency_bill (agency_id, bill_id)
) STRICT;

CREATE TABLE IF NOT EXISTS agency_posting_answer (
    agency_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request TEXT NOT NULL, -- JSON
    answer TEXT NOT NULL, -- JSON: a posting or a problem
    PRIMARY KEY (agency_id, idempotency_key)
) STRICT;

CREATE TABLE IF NOT EXISTS agency_outbox (
    entry_id INTEGER PRIMARY KEY AUTOINCREMENT,
    agency_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    bill_id TEXT NOT NULL,
    kind TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS agency_loaded_persona (
    agency_id TEXT NOT NULL,
    persona_id TEXT NOT NULL, -- empty: what is nobody's
    PRIMARY KEY (agency_id, persona_id)
) STRICT;
";
