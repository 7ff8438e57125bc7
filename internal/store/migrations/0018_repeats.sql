-- needs: 16
-- What requests with an Idempotency-Key were answered, for a day: name and request are hashes, answer (sealed) is NULL while the first of
-- them is under way and where it was cut off. user_id is whose it is, where it is a user's. A rotation of keys by an older program loses
-- answers: who repeats a request is told to look then.
CREATE TABLE repeats (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        BLOB NOT NULL,
    request     BLOB NOT NULL,
    user_id     INTEGER REFERENCES users (id) ON DELETE CASCADE,
    answer      BLOB,
    created     INTEGER NOT NULL,
    lease_until INTEGER NOT NULL
);
CREATE UNIQUE INDEX repeats_name ON repeats (name);
CREATE INDEX repeats_created ON repeats (created);
CREATE INDEX repeats_user ON repeats (user_id) WHERE user_id IS NOT NULL;
