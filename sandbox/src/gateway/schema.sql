-- The gateway's tables.

CREATE TABLE IF NOT EXISTS gateway_directory (
    version    INTEGER PRIMARY KEY,
    -- Of what the directory says, without version and dates: another one is another version.
    digest     TEXT NOT NULL,
    issued_ms  INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    jws        TEXT NOT NULL
) STRICT;

-- Every key that ever signed a receipt, so that old receipts stay verifiable.
CREATE TABLE IF NOT EXISTS gateway_receipt_key (
    kid      TEXT PRIMARY KEY,
    jwk      TEXT NOT NULL,
    added_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_link (
    link_id         TEXT PRIMARY KEY,
    subject         TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_digest  TEXT NOT NULL,
    kind            TEXT NOT NULL,
    return_uri      TEXT NOT NULL,
    state           TEXT NOT NULL,
    expires_ms      INTEGER NOT NULL,
    -- Once completed.
    code_hash       TEXT,
    instrument_id   TEXT,
    UNIQUE (subject, idempotency_key)
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_instrument (
    instrument_id TEXT PRIMARY KEY,
    link_id       TEXT NOT NULL UNIQUE REFERENCES gateway_link (link_id),
    subject       TEXT NOT NULL,
    token         TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    name_en       TEXT NOT NULL,
    name_ar       TEXT NOT NULL,
    last_four     TEXT NOT NULL,
    -- As the bank last said.
    status        TEXT NOT NULL,
    expires_on    TEXT NOT NULL,
    linked_ms     INTEGER NOT NULL,
    -- The person unlinked it; the row stays for payments that were made with it.
    removed_ms    INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS gateway_instrument_subject ON gateway_instrument (subject);

CREATE TABLE IF NOT EXISTS gateway_quote (
    quote_id   TEXT PRIMARY KEY,
    subject    TEXT NOT NULL,
    total_fils INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    -- The payable lines, with what a payment needs of them.
    lines      TEXT NOT NULL,
    -- The payment that used it.
    payment_id TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_payment (
    -- Newest last; what a cursor names.
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id      TEXT NOT NULL UNIQUE,
    subject         TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_digest  TEXT NOT NULL,
    quote_id        TEXT NOT NULL UNIQUE REFERENCES gateway_quote (quote_id),
    instrument_id   TEXT NOT NULL REFERENCES gateway_instrument (instrument_id),
    -- "Visa 4242", for receipts.
    paid_with       TEXT NOT NULL,
    stage           TEXT NOT NULL CHECK (stage IN ('recorded', 'debited', 'rejected', 'closed')),
    total_fils      INTEGER NOT NULL CHECK (total_fils > 0),
    created_ms      INTEGER NOT NULL,
    updated_ms      INTEGER NOT NULL,
    debited_ms      INTEGER,
    revision        INTEGER NOT NULL,
    rejection       TEXT,
    UNIQUE (subject, idempotency_key)
) STRICT;
CREATE INDEX IF NOT EXISTS gateway_payment_open ON gateway_payment (stage) WHERE stage IN ('recorded', 'debited');

CREATE TABLE IF NOT EXISTS gateway_payment_item (
    payment_id    TEXT NOT NULL REFERENCES gateway_payment (payment_id),
    position      INTEGER NOT NULL,
    agency_id     TEXT NOT NULL,
    bill_id       TEXT NOT NULL,
    reference     TEXT NOT NULL,
    bill_revision INTEGER NOT NULL,
    amount_fils   INTEGER NOT NULL CHECK (amount_fils > 0),
    stage         TEXT NOT NULL
        CHECK (stage IN ('waiting', 'held', 'posted', 'refused', 'settled', 'refunded', 'rejected')),
    posting_id    TEXT,
    receipt       TEXT,
    rejection     TEXT,
    PRIMARY KEY (payment_id, position),
    UNIQUE (payment_id, agency_id, bill_id)
) STRICT;
CREATE INDEX IF NOT EXISTS gateway_payment_item_bill ON gateway_payment_item (agency_id, bill_id);

CREATE INDEX IF NOT EXISTS gateway_quote_unused ON gateway_quote (expires_ms) WHERE payment_id IS NULL;

-- A bill in a payment whose item isn't final can't be in another.
CREATE TABLE IF NOT EXISTS gateway_bill_lock (
    agency_id  TEXT NOT NULL,
    bill_id    TEXT NOT NULL,
    payment_id TEXT NOT NULL REFERENCES gateway_payment (payment_id),
    PRIMARY KEY (agency_id, bill_id)
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_event (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    -- NULL is for everybody.
    subject  TEXT,
    source   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    data     TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS gateway_event_subject ON gateway_event (subject, seq);
