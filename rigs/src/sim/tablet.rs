//! A tablet's place: its agent's real duty and real journal, and around them what
//! the rig plays: the shell that carries effects out, the reset that works on a
//! disk of which only one thing is known, namely whose data lies on it, and power
//! that may go away between any two of its doings.

mod calls;
mod disk;
mod reset;
mod turn;

use std::collections::{BTreeSet, VecDeque};

use agent::{
    duty::{Duty, Effect, Input, Known, Life, Record},
    orders::Handed,
    reset::journal::Journal,
};
use anyhow::Result;
use shared::{
    ids::{BootId, LoanId, TabletId},
    image::ImageId,
    keys::{PublicKey, SecretKey},
    signed::{keyring::Keyring, presence::PresenceCode},
    tablet::TabletKeys,
    tag::{TabletNumber, Tag},
    time::Moment,
    wire::v1::agent::{AgentState, LoanCard},
};

use super::{
    bug::Bug,
    chance::Chance,
    counts::Fault,
    node::Node,
    note::Note,
    wires::{Due, Response, Timer, Wires},
};
use calls::Calling;
use disk::Memory;
use reset::AtWork;
use turn::Stage;

/// What a tablet is, from its enrolment to its end.
pub struct Body {
    /// Its id.
    pub id: TabletId,
    /// Its number.
    pub number: TabletNumber,
    /// The sticker on it.
    pub tag: Tag,
    /// The maker's serial number.
    pub serial: String,
    /// Signs requests, until it makes another.
    pub link: SecretKey,
    /// Signs receipts, until it makes another.
    pub proof: SecretKey,
}

/// The maker's model.
pub const MODEL: &str = "Demo Tab 10";

impl Body {
    /// The tablet of this place in the fleet.
    pub fn drawn(at: usize, chance: &mut Chance) -> Self {
        let number = format!("WGN-{:03}", at + 1);
        let number = number.parse().expect("a number");
        Self {
            id: TabletId::from_bytes(chance.bytes()),
            number,
            tag: Tag::new(number, chance.bytes()),
            serial: format!("S-{at}"),
            link: SecretKey::from_seed(&chance.bytes()),
            proof: SecretKey::from_seed(&chance.bytes()),
        }
    }

    /// The keys of its agent, once it has one.
    pub fn keys(&self) -> TabletKeys {
        TabletKeys {
            link: self.link.public(),
            proof: self.proof.public(),
        }
    }
}

/// A tablet's place.
pub struct Tablet {
    at: usize,
    body: Body,
    keys: Keys,
    keyring: Keyring,
    begins_at: Moment,
    bug: Option<Bug>,
    life: u32,
    up: Option<Up>,
    /// Power goes away before so many more doings.
    cut_in: Option<u64>,
    record: Record,
    /// The record before it, in the other slot.
    other_slot: Option<Record>,
    order: Option<Handed>,
    journal: Journal<Memory>,
    receipts: Vec<(u64, Vec<u8>)>,
    /// One that is shown once the journal knows it.
    hidden: Option<(u64, Vec<u8>)>,
    at_hand: BTreeSet<ImageId>,
    screen: Screen,
    charging: bool,
    used_ms: Option<u64>,
    /// Whose data lies on the disk.
    marks: BTreeSet<usize>,
    /// An agent runs on it; without one it is a thing that anybody may use.
    has_agent: bool,
}

/// Its own keys, and those that are to follow.
struct Keys {
    link: SecretKey,
    next_link: Option<SecretKey>,
    proof: SecretKey,
    next_proof: Option<SecretKey>,
}

impl Keys {
    /// The key by which to call, and whether it is the next: whoever was refused by the
    /// one tries the other.
    fn caller(&self, refused: bool) -> (&SecretKey, bool) {
        match self.next_link.as_ref().filter(|_| refused) {
            Some(next) => (next, true),
            None => (&self.link, false),
        }
    }

    fn next_link_is_known(&mut self) {
        if let Some(next) = self.next_link.take() {
            self.link = next;
        }
    }

    /// The proof key that the server knows; the next one takes its place if it is that.
    fn proof_of(&mut self, known: PublicKey) -> Option<&SecretKey> {
        let is_next = |next: &mut SecretKey| next.public() == known;
        if let Some(next) = self.next_proof.take_if(is_next) {
            self.proof = next;
        }
        (self.proof.public() == known).then_some(&self.proof)
    }
}

/// What the home screen's files hold.
#[derive(Default)]
struct Screen {
    card: Option<LoanCard>,
    question: Option<LoanId>,
    answer: Option<(LoanId, bool)>,
}

/// What is gone when a tablet loses power.
struct Up {
    boot: BootId,
    began_ms: u64,
    duty: Duty,
    stages: VecDeque<Stage>,
    inputs: VecDeque<Input>,
    effects: VecDeque<Effect>,
    calling: Option<Calling>,
    at_work: Option<AtWork>,
    woken: bool,
    turn_ms: Option<u64>,
    call_in_ms: Option<u64>,
    unanswered: bool,
    /// The last call was refused as nobody's.
    refused: bool,
    faults: u32,
}

impl Tablet {
    /// A tablet that was just enrolled, and is off.
    pub fn enrolled(
        at: usize,
        body: Body,
        keyring: Keyring,
        begins_at: Moment,
        (has_agent, bug): (bool, Option<Bug>),
    ) -> Result<Self> {
        Ok(Self {
            at,
            has_agent,
            keys: Keys {
                link: body.link.clone(),
                next_link: None,
                proof: body.proof.clone(),
                next_proof: None,
            },
            body,
            keyring,
            begins_at,
            bug,
            life: 0,
            up: None,
            cut_in: None,
            record: Record::enrolled(),
            other_slot: None,
            order: None,
            journal: Journal::open(Memory::default())?,
            receipts: Vec::new(),
            hidden: None,
            at_hand: BTreeSet::new(),
            screen: Screen::default(),
            charging: false,
            used_ms: None,
            marks: BTreeSet::new(),
        })
    }

    const fn node(&self) -> Node {
        Node::Tablet(self.at)
    }

    /// What it is.
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Whose data lies on its disk.
    pub const fn marks(&self) -> &BTreeSet<usize> {
        &self.marks
    }

    /// Whether an agent runs on it.
    pub const fn has_agent(&self) -> bool {
        self.has_agent
    }

    /// An agent comes to it, which was enrolled with a server of these keys.
    pub fn gains_agent(&mut self, keyring: Keyring, wires: &mut Wires) -> Result<()> {
        self.keyring = keyring;
        self.has_agent = true;
        wires.say(self.node(), || "gains an agent".to_owned());
        self.power_up(wires)
    }

    /// A person erases it by hand, as its maker says.
    pub fn erased_by_hand(&mut self, wires: &mut Wires) {
        self.marks = BTreeSet::new();
        wires.say(self.node(), || "is erased by hand".to_owned());
        wires.note(Note::Wiped(self.at));
    }

    /// Where its agent is in the tablet's life.
    pub fn state(&self) -> AgentState {
        self.record.state()
    }

    /// The loan for which it has opened itself.
    pub const fn loan(&self) -> Option<LoanId> {
        match self.record.life {
            Life::OnLoan { loan, .. } => Some(loan),
            Life::New | Life::Dirty { .. } | Life::Reported(_) | Life::Ready | Life::Failed => None,
        }
    }

    /// Somebody uses it, if it lets them: it does on loan, and while it is ready; one
    /// without an agent always does.
    pub fn used_by(&mut self, borrower: usize, wires: &mut Wires) {
        let is_open = match self.state() {
            AgentState::OnLoan | AgentState::Ready => self.up.is_some(),
            AgentState::New
            | AgentState::Resetting
            | AgentState::Reported
            | AgentState::Failed
            | AgentState::Locked => false,
        };
        if is_open || !self.has_agent {
            self.marks.insert(borrower);
            self.used_ms = Some(wires.now_ms);
            wires.say(self.node(), || format!("is used by borrower {borrower}"));
        }
    }

    /// The code on its screen, which says that it is there; none without power.
    pub fn presence_code(&self, at: Moment) -> Option<PresenceCode> {
        self.up.as_ref()?;
        Some(PresenceCode::sign(self.body.id, at, &self.keys.link))
    }

    /// The loan that it asks about, "Have you still got it?".
    pub const fn question(&self) -> Option<LoanId> {
        self.screen.question
    }

    /// Somebody answers its question.
    pub fn answered_by_person(&mut self, yes: bool, wires: &mut Wires) -> Result<()> {
        let Some(loan) = self.screen.question else {
            return Ok(());
        };
        self.screen.answer = Some((loan, yes));
        wires.say(self.node(), || format!("is told: still here? {yes}"));
        self.wake(wires)
    }

    /// It is put on a charger, or taken off.
    pub fn charge(&mut self, charging: bool, wires: &mut Wires) {
        self.charging = charging;
        wires.say(self.node(), || format!("charging: {charging}"));
    }

    /// Starts it, as after a power cut.
    pub fn power_up(&mut self, wires: &mut Wires) -> Result<()> {
        if self.up.is_some() || !self.has_agent {
            return Ok(());
        }
        let boot = BootId::from_bytes(wires.chance(self.node()).bytes());
        let known = Known {
            tablet: self.body.id,
            boot,
            keyring: self.keyring,
        };
        let duty = Duty::new(known, self.record.clone(), self.at_hand.clone());
        wires.say(self.node(), || format!("starts, {:?}", self.state()));
        self.up = Some(Up {
            boot,
            began_ms: wires.now_ms,
            duty,
            stages: VecDeque::new(),
            inputs: VecDeque::new(),
            effects: VecDeque::new(),
            calling: None,
            at_work: None,
            woken: false,
            turn_ms: None,
            call_in_ms: None,
            unanswered: false,
            refused: false,
            faults: 0,
        });
        self.turn(wires)
    }

    /// Takes its power away before so many more doings, or at the latest when it
    /// next does nothing.
    pub fn cut_in(&mut self, doings: u64) {
        self.cut_in = Some(doings);
    }

    /// Its power stays.
    pub const fn cut_in_never(&mut self) {
        self.cut_in = None;
    }

    /// Takes its power away for so long.
    pub fn cut(&mut self, off_ms: u64, wires: &mut Wires) {
        self.cut_in = None;
        if self.up.take().is_none() {
            return;
        }
        wires.fault(Fault::TabletCut);
        wires.say(self.node(), || "loses power".to_owned());
        self.life += 1;
        let up = Due::Timer(self.node(), self.life, Timer::PowerUp);
        wires.after(off_ms, up);
    }

    /// Whether it does one more thing; its power may go away before it.
    fn does(&mut self, wires: &mut Wires) -> bool {
        match &mut self.cut_in {
            None => true,
            Some(0) => {
                let off_ms = wires.chance(self.node()).mostly_small(1_000, 3_600_000);
                self.cut(off_ms, wires);
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    /// Damages the newest copy of its record: the other one is used.
    pub fn damage_record(&mut self, wires: &mut Wires) {
        let Some(other) = self.other_slot.take() else {
            return;
        };
        let off_ms = wires.chance(self.node()).mostly_small(1_000, 600_000);
        self.cut(off_ms, wires);
        self.record = other.fallen_back();
        wires.fault(Fault::RecordDamaged);
        wires.say(self.node(), || {
            "loses the newest copy of its record".to_owned()
        });
    }

    /// Something is due by itself.
    pub fn timer(&mut self, life: u32, timer: Timer, wires: &mut Wires) -> Result<()> {
        if life != self.life {
            return Ok(());
        }
        match timer {
            Timer::PowerUp => self.power_up(wires),
            Timer::GiveUp(call) => self.ended(call, None, wires),
            Timer::Turn => self.turn_due(wires),
            Timer::Reset => self.reset_goes_on(wires),
            Timer::Tick
            | Timer::Post
            | Timer::Rows
            | Timer::Write
            | Timer::Due
            | Timer::Held(_) => Ok(()),
        }
    }

    /// The server's answer to a call.
    pub fn told(&mut self, call: u64, response: &Response, wires: &mut Wires) -> Result<()> {
        self.ended(call, Some(response), wires)
    }

    fn save(&mut self, record: Record, wires: &mut Wires) {
        let was_ready = self.record.life == Life::Ready;
        if record.life == Life::Ready && !was_ready {
            wires.note(Note::AgentReady(self.at));
        }
        self.other_slot = Some(std::mem::replace(&mut self.record, record));
    }

    /// Its monotonic time.
    fn monotonic_ms(&self, wires: &Wires) -> u64 {
        let began_ms = self.up.as_ref().map_or(0, |up| up.began_ms);
        wires.now_ms - began_ms
    }

    fn wall(&self, wires: &Wires) -> Moment {
        let since = i64::try_from(wires.now_ms).expect("worlds are short");
        self.begins_at.plus_ms(since)
    }
}
