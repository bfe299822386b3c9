//! `audit`: verifies the log, shows what puts it in doubt, or makes anew what
//! follows from it.

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use shared::head::Head;

use super::{Data, house, no, progress::Progress};
use crate::{
    clock,
    store::{AuditError, Doubt, Reader},
};

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Verify that no entry of the log was altered, and against heads noted
    /// elsewhere that none was cut off.
    ///
    /// Every kiosk keeps heads, too, and says where the log no longer holds one:
    /// that ends this with 1, until somebody looked into it (`audit doubts`).
    /// `tablet-kiosk heads` prints what a kiosk keeps, for --head.
    Verify(Verify),
    /// Show what puts the log in doubt: heads that kiosks noted and the log does not
    /// hold, and facts that were lost and cannot be told again.
    Doubts(Doubts),
    /// Drop every row that follows from the log and make it anew from the log.
    Rebuild(Data),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    data: Data,
    /// A head that an earlier `audit verify` or a kiosk printed: SEQ:HASH. May be
    /// given more than once.
    #[arg(long = "head", value_name = "SEQ:HASH")]
    heads: Vec<Head>,
}

#[derive(Debug, Args)]
pub(super) struct Doubts {
    #[command(flatten)]
    data: Data,
    /// Note that all of them were looked into.
    #[arg(long)]
    settle: bool,
}

impl Audit {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Verify(it) => it.run(),
            Self::Doubts(it) => it.run(),
            Self::Rebuild(data) => rebuild(&data),
        }
    }
}

impl Verify {
    fn run(self) -> Result<()> {
        let house = house::open(self.data.existing()?)?;
        verify(house.store.read(), &self.heads).map_err(|why| match why {
            AuditError::Fault(fault) => anyhow::Error::from(fault).context("reading the log"),
            damage => anyhow::Error::from(damage).context(
                "The log is damaged. Stop the server, keep this folder as it is, and bring back \
                 the last backup that verifies: `restore --help`",
            ),
        })?;
        let doubts = house.store.read().doubts()?;
        let denied = doubts.iter().filter(|doubt| is_denied(doubt)).count();
        if denied == 0 {
            return Ok(());
        }
        Err(anyhow!(
            "Every entry fits the one before it, but this log does not hold {denied} of the \
             heads that kiosks noted: it was cut or written anew. Unless it was brought back from a backup, \
             stop the server and keep this folder as it is. Which kiosks: `audit doubts`"
        ))
    }
}

/// Verifies a log and prints what it ends with.
pub(super) fn verify(read: &Reader, heads: &[Head]) -> Result<(), AuditError> {
    let progress = Progress::new("entries", read.position()?);
    let audit = read.audit_telling(heads, &|done| progress.show(done))?;
    drop(progress);
    println!("verified {} entries", audit.entries);
    println!("head {}", audit.head);
    Ok(())
}

const fn is_denied(doubt: &Doubt) -> bool {
    match doubt {
        Doubt::DeniedHead { .. } => true,
        Doubt::Gap { .. } => false,
    }
}

impl Doubts {
    fn run(self) -> Result<()> {
        let mut house = house::open(self.data.existing()?)?;
        for restored in house.store.read().restores()? {
            let (made, at) = (restored.made_at, restored.restored_at);
            let head = restored.head;
            println!("brought back at {at} from a backup of {made} that ended with {head}");
        }
        let doubts = house.store.read().doubts()?;
        for doubt in &doubts {
            println!("{}", told(doubt));
        }
        if self.settle {
            let settled = house.store.settle_doubts(clock::now())?;
            println!("{settled} looked into");
        } else if doubts.is_empty() {
            println!("nothing puts the log in doubt");
        }
        Ok(())
    }
}

fn told(doubt: &Doubt) -> String {
    match doubt {
        Doubt::DeniedHead {
            kiosk,
            head,
            found_at,
        } => format!("{found_at} {kiosk} keeps {head}, which this log does not hold"),
        Doubt::Gap {
            kiosk,
            first,
            last,
            told_at,
        } => format!(
            "{told_at} {kiosk} told its facts {first} to {last} before, and cannot again: they \
             named borrowers. Look at the loans of that counter"
        ),
    }
}

fn rebuild(data: &Data) -> Result<()> {
    let mut house = house::open(data.existing()?)?;
    house.store.read().audit(&[]).map_err(|damage| {
        no(format!(
            "{damage}. A damaged log is not built upon: see `audit verify`."
        ))
    })?;
    house.store.rebuild_projections()?;
    println!("made anew from {} entries", house.store.read().position()?);
    Ok(())
}
