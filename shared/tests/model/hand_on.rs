//! Hand on: from one person of a placement to the next, with a reset in between.

use shared::{
    command::{Action, CheckOut, HandOn, PlanTrip, Relocate, Whither},
    event::{Actor, Event},
    ids::{BorrowerId, LoanId, TripId, VenueId},
    loan::LoanState,
    refusal::Refusal,
    tablet::{Custody, StateWord},
    trip::{Errand, TripState},
};

use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, BOB, ELSEWHERE, PARTNER, day, orders_reset, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

const HAND_ON: Action = Action::HandOn(HandOn { tablet: tablet(1) });

fn lent_at(library: &mut Library, venue: VenueId, borrower: BorrowerId) -> LoanId {
    let loan = LoanId::from_bytes(library.fresh());
    let lent = CheckOut::new(tablet(1), loan, borrower);
    library.does_at(venue, Action::CheckOut(lent));
    loan
}

/// A tablet that somebody of the placement has.
fn placed() -> (Library, LoanId) {
    let mut library = Library::with_tablets(1);
    let loan = lent_at(&mut library, PARTNER, ANN);
    (library, loan)
}

#[test]
fn handing_on_ends_the_loan_and_orders_the_reset_where_the_tablet_is() {
    let (mut library, loan) = placed();
    let events = library.does_at(PARTNER, HAND_ON);
    assert!(matches!(
        events[..],
        [Event::HandedOn { .. }, Event::ResetOrdered { .. }]
    ));
    assert!(library.loans[&loan].is_over());
    assert_eq!(library.it(1).custody, Custody::AtVenue(PARTNER));
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
    lent_at(&mut library, PARTNER, BOB);
}

#[test]
fn what_lies_clean_at_the_placement_is_reset_once_more_before_the_next_person() {
    let (mut library, _) = placed();
    library.does_at(PARTNER, HAND_ON);
    library.is_proven(1);
    let epoch = library.it(1).epoch;
    let events = library.does_at(PARTNER, HAND_ON);
    assert!(matches!(events[0], Event::HandedOn { loan: None, .. }));
    assert!(orders_reset(&events));
    assert_eq!(library.it(1).epoch, epoch.next());
}

#[test]
fn only_a_tablet_that_a_partner_has_is_handed_on_and_only_there() {
    let not_here = Err(Refusal::NotPlacedHere);
    let (mut library, _) = placed();
    assert_eq!(library.at(VENUE, HAND_ON), not_here, "it is no partner");
    library.does(Action::Relocate(Relocate {
        tablet: tablet(1),
        whither: Whither::Lost,
    }));
    assert_eq!(library.at(PARTNER, HAND_ON), not_here, "it is lost");

    let mut library = Library::with_tablets(1);
    assert_eq!(library.at(PARTNER, HAND_ON), not_here, "it is elsewhere");
    lent_at(&mut library, ELSEWHERE, ANN);
    assert_eq!(library.at(PARTNER, HAND_ON), not_here, "lent elsewhere");
}

#[test]
fn r19_only_a_named_operator_has_a_tablet_in_hand() {
    let (mut library, _) = placed();
    for actor in [SELF_SERVICE, Actor::Server] {
        let decided = library.ask(&Asked::new(actor, PARTNER, HAND_ON));
        assert_eq!(decided, Err(Refusal::NeedsOperator));
    }
}

#[test]
fn a_tablet_that_left_the_fleet_is_not_handed_on() {
    let mut library = Library::with_tablets(1);
    library.does(Action::Relocate(Relocate {
        tablet: tablet(1),
        whither: Whither::Gifted,
    }));
    let word = StateWord::GivenAway;
    let refused = Err(Refusal::Retired { word });
    assert_eq!(library.at(PARTNER, HAND_ON), refused);
}

#[test]
fn r6_late_word_of_handing_on_takes_nothing_from_the_next_borrower() {
    let (mut library, _) = placed();
    let before = library.now;
    library.does_at(PARTNER, HAND_ON);
    library.is_proven(1);
    let next = lent_at(&mut library, PARTNER, BOB);
    for clock_sure in [true, false] {
        let mut library = library.clone();
        let asked = Asked {
            occurred_at: Some(before),
            clock_sure,
            ..Asked::new(OPERATOR, PARTNER, HAND_ON)
        };
        let events = library.ask(&asked).expect("kept");
        assert!(matches!(events[0], Event::ReturnCameLate { .. }));
        assert!(!orders_reset(&events));
        assert_eq!(library.it(1).custody, Custody::OnLoan(next));
        let open = library.loan_state(next) == LoanState::Open;
        assert_eq!(open, clock_sure, "an unsure clock asks a person");
    }
}

#[test]
fn a_collection_from_the_placement_is_over_when_its_loan_is() {
    let (mut library, loan) = placed();
    let trip = TripId::from_bytes([0x81; 16]);
    library.does(Action::PlanTrip(PlanTrip {
        trip,
        errand: Errand::Collect(loan),
        on: day("2026-11-23"),
    }));
    library.does_at(PARTNER, HAND_ON);
    assert_eq!(library.trips[&trip].state, TripState::Done);
}
