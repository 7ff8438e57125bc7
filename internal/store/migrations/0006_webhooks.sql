-- config (sealed) of what authenticates deliveries holds its secrets.
CREATE TABLE webhook_auths (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    domain  TEXT NOT NULL,
    type    TEXT NOT NULL,
    name    TEXT NOT NULL,
    config  BLOB,
    created INTEGER NOT NULL
);
CREATE UNIQUE INDEX webhook_auths_name ON webhook_auths (domain, name);

-- A receiver's address with the event that it wants (* for every one). disabled says why deliveries rest, failing since when
-- none arrives; failures counts them since the last that did, and before retry_at none is tried.
CREATE TABLE webhooks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    domain     TEXT NOT NULL,
    dialect    TEXT NOT NULL,
    event      TEXT NOT NULL,
    url        TEXT NOT NULL,
    user_id    INTEGER,
    service_id INTEGER,
    auth_id    INTEGER REFERENCES webhook_auths (id),
    params     TEXT NOT NULL DEFAULT '{}',
    disabled   TEXT NOT NULL DEFAULT '',
    failing    INTEGER,
    failures   INTEGER NOT NULL DEFAULT 0,
    retry_at   INTEGER,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE INDEX webhooks_live ON webhooks (domain, id) WHERE deleted_at IS NULL AND disabled = '';

-- One payload on its way to one receiver. Its id is the id_webhook_data of what is sent; body is the rest, '' once wiped.
-- Deliveries with one webhook, user and connection keep their order: of those that wait, the first alone has a next_try.
-- since is when the tries began, lease_until is set while one is under way.
CREATE TABLE deliveries (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id    INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id      INTEGER NOT NULL,
    event         TEXT NOT NULL,
    user_id       INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    body          TEXT NOT NULL,
    state         TEXT NOT NULL,
    tries         INTEGER NOT NULL DEFAULT 0,
    since         INTEGER NOT NULL,
    next_try      INTEGER,
    lease_until   INTEGER,
    created       INTEGER NOT NULL,
    ended         INTEGER
);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_line ON deliveries (webhook_id, user_id, connection_id, id) WHERE state = 'waiting';
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_try) WHERE next_try IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (webhook_id) WHERE lease_until IS NOT NULL;
CREATE INDEX deliveries_user ON deliveries (user_id, connection_id);
CREATE INDEX deliveries_ended ON deliveries (ended) WHERE ended IS NOT NULL;

-- One try to deliver. answer is the beginning of what the receiver said.
CREATE TABLE delivery_logs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    webhook_id  INTEGER NOT NULL,
    sent        INTEGER NOT NULL,
    answered    INTEGER,
    status      INTEGER NOT NULL,
    problem     TEXT NOT NULL,
    answer      TEXT NOT NULL,
    next_try    INTEGER
);
CREATE INDEX delivery_logs_webhook ON delivery_logs (webhook_id, id);
CREATE INDEX delivery_logs_delivery ON delivery_logs (delivery_id);

-- Access tokens of a few minutes go with every delivery, and are cleared away when they are over.
CREATE INDEX tokens_over ON tokens (expires_at) WHERE kind = 'delivery';

-- The access token or code that a code was asked for with: it ends with that.
ALTER TABLE codes ADD COLUMN parent TEXT;
CREATE INDEX codes_parent ON codes (parent) WHERE parent IS NOT NULL;
