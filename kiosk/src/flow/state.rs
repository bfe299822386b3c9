//! What a kiosk shows and why, with exactly the data that it needs: what was
//! typed or looked up lives in its page alone and is gone with it.

use std::collections::{BTreeMap, BTreeSet};

use lang::{LANGUAGES, Language};
use shared::{
    badge::Badge,
    decide::check_out::can_be_overridden,
    ids::{CommandId, OperatorId, TabletId},
    refusal::Refusal,
    signed::presence::PresenceCode,
    tablet::{OverrideReason, StateWord},
    time::Day,
    wire::v1::kiosk::BorrowerCard,
};

use super::{
    effect::{Ask, ToLend},
    problem::Problem,
    sweep::{Sweep, Sweeping, Tally},
};
use crate::screen::{Corner, KitPart, Look};

/// What a kiosk shows and why.
#[derive(Clone, PartialEq)]
pub struct State {
    /// What is below the bar.
    pub page: Page,
    /// The operator whose badge was shown.
    pub session: Option<Session>,
    /// "Are you still there?" is asked over the page.
    pub still_there: Option<StillThere>,
    /// What works around it.
    pub around: Around,
    /// The language that was chosen.
    pub language: Language,
    /// How it is drawn for this person.
    pub look: Look,
    /// The screen is read aloud.
    pub speaking: bool,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            page: Page::First,
            session: None,
            still_there: None,
            around: Around {
                online: false,
                camera: true,
                too_old: false,
                halted: false,
            },
            language: LANGUAGES[0],
            look: Look::default(),
            speaking: false,
        }
    }
}

/// What works around a kiosk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each fails by itself, and none follows from another"
)]
pub struct Around {
    /// The server answers.
    pub online: bool,
    /// The camera gives frames.
    pub camera: bool,
    /// This kiosk and its server do not understand each other: returns only.
    pub too_old: bool,
    /// Nothing is sent to the server: the same.
    pub halted: bool,
}

impl Around {
    /// Whether a tablet may be lent at all: the server will hear of it.
    pub const fn may_lend(self) -> bool {
        !self.too_old && !self.halted
    }
}

/// An operator at work.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub operator: OperatorId,
    /// As colleagues call them.
    pub name: String,
    /// The first row of the tray that is shown.
    pub tray_from: usize,
    /// Tablets whose reset was asked for and not ordered yet.
    pub asked: BTreeMap<TabletId, CommandId>,
    /// Still on the server's list? Then the session may go on.
    pub(super) badge: Badge,
}

/// "Are you still there?"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StillThere {
    /// "I need more time" may be pressed once more.
    pub more: bool,
}

/// What is below the bar.
#[derive(Clone, PartialEq)]
pub enum Page {
    /// "Hello. What would you like to do?"
    First,
    /// The camera looks for a tag.
    Scan(Scan),
    /// A borrower is asked whether everything is saved.
    Goodbye(Goodbye),
    /// An operator checks what came back.
    ConfirmReturn(ConfirmReturn),
    /// A tablet's number is typed.
    TypeNumber(TypeNumber),
    /// A borrower's card is scanned or typed.
    FindBorrower(FindBorrower),
    /// A card is being looked up.
    LookingUp(LookingUp),
    /// Why a tablet that a rule holds back is lent all the same.
    LendAnyway(LendAnyway),
    /// Borrower and tablet, before it is handed over.
    HandOver(HandOver),
    /// Not every tablet that was expected was scanned.
    SweepShort(Sweep),
    /// Something is being put on the disk.
    Writing(Writing),
    /// A check out waits for the server's word: nothing is lent yet.
    Lending(Lending),
    /// What was just done is to be undone, and waits for the server's word.
    Undoing(Undoing),
    /// Something was done.
    Done(Done),
    /// Somebody helps.
    Refer(Refer),
    /// It cannot be done, with a sentence and a next step.
    Problem(Trouble),
    /// What a signed-in operator can do.
    Home,
    /// An answer that came after its screen was left.
    News(News),
}

/// The camera looks for a tag.
#[derive(Clone, PartialEq)]
pub struct Scan {
    /// What for.
    pub purpose: Purpose,
    /// What to say about what is seen.
    pub hint: Hint,
    /// Where a code is that was read, if one is in view.
    pub found: Option<[Corner; 4]>,
    /// When the hint was given.
    pub(super) hint_ms: u64,
    /// Since when a code that says nothing is in view.
    pub(super) torn_ms: Option<u64>,
}

impl Scan {
    pub(super) const fn new(purpose: Purpose, now_ms: u64) -> Self {
        Self {
            purpose,
            hint: Hint::NothingYet,
            found: None,
            hint_ms: now_ms,
            torn_ms: None,
        }
    }
}

/// What a tag is scanned or typed for.
#[derive(Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A borrower brings a tablet back.
    BringBack,
    /// An operator takes a tablet back.
    Return,
    /// This borrower is to have it.
    CheckOut(BorrowerCard),
    /// One tablet after the other.
    Sweep(Sweep),
}

/// What to say about what the camera sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// No code for a short time.
    NothingYet,
    /// No code for a long time.
    TurnOver,
    /// A code that does not say anything, for a frame or two.
    HoldStill,
    /// A code that does not say anything at all.
    Torn,
    /// Two codes or more.
    Several,
    /// A code that is none of ours.
    NotOurs,
}

/// A borrower is asked whether everything is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goodbye {
    /// The tablet.
    pub tablet: TabletId,
    /// The code that its own screen showed, if that was scanned (R19).
    pub(super) code: Option<PresenceCode>,
}

/// An operator checks what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmReturn {
    /// The tablet.
    pub tablet: TabletId,
    /// What was marked as missing.
    pub missing: BTreeSet<KitPart>,
    /// Marked as damaged.
    pub damaged: bool,
}

/// A tablet's number is typed.
#[derive(Clone, PartialEq, Eq)]
pub struct TypeNumber {
    /// What for.
    pub purpose: Purpose,
    /// Its digits so far.
    pub digits: String,
    /// The last number was not on the list.
    pub unknown: bool,
}

/// A borrower's card is scanned or typed.
#[derive(Clone, PartialEq, Eq)]
pub struct FindBorrower {
    /// What was typed so far.
    pub typed: String,
    /// What was not right with the last one.
    pub trouble: Option<CardTrouble>,
}

/// What is not right with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardTrouble {
    /// Not a card's number.
    NotACard,
    /// No borrower has it.
    Unknown,
}

/// A card is being looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookingUp {
    pub(super) ask: Ask,
}

/// Why a tablet that a rule holds back is lent all the same (R2, R7).
#[derive(Clone, PartialEq, Eq)]
pub struct LendAnyway {
    /// Who is to have it.
    pub borrower: BorrowerCard,
    /// The tablet.
    pub tablet: TabletId,
    /// What holds it back.
    pub refusal: Refusal,
}

/// Borrower and tablet, before it is handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Who takes it.
    pub borrower: BorrowerCard,
    /// What they take.
    pub tablet: TabletId,
    /// Why it is lent against a rule, where it is.
    pub overriding: Option<OverrideReason>,
}

/// Something is being put on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    pub(super) command: CommandId,
    pub(super) fact: Fact,
    /// It takes long enough to say so.
    pub slow: bool,
}

/// What is being put on the disk, and what it will have meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// A borrower's return.
    Returned { tablet: TabletId, never_out: bool },
    /// An operator's return.
    BackAtDesk {
        tablet: TabletId,
        ends_loan: bool,
        /// What was missing before is here.
        whole_again: bool,
    },
    /// A tablet that left the fleet was seen.
    RetiredSeen { tablet: TabletId, word: StateWord },
    /// A typed number.
    Reported(TabletId),
    /// A sweep is over.
    Counted { what: Sweeping, tally: Tally },
}

/// A check out waits for the server's word.
#[derive(Clone, PartialEq, Eq)]
pub struct Lending {
    pub(super) command: CommandId,
    /// The tablet.
    pub tablet: TabletId,
    /// It is on the disk, so it will be sent whatever happens.
    pub kept: bool,
    /// It takes long enough to say so.
    pub slow: bool,
    pub(super) borrower: BorrowerCard,
    pub(super) alone: Alone,
}

impl Lending {
    /// Whether the screen may be left: not while the disk is asked, for it would be
    /// forgotten what it said.
    pub(crate) const fn may_be_left(&self) -> bool {
        match self.alone {
            Alone::Undecided | Alone::Waits => self.kept,
            Alone::Lends(_) => false,
        }
    }
}

/// What a kiosk makes of a check out by itself (R6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// Nothing: the server was not silent for long enough.
    Undecided,
    /// It is lent as soon as the disk has that.
    Lends(ToLend),
    /// It cannot be lent without the server's word.
    Waits,
}

/// What was just done is to be undone, and waits for the server's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undoing {
    pub(super) command: CommandId,
    /// The tablet.
    pub tablet: TabletId,
    /// What is undone.
    pub what: Undone,
    /// It is on the disk, so it will be sent whatever happens.
    pub kept: bool,
    /// It takes long enough to say so.
    pub slow: bool,
}

/// What is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// A check out.
    Lent,
    /// An operator's return.
    Back,
}

/// Something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A borrower's return is on the disk.
    Returned {
        /// The tablet.
        tablet: TabletId,
        /// It was not thought to be out.
        never_out: bool,
        /// The server did not answer then: it is told later.
        offline: bool,
    },
    /// An operator's return is on the disk.
    BackAtDesk {
        /// The tablet.
        tablet: TabletId,
        /// The command that can be undone.
        command: CommandId,
        /// It ended a loan, which can be open again, and nothing followed.
        may_be_undone: bool,
        /// The server has taken it too, so its reset is ordered.
        taken: bool,
        /// It is kept for somebody.
        aside: bool,
    },
    /// A typed number was noted.
    Reported(TabletId),
    /// The server lent it, or this kiosk did without it.
    Lent {
        /// The tablet.
        tablet: TabletId,
        /// The command that can be undone.
        command: CommandId,
        /// The last day on which the loan is not late.
        due_on: Day,
    },
    /// A sweep is over, and its count is on the disk.
    Counted {
        /// What was swept.
        what: Sweeping,
        /// How many tablets were found, and how many not.
        tally: Tally,
    },
    /// The server undid it.
    Undone {
        /// The tablet.
        tablet: TabletId,
        /// What is undone.
        what: Undone,
    },
}

impl Done {
    /// The command that can be undone, the tablet that it was about, and what it
    /// did; none where it is nobody's to undo. Whether it is too late, the server
    /// says.
    pub(crate) const fn undoable(self) -> Option<(CommandId, TabletId, Undone)> {
        match self {
            Self::Lent {
                tablet, command, ..
            } => Some((command, tablet, Undone::Lent)),
            Self::BackAtDesk {
                tablet,
                command,
                may_be_undone: true,
                ..
            } => Some((command, tablet, Undone::Back)),
            Self::BackAtDesk { .. }
            | Self::Returned { .. }
            | Self::Reported(_)
            | Self::Counted { .. }
            | Self::Undone { .. } => None,
        }
    }
}

/// Why somebody helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refer {
    /// To borrow a tablet.
    Borrow,
    /// To keep one longer.
    KeepLonger,
    /// For anything.
    Help,
    /// To save photos and messages before a return.
    Save,
    /// To sign out of accounts.
    SignOut,
    /// An operator said that something is not right with a hand over.
    NotRight,
}

/// It cannot be done.
#[derive(Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Why.
    pub problem: Problem,
    /// The tablet that it is about.
    pub tablet: Option<TabletId>,
    /// Where it goes on.
    pub then: Then,
}

impl Trouble {
    /// What an operator may do all the same, with a reason (R2, R7).
    pub(crate) fn overridable(&self) -> Option<LendAnyway> {
        let Problem::Refused(refusal) = self.problem else {
            return None;
        };
        let (Then::Scan(Purpose::CheckOut(borrower)), Some(tablet)) = (&self.then, self.tablet)
        else {
            return None;
        };
        can_be_overridden(refusal).then(|| LendAnyway {
            borrower: borrower.clone(),
            tablet,
            refusal,
        })
    }
}

/// Where it goes on after a problem.
#[derive(Clone, PartialEq, Eq)]
pub enum Then {
    /// At the beginning: first screen, or the operator's.
    Start,
    /// With another scan.
    Scan(Purpose),
    /// With another card.
    FindBorrower,
}

/// An answer that came after its screen was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// The tablet, where it is about one.
    pub tablet: Option<TabletId>,
    /// What happened.
    pub what: Late,
}

/// What happened after a screen was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// A check out was accepted.
    OnLoan,
    /// A check out was refused.
    NotLent(Refusal),
    /// What was to be undone is undone.
    Undone,
    /// What was to be undone is as it was.
    NotUndone(Refusal),
    /// A count was refused.
    NotCounted(Refusal),
    /// Something else was refused.
    NotTaken(Refusal),
    /// It could not be put on the disk.
    NotKept,
    /// The server's log is not the one that was noted here (R12).
    LogDenied,
}
