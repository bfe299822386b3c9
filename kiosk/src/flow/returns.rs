//! A tablet comes back. A return is kept on the disk first and only then
//! thanked for; it is always taken (R3), and by itself it erases nothing (R19).

use shared::{
    ids::TabletId,
    kit::Condition,
    tablet::{Presence, StateWord},
    wire::v1::{command::KioskAction, kiosk::TabletRow},
};

use super::{
    At, Flow, Sound,
    problem::Problem,
    state::{ConfirmReturn, Fact, Page, Purpose, Then, Writing},
};
use crate::{kit, screen::KitPart};

impl Flow {
    /// A borrower shows a sticker.
    pub(super) fn begin_return(&mut self, row: &TabletRow, at: At) {
        if self.burst.needs_badge(at.now()) {
            let problem = Problem::BadgeNeeded(row.tablet);
            return self.trouble(problem, Some(row.tablet), Then::Start, at);
        }
        if let StateWord::Retired | StateWord::GivenAway = row.word {
            return self.see_retired(row, Presence::StickerOnly, at);
        }
        self.sound(Sound::Good);
        self.go(Page::Goodbye(row.tablet), at.now());
    }

    /// "Yes, I am ready".
    pub(super) fn ready_to_return(&mut self, at: At) {
        let Page::Goodbye(tablet) = self.state.page else {
            return;
        };
        let (never_out, fact) = (
            at.mirror
                .tablet(tablet)
                .is_some_and(|row| row.loan.is_none()),
            came_back(tablet, Presence::StickerOnly, at),
        );
        self.write(fact, Fact::Returned { tablet, never_out }, at);
    }

    /// It left the fleet, and is seen all the same: the fact is kept.
    fn see_retired(&mut self, row: &TabletRow, presence: Presence, at: At) {
        let (tablet, word) = (row.tablet, row.word);
        let fact = came_back(tablet, presence, at);
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
            return self.see_retired(row, Presence::InHand, at);
        }
        self.sound(Sound::Good);
        self.confirm_return(row.tablet, at);
    }

    /// "Is everything here?"
    pub(super) fn confirm_return(&mut self, tablet: TabletId, at: At) {
        let page = ConfirmReturn {
            tablet,
            missing: std::collections::BTreeSet::new(),
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
        let what = Fact::BackAtDesk(confirm.tablet);
        self.write(fact, what, at);
    }

    /// Puts a fact on the disk and waits for it.
    pub(super) fn write(&mut self, action: KioskAction, fact: Fact, at: At) {
        let command = self.keep(action, at);
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

/// The loan that a return closes, as the mirror has it at this moment.
fn loan(tablet: TabletId, at: At) -> Option<shared::ids::LoanId> {
    at.mirror.tablet(tablet).and_then(|row| row.loan)
}
