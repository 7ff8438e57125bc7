-- What is known of the keys that values are sealed with, by the id that each ciphertext begins with; never the keys themselves. A
-- key that was promoted and not retired must be in the keyset of everybody who opens this database. A database whose keys were
-- never rotated has none here.
CREATE TABLE sealing_keys (
    id          INTEGER PRIMARY KEY NOT NULL,
    noted_at    INTEGER NOT NULL,
    promoted_at INTEGER,
    resealed_at INTEGER,
    retired_at  INTEGER
);

-- Which keys each serving process holds and which one it seals with, so that a key seals only once everybody can open it. A beat
-- that stands still tells a process that is gone; clocks are not compared.
CREATE TABLE keyrings (
    process TEXT PRIMARY KEY NOT NULL,
    host    TEXT NOT NULL,
    sealing INTEGER NOT NULL,
    held    TEXT NOT NULL,
    beat    INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
);
