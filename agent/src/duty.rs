//! What the agent has to do: a pure machine. Inputs and the monotonic time go in,
//! effects come out as data and are carried out in their order. A record is saved
//! before the effect that follows from it, so that a power cut at any moment
//! leaves a record from which the duty is taken up again (R11).

mod answer;
mod lock;
mod notice;
mod record;
mod reset;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use shared::{
    ids::{BootId, CommandId, LoanId, TabletId},
    image::ImageId,
    signed::{Envelope, keyring::Keyring, seal::Seal},
    wire::v1::agent::{
        AgentState, Heartbeat, HeartbeatAnswer, LoanCard, ModemReading, ReceiptDelivery,
        StillGotIt, StillGotItAnswer,
    },
};

use crate::orders::{Bounds, Handed, Sent};

pub use notice::Notice;
pub use record::{LastLock, Life, Record, Waiting};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The program started, or it is time to call: whatever is unfinished goes on.
    Turn,
    /// It is time to send a heartbeat.
    Beat(Readings),
    /// The server answered the heartbeat of this number.
    Answered {
        /// The heartbeat's number.
        seq: u64,
        /// What the server said.
        answer: Box<HeartbeatAnswer>,
    },
    /// Staging ended; whether this image is at hand whole.
    Staged {
        /// The image.
        image: ImageId,
        /// Whether every part of it is on the tablet.
        whole: bool,
    },
    /// `reset` left this signed receipt for the order at work.
    ResetEnded {
        /// The receipt's envelope, byte for byte.
        receipt: Vec<u8>,
    },
    /// `reset` ended and left no receipt for the order at work.
    ResetBroke {
        /// What it said.
        why: String,
    },
    /// The server answered a receipt.
    Verdict(Envelope),
    /// A person answered "Have you still got it?".
    PersonAnswered {
        /// Drawn at random: the answer's id.
        id: CommandId,
        /// The loan that they were asked about.
        loan: LoanId,
        /// Yes or no.
        yes: bool,
    },
}

/// What the tablet measures of itself; `None` is "not known", never a guess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// Charge in percent.
    pub battery_percent: Option<u8>,
    /// Whether it is charging.
    pub charging: Option<bool>,
    /// Free bytes where a borrower's files go.
    pub storage_free_bytes: Option<u64>,
    /// What its modem's counters say.
    pub modem: Option<ModemReading>,
    /// Milliseconds since a person last used it.
    pub last_used_ms_ago: Option<u64>,
}

/// Something to do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make this durable before anything that follows.
    Save(Box<Record>),
    /// Send this heartbeat.
    Send(Box<Heartbeat>),
    /// Deliver this receipt as the request of this number.
    Deliver {
        /// The request's number.
        seq: u64,
        /// The receipt with the id under which it is always delivered.
        delivery: ReceiptDelivery,
    },
    /// Keep the server's word on our receipt for the login gate, before it is acted on.
    KeepVerdict(Envelope),
    /// Keep the order that begins a loan for the login gate, before it is acted on.
    KeepLoan(Envelope),
    /// Keep these keyrings, which followed, behind those that are kept, before anything
    /// that their keys sign is acted on.
    KeepKeyrings(Vec<Envelope>),
    /// Have the image of this seal at hand.
    Stage(Seal),
    /// Have `reset` carry out this order.
    StartReset(Handed),
    /// Show this on the home screen.
    ShowCard(LoanCard),
    /// Show no loan on the home screen.
    ClearCard,
    /// Ask the person.
    Ask(StillGotIt),
    /// Ask nothing.
    ClearQuestion,
    /// Keep the signed word on whether the tablet is locked where the privileged half
    /// looks for it.
    KeepLock(Envelope),
    /// Show that the tablet is lost, and whom to ring.
    ShowLost(String),
    /// Show that no more.
    ClearLost,
    /// Call again after this many milliseconds.
    CallIn(u64),
    /// Tell whoever reads the log.
    Say(Notice),
}

/// Who the agent is and whom it believes.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// This tablet.
    pub tablet: TabletId,
    /// This start of its kernel.
    pub boot: BootId,
    /// The keys of the server.
    pub keyring: Keyring,
}

/// The machine.
#[derive(Debug)]
pub struct Duty {
    known: Known,
    record: Record,
    /// The last number that a request was given.
    seq: u64,
    sent: Vec<Sent>,
    at_hand: BTreeSet<ImageId>,
    /// The image of the last seal whose image is at hand.
    staged: Option<ImageId>,
    held_order: Option<Envelope>,
    waits_for_order: bool,
    /// A start leaves no screen as it was, and no heartbeat was answered since.
    just_started: bool,
}

/// How many heartbeats are remembered: an order answers one of the last few.
const SENT_MAX: usize = 8;

impl Duty {
    /// The machine as its last record left it. `at_hand` are the images that are
    /// on the tablet whole.
    pub fn new(known: Known, record: Record, at_hand: BTreeSet<ImageId>) -> Self {
        Self {
            known,
            // Whatever it reserved may have been used.
            seq: record.seq,
            record,
            sent: Vec::new(),
            at_hand,
            staged: None,
            held_order: None,
            waits_for_order: false,
            just_started: true,
        }
    }

    /// What the machine remembers.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The server's keys that it believes.
    pub const fn keyring(&self) -> &Keyring {
        &self.known.keyring
    }

    /// Takes one input. `now_ms` is the monotonic time.
    pub fn handle(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        match input {
            Input::Turn => self.locked().into_iter().chain(self.take_up()).collect(),
            Input::Beat(readings) => self.beat(readings, now_ms),
            Input::Answered { seq, answer } => self.answered(seq, *answer, now_ms),
            Input::Staged { image, whole } => self.staged(image, whole, now_ms),
            Input::ResetEnded { receipt } => self.reset_ended(receipt),
            Input::ResetBroke { why } => self.reset_broke(why),
            Input::Verdict(verdict) => self.verdict(&verdict),
            Input::PersonAnswered { id, loan, yes } => self.person_answered(id, loan, yes),
        }
    }

    /// Goes on with whatever is unfinished.
    fn take_up(&mut self) -> Vec<Effect> {
        match self.record.life.clone() {
            Life::New | Life::Ready | Life::Failed => vec![Effect::ClearCard],
            Life::OnLoan { loan, due_on } => vec![Effect::ShowCard(LoanCard { loan, due_on })],
            Life::Dirty { .. } if self.waits_for_order => Vec::new(),
            Life::Dirty { handed } => vec![Effect::ClearCard, Effect::StartReset(handed)],
            Life::Reported(waiting) => self.deliver(waiting.delivery),
        }
    }

    fn beat(&mut self, readings: Readings, now_ms: u64) -> Vec<Effect> {
        let (seq, reserved) = self.number();
        if self.sent.len() == SENT_MAX {
            self.sent.remove(0);
        }
        self.sent.push(Sent { seq, at_ms: now_ms });
        let heartbeat = Box::new(self.heartbeat(seq, readings, now_ms));
        let send = Effect::Send(heartbeat);
        reserved.into_iter().chain([send]).collect()
    }

    /// A request's number, and the record in which it is reserved where it was not yet.
    fn number(&mut self) -> (u64, Option<Effect>) {
        self.seq += 1;
        let reserves = self.seq > self.record.seq;
        if reserves {
            self.record.reserve();
        }
        (self.seq, reserves.then(|| self.save()))
    }

    fn heartbeat(&self, seq: u64, readings: Readings, now_ms: u64) -> Heartbeat {
        Heartbeat {
            seq,
            boot: self.known.boot,
            state: self.state(),
            epoch: self.record.epoch,
            order_counter: self.order_begun(now_ms),
            battery_percent: readings.battery_percent,
            charging: readings.charging,
            storage_free_bytes: readings.storage_free_bytes,
            modem: readings.modem,
            image: self.record.image,
            staged: self.staged,
            last_used_ms_ago: readings.last_used_ms_ago,
            answer: self.record.answer,
            believes: Some(self.known.keyring.current.id()),
            agent_version: crate::VERSION.to_owned(),
        }
    }

    /// The number of the last order that was surely begun. One that `reset` would
    /// not begin any more may never have been, so the server is to send it again:
    /// where it was begun, it is the same order and goes on.
    fn order_begun(&self, now_ms: u64) -> u64 {
        let last = self.record.last_reset.as_ref();
        let counter = last.map_or(0, |it| it.counter);
        let Life::Dirty { handed } = &self.record.life else {
            return counter;
        };
        let bounds = self.bounds();
        let holds = bounds.open(&handed.order, &[handed.heartbeat], now_ms);
        if self.waits_for_order || holds.is_err() {
            return counter.saturating_sub(1);
        }
        counter
    }

    /// Where the agent is in the tablet's life.
    pub fn state(&self) -> AgentState {
        self.record.state()
    }

    fn person_answered(&mut self, id: CommandId, loan: LoanId, yes: bool) -> Vec<Effect> {
        if self.record.asked != Some(loan) {
            return vec![Effect::Say(Notice::NotAsked)];
        }
        self.record.asked = None;
        self.record.answer = Some(StillGotItAnswer { id, loan, yes });
        vec![
            self.save(),
            Effect::ClearQuestion,
            Effect::Say(Notice::PersonAnswered { yes }),
        ]
    }

    fn save(&self) -> Effect {
        Effect::Save(Box::new(self.record.clone()))
    }

    const fn bounds(&self) -> Bounds {
        Bounds {
            server_key: self.known.keyring.current,
            tablet: self.known.tablet,
            boot: self.known.boot,
        }
    }
}
