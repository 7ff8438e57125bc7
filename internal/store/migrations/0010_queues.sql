-- Event queues: what a client backend asked to follow of a user. events counts what is in one, and numbers it. session_id is the
-- widget session that one was opened for, '' where the client backend opened it itself.

CREATE TABLE queues (
    id         TEXT PRIMARY KEY NOT NULL,
    domain     TEXT NOT NULL,
    client_id  INTEGER NOT NULL,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    events     INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX queues_user ON queues (user_id, expires_at);
CREATE UNIQUE INDEX queues_session ON queues (session_id) WHERE session_id <> '';
CREATE INDEX queues_expiry ON queues (expires_at);

-- connection_id and group_id are 0 as long as there is no connection; it may be gone by the time that this is read.
CREATE TABLE queue_events (
    queue_id       TEXT NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
    seq            INTEGER NOT NULL,
    name           TEXT NOT NULL,
    attempt_id     TEXT NOT NULL,
    connector_uuid TEXT NOT NULL,
    source         TEXT NOT NULL,
    connection_id  INTEGER NOT NULL,
    group_id       INTEGER NOT NULL,
    details        TEXT NOT NULL,
    created        INTEGER NOT NULL,
    PRIMARY KEY (queue_id, seq)
);

-- A receiver that wants to hear of one client application's users alone; NULL means all of the domain's.
ALTER TABLE webhooks ADD COLUMN client_id INTEGER;
