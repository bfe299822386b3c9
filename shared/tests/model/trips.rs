//! Trips: a day is agreed, and the tablet changes hands at the door.

use shared::{
    command::{Action, CallOffTrip, CancelHold, PlanTrip},
    event::Event,
    ids::{HoldId, LoanId, TripId},
    refusal::Refusal,
    trip::{Errand, TripState},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, at, day},
    },
    world::{SELF_SERVICE, VENUE},
};

const TRIP: TripId = TripId::from_bytes([0xf1; 16]);

fn plan(trip: TripId, errand: Errand, on: &str) -> Action {
    let on = day(on);
    Action::PlanTrip(PlanTrip { trip, errand, on })
}

const CALL_OFF: Action = Action::CallOffTrip(CallOffTrip { trip: TRIP });

#[test]
fn a_delivery_is_done_when_its_borrower_takes_the_tablet_at_the_door() {
    let mut library = Library::with_tablets(1);
    let errand = Errand::Deliver(library.waits(ANN));
    let on = day("2026-11-23");
    let events = library.does(plan(TRIP, errand, "2026-11-23"));
    let (trip, venue) = (TRIP, VENUE);
    let planned = Event::TripPlanned {
        trip,
        errand,
        venue,
        on,
    };
    assert_eq!(events, [planned]);
    assert_eq!(library.trips[&TRIP].state, TripState::Planned);
    library.lend(1, ANN);
    assert_eq!(library.trips[&TRIP].state, TripState::Done);
}

#[test]
fn a_collection_is_done_when_the_tablet_comes_back_by_it() {
    let mut library = Library::with_tablets(1);
    let errand = Errand::Collect(library.lend(1, ANN));
    library.does(plan(TRIP, errand, "2026-11-23"));
    library.takes_back(1);
    assert_eq!(library.trips[&TRIP].state, TripState::Done);
}

#[test]
fn a_trip_is_called_off_once_and_only_while_it_is_planned() {
    let mut library = Library::with_tablets(1);
    let errand = Errand::Collect(library.lend(1, ANN));
    library.does(plan(TRIP, errand, "2026-11-23"));
    let mut done = library.clone();
    library.does(CALL_OFF);
    assert_eq!(library.trips[&TRIP].state, TripState::CalledOff);
    assert_eq!(library.at(VENUE, CALL_OFF), Err(Refusal::TripOver));
    done.takes_back(1);
    assert_eq!(done.at(VENUE, CALL_OFF), Err(Refusal::TripOver));
}

#[test]
fn one_errand_is_one_trip_until_that_is_over() {
    let mut library = Library::with_tablets(1);
    let errand = Errand::Collect(library.lend(1, ANN));
    let other = TripId::from_bytes([0xf2; 16]);
    library.does(plan(TRIP, errand, "2026-11-23"));
    let again = library.at(VENUE, plan(other, errand, "2026-11-24"));
    assert_eq!(again, Err(Refusal::AlreadyThere));
    library.does(CALL_OFF);
    let same_id = library.at(VENUE, plan(TRIP, errand, "2026-11-24"));
    assert_eq!(same_id, Err(Refusal::AlreadyThere));
    library.does(plan(other, errand, "2026-11-24"));
}

#[test]
fn a_trip_is_made_today_or_later() {
    let mut library = Library::with_tablets(1);
    let errand = Errand::Collect(library.lend(1, ANN));
    library.now = at("2026-11-21T23:59:00Z");
    let passed = library.at(VENUE, plan(TRIP, errand, "2026-11-20"));
    assert_eq!(passed, Err(Refusal::DayPassed));
    library.does(plan(TRIP, errand, "2026-11-21"));
}

#[test]
fn there_is_no_trip_for_what_is_not_there_or_is_over() {
    let mut library = Library::with_tablets(1);
    let (no_hold, no_loan) = (
        HoldId::from_bytes([0xf3; 16]),
        LoanId::from_bytes([0xf3; 16]),
    );
    let hold = library.waits(ANN);
    library.does(Action::CancelHold(CancelHold { hold }));
    let loan = library.lend(1, ANN);
    library.takes_back(1);
    for (errand, refusal) in [
        (Errand::Deliver(no_hold), Refusal::HoldUnknown),
        (Errand::Collect(no_loan), Refusal::LoanUnknown),
        (Errand::Deliver(hold), Refusal::HoldOver),
        (Errand::Collect(loan), Refusal::LoanNotOpen),
    ] {
        let refused = library.at(VENUE, plan(TRIP, errand, "2026-11-23"));
        assert_eq!(refused, Err(refusal));
    }
    assert_eq!(library.at(VENUE, CALL_OFF), Err(Refusal::TripUnknown));
}

#[test]
fn only_an_operator_plans_and_calls_off() {
    let mut library = Library::with_tablets(1);
    let errand = Errand::Collect(library.lend(1, ANN));
    library.does(plan(TRIP, errand, "2026-11-23"));
    let other = TripId::from_bytes([0xf2; 16]);
    for action in [plan(other, errand, "2026-11-23"), CALL_OFF] {
        let refused = library.by(SELF_SERVICE, action);
        assert_eq!(refused, Err(Refusal::NeedsOperator));
    }
}
