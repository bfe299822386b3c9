//! `audit`: verifies the log, or makes anew what follows from it.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use shared::digest::Digest;

use super::{Data, house, no, progress::Progress};
use crate::store::{AuditError, Head};

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Verify that no entry of the log was altered, and against a noted head that
    /// none was cut off.
    Verify(Verify),
    /// Drop every row that follows from the log and make it anew from the log.
    Rebuild(Data),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    data: Data,
    /// The head that an earlier `audit verify` printed: SEQ:HASH.
    #[arg(long, value_name = "SEQ:HASH", value_parser = head)]
    head: Option<Head>,
}

impl Audit {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Verify(it) => it.run(),
            Self::Rebuild(data) => rebuild(&data),
        }
    }
}

impl Verify {
    fn run(self) -> Result<()> {
        let house = house::open(self.data.existing()?)?;
        let read = house.store.read();
        let progress = Progress::new("entries", read.position()?);
        match read.audit_telling(self.head, &|done| progress.show(done)) {
            Ok(audit) => {
                println!("verified {} entries", audit.entries);
                println!("head {}:{}", audit.head.seq, audit.head.hash);
                Ok(())
            }
            Err(AuditError::Fault(fault)) => Err(fault).context("reading the log"),
            Err(damage) => Err(damage).context(
                "The log is damaged. Stop the server, keep this folder as it is, and bring back \
                 the last copy that verifies",
            ),
        }
    }
}

fn rebuild(data: &Data) -> Result<()> {
    let mut house = house::open(data.existing()?)?;
    house.store.read().audit(None).map_err(|damage| {
        no(format!(
            "{damage}. A damaged log is not built upon: see `audit verify`."
        ))
    })?;
    house.store.rebuild_projections()?;
    println!("made anew from {} entries", house.store.read().position()?);
    Ok(())
}

fn head(text: &str) -> Result<Head, String> {
    let parsed = text.split_once(':').and_then(|(seq, hash)| {
        let hash: Digest = hash.parse().ok()?;
        Some(Head {
            seq: seq.parse().ok()?,
            hash,
        })
    });
    parsed.ok_or_else(|| "a head is written SEQ:HASH, as `audit verify` prints it".to_owned())
}
