-- Format 1 of a kiosk's own database, frozen: a later format adds to it in a file of
-- its own, and a program refuses a format that it does not know.

-- An enrolment that was begun: stored before it is sent, so that the same code
-- is asked for again under the same id and key.
CREATE TABLE enrolling (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    code    TEXT NOT NULL,          -- the code's digest
    id      TEXT NOT NULL,
    seed    BLOB NOT NULL CHECK (length(seed) = 32)
) STRICT;

CREATE TABLE identity (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    kiosk       TEXT NOT NULL,
    seed        BLOB NOT NULL CHECK (length(seed) = 32),
    server      TEXT NOT NULL,
    server_key  TEXT NOT NULL,
    venue       TEXT NOT NULL,
    venue_name  TEXT NOT NULL,
    tag_host    TEXT NOT NULL
) STRICT;

CREATE TABLE position (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    last_fact   INTEGER NOT NULL,   -- of this kiosk's own series
    last_call   INTEGER NOT NULL,   -- stamped requests, counted
    cursor      INTEGER NOT NULL    -- the server position of the rows below
) STRICT;
INSERT INTO position (only, last_fact, last_call, cursor) VALUES (1, 0, 0, 0);

-- The kiosk's own series. A body is kept as it is sent, byte for byte.
CREATE TABLE fact (
    seq       INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    person    INTEGER NOT NULL,     -- 1 where the body names a borrower
    body      BLOB,                 -- none once it named a borrower and was answered
    answered  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX fact_waiting ON fact (seq) WHERE answered = 0;

-- What the server sent; any of it can be asked for again.
CREATE TABLE tablet   (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE operator (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID;
