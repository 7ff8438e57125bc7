-- Which processes serve from this database, and what each has under way. A process that was declared dead stays as a row for a while
-- and never lives again: whoever comes back joins anew, under a larger id, which is its fencing number. The signs of life have a
-- table of their own, so that writing one meets nobody who asks whether a process lives.
CREATE TABLE processes (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    name           TEXT NOT NULL UNIQUE,
    role           TEXT NOT NULL,
    version        TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    started        INTEGER NOT NULL,
    draining       INTEGER NOT NULL,
    ended          INTEGER
);

CREATE TABLE beats (
    process_id INTEGER PRIMARY KEY NOT NULL REFERENCES processes (id) ON DELETE CASCADE,
    beat       INTEGER NOT NULL
);

-- Whoever speaks to a connection's bank holds its turn. The connection may be gone before the turn is.
CREATE TABLE turns (
    connection_id INTEGER PRIMARY KEY NOT NULL,
    held_by       INTEGER NOT NULL
);
CREATE INDEX turns_held ON turns (held_by);

-- held_by is the process that works on it. 0 is a process of before there was this table: nobody that lives.
ALTER TABLE attempts ADD COLUMN held_by INTEGER;
CREATE INDEX attempts_held ON attempts (held_by) WHERE held_by IS NOT NULL;
UPDATE attempts SET held_by = 0 WHERE lease_until IS NOT NULL AND phase IN ('working', 'fetching');

ALTER TABLE deliveries ADD COLUMN held_by INTEGER;
CREATE INDEX deliveries_held ON deliveries (held_by) WHERE lease_until IS NOT NULL;
UPDATE deliveries SET held_by = 0 WHERE lease_until IS NOT NULL;

ALTER TABLE connections ADD COLUMN held_by INTEGER;
CREATE INDEX connections_held ON connections (held_by) WHERE held_by IS NOT NULL;
UPDATE connections SET held_by = 0 WHERE state = 'validating';
