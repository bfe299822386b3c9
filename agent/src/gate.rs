//! The login gate: nobody signs in on the tablet unless it is on loan, or ready with
//! a receipt that the server took. It is decided from the journal of `reset` and from
//! what the server signed, never from what `run` says of itself; whatever is missing,
//! damaged or of another stretch of the tablet's life keeps it shut.
//!
//! Absences that matter: no network, no clock, and nothing is written.

#[cfg(test)]
pub(crate) mod tests;

use std::{fmt, io};

use planted::planted;
use shared::{
    digest::Digest,
    ids::TabletId,
    signed::{
        Envelope, SignedError,
        order::{Order, Task},
        verdict::{Answer, Verdict},
    },
};

use crate::{
    disk::{
        Disk,
        folder::Folder,
        slots::{Slots, SlotsError},
    },
    identity::{self, Identity},
    orders::{Begun, Handed, LOAN, LOCK, ORDER, VERDICT},
    place::Place,
    reset::journal::{self, Journal, Reported, Work},
    trust::{NotKnown, Trust, word_on_lock},
};

/// Why the gate is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Proven clean, and the server took the proof.
    Ready,
    /// The server says that somebody has it on loan.
    OnLoan,
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("open: the tablet is ready"),
            Self::OnLoan => f.write_str("open: the tablet is on loan"),
        }
    }
}

/// Why the gate is shut.
#[derive(Debug, thiserror::Error)]
pub enum Shut {
    /// Nobody enrolled the tablet.
    #[error("this tablet is not enrolled")]
    NotEnrolled,
    /// What the gate asks cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(&'static str, #[source] io::Error),
    /// It was written by nobody who knows its form, or altered.
    #[error("{0} is damaged")]
    Damaged(&'static str),
    /// The journal says no.
    #[error(transparent)]
    Journal(#[from] SlotsError),
    /// It is not known whom the tablet believes.
    #[error(transparent)]
    Trust(#[from] NotKnown),
    /// It is marked lost.
    #[error("the tablet is marked lost")]
    Lost,
    /// No reset was ever begun.
    #[error("this tablet was never reset")]
    NeverReset,
    /// An order to reset is here, and was not begun.
    #[error("a reset is ordered and was not begun")]
    Ordered,
    /// A reset was begun and has no receipt.
    #[error("a reset was begun and is not done")]
    AtWork,
    /// The last reset failed.
    #[error("the last reset failed")]
    Failed,
    /// The server has not answered the last receipt.
    #[error("the server has not answered the last receipt")]
    Unanswered,
    /// What is kept as the server's word is not signed by it.
    #[error("what is kept as the server's word is not: {0}")]
    NotSigned(#[from] SignedError),
    /// The server's word is on another receipt.
    #[error("the server's word that is kept is on another receipt")]
    OtherReceipt,
    /// The server did not take the receipt.
    #[error("the server did not take the last receipt")]
    NotTaken,
}

/// What the gate is decided from.
#[derive(Clone, Debug)]
pub struct Papers {
    /// This tablet.
    pub tablet: TabletId,
    /// Whom it believes.
    pub trust: Trust,
    /// The reset at work, or the last one, as `reset` journaled it.
    pub work: Option<Work>,
    /// The digest of the last receipt that `reset` signed.
    pub receipt: Option<Digest>,
    /// The last order to reset that `run` was given.
    pub ordered: Option<Envelope>,
    /// The server's word on the last receipt.
    pub verdict: Option<Envelope>,
    /// The order that began the last loan.
    pub loan: Option<Envelope>,
    /// The server's last word on whether the tablet is locked, as `run` keeps it.
    pub lock: Option<Envelope>,
    /// The last one that `reset` took up: `run` could have taken its own away.
    pub lock_taken_up: Option<Envelope>,
}

/// A loan of which the server told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Loan {
    /// A named operator lends it though it is not proven clean (R2).
    overridden: bool,
}

/// Looks at this tablet, and decides.
pub fn look(place: &Place) -> Result<Open, Shut> {
    Papers::read(place)?.decide()
}

impl Papers {
    /// Reads them, and changes nothing.
    pub fn read(place: &Place) -> Result<Self, Shut> {
        let proof_disk = Folder::to_look_at(&place.proof_dir());
        let link_disk = Folder::to_look_at(&place.link_dir());
        let identity = identity(&proof_disk)?;
        let trust = Trust::load(&proof_disk, &identity.keyring)?;
        let lock_taken_up = whole(&proof_disk, LOCK)?;
        let journal = whole_journal(proof_disk)?;
        let handed = read(&link_disk, ORDER)?;
        let handed = handed.map(|bytes| serde_json::from_slice(&bytes));
        let handed: Option<Handed> = handed.transpose().map_err(|_| Shut::Damaged(ORDER))?;
        Ok(Self {
            tablet: identity.tablet,
            trust,
            work: journal.work().cloned(),
            receipt: journal.previous(),
            ordered: handed.map(|handed| handed.order),
            verdict: envelope(&link_disk, VERDICT)?,
            loan: whole(&link_disk, LOAN)?,
            lock: whole(&link_disk, LOCK)?,
            lock_taken_up,
        })
    }

    /// Open or shut.
    pub fn decide(&self) -> Result<Open, Shut> {
        self.is_not_locked()?;
        let work = self.work.as_ref().ok_or(Shut::NeverReset)?;
        let reported = work.reported.ok_or(Shut::AtWork)?;
        self.nothing_is_ordered(&work.begun)?;
        match (self.loan_since(&work.begun)?, reported) {
            (Some(Loan { .. }), Reported::Verified)
            | (Some(Loan { overridden: true }), Reported::Failed(_)) => Ok(Open::OnLoan),
            (None, Reported::Verified) => self.was_taken(&work.begun),
            (None | Some(Loan { overridden: false }), Reported::Failed(_)) => Err(Shut::Failed),
        }
    }

    /// Whether the home is as the last reset left it, as far as anybody was told.
    pub fn is_as_reset(&self) -> bool {
        let Some(work) = &self.work else {
            return false;
        };
        let verified = work.reported == Some(Reported::Verified);
        let ordered = self.nothing_is_ordered(&work.begun).is_err();
        let unlent = matches!(self.loan_since(&work.begun), Ok(None));
        verified && !ordered && unlent
    }

    /// A lost tablet stays shut, whoever has it, until the server takes that back.
    fn is_not_locked(&self) -> Result<(), Shut> {
        let kept = [&self.lock, &self.lock_taken_up].into_iter().flatten();
        let words = kept.map(|envelope| {
            word_on_lock(&self.trust, envelope, self.tablet).ok_or(Shut::Damaged(LOCK))
        });
        let words = words.collect::<Result<Vec<_>, _>>()?;
        let last = words.into_iter().max_by_key(|word| word.counter);
        match last.map(|word| word.task) {
            None | Some(Task::Unlock) => Ok(()),
            Some(Task::Lock { .. }) => Err(Shut::Lost),
            Some(Task::Reset { .. } | Task::BeginLoan { .. }) => Err(Shut::Damaged(LOCK)),
        }
    }

    /// An order that came and was not begun: the loan is over all the same.
    fn nothing_is_ordered(&self, last: &Begun) -> Result<(), Shut> {
        let Some(envelope) = &self.ordered else {
            return Ok(());
        };
        let order: Order = self.trust.open(envelope)?;
        let is_older = order.tablet == self.tablet && order.counter <= last.counter;
        is_older.then_some(()).ok_or(Shut::Ordered)
    }

    /// A loan that the server told of and that no reset has ended since. The order
    /// itself says so: it was given for a later stretch of life than the last reset.
    ///
    /// # Errors
    /// What is kept of the last loan is not the server's word: somebody may have used it.
    fn loan_since(&self, last: &Begun) -> Result<Option<Loan>, Shut> {
        let Some(envelope) = &self.loan else {
            return Ok(None);
        };
        let order: Order = self.trust.open(envelope)?;
        let is_newer = order.epoch > last.epoch && order.counter >= last.counter;
        Ok(match order.task {
            Task::BeginLoan { overridden, .. } if is_newer && order.tablet == self.tablet => {
                Some(Loan { overridden })
            }
            Task::BeginLoan { .. } | Task::Reset { .. } | Task::Lock { .. } | Task::Unlock => None,
        })
    }

    fn was_taken(&self, last: &Begun) -> Result<Open, Shut> {
        if planted!(GateOpenUnanswered) && self.verdict.is_none() {
            return Ok(Open::Ready);
        }
        let envelope = self.verdict.as_ref().ok_or(Shut::Unanswered)?;
        let verdict: Verdict = self.trust.open(envelope)?;
        let on_ours = verdict.tablet == self.tablet
            && verdict.order == last.order
            && Some(verdict.receipt) == self.receipt;
        if !on_ours {
            return Err(Shut::OtherReceipt);
        }
        match verdict.answer {
            Answer::Accepted => Ok(Open::Ready),
            Answer::Noted | Answer::Refused { .. } => Err(Shut::NotTaken),
        }
    }
}

fn identity(disk: &Folder) -> Result<Identity, Shut> {
    match identity::load(disk) {
        Ok(identity) => identity.ok_or(Shut::NotEnrolled),
        Err(why) => Err(match why.downcast::<io::Error>() {
            Ok(why) => Shut::Unreadable(identity::FILE, why),
            Err(_) => Shut::Damaged(identity::FILE),
        }),
    }
}

/// The journal, if both its copies are whole: the damaged one may have been the later.
fn whole_journal(disk: Folder) -> Result<Journal<Folder>, Shut> {
    let (_, loaded) = Slots::open(disk.clone(), journal::NAME)?;
    if loaded.is_some_and(|loaded| loaded.fell_back) {
        return Err(Shut::Damaged("one copy of the journal"));
    }
    Ok(Journal::open(disk)?)
}

fn envelope(disk: &Folder, name: &'static str) -> Result<Option<Envelope>, Shut> {
    let bytes = read(disk, name)?;
    // What cannot be read proves nothing, and neither does what is not there.
    Ok(bytes.and_then(|bytes| Envelope::from_json(&bytes).ok()))
}

/// What keeps the gate shut is not passed over where it cannot be read.
fn whole(disk: &Folder, name: &'static str) -> Result<Option<Envelope>, Shut> {
    let bytes = read(disk, name)?;
    let read = bytes.map(|bytes| Envelope::from_json(&bytes));
    read.transpose().map_err(|_| Shut::Damaged(name))
}

fn read(disk: &Folder, name: &'static str) -> Result<Option<Vec<u8>>, Shut> {
    disk.read(name).map_err(|why| Shut::Unreadable(name, why))
}
