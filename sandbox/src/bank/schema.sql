-- The bank's tables. The ledger guards itself: entries are written before the transaction that seals them, sealing one whose
-- entries don't sum to zero is refused, and nothing that is sealed can be changed.

CREATE TABLE IF NOT EXISTS bank_setting (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS bank_account (
    account_id   TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('current', 'card', 'clearing', 'agency', 'external')),
    -- The holder of a current account or card.
    subject      TEXT,
    holder_en    TEXT,
    holder_ar    TEXT,
    -- The card's network; nothing else needs a name of its own.
    brand        TEXT,
    last_four    TEXT,
    -- The card's last day.
    expires_on   TEXT,
    balance_fils INTEGER NOT NULL DEFAULT 0,
    -- How far down the balance may go: zero for an account, the limit below zero for a card, NULL for the world outside.
    floor_fils   INTEGER,
    CHECK (floor_fils IS NULL OR balance_fils >= floor_fils)
) STRICT;
CREATE INDEX IF NOT EXISTS bank_account_subject ON bank_account (subject);

CREATE TABLE IF NOT EXISTS bank_transaction (
    transaction_id TEXT PRIMARY KEY,
    purpose        TEXT NOT NULL,
    reference      TEXT NOT NULL,
    at_ms          INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS bank_entry (
    transaction_id TEXT NOT NULL REFERENCES bank_transaction (transaction_id) DEFERRABLE INITIALLY DEFERRED,
    account_id     TEXT NOT NULL REFERENCES bank_account (account_id),
    amount_fils    INTEGER NOT NULL CHECK (amount_fils <> 0),
    PRIMARY KEY (transaction_id, account_id)
) STRICT;
CREATE INDEX IF NOT EXISTS bank_entry_account ON bank_entry (account_id);

CREATE TRIGGER IF NOT EXISTS bank_entry_moves_balance AFTER INSERT ON bank_entry
BEGIN
    UPDATE bank_account SET balance_fils = balance_fils + NEW.amount_fils WHERE account_id = NEW.account_id;
END;

CREATE TRIGGER IF NOT EXISTS bank_transaction_sums_to_zero BEFORE INSERT ON bank_transaction
WHEN (SELECT COUNT(*) < 2 OR SUM(amount_fils) <> 0 FROM bank_entry WHERE transaction_id = NEW.transaction_id)
BEGIN
    SELECT RAISE(ABORT, 'the entries of a transaction must sum to zero');
END;

CREATE TRIGGER IF NOT EXISTS bank_entry_not_after_seal BEFORE INSERT ON bank_entry
WHEN EXISTS (SELECT 1 FROM bank_transaction WHERE transaction_id = NEW.transaction_id)
BEGIN
    SELECT RAISE(ABORT, 'a sealed transaction takes no more entries');
END;

CREATE TRIGGER IF NOT EXISTS bank_entry_stays BEFORE UPDATE ON bank_entry
BEGIN
    SELECT RAISE(ABORT, 'entries are never changed');
END;

CREATE TRIGGER IF NOT EXISTS bank_entry_is_kept BEFORE DELETE ON bank_entry
BEGIN
    SELECT RAISE(ABORT, 'entries are never deleted');
END;

CREATE TRIGGER IF NOT EXISTS bank_transaction_stays BEFORE UPDATE ON bank_transaction
BEGIN
    SELECT RAISE(ABORT, 'transactions are never changed');
END;

CREATE TRIGGER IF NOT EXISTS bank_transaction_is_kept BEFORE DELETE ON bank_transaction
BEGIN
    SELECT RAISE(ABORT, 'transactions are never deleted');
END;

-- What the gateway asked for, by its key: a repetition is answered from here.
CREATE TABLE IF NOT EXISTS bank_movement (
    idempotency_key TEXT PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('debit', 'refund', 'settlement')),
    request_digest  TEXT NOT NULL,
    -- The debit whose money a refund or settlement moves on.
    debit_key       TEXT REFERENCES bank_movement (idempotency_key),
    -- The person's or the agency's account.
    account_id      TEXT REFERENCES bank_account (account_id),
    amount_fils     INTEGER NOT NULL CHECK (amount_fils > 0),
    reference       TEXT NOT NULL,
    -- A problem's code where the bank declined; otherwise the transaction that did it.
    declined        TEXT,
    transaction_id  TEXT REFERENCES bank_transaction (transaction_id),
    made_ms         INTEGER NOT NULL,
    CHECK ((declined IS NULL) <> (transaction_id IS NULL)),
    CHECK ((kind = 'debit') = (debit_key IS NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS bank_movement_debit ON bank_movement (debit_key);

-- A person's visit to a page of the bank or the processor.
CREATE TABLE IF NOT EXISTS bank_session (
    session_id TEXT PRIMARY KEY,
    link_id    TEXT NOT NULL UNIQUE,
    subject    TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('bank_account', 'card')),
    return_uri TEXT NOT NULL,
    state      TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    -- NULL until the person decides; then 'approved' or 'denied'.
    decision   TEXT CHECK (decision IN ('approved', 'denied')),
    account_id TEXT REFERENCES bank_account (account_id),
    code_hash  TEXT UNIQUE
) STRICT;

-- Consents and card tokens.
CREATE TABLE IF NOT EXISTS bank_instrument (
    token      TEXT PRIMARY KEY,
    link_id    TEXT NOT NULL UNIQUE REFERENCES bank_session (link_id),
    kind       TEXT NOT NULL CHECK (kind IN ('bank_account', 'card')),
    subject    TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES bank_account (account_id),
    status     TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    expires_on TEXT NOT NULL
) STRICT;

-- Multi-payment consents, in the words of UAE Open Finance.
CREATE TABLE IF NOT EXISTS bank_consent (
    consent_id TEXT PRIMARY KEY,
    subject    TEXT NOT NULL,
    token      TEXT NOT NULL REFERENCES bank_instrument (token),
    -- The standard's object, in JSON.
    details    TEXT NOT NULL,
    status     TEXT NOT NULL,
    -- Until when the person may decide.
    expires_ms INTEGER NOT NULL,
    return_uri TEXT NOT NULL,
    state      TEXT NOT NULL,
    code_hash  TEXT UNIQUE
) STRICT;

-- Which debits were made under a consent, and on which day in Dubai.
CREATE TABLE IF NOT EXISTS bank_consent_use (
    consent_id      TEXT NOT NULL REFERENCES bank_consent (consent_id),
    idempotency_key TEXT NOT NULL UNIQUE REFERENCES bank_movement (idempotency_key),
    made_on         TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS bank_consent_use_of ON bank_consent_use (consent_id, made_on);
