-- needs: 16
-- What is due first is found without sorting all that is due: after an outage of a receiver that is all that has waited, due at one moment.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_try, id) WHERE next_try IS NOT NULL;
