-- A tablet on which no agent runs has no keys. What the columns held follows from the
-- log, by which every row is made anew.
ALTER TABLE tablet DROP COLUMN link_key;
ALTER TABLE tablet DROP COLUMN proof_key;
ALTER TABLE tablet ADD COLUMN link_key TEXT;
ALTER TABLE tablet ADD COLUMN proof_key TEXT;
