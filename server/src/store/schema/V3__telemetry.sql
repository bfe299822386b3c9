-- Telemetry: what was heard of a tablet, by the hour and by the day, and the data
-- that it used. Raw rows stand 30 days, hours a year, days for ever. `tablet` is the
-- place in the log of its enrolment, as in `heartbeat`.

-- Narrow like `heartbeat`: bytes that a modem moved until the heartbeat of that
-- second. A heartbeat that tells of none writes no row.
CREATE TABLE data_use (
    tablet   INTEGER NOT NULL,
    second   INTEGER NOT NULL,
    rx_bytes INTEGER NOT NULL,
    tx_bytes INTEGER NOT NULL,
    PRIMARY KEY (tablet, second)
) STRICT, WITHOUT ROWID;

-- Where each modem's counters stood last: what is counted is how far they moved.
CREATE TABLE data_meter (
    tablet    INTEGER PRIMARY KEY,
    seq       INTEGER NOT NULL,
    boot      TEXT NOT NULL,
    interface TEXT NOT NULL,
    rx_bytes  INTEGER NOT NULL,
    tx_bytes  INTEGER NOT NULL,
    read_at   INTEGER NOT NULL
) STRICT;

-- `hour` counts from 1970 in UTC: every day of Europe/London is whole hours.
CREATE TABLE telemetry_hour (
    tablet        INTEGER NOT NULL,
    hour          INTEGER NOT NULL,
    heartbeats    INTEGER NOT NULL,
    battery_min   INTEGER,
    battery_max   INTEGER,
    last_second   INTEGER,
    last_battery  INTEGER,
    last_free_mib INTEGER,
    rx_bytes      INTEGER NOT NULL,
    tx_bytes      INTEGER NOT NULL,
    PRIMARY KEY (tablet, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE telemetry_day (
    tablet        INTEGER NOT NULL,
    day           TEXT NOT NULL,
    heartbeats    INTEGER NOT NULL,
    battery_min   INTEGER,
    battery_max   INTEGER,
    last_second   INTEGER,
    last_battery  INTEGER,
    last_free_mib INTEGER,
    rx_bytes      INTEGER NOT NULL,
    tx_bytes      INTEGER NOT NULL,
    PRIMARY KEY (tablet, day)
) STRICT, WITHOUT ROWID;

-- PROJECTIONS: what the fleet's counts are made of, a row a tablet, and the counts
-- that time does not change, kept as the rows change. `due_on` is that of the open
-- loan it is out on; `heard_at` is empty once nobody expects to hear of it.
CREATE TABLE standing (
    tablet        TEXT PRIMARY KEY,
    word          TEXT NOT NULL,
    venue         TEXT,
    reported_back INTEGER NOT NULL,
    disputed      INTEGER NOT NULL,
    needed        INTEGER NOT NULL,
    due_on        TEXT,
    heard_at      INTEGER
) STRICT, WITHOUT ROWID;

-- What time does change is counted over a stretch of one of these.
CREATE INDEX standing_by_due_day ON standing (due_on, needed)
    WHERE due_on IS NOT NULL;
CREATE INDEX standing_by_last_word ON standing (heard_at, needed, due_on)
    WHERE heard_at IS NOT NULL;

CREATE TABLE fleet_count (
    counted TEXT NOT NULL,
    venue   TEXT NOT NULL,
    tablets INTEGER NOT NULL,
    PRIMARY KEY (counted, venue)
) STRICT, WITHOUT ROWID;
