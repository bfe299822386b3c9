//! How the log was kept, as others saw it: heads that kiosks noted and this log
//! does not hold, facts that were lost with a disk and cannot be told again, and
//! the days on which the library was brought back from a backup.

use rusqlite::{OptionalExtension, Row, params};
use shared::{head::Head, ids::KioskId, refusal::Refusal, time::Moment, wire::v1::kiosk::Gap};

use super::{
    Fault, Reader, Store,
    row::{moment, text},
};

/// Most denied heads of one kiosk that wait for somebody (R16): a kiosk keeps no
/// more than that.
const DENIED_MAX: u32 = 64;

/// Something about the log that somebody must look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A kiosk noted a head that this log does not hold.
    DeniedHead {
        /// The kiosk.
        kiosk: KioskId,
        /// What it noted.
        head: Head,
        /// When it told so.
        found_at: Moment,
    },
    /// A kiosk could not tell again what the server lost.
    Gap {
        /// The kiosk.
        kiosk: KioskId,
        /// The first place of its series that is lost.
        first: u64,
        /// The last.
        last: u64,
        /// When it told so.
        told_at: Moment,
    },
}

/// A day on which the library was brought back from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When.
    pub restored_at: Moment,
    /// When the backup was made.
    pub made_at: Moment,
    /// The end of the log that it held.
    pub head: Head,
}

impl Reader {
    /// What stands at this place of the log, and its end: what shows a head that
    /// was noted to be of this log or of another.
    pub fn heads_for(&self, noted: Head) -> Result<Vec<Head>, Fault> {
        let end = self.head()?;
        if noted.seq >= end.seq {
            return Ok(vec![end]);
        }
        let at = "SELECT seq, hash FROM log WHERE seq = ?1";
        let mut statement = self.connection.prepare_cached(at)?;
        let at = statement
            .query_row([noted.seq], super::log::head_of)
            .optional()?;
        Ok(at.into_iter().chain([end]).collect())
    }

    /// What somebody must look into, the newest first.
    pub fn doubts(&self) -> Result<Vec<Doubt>, Fault> {
        let mut doubts = self.doubts_of(
            "SELECT kiosk, head, found_at FROM denied_head
             WHERE settled_at IS NULL ORDER BY found_at DESC",
            |row| {
                Ok(Doubt::DeniedHead {
                    kiosk: text(row, "kiosk")?,
                    head: text(row, "head")?,
                    found_at: moment(row, "found_at")?,
                })
            },
        )?;
        doubts.extend(self.doubts_of(
            "SELECT kiosk, first, last, told_at FROM series_gap
             WHERE settled_at IS NULL ORDER BY told_at DESC",
            |row| {
                Ok(Doubt::Gap {
                    kiosk: text(row, "kiosk")?,
                    first: row.get("first")?,
                    last: row.get("last")?,
                    told_at: moment(row, "told_at")?,
                })
            },
        )?);
        Ok(doubts)
    }

    fn doubts_of(
        &self,
        all: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<Doubt>,
    ) -> Result<Vec<Doubt>, Fault> {
        let mut statement = self.connection.prepare_cached(all)?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The days on which the library was brought back from a backup.
    pub fn restores(&self) -> Result<Vec<Restored>, Fault> {
        let all = "SELECT * FROM restored ORDER BY restored_at";
        let mut statement = self.connection.prepare_cached(all)?;
        let rows = statement.query_map([], |row| {
            Ok(Restored {
                restored_at: moment(row, "restored_at")?,
                made_at: moment(row, "made_at")?,
                head: text(row, "head")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last place of a kiosk's series that it told to be lost.
    pub(super) fn lost_up_to(&self, kiosk: KioskId, series: u32) -> Result<u64, Fault> {
        let last = "SELECT max(last) FROM series_gap WHERE kiosk = ?1 AND series = ?2";
        let mut statement = self.connection.prepare_cached(last)?;
        let last: Option<u64> =
            statement.query_row(params![kiosk.to_string(), series], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }
}

impl Store {
    /// Notes that a kiosk keeps a head that this log does not hold. False where that
    /// was noted before, or where more are noted of this kiosk than it can keep.
    pub fn note_denied(&mut self, kiosk: KioskId, head: Head, now: Moment) -> Result<bool, Fault> {
        let note = "INSERT OR IGNORE INTO denied_head (kiosk, head, found_at)
                    SELECT ?1, ?2, ?3 WHERE ?4 >
                    (SELECT count(*) FROM denied_head WHERE kiosk = ?1 AND settled_at IS NULL)";
        let noted = self.read.connection.execute(
            note,
            params![kiosk.to_string(), head.to_string(), now.as_ms(), DENIED_MAX],
        )?;
        Ok(noted > 0)
    }

    /// Notes that a stretch of a kiosk's series is lost, so that what follows it can
    /// be taken. What was noted or taken before is so again (R4).
    pub fn note_gap(
        &mut self,
        kiosk: KioskId,
        Gap {
            first,
            last,
            series,
        }: Gap,
        now: Moment,
    ) -> Result<Result<(), Refusal>, Fault> {
        self.unless_refused(|| {
            let has_ended = series < self.read.kiosk_series(kiosk)?.series;
            let expected = self.read.facts_taken(kiosk, series)? + 1;
            if has_ended || last < expected {
                return Ok(Ok(()));
            }
            if first > expected {
                return Ok(Err(Refusal::FactsMissing { expected }));
            }
            self.read.connection.execute(
                "INSERT INTO series_gap (kiosk, series, first, last, told_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![kiosk.to_string(), series, expected, last, now.as_ms()],
            )?;
            Ok(Ok(()))
        })
    }

    /// Notes that all doubts were looked into; says how many there were.
    pub fn settle_doubts(&mut self, now: Moment) -> Result<usize, Fault> {
        self.whole(|store| {
            let mut settled = 0;
            for table in ["denied_head", "series_gap"] {
                let settle = format!("UPDATE {table} SET settled_at = ?1 WHERE settled_at IS NULL");
                settled += store.read.connection.execute(&settle, [now.as_ms()])?;
            }
            Ok(settled)
        })
    }

    /// Notes that the library was brought back from a backup.
    pub fn note_restored(&mut self, it: &Restored) -> Result<(), Fault> {
        self.read.connection.execute(
            "INSERT INTO restored (restored_at, made_at, head) VALUES (?1, ?2, ?3)",
            params![
                it.restored_at.as_ms(),
                it.made_at.as_ms(),
                it.head.to_string()
            ],
        )?;
        Ok(())
    }
}
