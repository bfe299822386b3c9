//! An operator lends a tablet: badge, card, tablet, hand over. The borrower gets it
//! once the kiosk says so, and not before.

use kiosk::{
    flow::{Done, HandOver, Page},
    screen::Touch,
};

use shared::ids::BorrowerId;

use super::{Deed, InHand, Seen, Staff, still_there};
use crate::sim::chance::Chance;

/// An operator lends a tablet.
pub struct Lend {
    /// Who lends.
    pub staff: Staff,
    /// The borrower's place among them.
    pub borrower: usize,
    /// Their id, which stands for the name that screens show.
    pub whose: BorrowerId,
    /// What their card says.
    pub card: String,
    /// What they are to have.
    pub tablet: InHand,
    /// It was given to them.
    pub given: bool,
    /// Whether the operator would lend it against a rule.
    pub anyway: bool,
    /// Whether they think better of it once it is lent.
    pub thinks_better: bool,
    /// How long the operator waits for the server's word.
    pub patience: u8,
}

impl Lend {
    pub(super) fn next(&mut self, seen: &Seen, chance: &mut Chance) -> Deed {
        if let Some(deed) = still_there(seen).or_else(|| self.staff.sign_in(seen)) {
            return if self.given { Deed::Leave } else { deed };
        }
        match &seen.state.page {
            Page::Home if self.given => Self::goes(chance),
            Page::Home if chance.happens(300) => Deed::Show(self.card.clone()),
            Page::Home => Deed::Press(Touch::StaffCheckOut),
            Page::FindBorrower(page) if page.trouble.is_some() => Deed::Press(Touch::Stop),
            Page::FindBorrower(_) if chance.happens(300) => Deed::Type(self.card.clone()),
            Page::FindBorrower(_) => Deed::Show(self.card.clone()),
            Page::LookingUp(_) | Page::Writing(_) => Deed::Wait(1_000),
            Page::Scan(_) | Page::TypeNumber(_) => Deed::Show(self.tablet.sticker.clone()),
            Page::HandOver(page) => self.hands_over(page),
            Page::Lending(_) | Page::Undoing(_) => self.waits(),
            Page::Done(Done::Lent { tablet, .. }) if *tablet == self.tablet.id && !self.given => {
                self.given = true;
                if self.thinks_better {
                    Deed::Press(Touch::Undo)
                } else {
                    Deed::Give(self.tablet.at, self.borrower)
                }
            }
            Page::Done(_) | Page::News(_) => Deed::Press(Touch::Finish),
            Page::Problem(_) if std::mem::take(&mut self.anyway) => Deed::Press(Touch::LendAnyway),
            Page::Problem(_) if chance.happens(500) => Deed::Press(Touch::TryAgain),
            Page::Problem(_) => Deed::Leave,
            Page::LendAnyway(page) if page.tablet == self.tablet.id => {
                let reasons = page.reasons();
                let reason = reasons[chance.place(reasons.len())];
                Deed::Press(Touch::Because(reason.into()))
            }
            Page::First
            | Page::Goodbye(_)
            | Page::ConfirmReturn(_)
            | Page::LendAnyway(_)
            | Page::SweepShort(_)
            | Page::Refer(_) => Deed::Press(Touch::Stop),
        }
    }

    fn hands_over(&self, page: &HandOver) -> Deed {
        let is_right = page.tablet == self.tablet.id && page.borrower.borrower == self.whose;
        Deed::Press(if is_right {
            Touch::HandOver
        } else {
            Touch::NotRight
        })
    }

    fn goes(chance: &mut Chance) -> Deed {
        if chance.happens(500) {
            Deed::Press(Touch::SignOut)
        } else {
            Deed::Leave
        }
    }

    fn waits(&mut self) -> Deed {
        match self.patience.checked_sub(1) {
            Some(left) => {
                self.patience = left;
                Deed::Wait(5_000)
            }
            None => Deed::Press(Touch::Stop),
        }
    }
}
