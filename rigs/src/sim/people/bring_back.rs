//! Somebody brings a tablet back without a word to anybody, or shows a photograph
//! of a sticker whose tablet is elsewhere.

use kiosk::{
    flow::{Done, Page},
    screen::Touch,
};

use super::{Deed, InHand, Seen, still_there};
use crate::sim::chance::Chance;

/// Somebody shows a sticker and says yes.
pub struct BringBack {
    /// The tablet.
    pub tablet: InHand,
    /// Only its sticker is there, on a photograph.
    pub photo: bool,
    /// It was taken.
    pub taken: bool,
}

impl BringBack {
    pub(super) const fn holds(&self) -> Option<usize> {
        if self.photo {
            None
        } else {
            Some(self.tablet.at)
        }
    }

    pub(super) fn next(&mut self, seen: &Seen, chance: &mut Chance) -> Deed {
        if self.taken {
            return Deed::Leave;
        }
        if let Some(deed) = still_there(seen) {
            return deed;
        }
        match &seen.state.page {
            Page::First if chance.happens(400) => Deed::Press(Touch::BringBack),
            Page::First | Page::Scan(_) => Deed::Show(self.tablet.sticker.clone()),
            Page::Goodbye(page) if page.tablet != self.tablet.id => Deed::Press(Touch::Stop),
            Page::Goodbye(_) if chance.happens(100) => Deed::Press(Touch::HelpMeSave),
            Page::Goodbye(_) => Deed::Press(Touch::Yes),
            Page::Writing(_) | Page::LookingUp(_) | Page::Lending(_) | Page::Undoing(_) => {
                Deed::Wait(1_000)
            }
            Page::Done(Done::Returned { tablet, .. }) if *tablet == self.tablet.id => self.done(),
            Page::Done(_) | Page::Refer(_) => Deed::Press(Touch::Finish),
            // Somebody else's session: it is none of their business.
            Page::Home
            | Page::News(_)
            | Page::ConfirmReturn(_)
            | Page::LendAnyway(_)
            | Page::HandOver(_)
            | Page::SweepShort(_)
            | Page::FindBorrower(_)
            | Page::TypeNumber(_)
            | Page::Problem(_) => Deed::Leave,
        }
    }

    fn done(&mut self) -> Deed {
        self.taken = true;
        if self.photo {
            Deed::Press(Touch::Finish)
        } else {
            Deed::PutDown(self.tablet.at)
        }
    }
}
