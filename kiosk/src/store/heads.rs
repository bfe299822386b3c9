//! Heads of the server's log, noted here because this is another machine: a log that
//! was cut or written anew since does not hold them (R12). What was denied is kept
//! as it was noted, and no longer stands in the way of what is heard from then on.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};
use shared::{head::Head, time::Day};

use super::{Fault, Store, connection, identity::parsed, signed, unsigned};

/// Most heads that are kept: one a day for a month, and the newest.
const KEPT_MAX: i64 = 31;
/// Most denied heads that are kept. The first tell the most.
const DENIED_MAX: i64 = 100;

/// The heads that a kiosk's folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Those that the log held when it was last asked, the newest last.
    pub kept: Vec<Head>,
    /// Those that it did not hold, with the days on which they were noted and denied.
    pub denied: Vec<(Head, Day, Day)>,
}

impl Heads {
    /// Reads a kiosk's folder, also while the kiosk runs.
    pub fn of(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join("kiosk.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(connection::BUSY)?;
        if connection::format(&connection)? < 2 {
            // Such a kiosk kept none.
            let (kept, denied) = (Vec::new(), Vec::new());
            return Ok(Self { kept, denied });
        }
        Ok(Self {
            kept: kept(&connection)?
                .into_iter()
                .map(|(head, _)| head)
                .collect(),
            denied: denied(&connection)?,
        })
    }
}

impl Store {
    /// The newest head that is kept; [`Head::NONE`] before the first.
    pub fn newest_head(&self) -> Result<Head, Fault> {
        let newest = "SELECT seq, hash FROM head ORDER BY seq DESC LIMIT 1";
        let newest = self.connection.query_row(newest, [], |row| Ok(head(row)));
        newest.optional()?.unwrap_or(Ok(Head::NONE))
    }
}

/// Notes the end of the log as it was on this day.
pub(super) fn keep(step: &Transaction<'_>, heads: &[Head], day: Day) -> Result<(), Fault> {
    let Some(end) = heads.iter().max_by_key(|head| head.seq) else {
        return Ok(());
    };
    if *end == Head::NONE {
        return Ok(());
    }
    step.execute(
        "INSERT OR REPLACE INTO head (day, seq, hash) VALUES (?1, ?2, ?3)",
        params![
            day.to_string(),
            signed("head.seq", end.seq)?,
            end.hash.to_string()
        ],
    )?;
    let oldest = "DELETE FROM head WHERE day NOT IN
                  (SELECT day FROM head ORDER BY seq DESC, day DESC LIMIT ?1)";
    step.execute(oldest, [KEPT_MAX])?;
    Ok(())
}

/// Sets aside what is kept and cannot be of the log that has these heads.
pub(super) fn set_aside(
    step: &Transaction<'_>,
    heads: &[Head],
    today: Day,
) -> Result<Vec<Head>, Fault> {
    let mut denied = kept(step)?;
    denied.retain(|(head, _)| head.is_denied_by(heads));
    for (head, day) in &denied {
        step.execute("DELETE FROM head WHERE day = ?1", [day.to_string()])?;
        step.execute(
            "INSERT OR IGNORE INTO denied_head (seq, hash, day, found_on)
             SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM denied_head) < ?5",
            params![
                signed("head.seq", head.seq)?,
                head.hash.to_string(),
                day.to_string(),
                today.to_string(),
                DENIED_MAX,
            ],
        )?;
    }
    Ok(denied.into_iter().map(|(head, _)| head).collect())
}

fn kept(connection: &Connection) -> Result<Vec<(Head, Day)>, Fault> {
    let mut rows = connection.prepare("SELECT seq, hash, day FROM head ORDER BY seq, day")?;
    let rows = rows.query_map([], |row| Ok((head(row), parsed(row, 2)?)))?;
    rows.map(|row| {
        let (head, day) = row?;
        Ok((head?, day))
    })
    .collect()
}

fn denied(connection: &Connection) -> Result<Vec<(Head, Day, Day)>, Fault> {
    let all = "SELECT seq, hash, day, found_on FROM denied_head ORDER BY found_on, seq";
    let mut rows = connection.prepare(all)?;
    let rows = rows.query_map([], |row| Ok((head(row), parsed(row, 2)?, parsed(row, 3)?)))?;
    rows.map(|row| {
        let (head, day, found_on) = row?;
        Ok((head?, day, found_on))
    })
    .collect()
}

fn head(row: &Row<'_>) -> Result<Head, Fault> {
    Ok(Head {
        seq: unsigned("head.seq", row.get(0)?)?,
        hash: parsed(row, 1)?,
    })
}
