//! Somebody types a number to say that a tablet is back.

use kiosk::{
    flow::{Done, Page},
    screen::Touch,
};

use super::{Deed, Seen, still_there};
use crate::sim::chance::Chance;

/// Somebody types a number.
pub struct Report {
    /// Its digits.
    pub digits: String,
    /// It was typed.
    pub typed: bool,
}

impl Report {
    pub(super) fn next(&mut self, seen: &Seen, _: &mut Chance) -> Deed {
        if let Some(deed) = still_there(seen) {
            return deed;
        }
        match &seen.state.page {
            Page::First if self.typed => Deed::Leave,
            Page::First => Deed::Press(Touch::BringBack),
            Page::Scan(_) => Deed::Press(Touch::TypeNumber),
            Page::TypeNumber(page) if page.unknown => Deed::Leave,
            Page::TypeNumber(_) => {
                self.typed = true;
                Deed::Type(self.digits.clone())
            }
            Page::Writing(_) => Deed::Wait(1_000),
            Page::Done(Done::Reported(_)) => Deed::Press(Touch::Finish),
            Page::Goodbye(_)
            | Page::ConfirmReturn(_)
            | Page::FindBorrower(_)
            | Page::LookingUp(_)
            | Page::LendAnyway(_)
            | Page::HandOver(_)
            | Page::SweepShort(_)
            | Page::Lending(_)
            | Page::Undoing(_)
            | Page::Done(_)
            | Page::Refer(_)
            | Page::Problem(_)
            | Page::Home
            | Page::News(_) => Deed::Leave,
        }
    }
}
