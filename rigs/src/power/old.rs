//! Databases of every format that a program of ours ever wrote: the data stand in
//! `rigs/fixtures`, written by the program of that time and frozen like the tables.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use refinery::{Migration, Runner, Target};
use rusqlite::Connection;

use super::{
    disk::Disk, kiosk::Kiosk, picture::Eye, server::Server, subject::Subject, tape::Remains, vfs,
};

/// What the server of the first format wrote: rows alone, its tables are a file of
/// the server's own.
const SERVER: &str = include_str!("../../fixtures/server-v1.sql");

/// What kiosks wrote, with their tables, by their format.
const KIOSKS: [(i64, &str); 2] = [
    (1, include_str!("../../fixtures/kiosk-v1.sql")),
    (
        2,
        concat!(
            include_str!("../../fixtures/kiosk-v1.sql"),
            include_str!("../../fixtures/kiosk-v2.sql")
        ),
    ),
];

/// Where the server's tables stand, a file a version.
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/src/store/schema");

/// Every version of the server's tables, the first one first.
pub fn server_versions() -> Result<Vec<i32>> {
    Ok(migrations()?.iter().map(Migration::version).collect())
}

/// Every format of the kiosk's database that was released.
pub fn kiosk_formats() -> impl Iterator<Item = i64> {
    KIOSKS.iter().map(|(format, _)| *format)
}

/// The server's database as it was at this version.
pub fn server(version: i32, folder: &Path) -> Result<Remains> {
    let migrations = migrations()?;
    let first = *server_versions()?.first().context("no tables at all")?;
    written(folder, Server::DATABASE, |connection| {
        let up_to = |version| Runner::new(&migrations).set_target(Target::Version(version));
        up_to(first).set_grouped(true).run(connection)?;
        connection.execute_batch(SERVER)?;
        up_to(version).set_grouped(true).run(connection)?;
        Ok(())
    })
}

/// The kiosk's database as it was in this format.
pub fn kiosk(format: i64, folder: &Path) -> Result<Remains> {
    let found = KIOSKS.iter().find(|(its, _)| *its == format);
    let (_, sql) = found.with_context(|| format!("no kiosk of format {format}"))?;
    written(folder, Kiosk::DATABASE, |connection| {
        Ok(connection.execute_batch(sql)?)
    })
}

/// Complains where a program that opens this database loses a row of it.
pub fn check_upgrade<S: Subject>(start: &Remains, folder: &Path) -> Result<()> {
    let disk = Disk::holding(start);
    vfs::mount(&disk);
    let before = Eye::open(&folder.join(S::DATABASE))?.picture()?;
    let mut store = S::open(folder)?;
    S::check(&mut store)?;
    let after = Eye::open(&folder.join(S::DATABASE))?.picture()?;
    before.kept_in(&after, S::DERIVED)
}

fn migrations() -> Result<Vec<Migration>> {
    let folder = fs::canonicalize(SCHEMA).context(SCHEMA)?;
    let mut found = refinery::load_sql_migrations(folder)?;
    found.sort_by_key(Migration::version);
    Ok(found)
}

/// The files of a database that was written and closed well.
fn written(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut Connection) -> Result<()>,
) -> Result<Remains> {
    let disk = Disk::default();
    vfs::mount(&disk);
    let mut connection = Connection::open(folder.join(name))?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF;")?;
    write(&mut connection)?;
    drop(connection);
    Ok(disk.files())
}
