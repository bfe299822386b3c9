//! The log: facts in the order in which the server took them, each chained to the
//! one before it by SHA-256, so that an altered byte shows (R12). A cut tail shows
//! against a head that was noted elsewhere.

use rusqlite::params;
use shared::{
    digest::Digest,
    event::{Event, Recorded},
    ids::TabletId,
    wire::v1::event,
};

use super::{Fault, Reader, Store, Work};

/// What the first entry is chained to.
const BEFORE_THE_FIRST: Digest = Digest::from_bytes([0; 32]);

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The place of the last entry; 0 while there is none.
    pub seq: u64,
    /// Its link of the chain.
    pub hash: Digest,
}

/// A log that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Entries verified.
    pub entries: u64,
    /// Note it elsewhere: only so a cut tail shows.
    pub head: Head,
}

/// What an audit found wrong.
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

impl Store {
    /// Appends a fact and lets everything that follows from it follow.
    pub(super) fn append(
        &self,
        work: &Work,
        origin_seq: Option<u64>,
        event: Event,
    ) -> Result<(), Fault> {
        let head = self.read.head()?;
        let recorded = recorded(work, head.seq + 1, origin_seq, event);
        let bytes = event::to_bytes(&recorded);
        let hash = link(&head.hash, &bytes);
        self.read
            .connection
            .prepare_cached("INSERT INTO log (seq, bytes, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![recorded.server_seq, bytes, hash.as_bytes()])?;
        self.project(&recorded)
    }
}

fn recorded(work: &Work, server_seq: u64, origin_seq: Option<u64>, event: Event) -> Recorded {
    let command = &work.command;
    Recorded {
        server_seq,
        origin: command.origin,
        origin_seq,
        command: command.id,
        actor: command.actor,
        venue: command.venue,
        occurred_at: work.occurred_at(),
        recorded_at: work.now,
        clock_sure: command.clock_sure,
        seen: command.seen,
        event,
    }
}

fn link(before: &Digest, bytes: &[u8]) -> Digest {
    Digest::of_parts(&[before.as_bytes(), bytes])
}

impl Reader {
    /// How far the log has come.
    pub fn position(&self) -> Result<u64, Fault> {
        Ok(self.head()?.seq)
    }

    /// The end of the log.
    pub fn head(&self) -> Result<Head, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else {
            return Ok(Head {
                seq: 0,
                hash: BEFORE_THE_FIRST,
            });
        };
        let hash: [u8; 32] = row.get("hash")?;
        let (seq, hash) = (row.get("seq")?, Digest::from_bytes(hash));
        Ok(Head { seq, hash })
    }

    /// Verifies the whole chain, and that it still holds a head noted before.
    pub fn audit(&self, noted: Option<Head>) -> Result<Audit, AuditError> {
        let mut head = Head {
            seq: 0,
            hash: BEFORE_THE_FIRST,
        };
        let mut statement = self
            .connection
            .prepare("SELECT seq, bytes, hash FROM log ORDER BY seq")
            .map_err(Fault::from)?;
        let mut rows = statement.query([]).map_err(Fault::from)?;
        while let Some(row) = rows.next().map_err(Fault::from)? {
            head = check(row, &head)?;
            if noted.is_some_and(|noted| noted.seq == head.seq && noted.hash != head.hash) {
                return Err(AuditError::OtherHead { seq: head.seq });
            }
        }
        let entries = head.seq;
        match noted.map(|noted| noted.seq) {
            Some(noted) if noted > entries => Err(AuditError::Cut { entries, noted }),
            Some(_) | None => Ok(Audit { entries, head }),
        }
    }

    /// What happened to this tablet after a place in the log, in order. Reads the
    /// whole log: for a person who asks, not for a page.
    pub fn story(&self, tablet: TabletId, after: u64) -> Result<Vec<Recorded>, Fault> {
        let mut story = Vec::new();
        self.replay(|recorded| {
            if recorded.server_seq > after && recorded.event.tablet() == Some(tablet) {
                story.push(recorded.clone());
            }
            Ok(())
        })?;
        Ok(story)
    }

    /// The facts at these places of the log.
    pub(super) fn entries(&self, places: std::ops::Range<u64>) -> Result<Vec<Recorded>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, bytes FROM log WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
        )?;
        let mut rows = statement.query(params![places.start, places.end])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(row)?);
        }
        Ok(entries)
    }

    /// Gives every entry to `take`, in order.
    pub(super) fn replay(
        &self,
        mut take: impl FnMut(&Recorded) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self
            .connection
            .prepare("SELECT seq, bytes FROM log ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(&entry(row)?)?;
        }
        Ok(())
    }
}

fn entry(row: &rusqlite::Row<'_>) -> Result<Recorded, Fault> {
    let seq = row.get("seq")?;
    let bytes = row
        .get_ref("bytes")?
        .as_blob()
        .map_err(rusqlite::Error::from)?;
    event::from_bytes(bytes).map_err(|source| Fault::Entry { seq, source })
}

fn check(row: &rusqlite::Row<'_>, before: &Head) -> Result<Head, AuditError> {
    let expected = before.seq + 1;
    let seq: u64 = row.get("seq").map_err(Fault::from)?;
    if seq != expected {
        let found = seq;
        return Err(AuditError::Gap { expected, found });
    }
    let altered = || AuditError::Altered { seq };
    let bytes = row.get_ref("bytes").map_err(Fault::from)?;
    let hash = link(&before.hash, bytes.as_blob().map_err(|_| altered())?);
    let stored = row.get_ref("hash").map_err(Fault::from)?;
    (stored.as_blob() == Ok(hash.as_bytes().as_slice()))
        .then_some(Head { seq, hash })
        .ok_or_else(altered)
}
