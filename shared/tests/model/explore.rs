//! Breadth first over every state that any order of acts can reach: one tablet, with
//! an agent or without, two venues, two borrowers, one hold, one wipe, one box. Two states of the same shape
//! are one: a shape leaves out what no decision reads, and what is like something
//! else for every decision that reads it (one flag that people set, one proof of
//! presence, one late loan is like another).

mod acts;
mod always;
mod asked;
mod every_event;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry},
    panic::resume_unwind,
    sync::LazyLock,
    thread,
};

use shared::{
    dispute::{Decision, Dispute},
    event::Event,
    hold::{Hold, HoldState},
    ids::LoanId,
    loan::{Loan, LoanState},
    tablet::{Custody, Flags, LastReturn, Presence, Reset, StateWord, Tablet},
    wipe::{Wipe, WipeState},
};

use crate::library::{
    Library,
    verbs::{PARTNER, enrolment, without_agent},
};
use acts::{Act, acts};
use every_event::EVERY;

/// What tells two states apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shape {
    /// It left the fleet, and nothing changes any more.
    Gone(StateWord),
    Here(Facts),
}

#[expect(clippy::struct_excessive_bools, reason = "each is so or is not")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Facts {
    /// An agent runs on it.
    agent: bool,
    word: StateWord,
    at_partner: bool,
    reset: Stage,
    flag: Option<Flagged>,
    in_doubt: bool,
    /// It may be asked "Have you still got it?".
    may_be_asked: bool,
    hold: Option<Queued>,
    /// The loan that is not over.
    loan: Option<Standing>,
    /// Another that is contested.
    another_loan: bool,
    /// A dispute about the loan that it is out on, and whether it may be written off.
    disputed: Option<bool>,
    /// Two operators agreed to wipe it.
    to_be_wiped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    Dirty,
    Ordered,
    Proven,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Flagged {
    ResetFailed,
    ByPeople,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Queued {
    Waiting,
    PutAside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Standing {
    Open,
    /// Contested, and the tablet is out on it.
    ContestedOut,
    Contested,
}

impl Shape {
    fn of(library: &Library) -> Self {
        let it = library.it(1);
        if it.is_retired() {
            return Self::Gone(it.word());
        }
        let may_write_off =
            |dispute: &Dispute| dispute.cause.allowed().contains(&Decision::WriteOff);
        Self::Here(Facts {
            agent: it.keys.is_some(),
            word: it.word(),
            at_partner: it.venue() == Some(PARTNER),
            reset: stage(it.reset),
            flag: flagged(it.flags),
            in_doubt: it.in_doubt,
            may_be_asked: it.last_return.is_some_and(may_be_asked),
            hold: library.holds.iter().find_map(queued),
            loan: library.current_loan(it.id).map(|loan| standing(loan, it)),
            another_loan: going_on(library) > 1,
            disputed: asked::dispute_about_it(library).map(may_write_off),
            to_be_wiped: library.wipes.values().any(is_agreed),
        })
    }

    const fn word(&self) -> StateWord {
        match self {
            Self::Gone(word) => *word,
            Self::Here(facts) => facts.word,
        }
    }
}

fn stage(reset: Reset) -> Stage {
    match reset {
        Reset::Dirty => Stage::Dirty,
        Reset::Ordered(_) => Stage::Ordered,
        Reset::Proven(_) => Stage::Proven,
        Reset::Failed { .. } => Stage::Failed,
    }
}

fn flagged(flags: Flags) -> Option<Flagged> {
    if flags.withheld.is_some() {
        return Some(Flagged::ResetFailed);
    }
    flags.damaged.then_some(Flagged::ByPeople)
}

fn may_be_asked(last: LastReturn) -> bool {
    last.presence == Presence::StickerOnly && !last.answered
}

fn queued(hold: &Hold) -> Option<Queued> {
    match hold.state {
        HoldState::Waiting => Some(Queued::Waiting),
        HoldState::PutAside { .. } => Some(Queued::PutAside),
        HoldState::Ended { .. } => None,
    }
}

fn standing(loan: &Loan, it: &Tablet) -> Standing {
    match loan.state {
        LoanState::Contested if is_out_on(it, loan.id) => Standing::ContestedOut,
        LoanState::Contested => Standing::Contested,
        LoanState::Open | LoanState::Closed { .. } | LoanState::Voided { .. } => Standing::Open,
    }
}

fn is_agreed(wipe: &Wipe) -> bool {
    matches!(wipe.state, WipeState::Agreed { .. })
}

fn is_out_on(it: &Tablet, loan: LoanId) -> bool {
    it.custody == Custody::OnLoan(loan)
}

fn going_on(library: &Library) -> usize {
    let loans = library.loans.values();
    loans.filter(|loan| !loan.is_over()).count()
}

/// One act from one state, and what came of it.
struct Step<'a> {
    before: &'a Library,
    act: Act,
    events: &'a [Event],
    after: &'a Library,
}

/// How often an act was done, and how often it was refused.
#[derive(Clone, Copy, Default)]
struct Tally {
    done: u32,
    refused: u32,
}

struct Explored {
    states: HashMap<Shape, Library>,
    /// Which shapes an act leads to from each shape.
    steps: HashMap<Shape, HashSet<Shape>>,
    tally: BTreeMap<Act, Tally>,
}

/// The states, each reached once; every rule is checked at every step to one.
static EXPLORED: LazyLock<Explored> = LazyLock::new(explore);

fn explore() -> Explored {
    let mut edge = vec![
        asked::library(enrolment(1)),
        asked::library(without_agent(1)),
    ];
    let begun = edge.iter().map(|start| (Shape::of(start), start.clone()));
    let mut explored = Explored {
        states: begun.collect(),
        steps: HashMap::new(),
        tally: BTreeMap::new(),
    };
    while !edge.is_empty() {
        let walks = walk_from(&edge, &explored.states);
        edge = walks
            .into_iter()
            .flat_map(|walk| explored.take(walk))
            .collect();
    }
    explored
}

/// One step from each of these states, a part of them by each core.
fn walk_from(edge: &[Library], known: &HashMap<Shape, Library>) -> Vec<Walk> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let parts = edge.chunks(edge.len().div_ceil(cores));
    thread::scope(|scope| {
        let walk = |part| scope.spawn(move || Walk::from(part, known));
        let walks: Vec<_> = parts.map(walk).collect();
        walks.into_iter().map(joined).collect()
    })
}

fn joined(walk: thread::ScopedJoinHandle<'_, Walk>) -> Walk {
    walk.join().unwrap_or_else(|fault| resume_unwind(fault))
}

impl Explored {
    /// What is new of it.
    fn take(&mut self, walk: Walk) -> Vec<Library> {
        self.steps.extend(walk.steps);
        for (act, tally) in walk.tally {
            let sum = self.tally.entry(act).or_default();
            sum.done += tally.done;
            sum.refused += tally.refused;
        }
        let mut new = Vec::new();
        for (shape, library) in walk.reached {
            if let Entry::Vacant(place) = self.states.entry(shape) {
                new.push(library.clone());
                place.insert(library);
            }
        }
        new
    }
}

/// What one core found.
#[derive(Default)]
struct Walk {
    /// States that nobody knew before, in the order in which they were reached.
    reached: Vec<(Shape, Library)>,
    seen: HashSet<Shape>,
    steps: HashMap<Shape, HashSet<Shape>>,
    tally: BTreeMap<Act, Tally>,
}

impl Walk {
    fn from(edge: &[Library], known: &HashMap<Shape, Library>) -> Self {
        let mut walk = Self::default();
        for before in edge {
            let mut to = HashSet::new();
            for act in acts() {
                walk.follow(before, act, known, &mut to);
            }
            walk.steps.insert(Shape::of(before), to);
        }
        walk
    }

    /// Does this act, and at once whatever may follow it.
    fn follow(
        &mut self,
        before: &Library,
        act: Act,
        known: &HashMap<Shape, Library>,
        to: &mut HashSet<Shape>,
    ) {
        let Some(after) = self.step(before, act) else {
            return;
        };
        if let Some(next) = act.follow_up() {
            self.follow(&after, next, known, to);
        }
        let after = forgetful(after);
        let shape = Shape::of(&after);
        to.insert(shape);
        if !known.contains_key(&shape) && self.seen.insert(shape) {
            self.reached.push((shape, after));
        }
    }

    fn step(&mut self, before: &Library, act: Act) -> Option<Library> {
        let asked = asked::asked(before, act)?;
        let given = before.given_next(&asked, asked::wait_ms(act));
        let decided = before.decide(&asked, &given);
        let tally = self.tally.entry(act).or_default();
        let Ok(events) = decided else {
            tally.refused += 1;
            always::check_refused(act);
            return None;
        };
        tally.done += 1;
        let mut after = before.clone();
        after.keep_next(&asked, &given, &events);
        always::check(&Step {
            before,
            act,
            events: &events,
            after: &after,
        });
        Some(after)
    }
}

fn forgetful(mut library: Library) -> Library {
    library.forget_what_is_over();
    library.forget_wipes_of_another_stretch();
    library
}

#[test]
fn r1_r2_r3_r6_r7_r9_r19_hold_in_every_state_that_any_order_of_acts_reaches() {
    let explored = &*EXPLORED;
    let steps: u32 = explored.tally.values().map(|it| it.done + it.refused).sum();
    println!("{} states, {steps} steps", explored.states.len());
    let enough = explored.states.len() > 1000;
    assert!(enough, "only {} states", explored.states.len());
    let never = explored.tally.iter().filter(|(_, it)| it.done == 0);
    let never: BTreeSet<Act> = never.map(|(act, _)| *act).collect();
    let must_not: BTreeSet<Act> = acts()
        .into_iter()
        .filter(|act| act.is_forbidden())
        .collect();
    assert_eq!(never, must_not, "an act that is never done proves nothing");
}

#[test]
fn no_state_is_a_dead_end_but_leaving_the_fleet() {
    let explored = &*EXPLORED;
    let mut alive: BTreeSet<&Shape> = explored
        .states
        .keys()
        .filter(|shape| shape.word() == StateWord::Ready)
        .collect();
    loop {
        let more: Vec<&Shape> = explored
            .states
            .keys()
            .filter(|shape| !alive.contains(shape))
            .filter(|shape| explored.steps[*shape].iter().any(|to| alive.contains(to)))
            .collect();
        if more.is_empty() {
            break;
        }
        alive.extend(more);
    }
    let gone = |shape: &Shape| matches!(shape.word(), StateWord::Retired | StateWord::GivenAway);
    let dead: Vec<_> = explored
        .states
        .keys()
        .filter(|shape| !alive.contains(shape) && !gone(shape))
        .collect();
    assert!(dead.is_empty(), "no way back to Ready from {dead:#?}");
}

#[test]
fn every_event_in_every_state_is_applied_without_fault_and_only_one_proves() {
    for library in EXPLORED.states.values() {
        let before = library.it(1);
        for recorded in &*EVERY {
            let mut after = before.clone();
            after.apply(&every_event::next(recorded, before));
            let newly = after.proof().is_some() && before.proof().is_none();
            let event = &recorded.event;
            assert!(
                !newly || matches!(event, Event::ResetVerified { .. }),
                "R2: {event:?} proved a tablet"
            );
            assert!(after.epoch >= before.epoch, "epochs only grow");
            assert!(after.order_counter >= before.order_counter, "R10");
        }
    }
}
