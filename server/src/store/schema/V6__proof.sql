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
