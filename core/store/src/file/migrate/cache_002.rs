//! The cache's second schema: the texts that a search reads lie in blocks, and an index that gives bills in order also says which
//! label each has. What the agencies said of bills is dropped rather than carried over: the texts are sealed one by one, SQL
//! can't move them, and a refresh brings everything back.

pub(super) const SQL: &str = "
DROP TABLE bill_number;
DROP TABLE bill_payload;
DROP TABLE bill;
DROP TABLE label;
-- With it goes what an agency's next answer would be compared with, so that it is asked for all of its bills.
DELETE FROM freshness;

-- The texts that bills are found by, some hundred labels of one agency under one seal.
CREATE TABLE label_block (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agency INTEGER NOT NULL REFERENCES agency (id) ON DELETE CASCADE,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX label_block_by_agency ON label_block (agency, id);
-- One row for each agency, account, kind and title that occur together, and in which block its text is.
CREATE TABLE label (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    agency INTEGER NOT NULL REFERENCES agency (id) ON DELETE CASCADE,
    block INTEGER NOT NULL REFERENCES label_block (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX label_by_agency ON label (agency);
CREATE INDEX label_by_block ON label (block);

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
-- What stands after `id` in these orders nothing: it is what a search asks of bill after bill without reading the bill's row.
CREATE INDEX bill_by_due ON bill (due, id, label, agency);
CREATE INDEX bill_by_open_due ON bill (open, due, id, label, agency);
CREATE INDEX bill_by_agency ON bill (agency, open, due, id, label);
CREATE INDEX bill_by_label ON bill (label);
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
";
