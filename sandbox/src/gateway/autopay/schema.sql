-- What the gateway keeps of mandates: what was signed, what the bank consented to, what was decided and what is being paid.

CREATE TABLE IF NOT EXISTS gateway_mandate_version (
    subject         TEXT NOT NULL,
    mandate_id      TEXT NOT NULL,
    version         INTEGER NOT NULL,
    jws             TEXT NOT NULL,
    -- What it says, as the wire writes a mandate: it was checked once, when it was taken.
    terms           TEXT NOT NULL,
    acknowledged_ms INTEGER NOT NULL,
    PRIMARY KEY (subject, mandate_id, version)
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_mandate_standing (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    subject    TEXT NOT NULL,
    mandate_id TEXT NOT NULL,
    jws        TEXT NOT NULL,
    UNIQUE (subject, mandate_id, jws)
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_mandate_answer (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    subject    TEXT NOT NULL,
    mandate_id TEXT NOT NULL,
    jws        TEXT NOT NULL,
    -- What it says, as the wire writes an answer.
    answer     TEXT NOT NULL,
    UNIQUE (subject, mandate_id, jws)
) STRICT;

-- Where a mandate stands beside its terms: what its standing statements come to, and what stops it otherwise.
CREATE TABLE IF NOT EXISTS gateway_mandate (
    subject     TEXT NOT NULL,
    mandate_id  TEXT NOT NULL,
    -- As the wire writes a standing.
    standing    TEXT NOT NULL,
    -- Since when a dispute stops it.
    disputed_ms INTEGER,
    PRIMARY KEY (subject, mandate_id)
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_mandate_dispute (
    subject    TEXT NOT NULL,
    dispute_id TEXT NOT NULL,
    mandate_id TEXT NOT NULL,
    -- As it was sent.
    body       TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    PRIMARY KEY (subject, dispute_id)
) STRICT;

CREATE TABLE IF NOT EXISTS gateway_mandate_consent (
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    consent_id    TEXT NOT NULL UNIQUE,
    subject       TEXT NOT NULL,
    mandate_id    TEXT NOT NULL,
    version       INTEGER NOT NULL,
    instrument_id TEXT NOT NULL,
    -- By which a repeated request is told from another.
    request       TEXT NOT NULL,
    -- The standard's object, in JSON.
    details       TEXT NOT NULL,
    expires_ms    INTEGER NOT NULL,
    -- As the bank last said.
    status        TEXT NOT NULL,
    code_hash     TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS gateway_mandate_consent_of ON gateway_mandate_consent (subject, mandate_id, position);

-- What each agency last answered about a person's bills.
CREATE TABLE IF NOT EXISTS gateway_fetched (
    subject    TEXT NOT NULL,
    agency_id  TEXT NOT NULL,
    fetched_ms INTEGER NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (subject, agency_id)
) STRICT;

-- What was decided, in its order; a decision whose payment changed is told again.
CREATE TABLE IF NOT EXISTS gateway_decision (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    subject   TEXT NOT NULL,
    agency_id TEXT NOT NULL,
    bill_id   TEXT NOT NULL,
    -- As the wire writes a reported decision.
    body      TEXT NOT NULL,
    -- Whether the person was told that it needs them.
    told      INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS gateway_decision_of ON gateway_decision (subject, agency_id, bill_id, seq);
CREATE INDEX IF NOT EXISTS gateway_decision_page ON gateway_decision (subject, seq);

-- The payments that mandates made, each in the same transaction as its decision and the hub's payment.
CREATE TABLE IF NOT EXISTS gateway_mandate_payment (
    subject    TEXT NOT NULL,
    payment_id TEXT NOT NULL UNIQUE REFERENCES gateway_payment (payment_id),
    -- As it was decided, as the wire writes a reported decision.
    body       TEXT NOT NULL,
    -- What was last told of its progress; empty where nothing is told of it.
    progress   TEXT NOT NULL,
    -- The bank's consent that it was made under.
    consent_id TEXT,
    -- Whether its agency is asked; only a cheat moves money without.
    is_posted  INTEGER NOT NULL,
    PRIMARY KEY (subject, payment_id)
) STRICT;
