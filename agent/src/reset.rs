//! The role that alone can prove a reset: it holds `proof.key`, reaches no
//! network, and verifies the server's signature itself, so that whoever takes
//! over `run` can neither start a reset of their own nor sign one.
//!
//! A home is reset by one of several backends; the steps of those that exchange it
//! stand in `layered`. Before each effect stands a durable record of all that was
//! done, and every step may be done again, so an interrupted reset goes on from the
//! last record. The disk is read again in the same breath as the receipt is signed: a
//! verification is never believed later. When the last one was says only which files are
//! likely to differ.

pub mod programs;
pub mod in_use;
pub mod mounts;
pub mod backend;
pub mod journal;
pub mod contents;
pub mod wipe;
pub mod restore;
pub mod verify;
pub mod policy;
pub mod ipc;
pub mod sweep;
pub mod loan_key;
pub mod lower;
pub mod snapshots;
pub mod layers;
pub mod vendor;
mod layered;
mod signer;
pub mod receipt;
#[cfg(test)]
mod tests;

use shared::{
    image::{ImageId, Manifest},
    signed::{
        order::{Order, Task},
        receipt::{FailedStep, Owners},
    },
};

use crate::{
    clock::{self, Clock},
    disk::{Disk, slots::SlotsError},
    identity::Identity,
    images::{ImageFault, Images},
    orders::{Begun, Bounds, Handed, Newness, NotHeld, newness},
    own_keys::OwnKeys,
    place::Place,
    tree::Tree,
    trust::Trust,
};
use backend::{Kind, Wish, probe};
use journal::{Journal, Step, Work};
use layers::Layers;
use policy::Policy;
use restore::Looks;

/// Everything that a reset works with.
#[derive(Debug)]
pub struct Reset<J, R> {
    /// Where the tablet's file system is.
    pub place: Place,
    /// Who this tablet is.
    pub identity: Identity,
    /// Whom it believes.
    pub trust: Trust,
    /// Sign receipts.
    pub keys: OwnKeys<J>,
    /// The machine's clock.
    pub clock: Clock,
    /// What survives a power cut.
    pub journal: Journal<J>,
    /// Signed receipts.
    pub receipts: R,
    /// What the tablet's configuration says of its backend, or why it says nothing.
    pub wish: Result<Wish, String>,
}

/// Lets the layer of the loan at work be mounted again, after the tablet was started.
pub fn unlock(place: &Place) -> std::io::Result<()> {
    if place.layers_dir().try_exists()? {
        return Layers::of(place)?.unlock();
    }
    Ok(())
}

/// How a reset ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A receipt says that the disk is the image.
    Verified,
    /// A receipt says that it is not.
    Failed(FailedStep),
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The order does nothing.
    #[error("the order does nothing: {0}")]
    NotHeld(#[from] NotHeld),
    /// An order of another kind.
    #[error("the order is not for a reset")]
    NotAReset,
    /// The journal says no.
    #[error(transparent)]
    Journal(#[from] SlotsError),
    /// The disk says no.
    #[error("receipts cannot be read or written")]
    Receipts(#[source] std::io::Error),
    /// The key with which a receipt is to be signed is damaged, or the disk says no.
    #[error("{0:#}")]
    Key(anyhow::Error),
}

/// Why a step failed. The words name no path of a borrower.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct StepFailed {
    /// Which.
    pub step: FailedStep,
    /// What went wrong.
    pub why: String,
}

impl StepFailed {
    /// A step failed because of this.
    pub fn because(step: FailedStep, why: impl std::fmt::Display) -> Self {
        let why = why.to_string();
        Self { step, why }
    }
}

impl<J: Disk, R: Disk> Reset<J, R> {
    /// Carries out an order, or goes on with it, to its receipt.
    pub fn carry_out(&mut self, handed: &Handed) -> Result<Ended, ResetError> {
        self.take(handed)?;
        self.go_on()
    }

    /// Begins an order that holds and is new; the one at work goes on.
    fn take(&mut self, handed: &Handed) -> Result<(), ResetError> {
        // An order that was begun goes on after a restart, when it would not be
        // begun any more.
        let known: Order = self.trust.open(&handed.order).map_err(NotHeld::from)?;
        if self.journal.last() == Some(&Begun::from(&known)) {
            return Ok(());
        }
        let now_ms = self.clock.monotonic_ms();
        let order = self
            .bounds()
            .open(&handed.order, &[handed.heartbeat], now_ms)?;
        let Task::Reset { .. } = order.task else {
            return Err(ResetError::NotAReset);
        };
        match newness(&order, self.journal.last())? {
            Newness::Again => Ok(()),
            Newness::New => {
                self.signer(&Begun::from(&order))?;
                self.journal.begin(Begun::from(&order), self.clock.wall())?;
                kill_point::reached("agent:reset-begun");
                Ok(())
            }
        }
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            server_key: self.trust.keyring().current,
            tablet: self.identity.tablet,
            boot: self.clock.boot(),
        }
    }

    /// Goes on from the last record to the receipt.
    fn go_on(&mut self) -> Result<Ended, ResetError> {
        let started_ms = self.clock.monotonic_ms();
        self.show_receipt()?;
        loop {
            let Some(mut work) = self.journal.work().cloned() else {
                return Err(ResetError::NotAReset);
            };
            if let Some(reported) = work.reported {
                self.behind(&work);
                return Ok(reported.ended());
            }
            let result = self.step(&mut work);
            if let Err(failed) = result {
                eprintln!("reset: {}: {failed}", step_name(failed.step));
                work.failed = Some(failed.step);
            }
            if work.failed.is_some() || work.done == Step::Verified {
                let spent_ms = self.clock.monotonic_ms().saturating_sub(started_ms);
                let ended = self.report(&work, spent_ms)?;
                self.behind(&work);
                return Ok(ended);
            }
            let done = work.done;
            self.journal.save_work(work)?;
            recorded(done);
        }
    }

    fn step(&self, work: &mut Work) -> Result<(), StepFailed> {
        work.done = match work.done {
            Step::Dirty => self.seal(work)?,
            Step::Sealed => match work.kind {
                Kind::CryptOverlay => self.erase_key(work)?,
                Kind::Overlay | Kind::Btrfs => self.swap(work)?,
                Kind::Manifest => self.wipe(work)?,
                Kind::Command => self.command(work)?,
            },
            Step::KeyErased => self.swap(work)?,
            Step::Wiped => self.restore(work)?,
            Step::Restored | Step::Swapped => self.sweep(work)?,
            Step::Swept | Step::Verified => self.verify(work)?,
        };
        Ok(())
    }

    /// What is left to do is done again at the next start, and must be before the next
    /// reset.
    fn behind(&self, work: &Work) {
        if let Err(failed) = self.clear_behind(work) {
            eprintln!("reset: left behind for later: {failed}");
        }
    }

    /// Nobody holds the home any more, and the image is here: a reset is not
    /// begun that could not end. From here on its way is chosen.
    fn seal(&self, work: &mut Work) -> Result<Step, StepFailed> {
        self.refuse_in_use()?;
        work.kind = probe::choose(&self.place, self.wish()?).map_err(|(kind, why)| {
            let why = format!("the backend {kind} cannot be used: {why}");
            StepFailed::because(FailedStep::Wipe, why)
        })?;
        self.policy()?;
        let manifest = self.manifest(work)?;
        let fault = |why| StepFailed::because(FailedStep::Image, why);
        let missing = self
            .images()
            .missing(&manifest)
            .map_err(|why| fault(why.to_string()))?;
        if !missing.is_empty() {
            let why = format!("{} files of the image are not here whole", missing.len());
            return Err(fault(why));
        }
        kill_point::reached("agent:reset-sealed");
        println!("reset: sealed, by {}", work.kind);
        Ok(Step::Sealed)
    }

    /// Settings that are not right are no reason to reset as if there were none: what was
    /// meant is not known, and whoever set them is to hear of it.
    fn wish(&self) -> Result<&Wish, StepFailed> {
        let wish = self.wish.as_ref();
        wish.map_err(|why| StepFailed::because(FailedStep::Settings, why))
    }

    fn refuse_in_use(&self) -> Result<(), StepFailed> {
        let users = in_use::users_of(&self.place.home_path());
        let users = users.map_err(|why| StepFailed::because(FailedStep::Wipe, why))?;
        if users.is_empty() {
            return Ok(());
        }
        let why = format!("the home is in use by {}", users.join(", "));
        Err(StepFailed::because(FailedStep::Wipe, why))
    }

    fn wipe(&self, work: &mut Work) -> Result<Step, StepFailed> {
        let manifest = self.manifest(work)?;
        let made = Tree::make(self.place.root(), self.place.home());
        made.map_err(|why| StepFailed::because(FailedStep::Wipe, why))?;
        self.leave_layers(work)?;
        work.tally.deleted += self.destroy_snapshots()?;
        let home = self.home(FailedStep::Wipe)?;
        let deleted = wipe::wipe(&home, &manifest)?;
        kill_point::reached("agent:reset-wiped");
        work.tally.deleted += deleted;
        println!("reset: wiped, {deleted} paths deleted");
        Ok(Step::Wiped)
    }

    fn restore(&self, work: &mut Work) -> Result<Step, StepFailed> {
        let manifest = self.manifest(work)?;
        let home = self.home(FailedStep::Restore)?;
        let (images, owners) = (self.images(), self.owners());
        let looks = self.looks(work);
        let restored = restore::restore(&home, &manifest, &images, owners, looks)?;
        kill_point::reached("agent:reset-restored");
        work.tally.restored += restored;
        println!("reset: restored, {restored} paths");
        Ok(Step::Restored)
    }

    /// All bytes are read before the receipt, and after whatever is written. So a file that
    /// most likely differs, since it was changed after the last proof, is read ahead.
    /// Without a proof nothing is likely: all files are read, and again if one differed.
    fn looks(&self, work: &Work) -> Looks {
        let proven = self.journal.proven().zip(work.image());
        let since = proven.and_then(|(proven, image)| proven.of(image, clock::change()));
        since.map_or(Looks::Right, Looks::Unchanged)
    }

    fn sweep(&self, work: &mut Work) -> Result<Step, StepFailed> {
        let found = sweep::sweep(self.place.root(), &self.policy()?, self.place.scope())?;
        kill_point::reached("agent:reset-swept");
        work.tally.found(&found);
        println!("reset: swept what a loan leaves outside the home");
        Ok(Step::Swept)
    }

    fn verify(&self, work: &mut Work) -> Result<Step, StepFailed> {
        let manifest = self.manifest(work)?;
        let read = self.read_again(work, &manifest)?;
        let left = sweep::left(self.place.root(), &self.policy()?, self.place.scope())?;
        work.tally.read(read);
        work.tally.left(&left);
        if left.iter().any(|line| line.left > 0) {
            let why = "something outside the home is left";
            return Err(StepFailed::because(FailedStep::Policy, why));
        }
        self.refuse_in_use()?;
        kill_point::reached("agent:reset-verified");
        println!("reset: verified, {} files read again", read.files);
        Ok(Step::Verified)
    }

    fn policy(&self) -> Result<Policy, StepFailed> {
        let loaded = Policy::load(self.place.root(), self.place.scope());
        loaded.map_err(|why| StepFailed::because(FailedStep::Policy, why))
    }

    fn manifest(&self, work: &Work) -> Result<Manifest, StepFailed> {
        let found = work.image().map(|image| self.read_manifest(image));
        found.unwrap_or_else(|| {
            let why = "the order names no image";
            Err(StepFailed::because(FailedStep::Image, why))
        })
    }

    fn read_manifest(&self, image: ImageId) -> Result<Manifest, StepFailed> {
        let fault = |why: String| StepFailed::because(FailedStep::Image, why);
        let read = self.images().manifest(image);
        let read = read.map_err(|why: ImageFault| fault(why.to_string()))?;
        let manifest = read.ok_or_else(|| fault(format!("image {image} is not here")))?;
        contents::check_xattrs(&manifest)?;
        Ok(manifest)
    }

    fn home(&self, step: FailedStep) -> Result<Tree, StepFailed> {
        let opened = Tree::open(self.place.root(), self.place.home());
        let opened = opened.map_err(|why| StepFailed::because(step, why))?;
        opened.ok_or_else(|| StepFailed::because(step, "there is no home"))
    }

    fn images(&self) -> Images {
        Images::below(&self.place.link_dir())
    }

    const fn owners(&self) -> Owners {
        self.place.owners()
    }
}

/// A step's name, for a person.
pub const fn step_name(step: FailedStep) -> &'static str {
    match step {
        FailedStep::Image => "image",
        FailedStep::Wipe => "wipe",
        FailedStep::Restore => "restore",
        FailedStep::Verify => "verify",
        FailedStep::Policy => "policy",
        FailedStep::Settings => "settings",
        FailedStep::Proof => "proof",
    }
}

fn recorded(step: Step) {
    match step {
        Step::Dirty | Step::Verified => {}
        Step::Sealed => kill_point::reached("agent:reset-sealed-recorded"),
        Step::KeyErased => kill_point::reached("agent:reset-key-erased-recorded"),
        Step::Swapped => kill_point::reached("agent:reset-swapped-recorded"),
        Step::Wiped => kill_point::reached("agent:reset-wiped-recorded"),
        Step::Restored => kill_point::reached("agent:reset-restored-recorded"),
        Step::Swept => kill_point::reached("agent:reset-swept-recorded"),
    }
}
