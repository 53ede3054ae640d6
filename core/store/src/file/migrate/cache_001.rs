//! The cache's first schema. A sealed column is called `payload`, or `amount` where a sum is read without the rest; a `mac` is
//! a keyed hash that rows are found by.

pub(super) const SQL: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE slot (name TEXT PRIMARY KEY NOT NULL, payload BLOB NOT NULL) WITHOUT ROWID, STRICT;

-- The agencies by a small number, with the words by which a search knows them.
CREATE TABLE agency (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE freshness (
    agency INTEGER PRIMARY KEY REFERENCES agency (id) ON DELETE CASCADE,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE account (
    mac BLOB PRIMARY KEY NOT NULL,
    agency INTEGER NOT NULL REFERENCES agency (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    payload BLOB NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX account_by_agency ON account (agency, position);
CREATE TABLE instrument (
    mac BLOB PRIMARY KEY NOT NULL,
    position INTEGER NOT NULL,
    payload BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- What bills are found by in a search: one row for each agency, account, kind and title that occur together.
CREATE TABLE label (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    agency INTEGER NOT NULL REFERENCES agency (id) ON DELETE CASCADE,
    account BLOB NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX label_by_agency ON label (agency);

-- Bills are in two tables, so that counting, ordering and summing read narrow rows.
CREATE TABLE bill (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    agency INTEGER NOT NULL REFERENCES agency (id) ON DELETE CASCADE,
    account BLOB NOT NULL,
    label INTEGER NOT NULL REFERENCES label (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    status INTEGER NOT NULL,
    open INTEGER NOT NULL,
    due INTEGER NOT NULL,
    content BLOB NOT NULL,
    amount BLOB NOT NULL
) STRICT;
CREATE INDEX bill_by_due ON bill (due, id);
CREATE INDEX bill_by_open_due ON bill (open, due, id);
CREATE INDEX bill_by_agency ON bill (agency, open, due, id);
CREATE INDEX bill_by_label ON bill (label, due, id);
CREATE TABLE bill_payload (
    bill INTEGER PRIMARY KEY REFERENCES bill (id) ON DELETE CASCADE,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE bill_number (
    mac BLOB NOT NULL,
    bill INTEGER NOT NULL REFERENCES bill (id) ON DELETE CASCADE,
    PRIMARY KEY (mac, bill)
) WITHOUT ROWID, STRICT;
CREATE INDEX bill_number_by_bill ON bill_number (bill);

CREATE TABLE seen_event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE
) STRICT;
";
