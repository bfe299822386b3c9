//! Resets by a device manager: what it is asked for, and what of its answers counts.
//! Only what it reports as done, for that very command and after the order, becomes a
//! receipt; a wipe that was refused is a try that did not work, and one that nobody
//! answered stays open until it is given up.

pub mod android;

use std::{sync::Arc, time::Duration};

use shared::{
    command::{Action, Command, RecordReset},
    event::{Actor, Origin},
    ids::CommandId,
    signed::receipt::{FailedStep, Outcome, Receipt, Voucher},
    tablet::ProofKind,
    time::Moment,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    chance, clock,
    http::{App, Problem},
    store::{Issued, ManagedReset, Work},
    vouched::{self, Word},
};

/// How often the manager is asked while something is open.
const ASK_EVERY: Duration = Duration::from_mins(1);
/// How long a command may stay unanswered before the try counts as one that did not
/// work.
const GIVE_UP_MS: i64 = 24 * 60 * 60 * 1000;

/// A device manager, as far as resets go.
pub trait ManagedFleet: Send + Sync + 'static {
    /// Its name, as receipts tell it.
    fn name(&self) -> &'static str;

    /// Asks it to erase the tablet of this name.
    fn wipe(&self, managed: &str) -> Result<Issued, NoAnswer>;

    /// What it reports of that command, and of the tablet with this serial number.
    fn report(&self, issued: &Issued, serial: &str) -> Result<Report, NoAnswer>;
}

/// The manager said nothing that can be relied on.
#[derive(Debug, thiserror::Error)]
#[error("the device manager: {0}")]
pub struct NoAnswer(pub String);

/// What a manager reports of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Not done, as far as it knows.
    Open,
    /// The tablet was erased and has started anew.
    Done {
        /// When it had started anew.
        at: Moment,
        /// The name under which it is known from then on.
        managed: String,
    },
    /// It was refused, or called off.
    Refused {
        /// In the manager's own words.
        why: String,
    },
}

/// Asks and listens until the server is asked to end, where there is a manager.
pub fn start(app: &App) {
    let Some(access) = app.config().manager.clone() else {
        return;
    };
    let fleet = android::Android::new(access);
    let (app, mut stopping) = (app.clone(), app.stopping());
    tokio::spawn(async move {
        let fleet = Arc::new(fleet);
        tokio::select! {
            () = keep_asking(&app, fleet) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    });
}

/// New orders are passed on at once; what was asked is asked after once a minute.
async fn keep_asking(app: &App, fleet: Arc<android::Android>) {
    let mut positions = app.writer().positions();
    let mut ask_at = Instant::now();
    loop {
        let seen = *positions.borrow_and_update();
        let open_too = Instant::now() >= ask_at;
        if open_too {
            ask_at = Instant::now() + ASK_EVERY;
        }
        // A fault has its log line already.
        drop(round(app, fleet.clone(), open_too).await);
        let grown = positions.wait_for(|position| *position != seen);
        if let Ok(Err(_writer_gone)) = timeout_at(ask_at, grown).await {
            return;
        }
    }
}

/// Asks for what is due, and where `open_too`, takes what is reported of what was
/// asked before.
pub async fn round<F: ManagedFleet>(
    app: &App,
    fleet: Arc<F>,
    open_too: bool,
) -> Result<(), Problem> {
    let read = app.read(|store| {
        // Nobody is asked to erase anything where their word would not count.
        let kinds = &store.policy().proof_kinds;
        let counts = kinds.contains(&ProofKind::ManagerReported);
        counts.then(|| store.managed_resets()).transpose()
    });
    let resets = read.await?.unwrap_or_default();
    let due = resets
        .into_iter()
        .filter(|it| open_too || it.issued.is_none());
    for reset in due {
        let number = reset.tablet.number;
        if let Err(no_answer) = one(app, fleet.clone(), reset).await? {
            tracing::warn!(%number, "{no_answer}");
        }
    }
    Ok(())
}

async fn one<F: ManagedFleet>(
    app: &App,
    fleet: Arc<F>,
    reset: ManagedReset,
) -> Result<Result<(), NoAnswer>, Problem> {
    let Some(issued) = reset.issued.clone() else {
        return issue(app, fleet, reset).await;
    };
    let (name, serial) = (fleet.name(), reset.tablet.serial.clone());
    let asked = issued.clone();
    let report = match blocking(move || fleet.report(&asked, &serial)).await? {
        Ok(report) => report,
        Err(no_answer) if clock::now() < issued.issued_at.plus_ms(GIVE_UP_MS) => {
            return Ok(Err(no_answer));
        }
        Err(no_answer) => Report::Refused {
            why: no_answer.to_string(),
        },
    };
    let now = clock::now();
    if let Some(receipt) = judge(&reset, &issued, name, &report, now) {
        tell(app, &reset, receipt, &report, now).await?;
    }
    Ok(Ok(()))
}

async fn issue<F: ManagedFleet>(
    app: &App,
    fleet: Arc<F>,
    reset: ManagedReset,
) -> Result<Result<(), NoAnswer>, Problem> {
    let managed = reset.managed.clone();
    let issued = match blocking(move || fleet.wipe(&managed)).await? {
        Ok(issued) => issued,
        Err(no_answer) => return Ok(Err(no_answer)),
    };
    let order = reset.order.order;
    let noted = app
        .writer()
        .run(move |store| store.note_issued(order, &issued));
    Ok(Ok(noted.await?))
}

/// What this report says of the order, once it says anything.
fn judge(
    reset: &ManagedReset,
    issued: &Issued,
    manager: &str,
    report: &Report,
    now: Moment,
) -> Option<Receipt> {
    let given_up = now >= issued.issued_at.plus_ms(GIVE_UP_MS);
    let (outcome, finished_at) = match report {
        Report::Open if !given_up => return None,
        // It cannot have started anew before it was asked to.
        Report::Done { at, .. } if *at <= issued.issued_at => return None,
        Report::Done { at, .. } => (Outcome::Verified, *at),
        Report::Open | Report::Refused { .. } => {
            let why = FailedStep::Wipe;
            (Outcome::Failed { why }, now)
        }
    };
    let word = Word {
        voucher: Voucher::Manager {
            manager: manager.to_owned(),
            managed: issued.managed.clone(),
            command: issued.command.clone(),
        },
        started_at: issued.issued_at,
        finished_at,
    };
    let receipt = vouched::receipt(&reset.tablet, &reset.order, word);
    Some(Receipt { outcome, ..receipt })
}

/// Hands the manager's word in, and keeps the name under which it knows the tablet now.
async fn tell(
    app: &App,
    reset: &ManagedReset,
    receipt: Receipt,
    report: &Report,
    now: Moment,
) -> Result<(), Problem> {
    let (tablet, keys) = (reset.tablet.id, app.keys().ever());
    let last = app
        .read(move |store| store.last_vouched(tablet, &keys))
        .await?;
    let receipt = vouched::after(receipt, last);
    let command = Command {
        id: CommandId::from_bytes(chance::bytes()),
        origin: Origin::Server,
        origin_seq: None,
        actor: Actor::Server,
        venue: None,
        occurred_at: now,
        clock_sure: true,
        seen: 0,
        series: 0,
        action: Action::RecordReset(RecordReset {
            tablet,
            receipt: app.sign(&receipt).to_json(),
        }),
    };
    if let Err(refusal) = app.writer().commit(Work::new(command, now)).await? {
        tracing::warn!(%tablet, code = refusal.code(), "a manager's report was refused");
    }
    match report {
        Report::Done { managed, .. } => {
            let managed = managed.clone();
            let noted = app
                .writer()
                .run(move |store| store.manage(tablet, &managed));
            Ok(noted.await?)
        }
        Report::Refused { why } => {
            tracing::warn!(%tablet, why, "the device manager refused to erase a tablet");
            Ok(())
        }
        Report::Open => Ok(()),
    }
}

async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(ask).await.map_err(|error| {
        tracing::error!("asking the device manager ended early: {error}");
        Problem::fault()
    })
}
