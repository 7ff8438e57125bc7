-- Widget sessions: what a client backend opens the pages for a user with, any number of times until it is over.

CREATE TABLE widget_sessions (
    id         TEXT PRIMARY KEY NOT NULL,
    hash       BLOB NOT NULL,
    domain     TEXT NOT NULL,
    client_id  INTEGER NOT NULL,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_id   TEXT NOT NULL,
    options    TEXT NOT NULL,
    bind_hash  BLOB,
    created    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX widget_sessions_user ON widget_sessions (user_id);
CREATE INDEX widget_sessions_expiry ON widget_sessions (expires_at);
