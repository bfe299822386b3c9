//! Which of its series a kiosk numbers its facts in. One that was restored from an old
//! copy of its disk finds the next places taken by what it has forgotten: it begins
//! another series, and tells again there what it holds (R6).

use rusqlite::{Transaction, params};
use shared::wire::v1::command::KioskCommand;

use super::{Fault, Store, outbox, series_number, signed};

impl Store {
    /// The series in which facts are numbered.
    pub fn series(&self) -> Result<u32, Fault> {
        let series = "SELECT series FROM position";
        series_number(self.connection.query_row(series, [], |row| row.get(0))?)
    }

    /// Begins a series after one that has ended. Every fact that is held waits again,
    /// in its order from place 1: the server knows one that it has by its id. False
    /// where a later series was begun before.
    pub fn begin_series_after(&mut self, ended: u32) -> Result<bool, Fault> {
        if self.series()? > ended {
            return Ok(false);
        }
        let series = ended
            .checked_add(1)
            .ok_or(Fault::Damaged("position.series"))?;
        let step = self.begin()?;
        // They named borrowers and were answered: nothing is left of them to tell. They
        // stand before every place, so that none of them is kept a second time.
        step.execute(
            "UPDATE fact SET seq = (SELECT min(0, min(seq)) FROM fact) - seq
             WHERE body IS NULL AND seq > 0",
            [],
        )?;
        let last = tell_again(&step, series)?;
        step.execute(
            "UPDATE position SET series = ?1, last_fact = ?2",
            params![series, signed("fact.seq", last)?],
        )?;
        step.commit()?;
        Ok(true)
    }
}

/// Gives every fact its place in this series, and says the last one.
fn tell_again(step: &Transaction<'_>, series: u32) -> Result<u64, Fault> {
    let mut held =
        step.prepare("SELECT seq, body FROM fact WHERE body IS NOT NULL ORDER BY seq")?;
    let held = held.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let held: Vec<(i64, Vec<u8>)> = held.collect::<Result<_, _>>()?;
    // No place is greater than it was, so none is another's that has not moved yet.
    let place = "UPDATE fact SET seq = ?2, body = ?3, again = answered, answered = 0
                 WHERE seq = ?1";
    let mut place = step.prepare(place)?;
    let mut last = 0;
    for (from, body) in held {
        last += 1;
        let command = KioskCommand {
            series,
            origin_seq: last,
            ..outbox::read(&body)?
        };
        let to = signed("fact.seq", last)?;
        place.execute(params![from, to, outbox::bytes(&command)])?;
    }
    Ok(last)
}
