-- The server's tables, of four kinds. Ids, digests and days are written as their
-- own text, instants as milliseconds since 1970, so that every row reads the same
-- in any database.

-- 1. THE LOG: append-only. `bytes` are written once and never serialised again;
--    `hash` is the digest of the hash before it and these bytes.
CREATE TABLE log (
    seq   INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL,
    hash  BLOB NOT NULL
) STRICT;

-- Every command that was decided, taken or refused. `body` is keyed, because a
-- plain digest of a check out would tell, by trying, whose loan it was.
CREATE TABLE command (
    command    TEXT PRIMARY KEY,
    body       BLOB NOT NULL,
    origin     TEXT NOT NULL,
    origin_seq INTEGER,
    first_seq  INTEGER,
    last_seq   INTEGER,
    refusal    TEXT,
    reused     INTEGER NOT NULL DEFAULT 0,
    CHECK ((refusal IS NULL) <> (last_seq IS NULL)),
    UNIQUE (origin, origin_seq)
) STRICT, WITHOUT ROWID;

-- 2. PROJECTIONS: equal the replay of the log; dropped and rebuilt from it.
--    `version` is the place in the log of the last fact that touched the row.
CREATE TABLE venue (
    venue           TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    closed_weekdays TEXT NOT NULL,
    closures        TEXT NOT NULL,
    version         INTEGER NOT NULL
) STRICT;

CREATE TABLE operator (
    operator TEXT PRIMARY KEY,
    badge    TEXT NOT NULL UNIQUE,
    version  INTEGER NOT NULL
) STRICT;

CREATE TABLE operator_venue (
    operator TEXT NOT NULL,
    venue    TEXT NOT NULL,
    PRIMARY KEY (venue, operator)
) STRICT, WITHOUT ROWID;

CREATE TABLE kiosk (
    kiosk   TEXT PRIMARY KEY,
    venue   TEXT NOT NULL,
    key     TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE image (
    image       TEXT PRIMARY KEY,
    release     TEXT NOT NULL,
    withdraw_on TEXT,
    version     INTEGER NOT NULL
) STRICT;

CREATE TABLE tablet (
    tablet           TEXT PRIMARY KEY,
    enrolled_seq     INTEGER NOT NULL,
    number           TEXT NOT NULL UNIQUE,
    serial           TEXT NOT NULL UNIQUE,
    model            TEXT NOT NULL,
    tag              TEXT NOT NULL UNIQUE,
    link_key         TEXT NOT NULL,
    proof_key        TEXT NOT NULL,
    custody          TEXT NOT NULL,
    custody_of       TEXT,
    custody_since    INTEGER NOT NULL,
    epoch            INTEGER NOT NULL,
    reset            TEXT NOT NULL,
    reset_order      TEXT,
    reset_nonce      TEXT,
    reset_image      TEXT,
    reset_counter    INTEGER,
    reset_tries      INTEGER,
    proof_kind       TEXT,
    proof_receipt    TEXT,
    proven_at        INTEGER,
    order_counter    INTEGER NOT NULL,
    part_missing     INTEGER NOT NULL,
    damaged          INTEGER NOT NULL,
    withheld         TEXT,
    put_aside        TEXT,
    return_loan      TEXT,
    returned_at      INTEGER,
    return_presence  TEXT,
    return_answered  INTEGER,
    reported_back    INTEGER NOT NULL,
    version          INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE loan (
    loan           TEXT PRIMARY KEY,
    tablet         TEXT NOT NULL,
    venue          TEXT NOT NULL,
    checked_out_at INTEGER NOT NULL,
    due_on         TEXT NOT NULL,
    state          TEXT NOT NULL,
    closed_at      INTEGER
) STRICT;

-- R1: at most one open loan a tablet, whatever the program thinks.
CREATE UNIQUE INDEX one_open_loan_a_tablet ON loan (tablet) WHERE state = 'open';
CREATE INDEX loans_of_a_tablet ON loan (tablet);

CREATE TABLE dispute (
    dispute   TEXT PRIMARY KEY,
    cause     TEXT NOT NULL,
    tablet    TEXT NOT NULL,
    loan      TEXT NOT NULL,
    decision  TEXT,
    raised_at INTEGER NOT NULL
) STRICT;

CREATE INDEX disputes_of_a_tablet ON dispute (tablet);

-- 3. PEOPLE: the only truth about persons. Written in the same transaction as the
--    facts, forgettable, never replayed.
CREATE TABLE borrower (
    borrower   TEXT PRIMARY KEY,
    short_name TEXT NOT NULL,
    card_hmac  BLOB NOT NULL UNIQUE,
    card_ends  TEXT NOT NULL
) STRICT;

CREATE TABLE loan_borrower (
    loan     TEXT PRIMARY KEY,
    borrower TEXT NOT NULL REFERENCES borrower (borrower)
) STRICT;

CREATE INDEX loans_of_a_borrower ON loan_borrower (borrower);

CREATE TABLE operator_name (
    operator TEXT PRIMARY KEY,
    name     TEXT NOT NULL
) STRICT;

-- 4. WORK: secrets, guards, telemetry and documents; not replayed.
CREATE TABLE tag_secret (
    tablet TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    code   TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE enrolment_code (
    hash       TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    tablet     TEXT,
    kiosk      TEXT,
    number     TEXT,
    tag        TEXT,
    venue      TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_by    TEXT
) STRICT;

CREATE TABLE caller_seq (
    caller TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
    digest   TEXT PRIMARY KEY,
    tablet   TEXT NOT NULL,
    envelope BLOB NOT NULL
) STRICT;

-- Narrow on purpose: a hundred tablets write a row every few minutes. `tablet` is
-- the place in the log of its enrolment.
CREATE TABLE heartbeat (
    tablet    INTEGER NOT NULL,
    second    INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    battery   INTEGER,
    free_mib  INTEGER,
    PRIMARY KEY (tablet, second)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_heartbeat (
    tablet        TEXT PRIMARY KEY,
    seen_at       INTEGER NOT NULL,
    last_used_at  INTEGER,
    state         TEXT NOT NULL,
    epoch         INTEGER NOT NULL,
    order_counter INTEGER NOT NULL,
    battery       INTEGER,
    charging      INTEGER,
    free_bytes    INTEGER,
    image         TEXT,
    agent_version TEXT NOT NULL
) STRICT, WITHOUT ROWID;
