//! What is typed on the keypad. A typed number is only a report (R19), except
//! that an operator may choose the tablet to lend by it, or count it: neither erases
//! anything.

use shared::wire::v1::command::KioskAction;

use super::{
    At, Flow,
    state::{Fact, Page, Purpose, TypeNumber},
};

/// A tablet's number has at most so many digits.
const DIGITS_MAX: usize = 5;
/// A card's number has at most so many characters.
const CARD_MAX: usize = 20;

impl Flow {
    /// Whether the page has a keypad.
    pub(super) const fn types(&self) -> bool {
        matches!(self.state.page, Page::TypeNumber(_) | Page::FindBorrower(_))
    }

    /// The tag will not scan.
    pub(super) fn type_number(&mut self, at: At) {
        let Page::Scan(scan) = &self.state.page else {
            return;
        };
        let page = TypeNumber {
            purpose: scan.purpose.clone(),
            digits: String::new(),
            unknown: false,
        };
        self.go(Page::TypeNumber(page), at.now());
    }

    /// A key that writes something.
    pub(super) fn type_character(&mut self, key: char) {
        if let Page::TypeNumber(page) = &mut self.state.page {
            if key.is_ascii_digit() && page.digits.len() < DIGITS_MAX {
                page.digits.push(key);
                page.unknown = false;
            }
        } else if let Page::FindBorrower(page) = &mut self.state.page
            && key.is_ascii_alphanumeric()
            && page.typed.len() < CARD_MAX
        {
            page.typed.push(key.to_ascii_uppercase());
            page.trouble = None;
        }
    }

    /// The key that rubs out.
    pub(super) fn rub_out(&mut self) {
        if let Page::TypeNumber(page) = &mut self.state.page {
            page.digits.pop();
        } else if let Page::FindBorrower(page) = &mut self.state.page {
            page.typed.pop();
        }
    }

    /// What is typed is complete.
    pub(super) fn enter(&mut self, at: At) {
        if let Page::TypeNumber(page) = &self.state.page {
            let page = page.clone();
            self.number_typed(&page, at);
        } else if let Page::FindBorrower(page) = &self.state.page
            && !page.typed.is_empty()
        {
            let typed = page.typed.clone();
            self.card(&typed, at);
        }
    }

    fn number_typed(&mut self, page: &TypeNumber, at: At) {
        if page.digits.is_empty() {
            return;
        }
        // A kiosk that knows no tablet knows no letters: then no number is found.
        let letters = at.mirror.letters().unwrap_or_default();
        let number = format!("{letters}{}", page.digits).parse();
        let row = number.ok().and_then(|number| at.mirror.by_number(number));
        match (row, &page.purpose) {
            (None, _) => self.number_unknown(),
            (Some(row), Purpose::CheckOut(borrower)) => self.choose(row, borrower.clone(), at),
            (Some(row), Purpose::Sweep(sweep)) => self.sweep(row, sweep.clone(), at),
            (Some(row), Purpose::BringBack | Purpose::Return) => {
                let tablet = row.tablet;
                let report = KioskAction::ReportBack { tablet };
                self.write(report, Fact::Reported(tablet), at);
            }
        }
    }

    fn number_unknown(&mut self) {
        if let Page::TypeNumber(page) = &mut self.state.page {
            page.unknown = true;
            page.digits.clear();
        }
        self.sound(super::Sound::YoursToFix);
        self.speak_again();
    }
}
