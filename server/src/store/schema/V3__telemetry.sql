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
