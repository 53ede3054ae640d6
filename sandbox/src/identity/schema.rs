//! The provider's tables. Codes, refresh tokens and cookies are kept as SHA-256, so that whoever reads the file can't use them.

/// Creates what is missing.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS identity_setting (
    name TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS identity_key (
    rank INTEGER PRIMARY KEY AUTOINCREMENT, kid TEXT NOT NULL UNIQUE, pkcs8 BLOB, jwk TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS identity_pushed (
    request_uri TEXT PRIMARY KEY, request TEXT NOT NULL, expires_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS identity_interaction (
    id TEXT PRIMARY KEY, csrf TEXT NOT NULL, request TEXT NOT NULL, wrong_entries INTEGER NOT NULL DEFAULT 0,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS identity_session (
    sid TEXT PRIMARY KEY, cookie_hash TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, acr TEXT NOT NULL,
    authenticated_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS identity_code (
    hash TEXT PRIMARY KEY, request TEXT NOT NULL, subject TEXT NOT NULL, acr TEXT NOT NULL, sid TEXT NOT NULL,
    authenticated_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, grant_id TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS identity_grant (
    grant_id TEXT PRIMARY KEY, client_id TEXT NOT NULL, subject TEXT NOT NULL, scope TEXT NOT NULL, acr TEXT NOT NULL,
    sid TEXT NOT NULL, jkt TEXT, authenticated_ms INTEGER NOT NULL, revoked_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS identity_grant_subject ON identity_grant (subject);
CREATE INDEX IF NOT EXISTS identity_grant_sid ON identity_grant (sid);
CREATE TABLE IF NOT EXISTS identity_device (
    subject TEXT NOT NULL, jkt TEXT NOT NULL, since_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, PRIMARY KEY (subject, jkt)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identity_access (
    jti TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES identity_grant, expires_ms INTEGER NOT NULL, refused_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS identity_access_grant ON identity_access (grant_id);
CREATE INDEX IF NOT EXISTS identity_access_expiry ON identity_access (expires_ms);
CREATE TABLE IF NOT EXISTS identity_refresh (
    hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES identity_grant, expires_ms INTEGER NOT NULL,
    replaced_ms INTEGER, successor_hash TEXT, repeated INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS identity_refresh_grant ON identity_refresh (grant_id);
CREATE TABLE IF NOT EXISTS identity_proof (
    jkt TEXT NOT NULL, jti TEXT NOT NULL, expires_ms INTEGER NOT NULL, PRIMARY KEY (jkt, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS identity_proof_expiry ON identity_proof (expires_ms);
";
