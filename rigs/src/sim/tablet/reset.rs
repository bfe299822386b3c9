//! The reset as the rig plays it: the real journal and the real rule of which order
//! holds, steps that take their time, fail and are cut short, and one disk of which
//! only one thing matters: that nobody's data is left.

use std::collections::BTreeSet;

use agent::{
    VERSION,
    orders::{Begun, Bounds, Handed, Newness, NotHeld, newness},
    reset::journal::{Reported, Step, Work},
};
use anyhow::Result;
use shared::{
    digest::Digest,
    ids::OrderId,
    image::ImageId,
    keys::SecretKey,
    signed::{
        Envelope,
        new_keys::{NewKeys, NewLinkKey},
        order::{Order, Task},
        receipt::{FailedStep, Outcome, Owners, Receipt, Scope},
    },
    tablet::ProofKind,
};

use super::{MODEL, Tablet};
use crate::sim::{
    bug::Bug,
    counts::Fault,
    note::Note,
    wires::{Due, Timer, Wires},
};

/// A reset that is running.
pub struct AtWork {
    started_ms: u64,
}

/// A step takes at most so long.
const STEP_MS: u64 = 4 * 60_000;

impl Tablet {
    /// Hands the order to `reset`, which is started by that.
    pub(super) fn start_reset(&mut self, handed: Handed, wires: &mut Wires) -> Result<()> {
        self.order = Some(handed);
        let is_running = self.up.as_ref().is_some_and(|up| up.at_work.is_some());
        if is_running {
            Ok(())
        } else {
            self.run_reset(wires)
        }
    }

    fn run_reset(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(handed) = self.order.clone() else {
            return Ok(());
        };
        if let Err(why) = self.take(&handed, wires)? {
            wires.say(self.node(), || format!("reset refuses the order: {why}"));
            return Ok(());
        }
        if self.show_receipt() {
            self.wake(wires)?;
        }
        let is_over = |work: &Work| work.reported.is_some();
        if self.journal.work().is_none_or(is_over) {
            return Ok(());
        }
        let started_ms = wires.now_ms;
        if let Some(up) = &mut self.up {
            up.at_work = Some(AtWork { started_ms });
        }
        self.step_later(wires);
        Ok(())
    }

    /// Begins an order that holds and is new; the one at work goes on.
    fn take(&mut self, handed: &Handed, wires: &mut Wires) -> Result<Result<(), NotHeld>> {
        let known: Order = match handed.order.open(&self.keyring.current) {
            Ok(known) => known,
            Err(why) => return Ok(Err(why.into())),
        };
        if self.journal.last() == Some(&Begun::from(&known)) {
            return Ok(Ok(()));
        }
        let now_ms = self.monotonic_ms(wires);
        let Some(bounds) = self.bounds() else {
            return Ok(Ok(()));
        };
        let held = bounds.open(&handed.order, &[handed.heartbeat], now_ms);
        let order = match held.and_then(|order| Ok((newness(&order, self.journal.last())?, order)))
        {
            Ok((Newness::Again, _)) => return Ok(Ok(())),
            Ok((Newness::New, order)) => order,
            Err(why) => return Ok(Err(why)),
        };
        let known = Begun::from(&order).proof_key();
        if known.and_then(|known| self.keys.proof_of(known)).is_none() {
            return Ok(Err(NotHeld::OtherProofKey));
        }
        if !self.does(wires) {
            return Ok(Ok(()));
        }
        wires.note(Note::ResetBegun(self.at, order.order));
        wires.say(self.node(), || {
            format!("reset begins {}, number {}", order.order, order.counter)
        });
        self.journal.begin(Begun::from(&order), self.wall(wires))?;
        Ok(Ok(()))
    }

    fn bounds(&self) -> Option<Bounds> {
        Some(Bounds {
            server_key: self.keyring.current,
            tablet: self.body.id,
            boot: self.up.as_ref()?.boot,
        })
    }

    fn step_later(&self, wires: &mut Wires) {
        let ms = wires.chance(self.node()).mostly_small(1_000, STEP_MS);
        wires.after(ms, Due::Timer(self.node(), self.life, Timer::Reset));
    }

    /// The step under way is over.
    pub(super) fn reset_goes_on(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(mut work) = self.journal.work().cloned() else {
            return Ok(());
        };
        if !self.does(wires) {
            return Ok(());
        }
        self.step(&mut work, wires);
        if work.failed.is_some() || work.done == Step::Verified {
            return self.report(work, wires);
        }
        if self.does(wires) {
            self.journal.save_work(work)?;
            self.step_later(wires);
        }
        Ok(())
    }

    fn step(&mut self, work: &mut Work, wires: &mut Wires) {
        let (next, what) = match work.done {
            Step::Dirty => (Step::Sealed, FailedStep::Image),
            Step::Sealed => (Step::Wiped, FailedStep::Wipe),
            Step::Wiped => (Step::Restored, FailedStep::Restore),
            Step::KeyErased => (Step::Swapped, FailedStep::Wipe),
            Step::Restored | Step::Swapped => (Step::Swept, FailedStep::Policy),
            Step::Swept | Step::Verified => (Step::Verified, FailedStep::Verify),
        };
        let fails = wires.weather().reset_fails;
        let has_image = work
            .image()
            .is_some_and(|image| self.at_hand.contains(&image));
        if !has_image || wires.chance(self.node()).happens(fails) {
            wires.fault(Fault::ResetFailed);
            wires.say(self.node(), || format!("reset fails: {what:?}"));
            work.failed = Some(what);
            return;
        }
        if next == Step::Wiped {
            self.wipe(wires);
        }
        // What is read again shows what is there.
        if next == Step::Verified && !self.marks.is_empty() && self.bug.is_none() {
            work.failed = Some(FailedStep::Verify);
            return;
        }
        work.done = next;
    }

    fn wipe(&mut self, wires: &mut Wires) {
        if self.bug == Some(Bug::ProofWithoutWipe) {
            return;
        }
        self.marks = BTreeSet::new();
        wires.say(self.node(), || "is wiped".to_owned());
        wires.note(Note::Wiped(self.at));
    }

    /// Signs what the work came to, calls the work done, and only then shows it.
    fn report(&mut self, mut work: Work, wires: &mut Wires) -> Result<()> {
        let Some((receipt, signed)) = self.signed(&work, wires) else {
            return Ok(());
        };
        let bytes = signed.to_json();
        if !self.does(wires) {
            return Ok(());
        }
        self.hidden = Some((receipt.seq, bytes.clone()));
        if !self.does(wires) {
            return Ok(());
        }
        let digest = Digest::of(&bytes);
        wires.say(self.node(), || format!("signs: {:?}", receipt.outcome));
        work.reported = Some(match receipt.outcome {
            Outcome::Verified => Reported::Verified,
            Outcome::Failed { why } => Reported::Failed(why),
        });
        let order = work.begun.order;
        self.journal.reported(work, digest)?;
        wires.note(Note::Signed(self.at, Box::new(receipt), digest));
        if self.does(wires) && self.show_receipt() {
            self.reported(order, wires)?;
        }
        Ok(())
    }

    /// The receipt, signed by the key that the order names and by the one that it names
    /// itself.
    fn signed(&mut self, work: &Work, wires: &mut Wires) -> Option<(Receipt, Envelope)> {
        let mut receipt = self.receipt(work, wires)?;
        self.misfit(&mut receipt, wires);
        let renews = work.begun.asks_for_new_keys() && work.failed.is_none();
        receipt.new_keys = renews.then(|| self.new_keys(receipt.order, wires));
        let signer = self.keys.proof_of(work.begun.proof_key()?)?;
        let envelope = Envelope::sign(&receipt, signer);
        let next = self.keys.next_proof.as_ref();
        let envelope = match next.filter(|_| receipt.new_keys.is_some()) {
            Some(next) => envelope.countersign(next),
            None => envelope,
        };
        Some((receipt, envelope))
    }

    /// An agent with a fault of its own says that the disk is another image's.
    fn misfit(&self, receipt: &mut Receipt, wires: &mut Wires) {
        let misfits = wires.weather().misfits;
        if wires.chance(self.node()).happens(misfits) {
            wires.fault(Fault::Misfit);
            receipt.image = ImageId(Digest::of(b"another image"));
        }
    }

    fn new_keys(&mut self, order: OrderId, wires: &mut Wires) -> NewKeys {
        let node = self.node();
        let mut fresh = || SecretKey::from_seed(&wires.chance(node).bytes());
        let link = self.keys.next_link.get_or_insert_with(&mut fresh);
        let paper = NewLinkKey {
            tablet: self.body.id,
            order,
            key: link.public(),
        };
        NewKeys {
            link: Envelope::sign(&paper, link),
            proof: self.keys.next_proof.get_or_insert_with(&mut fresh).public(),
        }
    }

    fn receipt(&self, work: &Work, wires: &Wires) -> Option<Receipt> {
        let Task::Reset { nonce, image, .. } = work.begun.task else {
            return None;
        };
        let started_ms = self.up.as_ref()?.at_work.as_ref()?.started_ms;
        Some(Receipt {
            order: work.begun.order,
            nonce,
            epoch: work.begun.epoch,
            tablet: self.body.id,
            serial: self.body.serial.clone(),
            model: MODEL.to_owned(),
            kind: ProofKind::TabletProven,
            scope: Scope::Tablet,
            owners: Owners::Restored,
            technique: "Clear (logical), verified".to_owned(),
            backend: "manifest".to_owned(),
            agent_version: VERSION.to_owned(),
            image,
            outcome: match work.failed {
                None => Outcome::Verified,
                Some(why) => Outcome::Failed { why },
            },
            files_verified: work.tally.files,
            bytes_verified: work.tally.bytes,
            deleted: work.tally.deleted,
            restored: work.tally.restored,
            policy: Vec::new(),
            key_erased: false,
            started_at: work.started_at,
            finished_at: self.wall(wires),
            monotonic_ms: wires.now_ms - started_ms,
            seq: self.journal.next_receipt(),
            previous: self.journal.previous(),
            voucher: None,
            new_keys: None,
        })
    }

    /// Shows the receipt that the journal knows; whether it was hidden until now.
    fn show_receipt(&mut self) -> bool {
        let last = self.journal.previous();
        let is_known = |(_, bytes): &mut (u64, Vec<u8>)| Some(Digest::of(bytes)) == last;
        let shown = self.hidden.take_if(is_known);
        self.receipts.extend(shown.clone());
        shown.is_some()
    }

    fn reported(&mut self, order: OrderId, wires: &mut Wires) -> Result<()> {
        if let Some(up) = &mut self.up {
            up.at_work = None;
        }
        self.ready_too_early(wires);
        self.wake(wires)?;
        // An order that came meanwhile is the next.
        let handed = self.order.as_ref().map(|handed| handed.order.clone());
        let newest = handed.and_then(|order| order.open::<Order>(&self.keyring.current).ok());
        if newest.is_some_and(|newest| newest.order != order) {
            return self.run_reset(wires);
        }
        Ok(())
    }

    /// A broken world's agent does not wait for the server's word.
    fn ready_too_early(&mut self, wires: &mut Wires) {
        if self.bug == Some(Bug::ReadyTooEarly) {
            wires.note(Note::AgentReady(self.at));
        }
    }
}
