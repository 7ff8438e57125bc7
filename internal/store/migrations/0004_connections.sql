-- asked is the JSON of the fields that the bank wants now; pending (sealed) is what goes on when they come, which the bank waits
-- for until asked_until and which was written at pending_at; expire_at is when an unfinished connection goes away. paused_at is when automatic reading was switched
-- off; forced_at when a client backend last forced a reading; consent_notice is the end of consent that was told of.
-- tries counts the passwords in a row that the bank refused, the last at tried_at.
ALTER TABLE connections ADD COLUMN pending BLOB;
ALTER TABLE connections ADD COLUMN pending_at INTEGER;
ALTER TABLE connections ADD COLUMN asked TEXT;
ALTER TABLE connections ADD COLUMN asked_until INTEGER;
ALTER TABLE connections ADD COLUMN paused_at INTEGER;
ALTER TABLE connections ADD COLUMN forced_at INTEGER;
ALTER TABLE connections ADD COLUMN consent_notice INTEGER;
ALTER TABLE connections ADD COLUMN last_push INTEGER;
ALTER TABLE connections ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN tried_at INTEGER;
ALTER TABLE connections ADD COLUMN expire_at INTEGER;
ALTER TABLE connections ADD COLUMN by_api INTEGER NOT NULL DEFAULT 0;
CREATE INDEX connections_expiry ON connections (expire_at) WHERE expire_at IS NOT NULL;
CREATE INDEX connections_pending ON connections (pending_at) WHERE pending IS NOT NULL;
CREATE INDEX connections_consent ON connections (consent_until) WHERE consent_notice IS DISTINCT FROM consent_until;

-- Each try to read a connection.
CREATE TABLE connection_logs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER NOT NULL,
    connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    source        TEXT NOT NULL,
    state         TEXT NOT NULL,
    error_message TEXT NOT NULL,
    attended      INTEGER NOT NULL,
    has_read      INTEGER NOT NULL,
    started       INTEGER NOT NULL,
    finished      INTEGER NOT NULL,
    next_try      INTEGER
);
CREATE INDEX connection_logs_connection ON connection_logs (connection_id, id);

-- New connections that a bank refused in a row, by user and connector: there is no connection yet to count them on.
CREATE TABLE creation_tries (
    user_id        INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connector_uuid TEXT NOT NULL,
    tries          INTEGER NOT NULL,
    tried_at       INTEGER NOT NULL,
    PRIMARY KEY (user_id, connector_uuid)
);

-- The same by login, whoever's user tries it: a keyed hash of connector, source and login.
CREATE TABLE login_tries (
    login    BLOB PRIMARY KEY,
    tries    INTEGER NOT NULL,
    tried_at INTEGER NOT NULL
);
CREATE INDEX login_tries_over ON login_tries (tried_at);
