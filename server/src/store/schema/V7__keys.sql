-- A tablet's own keys change: it is to make new ones with its next reset, and an order
-- that asks for them.
ALTER TABLE tablet ADD COLUMN renew_keys INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tablet ADD COLUMN reset_new_keys INTEGER NOT NULL DEFAULT 0;
