//! The data that tablets use: where each modem's counters stood last, and how far
//! they moved.

use rusqlite::{OptionalExtension, Row, params};
use shared::{
    data_use::{Counters, DataUse, Meter},
    time::Moment,
};

use super::{raw::second, storable};
use crate::store::{
    Fault, Reader, Store,
    row::{moment, text},
};

impl Store {
    /// What the tablet used since its counters were last read.
    pub(super) fn meter_data(
        &self,
        tablet: u64,
        counters: Counters,
        now: Moment,
    ) -> Result<DataUse, Fault> {
        let before = self.read.meter(tablet)?;
        let (meter, used) = Meter::read(before, counters, now);
        self.keep_meter(tablet, &meter)?;
        if !used.is_nothing() {
            self.keep_data_use(tablet, used, now)?;
        }
        Ok(used)
    }

    fn keep_meter(&self, tablet: u64, meter: &Meter) -> Result<(), Fault> {
        let counters = &meter.counters;
        self.read
            .connection
            .prepare_cached(
                "INSERT OR REPLACE INTO data_meter VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                tablet,
                storable(counters.seq),
                counters.boot.to_string(),
                counters.interface.to_string(),
                storable(counters.rx_bytes),
                storable(counters.tx_bytes),
                meter.read_at.as_ms(),
            ])?;
        Ok(())
    }

    fn keep_data_use(&self, tablet: u64, used: DataUse, now: Moment) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached(
                "INSERT INTO data_use VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (tablet, second) DO UPDATE
                 SET rx_bytes = rx_bytes + ?3, tx_bytes = tx_bytes + ?4",
            )?
            .execute(params![tablet, second(now), used.rx_bytes, used.tx_bytes])?;
        Ok(())
    }
}

impl Reader {
    fn meter(&self, tablet: u64) -> Result<Option<Meter>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM data_meter WHERE tablet = ?1")?;
        Ok(statement.query_row([tablet], meter).optional()?)
    }
}

fn meter(row: &Row<'_>) -> rusqlite::Result<Meter> {
    Ok(Meter {
        counters: Counters {
            seq: row.get("seq")?,
            boot: text(row, "boot")?,
            interface: text(row, "interface")?,
            rx_bytes: row.get("rx_bytes")?,
            tx_bytes: row.get("tx_bytes")?,
        },
        read_at: moment(row, "read_at")?,
    })
}
