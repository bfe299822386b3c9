-- Lending grows: holds, boxes, trips, stocktakes, wipes outside the return flow,
-- kits, overrides, renewals, kiosks that were restored from an old copy. What the
-- first format did not say is filled with what it meant.

-- A kiosk that was restored from an old copy begins another series (R6).
CREATE TABLE command_2 (
    command    TEXT PRIMARY KEY,
    body       BLOB NOT NULL,
    origin     TEXT NOT NULL,
    series     INTEGER NOT NULL,
    origin_seq INTEGER,
    first_seq  INTEGER,
    last_seq   INTEGER,
    refusal    TEXT,
    reused     INTEGER NOT NULL DEFAULT 0,
    CHECK ((refusal IS NULL) <> (last_seq IS NULL)),
    UNIQUE (origin, series, origin_seq)
) STRICT, WITHOUT ROWID;
INSERT INTO command_2
    SELECT command, body, origin, 0, origin_seq, first_seq, last_seq, refusal, reused FROM command;
DROP TABLE command;
ALTER TABLE command_2 RENAME TO command;

ALTER TABLE venue ADD COLUMN hours TEXT NOT NULL DEFAULT '';

ALTER TABLE tablet ADD COLUMN kit TEXT NOT NULL DEFAULT 'charger bag guide';
ALTER TABLE tablet ADD COLUMN missing_parts TEXT NOT NULL DEFAULT '';
ALTER TABLE tablet ADD COLUMN lent_by_override TEXT;
ALTER TABLE tablet ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tablets_of_a_venue ON tablet (custody_of);

ALTER TABLE loan ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;

-- A dispute about a tablet that is none of ours is about no loan.
CREATE TABLE dispute_2 (
    dispute   TEXT PRIMARY KEY,
    cause     TEXT NOT NULL,
    tablet    TEXT NOT NULL,
    loan      TEXT,
    decision  TEXT,
    raised_at INTEGER NOT NULL
) STRICT;
INSERT INTO dispute_2 SELECT * FROM dispute;
DROP TABLE dispute;
ALTER TABLE dispute_2 RENAME TO dispute;
CREATE INDEX disputes_of_a_tablet ON dispute (tablet);
CREATE INDEX disputes_of_a_loan ON dispute (loan);

-- PROJECTIONS
CREATE TABLE kiosk_series (
    kiosk     TEXT PRIMARY KEY,
    series    INTEGER NOT NULL,
    since_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
    hold       TEXT PRIMARY KEY,
    placed_seq INTEGER NOT NULL,
    venue      TEXT NOT NULL,
    needs      TEXT NOT NULL,
    placed_at  INTEGER NOT NULL,
    state      TEXT NOT NULL,
    tablet     TEXT,
    until      TEXT,
    how        TEXT
) STRICT;
CREATE INDEX holds_of_a_venue ON hold (venue, state, placed_seq);
-- R7: a tablet is kept for one hold, whatever the program thinks.
CREATE UNIQUE INDEX one_hold_a_tablet ON hold (tablet) WHERE state = 'put-aside';

CREATE TABLE transfer (
    transfer   TEXT PRIMARY KEY,
    from_venue TEXT NOT NULL,
    to_venue   TEXT NOT NULL,
    sent       INTEGER NOT NULL,
    ended      INTEGER NOT NULL
) STRICT;
-- The box that a tablet was last put into.
CREATE TABLE transfer_tablet (
    tablet   TEXT PRIMARY KEY,
    transfer TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tablets_of_a_transfer ON transfer_tablet (transfer);

CREATE TABLE trip (
    trip   TEXT PRIMARY KEY,
    errand TEXT NOT NULL,
    about  TEXT NOT NULL,
    venue  TEXT NOT NULL,
    day    TEXT NOT NULL,
    state  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_planned_trip_an_errand ON trip (about) WHERE state = 'planned';

CREATE TABLE stocktake (
    stocktake  TEXT PRIMARY KEY,
    venue      TEXT NOT NULL,
    taken_at   INTEGER NOT NULL,
    found      INTEGER NOT NULL,
    missing    TEXT NOT NULL,
    unexpected TEXT NOT NULL
) STRICT;

CREATE TABLE wipe (
    wipe      TEXT PRIMARY KEY,
    tablet    TEXT NOT NULL,
    epoch     INTEGER NOT NULL,
    asked_by  TEXT NOT NULL,
    asked_at  INTEGER NOT NULL,
    agreed_by TEXT,
    state     TEXT NOT NULL,
    starts_at INTEGER
) STRICT;
CREATE INDEX wipes_by_time ON wipe (asked_at);
CREATE INDEX wipes_pending ON wipe (state) WHERE state IN ('asked', 'agreed');

CREATE TABLE wipe_stop (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    stopped_by TEXT NOT NULL
) STRICT;

-- PEOPLE
CREATE TABLE hold_borrower (
    hold     TEXT PRIMARY KEY,
    borrower TEXT NOT NULL REFERENCES borrower (borrower)
) STRICT;
CREATE INDEX holds_of_a_borrower ON hold_borrower (borrower);

-- WORK: orders that a tablet has been answered with; a return whose order is here
-- cannot be undone any more.
CREATE TABLE order_delivered (
    reset_order TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
