//! Reads the log's bytes as they stand in the file, beside the server and not
//! through it.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags};
use shared::wire::v1::event;

use crate::sim::{node::Node, note::Note, wires::Wires};

/// A reader of the log, and how far it has come.
pub struct Log {
    connection: Connection,
    seq: u64,
}

impl Log {
    /// Reads what comes after this entry.
    pub fn open(path: &Path, seq: u64) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        Ok(Self { connection, seq })
    }

    /// Lets the reference model hear every entry that came.
    pub fn follow(&mut self, wires: &mut Wires) -> Result<()> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, bytes FROM log WHERE seq > ?1 ORDER BY seq")?;
        let mut rows = statement.query([i64::try_from(self.seq)?])?;
        while let Some(row) = rows.next()? {
            let bytes: Vec<u8> = row.get(1)?;
            let recorded = event::from_bytes(&bytes).context("an entry of the log")?;
            self.seq = u64::try_from(row.get::<_, i64>(0)?)?;
            let kind = kind(&bytes);
            wires.counts.reach(kind);
            wires.say(Node::Server, || {
                let of = recorded.event.tablet().map(|id| format!(" of {id}"));
                format!("logs {kind}{}", of.unwrap_or_default())
            });
            wires.note(Note::Logged(Box::new(recorded), bytes));
        }
        Ok(())
    }
}

/// The fact's kind, as its bytes name it.
fn kind(bytes: &[u8]) -> &str {
    let text = str::from_utf8(bytes).unwrap_or_default();
    let named = text
        .split_once("\"event\":{\"kind\":\"")
        .map(|(_, after)| after);
    named
        .and_then(|after| after.split('"').next())
        .unwrap_or("?")
}
