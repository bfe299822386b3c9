-- Format 2: heads of the server's log, noted off the server's machine, and rows
-- that may be gone from a server that was set back.

-- The last head of each day on which one was heard; the newest 31 are kept.
CREATE TABLE head (
    day   TEXT PRIMARY KEY,
    seq   INTEGER NOT NULL,
    hash  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Heads that the server's log no longer held when it was asked.
CREATE TABLE denied_head (
    seq       INTEGER NOT NULL,
    hash      TEXT NOT NULL,
    day       TEXT NOT NULL,
    found_on  TEXT NOT NULL,
    PRIMARY KEY (seq, hash)
) STRICT, WITHOUT ROWID;

-- 1 while all rows are asked for again and this one has not come yet.
ALTER TABLE tablet ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
