-- One value sealed with the keys that everything else here is sealed with, so that a start with other keys is noticed before
-- it writes: see canary.go.
CREATE TABLE seals (
    name   TEXT PRIMARY KEY NOT NULL,
    sealed BLOB NOT NULL
);
