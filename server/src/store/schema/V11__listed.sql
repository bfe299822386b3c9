-- The fleet is listed page by page, worst first, so where a tablet stands says where
-- in that list too. Made anew from the log.
DROP TABLE standing;

-- `place` is where it stands whatever the time, the lower the worse; `in_order` its
-- number as texts sort; `named` its number and serial as they are searched.
CREATE TABLE standing (
    tablet        TEXT PRIMARY KEY,
    in_order      TEXT NOT NULL,
    named         TEXT NOT NULL,
    word          TEXT NOT NULL,
    venue         TEXT,
    reported_back INTEGER NOT NULL,
    disputed      INTEGER NOT NULL,
    place         INTEGER NOT NULL,
    needed        INTEGER NOT NULL,
    due_on        TEXT,
    heard_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX standing_by_place ON standing (place, in_order);

-- Of several open disputes the one that waits longest.
CREATE INDEX open_disputes ON dispute (tablet, raised_at) WHERE decision IS NULL;

-- What time changes is counted and listed over a stretch of one of these.
CREATE INDEX standing_by_due_day ON standing (due_on, needed)
    WHERE due_on IS NOT NULL;
CREATE INDEX standing_by_last_word ON standing (heard_at, needed, due_on)
    WHERE heard_at IS NOT NULL;
