-- Proofs outlive the state that they led to: a certificate can be drawn of each,
-- whatever became of its tablet since.

-- PROJECTION. `key` is the tablet's own at that moment; none where no agent proved.
CREATE TABLE proof (
    receipt   TEXT PRIMARY KEY,
    tablet    TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    key       TEXT,
    proven_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX proofs_of_a_tablet ON proof (tablet, seq);

CREATE INDEX receipts_of_a_tablet ON receipt (tablet);

-- The last word to a tablet on whether it is locked, since it was lost.
ALTER TABLE tablet ADD COLUMN locked INTEGER;
ALTER TABLE tablet ADD COLUMN lock_counter INTEGER;
ALTER TABLE tablet ADD COLUMN lock_since INTEGER;

-- WORK: tablets that a device manager resets, by the name under which it knows them,
-- and the command that it was given for an order.
CREATE TABLE managed_tablet (
    tablet  TEXT PRIMARY KEY,
    managed TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
CREATE TABLE managed_command (
    reset_order TEXT PRIMARY KEY,
    managed     TEXT NOT NULL,
    command     TEXT NOT NULL,
    issued_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
