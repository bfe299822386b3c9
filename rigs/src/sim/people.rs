//! The people at a counter. Each looks at what the kiosk shows and does what a
//! person with that errand would do about it, at their own pace; so a screen that
//! comes in between changes nothing here.

mod bring_back;
mod lend;
mod poke;
mod report;
mod take_back;
mod tray;

use kiosk::{
    flow::{Page, State},
    mirror::Mirror,
    screen::Touch,
};
use shared::{
    badge::Badge,
    ids::{OperatorId, TabletId},
};

use super::chance::Chance;

pub use bring_back::{BringBack, Shows};
pub use lend::Lend;
pub use poke::Poke;
pub use report::Report;
pub use take_back::TakeBack;
pub use tray::Tray;

/// What a person sees at a counter.
pub struct Seen<'a> {
    /// What the kiosk shows.
    pub state: &'a State,
    /// What it knows of the fleet, as its screens tell it.
    pub mirror: &'a Mirror,
}

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Presses a button.
    Press(Touch),
    /// Shows a code to the scanner.
    Show(String),
    /// Shows the screen of this tablet, which is in their hands, to the scanner.
    ShowScreen(usize),
    /// Types, and ends it with Enter.
    Type(String),
    /// Does nothing for so long.
    Wait(u64),
    /// Gives a tablet into this borrower's hands.
    Give(usize, usize),
    /// Puts a tablet down at the counter, and says yes to what is asked.
    HandIn(usize),
    /// Gives it back to this borrower, who goes on having it.
    GiveBack(usize, usize),
    /// Puts a tablet down, to stay at this venue.
    PutDown(usize),
    /// Goes away.
    Leave,
}

/// Why a person is at a counter.
pub enum Errand {
    /// Lends a tablet.
    Lend(Lend),
    /// Brings one back, unattended.
    BringBack(BringBack),
    /// Takes one back.
    TakeBack(TakeBack),
    /// Says that one is back.
    Report(Report),
    /// Goes through the tray.
    Tray(Tray),
    /// Presses whatever there is.
    Poke(Poke),
}

impl Errand {
    /// What the person does about what the kiosk shows.
    pub fn next(&mut self, seen: &Seen, chance: &mut Chance) -> Deed {
        match self {
            Self::Lend(errand) => errand.next(seen, chance),
            Self::BringBack(errand) => errand.next(seen, chance),
            Self::TakeBack(errand) => errand.next(seen, chance),
            Self::Report(errand) => errand.next(seen, chance),
            Self::Tray(errand) => errand.next(seen, chance),
            Self::Poke(errand) => errand.next(seen, chance),
        }
    }

    /// The tablet that the person has in hand.
    pub const fn tablet(&self) -> Option<usize> {
        match self {
            Self::Lend(errand) => Some(errand.tablet.at),
            Self::BringBack(errand) => errand.holds(),
            Self::TakeBack(errand) => Some(errand.tablet.at),
            Self::Report(_) | Self::Tray(_) | Self::Poke(_) => None,
        }
    }
}

/// A tablet, as one has it in hand: its place in the fleet and its sticker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InHand {
    /// Its place in the fleet.
    pub at: usize,
    /// Its id, which stands for the number that screens show.
    pub id: TabletId,
    /// What its sticker says.
    pub sticker: String,
}

/// An operator with a badge.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Staff {
    /// Who.
    pub operator: OperatorId,
    /// What opens their session.
    pub badge: Badge,
}

impl Staff {
    /// What an operator does before anything else; `None` once the session is theirs.
    fn sign_in(&self, seen: &Seen) -> Option<Deed> {
        let session = seen.state.session.as_ref();
        if session.is_some_and(|session| session.operator == self.operator) {
            return None;
        }
        Some(match &seen.state.page {
            Page::Writing(_) | Page::Lending(_) | Page::Undoing(_) => Deed::Wait(2_000),
            Page::Problem(_) if session.is_none() => Deed::Press(Touch::TryAgain),
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
            | Page::Done(_)
            | Page::Refer(_)
            | Page::Problem(_)
            | Page::Home
            | Page::News(_) => Deed::Show(self.badge.text()),
        })
    }
}

/// Somebody who was asked whether they are still there says so.
fn still_there(seen: &Seen) -> Option<Deed> {
    let question = seen.state.still_there?;
    let touch = if question.more {
        Touch::MoreTime
    } else {
        Touch::Stop
    };
    Some(Deed::Press(touch))
}
