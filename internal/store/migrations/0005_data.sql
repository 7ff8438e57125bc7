-- What a client application sets beside what the bank says.
ALTER TABLE accounts ADD COLUMN custom_name TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN custom_usage TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN display INTEGER NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN bookmarked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN custom_wording TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN application_date INTEGER;
ALTER TABLE transactions ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
ALTER TABLE transactions ADD COLUMN categories TEXT NOT NULL DEFAULT '';

-- Lists go by the date that counts, which is the client's own where there is one. Lists by the booking date keep the index of a
-- user's movements.
DROP INDEX IF EXISTS transactions_account;
CREATE INDEX transactions_user_applied ON transactions (user_id, coalesce(application_date, date) DESC, id);
CREATE INDEX transactions_account_applied ON transactions (account_id, coalesce(application_date, date) DESC, id);

-- What an operator decided about a connector (JSON); it wins over the catalogue and outlives every import.
CREATE TABLE connector_choices (
    connector_uuid TEXT PRIMARY KEY NOT NULL,
    choice         TEXT NOT NULL,
    updated        INTEGER NOT NULL
);

-- A domain's settings in the dialect's own flat names, and who changed them when.
CREATE TABLE domain_config (
    domain TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (domain, name)
);
CREATE TABLE config_logs (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    domain    TEXT NOT NULL,
    name      TEXT NOT NULL,
    old_value TEXT,
    new_value TEXT,
    created   INTEGER NOT NULL
);
CREATE INDEX config_logs_domain ON config_logs (domain, id);
