-- What operators set for a connector kind: its keys, its certificates, the ids it is known by at banks. connector_uuid is '' where it holds
-- for the whole kind; what is set for one institution goes before. value (sealed) is empty only inside the transaction that sets it.
-- It says no lesser version that it needs: an older program would not seal these values anew, and a rotation of keys by it would lose them.
CREATE TABLE connector_settings (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    kind           TEXT NOT NULL,
    connector_uuid TEXT NOT NULL DEFAULT '',
    name           TEXT NOT NULL,
    value          BLOB,
    updated        INTEGER NOT NULL
);
CREATE UNIQUE INDEX connector_settings_name ON connector_settings (kind, connector_uuid, name);
