//! What a kiosk does next: a pure machine. Inputs, the time and fresh ids come
//! in, effects go out as data; nothing here reads a clock, a disk or a camera.
//! `view` says how a [`State`] looks, `driver` carries the effects out.

mod alone;
mod answers;
mod burst;
mod check_out;
mod effect;
mod input;
mod overriding;
mod presence;
mod problem;
mod returns;
mod scan;
mod sighting;
mod staff;
mod state;
mod sweep;
mod time;
mod touch;
mod typing;
mod undo;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use shared::{
    ids::{CommandId, TabletId},
    wire::v1::command::KioskAction,
};

use crate::mirror::Mirror;
use burst::Burst;
use sighting::Sighting;

pub use effect::{Ask, Draft, Effect, Sound, ToLend};
pub use input::{Answer, Given, Input, Lookup};
pub use problem::Problem;
pub use staff::TRAY_ROWS;
pub use state::{
    Around, CardTrouble, ConfirmReturn, Done, FindBorrower, Goodbye, HandOver, Hint, Late,
    LendAnyway, Lending, LookingUp, News, Page, Purpose, Refer, Scan, Session, State, StillThere,
    Then, Trouble, TypeNumber, Undoing, Undone, Writing,
};
pub use sweep::{Find, Sweep, Sweeping, Tally};
pub use time::{DONE_MS, HINT_MS, IDLE_MS, MORE_TIMES, SLOW_MS, TORN_MS, WARNING_MS};

/// A kiosk's machine.
pub struct Flow {
    state: State,
    /// When the page was opened.
    since_ms: u64,
    /// When a person last did something.
    active_ms: u64,
    /// "I need more time", pressed so often since then.
    more_times: u8,
    /// Counts the pages that were opened.
    shown: u64,
    sighting: Sighting,
    burst: Burst,
    /// The last look-up.
    ask: Ask,
    /// For the next operator's own screen.
    news: VecDeque<News>,
    /// Check outs that were said to be done before the server spoke.
    said: BTreeSet<CommandId>,
    /// What is to be undone and was not answered yet: the tablet, by the undo.
    undoing: BTreeMap<CommandId, TabletId>,
    effects: Vec<Effect>,
}

/// What one step is given.
#[derive(Clone, Copy)]
struct At<'a> {
    given: &'a Given,
    mirror: &'a Mirror,
}

impl At<'_> {
    const fn now(self) -> u64 {
        self.given.now_ms
    }
}

impl Default for Flow {
    fn default() -> Self {
        Self::new()
    }
}

impl Flow {
    /// A kiosk at its first screen that has not heard from its server.
    pub fn new() -> Self {
        Self {
            state: State::new(),
            since_ms: 0,
            active_ms: 0,
            more_times: 0,
            shown: 0,
            sighting: Sighting::default(),
            burst: Burst::default(),
            ask: Ask(0),
            news: VecDeque::new(),
            said: BTreeSet::new(),
            undoing: BTreeMap::new(),
            effects: Vec::new(),
        }
    }

    /// What is to be shown.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Takes one input and says what is to be done about it.
    pub fn handle(&mut self, input: Input, given: &Given, mirror: &Mirror) -> Vec<Effect> {
        let at = At { given, mirror };
        let shown = self.shown;
        self.pass_time(at.now());
        self.lend_alone(at);
        let other_screen = self.shown != shown;
        self.take(input, other_screen, at);
        std::mem::take(&mut self.effects)
    }

    fn take(&mut self, input: Input, other_screen: bool, at: At) {
        match input {
            // It was meant for a screen that has just gone.
            Input::Touched(_) if other_screen => {}
            Input::Touched(touch) => self.touched(touch, at),
            Input::Scanned(text) => self.scanned(&text, at),
            Input::ScanTooLong => self.scan_too_long(at),
            Input::Saw(sight) => self.saw(&sight, at),
            Input::CameraLost => self.camera(false),
            Input::CameraFound => self.camera(true),
            Input::Online(online) => self.online(online, at),
            Input::MirrorMoved => self.mirror_moved(at),
            Input::TooOld => self.state.around.too_old = true,
            Input::Halted => self.state.around.halted = true,
            Input::LogDenied => self.log_denied(at),
            Input::Kept(command) => self.kept(command, at),
            Input::NotKept(command, action) => self.not_kept(command, &action, at),
            Input::Lent(command) => self.lent(command, at),
            Input::NotLent(command) => self.not_lent(command),
            Input::Answered(command, action, answer) => self.answered(command, &action, answer, at),
            Input::Borrower(ask, lookup) => self.looked_up(ask, lookup, at),
            Input::Tick => {}
        }
    }

    fn online(&mut self, online: bool, at: At) {
        self.state.around.online = online;
        self.lend_alone(at);
    }

    fn camera(&mut self, works: bool) {
        if self.state.around.camera != works {
            self.state.around.camera = works;
            self.speak_again();
        }
    }

    /// Opens a page; what the last one knew is gone.
    fn go(&mut self, page: Page, now_ms: u64) {
        self.state.page = page;
        self.state.still_there = None;
        self.since_ms = now_ms;
        self.active_ms = now_ms;
        self.shown += 1;
        self.speak_again();
    }

    /// Somebody is there.
    fn active(&mut self, now_ms: u64) {
        self.active_ms = now_ms;
        self.more_times = 0;
        self.state.still_there = None;
    }

    fn sound(&mut self, sound: Sound) {
        self.effects.push(Effect::Sound(sound));
    }

    fn speak(&mut self, speaking: bool) {
        self.state.speaking = speaking;
        self.effects.push(Effect::Speak(speaking));
    }

    /// Another screen is read from its beginning, where somebody listens.
    fn speak_again(&mut self) {
        let speaks = Effect::Speak(true);
        if self.state.speaking && !self.effects.contains(&speaks) {
            self.effects.push(speaks);
        }
    }

    fn keep(&mut self, action: KioskAction, at: At) -> CommandId {
        let draft = Draft {
            id: at.given.command,
            operator: self.state.session.as_ref().map(|session| session.operator),
            occurred_at: at.given.time,
            clock_sure: at.given.clock_sure,
            seen: at.mirror.cursor(),
            action,
        };
        self.effects.push(Effect::Keep(draft));
        at.given.command
    }
}
