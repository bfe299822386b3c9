-- WORK: the last receipt of each tablet that was refused while an order waited for its
-- proof, and why: what the digital team reads of a try that ended by that.
CREATE TABLE refused_receipt (
    tablet      TEXT PRIMARY KEY,
    reset_order TEXT NOT NULL,
    refusal     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
