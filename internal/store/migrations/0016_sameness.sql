-- What was paid in another currency before the bank exchanged it, with the sign of value; NULL and '' where nothing was.
ALTER TABLE transactions ADD COLUMN original_value TEXT;
ALTER TABLE transactions ADD COLUMN original_currency TEXT NOT NULL DEFAULT '';

-- Movements that come anew are held against those of the days around them: one may book or rename another.
CREATE INDEX transactions_day ON transactions (account_id, date);
