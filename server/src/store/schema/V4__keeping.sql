-- How the log was kept, as others saw it. All of it is WORK: not replayed.

-- Heads of the log that kiosks noted and that this log does not hold: it was cut,
-- or written anew. `head` is written SEQ:HASH.
CREATE TABLE denied_head (
    kiosk      TEXT NOT NULL,
    head       TEXT NOT NULL,
    found_at   INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (kiosk, head)
) STRICT, WITHOUT ROWID;

-- Stretches of a kiosk's series that the server lost and the kiosk could not tell
-- again. What follows them is taken.
CREATE TABLE series_gap (
    kiosk      TEXT NOT NULL,
    series     INTEGER NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    told_at    INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (kiosk, series, first),
    CHECK (first <= last)
) STRICT, WITHOUT ROWID;

-- Every time that this library was brought back from a backup: what the backup
-- held, and when it was made.
CREATE TABLE restored (
    restored_at INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    head        TEXT NOT NULL
) STRICT;
