//! The ledger's second schema: mandates. What the person signed about them, what the gateway reported, what the phone saw of
//! bills, and what it found when it held the one against the others.

pub(super) const SQL: &str = "
-- Terms, stops, answers and disputes, as they were signed, in the order in which they were written down. `sent`: 0 not yet, 1 the
-- gateway has it, 2 the gateway refused it.
CREATE TABLE statement (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    sent INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX statement_unsent ON statement (seq) WHERE sent = 0;

CREATE TABLE decision (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    decided_ms INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX decision_by_decided ON decision (decided_ms, seq);

CREATE TABLE finding (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    payload BLOB NOT NULL
) STRICT;

-- What a bill was each time that it was seen to be another.
CREATE TABLE seen_bill (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    agency BLOB NOT NULL,
    open INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX seen_bill_open ON seen_bill (agency) WHERE open = 1;
";
