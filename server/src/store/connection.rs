//! Opening the database: private files, tables up to date, and the promise to keep
//! what is acknowledged, read back before anything else is done (R5).

use std::{
    fs::{DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use refinery::{Migration, Runner};
use rusqlite::{Connection, OpenFlags};

use super::Fault;

/// How long a statement waits for the other connection.
const BUSY: Duration = Duration::from_secs(5);

/// Every change of the tables, in its order; frozen once released.
pub(super) const MIGRATIONS: [(&str, &str); 3] = [
    ("V1__first", include_str!("schema/V1__first.sql")),
    ("V2__lending", include_str!("schema/V2__lending.sql")),
    (
        "V5__operator_key",
        include_str!("schema/V5__operator_key.sql"),
    ),
];

/// Opens the database at `path` for writing and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Connection, Fault> {
    make_private(path)?;
    let mut connection = Connection::open(path)?;
    settle(&connection)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Opens the database at `path` for reading alone.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Sets what keeps acknowledged writes, and refuses to go on where it is not so.
pub(super) fn settle(connection: &Connection) -> Result<(), Fault> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;",
    )?;
    check_durable(connection)
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

fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    let fault = |error: refinery::Error| Fault::Migration(Box::new(error));
    let migrations = MIGRATIONS.map(|(name, sql)| Migration::unapplied(name, sql));
    let migrations: Vec<_> = migrations
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(fault)?;
    Runner::new(&migrations).run(connection).map_err(fault)?;
    Ok(())
}

/// The folder for its owner alone, and the file too: `SQLite` gives the files
/// beside it the same mode.
fn make_private(path: &Path) -> Result<(), Fault> {
    let fault = |source| Fault::File {
        path: path.display().to_string(),
        source,
    };
    if let Some(folder) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(folder).map_err(fault)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop).map_err(fault)
}
