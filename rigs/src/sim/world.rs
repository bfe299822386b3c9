//! A world: the places, the people and what is really so, and the loop that lets
//! one thing happen after the other. After each the reference model hears what it
//! was.

mod acts;
mod agents;
mod beginning;
mod faults;
mod moving;
mod queue;
mod rest;
mod wiping;

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use anyhow::Result;
use kiosk::{
    flow::Input,
    reader::{Code, Sight},
    screen::Touch,
};
use shared::{
    command::Action,
    ids::{HoldId, TabletId, TransferId},
};
use tempfile::TempDir;

use super::{
    bug::Bug,
    chance::Chance,
    counts::Counts,
    ground::Ground,
    kiosk::Kiosk,
    model::{Model, Rule, View, Violation},
    node::Node,
    note::{Note, Said},
    people::{Deed, Errand, Seen},
    plan::Plan,
    server::Server,
    story::{Story, Telling},
    tablet::Tablet,
    truth::{Handled, Handling, Place, Truth},
    wires::{Due, Timer, Wires},
};

/// A world.
pub struct World {
    plan: Plan,
    wires: Wires,
    server: Server,
    kiosks: Vec<Kiosk>,
    tablets: Vec<Tablet>,
    truth: Truth,
    handled: BTreeMap<TabletId, Handled>,
    /// Places in queues that were asked for, and whose.
    holds: Vec<(HoldId, usize)>,
    /// Boxes that were packed.
    boxes: Vec<TransferId>,
    people: Vec<Person>,
    /// Kiosks at which somebody stands.
    taken: BTreeSet<usize>,
    model: Model,
    steps: u64,
    folder: TempDir,
}

/// A person on an errand.
struct Person {
    kiosk: usize,
    errand: Errand,
    chance: Chance,
    /// What they may still do before they give up.
    left: u32,
    stands: bool,
}

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What happened, as far as it was told.
    pub story: Story,
    /// How often what went wrong on purpose.
    pub counts: Counts,
    /// Things that happened, one by one.
    pub steps: u64,
    /// The rule that was broken, if one was.
    pub violation: Option<Violation>,
}

/// A world in which more happens than this does not come to rest.
const STEPS_MAX: u64 = 400_000;

/// What a kiosk without its server cannot know.
const UNSEEN: &str = "[lent alone what was used, or to be reset, since the kiosk last heard]";

impl World {
    /// Runs the whole plan, lets everything come to rest, and looks at it once more.
    /// Whatever breaks on the way is a violation, too.
    pub fn run(plan: Plan, telling: Telling, bug: Option<Bug>, ground: &Ground) -> Result<Outcome> {
        let mut world = Self::begin(plan, telling, bug, ground)?;
        let ran = catch_unwind(AssertUnwindSafe(|| world.run_on()));
        let why = match ran {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => Some(format!("{fault:#}")),
            Err(panic) => Some(words(&*panic)),
        };
        if let Some(why) = why {
            world.model.broken(Rule::Sound, why);
        }
        for _ in 0..world.model.unseen() {
            world.wires.counts.reach(UNSEEN);
        }
        Ok(Outcome {
            violation: world.model.violation().cloned(),
            story: world.wires.story,
            counts: world.wires.counts,
            steps: world.steps,
        })
    }

    fn run_on(&mut self) -> Result<()> {
        for (at, step) in self.plan.steps.iter().enumerate() {
            self.wires.after(step.at_ms, Due::Step(at));
        }
        let last_ms = self.plan.steps.last().map_or(0, |step| step.at_ms);
        self.run_until(last_ms)?;
        self.come_to_rest()
    }

    /// Lets things happen until then, or until a rule is broken.
    fn run_until(&mut self, until_ms: u64) -> Result<()> {
        while self.wires.next_ms().is_some_and(|next| next <= until_ms) {
            if self.model.violation().is_some() {
                return Ok(());
            }
            self.one()?;
        }
        self.wires.wait_until(until_ms);
        Ok(())
    }

    /// Lets one thing happen.
    fn one(&mut self) -> Result<()> {
        let Some(due) = self.wires.pop() else {
            return Ok(());
        };
        self.steps += 1;
        if self.steps > STEPS_MAX {
            self.model.never_rests();
            return Ok(());
        }
        match due {
            Due::Step(at) => self.step(at)?,
            Due::Asked(request) => self.server.asked(&request, &mut self.wires)?,
            Due::Told(node, call, response) => match node {
                Node::Kiosk(at) => self.kiosks[at].told(call, &response, &mut self.wires)?,
                Node::Tablet(at) => self.tablets[at].told(call, &response, &mut self.wires)?,
                Node::Server | Node::People => {}
            },
            Due::Timer(node, life, timer) => self.timer(node, life, timer)?,
            Due::Person(at) => self.person(at)?,
        }
        self.listen();
        Ok(())
    }

    fn timer(&mut self, node: Node, life: u32, timer: Timer) -> Result<()> {
        match node {
            Node::Server => self.server.timer(life, timer, &mut self.wires),
            Node::Kiosk(at) => self.kiosks[at].timer(life, timer, &mut self.wires),
            Node::Tablet(at) => self.tablets[at].timer(life, timer, &mut self.wires),
            Node::People => Ok(()),
        }
    }

    /// Lets the reference model hear what happened.
    fn listen(&mut self) {
        let view = View {
            now_ms: self.wires.now_ms,
            truth: &self.truth,
            tablets: &self.tablets,
        };
        for note in std::mem::take(&mut self.wires.notes) {
            self.model.hear(&note, &view);
            if let Note::Said(said) = &note
                && let Some((tablet, handled)) = handled(said)
            {
                self.handled.insert(tablet, handled);
            }
        }
    }

    fn step(&mut self, at: usize) -> Result<()> {
        let Some(step) = self.plan.steps.get(at).copied() else {
            return Ok(());
        };
        let mut chance = Chance::of(step.salt, "step");
        if step.what.is_fault() {
            self.go_wrong(step, &mut chance)
        } else {
            self.act(step, &mut chance)
        }
    }

    /// Somebody goes to a counter.
    fn send_person(&mut self, kiosk: usize, errand: Errand, chance: Chance) {
        if let Some(tablet) = errand.tablet() {
            self.truth.in_hand[tablet] = true;
        }
        let (left, stands) = (60, false);
        self.people.push(Person {
            kiosk,
            errand,
            chance,
            left,
            stands,
        });
        self.wires.after(1_000, Due::Person(self.people.len() - 1));
    }

    fn person(&mut self, at: usize) -> Result<()> {
        let person = &mut self.people[at];
        let Some(left) = person.left.checked_sub(1) else {
            self.leaves(at);
            return Ok(());
        };
        person.left = left;
        let kiosk = &self.kiosks[person.kiosk];
        let (Some(state), Some(mirror)) = (kiosk.state(), kiosk.mirror()) else {
            self.leaves(at);
            return Ok(());
        };
        if !person.stands && self.taken.contains(&person.kiosk) {
            self.wires.after(45_000, Due::Person(at));
            return Ok(());
        }
        person.stands = true;
        self.taken.insert(person.kiosk);
        let seen = Seen { state, mirror };
        let deed = person.errand.next(&seen, &mut person.chance);
        self.does(at, deed)
    }

    fn does(&mut self, at: usize, deed: Deed) -> Result<()> {
        let person = &mut self.people[at];
        // Most are quick; some look for their card, their glasses, their grandchild.
        let mut pause_ms = person.chance.within(500..=8_000);
        if person.chance.happens(15) {
            pause_ms += person.chance.below(150_000);
        }
        let kiosk = person.kiosk;
        if person.chance.happens(self.wires.weather().breaks) {
            let ms = person.chance.mostly_small(2_000, 3_600_000);
            self.break_line(kiosk, ms);
        }
        match deed {
            Deed::Press(touch) => self.press(kiosk, touch)?,
            Deed::Show(text) => self.show(at, text)?,
            Deed::ShowScreen(tablet) => self.show_screen(at, tablet)?,
            Deed::Type(text) => {
                for key in text.chars() {
                    self.press(kiosk, Touch::KeyTyped(key))?;
                }
                self.press(kiosk, Touch::Enter)?;
            }
            Deed::Wait(ms) => pause_ms = ms,
            Deed::Give(tablet, borrower) => {
                self.truth.places[tablet] = Place::With(borrower);
                self.truth.had[tablet] = Some(borrower);
                self.wires.note(Note::HandedOver(kiosk, tablet, borrower));
            }
            Deed::HandIn(tablet) => {
                self.truth.places[tablet] = Place::Venue(self.venue_of(kiosk));
                self.press(kiosk, Touch::Yes)?;
            }
            Deed::GiveBack(tablet, borrower) => {
                self.truth.places[tablet] = Place::With(borrower);
            }
            Deed::PutDown(tablet) => {
                self.truth.places[tablet] = Place::Venue(self.venue_of(kiosk));
            }
            Deed::Leave => {
                self.leaves(at);
                return Ok(());
            }
        }
        self.wires.after(pause_ms, Due::Person(at));
        Ok(())
    }

    fn press(&mut self, kiosk: usize, touch: Touch) -> Result<()> {
        self.wires
            .say(Node::Kiosk(kiosk), || format!("{touch:?} is pressed"));
        self.kiosks[kiosk].feed(Input::Touched(touch), &mut self.wires)
    }

    /// A tablet without power shows nothing, and then its sticker has to do. Somebody
    /// else may have photographed what is shown.
    fn show_screen(&mut self, at: usize, tablet: usize) -> Result<()> {
        let now = self
            .plan
            .begins_at
            .plus_ms(i64::try_from(self.wires.now_ms)?);
        let Some(code) = self.tablets[tablet].presence_code(now) else {
            let sticker = self.sticker(tablet);
            return self.show(at, sticker);
        };
        self.wires.note(Note::ScreenShown(code));
        self.truth.photographed[tablet] = Some(code.to_string());
        self.show(at, code.to_string())
    }

    /// Half of the people hold it before the camera, half use the hand scanner.
    fn show(&mut self, at: usize, text: String) -> Result<()> {
        let person = &mut self.people[at];
        let (kiosk, camera) = (person.kiosk, person.chance.happens(500));
        self.wires
            .say(Node::Kiosk(kiosk), || format!("is shown {text}"));
        if !camera {
            return self.kiosks[kiosk].feed(Input::Scanned(text), &mut self.wires);
        }
        let corners = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)];
        let sight = Sight::One(Code { text, corners });
        self.kiosks[kiosk].feed(Input::Saw(sight), &mut self.wires)?;
        let nothing = Sight::Nothing;
        self.kiosks[kiosk].feed(Input::Saw(nothing), &mut self.wires)
    }

    fn leaves(&mut self, at: usize) {
        let person = &mut self.people[at];
        person.left = 0;
        if std::mem::take(&mut person.stands) {
            self.taken.remove(&person.kiosk);
        }
        if let Some(tablet) = person.errand.tablet() {
            self.truth.in_hand[tablet] = false;
        }
    }

    fn venue_of(&self, kiosk: usize) -> usize {
        kiosk % self.truth.venues.len()
    }
}

/// What an operator at a counter just did with a tablet in hand, if they did.
const fn handled(said: &Said) -> Option<(TabletId, Handled)> {
    let (Node::Kiosk(kiosk), Some(operator)) = (said.by, said.operator) else {
        return None;
    };
    let (tablet, what) = if let Action::CheckOut(it) = &said.what {
        (it.tablet, Handling::Lent)
    } else if let Action::Return(it) = &said.what {
        (it.tablet, Handling::TakenBack)
    } else {
        return None;
    };
    let command = said.command;
    let handled = Handled {
        what,
        command,
        operator,
        kiosk,
    };
    Some((tablet, handled))
}

/// What somebody who panicked said.
fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    said.unwrap_or("a panic without a word").to_owned()
}
