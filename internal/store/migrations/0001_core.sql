-- Times are INTEGER microseconds since 1970 (UTC), amounts TEXT decimals, switches 0 or 1.
-- Ids that a dialect documents as integers never come back after a delete (AUTOINCREMENT): a client backend may still hold
-- the old one. Codes, tokens and attempts have UUIDv7 keys, which grow with time, so that inserts touch one page; hashes are
-- columns, never keys.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
);

CREATE TABLE clients (
    id      INTEGER PRIMARY KEY NOT NULL,
    domain  TEXT NOT NULL,
    name    TEXT NOT NULL,
    options TEXT NOT NULL,
    created INTEGER NOT NULL
);

CREATE TABLE client_secrets (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    hash      BLOB NOT NULL,
    created   INTEGER NOT NULL
);
CREATE INDEX client_secrets_client ON client_secrets (client_id, id);

CREATE TABLE redirect_uris (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri       TEXT NOT NULL,
    UNIQUE (client_id, uri)
);

CREATE TABLE users (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    domain     TEXT NOT NULL,
    created    INTEGER NOT NULL,
    expires_at INTEGER
);
CREATE INDEX users_domain ON users (domain, id);
CREATE INDEX users_expiry ON users (expires_at) WHERE expires_at IS NOT NULL;

-- A spent code stays as a tombstone: without it a replay could not be told from a code that never was.
CREATE TABLE codes (
    id           TEXT PRIMARY KEY NOT NULL,
    hash         BLOB NOT NULL,
    kind         TEXT NOT NULL,
    client_id    INTEGER NOT NULL,
    domain       TEXT NOT NULL,
    user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    attempt_id   TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    created      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    opened_at    INTEGER,
    consumed_at  INTEGER,
    consumed_by  INTEGER,
    replay_key   BLOB,
    replay       BLOB
);
CREATE INDEX codes_user ON codes (user_id);
CREATE INDEX codes_replay ON codes (consumed_at) WHERE replay IS NOT NULL;

CREATE TABLE tokens (
    id         TEXT PRIMARY KEY NOT NULL,
    hash       BLOB NOT NULL,
    kind       TEXT NOT NULL,
    domain     TEXT NOT NULL,
    user_id    INTEGER REFERENCES users (id) ON DELETE CASCADE,
    client_id  INTEGER NOT NULL,
    code_id    TEXT,
    created    INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used  INTEGER
);
CREATE INDEX tokens_user ON tokens (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX tokens_code ON tokens (code_id) WHERE code_id IS NOT NULL;

-- hints and private are sealed. hints holds what the client application said about the end user (values to prefill, IBANs).
CREATE TABLE attempts (
    id             TEXT PRIMARY KEY NOT NULL,
    domain         TEXT NOT NULL,
    client_id      INTEGER NOT NULL,
    request        TEXT NOT NULL,
    hints          BLOB,
    bind_hash      BLOB,
    next_bind_hash BLOB,
    phase          TEXT NOT NULL,
    step           INTEGER NOT NULL,
    user_id        INTEGER REFERENCES users (id) ON DELETE CASCADE,
    user_given     INTEGER NOT NULL,
    connector_uuid TEXT NOT NULL,
    source         TEXT NOT NULL,
    connection_id  INTEGER NOT NULL,
    connection_ids TEXT NOT NULL,
    public         TEXT NOT NULL,
    private        BLOB,
    lease_until    INTEGER,
    created        INTEGER NOT NULL,
    updated        INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    wiped_at       INTEGER
);
CREATE INDEX attempts_user ON attempts (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX attempts_expiry ON attempts (expires_at) WHERE wiped_at IS NULL;
CREATE INDEX attempts_wiped ON attempts (wiped_at) WHERE wiped_at IS NOT NULL;

CREATE TABLE callbacks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB NOT NULL UNIQUE,
    attempt_id TEXT NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    spent_at   INTEGER
);
CREATE INDEX callbacks_attempt ON callbacks (attempt_id);

-- session is sealed.
CREATE TABLE connections (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id        INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connector_uuid TEXT NOT NULL,
    connector_id   INTEGER NOT NULL,
    connector_name TEXT NOT NULL,
    source         TEXT NOT NULL,
    owner_key      TEXT NOT NULL,
    state          TEXT NOT NULL,
    error_message  TEXT NOT NULL,
    session        BLOB,
    consent_until  INTEGER,
    last_update    INTEGER,
    next_try       INTEGER,
    active         INTEGER NOT NULL,
    created        INTEGER NOT NULL
);
CREATE INDEX connections_user ON connections (user_id, id);
CREATE UNIQUE INDEX connections_owner ON connections (user_id, connector_uuid, source, owner_key) WHERE owner_key <> '';
CREATE INDEX connections_due ON connections (next_try) WHERE next_try IS NOT NULL AND active = 1;

CREATE TABLE accounts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    key           TEXT NOT NULL,
    source        TEXT NOT NULL,
    number        TEXT NOT NULL,
    iban          TEXT NOT NULL,
    name          TEXT NOT NULL,
    original_name TEXT NOT NULL,
    type          TEXT NOT NULL,
    usage         TEXT NOT NULL,
    owner         TEXT NOT NULL,
    balance       TEXT NOT NULL,
    currency      TEXT NOT NULL,
    coming        TEXT,
    loan          TEXT,
    disabled_at   INTEGER,
    deleted_at    INTEGER,
    last_update   INTEGER,
    created       INTEGER NOT NULL,
    UNIQUE (connection_id, key)
);
CREATE INDEX accounts_user ON accounts (user_id, id);

CREATE TABLE transactions (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id          INTEGER NOT NULL,
    account_id       INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key              TEXT NOT NULL,
    date             INTEGER NOT NULL,
    value_date       INTEGER,
    real_date        INTEGER,
    value            TEXT NOT NULL,
    currency         TEXT NOT NULL,
    type             TEXT NOT NULL,
    original_wording TEXT NOT NULL,
    wording          TEXT NOT NULL,
    counterparty     TEXT NOT NULL,
    coming           INTEGER NOT NULL,
    deleted_at       INTEGER,
    last_update      INTEGER NOT NULL,
    created          INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    UNIQUE (account_id, key)
);
CREATE INDEX transactions_user ON transactions (user_id, date DESC, id);
CREATE INDEX transactions_account ON transactions (account_id, date DESC, id);

-- Append-only but for the time of withdrawal; they outlive the connection and end with the user.
CREATE TABLE consents (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id     INTEGER NOT NULL,
    attempt_id    TEXT NOT NULL,
    connection_id INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    purpose       TEXT NOT NULL,
    text_hash     TEXT NOT NULL,
    lang          TEXT NOT NULL,
    given_at      INTEGER NOT NULL,
    until         INTEGER NOT NULL,
    withdrawn_at  INTEGER
);
CREATE INDEX consents_user ON consents (user_id);
CREATE INDEX consents_connection ON consents (connection_id, account_id);

CREATE TABLE events (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    domain        TEXT NOT NULL,
    name          TEXT NOT NULL,
    user_id       INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    payload       TEXT NOT NULL,
    created       INTEGER NOT NULL
);
CREATE INDEX events_user ON events (user_id);

CREATE TABLE not_listed (
    client_id INTEGER NOT NULL,
    query     TEXT NOT NULL,
    times     INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (client_id, query)
);

-- details is what a connector has of its own, traits (JSON) what many share: see connector_text.go.
CREATE TABLE connectors (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid     TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    settings TEXT NOT NULL,
    hidden   INTEGER NOT NULL,
    rank     INTEGER NOT NULL,
    details  TEXT NOT NULL,
    traits   TEXT NOT NULL
);
