-- Keys by which programs act for a named operator: only their digests, each with
-- an end. Neither a projection nor in the log: a key is a means, not a fact.
CREATE TABLE operator_key (
    digest     TEXT PRIMARY KEY,
    operator   TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_of_an_operator ON operator_key (operator);
