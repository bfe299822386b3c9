//! Somebody presses and shows whatever there is; in an operator's session only what
//! says nothing about a tablet that they have in hand, since that would be a lie.

use kiosk::screen::{KitPart, Touch};

use super::{Deed, Seen};
use crate::sim::chance::Chance;

/// Somebody presses whatever there is.
pub struct Poke {
    /// So often.
    pub left: u8,
    /// What they show.
    pub codes: Vec<String>,
}

const TOUCHES: [Touch; 27] = [
    Touch::Borrow,
    Touch::BringBack,
    Touch::KeepLonger,
    Touch::NeedHelp,
    Touch::CallStaff,
    Touch::TypeNumber,
    Touch::Stop,
    Touch::Finish,
    Touch::Continue,
    Touch::TryAgain,
    Touch::MoreTime,
    Touch::ReadToMe,
    Touch::Bigger,
    Touch::No,
    Touch::HelpMeSave,
    Touch::ShowMe,
    Touch::PartMissing(KitPart::Bag),
    Touch::Damaged,
    Touch::NotRight,
    Touch::Digit('1'),
    Touch::Digit('0'),
    Touch::Backspace,
    Touch::Enter,
    Touch::StaffCheckOut,
    Touch::StaffReturn,
    Touch::MoreRows,
    Touch::SignOut,
];

impl Poke {
    pub(super) fn next(&mut self, _: &Seen, chance: &mut Chance) -> Deed {
        let Some(left) = self.left.checked_sub(1) else {
            return Deed::Leave;
        };
        self.left = left;
        let code = chance.one_of(&self.codes).cloned();
        match code.filter(|_| chance.happens(300)) {
            Some(code) => Deed::Show(code),
            None => Deed::Press(TOUCHES[chance.place(TOUCHES.len())].clone()),
        }
    }
}
