-- Event queues: what a client backend asked to follow of a user.

CREATE TABLE queues (
    id         TEXT PRIMARY KEY NOT NULL,
    domain     TEXT NOT NULL,
    client_id  INTEGER NOT NULL,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX queues_user ON queues (user_id);
CREATE INDEX queues_expiry ON queues (expires_at);

CREATE TABLE queue_events (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_id      TEXT NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
    connection_id INTEGER NOT NULL,
    source        TEXT NOT NULL,
    name          TEXT NOT NULL,
    details       TEXT NOT NULL,
    created       INTEGER NOT NULL
);
CREATE INDEX queue_events_queue ON queue_events (queue_id, id);
