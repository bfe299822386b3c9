//! What must be so of what is kept, whatever was asked for.

use std::fmt::Debug;

use shared::{
    hold::HoldState,
    ids::{HoldId, TabletId},
    tablet::{Custody, Tablet},
};

use super::Library;

impl Library {
    /// Panics with the rule that does not hold.
    pub fn is_sound(&self, after: &dyn Debug) {
        for it in self.tablets.values() {
            self.r1_at_most_one_loan_is_open(it, after);
            self.r7_what_is_kept_is_here_and_whole(it, after);
        }
        self.r7_no_tablet_is_kept_twice(after);
    }

    /// And an open loan is one whose borrower has the tablet, or had it when it was
    /// lost.
    fn r1_at_most_one_loan_is_open(&self, it: &Tablet, after: &dyn Debug) {
        let of_it = self.loans.values().filter(|loan| loan.tablet == it.id);
        let mut open = of_it.filter(|loan| loan.is_open());
        if let Some(loan) = open.next() {
            let with_them = it.custody == Custody::OnLoan(loan.id) || it.custody == Custody::Lost;
            assert!(with_them, "R1: open, and {:?}, after {after:?}", it.custody);
        }
        assert_eq!(open.next(), None, "R1: two open loans after {after:?}");
        if let Custody::OnLoan(id) = it.custody {
            let over = self.loans[&id].is_over();
            assert!(!over, "R1: on loan, but the loan is over, after {after:?}");
        }
    }

    fn r7_what_is_kept_is_here_and_whole(&self, it: &Tablet, after: &dyn Debug) {
        let Some(hold) = it.put_aside else { return };
        let venue = self.hold(hold).expect("it was placed").venue;
        assert_eq!(
            it.venue(),
            Some(venue),
            "R7: kept elsewhere after {after:?}"
        );
        assert!(!it.flags.any(), "R7: kept, and flagged, after {after:?}");
        assert_eq!(self.kept(hold), Some(it.id), "R7: after {after:?}");
    }

    fn r7_no_tablet_is_kept_twice(&self, after: &dyn Debug) {
        for hold in &self.holds {
            let Some(tablet) = self.kept(hold.id) else {
                continue;
            };
            let kept_for = self.tablets[&tablet].put_aside;
            assert_eq!(kept_for, Some(hold.id), "R7: after {after:?}");
        }
    }

    fn kept(&self, hold: HoldId) -> Option<TabletId> {
        match self.hold(hold)?.state {
            HoldState::PutAside { tablet, .. } => Some(tablet),
            HoldState::Waiting | HoldState::Ended { .. } => None,
        }
    }
}
