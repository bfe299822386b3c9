//! The audit: verifies the chain of the log, and shows a cut tail against a head
//! that was noted elsewhere (R12).
//!
//! Every entry stands beside its link, and its link is right where it is the digest
//! of the link before it and the entry's bytes. So a stretch of the log can be
//! verified by itself, given the link that is stored before it; where every stretch
//! is right, the chain is, in whatever order they were read. That is how a long log
//! is read on several threads.

use std::{
    num::NonZero,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{digest::Digest, head::Head};

use super::{Fault, Reader, connection, log::link};

/// Entries for which a thread of their own is worth its start.
const STRETCH_MIN: u64 = 10_000;
/// Most threads that read one log.
const STRETCHES_MAX: u64 = 8;
/// Progress is told after so many entries.
const STEP: u64 = 4_096;

/// A log that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Entries verified.
    pub entries: u64,
    /// Note it elsewhere: only so a cut tail shows.
    pub head: Head,
}

/// What an audit found wrong: the first in the order of the log.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database failed before the audit was through.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// An entry is not where it should be.
    #[error("entry {expected} of the log is missing: entry {found} follows")]
    Gap {
        /// The place that should follow.
        expected: u64,
        /// The place that does.
        found: u64,
    },
    /// An entry's bytes or its link of the chain were altered.
    #[error("entry {seq} of the log was altered: it does not fit the chain")]
    Altered {
        /// Its place.
        seq: u64,
    },
    /// The log ends before a head that was noted.
    #[error(
        "the log ends at entry {entries}, but entry {noted} was noted before: its tail was cut"
    )]
    Cut {
        /// Entries that are left.
        entries: u64,
        /// The place of the noted head.
        noted: u64,
    },
    /// The log goes on differently than was noted.
    #[error("entry {seq} of the log is not the one that was noted before")]
    OtherHead {
        /// The place of the noted head.
        seq: u64,
    },
}

impl Reader {
    /// Verifies the whole chain, and that it still holds the heads noted before.
    pub fn audit(&self, noted: &[Head]) -> Result<Audit, AuditError> {
        self.audit_telling(noted, &|_| {})
    }

    /// The same, telling now and then how many entries were read.
    pub fn audit_telling(
        &self,
        noted: &[Head],
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<Audit, AuditError> {
        let entries = self.last_place()?;
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = u64::try_from(threads).unwrap_or(1).min(STRETCHES_MAX);
        let stretches = threads.min(entries / STRETCH_MIN).max(1);
        self.audit_in(stretches, noted, tell)
    }

    /// Verifies the chain in so many stretches at a time.
    pub(super) fn audit_in(
        &self,
        stretches: u64,
        noted: &[Head],
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<Audit, AuditError> {
        let entries = self.last_place()?;
        let read = AtomicU64::new(0);
        let audit = Stretches {
            path: Path::new(self.connection.path().unwrap_or_default()),
            noted,
            read: &read,
            tell,
        };
        let end = |nth| part(entries, nth, stretches);
        let head = thread::scope(|threads| {
            let others: Vec<_> = (1..stretches)
                .map(|nth| threads.spawn(move || audit.beside(end(nth), end(nth + 1))))
                .collect();
            let mut found = vec![audit.stretch(&self.connection, 0, end(1))];
            found.extend(others.into_iter().map(joined));
            // In the order of the log, so the first that is wrong is told.
            let ends: Result<Vec<Head>, AuditError> = found.into_iter().collect();
            ends.map(|ends| ends.last().copied().unwrap_or(Head::NONE))
        })?;
        match noted.iter().map(|noted| noted.seq).max() {
            Some(noted) if noted > entries => Err(AuditError::Cut { entries, noted }),
            Some(_) | None => Ok(Audit { entries, head }),
        }
    }
}

impl Reader {
    /// The last place of the log, whatever stands there.
    fn last_place(&self) -> Result<u64, Fault> {
        let last = "SELECT max(seq) FROM log";
        let last: Option<u64> = self.connection.query_row(last, [], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }
}

/// A panic of a thread goes on here: half an audit is none.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|it| std::panic::resume_unwind(it))
}

/// Where the `nth` of so many equal parts ends.
fn part(entries: u64, nth: u64, parts: u64) -> u64 {
    let end = u128::from(entries) * u128::from(nth) / u128::from(parts);
    u64::try_from(end).unwrap_or(entries)
}

/// What is the same for every stretch of an audit.
#[derive(Clone, Copy)]
struct Stretches<'a> {
    path: &'a Path,
    noted: &'a [Head],
    read: &'a AtomicU64,
    tell: &'a (dyn Fn(u64) + Sync),
}

impl Stretches<'_> {
    /// A stretch on a connection of its own, as one thread needs it. It may see
    /// entries that came after the audit began; it does not read them.
    fn beside(&self, after: u64, last: u64) -> Result<Head, AuditError> {
        let connection = connection::open_to_read(self.path)?;
        self.stretch(&connection, after, last)
    }

    /// Verifies the entries behind `after`, up to `last`.
    fn stretch(&self, connection: &Connection, after: u64, last: u64) -> Result<Head, AuditError> {
        let mut head = stored(connection, after)?;
        let between = "SELECT seq, bytes, hash FROM log
                       WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq";
        let mut statement = connection.prepare(between).map_err(Fault::from)?;
        // Nothing may stand before the first place, either.
        let from = if after == 0 {
            i64::MIN
        } else {
            after.cast_signed() + 1
        };
        let mut rows = statement.query(params![from, last]).map_err(Fault::from)?;
        while let Some(row) = rows.next().map_err(Fault::from)? {
            head = check(row, &head)?;
            let is_other = |noted: &Head| noted.seq == head.seq && noted.hash != head.hash;
            if self.noted.iter().any(is_other) {
                return Err(AuditError::OtherHead { seq: head.seq });
            }
            if head.seq % STEP == 0 {
                (self.tell)(self.read.fetch_add(STEP, Ordering::Relaxed) + STEP);
            }
        }
        if head.seq == last {
            return Ok(head);
        }
        Err(gap(connection, head.seq + 1)?)
    }
}

/// The link as it is stored at this place. Whether it is right is for the stretch
/// before to say, which ends with it.
fn stored(connection: &Connection, seq: u64) -> Result<Head, AuditError> {
    if seq == 0 {
        return Ok(Head::NONE);
    }
    let at = "SELECT hash FROM log WHERE seq = ?1";
    let found = connection.query_row(at, [seq], |row| row.get::<_, Vec<u8>>("hash"));
    let Some(hash) = found.optional().map_err(Fault::from)? else {
        return Err(gap(connection, seq)?);
    };
    let hash = hash.try_into().map_err(|_| AuditError::Altered { seq })?;
    let hash = Digest::from_bytes(hash);
    Ok(Head { seq, hash })
}

/// Nothing stands at this place, though something does behind it.
fn gap(connection: &Connection, expected: u64) -> Result<AuditError, Fault> {
    let next = "SELECT min(seq) FROM log WHERE seq > ?1";
    let found: Option<u64> = connection.query_row(next, [expected], |row| row.get(0))?;
    Ok(match found {
        Some(found) => AuditError::Gap { expected, found },
        // Cut off while it was read.
        None => AuditError::Cut {
            entries: expected - 1,
            noted: expected,
        },
    })
}

fn check(row: &Row<'_>, before: &Head) -> Result<Head, AuditError> {
    let expected = before.seq + 1;
    let seq: u64 = row.get(0).map_err(Fault::from)?;
    if seq != expected {
        let found = seq;
        return Err(AuditError::Gap { expected, found });
    }
    let altered = || AuditError::Altered { seq };
    let bytes = row.get_ref(1).map_err(Fault::from)?;
    let hash = link(&before.hash, bytes.as_blob().map_err(|_| altered())?);
    let stored = row.get_ref(2).map_err(Fault::from)?;
    (stored.as_blob() == Ok(hash.as_bytes().as_slice()))
        .then_some(Head { seq, hash })
        .ok_or_else(altered)
}
