-- Banks that are still to be told that a consent has ended: written in the transaction that deletes the connection, whose id it has,
-- and gone once the bank knows. session (sealed) is what they know the consent by; until lease_until somebody is telling.
CREATE TABLE errands (
    connection_id  INTEGER PRIMARY KEY NOT NULL,
    connector_uuid TEXT NOT NULL,
    source         TEXT NOT NULL,
    session        BLOB,
    created        INTEGER NOT NULL,
    lease_until    INTEGER
);
CREATE INDEX errands_created ON errands (created);

-- One proof for each user who was erased, with nothing of the person: hash is what whoever holds their id and the time of their creation
-- can compare, counts (JSON) says how much went.
CREATE TABLE erasures (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    hash      BLOB NOT NULL,
    erased_by TEXT NOT NULL,
    counts    TEXT NOT NULL,
    erased_at INTEGER NOT NULL
);
CREATE INDEX erasures_at ON erasures (erased_at);

-- What is deleted by age is found by an index.
CREATE INDEX events_created ON events (created);
CREATE INDEX codes_expiry ON codes (expires_at);
CREATE INDEX tokens_revoked ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX connection_logs_finished ON connection_logs (finished);
CREATE INDEX config_logs_created ON config_logs (created);
CREATE INDEX webhooks_user ON webhooks (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX webhooks_deleted ON webhooks (deleted_at) WHERE deleted_at IS NOT NULL;
