//! A dispute: facts that do not fit, named, until a person closes it. What
//! happened in the world wins; nothing is dropped and no loan moves silently (R6).

use crate::ids::{DisputeId, LoanId, TabletId};

/// Why facts do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DisputeCause {
    /// One tablet was lent twice.
    DoubleLoan,
    /// A kiosk did offline what the server refused.
    RefusedButDone,
    /// A borrower has more loans than the policy allows.
    OverLimit,
    /// Somebody says a return did not happen, or its time is in doubt.
    ReturnContested,
    /// A kiosk's numbering went back: it was restored from an old copy.
    SeriesWentBack,
    /// A tablet came back that the server does not know.
    UnknownTablet,
}

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The tablet did come back: the loan is closed.
    ReturnedThen,
    /// The borrower still has it: the loan is open.
    StillOut,
    /// The loan never was: it is closed.
    EnteredInError,
    /// The tablet is given up: the loan is closed.
    WriteOff,
}

impl DisputeCause {
    /// Whether it leaves open who has the tablet: then the loan is contested, and
    /// no notice of it is sent. Else the loan goes on while a person looks at it.
    pub const fn contests_loan(self) -> bool {
        match self {
            Self::DoubleLoan | Self::ReturnContested | Self::SeriesWentBack => true,
            Self::RefusedButDone | Self::OverLimit | Self::UnknownTablet => false,
        }
    }

    /// The decisions that make sense for this cause.
    pub const fn allowed(self) -> &'static [Decision] {
        match self {
            Self::DoubleLoan | Self::RefusedButDone | Self::OverLimit | Self::SeriesWentBack => &[
                Decision::ReturnedThen,
                Decision::StillOut,
                Decision::EnteredInError,
            ],
            Self::ReturnContested => &[
                Decision::ReturnedThen,
                Decision::StillOut,
                Decision::WriteOff,
            ],
            Self::UnknownTablet => &[Decision::EnteredInError],
        }
    }
}

/// One dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// Why.
    pub cause: DisputeCause,
    /// About which tablet.
    pub tablet: TabletId,
    /// About which loan, if about one.
    pub loan: Option<LoanId>,
    /// What a person decided; `None` while it is open.
    pub decision: Option<Decision>,
}
