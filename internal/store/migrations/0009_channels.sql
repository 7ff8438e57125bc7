-- What the Linxo-shaped surface knows of connections and accounts beyond the other's.

-- One login at a connector can have several ways in, each a connection of its own; group_id is the id of the first.
ALTER TABLE connections ADD COLUMN group_id INTEGER NOT NULL DEFAULT 0;
UPDATE connections SET group_id = id;
CREATE INDEX connections_group ON connections (user_id, group_id);
-- The end user agreed to all accounts, those to come too.
ALTER TABLE connections ADD COLUMN consent_all INTEGER NOT NULL DEFAULT 0;
-- Nothing is read by itself: active is set for as long as a reading that somebody asked for takes.
ALTER TABLE connections ADD COLUMN manual INTEGER NOT NULL DEFAULT 0;

-- An archived account keeps what was read and is read no more; a removed one was deleted by its client application.
ALTER TABLE accounts ADD COLUMN closed_at INTEGER;
ALTER TABLE accounts ADD COLUMN removed_at INTEGER;

-- The visit in which the end user took a consent back; empty where a client application did, who may give it back then.
ALTER TABLE consents ADD COLUMN withdrawn_in TEXT NOT NULL DEFAULT '';
