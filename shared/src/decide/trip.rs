//! Trips to people who cannot leave home: a day is agreed; the trip is done when the
//! tablet changes hands at the door, which is a check out or a return like any.

use super::{Decided, Given};
use crate::{
    command::{CallOffTrip, PlanTrip},
    event::Event,
    hold::{Hold, HoldState},
    ids::VenueId,
    loan::Loan,
    refusal::Refusal,
    trip::{Errand, Trip, TripState},
};

/// What is read before a trip is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanKnown {
    /// There is a trip of that id, or another is planned for the same.
    pub exists: bool,
    /// Where it starts and ends.
    pub venue: VenueId,
    /// The hold whose tablet is to be brought, if there is such a hold.
    pub hold: Option<Hold>,
    /// The loan whose tablet is to be fetched, if there is such a loan.
    pub loan: Option<Loan>,
}

/// Plans a trip to somebody's home.
pub fn plan(known: &PlanKnown, command: &PlanTrip, given: &Given) -> Decided {
    given.require_operator()?;
    if known.exists {
        return Err(Refusal::AlreadyThere);
    }
    check_errand(known, command.errand)?;
    if command.on.days_since(given.now.day()) < 0 {
        return Err(Refusal::DayPassed);
    }
    Ok(vec![Event::TripPlanned {
        trip: command.trip,
        errand: command.errand,
        venue: known.venue,
        on: command.on,
    }])
}

fn check_errand(known: &PlanKnown, errand: Errand) -> Result<(), Refusal> {
    match errand {
        Errand::Deliver(_) => {
            let hold = known.hold.as_ref().ok_or(Refusal::HoldUnknown)?;
            let over = matches!(hold.state, HoldState::Ended { .. });
            (!over).then_some(()).ok_or(Refusal::HoldOver)
        }
        Errand::Collect(_) => {
            let loan = known.loan.as_ref().ok_or(Refusal::LoanUnknown)?;
            (!loan.is_over()).then_some(()).ok_or(Refusal::LoanNotOpen)
        }
    }
}

/// What is read before a trip is called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOffKnown {
    /// The trip.
    pub trip: Trip,
}

/// Says that a trip was not made.
pub fn call_off(known: &CallOffKnown, command: &CallOffTrip, given: &Given) -> Decided {
    given.require_operator()?;
    match known.trip.state {
        TripState::Planned => Ok(vec![Event::TripEnded {
            trip: command.trip,
            done: false,
        }]),
        TripState::Done | TripState::CalledOff => Err(Refusal::TripOver),
    }
}
