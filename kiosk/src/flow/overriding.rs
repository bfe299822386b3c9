//! Lending against a rule: a named operator may, with a reason from a list, and the
//! tablet shows it until its next proven reset (R2, R7).

use shared::{refusal::Refusal, tablet::OverrideReason};

use super::{
    At, Flow,
    state::{HandOver, LendAnyway, Page, Purpose},
};
use crate::screen::Reason;

impl LendAnyway {
    /// The reasons that make sense against what holds the tablet back.
    pub const fn reasons(&self) -> [OverrideReason; 3] {
        let of_its_own = if matches!(self.refusal, Refusal::PutAside) {
            OverrideReason::HolderAgreed
        } else {
            OverrideReason::ResetByHand
        };
        [
            of_its_own,
            OverrideReason::Urgent,
            OverrideReason::TeamDecided,
        ]
    }
}

impl From<Reason> for OverrideReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Urgent => Self::Urgent,
            Reason::ResetByHand => Self::ResetByHand,
            Reason::HolderAgreed => Self::HolderAgreed,
            Reason::TeamDecided => Self::TeamDecided,
        }
    }
}

impl From<OverrideReason> for Reason {
    fn from(reason: OverrideReason) -> Self {
        match reason {
            OverrideReason::Urgent => Self::Urgent,
            OverrideReason::ResetByHand => Self::ResetByHand,
            OverrideReason::HolderAgreed => Self::HolderAgreed,
            OverrideReason::TeamDecided => Self::TeamDecided,
        }
    }
}

impl Flow {
    /// "Lend it anyway".
    pub(super) fn lend_anyway(&mut self, at: At) {
        let Page::Problem(trouble) = &self.state.page else {
            return;
        };
        if self.state.session.is_some()
            && let Some(page) = trouble.overridable()
        {
            self.go(Page::LendAnyway(page), at.now());
        }
    }

    /// The reason was chosen; the tablet is still to be handed over.
    pub(super) fn because(&mut self, reason: OverrideReason, at: At) {
        let Page::LendAnyway(page) = &self.state.page else {
            return;
        };
        if !page.reasons().contains(&reason) {
            return;
        }
        let page = HandOver {
            borrower: page.borrower.clone(),
            tablet: page.tablet,
            overriding: Some(reason),
        };
        self.go(Page::HandOver(page), at.now());
    }

    /// "Take another tablet": for the same borrower.
    pub(super) fn take_another(&mut self, at: At) {
        if let Page::LendAnyway(page) = &self.state.page {
            let purpose = Purpose::CheckOut(page.borrower.clone());
            self.scan_next(purpose, at);
        }
    }
}
