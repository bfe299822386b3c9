//! Forgetting what is older than it is kept: raw rows after 30 whole days, hours
//! after a year. A little at a time, so that nobody who writes waits for long (R16).

use rusqlite::params;
use shared::time::{Day, Moment};

use super::{raw::second, spans::hour};
use crate::store::{Fault, Store};

const RAW_DAYS: u16 = 30;
const HOURS_MONTHS: i32 = 12;

/// Most rows that are forgotten in one transaction.
const ROWS_MAX: usize = 5_000;
/// Most tablets that are looked through in one transaction.
const TABLETS_MAX: usize = 500;

/// A table of which old rows are forgotten.
#[derive(Debug)]
struct Ageing {
    table: &'static str,
    /// The column that says how old a row is.
    age: &'static str,
    /// The oldest that is kept.
    first: fn(today: Day) -> i64,
}

const AGEING: [Ageing; 3] = [
    Ageing {
        table: "heartbeat",
        age: "second",
        first: first_second,
    },
    Ageing {
        table: "data_use",
        age: "second",
        first: first_second,
    },
    Ageing {
        table: "telemetry_hour",
        age: "hour",
        first: first_hour,
    },
];

/// Whole days, so that no hour or day is half there.
fn first_second(today: Day) -> i64 {
    second(today.minus_days(RAW_DAYS).starts_at())
}

fn first_hour(today: Day) -> i64 {
    let a_year_ago = today.in_month(-HOURS_MONTHS, today.day_of_month());
    hour(a_year_ago.starts_at())
}

/// How far forgetting has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgetting {
    today: Day,
    /// Place of the table that is looked through.
    at: usize,
    /// The first tablet that is still to be looked through there.
    from: u64,
    /// Rows that were forgotten so far.
    pub rows: usize,
}

impl Forgetting {
    /// Nothing is forgotten yet of what is too old by `now`.
    pub fn begin(now: Moment) -> Self {
        Self {
            today: now.day(),
            at: 0,
            from: 0,
            rows: 0,
        }
    }

    /// Whether nothing is left that is too old.
    pub const fn is_done(&self) -> bool {
        self.at == AGEING.len()
    }
}

impl Store {
    /// Forgets a part of the telemetry that is older than it is kept, and says how
    /// far that went: to be called again until it is done.
    pub fn forget_old_telemetry(&mut self, so_far: Forgetting) -> Result<Forgetting, Fault> {
        let Some(ageing) = AGEING.get(so_far.at) else {
            return Ok(so_far);
        };
        self.whole(|store| store.forget_in(ageing, so_far))
    }

    fn forget_in(&self, it: &Ageing, so_far: Forgetting) -> Result<Forgetting, Fault> {
        let first = (it.first)(so_far.today);
        let mut after = so_far;
        let tablets = self.tablets_in(it, so_far.from)?;
        for tablet in &tablets {
            let left = ROWS_MAX - (after.rows - so_far.rows);
            let forgotten = self.forget_of(it, *tablet, first, left)?;
            after.rows += forgotten;
            after.from = tablet + 1;
            if forgotten == left {
                after.from = *tablet;
                return Ok(after);
            }
        }
        if tablets.len() < TABLETS_MAX {
            (after.at, after.from) = (so_far.at + 1, 0);
        }
        Ok(after)
    }

    /// The next tablets of which there are rows: one step along the key each.
    fn tablets_in(&self, it: &Ageing, from: u64) -> Result<Vec<u64>, Fault> {
        let table = it.table;
        let mut statement = self.read.connection.prepare_cached(&format!(
            "WITH RECURSIVE next (tablet) AS (
                 SELECT min(tablet) FROM {table} WHERE tablet >= ?1
                 UNION ALL
                 SELECT (SELECT min(tablet) FROM {table} WHERE tablet > next.tablet)
                 FROM next WHERE next.tablet IS NOT NULL
                 LIMIT ?2
             )
             SELECT tablet FROM next WHERE tablet IS NOT NULL"
        ))?;
        let tablets = statement.query_map(params![from, TABLETS_MAX], |row| row.get(0))?;
        Ok(tablets.collect::<Result<_, _>>()?)
    }

    fn forget_of(
        &self,
        it: &Ageing,
        tablet: u64,
        first: i64,
        rows_max: usize,
    ) -> Result<usize, Fault> {
        let Ageing { table, age, .. } = it;
        let mut statement = self.read.connection.prepare_cached(&format!(
            "DELETE FROM {table} WHERE tablet = ?1 AND {age} IN (
                 SELECT {age} FROM {table} WHERE tablet = ?1 AND {age} < ?2
                 ORDER BY {age} LIMIT ?3
             )"
        ))?;
        Ok(statement.execute(params![tablet, first, rows_max])?)
    }
}
