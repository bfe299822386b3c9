//! Opening the database: private files, tables up to date, and the promise to keep
//! what is acknowledged, read back before anything else is done (R5).

use std::{
    fs::{DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use planted::planted;
use refinery::{Migration, Runner};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::Fault;

/// What brought the tables to where they are, in order. They go forward only, and
/// none is altered once it was released.
pub(super) const MIGRATIONS: [(&str, &str); 11] = [
    ("V1__first", include_str!("schema/V1__first.sql")),
    ("V2__lending", include_str!("schema/V2__lending.sql")),
    ("V3__telemetry", include_str!("schema/V3__telemetry.sql")),
    ("V4__keeping", include_str!("schema/V4__keeping.sql")),
    (
        "V5__operator_key",
        include_str!("schema/V5__operator_key.sql"),
    ),
    ("V6__proof", include_str!("schema/V6__proof.sql")),
    ("V7__keys", include_str!("schema/V7__keys.sql")),
    ("V8__agents", include_str!("schema/V8__agents.sql")),
    ("V9__failed", include_str!("schema/V9__failed.sql")),
    ("V10__refused", include_str!("schema/V10__refused.sql")),
    ("V11__listed", include_str!("schema/V11__listed.sql")),
];

/// The version of the tables that this program makes.
pub const SCHEMA: u32 = 11;

/// How long a statement waits for the other connection.
const BUSY: Duration = Duration::from_secs(5);

/// What keeps acknowledged writes, and what is deleted from being kept.
const WISHES: [&str; 4] = [
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
];

/// Opens the database at `path` for writing and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Connection, Fault> {
    make_private(path)?;
    let mut connection = Connection::open(path)?;
    settle(&connection)?;
    migrate(&mut connection, &MIGRATIONS)?;
    if planted!(DropLoanIndex) {
        connection.execute_batch("DROP INDEX IF EXISTS one_open_loan_a_tablet")?;
    }
    Ok(connection)
}

/// Opens the database at `path` for reading alone.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    keep_plans(&connection)?;
    Ok(connection)
}

/// How large the log before the database may grow until it is written there, in pages. The
/// default of a thousand is a hundred and fifty heartbeats of a large fleet: the same pages
/// would be written again and again. It is read again after a kill, so no more than that.
const CHECKPOINT_PAGES: i64 = 8_000;

/// What the writer keeps of the database in memory, in KiB.
const CACHE_KIB: i64 = 16 << 10;

/// Sets what keeps acknowledged writes, and refuses to go on where it is not so.
pub(super) fn settle(connection: &Connection) -> Result<(), Fault> {
    connection.busy_timeout(BUSY)?;
    keep_plans(connection)?;
    connection.set_prepared_statement_cache_capacity(128);
    for wish in WISHES {
        say(connection, wish)?;
    }
    say(
        connection,
        &format!("PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}"),
    )?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    if planted!(SyncNormal) {
        return say(connection, "PRAGMA synchronous = NORMAL");
    }
    check_durable(connection)
}

/// A statement is planned once. Else one that touches a partial index is planned
/// again for every value that it is given, which costs more than running it.
fn keep_plans(connection: &Connection) -> Result<(), Fault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Says something to its end: where an answer comes, what fails afterwards is told
/// only to whoever asks for more. A change to WAL that failed would answer `wal`.
fn say(connection: &Connection, sql: &str) -> Result<(), Fault> {
    let mut statement = connection.prepare(sql)?;
    let mut answers = statement.query([])?;
    while answers.next()?.is_some() {}
    Ok(())
}

/// Reads back what was asked for: a database may answer a wish with silence.
pub(super) fn check_durable(connection: &Connection) -> Result<(), Fault> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    expect("journal_mode", "wal", mode)?;
    let level: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    expect("synchronous", "2", level.to_string())
}

fn expect(setting: &'static str, wanted: &'static str, found: String) -> Result<(), Fault> {
    if found == wanted {
        return Ok(());
    }
    Err(Fault::NotDurable {
        setting,
        wanted,
        found,
    })
}

/// Brings the tables as far as these migrations do.
pub(super) fn migrate(
    connection: &mut Connection,
    migrations: &[(&str, &str)],
) -> Result<(), Fault> {
    let fault = |error: refinery::Error| Fault::Migration(Box::new(error));
    let all: Result<Vec<Migration>, _> = migrations
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect();
    // Grouped: the tables and the note that they are there are one transaction. Else
    // a power cut between the two leaves a database that nobody can open again.
    Runner::new(&all.map_err(fault)?)
        .set_grouped(true)
        .run(connection)
        .map_err(fault)?;
    Ok(())
}

/// The folder for its owner alone, and the file too: `SQLite` gives the files
/// beside it the same mode.
fn make_private(path: &Path) -> Result<(), Fault> {
    if let Some(folder) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(folder).map_err(file_fault(path))?;
    }
    make_private_file(path)
}

/// The file for its owner alone, before anything is written to it.
pub(super) fn make_private_file(path: &Path) -> Result<(), Fault> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop).map_err(file_fault(path))
}

fn file_fault(path: &Path) -> impl FnOnce(std::io::Error) -> Fault {
    let path = path.display().to_string();
    |source| Fault::File { path, source }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use rusqlite::StatementStatus;
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_statement_is_planned_once_whatever_values_it_is_given() {
        let folder = TempDir::new().unwrap();
        let connection = open(&folder.path().join("library.db")).unwrap();
        let over_a_partial_index = "SELECT 1 FROM loan WHERE tablet = ?1 AND state = ?2";
        let mut statement = connection.prepare(over_a_partial_index).unwrap();
        for state in ["open", "closed", "open"] {
            assert!(!statement.exists(["tb-1", state]).unwrap());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
