//! The rows that the server sent, so that a kiosk that starts offline knows the
//! fleet. They can all be asked for again; so rows that cannot be read are dropped
//! and asked for, never guessed at.

use rusqlite::{Transaction, params};
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    time::Moment,
    wire::v1::kiosk::{OperatorRow, Rows, TabletRow},
};

use super::{Fault, Store, signed, unsigned};
use crate::mirror::{Mirror, Place};

impl Store {
    /// Takes rows and the position that they reach, both or neither.
    pub fn apply(&mut self, rows: &Rows) -> Result<(), Fault> {
        let cursor = signed("rows.cursor", rows.cursor)?;
        let step = self.begin()?;
        for row in &rows.tablets {
            let put = "INSERT OR REPLACE INTO tablet (id, row) VALUES (?1, ?2)";
            step.execute(put, params![row.tablet.to_string(), text(row)])?;
        }
        if let Some(operators) = &rows.operators {
            replace_operators(&step, operators)?;
        }
        step.execute("UPDATE position SET cursor = ?1", [cursor])?;
        step.commit()?;
        kill_point::reached("kiosk:rows-stored");
        Ok(())
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
        let tablets: Option<Vec<TabletRow>> = self.table("SELECT row FROM tablet")?;
        let operators: Option<Vec<OperatorRow>> = self.table("SELECT row FROM operator")?;
        let (Some(tablets), Some(operators)) = (tablets, operators) else {
            return Ok(None);
        };
        Ok(Some(Rows {
            tablets,
            operators: Some(operators),
            ..Rows::none(self.cursor()?, Moment::from_ms(0))
        }))
    }

    fn table<T: DeserializeOwned>(&self, all: &str) -> Result<Option<Vec<T>>, Fault> {
        let mut rows = self.connection.prepare(all)?;
        let texts = rows.query_map([], |row| row.get::<_, String>(0))?;
        let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
        let parsed = texts.iter().map(|text| serde_json::from_str(text).ok());
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

fn replace_operators(step: &Transaction<'_>, operators: &[OperatorRow]) -> Result<(), Fault> {
    step.execute("DELETE FROM operator", [])?;
    for row in operators {
        let put = "INSERT OR REPLACE INTO operator (id, row) VALUES (?1, ?2)";
        step.execute(put, params![row.operator.to_string(), text(row)])?;
    }
    Ok(())
}

fn text(row: &impl Serialize) -> String {
    serde_json::to_string(row).expect("a row has text keys only")
}
