//! A kiosk's place: its real machine, store and mirror, and what its threads make
//! of answers. The shell around them is the rig's: one call after the other is a
//! message, a pause is something that is due.

mod calls;
mod post;
mod rows;

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use kiosk::{
    clock::Reckoning,
    flow::{Ask, Done, Draft, Effect, Flow, Given, Input, Page, State, ToLend},
    mirror::Mirror,
    store::{Identity, Store},
    sync::{News, Timing},
};
use shared::{
    ids::{CommandId, LoanId, OperatorId, StocktakeId},
    time::Moment,
    wire::v1::{command::KioskAction, kiosk::BorrowerRequest},
};

use super::{
    bug::Bug,
    counts::Fault,
    ground::{Ground, copy_folder},
    node::Node,
    note::{Note, Said},
    wires::{Due, Response, Timer, Wires},
};
use calls::{Call, What};
use post::Post;
use rows::Listening;

/// How long things may take, scaled to worlds of days.
const TIMING: Timing = Timing {
    pause: Duration::from_millis(500),
    pause_max: Duration::from_mins(10),
    call: Duration::from_secs(10),
    hold: Duration::from_hours(1),
    look_up: Duration::from_millis(1_500),
};

/// A kiosk's place.
pub struct Kiosk {
    at: usize,
    folder: PathBuf,
    identity: Identity,
    begins_at: Moment,
    skew_ms: i64,
    bug: Option<Bug>,
    life: u32,
    /// What is on its disk, and on the last copy of it.
    kept: Vec<CommandId>,
    copied: Vec<CommandId>,
    up: Option<Up>,
}

/// What is gone when a kiosk loses power.
struct Up {
    began_ms: u64,
    store: Store,
    mirror: Mirror,
    flow: Flow,
    reckoning: Reckoning,
    calls: BTreeMap<u64, Call>,
    post: Post,
    listening: Listening,
    online: Option<bool>,
    halted: bool,
    tick_ms: Option<u64>,
    shown: Option<Done>,
    /// The fact that the screen is about.
    about: Option<CommandId>,
}

impl Kiosk {
    /// A kiosk that is enrolled, and off.
    pub fn enrolled(
        at: usize,
        folder: PathBuf,
        identity: Identity,
        begins_at: Moment,
        (ground, bug): (&Ground, Option<Bug>),
    ) -> Result<Self> {
        ground.place_kiosk(&folder)?;
        let mut store = Store::open(&folder).context("opening a kiosk's store")?;
        store.enrolled(&identity).context("enrolling a kiosk")?;
        drop(store);
        let kiosk = Self {
            at,
            folder,
            identity,
            begins_at,
            skew_ms: 0,
            bug,
            life: 0,
            kept: Vec::new(),
            copied: Vec::new(),
            up: None,
        };
        copy_folder(&kiosk.folder, &kiosk.copy())?;
        Ok(kiosk)
    }

    const fn node(&self) -> Node {
        Node::Kiosk(self.at)
    }

    /// Who it is and where it stands.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What it shows, while it has power.
    pub fn state(&self) -> Option<&State> {
        self.up.as_ref().map(|up| up.flow.state())
    }

    /// What it knows of the fleet, while it has power.
    pub fn mirror(&self) -> Option<&Mirror> {
        self.up.as_ref().map(|up| &up.mirror)
    }

    /// Whether a fact waits for the server's word.
    pub fn has_waiting(&self) -> Result<bool> {
        let waiting = self.up.as_ref().map(|up| up.store.next_unanswered());
        Ok(waiting.transpose()?.flatten().is_some())
    }

    /// Starts it, as after a power cut: the machine anew, the disk as it was.
    pub fn power_up(&mut self, wires: &mut Wires) -> Result<()> {
        if self.up.is_some() {
            return Ok(());
        }
        let mut store = Store::open(&self.folder).context("opening a kiosk's store")?;
        let mirror = store.mirror(self.identity.place.clone())?;
        let facts = store.last_fact()?;
        wires.note(Note::KioskStarted(self.at, facts));
        let node = self.node();
        wires.say(node, || format!("starts with {facts} facts on its disk"));
        let since_ms = i64::try_from(wires.now_ms).context("worlds are short")?;
        let wall = self.begins_at.plus_ms(since_ms).plus_ms(self.skew_ms);
        self.up = Some(Up {
            began_ms: wires.now_ms,
            store,
            mirror,
            flow: Flow::new(),
            reckoning: Reckoning::from_wall(wall),
            calls: BTreeMap::new(),
            post: Post::new(TIMING),
            listening: Listening::new(TIMING),
            online: None,
            halted: false,
            tick_ms: None,
            shown: None,
            about: None,
        });
        self.ring(wires)?;
        self.listen(wires)
    }

    /// Takes its power away for so long.
    pub fn cut(&mut self, off_ms: u64, wires: &mut Wires) {
        if self.up.take().is_none() {
            return;
        }
        wires.fault(Fault::KioskCut);
        wires.say(self.node(), || "loses power".to_owned());
        self.life += 1;
        let up = Due::Timer(self.node(), self.life, Timer::PowerUp);
        wires.after(off_ms, up);
    }

    fn copy(&self) -> PathBuf {
        self.folder.with_extension("copy")
    }

    /// Somebody copies its disk.
    pub fn copy_disk(&mut self, wires: &mut Wires) -> Result<()> {
        self.copied.clone_from(&self.kept);
        wires.say(self.node(), || "has its disk copied".to_owned());
        copy_folder(&self.folder, &self.copy())
    }

    /// Somebody sets its disk back to the last copy; there is one of the day on which
    /// it was enrolled.
    pub fn set_back(&mut self, off_ms: u64, wires: &mut Wires) -> Result<()> {
        self.cut(off_ms, wires);
        copy_folder(&self.copy(), &self.folder)?;
        // Only the program that runs holds it.
        fs::remove_file(self.folder.join("kiosk.lock")).ok();
        let facts = Store::open(&self.folder)?.last_fact()?;
        wires.fault(Fault::KioskSetBack);
        wires.say(self.node(), || {
            format!("has its disk set back to {facts} facts")
        });
        let gone = self.kept.split_off(self.copied.len());
        wires.note(Note::KioskSetBack(self.at, facts, gone));
        Ok(())
    }

    /// Its wall clock stands so far from the time when it next starts.
    pub fn move_clock(&mut self, skew_ms: i64, wires: &mut Wires) {
        self.skew_ms = skew_ms;
        wires.fault(Fault::ClockMoved);
        wires.say(self.node(), || {
            format!("has its clock set {skew_ms} ms off")
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
            Timer::Tick => self.tick(wires),
            Timer::Post => self.ring(wires),
            Timer::Rows => self.listen(wires),
            Timer::Write | Timer::Due | Timer::Held(_) | Timer::Turn | Timer::Reset => Ok(()),
        }
    }

    /// The server's answer to a call.
    pub fn told(&mut self, call: u64, response: &Response, wires: &mut Wires) -> Result<()> {
        self.ended(call, Some(response), wires)
    }

    fn tick(&mut self, wires: &mut Wires) -> Result<()> {
        if let Some(up) = &mut self.up {
            up.tick_ms = None;
        }
        self.feed(Input::Tick, wires)
    }

    /// Gives the machine an input, and does what it wants done.
    pub fn feed(&mut self, input: Input, wires: &mut Wires) -> Result<()> {
        let mut inputs = std::collections::VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let given = self.given(wires);
            let Some(up) = &mut self.up else {
                return Ok(());
            };
            for effect in up.flow.handle(input, &given, &up.mirror) {
                inputs.extend(self.carry_out(effect, wires)?);
            }
            self.look(wires);
        }
        self.wait_for_tick(wires);
        Ok(())
    }

    fn given(&self, wires: &mut Wires) -> Given {
        let began_ms = self.up.as_ref().map_or(0, |up| up.began_ms);
        let now_ms = wires.now_ms - began_ms;
        let reckoning = self.up.as_ref().map(|up| up.reckoning);
        let chance = wires.chance(self.node());
        let (command, fresh) = (CommandId::from_bytes(chance.bytes()), chance.bytes());
        Given {
            now_ms,
            time: reckoning.map_or(self.begins_at, |it| it.time(now_ms)),
            clock_sure: reckoning.is_some_and(|it| it.is_sure()),
            command,
            loan: LoanId::from_bytes(fresh),
            // No step begins a loan and ends a count.
            stocktake: StocktakeId::from_bytes(fresh),
        }
    }

    fn carry_out(&mut self, effect: Effect, wires: &mut Wires) -> Result<Option<Input>> {
        match effect {
            Effect::Keep(draft) => self.keep(&draft, wires).map(Some),
            Effect::Lend(command, it) => self.lend(command, it, wires).map(Some),
            Effect::FindBorrower {
                ask,
                card,
                operator,
            } => self.find(ask, card, operator, wires).map(|()| None),
            Effect::Speak(_) | Effect::Sound(_) => Ok(None),
        }
    }

    fn find(
        &mut self,
        ask: Ask,
        card: String,
        operator: OperatorId,
        wires: &mut Wires,
    ) -> Result<()> {
        let request = BorrowerRequest { card, operator };
        let body = serde_json::to_vec(&request)?;
        self.call(What::Card(ask), body, TIMING.look_up, wires)
    }

    /// An operator at this counter says something for which its screens have no
    /// button yet: it goes the way of every fact.
    pub fn write_down(
        &mut self,
        operator: OperatorId,
        action: KioskAction,
        wires: &mut Wires,
    ) -> Result<()> {
        let given = self.given(wires);
        let Some(up) = &self.up else {
            return Ok(());
        };
        let (about, seen) = (up.about, up.mirror.cursor());
        let draft = Draft {
            id: given.command,
            operator: Some(operator),
            occurred_at: given.time,
            clock_sure: given.clock_sure,
            seen,
            action,
        };
        self.keep(&draft, wires)?;
        // The screen is still about what it was about.
        if let Some(up) = &mut self.up {
            up.about = about;
        }
        Ok(())
    }

    fn keep(&mut self, draft: &Draft, wires: &mut Wires) -> Result<Input> {
        let node = self.node();
        if let Some(up) = &mut self.up {
            up.about = Some(draft.id);
        }
        let fails = wires.weather().disk_fails;
        if wires.chance(node).happens(fails) {
            wires.fault(Fault::DiskFailed);
            wires.say(node, || "cannot write a fact down".to_owned());
            let thanks = self.bug == Some(Bug::ThanksTooEarly);
            return Ok(if thanks {
                Input::Kept(draft.id)
            } else {
                Input::NotKept(draft.id, draft.action.clone())
            });
        }
        let Some(up) = &mut self.up else {
            return Ok(Input::Tick);
        };
        let kept = up.store.keep(draft)?;
        self.kept.push(kept.id);
        wires.say(node, || {
            let (seq, action) = (kept.origin_seq, told(&kept.action));
            format!("writes down fact {seq}, {}: {action}", kept.id)
        });
        wires.note(Note::Said(Said {
            command: kept.id,
            by: node,
            operator: kept.operator,
            place: Some(kept.origin_seq),
            what: kept.action.into(),
        }));
        self.ring(wires)?;
        Ok(Input::Kept(draft.id))
    }

    /// The disk notes that a check out has happened without the server.
    fn lend(&mut self, command: CommandId, it: ToLend, wires: &mut Wires) -> Result<Input> {
        let Some(up) = &mut self.up else {
            return Ok(Input::Tick);
        };
        let known = up.mirror.facts_known();
        if !up.store.lent(command, it, known)? {
            return Ok(Input::NotLent(command));
        }
        wires.say(Node::Kiosk(self.at), || {
            format!("lends {command} by itself")
        });
        wires.note(Note::LentAlone(self.at, command));
        Ok(Input::Lent(command))
    }

    /// What the reference model must know of the screen.
    fn look(&mut self, wires: &mut Wires) {
        let at = self.at;
        let Some(up) = &mut self.up else {
            return;
        };
        let done = match &up.flow.state().page {
            Page::Done(done) => Some(*done),
            Page::First
            | Page::Scan(_)
            | Page::Goodbye(_)
            | Page::ConfirmReturn(_)
            | Page::TypeNumber(_)
            | Page::FindBorrower(_)
            | Page::LookingUp(_)
            | Page::LendAnyway(_)
            | Page::HandOver(_)
            | Page::SweepShort(_)
            | Page::Writing(_)
            | Page::Lending(_)
            | Page::Undoing(_)
            | Page::Refer(_)
            | Page::Problem(_)
            | Page::Home
            | Page::News(_) => None,
        };
        if let Some(done) = done.filter(|done| up.shown != Some(*done)) {
            wires.say(Node::Kiosk(at), || format!("shows {done:?}"));
            wires.note(Note::Shown(at, done, up.about));
        }
        up.shown = done;
    }

    fn wait_for_tick(&mut self, wires: &mut Wires) {
        let tick = Due::Timer(self.node(), self.life, Timer::Tick);
        let Some(up) = &mut self.up else {
            return;
        };
        let due = up.flow.poll_timeout().map(|at_ms| up.began_ms + at_ms);
        if let Some(due) = due.filter(|due| up.tick_ms.is_none_or(|tick| *due < tick)) {
            up.tick_ms = Some(due);
            wires.after(due.saturating_sub(wires.now_ms), tick);
        }
    }

    /// What the threads would tell the loop.
    fn hear(&mut self, news: News, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        match news {
            News::Online(online) if up.online == Some(online) => Ok(()),
            News::Online(online) => {
                up.online = Some(online);
                self.feed(Input::Online(online), wires)?;
                if online { self.ring(wires) } else { Ok(()) }
            }
            News::Rows(heard) => {
                up.reckoning.hear(heard.rows.now, heard.at_ms);
                up.mirror.apply(&heard.rows);
                up.mirror.forget(&heard.gone);
                wires.note(Note::RowsHeard(self.at));
                self.feed(Input::MirrorMoved, wires)
            }
            News::Answered(id, action, answer) => {
                wires.note(Note::Heard(self.at, id, answer));
                self.feed(Input::Answered(id, action, answer), wires)
            }
            News::TooOld => self.feed(Input::TooOld, wires),
            News::LogDenied => self.feed(Input::LogDenied, wires),
            News::Halted => self.feed(Input::Halted, wires),
            News::Borrower(ask, lookup) => self.feed(Input::Borrower(ask, lookup), wires),
        }
    }

    fn halt(&mut self, why: &str, wires: &mut Wires) -> Result<()> {
        let Some(up) = self.up.as_mut().filter(|up| !up.halted) else {
            return Ok(());
        };
        up.halted = true;
        wires.say(Node::Kiosk(self.at), || {
            format!("sends nothing more: {why}")
        });
        wires.note(Note::Halted(self.at, why.to_owned()));
        self.hear(News::Halted, wires)
    }
}

/// What a fact says, in a line of the story.
fn told(action: &KioskAction) -> String {
    let json = serde_json::to_string(action).expect("an action has text keys only");
    json.replace(['"', '{', '}'], "").replace(',', ", ")
}
