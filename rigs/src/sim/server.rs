//! The server's place: its real store and its real answers, run inline. What is
//! here is the shell alone: who is let in, what waits, and power that goes away.

mod answers;
mod broken;
mod due;
mod log;
mod waiting;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use anyhow::Result;
use server::{
    http::app::Pace,
    server_keys::ServerKeys,
    store::{Fresh, Reader, Store, Work},
};
use shared::{
    command::{Action, Command},
    event::{Actor, Origin},
    ids::{CommandId, DisputeId, KioskId, Nonce, OperatorId, OrderId, TabletId, VenueId},
    image::ImageId,
    policy::Policy,
    refusal::Refusal,
    signed::seal::Seal,
    time::Moment,
};

use super::{
    bug::Bug,
    chance::Chance,
    counts::Fault,
    ground::open_server,
    node::Node,
    note::{Note, Said},
    wires::{Due, Request, Timer, Wires},
};
use broken::{Broken, believed};
use log::Log;
use waiting::{Gathered, Held};

/// How often callers call, scaled to worlds of days: what matters is who waits for
/// whom, and not how many empty calls there are in between.
pub const PACE: Pace = Pace {
    busy_ms: 20_000,
    rest_ms: 60 * 60_000,
    // An order must still hold when the answer that was held back brings it.
    hold_ms: 8 * 60_000,
};

/// How often, in a thousand, somebody changes its keys while it is off.
const REKEYED: u64 = 200;

/// It looks so soon whether what it wrote makes something due.
const DUE_MS: u64 = 50;

/// What it said to a command.
type Answered = Result<(), Refusal>;

/// The server's place.
pub struct Server {
    path: PathBuf,
    policy: Policy,
    keys: ServerKeys,
    begins_at: Moment,
    seals: BTreeMap<ImageId, Seal>,
    bug: Option<Bug>,
    life: u32,
    up: Option<Up>,
    known: BTreeSet<CommandId>,
    broken: Broken,
}

/// What is gone when the server ends.
struct Up {
    store: Store,
    log: Log,
    gathered: Vec<Gathered>,
    held: BTreeMap<u64, Held>,
    /// When it next does something by itself.
    due_ms: Option<u64>,
}

impl Server {
    /// A server that is off, over the database at `path`.
    pub fn new(path: PathBuf, policy: Policy, begins_at: Moment, bug: Option<Bug>) -> Self {
        Self {
            path,
            policy,
            keys: ServerKeys::begin({
                let mut seeds = 1..=u8::MAX;
                move || [seeds.next().expect("three are asked for"); 32]
            }),
            begins_at,
            seals: BTreeMap::new(),
            bug,
            life: 0,
            up: None,
            known: BTreeSet::new(),
            broken: Broken::default(),
        }
    }

    /// The keys by which tablets know it.
    pub const fn keys(&self) -> &ServerKeys {
        &self.keys
    }

    /// The server's time.
    pub fn now(&self, wires: &Wires) -> Moment {
        let ms = i64::try_from(wires.now_ms).expect("worlds are short");
        self.begins_at.plus_ms(ms)
    }

    /// What is stored, while the server has power.
    pub fn read(&self) -> Option<&Reader> {
        self.up.as_ref().map(|up| up.store.read())
    }

    /// Where the database is.
    pub const fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Starts it.
    pub fn power_up(&mut self, wires: &mut Wires) -> Result<()> {
        if self.up.is_some() {
            return Ok(());
        }
        if self.bug == Some(Bug::LostWrites) {
            self.set_back()?;
        }
        // A person's word is signed with the key that is in use.
        let store = open_server(
            &self.path,
            Policy {
                voucher_key: Some(self.keys.public()),
                ..self.policy.clone()
            },
        )?;
        let head = store.read().head()?;
        wires.note(Note::ServerStarted(head.seq, head.hash));
        wires.say(Node::Server, || format!("starts, its log at {}", head.seq));
        self.up = Some(Up {
            store,
            log: Log::open(&self.path, head.seq)?,
            gathered: Vec::new(),
            held: BTreeMap::new(),
            due_ms: None,
        });
        self.wake_in(0, wires);
        Ok(())
    }

    /// Plays a disk that keeps nothing of what it was given since the last start.
    fn set_back(&self) -> Result<()> {
        let copy = self.path.with_extension("copy");
        if self.life > 1 && copy.is_file() {
            fs::copy(&copy, &self.path)?;
        }
        fs::copy(&self.path, &copy)?;
        Ok(())
    }

    /// Ends it, and starts it again after so long. Nobody who waits is answered.
    pub fn cut(&mut self, off_ms: u64, wires: &mut Wires) {
        if self.up.take().is_none() {
            return;
        }
        wires.fault(Fault::ServerCut);
        wires.say(Node::Server, || "ends".to_owned());
        self.life += 1;
        if wires.chance(Node::Server).happens(REKEYED) {
            self.keys = self.keys.clone().rotate(wires.chance(Node::Server).bytes());
            wires.fault(Fault::KeysChanged);
            wires.say(Node::Server, || "has its next key put into use".to_owned());
        }
        wires.after(off_ms, Due::Timer(Node::Server, self.life, Timer::PowerUp));
    }

    /// Something is due by itself.
    pub fn timer(&mut self, life: u32, timer: Timer, wires: &mut Wires) -> Result<()> {
        if life != self.life {
            return Ok(());
        }
        match timer {
            Timer::PowerUp => self.power_up(wires),
            Timer::Write => self.write(wires),
            Timer::Due => self.is_due(wires),
            Timer::Held(call) => self.let_go(call, wires),
            Timer::GiveUp(_)
            | Timer::Tick
            | Timer::Post
            | Timer::Rows
            | Timer::Turn
            | Timer::Reset => Ok(()),
        }
    }

    /// A request arrives.
    pub fn asked(&mut self, request: &Request, wires: &mut Wires) -> Result<()> {
        if self.up.is_none() {
            return Ok(());
        }
        match self.answer(request, wires)? {
            Ok(Some(response)) => wires.tell(request, response),
            Ok(None) => {}
            Err(problem) => {
                wires.say(Node::Server, || {
                    format!(
                        "does not let call {} in: {}",
                        request.call,
                        problem.status()
                    )
                });
                wires.tell(request, waiting::problem(&problem));
            }
        }
        Ok(())
    }

    /// Seals an image, so that tablets are told to have it.
    pub fn seal(&mut self, image: ImageId, release: &str) {
        let seal = Seal {
            image,
            release: release.to_owned(),
            manifest_bytes: 1,
        };
        self.seals.insert(image, seal);
    }

    /// Something that the server's own people do: at its command line, on its pages.
    /// What it said, if it has power.
    pub fn act(
        &mut self,
        operator: Option<OperatorId>,
        venue: Option<VenueId>,
        action: Action,
        wires: &mut Wires,
    ) -> Result<Option<Answered>> {
        if self.up.is_none() {
            return Ok(None);
        }
        let id = CommandId::from_bytes(wires.chance(Node::Server).bytes());
        let now = self.now(wires);
        wires.note(Note::Said(Said {
            command: id,
            by: Node::Server,
            operator,
            place: None,
            what: action.clone(),
        }));
        let (operator, action) = self.break_act(operator, action);
        let command = Command {
            id,
            origin: Origin::Server,
            origin_seq: None,
            actor: operator.map_or(Actor::Server, Actor::Operator),
            venue,
            occurred_at: now,
            clock_sure: true,
            seen: 0,
            series: 0,
            action,
        };
        let answers = self.commit(&[command], wires)?;
        Ok(answers.into_iter().next().map(|answer| answer.map(drop)))
    }

    /// Has commands decided and written together, and lets everybody hear of it.
    fn commit(
        &mut self,
        commands: &[Command],
        wires: &mut Wires,
    ) -> Result<Vec<server::store::Answer>> {
        let now = self.now(wires);
        let Some(up) = &mut self.up else {
            return Ok(Vec::new());
        };
        let chance = wires.chance(Node::Server);
        let bug = self.bug;
        let work = |command: &Command| Work {
            command: command.clone(),
            now: believed(bug, &command.action, now),
            fresh: fresh(chance),
            code: None,
        };
        let works: Vec<Work> = commands.iter().map(work).collect();
        let answers = up.store.commit_batch(&works)?;
        for (command, answer) in commands.iter().zip(&answers) {
            let again = if self.known.insert(command.id) {
                ""
            } else {
                " again"
            };
            let answer = answer.as_ref().map(|_| ()).map_err(|refusal| *refusal);
            wires.say(Node::Server, || match answer {
                Ok(()) => format!("takes {}{again}", command.id),
                Err(refusal) => format!("refuses {}{again}: {}", command.id, refusal.code()),
            });
            if let Err(refusal) = answer {
                wires.counts.reach(&format!("({})", refusal.code()));
            }
            wires.note(Note::Decided(command.id, answer));
        }
        up.log.follow(wires)?;
        let head = up.store.read().head()?;
        wires.note(Note::ServerWrote(head.seq, head.hash));
        self.tell_news(wires)?;
        self.wake_in(DUE_MS, wires);
        Ok(answers)
    }

    /// Keeps a borrower.
    pub fn add_borrower(
        &mut self,
        id: shared::ids::BorrowerId,
        name: &str,
        card: &shared::borrower::CardNumber,
    ) -> Result<()> {
        self.broken.meet(id);
        if let Some(up) = &mut self.up {
            up.store.add_borrower(id, name, card)?;
        }
        Ok(())
    }

    /// Drops every projection and makes it anew from the log.
    pub fn rebuild(&mut self) -> Result<()> {
        if let Some(up) = &mut self.up {
            up.store.rebuild_projections()?;
        }
        Ok(())
    }

    /// The store, for the broken worlds.
    fn kiosk_facts_taken(&self, kiosk: KioskId) -> Result<u64> {
        match self.read() {
            Some(read) => Ok(read.kiosk_facts_taken(kiosk)?),
            None => Ok(0),
        }
    }

    fn tablet_keys(&self, tablet: TabletId) -> Result<Option<shared::tablet::TabletKeys>> {
        match self.read() {
            Some(read) => Ok(read.tablet_keys(tablet)?),
            None => Ok(None),
        }
    }
}

fn fresh(chance: &mut Chance) -> Fresh {
    Fresh {
        order: OrderId::from_bytes(chance.bytes()),
        nonce: Nonce::from_bytes(chance.bytes()),
        dispute: DisputeId::from_bytes(chance.bytes()),
    }
}
