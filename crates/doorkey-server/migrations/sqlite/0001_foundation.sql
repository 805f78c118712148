-- The first schema. Times are milliseconds since 1970 in UTC, ids are 16 bytes, hashes are 32 bytes, lists are words
-- with a space between them. Nothing here is a secret: of tokens, codes and proofs only hashes are kept.

CREATE TABLE accounts (
    id                BLOB    NOT NULL PRIMARY KEY,
    email             TEXT    NOT NULL,
    email_key         TEXT    NOT NULL UNIQUE,
    email_verified_at INTEGER,
    name              TEXT    NOT NULL,
    password          TEXT    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE organizations (
    id           BLOB    NOT NULL PRIMARY KEY,
    slug         TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    personal_for BLOB    UNIQUE REFERENCES accounts (id),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    org_id     BLOB    NOT NULL REFERENCES organizations (id),
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    role       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id)
) STRICT;
CREATE INDEX members_by_account ON members (account_id);

CREATE TABLE sessions (
    id          BLOB    NOT NULL PRIMARY KEY,
    account_id  BLOB    NOT NULL REFERENCES accounts (id),
    secret_hash BLOB    NOT NULL UNIQUE,
    address     TEXT    NOT NULL,
    user_agent  TEXT,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE sign_ins (
    id             BLOB    NOT NULL PRIMARY KEY,
    app            TEXT    NOT NULL,
    way            TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'redeemed', 'denied', 'expired')),
    code_challenge TEXT,
    state_hash     BLOB,
    poll_hash      BLOB    UNIQUE,
    user_code_hash BLOB    UNIQUE,
    code_hash      BLOB    UNIQUE,
    comparison     TEXT,
    redirect_uri   TEXT,
    client_state   TEXT,
    scopes         TEXT    NOT NULL,
    host_name      TEXT,
    address        TEXT    NOT NULL,
    user_agent     TEXT,
    session_id     BLOB,
    account_id     BLOB    REFERENCES accounts (id),
    org_id         BLOB    REFERENCES organizations (id),
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    decided_at     INTEGER,
    ended_at       INTEGER,
    CHECK (state = 'pending' OR state = 'expired' OR (account_id IS NOT NULL AND decided_at IS NOT NULL))
) STRICT;
CREATE INDEX sign_ins_by_expiry ON sign_ins (state, expires_at);
CREATE INDEX sign_ins_by_session ON sign_ins (session_id);

CREATE TABLE grants (
    id         BLOB    NOT NULL PRIMARY KEY,
    sign_in_id BLOB    UNIQUE,
    app        TEXT    NOT NULL,
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    org_id     BLOB    REFERENCES organizations (id),
    scopes     TEXT    NOT NULL,
    host_name  TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX grants_by_account ON grants (account_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    grant_id   BLOB    NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    last_four  TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    rotated_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_grant ON tokens (grant_id);
CREATE INDEX tokens_by_expiry ON tokens (kind, expires_at);

CREATE TABLE throttles (
    key   BLOB    NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_by_until ON throttles (until);

CREATE TABLE events (
    id         BLOB    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    action     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    app        TEXT,
    account_id BLOB,
    org_id     BLOB,
    subject    TEXT,
    address    TEXT,
    user_agent TEXT,
    detail     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_account ON events (account_id, id);
CREATE INDEX events_by_subject ON events (subject, id);

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
