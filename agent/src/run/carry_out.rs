//! Carries out one effect of the duty, and says what came of it.

use std::{
    env,
    fs::File,
    io::{self, ErrorKind},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, ExitStatus},
};

use anyhow::{Context, Result, bail};
use shared::{
    signed::{Envelope, new_keys::NewLinkKey, receipt::Scope, seal::Seal},
    wire::v1::agent::{Heartbeat, ReceiptDelivery},
};

use super::{Running, say};
use crate::{
    disk::{Disk as _, folder::Folder, replace_in_reserve},
    duty::{Effect, Input, Life, Record},
    link::LinkError,
    orders::{Handed, LOAN, LOCK, NEW_LINK_KEY, ORDER, VERDICT},
    stage::stage,
    trust::{self, TakenUp},
};

impl Running {
    pub(super) fn carry_out(&mut self, effect: Effect) -> Result<Option<Input>> {
        match effect {
            Effect::Save(record) => self.save(&record).map(|()| None),
            Effect::Send(heartbeat) => self.send(&heartbeat),
            Effect::Deliver { seq, delivery } => self.deliver(seq, &delivery),
            Effect::KeepVerdict(verdict) => {
                self.keep(VERDICT, &verdict)?;
                kill_point::reached("agent:verdict-kept");
                Ok(None)
            }
            Effect::KeepLoan(order) => {
                self.keep(LOAN, &order)?;
                kill_point::reached("agent:loan-kept");
                Ok(None)
            }
            Effect::KeepKeyrings(led) => {
                trust::keep(&mut self.place.link_disk()?, &self.identity.keyring, &led)?;
                kill_point::reached("agent:keyrings-kept");
                Ok(None)
            }
            Effect::Stage(seal) => self.stage(&seal).map(Some),
            Effect::StartReset(handed) => self.start_reset(&handed),
            Effect::ShowCard(card) => {
                shown(self.screen.show(&card))?;
                kill_point::reached("agent:card-shown");
                Ok(None)
            }
            Effect::ClearCard => Ok(self.screen.clear().map(|()| None)?),
            Effect::Ask(question) => {
                shown(self.screen.ask(&question))?;
                kill_point::reached("agent:question-shown");
                Ok(None)
            }
            Effect::ClearQuestion => Ok(self.screen.clear_question().map(|()| None)?),
            Effect::KeepLock(order) => {
                self.keep(LOCK, &order)?;
                kill_point::reached("agent:lock-kept");
                Ok(None)
            }
            Effect::ShowLost(message) => {
                shown(self.screen.show_lost(&message))?;
                kill_point::reached("agent:lost-shown");
                Ok(None)
            }
            Effect::ClearLost => Ok(self.screen.clear_lost().map(|()| None)?),
            Effect::CallIn(ms) => {
                self.call_in_ms = Some(self.call_in_ms.map_or(ms, |earlier| earlier.min(ms)));
                Ok(None)
            }
            Effect::Say(notice) => say(notice).map(|()| None),
        }
    }

    fn save(&mut self, record: &Record) -> Result<()> {
        self.slots.save(&serde_json::to_vec(record)?)?;
        saved(&record.life);
        Ok(())
    }

    /// Signed by the server: the login gate believes the signature, not this folder.
    /// A lock is kept with every turn, so nothing is written where it is there.
    fn keep(&self, name: &str, signed: &Envelope) -> Result<()> {
        let (mut disk, json) = (self.place.link_disk()?, signed.to_json());
        let kept = disk.read(name)?;
        if kept.is_some_and(|kept| kept.trim_ascii_end() == json) {
            return Ok(());
        }
        Ok(replace_in_reserve(&mut disk, name, &json)?)
    }

    /// Has `reset` take up what is kept, with each turn until it tells that it did: the
    /// power may go in between, and what happens while it is at work starts it no second
    /// time. On a tablet it is started by whatever becomes of the last order: one path
    /// unit of systemd watches one file reliably, and not three of one folder. Before the
    /// first order there is nothing that it would change: the gate is shut until that one
    /// is carried out. Below a directory nobody else would start it. The order may be an
    /// old one, and refused.
    pub(super) fn have_taken_up(&self) -> Result<()> {
        let lock = self.duty.record().lock.as_ref();
        let kept = TakenUp {
            believes: self.duty.keyring().current.id(),
            lock: lock.map(|it| it.counter),
        };
        let told = Folder::to_look_at(&self.place.proof_dir());
        if !TakenUp::told(&told, &self.identity.keyring)?.is_behind(&kept) {
            return Ok(());
        }
        match self.place.scope() {
            Scope::Tablet => touch(&self.place.link_dir().join(ORDER)),
            Scope::Directory => self.reset_program().map(drop),
        }
    }

    fn send(&mut self, heartbeat: &Heartbeat) -> Result<Option<Input>> {
        kill_point::reached("agent:heartbeat-before");
        let answer = self.link.heartbeat(&self.known_by.caller, heartbeat);
        kill_point::reached("agent:heartbeat-after");
        match answer {
            Ok(answer) => {
                self.known_by.taken()?;
                say("heartbeat sent")?;
                let (seq, answer) = (heartbeat.seq, Box::new(answer));
                Ok(Some(Input::Answered { seq, answer }))
            }
            Err(LinkError::KeptLost) => {
                say("heartbeat sent again: the connection was lost")?;
                Ok(Some(self.beat()))
            }
            Err(fault) if self.known_by.tries_next(&fault)? => {
                say("heartbeat sent again: by the link key that is to follow")?;
                Ok(Some(self.beat()))
            }
            Err(fault) => self.unanswered("heartbeat not answered", &fault),
        }
    }

    fn deliver(&mut self, seq: u64, delivery: &ReceiptDelivery) -> Result<Option<Input>> {
        kill_point::reached("agent:receipt-before");
        let answer = self.link.receipt(&self.known_by.caller, seq, delivery);
        kill_point::reached("agent:receipt-after");
        match answer {
            Ok(answer) => {
                self.known_by.taken()?;
                say("receipt delivered")?;
                Ok(Some(Input::Verdict(answer.verdict)))
            }
            Err(LinkError::KeptLost) => {
                say("receipt delivered again: the connection was lost")?;
                Ok(Some(Input::Turn))
            }
            Err(fault) if self.known_by.tries_next(&fault)? => {
                say("receipt delivered again: by the link key that is to follow")?;
                Ok(Some(Input::Turn))
            }
            Err(fault) => self.unanswered("receipt not answered, kept", &fault),
        }
    }

    fn unanswered(&mut self, what: &str, fault: &LinkError) -> Result<Option<Input>> {
        self.unanswered = true;
        say(format_args!("{what}: {fault}")).map(|()| None)
    }

    fn stage(&mut self, seal: &Seal) -> Result<Input> {
        match stage(&self.link, &self.known_by.caller, &self.images, seal) {
            Ok(fetched) => say(format_args!(
                "image {} at hand, {fetched} files fetched",
                seal.release
            ))?,
            Err(fault) => {
                self.unanswered = true;
                say(format_args!("image {} not staged: {fault:#}", seal.release))?;
            }
        }
        let image = seal.image;
        let whole = self.images.is_whole(image).unwrap_or(false);
        Ok(Input::Staged { image, whole })
    }

    /// Hands the order to `reset`. On a tablet a path unit starts it; below a
    /// directory nobody else would, so it is started here and waited for.
    fn start_reset(&mut self, handed: &Handed) -> Result<Option<Input>> {
        self.offer_link_key()?;
        let mut disk = self.place.link_disk()?;
        replace_in_reserve(&mut disk, ORDER, &serde_json::to_vec(handed)?)?;
        kill_point::reached("agent:order-handed");
        match self.place.scope() {
            Scope::Tablet => Ok(None),
            Scope::Directory => self.reset_below().map(Some),
        }
    }

    /// Leaves the link key with which this tablet goes on to `reset`, before the order that
    /// asks for it. Where the disk is full there is none, and the reset goes on all the
    /// same: the server asks again.
    fn offer_link_key(&mut self) -> Result<()> {
        let begun = self.duty.record().last_reset.as_ref();
        let Some(begun) = begun.filter(|begun| begun.asks_for_new_keys()) else {
            return Ok(());
        };
        let (tablet, order) = (self.identity.tablet, begun.order);
        let next = match self.known_by.keys.next_or_new() {
            Err(why) if is_full(&why) => {
                return say("the disk is full: there is no room for a new link key");
            }
            made => made?,
        };
        let key = next.public();
        let offer = Envelope::sign(&NewLinkKey { tablet, order, key }, &next);
        self.keep(NEW_LINK_KEY, &offer)?;
        kill_point::reached("agent:link-key-offered");
        Ok(())
    }

    fn reset_program(&self) -> Result<ExitStatus> {
        let program = env::current_exe().context("asking where this program is")?;
        let root = self.place.root();
        let mut reset = Command::new(program);
        let status = reset.arg("reset").arg("--root").arg(root).status();
        let status = status.context("starting reset")?;
        if let Some(signal) = status.signal() {
            bail!("reset was ended by signal {signal}. Start `run` again, and it goes on");
        }
        Ok(status)
    }

    fn reset_below(&self) -> Result<Input> {
        let status = self.reset_program()?;
        kill_point::reached("agent:reset-ended");
        let left = self.receipt_of_the_order_at_work()?;
        Ok(left.unwrap_or_else(|| Input::ResetBroke { why: ended(status) }))
    }
}

/// Whoever uses the tablet can fill what the screen is shown from, and must not silence it
/// with that: a tablet that calls no more cannot be locked.
pub(super) fn shown(shown: io::Result<()>) -> Result<()> {
    match shown {
        Err(why) if why.kind() == ErrorKind::StorageFull => {
            say("the disk is full: the screen does not show what it should")
        }
        shown => Ok(shown?),
    }
}

fn is_full(why: &anyhow::Error) -> bool {
    let why = why.downcast_ref::<io::Error>();
    why.is_some_and(|why| why.kind() == ErrorKind::StorageFull)
}

/// Opens a file to write and writes nothing, if it is there.
fn touch(path: &Path) -> Result<()> {
    match File::options().append(true).open(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => Err(why).context("waking `reset`"),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(3) => "it refused the order".to_owned(),
        Some(code) => format!("it ended with {code}"),
        None => "it ended without a word".to_owned(),
    }
}

fn saved(life: &Life) {
    match life {
        Life::New => kill_point::reached("agent:saved-new"),
        Life::OnLoan { .. } => kill_point::reached("agent:saved-on-loan"),
        Life::Dirty { .. } => kill_point::reached("agent:saved-dirty"),
        Life::Reported(_) => kill_point::reached("agent:saved-reported"),
        Life::Ready => kill_point::reached("agent:saved-ready"),
        Life::Failed => kill_point::reached("agent:saved-failed"),
    }
}
