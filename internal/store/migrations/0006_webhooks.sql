-- A receiver's address with the events it wants. config (sealed) of an auth provider holds its secrets.
CREATE TABLE webhook_auths (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    domain  TEXT NOT NULL,
    type    TEXT NOT NULL,
    name    TEXT NOT NULL,
    config  BLOB,
    created INTEGER NOT NULL
);
CREATE INDEX webhook_auths_domain ON webhook_auths (domain, id);

CREATE TABLE webhooks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    domain     TEXT NOT NULL,
    dialect    TEXT NOT NULL,
    event      TEXT NOT NULL,
    url        TEXT NOT NULL,
    user_id    INTEGER,
    client_id  INTEGER,
    auth_id    INTEGER REFERENCES webhook_auths (id) ON DELETE SET NULL,
    params     TEXT NOT NULL DEFAULT '{}',
    disabled   TEXT NOT NULL DEFAULT '',
    failing    INTEGER,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE INDEX webhooks_domain ON webhooks (domain, event) WHERE deleted_at IS NULL;

-- One payload on its way to one receiver. Its id is the id_webhook_data of the body.
CREATE TABLE deliveries (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id    INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id      INTEGER NOT NULL,
    event         TEXT NOT NULL,
    user_id       INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    body          BLOB NOT NULL,
    state         TEXT NOT NULL,
    tries         INTEGER NOT NULL DEFAULT 0,
    next_try      INTEGER,
    created       INTEGER NOT NULL,
    ended         INTEGER
);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_due ON deliveries (next_try) WHERE next_try IS NOT NULL;
CREATE INDEX deliveries_user ON deliveries (user_id);

CREATE TABLE delivery_logs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id   INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    webhook_id    INTEGER NOT NULL,
    sent          INTEGER NOT NULL,
    answered      INTEGER,
    status        INTEGER NOT NULL,
    problem       TEXT NOT NULL,
    answer        TEXT NOT NULL,
    next_try      INTEGER
);
CREATE INDEX delivery_logs_webhook ON delivery_logs (webhook_id, id);
