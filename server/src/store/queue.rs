//! What needs the digital team, as queues, and which tablet comes first in a list:
//! worst first.

use shared::tablet::StateWord;

use super::Counts;

/// What needs the digital team, as queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// It is back, and somebody may have used it.
    NotReset,
    /// Its loan is late.
    Overdue,
    /// It has not been heard for a week.
    Silent,
    /// People must look at it.
    Attention,
    /// Somebody typed its number to say that it is back.
    Reported,
    /// Facts about it do not fit.
    Dispute,
}

impl Queue {
    /// Every queue, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::NotReset,
        Self::Overdue,
        Self::Silent,
        Self::Attention,
        Self::Reported,
        Self::Dispute,
    ];

    /// Its name in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotReset => "not-reset",
            Self::Overdue => "overdue",
            Self::Silent => "silent",
            Self::Attention => "attention",
            Self::Reported => "reported",
            Self::Dispute => "dispute",
        }
    }

    /// How many tablets stand in it.
    pub fn count(self, counts: &Counts) -> usize {
        match self {
            Self::NotReset => counts.of(StateWord::BackNotYetReset),
            Self::Overdue => counts.overdue,
            Self::Silent => counts.silent,
            Self::Attention => counts.of(StateWord::NeedsAttention),
            Self::Reported => counts.reported_back,
            Self::Dispute => counts.disputed,
        }
    }

    /// Its place among all: a tablet that stands in several has the lowest of them.
    pub(super) const fn place(self) -> Place {
        Place(match self {
            Self::Dispute => 0,
            Self::Overdue => 1,
            Self::Attention => 2,
            Self::Reported => 3,
            Self::NotReset => 4,
            Self::Silent => 5,
        })
    }
}

/// A place in a list of tablets, worst first: those of the queues, and after them each
/// word's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(pub(super) u8);

impl Place {
    /// The place of those that people see under this word and that stand in no queue. A
    /// place is of one word alone.
    pub(super) const fn of(word: StateWord) -> Self {
        Self(match word {
            StateWord::NeedsAttention => return Queue::Attention.place(),
            StateWord::BackNotYetReset => return Queue::NotReset.place(),
            StateWord::Missing => 6,
            StateWord::Resetting => 7,
            StateWord::Travelling => 8,
            StateWord::PutAside => 9,
            StateWord::OnLoan => 10,
            StateWord::Ready => 11,
            StateWord::Lost => 12,
            StateWord::Retired => 13,
            StateWord::GivenAway => 14,
        })
    }
}
