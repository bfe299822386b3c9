//! A loan: from check out to return. *Overdue* is derived from the time and
//! never stored. The person stands elsewhere, under the loan's random id.

use crate::{
    ids::{LoanId, TabletId, VenueId},
    time::{Day, Moment},
};

/// How far a loan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoanState {
    /// The borrower has the tablet.
    Open,
    /// Facts contradict each other; a person decides. No notices are sent.
    Contested,
    /// It is over.
    Closed {
        /// When it ended.
        closed_at: Moment,
    },
    /// It never was: its check out was undone.
    Voided {
        /// When it was undone.
        voided_at: Moment,
    },
}

/// One loan of one tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loan {
    /// Its id, which is also its pseudonym.
    pub id: LoanId,
    /// The tablet.
    pub tablet: TabletId,
    /// Where it was lent.
    pub venue: VenueId,
    /// When it was lent.
    pub checked_out_at: Moment,
    /// The last day on which it is not late.
    pub due_on: Day,
    /// How often it was renewed.
    pub renewals: u8,
    /// How far it has come.
    pub state: LoanState,
}

impl Loan {
    /// Whether nothing more is expected of it.
    pub const fn is_over(&self) -> bool {
        match self.state {
            LoanState::Open | LoanState::Contested => false,
            LoanState::Closed { .. } | LoanState::Voided { .. } => true,
        }
    }

    /// Whether the borrower has the tablet.
    pub fn is_open(&self) -> bool {
        self.state == LoanState::Open
    }

    /// Whole days by which an open loan is late on `today`; 0 when it is not.
    pub fn days_late(&self, today: Day) -> u32 {
        let days = if self.is_open() {
            today.days_since(self.due_on)
        } else {
            0
        };
        u32::try_from(days).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_is_late_from_the_day_after_its_due_day_and_never_once_closed() {
        let day = |text: &str| -> Day { text.parse().expect("a test's own day") };
        let mut loan = Loan {
            id: LoanId::from_bytes([1; 16]),
            tablet: TabletId::from_bytes([2; 16]),
            venue: VenueId::from_bytes([3; 16]),
            checked_out_at: Moment::from_ms(0),
            due_on: day("2026-12-12"),
            renewals: 0,
            state: LoanState::Open,
        };
        assert_eq!(loan.days_late(day("2026-12-12")), 0);
        assert_eq!(loan.days_late(day("2026-12-14")), 2);
        loan.state = LoanState::Closed {
            closed_at: Moment::from_ms(1),
        };
        assert_eq!(loan.days_late(day("2026-12-14")), 0);
    }
}
