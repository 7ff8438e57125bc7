-- needs: 16
-- What the client backend calls the program that a SimpleFIN setup token is for; NULL where it does not say.
ALTER TABLE codes ADD COLUMN label TEXT;
ALTER TABLE tokens ADD COLUMN label TEXT;
