-- Which step of a reset failed, so that whoever looks at the tablet knows where.

-- PROJECTION: the last try of each tablet that failed, whatever followed.
CREATE TABLE failed_try (
    tablet      TEXT PRIMARY KEY,
    reset_order TEXT NOT NULL,
    step        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
