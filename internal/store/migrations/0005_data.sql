-- What a client application sets beside what the bank says.
ALTER TABLE accounts ADD COLUMN custom_name TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN custom_usage TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN display INTEGER NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN bookmarked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN custom_wording TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN application_date INTEGER;
ALTER TABLE transactions ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN active INTEGER NOT NULL DEFAULT 1;

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
