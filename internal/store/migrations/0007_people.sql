-- Users that client applications name by an address and a password, scopes of access tokens and codes, refresh tokens.

-- email_key is the address as it is compared. A client application's users are its own: the same address may be another's too.
CREATE TABLE people (
    user_id   INTEGER PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id INTEGER NOT NULL,
    email     TEXT NOT NULL,
    email_key TEXT NOT NULL,
    password  TEXT NOT NULL,
    profile   TEXT NOT NULL DEFAULT '{}',
    terms_hash TEXT NOT NULL DEFAULT '',
    terms_at  INTEGER,
    updated   INTEGER NOT NULL
);
CREATE UNIQUE INDEX people_email ON people (client_id, email_key);

-- Sign-ins that were tried in a row, by a keyed hash of client application and address: which addresses those are cannot be read.
CREATE TABLE sign_in_tries (
    sign_in  BLOB PRIMARY KEY NOT NULL,
    tries    INTEGER NOT NULL,
    tried_at INTEGER NOT NULL
);
CREATE INDEX sign_in_tries_over ON sign_in_tries (tried_at);

-- NULL means that nothing is held back.
ALTER TABLE tokens ADD COLUMN scope TEXT;
ALTER TABLE codes ADD COLUMN scope TEXT;
CREATE INDEX tokens_scoped_over ON tokens (expires_at) WHERE scope IS NOT NULL;

-- A family is all that came of one sign-in, by the id of its first refresh token. Spent ones stay until the family is over: one
-- that is presented again ends all of it.
CREATE TABLE refresh_tokens (
    id         TEXT PRIMARY KEY NOT NULL,
    hash       BLOB NOT NULL,
    family     TEXT NOT NULL,
    client_id  INTEGER NOT NULL,
    domain     TEXT NOT NULL,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_id    TEXT,
    scope      TEXT,
    token_id   TEXT NOT NULL,
    created    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at   INTEGER,
    revoked_at INTEGER,
    replay_key BLOB,
    replay     BLOB
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_client ON refresh_tokens (client_id);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_token ON refresh_tokens (token_id);
CREATE INDEX refresh_tokens_code ON refresh_tokens (code_id) WHERE code_id IS NOT NULL;
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
