-- What a vendor hands out: personal access tokens, keys, organizations with plans, anonymous work.
--
-- Whoever holds a token is an account: a person, a service account or the organization itself (which holds the keys
-- that outlive their makers), or somebody anonymous. Lifetimes are milliseconds, rates are requests per minute.

ALTER TABLE accounts ADD COLUMN kind TEXT NOT NULL DEFAULT 'person'
    CHECK (kind IN ('person', 'service', 'organization', 'anonymous'));
ALTER TABLE accounts ADD COLUMN org_id BYTEA REFERENCES organizations (id);
ALTER TABLE accounts ADD COLUMN created_by BYTEA;
ALTER TABLE accounts ADD COLUMN claimed_by BYTEA;
ALTER TABLE accounts ADD COLUMN expires_at BIGINT;
ALTER TABLE accounts ADD COLUMN ended_at BIGINT;
CREATE INDEX accounts_by_org ON accounts (org_id);
CREATE INDEX accounts_by_claim ON accounts (claimed_by);
CREATE INDEX accounts_by_expiry ON accounts (expires_at);

ALTER TABLE organizations ADD COLUMN plan TEXT;
ALTER TABLE organizations ADD COLUMN longest_token BIGINT;
ALTER TABLE organizations ADD COLUMN rate_limit BIGINT;

ALTER TABLE sessions ADD COLUMN authenticated_at BIGINT;

ALTER TABLE sign_ins ADD COLUMN org_wanted TEXT;

ALTER TABLE grants ADD COLUMN kind TEXT NOT NULL DEFAULT 'sign_in'
    CHECK (kind IN ('sign_in', 'personal', 'api_key', 'anonymous'));
ALTER TABLE grants ADD COLUMN name TEXT;
ALTER TABLE grants ADD COLUMN key_kind TEXT;
ALTER TABLE grants ADD COLUMN created_by BYTEA;
ALTER TABLE grants ADD COLUMN rate_limit BIGINT;
ALTER TABLE grants ADD COLUMN allow_list TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN used_at BIGINT;
ALTER TABLE grants ADD COLUMN used_address TEXT;
ALTER TABLE grants ADD COLUMN used_agent TEXT;
CREATE INDEX grants_by_org ON grants (org_id);

ALTER TABLE tokens ADD COLUMN start TEXT;
ALTER TABLE tokens ADD COLUMN replaced_at BIGINT;

CREATE TABLE invitations (
    id          BYTEA    NOT NULL PRIMARY KEY,
    org_id      BYTEA    NOT NULL REFERENCES organizations (id),
    secret_hash BYTEA    NOT NULL UNIQUE,
    role        TEXT    NOT NULL,
    created_by  BYTEA    NOT NULL REFERENCES accounts (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    accepted_by BYTEA,
    accepted_at BIGINT,
    revoked_at  BIGINT
);
CREATE INDEX invitations_by_org ON invitations (org_id);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

-- Messages of a billing system that were heard: each counts once.
CREATE TABLE deliveries (
    id TEXT    NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX deliveries_by_time ON deliveries (at);

CREATE INDEX events_by_org ON events (org_id, id);
