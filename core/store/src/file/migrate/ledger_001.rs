//! The ledger's first schema. A sealed column is called `payload`; a `mac` is a keyed hash that rows are found by. Numbers are
//! never used twice (`AUTOINCREMENT`), so that what was acknowledged stays acknowledged.

pub(super) const SQL: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID, STRICT;

-- The session, the device's key, the directory: there is one of each.
CREATE TABLE slot (name TEXT PRIMARY KEY NOT NULL, payload BLOB NOT NULL) WITHOUT ROWID, STRICT;

CREATE TABLE flow (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    expires_ms INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE consent (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE payment (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX payment_by_created ON payment (created_ms, seq);
CREATE INDEX payment_unfinished ON payment (created_ms, seq) WHERE finished = 0;
CREATE TABLE bound_bill (
    bill BLOB NOT NULL,
    payment INTEGER NOT NULL REFERENCES payment (seq),
    PRIMARY KEY (bill, payment)
) WITHOUT ROWID, STRICT;
CREATE INDEX bound_bill_by_payment ON bound_bill (payment);

CREATE TABLE receipt (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE outcome (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE incident (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    payload BLOB NOT NULL
) STRICT;
";
