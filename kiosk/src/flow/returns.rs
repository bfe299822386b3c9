//! A tablet comes back. A return is kept on the disk first and only then
//! thanked for; it is always taken (R3), and by itself it erases nothing (R19).

use std::collections::BTreeSet;

use planted::planted;
use shared::{
    ids::TabletId,
    kit::{Condition, Kit},
    signed::presence::PresenceCode,
    tablet::{Presence, StateWord},
    wire::v1::{command::KioskAction, kiosk::TabletRow},
};

use super::{
    At, Flow, Sound,
    problem::Problem,
    state::{ConfirmReturn, Fact, Goodbye, Page, Purpose, Then, Writing},
};
use crate::{kit, screen::KitPart};

impl Flow {
    /// A borrower shows a sticker, or the code on the tablet's own screen.
    pub(super) fn begin_return(&mut self, row: &TabletRow, code: Option<PresenceCode>, at: At) {
        if self.burst.needs_badge(at.now()) {
            let problem = Problem::BadgeNeeded(row.tablet);
            return self.trouble(problem, Some(row.tablet), Then::Start, at);
        }
        if let StateWord::Retired | StateWord::GivenAway = row.word {
            return self.see_retired(row, at);
        }
        self.sound(Sound::Good);
        let page = Goodbye {
            tablet: row.tablet,
            code,
        };
        self.go(Page::Goodbye(page), at.now());
    }

    /// "Yes, I am ready".
    pub(super) fn ready_to_return(&mut self, at: At) {
        let Page::Goodbye(Goodbye { tablet, code }) = self.state.page else {
            return;
        };
        let row = at.mirror.tablet(tablet);
        let never_out = row.is_some_and(|row| row.loan.is_none());
        let fact = match code {
            None => came_back(tablet, Presence::StickerOnly, at),
            Some(code) => code_came_back(tablet, code, at),
        };
        self.write(fact, Fact::Returned { tablet, never_out }, at);
    }

    /// It left the fleet, and is seen all the same: the fact is kept. Nobody is asked
    /// anything, so nobody says that they have it in hand, also at the desk: the tablet
    /// may have come back into the fleet since these rows.
    fn see_retired(&mut self, row: &TabletRow, at: At) {
        let (tablet, word) = (row.tablet, row.word);
        let fact = came_back(tablet, Presence::StickerOnly, at);
        self.write(fact, Fact::RetiredSeen { tablet, word }, at);
    }

    /// An operator wants to take tablets back.
    pub(super) fn scan_for_return(&mut self, at: At) {
        if let Page::Home = self.state.page {
            self.scan_next(Purpose::Return, at);
        }
    }

    /// An operator scans a tablet that came back.
    pub(super) fn begin_return_at_desk(&mut self, row: &TabletRow, at: At) {
        if let StateWord::Retired | StateWord::GivenAway = row.word {
            return self.see_retired(row, at);
        }
        self.sound(Sound::Good);
        self.confirm_return(row.tablet, at);
    }

    /// "Is everything here?"
    pub(super) fn confirm_return(&mut self, tablet: TabletId, at: At) {
        let page = ConfirmReturn {
            tablet,
            missing: missed(tablet, at),
            damaged: false,
        };
        self.go(Page::ConfirmReturn(page), at.now());
    }

    /// A picture of the kit was tapped.
    pub(super) fn mark_missing(&mut self, part: KitPart, at: At) {
        let Page::ConfirmReturn(confirm) = &mut self.state.page else {
            return;
        };
        // The tablet itself was just scanned, and a part that it never had is not
        // missed.
        let kit = kit::of(at.mirror.tablet(confirm.tablet));
        let belongs = kit::drawn(part).is_some_and(|part| kit.contains(&part));
        if belongs && !confirm.missing.remove(&part) {
            confirm.missing.insert(part);
        }
    }

    /// "Damaged" was tapped.
    pub(super) fn mark_damaged(&mut self) {
        if let Page::ConfirmReturn(confirm) = &mut self.state.page {
            confirm.damaged = !confirm.damaged;
        }
    }

    /// "All here, looks fine", or with what was marked.
    pub(super) fn take_back(&mut self, at: At) {
        let Page::ConfirmReturn(confirm) = &self.state.page else {
            return;
        };
        let fact = KioskAction::Return {
            tablet: confirm.tablet,
            loan: loan(confirm.tablet, at),
            presence: Presence::InHand,
            part_missing: !confirm.missing.is_empty(),
            damaged: confirm.damaged,
            code: None,
            missing_parts: confirm
                .missing
                .iter()
                .copied()
                .filter_map(kit::drawn)
                .collect(),
            condition: if confirm.damaged {
                Condition::Damaged
            } else {
                Condition::Good
            },
        };
        let what = Fact::BackAtDesk {
            tablet: confirm.tablet,
            ends_loan: loan(confirm.tablet, at).is_some(),
            whole_again: confirm.missing.is_empty() && !missed(confirm.tablet, at).is_empty(),
        };
        self.write(fact, what, at);
    }

    /// Puts a fact on the disk and waits for it.
    pub(super) fn write(&mut self, action: KioskAction, fact: Fact, at: At) {
        let command = self.keep(action, at);
        if planted!(ThanksTooEarly) {
            return self.written(command, fact, at);
        }
        let page = Writing {
            command,
            fact,
            slow: false,
        };
        self.go(Page::Writing(page), at.now());
    }
}

fn came_back(tablet: TabletId, presence: Presence, at: At) -> KioskAction {
    KioskAction::came_back(tablet, loan(tablet, at), presence)
}

/// A return whose code the server checks once more.
fn code_came_back(tablet: TabletId, code: PresenceCode, at: At) -> KioskAction {
    KioskAction::Return {
        tablet,
        loan: loan(tablet, at),
        presence: Presence::CodeShown,
        part_missing: false,
        damaged: false,
        code: Some(code),
        missing_parts: Kit::new(),
        condition: Condition::NotSeen,
    }
}

/// What was missing of it before: missing until somebody says that it is here.
fn missed(tablet: TabletId, at: At) -> BTreeSet<KitPart> {
    let row = at.mirror.tablet(tablet);
    let parts = row.into_iter().flat_map(|row| &row.missing_parts);
    parts.copied().map(kit::drawing).collect()
}

/// The loan that a return closes, as the mirror has it at this moment.
fn loan(tablet: TabletId, at: At) -> Option<shared::ids::LoanId> {
    at.mirror.tablet(tablet).and_then(|row| row.loan)
}
