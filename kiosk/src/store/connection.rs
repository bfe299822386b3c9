//! Opening the database: private files, one program, the format, and the promise
//! to keep what is acknowledged, read back before anything else is done (R5).

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use planted::planted;
use rusqlite::{Connection, config::DbConfig};

use super::Fault;

/// What makes each format of the one before it, in order; the first of nothing.
const STEPS: [&str; 3] = [
    include_str!("schema.sql"),
    include_str!("format2.sql"),
    include_str!("format3.sql"),
];

/// The last format that this program knows.
const FORMAT: i64 = 3;

pub(super) const BUSY: Duration = Duration::from_secs(5);

/// What keeps acknowledged writes, and what is deleted from being kept.
const WISHES: [&str; 4] = [
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
];

/// The folder for its owner alone.
pub(super) fn make_private(folder: &Path) -> Result<(), Fault> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).map_err(|source| Fault::File {
        path: folder.to_owned(),
        source,
    })
}

/// Two programs would send one series twice over.
pub(super) fn lock(folder: &Path) -> Result<File, Fault> {
    let path = folder.join("kiosk.lock");
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Fault::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(Fault::File { path, source }),
    }
}

fn private_file(path: &Path) -> Result<File, Fault> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|source| Fault::File {
        path: path.to_owned(),
        source,
    })
}

/// Opens the database and brings it to this program's format.
pub(super) fn open(path: &Path) -> Result<Connection, Fault> {
    private_file(path)?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // A statement is planned once, and not again for every value that it is given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The format first: a later one is left as it is, byte for byte.
    let format = format(&connection)?;
    for wish in WISHES {
        say(&connection, wish)?;
    }
    if planted!(KioskSyncNormal) {
        say(&connection, "PRAGMA synchronous = NORMAL")?;
    } else {
        check_durable(&connection)?;
    }
    upgrade(&mut connection, format)?;
    // R13: the program may have ended between an answer and the forgetting of its
    // borrower, and a power cut may have brought the file beside the database back.
    say(&connection, "PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(connection)
}

/// The format of a database, where this program knows it.
pub(super) fn format(connection: &Connection) -> Result<i64, Fault> {
    let found = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if (0..=FORMAT).contains(&found) {
        return Ok(found);
    }
    Err(Fault::LaterFormat {
        found,
        known: FORMAT,
    })
}

/// Each step is whole or not at all, its number with it.
fn upgrade(connection: &mut Connection, from: i64) -> Result<(), Fault> {
    let steps = (1..=FORMAT).zip(STEPS);
    for (to, step) in steps.skip_while(|(to, _)| *to <= from) {
        let tables = connection.transaction()?;
        tables.execute_batch(step)?;
        tables.pragma_update(None, "user_version", to)?;
        tables.commit()?;
    }
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
fn check_durable(connection: &Connection) -> Result<(), Fault> {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::*;

    #[test]
    fn a_database_that_would_not_keep_its_word_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        let refused = check_durable(&connection);
        assert!(matches!(refused, Err(Fault::NotDurable { .. })));
    }

    #[test]
    fn a_database_of_a_later_format_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        let later = Connection::open(&path).unwrap();
        let number = FORMAT + 1;
        later.pragma_update(None, "user_version", number).unwrap();
        drop(later);
        let before = std::fs::read(&path).unwrap();
        let refused = open(&path);
        let found = matches!(refused, Err(Fault::LaterFormat { found, .. }) if found == number);
        assert!(found);
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
