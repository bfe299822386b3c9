//! Somebody brings a tablet back without a word to anybody, or shows a photograph
//! of one that is elsewhere.

use kiosk::{
    flow::{Done, Page},
    screen::Touch,
};

use super::{Deed, InHand, Seen, still_there};
use crate::sim::chance::Chance;

/// What somebody shows of a tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The sticker on it.
    Sticker,
    /// The code on its own screen.
    Screen,
    /// A photograph of its sticker; it is elsewhere.
    Photo,
    /// A photograph of its screen; it is elsewhere.
    OldScreen(String),
}

impl Shows {
    /// The tablet itself is in their hands.
    const fn is_real(&self) -> bool {
        match self {
            Self::Sticker | Self::Screen => true,
            Self::Photo | Self::OldScreen(_) => false,
        }
    }
}

/// Somebody shows a code and says yes.
pub struct BringBack {
    /// The tablet.
    pub tablet: InHand,
    /// What they show of it.
    pub shows: Shows,
    /// It was taken.
    pub taken: bool,
}

impl BringBack {
    pub(super) const fn holds(&self) -> Option<usize> {
        if self.shows.is_real() {
            Some(self.tablet.at)
        } else {
            None
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
            Page::First | Page::Scan(_) => self.show(),
            Page::Goodbye(page) if page.tablet != self.tablet.id => Deed::Press(Touch::Stop),
            Page::Goodbye(_) if chance.happens(100) => Deed::Press(Touch::HelpMeSave),
            // Its reset may begin at once.
            Page::Goodbye(_) if self.shows == Shows::Screen => Deed::HandIn(self.tablet.at),
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
        if self.shows.is_real() {
            Deed::PutDown(self.tablet.at)
        } else {
            Deed::Press(Touch::Finish)
        }
    }

    fn show(&self) -> Deed {
        match &self.shows {
            Shows::Sticker | Shows::Photo => Deed::Show(self.tablet.sticker.clone()),
            Shows::Screen => Deed::ShowScreen(self.tablet.at),
            Shows::OldScreen(text) => Deed::Show(text.clone()),
        }
    }
}
