//! An operator takes a tablet back, with it in hand, and looks whether all is there.

use kiosk::{
    flow::{Done, Page},
    screen::{KitPart, Touch},
};

use super::{Deed, InHand, Seen, Staff, still_there};
use crate::sim::chance::Chance;

/// An operator takes a tablet back.
pub struct TakeBack {
    /// Who takes it.
    pub staff: Staff,
    /// The tablet.
    pub tablet: InHand,
    /// They show its own screen and not its sticker.
    pub screen: bool,
    /// Whether they think better of it, and who had it.
    pub thinks_better: Option<usize>,
    /// What is still to be marked.
    pub marks: Vec<Touch>,
    /// It was taken.
    pub taken: bool,
}

impl TakeBack {
    /// What an operator may find, at times.
    pub fn found(chance: &mut Chance) -> Vec<Touch> {
        let missing = chance
            .happens(60)
            .then_some(Touch::PartMissing(KitPart::Bag));
        let damaged = chance.happens(60).then_some(Touch::Damaged);
        missing.into_iter().chain(damaged).collect()
    }

    pub(super) fn next(&mut self, seen: &Seen, chance: &mut Chance) -> Deed {
        if let Some(deed) = still_there(seen).or_else(|| self.staff.sign_in(seen)) {
            return if self.taken { Deed::Leave } else { deed };
        }
        match &seen.state.page {
            Page::Home if self.taken && chance.happens(500) => Deed::Press(Touch::SignOut),
            Page::Home if self.taken => Deed::Leave,
            Page::Home if chance.happens(400) => Deed::Press(Touch::StaffReturn),
            Page::Home | Page::Scan(_) | Page::TypeNumber(_) if self.screen => {
                Deed::ShowScreen(self.tablet.at)
            }
            Page::Home | Page::Scan(_) | Page::TypeNumber(_) => {
                Deed::Show(self.tablet.sticker.clone())
            }
            Page::ConfirmReturn(page) if page.tablet != self.tablet.id => Deed::Press(Touch::Stop),
            Page::ConfirmReturn(_) => {
                let mark = self.marks.pop();
                Deed::Press(mark.unwrap_or(Touch::AllHere))
            }
            Page::Writing(_) | Page::LookingUp(_) | Page::Lending(_) | Page::Undoing(_) => {
                Deed::Wait(1_000)
            }
            Page::Done(Done::BackAtDesk { tablet, .. })
                if *tablet == self.tablet.id && !self.taken =>
            {
                self.taken = true;
                match self.thinks_better {
                    Some(_) => Deed::Press(Touch::Undo),
                    None => Deed::PutDown(self.tablet.at),
                }
            }
            Page::Done(Done::Undone { tablet, .. }) if *tablet == self.tablet.id => {
                match self.thinks_better.take() {
                    Some(borrower) => Deed::GiveBack(self.tablet.at, borrower),
                    None => Deed::Press(Touch::Finish),
                }
            }
            Page::Done(_) | Page::News(_) => Deed::Press(Touch::Finish),
            Page::Problem(_) => Deed::Leave,
            Page::First
            | Page::Goodbye(_)
            | Page::FindBorrower(_)
            | Page::LendAnyway(_)
            | Page::HandOver(_)
            | Page::SweepShort(_)
            | Page::Refer(_) => Deed::Press(Touch::Stop),
        }
    }
}
