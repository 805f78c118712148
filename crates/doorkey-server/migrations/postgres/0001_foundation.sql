-- The first schema. Times are milliseconds since 1970 in UTC, ids are 16 bytes, hashes are 32 bytes, lists are words
-- with a space between them. Nothing here is a secret: of tokens, codes and proofs only hashes are kept.

CREATE TABLE accounts (
    id                BYTEA   NOT NULL PRIMARY KEY,
    email             TEXT    NOT NULL,
    email_key         TEXT    NOT NULL UNIQUE,
    email_verified_at BIGINT,
    name              TEXT    NOT NULL,
    password          TEXT    NOT NULL,
    created_at        BIGINT  NOT NULL
);

CREATE TABLE organizations (
    id           BYTEA   NOT NULL PRIMARY KEY,
    slug         TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    personal_for BYTEA   UNIQUE REFERENCES accounts (id),
    created_at   BIGINT  NOT NULL
);

CREATE TABLE members (
    org_id     BYTEA   NOT NULL REFERENCES organizations (id),
    account_id BYTEA   NOT NULL REFERENCES accounts (id),
    role       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (org_id, account_id)
);
CREATE INDEX members_by_account ON members (account_id);

CREATE TABLE sessions (
    id          BYTEA   NOT NULL PRIMARY KEY,
    account_id  BYTEA   NOT NULL REFERENCES accounts (id),
    secret_hash BYTEA   NOT NULL UNIQUE,
    address     TEXT    NOT NULL,
    user_agent  TEXT,
    created_at  BIGINT  NOT NULL,
    seen_at     BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    ended_at    BIGINT
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE sign_ins (
    id             BYTEA   NOT NULL PRIMARY KEY,
    app            TEXT    NOT NULL,
    way            TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'redeemed', 'denied', 'expired')),
    code_challenge TEXT,
    state_hash     BYTEA,
    poll_hash      BYTEA   UNIQUE,
    user_code_hash BYTEA   UNIQUE,
    code_hash      BYTEA   UNIQUE,
    comparison     TEXT,
    redirect_uri   TEXT,
    client_state   TEXT,
    scopes         TEXT    NOT NULL,
    host_name      TEXT,
    address        TEXT    NOT NULL,
    user_agent     TEXT,
    session_id     BYTEA,
    account_id     BYTEA   REFERENCES accounts (id),
    org_id         BYTEA   REFERENCES organizations (id),
    created_at     BIGINT  NOT NULL,
    expires_at     BIGINT  NOT NULL,
    decided_at     BIGINT,
    ended_at       BIGINT,
    CHECK (state = 'pending' OR state = 'expired' OR (account_id IS NOT NULL AND decided_at IS NOT NULL))
);
CREATE INDEX sign_ins_by_expiry ON sign_ins (state, expires_at);
CREATE INDEX sign_ins_by_session ON sign_ins (session_id);

CREATE TABLE grants (
    id         BYTEA   NOT NULL PRIMARY KEY,
    sign_in_id BYTEA   UNIQUE,
    app        TEXT    NOT NULL,
    account_id BYTEA   NOT NULL REFERENCES accounts (id),
    org_id     BYTEA   REFERENCES organizations (id),
    scopes     TEXT    NOT NULL,
    host_name  TEXT,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX grants_by_account ON grants (account_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE tokens (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    grant_id   BYTEA   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    last_four  TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT,
    rotated_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX tokens_by_grant ON tokens (grant_id);
CREATE INDEX tokens_by_expiry ON tokens (kind, expires_at);

CREATE TABLE throttles (
    key   BYTEA   NOT NULL PRIMARY KEY,
    until BIGINT  NOT NULL
);
CREATE INDEX throttles_by_until ON throttles (until);

CREATE TABLE events (
    id         BYTEA   NOT NULL PRIMARY KEY,
    at         BIGINT  NOT NULL,
    action     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    app        TEXT,
    account_id BYTEA,
    org_id     BYTEA,
    subject    TEXT,
    address    TEXT,
    user_agent TEXT,
    detail     TEXT
);
CREATE INDEX events_by_account ON events (account_id, id);
CREATE INDEX events_by_subject ON events (subject, id);

CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'events are append-only'; END
$$;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION events_are_append_only();
