-- What a vendor hands out: personal access tokens, keys, organizations with plans, anonymous work.
--
-- Whoever holds a token is an account: a person, a service account or the organization itself (which holds the keys
-- that outlive their makers), or somebody anonymous. Lifetimes are milliseconds, rates are requests per minute.

ALTER TABLE accounts ADD COLUMN kind TEXT NOT NULL DEFAULT 'person'
    CHECK (kind IN ('person', 'service', 'organization', 'anonymous'));
ALTER TABLE accounts ADD COLUMN org_id BLOB REFERENCES organizations (id);
ALTER TABLE accounts ADD COLUMN created_by BLOB;
ALTER TABLE accounts ADD COLUMN claimed_by BLOB;
ALTER TABLE accounts ADD COLUMN expires_at INTEGER;
ALTER TABLE accounts ADD COLUMN ended_at INTEGER;
CREATE INDEX accounts_by_org ON accounts (org_id);
CREATE INDEX accounts_by_claim ON accounts (claimed_by);
CREATE INDEX accounts_by_expiry ON accounts (expires_at);

ALTER TABLE organizations ADD COLUMN plan TEXT;
ALTER TABLE organizations ADD COLUMN longest_token INTEGER;
ALTER TABLE organizations ADD COLUMN rate_limit INTEGER;

ALTER TABLE sessions ADD COLUMN authenticated_at INTEGER;

ALTER TABLE sign_ins ADD COLUMN org_wanted TEXT;

ALTER TABLE grants ADD COLUMN kind TEXT NOT NULL DEFAULT 'sign_in'
    CHECK (kind IN ('sign_in', 'personal', 'api_key', 'anonymous'));
ALTER TABLE grants ADD COLUMN name TEXT;
ALTER TABLE grants ADD COLUMN key_kind TEXT;
ALTER TABLE grants ADD COLUMN created_by BLOB;
ALTER TABLE grants ADD COLUMN rate_limit INTEGER;
ALTER TABLE grants ADD COLUMN allow_list TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN used_at INTEGER;
ALTER TABLE grants ADD COLUMN used_address TEXT;
ALTER TABLE grants ADD COLUMN used_agent TEXT;
CREATE INDEX grants_by_org ON grants (org_id);

ALTER TABLE tokens ADD COLUMN start TEXT;
ALTER TABLE tokens ADD COLUMN replaced_at INTEGER;

CREATE TABLE invitations (
    id          BLOB    NOT NULL PRIMARY KEY,
    org_id      BLOB    NOT NULL REFERENCES organizations (id),
    secret_hash BLOB    NOT NULL UNIQUE,
    role        TEXT    NOT NULL,
    created_by  BLOB    NOT NULL REFERENCES accounts (id),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    accepted_by BLOB,
    accepted_at INTEGER,
    revoked_at  INTEGER
) STRICT;
CREATE INDEX invitations_by_org ON invitations (org_id);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

-- Messages of a billing system that were heard: each counts once.
CREATE TABLE deliveries (
    id TEXT    NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON deliveries (at);

CREATE INDEX events_by_org ON events (org_id, id);
