-- What was searched in vain is forgotten after a while.
CREATE INDEX not_listed_last ON not_listed (last_at);
