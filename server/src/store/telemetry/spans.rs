//! Hours and days: what the heartbeats and the data of a tablet come to in each,
//! rolled up as they come, so that a restart loses nothing and nothing is counted
//! twice.

use std::ops::Range;

use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};
use shared::{
    data_use::DataUse,
    ids::TabletId,
    sim::PeriodDay,
    time::{Day, Moment},
};

use super::{
    HOUR_MS,
    raw::{Kept, reading},
    rollup::{Last, Reading, Rollup},
};
use crate::store::{Fault, Reader, Store, row::text};

/// The hour since 1970 in which an instant lies.
pub(super) fn hour(at: Moment) -> i64 {
    at.as_ms() / HOUR_MS
}

impl Store {
    /// Lets the hour and the day of `now` follow from what was heard then.
    pub(super) fn roll_up(
        &self,
        tablet: u64,
        now: Moment,
        reading: Reading,
        kept: Kept,
        used: DataUse,
    ) -> Result<(), Fault> {
        match kept {
            Kept::First => self.add(tablet, now, Rollup::from(reading) + used.into()),
            Kept::Again if used.is_nothing() => Ok(()),
            Kept::Again => self.add(tablet, now, used.into()),
            // What took the place of another reading cannot be added: its hour is
            // counted anew.
            Kept::Instead => {
                self.add(tablet, now, used.into())?;
                self.count_anew(tablet, now)
            }
        }
    }

    fn add(&self, tablet: u64, now: Moment, more: Rollup) -> Result<(), Fault> {
        let (hour, day) = (hour(now), now.day());
        let of_hour = self.read.hour(tablet, hour)? + more;
        self.keep_hour(tablet, hour, &of_hour)?;
        let of_day = self.read.day(tablet, day)? + more;
        self.keep_day(tablet, day, &of_day)
    }

    fn count_anew(&self, tablet: u64, now: Moment) -> Result<(), Fault> {
        let (hour, day) = (hour(now), now.day());
        let used = self.read.hour(tablet, hour)?.used;
        let of_hour = Rollup {
            used,
            ..self.read.count_raw(tablet, hour)?
        };
        self.keep_hour(tablet, hour, &of_hour)?;
        let of_day = self.read.count_hours(tablet, day)?;
        self.keep_day(tablet, day, &of_day)
    }

    /// Rolls up the rows that were kept before there were hours and days.
    pub(in crate::store) fn roll_up_what_is_raw(&self) -> Result<(), Fault> {
        let connection = &self.read.connection;
        let all = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        if all.prepare("SELECT 1 FROM telemetry_day")?.exists([])? {
            return Ok(());
        }
        let mut statement = all.prepare("SELECT * FROM heartbeat")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let reading = reading(row)?;
            let rollup = Rollup::from(reading);
            self.add(row.get("tablet")?, reading.read_at(), rollup)?;
        }
        drop(rows);
        drop(statement);
        Ok(all.commit()?)
    }

    fn keep_hour(&self, tablet: u64, hour: i64, it: &Rollup) -> Result<(), Fault> {
        self.keep_span("telemetry_hour", tablet, &hour, it)
    }

    fn keep_day(&self, tablet: u64, day: Day, it: &Rollup) -> Result<(), Fault> {
        self.keep_span("telemetry_day", tablet, &day.to_string(), it)
    }

    fn keep_span(
        &self,
        table: &str,
        tablet: u64,
        span: &dyn rusqlite::ToSql,
        it: &Rollup,
    ) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO {table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?
            .execute(params![
                tablet,
                span,
                it.heartbeats,
                it.battery_min,
                it.battery_max,
                it.last.map(|last| last.second),
                it.last.and_then(|last| last.battery_percent),
                it.last.and_then(|last| last.free_mib),
                it.used.rx_bytes,
                it.used.tx_bytes,
            ])?;
        Ok(())
    }
}

impl Reader {
    /// What each day of `days` came to of which anything is known.
    pub fn telemetry_days(
        &self,
        tablet: TabletId,
        days: Range<Day>,
    ) -> Result<Vec<(Day, Rollup)>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT telemetry_day.* FROM tablet JOIN telemetry_day
             ON telemetry_day.tablet = enrolled_seq
             WHERE tablet.tablet = ?1 AND day >= ?2 AND day < ?3 ORDER BY day",
        )?;
        let of = params![
            tablet.to_string(),
            days.start.to_string(),
            days.end.to_string()
        ];
        let rows = statement.query_map(of, |row| Ok((text(row, "day")?, rollup(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What each hour that begins from `from` to before `until` came to, of which
    /// anything is known, with the instant at which it begins. Hours are kept a
    /// year.
    pub fn telemetry_hours(
        &self,
        tablet: TabletId,
        from: Moment,
        until: Moment,
    ) -> Result<Vec<(Moment, Rollup)>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT telemetry_hour.* FROM tablet JOIN telemetry_hour
             ON telemetry_hour.tablet = enrolled_seq
             WHERE tablet.tablet = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour",
        )?;
        let of = params![tablet.to_string(), from_hour(from), from_hour(until)];
        let rows = statement.query_map(of, |row| {
            let hour: i64 = row.get("hour")?;
            Ok((Moment::from_ms(hour * HOUR_MS), rollup(row)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Data that a tablet used in the period in which `today` lies, by its own
    /// figures.
    pub fn data_use_in_period(
        &self,
        tablet: TabletId,
        period: PeriodDay,
        today: Day,
    ) -> Result<DataUse, Fault> {
        let days = self.telemetry_days(tablet, period.period_of(today))?;
        Ok(days.into_iter().map(|(_, it)| it).sum::<Rollup>().used)
    }

    fn hour(&self, tablet: u64, hour: i64) -> Result<Rollup, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM telemetry_hour WHERE tablet = ?1 AND hour = ?2")?;
        let found = statement.query_row(params![tablet, hour], rollup);
        Ok(found.optional()?.unwrap_or_default())
    }

    fn day(&self, tablet: u64, day: Day) -> Result<Rollup, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM telemetry_day WHERE tablet = ?1 AND day = ?2")?;
        let found = statement.query_row(params![tablet, day.to_string()], rollup);
        Ok(found.optional()?.unwrap_or_default())
    }

    /// What the hours of a day come to.
    fn count_hours(&self, tablet: u64, day: Day) -> Result<Rollup, Fault> {
        let hours = [day, day.plus_days(1)].map(|day| hour(day.starts_at()));
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM telemetry_hour WHERE tablet = ?1 AND hour >= ?2 AND hour < ?3",
        )?;
        let rollups = statement.query_map(params![tablet, hours[0], hours[1]], rollup)?;
        Ok(rollups.sum::<Result<_, _>>()?)
    }
}

/// The first hour that begins at or after an instant.
fn from_hour(at: Moment) -> i64 {
    (at.as_ms() + HOUR_MS - 1) / HOUR_MS
}

/// A row of hours or days.
fn rollup(row: &Row<'_>) -> rusqlite::Result<Rollup> {
    let second: Option<i64> = row.get("last_second")?;
    let last = second.map(|second| {
        Ok::<_, rusqlite::Error>(Last {
            second,
            battery_percent: row.get("last_battery")?,
            free_mib: row.get("last_free_mib")?,
        })
    });
    Ok(Rollup {
        heartbeats: row.get("heartbeats")?,
        battery_min: row.get("battery_min")?,
        battery_max: row.get("battery_max")?,
        last: last.transpose()?,
        used: DataUse {
            rx_bytes: row.get("rx_bytes")?,
            tx_bytes: row.get("tx_bytes")?,
        },
    })
}
