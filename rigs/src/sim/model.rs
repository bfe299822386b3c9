//! The reference model: the rules told a second time, as plainly as they can be,
//! over what was really said and done. It shares no decision with the product: it
//! reads the log's facts and never asks how they came to be.
//!
//! One file a group of rules; each hears every note and says what does not hold.

mod civil;
mod holds;
mod ledger;
mod lending;
mod resets;
mod said;
mod wipes;

use std::fmt;

use shared::{ids::TabletId, policy::Policy};

use super::{note::Note, plan::Plan, story::Clock, tablet::Tablet, truth::Truth};
use holds::Holds;
use ledger::Ledger;
use lending::Lending;
use resets::Resets;
use said::Sayings;
use wipes::Wipes;

/// What was broken: a rule of the domain by its number, or what any program owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A tablet has at most one open loan.
    R1,
    /// Only a verified receipt makes a tablet lendable; nobody gets another's data.
    R2,
    /// A return is always taken.
    R3,
    /// Every accepted action takes effect exactly once.
    R4,
    /// Nothing acknowledged is lost.
    R5,
    /// A kiosk's facts are taken in its order; what happened wins.
    R6,
    /// What is put aside goes to nobody else, and nobody waits in vain.
    R7,
    /// Due days are civil days on which the venue is open.
    R8,
    /// No wipe outside the return flow by one person.
    R9,
    /// An order is for one tablet, once.
    R10,
    /// "Sent" is never "done", and what was begun ends.
    R11,
    /// Every projection equals the replay of the log.
    R12,
    /// No personal data in an event.
    R13,
    /// Erasure needs presence.
    R19,
    /// What is undone is undone by whoever did it, while nothing happened since.
    Undo,
    /// As many tablets come out of a box as were put in, or are missing.
    Box,
    /// A borrower has no more loans and holds than the policy allows.
    Limit,
    /// The world comes to rest.
    Rest,
    /// Nothing panics and no disk fails by itself.
    Sound,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undo => f.write_str("the rule of undoing"),
            Self::Box => f.write_str("a box's count"),
            Self::Limit => f.write_str("a borrower's limit"),
            Self::Rest => f.write_str("rest"),
            Self::Sound => f.write_str("soundness"),
            Self::R1
            | Self::R2
            | Self::R3
            | Self::R4
            | Self::R5
            | Self::R6
            | Self::R7
            | Self::R8
            | Self::R9
            | Self::R10
            | Self::R11
            | Self::R12
            | Self::R13
            | Self::R19 => fmt::Debug::fmt(self, f),
        }
    }
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// How.
    pub what: String,
    /// When.
    pub at_ms: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, what, at_ms } = self;
        write!(f, "{rule} is broken at {}: {what}", Clock(*at_ms))
    }
}

/// What is really so at this moment.
pub struct View<'a> {
    /// The time.
    pub now_ms: u64,
    /// Where everything is.
    pub truth: &'a Truth,
    /// What lies on the tablets' disks.
    pub tablets: &'a [Tablet],
}

impl View<'_> {
    fn place_of(&self, tablet: TabletId) -> Option<usize> {
        self.tablets.iter().position(|it| it.body().id == tablet)
    }
}

/// A rule and how it was broken; none where all is well.
type Broken = Option<(Rule, String)>;

/// The reference model.
pub struct Model {
    sayings: Sayings,
    ledger: Ledger,
    lending: Lending,
    resets: Resets,
    holds: Holds,
    wipes: Wipes,
    now_ms: u64,
    violation: Option<Violation>,
}

impl Model {
    /// A model that has heard nothing yet.
    pub fn new(plan: &Plan, policy: Policy, truth: &Truth) -> Self {
        Self {
            sayings: Sayings::of(plan.size.kiosks),
            ledger: Ledger::of(truth),
            lending: Lending::of(plan.begins_at, policy.clone(), truth),
            resets: Resets::default(),
            holds: Holds::of(plan.begins_at, policy, truth),
            wipes: Wipes::default(),
            now_ms: 0,
            violation: None,
        }
    }

    /// The first rule that was broken.
    pub const fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Hears what happened, and looks whether every rule still holds.
    pub fn hear(&mut self, note: &Note, view: &View) {
        self.now_ms = view.now_ms;
        let found = self
            .sayings
            .hear(note, view)
            .or_else(|| self.ledger.hear(note))
            .or_else(|| self.lending.hear(note, view, &self.sayings, &self.holds))
            .or_else(|| self.resets.hear(note, view, &self.sayings, &self.lending))
            .or_else(|| {
                let fleet = (&self.lending, &self.resets);
                self.holds.hear(note, view, &self.sayings, fleet)
            })
            .or_else(|| self.wipes.hear(note, view, &self.sayings, &self.lending));
        if let Some((rule, what)) = found {
            self.broken(rule, what);
        }
    }

    /// Tablets that a kiosk lent by itself, and that were used since it last heard of
    /// them: that it cannot know, and no rule says that it does.
    pub const fn unseen(&self) -> u64 {
        self.resets.unseen()
    }

    /// Everything has come to rest.
    pub fn rest(&mut self) {
        let fleet = (&self.lending, &self.resets);
        let found = self.sayings.rest();
        if let Some((rule, what)) = found.or_else(|| self.holds.rest(self.now_ms, fleet)) {
            self.broken(rule, what);
        }
    }

    /// Things go on happening without end.
    pub fn never_rests(&mut self) {
        self.broken(Rule::Rest, "things go on happening without end".to_owned());
    }

    /// A rule was broken; only the first counts.
    pub fn broken(&mut self, rule: Rule, what: String) {
        let at_ms = self.now_ms;
        self.violation
            .get_or_insert(Violation { rule, what, at_ms });
    }
}
