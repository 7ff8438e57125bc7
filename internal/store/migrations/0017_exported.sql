-- needs: 16
-- A user's movements in the order in which they are exported, page by page.
CREATE INDEX transactions_user_id ON transactions (user_id, id);
