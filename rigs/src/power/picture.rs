//! Everything that a database says, read behind its program's back: two databases
//! say the same where their pictures are equal.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use rusqlite::{Connection, OpenFlags, Row, types::ValueRef};

/// Every table with every row, in an order of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture(Vec<Table>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    name: String,
    /// How it was made.
    sql: String,
    rows: Vec<Vec<u8>>,
}

impl Picture {
    /// Complains of what stands here and no more in a later picture: a row, or, where
    /// the table was made anew or follows from others (`derived`), as many of them.
    pub fn kept_in(&self, later: &Self, derived: &[&str]) -> Result<()> {
        for old in &self.0 {
            let new = later.0.iter().find(|its| its.name == old.name);
            let Some(new) = new else {
                bail!("table {} is gone", old.name);
            };
            let same = new.sql == old.sql && !derived.contains(&old.name.as_str());
            let missing = if same {
                but(&old.rows, &new.rows)
            } else {
                old.rows.len().saturating_sub(new.rows.len())
            };
            ensure!(missing == 0, "{missing} rows of {} are gone", old.name);
        }
        Ok(())
    }

    /// Where another picture first differs, in words; empty where it does not.
    pub fn differs(&self, other: &Self) -> String {
        let names = |picture: &Self| -> Vec<String> {
            picture.0.iter().map(|table| table.name.clone()).collect()
        };
        if names(self) != names(other) {
            return format!(
                "tables {:?} where {:?} were expected",
                names(other),
                names(self)
            );
        }
        let pairs = self.0.iter().zip(&other.0);
        let differing = pairs.filter(|(mine, its)| mine != its);
        let mut words: Vec<String> = differing.map(|(mine, its)| mine.differs(its)).collect();
        let more = words.len().saturating_sub(TABLES_MAX);
        words.truncate(TABLES_MAX);
        words.extend((more > 0).then(|| format!("and {more} more tables")));
        words.join("; ")
    }
}

/// Tables that are named where pictures differ; one shows what to look for.
const TABLES_MAX: usize = 3;

impl Table {
    fn differs(&self, other: &Self) -> String {
        let (missing, extra) = (but(&self.rows, &other.rows), but(&other.rows, &self.rows));
        let (name, all) = (&self.name, self.rows.len());
        format!("{name}: {missing} of {all} rows missing, {extra} not expected")
    }
}

/// How many of these rows are not among the others.
fn but(these: &[Vec<u8>], others: &[Vec<u8>]) -> usize {
    these
        .iter()
        .filter(|row| others.binary_search(row).is_err())
        .count()
}

/// A connection beside the program's own, which only reads.
#[derive(Debug)]
pub struct Eye(Connection);

impl Eye {
    /// Opens the database at `path`, which a program has open.
    pub fn open(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(Connection::open_with_flags(path, flags)?))
    }

    /// All that stands there now.
    pub fn picture(&self) -> Result<Picture> {
        let all = "SELECT name, sql FROM sqlite_schema
                   WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        let mut tables = self.0.prepare_cached(all)?;
        let named = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let tables = named.map(|named| {
            let (name, sql): (String, String) = named?;
            let rows = self.rows(&name)?;
            Ok(Table { name, sql, rows })
        });
        Ok(Picture(tables.collect::<Result<_>>()?))
    }

    /// Sorted, because a rebuilt table keeps its rows in another order.
    fn rows(&self, table: &str) -> Result<Vec<Vec<u8>>> {
        let mut statement = self.0.prepare_cached(&format!("SELECT * FROM {table}"))?;
        let columns = said(statement.column_names());
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(values(row, &columns)?);
        }
        all.sort_unstable();
        Ok(all)
    }

    /// What the database finds wrong with itself.
    pub fn check(&self) -> Result<()> {
        let found: String = self
            .0
            .prepare_cached("PRAGMA integrity_check(1)")?
            .query_row([], |row| row.get(0))?;
        ensure!(found == "ok", "the database is damaged: {found}");
        let mut orphans = self.0.prepare_cached("PRAGMA foreign_key_check")?;
        let orphan = orphans.exists([])?;
        ensure!(!orphan, "a row points to one that is not there");
        Ok(())
    }

    /// Sees one moment from here on, whatever is written, and so keeps the old
    /// pages from being put away.
    pub fn linger(&self) -> Result<()> {
        Ok(self
            .0
            .execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?)
    }

    /// Looks away.
    pub fn leave(&self) -> Result<()> {
        Ok(self.0.execute_batch("COMMIT")?)
    }
}

/// The columns that say something of the library: all but the one in which the
/// tables' own history notes by the machine's clock when it was.
fn said<'a>(names: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let said = names.enumerate().filter(|(_, name)| *name != "applied_on");
    said.map(|(at, _)| at).collect()
}

fn values(row: &Row<'_>, columns: &[usize]) -> rusqlite::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for column in columns {
        let (kind, value): (u8, &[u8]) = match row.get_ref(*column)? {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(it) => (1, &it.to_be_bytes()),
            ValueRef::Real(it) => (2, &it.to_be_bytes()),
            ValueRef::Text(it) => (3, it),
            ValueRef::Blob(it) => (4, it),
        };
        let length = u32::try_from(value.len()).expect("rows are small here");
        bytes.push(kind);
        bytes.extend(length.to_be_bytes());
        bytes.extend(value);
    }
    Ok(bytes)
}
