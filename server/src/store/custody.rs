//! Reading boxes and trips.

use rusqlite::{OptionalExtension, Row};
use shared::{
    ids::{StocktakeId, TransferId, TripId},
    tablet::Tablet,
    transfer::Transfer,
    trip::{Errand, Trip},
};

use super::{Fault, Reader, column::unreadable, names::named, row::text, tablets::tablet};

impl Reader {
    /// The box of this id.
    pub fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM transfer WHERE transfer = ?1")?;
        Ok(statement.query_row([id.to_string()], transfer).optional()?)
    }

    /// Tablets of this box that are still on their way.
    pub fn left_in(&self, id: TransferId) -> Result<Vec<Tablet>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT tablet.* FROM transfer_tablet JOIN tablet USING (tablet)
             WHERE transfer = ?1 AND custody = 'in-transit' ORDER BY length(number), number",
        )?;
        let rows = statement.query_map([id.to_string()], tablet)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The trip of this id.
    pub fn trip(&self, id: TripId) -> Result<Option<Trip>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM trip WHERE trip = ?1")?;
        Ok(statement.query_row([id.to_string()], trip).optional()?)
    }

    /// The trip that is planned for this errand.
    pub fn trip_planned(&self, errand: Errand) -> Result<Option<TripId>, Fault> {
        let about = match errand {
            Errand::Deliver(hold) => hold.to_string(),
            Errand::Collect(loan) => loan.to_string(),
        };
        let mut statement = self
            .connection
            .prepare_cached("SELECT trip FROM trip WHERE about = ?1 AND state = 'planned'")?;
        let found = statement.query_row([about], |row| text(row, "trip"));
        Ok(found.optional()?)
    }

    /// Whether there is a count of this id.
    pub(super) fn stocktake_exists(&self, id: StocktakeId) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM stocktake WHERE stocktake = ?1")?;
        Ok(statement.exists([id.to_string()])?)
    }
}

fn transfer(row: &Row<'_>) -> rusqlite::Result<Transfer> {
    Ok(Transfer {
        id: text(row, "transfer")?,
        from: text(row, "from_venue")?,
        to: text(row, "to_venue")?,
        sent: row.get("sent")?,
        ended: row.get("ended")?,
    })
}

fn trip(row: &Row<'_>) -> rusqlite::Result<Trip> {
    let errand: String = row.get("errand")?;
    Ok(Trip {
        id: text(row, "trip")?,
        errand: match errand.as_str() {
            "deliver" => Errand::Deliver(text(row, "about")?),
            "collect" => Errand::Collect(text(row, "about")?),
            _ => return Err(unreadable("errand")),
        },
        venue: text(row, "venue")?,
        on: text(row, "day")?,
        state: named(row, "state")?,
    })
}
