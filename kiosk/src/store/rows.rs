//! The rows that the server sent, so that a kiosk that starts offline knows the
//! fleet. They can all be asked for again; so rows that cannot be read are dropped
//! and asked for, never guessed at.

use planted::planted;
use rusqlite::{Transaction, params};
use shared::{
    head::Head,
    ids::TabletId,
    time::Moment,
    wire::v1::kiosk::{OperatorRow, Rows, TabletRow},
};

use super::{Fault, Store, heads, identity::parsed, signed, unsigned};
use crate::mirror::{Mirror, Place};

/// What became of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// They are stored.
    Stored {
        /// Tablets that the server no longer knows.
        gone: Vec<TabletId>,
    },
    /// The server was set back, or has another log than before: nothing is stored,
    /// and all rows are to be asked for again. The old ones stay until then.
    Anew {
        /// Heads that were noted here and that its log does not hold.
        denied: Vec<Head>,
    },
}

impl Store {
    /// Takes rows, the position that they reach and the end of the log, all or none.
    pub fn apply(&mut self, rows: &Rows) -> Result<Applied, Fault> {
        let (cursor, today) = (signed("rows.cursor", rows.cursor)?, rows.now.day());
        let step = self.begin()?;
        let denied = heads::set_aside(&step, &rows.heads, today)?;
        let known: i64 = step.query_row("SELECT cursor FROM position", [], |row| row.get(0))?;
        if cursor < known || !denied.is_empty() {
            step.execute("UPDATE tablet SET stale = 1", [])?;
            step.execute("UPDATE position SET cursor = 0", [])?;
            step.commit()?;
            return Ok(Applied::Anew { denied });
        }
        let step = if planted!(CursorFirst) {
            step.execute("UPDATE position SET cursor = ?1", [cursor])?;
            step.commit()?;
            self.begin()?
        } else {
            step
        };
        for row in &rows.tablets {
            let put = "INSERT OR REPLACE INTO tablet (id, row) VALUES (?1, ?2)";
            step.execute(put, params![row.tablet.to_string(), row.to_json()])?;
        }
        if let Some(operators) = &rows.operators {
            replace_operators(&step, operators)?;
        }
        let gone = if rows.more {
            Vec::new()
        } else {
            drop_stale(&step)?
        };
        heads::keep(&step, &rows.heads, today)?;
        step.execute("UPDATE position SET cursor = ?1", [cursor])?;
        step.commit()?;
        kill_point::reached("kiosk:rows-stored");
        Ok(Applied::Stored { gone })
    }

    /// The position that the rows reach.
    pub fn cursor(&self) -> Result<u64, Fault> {
        let cursor = "SELECT cursor FROM position";
        let cursor = self.connection.query_row(cursor, [], |row| row.get(0))?;
        unsigned("position.cursor", cursor)
    }

    /// What this kiosk knows of the fleet.
    pub fn mirror(&mut self, place: Place) -> Result<Mirror, Fault> {
        let mut mirror = Mirror::new(place);
        match self.rows()? {
            Some(rows) => mirror.apply(&rows),
            None => self.forget_rows()?,
        }
        Ok(mirror)
    }

    /// All rows, or `None` where one cannot be read.
    fn rows(&self) -> Result<Option<Rows>, Fault> {
        let tablets = self.table("SELECT row FROM tablet", TabletRow::from_json)?;
        let operators = self.table("SELECT row FROM operator", operator)?;
        let (Some(tablets), Some(operators)) = (tablets, operators) else {
            return Ok(None);
        };
        Ok(Some(Rows {
            tablets,
            operators: Some(operators),
            ..Rows::none(self.cursor()?, Moment::from_ms(0))
        }))
    }

    fn table<T>(
        &self,
        all: &str,
        read: fn(&str) -> serde_json::Result<T>,
    ) -> Result<Option<Vec<T>>, Fault> {
        let mut rows = self.connection.prepare(all)?;
        let texts = rows.query_map([], |row| row.get::<_, String>(0))?;
        let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
        let parsed = texts.iter().map(|text| read(text).ok());
        Ok(parsed.collect())
    }

    fn forget_rows(&mut self) -> Result<(), Fault> {
        tracing::warn!("the stored rows cannot be read; all are asked for again");
        Ok(self.connection.execute_batch(
            "BEGIN IMMEDIATE;
             DELETE FROM tablet;
             DELETE FROM operator;
             UPDATE position SET cursor = 0;
             COMMIT;",
        )?)
    }
}

/// All rows came: those that did not are gone from the server.
fn drop_stale(step: &Transaction<'_>) -> Result<Vec<TabletId>, Fault> {
    let mut stale = step.prepare("DELETE FROM tablet WHERE stale = 1 RETURNING id")?;
    let gone = stale.query_map([], |row| parsed(row, 0))?;
    Ok(gone.collect::<Result<_, _>>()?)
}

fn replace_operators(step: &Transaction<'_>, operators: &[OperatorRow]) -> Result<(), Fault> {
    step.execute("DELETE FROM operator", [])?;
    for row in operators {
        let put = "INSERT OR REPLACE INTO operator (id, row) VALUES (?1, ?2)";
        step.execute(put, params![row.operator.to_string(), text(row)])?;
    }
    Ok(())
}

fn text(row: &OperatorRow) -> String {
    serde_json::to_string(row).expect("a row has text keys only")
}

fn operator(text: &str) -> serde_json::Result<OperatorRow> {
    serde_json::from_str(text)
}
