//! An operator goes through the tray: each tablet that lies there is taken in hand,
//! and its reset is started.

use kiosk::{flow::Page, screen::Touch};
use shared::tag::TabletNumber;

use super::{Deed, Seen, Staff, still_there};
use crate::sim::chance::Chance;

/// An operator goes through the tray.
pub struct Tray {
    /// Who.
    pub staff: Staff,
    /// The tablets that really lie at this venue, still to be looked at.
    pub lying: Vec<TabletNumber>,
}

impl Tray {
    pub(super) fn next(&mut self, seen: &Seen, chance: &mut Chance) -> Deed {
        if let Some(deed) = still_there(seen).or_else(|| self.staff.sign_in(seen)) {
            return deed;
        }
        match &seen.state.page {
            Page::Home => self.start_next(seen, chance),
            Page::Writing(_) | Page::LookingUp(_) | Page::Lending(_) | Page::Undoing(_) => {
                Deed::Wait(1_000)
            }
            Page::Done(_) | Page::News(_) => Deed::Press(Touch::Finish),
            Page::First
            | Page::Scan(_)
            | Page::Goodbye(_)
            | Page::ConfirmReturn(_)
            | Page::TypeNumber(_)
            | Page::FindBorrower(_)
            | Page::LendAnyway(_)
            | Page::HandOver(_)
            | Page::SweepShort(_)
            | Page::Refer(_)
            | Page::Problem(_) => Deed::Press(Touch::Stop),
        }
    }

    fn start_next(&mut self, seen: &Seen, chance: &mut Chance) -> Deed {
        while let Some(number) = self.lying.pop() {
            if seen.mirror.tray().any(|row| row.number == number) {
                return Deed::Press(Touch::StartReset(number.to_string()));
            }
        }
        if chance.happens(700) {
            Deed::Press(Touch::SignOut)
        } else {
            Deed::Leave
        }
    }
}
