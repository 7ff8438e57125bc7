-- Widget sessions: what a client backend opens the pages for a user with, any number of times until it is over.

-- hash is of what stands in the links, and finds the row: they have room for nothing else. bind_hash, bound_at and agent are of the
-- browser that opened it.
CREATE TABLE widget_sessions (
    id         TEXT PRIMARY KEY NOT NULL,
    hash       BLOB NOT NULL,
    domain     TEXT NOT NULL,
    client_id  INTEGER NOT NULL,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_id   TEXT NOT NULL,
    options    TEXT NOT NULL,
    bind_hash  BLOB,
    bound_at   INTEGER,
    agent      BLOB,
    created    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX widget_sessions_hash ON widget_sessions (hash);
CREATE INDEX widget_sessions_user ON widget_sessions (user_id);
CREATE INDEX widget_sessions_expiry ON widget_sessions (expires_at);

-- The visit that a session has under way for one thing that is asked of it, such as edit_credentials of one connection: a reload
-- goes on with that.
CREATE TABLE widget_visits (
    session_id TEXT NOT NULL REFERENCES widget_sessions (id) ON DELETE CASCADE,
    asked      TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    PRIMARY KEY (session_id, asked)
);
