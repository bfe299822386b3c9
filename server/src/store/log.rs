//! The log: facts in the order in which the server took them, each chained to the
//! one before it by SHA-256, so that an altered byte shows (R12).

use planted::planted;
use rusqlite::{OptionalExtension, Row, params};
use shared::{
    digest::Digest,
    event::{Event, Recorded},
    head::Head,
    ids::TabletId,
    wire::v1::event,
};

use super::{Fault, Reader, Store, Work};

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
        if planted!(StaleRow) && matches!(recorded.event, Event::FlagCleared { .. }) {
            return Ok(());
        }
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

/// The link of an entry.
pub(super) fn link(before: &Digest, bytes: &[u8]) -> Digest {
    if planted!(UnchainedLog) {
        return Digest::of(bytes);
    }
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
        let end = statement.query_row([], head_of).optional()?;
        Ok(end.unwrap_or(Head::NONE))
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

/// The head that an entry is the end of.
pub(super) fn head_of(row: &Row<'_>) -> rusqlite::Result<Head> {
    let hash: [u8; 32] = row.get("hash")?;
    Ok(Head {
        seq: row.get("seq")?,
        hash: Digest::from_bytes(hash),
    })
}
