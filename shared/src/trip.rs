//! A trip: a tablet is delivered to, or collected from, somebody who cannot leave
//! home. The address stands elsewhere, with the person.

use crate::{
    ids::{HoldId, LoanId, TripId, VenueId},
    time::Day,
};

/// What a trip is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Errand {
    /// Bring the tablet of this hold.
    Deliver(HoldId),
    /// Fetch the tablet of this loan.
    Collect(LoanId),
}

/// How far a trip has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TripState {
    /// It is to be made.
    Planned,
    /// The tablet changed hands at the door.
    Done,
    /// It was not made.
    CalledOff,
}

/// One trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Its id.
    pub id: TripId,
    /// What for.
    pub errand: Errand,
    /// Where it starts and ends.
    pub venue: VenueId,
    /// The day that was agreed.
    pub on: Day,
    /// How far it has come.
    pub state: TripState,
}
