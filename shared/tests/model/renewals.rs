//! Renewals: so often, not too early, never while somebody waits (R8).

use shared::{
    command::{Action, AnswerStillGotIt, Relocate, Renew, SetKit, Whither},
    event::{Actor, Event},
    ids::LoanId,
    kit::{Kit, KitPart},
    refusal::Refusal,
    time::Day,
};

use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, BOB, ELSEWHERE, at, day, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

/// A tablet that was lent at noon of 21 November, until 12 December.
fn lent() -> (Library, LoanId) {
    let mut library = Library::with_tablets(1);
    library.now = at("2026-11-21T12:00:00Z");
    let loan = library.lend(1, ANN);
    assert_eq!(library.loans[&loan].due_on, day("2026-12-12"));
    (library, loan)
}

fn renew(library: &mut Library, loan: LoanId, when: &str) -> Result<Day, Refusal> {
    library.now = at(when);
    let events = library.at(VENUE, Action::Renew(Renew { loan }))?;
    assert!(matches!(events[..], [Event::Renewed { .. }]), "{events:?}");
    Ok(library.loans[&loan].due_on)
}

#[test]
fn r8_a_loan_is_renewed_by_three_weeks_from_its_due_day_or_from_today_if_it_is_late() {
    let (mut library, loan) = lent();
    let due_on = renew(&mut library, loan, "2026-12-10T12:00:00Z");
    assert_eq!(due_on, Ok(day("2027-01-02")));
    let (mut late, loan) = lent();
    let due_on = renew(&mut late, loan, "2026-12-20T12:00:00Z");
    assert_eq!(due_on, Ok(day("2027-01-10")));
}

#[test]
fn r8_a_renewed_due_day_is_never_one_on_which_the_venue_is_closed() {
    let (mut library, loan) = lent();
    let venue = library.venues.get_mut(&VENUE).expect("it is there");
    venue.calendar.closed_weekdays.extend([5, 6]);
    venue.calendar.closures.insert(day("2027-01-04"));
    let due_on = renew(&mut library, loan, "2026-12-10T12:00:00Z");
    assert_eq!(due_on, Ok(day("2027-01-05")));
}

#[test]
fn a_loan_is_renewed_from_a_week_before_its_due_day_on() {
    let (mut library, loan) = lent();
    let from = day("2026-12-05");
    let early = renew(&mut library, loan, "2026-12-04T23:59:00Z");
    assert_eq!(early, Err(Refusal::RenewTooEarly { from }));
    renew(&mut library, loan, "2026-12-05T00:00:00Z").expect("not too early");
}

#[test]
fn a_loan_is_renewed_twice_and_no_more() {
    let (mut library, loan) = lent();
    renew(&mut library, loan, "2026-12-10T12:00:00Z").expect("once");
    renew(&mut library, loan, "2027-01-01T12:00:00Z").expect("twice");
    assert_eq!(library.loans[&loan].renewals, 2);
    let again = renew(&mut library, loan, "2027-01-22T12:00:00Z");
    assert_eq!(again, Err(Refusal::RenewalLimit { max: 2 }));
}

#[test]
fn r8_a_hold_that_the_tablet_meets_blocks_renewal() {
    let (mut library, loan) = lent();
    library.waits_for(BOB, Kit::from([KitPart::Stylus]));
    let mut with_a_stylus = library.clone();
    renew(&mut library, loan, "2026-12-10T12:00:00Z").expect("it has no stylus");

    let (tablet, kit) = (tablet(1), Kit::from([KitPart::Stylus]));
    with_a_stylus.does(Action::SetKit(SetKit { tablet, kit }));
    let refused = renew(&mut with_a_stylus, loan, "2026-12-10T12:00:00Z");
    assert_eq!(refused, Err(Refusal::HeldForOthers));
}

#[test]
fn a_hold_elsewhere_or_one_that_is_served_blocks_no_renewal() {
    let mut library = Library::with_tablets(2);
    library.now = at("2026-11-21T12:00:00Z");
    let loan = library.lend(1, ANN);
    let hold = library.waits(BOB);
    assert_eq!(library.kept_for(hold), Some(tablet(2)));
    library.does(Action::PlaceHold(shared::command::PlaceHold {
        hold: shared::ids::HoldId::from_bytes([0xe1; 16]),
        borrower: crate::library::verbs::CYD,
        venue: ELSEWHERE,
        needs: Kit::new(),
    }));
    renew(&mut library, loan, "2026-12-10T12:00:00Z").expect("nobody waits here");
}

#[test]
fn only_a_loan_whose_borrower_has_the_tablet_is_renewed() {
    let when = "2026-12-10T12:00:00Z";
    let (mut library, loan) = lent();
    let tablet = tablet(1);
    let mut lost = library.clone();
    let whither = Whither::Lost;
    lost.does(Action::Relocate(Relocate { tablet, whither }));
    assert_eq!(renew(&mut lost, loan, when), Err(Refusal::LoanNotOpen));

    let mut contested = library.clone();
    contested.comes_back(1);
    let yes = true;
    let answer = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
    let answered = contested.by(Actor::Tablet(tablet), answer);
    answered.expect("answered");
    assert_eq!(renew(&mut contested, loan, when), Err(Refusal::LoanNotOpen));

    library.takes_back(1);
    assert_eq!(renew(&mut library, loan, when), Err(Refusal::LoanNotOpen));
    let unknown = LoanId::from_bytes([0xe2; 16]);
    assert_eq!(
        renew(&mut library, unknown, when),
        Err(Refusal::LoanUnknown)
    );
}

#[test]
fn r8_an_unsure_clock_renews_by_the_servers_day() {
    let (mut library, loan) = lent();
    library.now = at("2026-12-20T12:00:00Z");
    let asked = Asked {
        occurred_at: Some(at("1970-01-01T00:00:00Z")),
        clock_sure: false,
        ..Asked::new(OPERATOR, VENUE, Action::Renew(Renew { loan }))
    };
    library.ask(&asked).expect("it is late, not early");
    assert_eq!(library.loans[&loan].due_on, day("2027-01-10"));
}

#[test]
fn only_an_operator_renews() {
    let (mut library, loan) = lent();
    library.now = at("2026-12-10T12:00:00Z");
    let refused = library.by(SELF_SERVICE, Action::Renew(Renew { loan }));
    assert_eq!(refused, Err(Refusal::NeedsOperator));
}
