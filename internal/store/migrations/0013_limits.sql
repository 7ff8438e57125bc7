-- Counters of rate limits, for several processes without a Redis and for when it is gone. name is a hash of what is counted; total
-- counts until ends.
CREATE TABLE counters (
    name  BLOB PRIMARY KEY NOT NULL,
    total INTEGER NOT NULL,
    ends  INTEGER NOT NULL
);
CREATE INDEX counters_ends ON counters (ends);

-- Browser sessions: what an id in a cookie stands for. name is a hash of the id, data is sealed by who keeps it. A session is over at
-- ends, or when it was not shown for idle (microseconds) since seen. former is the name of the one whose place it takes, which is
-- deleted when this one is first shown; empty where there is none.
CREATE TABLE browser_sessions (
    name   BLOB PRIMARY KEY NOT NULL,
    data   BLOB NOT NULL,
    idle   INTEGER NOT NULL,
    seen   INTEGER NOT NULL,
    ends   INTEGER NOT NULL,
    former BLOB NOT NULL
);
CREATE INDEX browser_sessions_ends ON browser_sessions (ends);

-- How many of the tries the bank has said no to, or asked more of: the others are given back, under way, or were so when their process
-- was killed.
ALTER TABLE creation_tries ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE login_tries ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
