//! A copy of the whole database as it is at one moment, made while others write, and
//! what must hold of one before anybody relies on it.

use std::path::Path;

use rusqlite::Connection;

use super::{Fault, Reader, connection};

/// What a library holds, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// Tablets that were ever enrolled.
    pub tablets: u64,
    /// Loans that are open.
    pub open_loans: u64,
}

impl Reader {
    /// Writes a copy to `path`, where nothing may be. Nothing that was deleted is in
    /// it: its pages are written anew.
    pub fn copy_to(&self, path: &Path) -> Result<(), Fault> {
        connection::make_private_file(path)?;
        let to = path.to_str().ok_or_else(|| Fault::File {
            path: path.display().to_string(),
            source: std::io::ErrorKind::InvalidFilename.into(),
        })?;
        self.connection.execute("VACUUM INTO ?1", [to])?;
        Ok(())
    }

    /// Whether every page, index and reference of the database is whole.
    pub fn check_whole(&self) -> Result<(), Fault> {
        let check = "PRAGMA integrity_check(1)";
        let said: String = self.connection.query_row(check, [], |row| row.get(0))?;
        if said != "ok" {
            return Err(Fault::NotWhole(said));
        }
        let mut astray = self.connection.prepare("PRAGMA foreign_key_check")?;
        let mut astray = astray.query([])?;
        let Some(row) = astray.next()? else {
            return Ok(());
        };
        let table: String = row.get(0)?;
        let what = format!("a row of {table} names what is not there");
        Err(Fault::NotWhole(what))
    }

    /// The version of the tables.
    pub fn schema(&self) -> Result<u32, Fault> {
        schema(&self.connection)
    }

    /// What the library holds, in numbers.
    pub fn holdings(&self) -> Result<Holdings, Fault> {
        let count = "SELECT (SELECT count(*) FROM tablet),
                            (SELECT count(*) FROM loan WHERE state = 'open')";
        Ok(self.connection.query_row(count, [], |row| {
            Ok(Holdings {
                tablets: row.get(0)?,
                open_loans: row.get(1)?,
            })
        })?)
    }
}

fn schema(connection: &Connection) -> Result<u32, Fault> {
    let last = "SELECT max(version) FROM refinery_schema_history";
    Ok(connection.query_row(last, [], |row| row.get(0))?)
}
