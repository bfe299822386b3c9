//! What kiosks did without their server: it is taken when word of it comes, never
//! dropped, and never moves a loan silently (R6).

use shared::{
    command::{Action, CheckOut, Relocate, Return, Whither},
    dispute::DisputeCause,
    event::Event,
    ids::{BorrowerId, LoanId},
    loan::LoanState,
    tablet::{Custody, OverrideReason, Presence, Reset, StateWord},
    time::{Day, Moment},
};

use crate::{
    library::{
        Asked, Library,
        verbs::{self, ANN, BOB, at, day, tablet},
    },
    world::{OPERATOR, VENUE},
};

const LOAN: LoanId = LoanId::from_bytes([0x61; 16]);

/// A check out that a kiosk has done.
fn done(number: u8, borrower: BorrowerId) -> CheckOut {
    CheckOut {
        done: true,
        ..CheckOut::new(tablet(number), LOAN, borrower)
    }
}

/// Why a dispute was raised about this loan.
fn cause(events: &[Event], about: LoanId) -> Option<DisputeCause> {
    events.iter().find_map(|event| {
        let Event::DisputeRaised { cause, loan, .. } = event else {
            return None;
        };
        (*loan == Some(about)).then_some(*cause)
    })
}

/// Ten seconds before the tablet's last move.
fn before_it_moved(library: &Library, number: u8) -> Moment {
    library.it(number).custody_since.plus_ms(-10_000)
}

#[test]
fn r6_what_a_kiosk_lent_as_it_might_is_a_loan_like_any() {
    let mut library = Library::with_tablets(1);
    let occurred_at = library.now;
    let lent = library.hears(occurred_at, Action::CheckOut(done(1, ANN)));
    let lent = lent.expect("taken");
    assert!(matches!(lent[..], [Event::CheckedOut { .. }]), "{lent:?}");
}

#[test]
fn r6_late_word_of_a_check_out_moves_no_tablet_that_came_back_and_is_ready_again() {
    let mut library = Library::with_tablets(1);
    let lent_at = library.now;
    library.now = library.now.plus_ms(3_600_000);
    library.takes_back(1);
    library.is_proven(1);
    let events = library.hears(lent_at, Action::CheckOut(done(1, ANN)));
    let events = events.expect("taken");
    assert_eq!(library.word(1), StateWord::Ready);
    assert!(matches!(events[0], Event::CheckOutCameLate { .. }));
    assert_eq!(cause(&events, LOAN), Some(DisputeCause::RefusedButDone));
    assert_eq!(library.loan_state(LOAN), LoanState::Contested);
}

#[test]
fn r6_of_two_kiosks_that_lent_one_tablet_the_latest_loan_is_open_and_the_earlier_contested() {
    let mut library = Library::with_tablets(1);
    let earlier = library.lend(1, ANN);
    let occurred_at = library.now;
    let events = library.hears(occurred_at, Action::CheckOut(done(1, BOB)));
    let events = events.expect("taken");
    assert_eq!(cause(&events, earlier), Some(DisputeCause::DoubleLoan));
    assert_eq!(library.loan_state(earlier), LoanState::Contested);
    assert_eq!(library.loan_state(LOAN), LoanState::Open);
    assert_eq!(library.it(1).custody, Custody::OnLoan(LOAN));
}

#[test]
fn r6_the_earlier_of_two_loans_is_contested_also_when_word_of_it_comes_last() {
    let mut library = Library::with_tablets(1);
    let latest = library.lend(1, BOB);
    let occurred_at = before_it_moved(&library, 1);
    let events = library.hears(occurred_at, Action::CheckOut(done(1, ANN)));
    let events = events.expect("taken");
    assert_eq!(cause(&events, LOAN), Some(DisputeCause::DoubleLoan));
    assert_eq!(library.loan_state(LOAN), LoanState::Contested);
    assert_eq!(library.loan_state(latest), LoanState::Open);
    assert_eq!(library.it(1).custody, Custody::OnLoan(latest));
}

#[test]
fn r6_a_clock_that_is_not_sure_takes_no_tablet_from_whoever_has_it() {
    let mut library = Library::with_tablets(1);
    let earlier = library.lend(1, ANN);
    let occurred_at = library.now;
    let taken = library.hears_unsure(occurred_at, Action::CheckOut(done(1, BOB)));
    let events = taken.expect("taken");
    assert_eq!(library.it(1).custody, Custody::OnLoan(earlier));
    assert_eq!(library.loan_state(earlier), LoanState::Open);
    assert_eq!(cause(&events, LOAN), Some(DisputeCause::DoubleLoan));
    assert_eq!(library.loan_state(LOAN), LoanState::Contested);
}

#[test]
fn r6_a_clock_that_is_not_sure_takes_no_tablet_that_is_contested_or_was_lost_on_loan() {
    let mut contested = Library::with_tablets(1);
    let earlier = contested.lend(1, ANN);
    let now = contested.now;
    let back = Return::new(tablet(1), None, Presence::InHand);
    let kept = contested.hears_unsure(now, Action::Return(back));
    kept.expect("kept");
    assert_eq!(contested.loan_state(earlier), LoanState::Contested);

    let mut lost = Library::with_tablets(1);
    lost.lend(1, ANN);
    let (tablet, whither) = (tablet(1), Whither::Lost);
    lost.does(Action::Relocate(Relocate { tablet, whither }));

    for mut library in [contested, lost] {
        let before = library.it(1).custody;
        let occurred_at = library.now;
        let taken = library.hears_unsure(occurred_at, Action::CheckOut(done(1, BOB)));
        let events = taken.expect("taken");
        assert_eq!(library.it(1).custody, before);
        assert_eq!(cause(&events, LOAN), Some(DisputeCause::DoubleLoan));
        assert_eq!(library.loan_state(LOAN), LoanState::Contested);
    }
}

#[test]
fn r6_whoever_has_too_many_or_is_not_known_keeps_what_a_kiosk_lent() {
    for (borrower, why) in [
        (Some(ANN), DisputeCause::OverLimit),
        (None, DisputeCause::RefusedButDone),
    ] {
        let mut library = Library::with_tablets(2);
        library.lend(2, ANN);
        let (occurred_at, done) = (library.now, done(1, ANN));
        let action = Action::CheckOut(CheckOut { borrower, ..done });
        let events = library.hears(occurred_at, action).expect("taken");
        assert_eq!(cause(&events, LOAN), Some(why));
        assert_eq!(library.loan_state(LOAN), LoanState::Open);
        assert_eq!(library.it(1).custody, Custody::OnLoan(LOAN));
    }
}

#[test]
fn r6_what_an_old_copy_of_a_kiosk_lent_is_contested_where_it_does_not_fit() {
    let mut library = Library::with_tablets(2);
    library.lend(2, ANN);
    let ask = |library: &mut Library, number, occurred_at| {
        let action = Action::CheckOut(done(number, ANN));
        let asked = Asked {
            from_old_copy: true,
            occurred_at: Some(occurred_at),
            ..Asked::new(OPERATOR, VENUE, action)
        };
        library.ask(&asked).expect("taken")
    };
    let mut late = library.clone();
    let before = before_it_moved(&late, 1);
    let events = ask(&mut late, 1, before);
    assert_eq!(cause(&events, LOAN), Some(DisputeCause::SeriesWentBack));
    assert_eq!(late.word(1), StateWord::Ready);

    let now = library.now;
    let events = ask(&mut library, 1, now);
    assert_eq!(cause(&events, LOAN), Some(DisputeCause::SeriesWentBack));
    assert_eq!(library.loan_state(LOAN), LoanState::Contested);
    assert_eq!(library.it(1).custody, Custody::OnLoan(LOAN));
}

#[test]
fn r6_a_tablet_that_left_the_fleet_is_not_lent_by_late_word() {
    let mut library = Library::with_tablets(1);
    let whither = Whither::Withdrawn;
    let tablet = tablet(1);
    library.does(Action::Relocate(Relocate { tablet, whither }));
    let occurred_at = library.now;
    let events = library.hears(occurred_at, Action::CheckOut(done(1, ANN)));
    let events = events.expect("taken");
    assert!(matches!(events[0], Event::CheckOutCameLate { .. }));
    assert_eq!(library.word(1), StateWord::Retired);
    assert_eq!(library.loan_state(LOAN), LoanState::Contested);
}

#[test]
fn r2_an_override_is_noted_also_where_more_than_the_rule_was_broken() {
    let mut library = Library::with_tablets(2);
    library.lend(2, ANN);
    library.comes_back(1);
    let (occurred_at, overriding) = (library.now, Some(OverrideReason::Urgent));
    let done = CheckOut {
        overriding,
        ..done(1, ANN)
    };
    let events = library.hears(occurred_at, Action::CheckOut(done));
    let events = events.expect("taken");
    assert_eq!(cause(&events, LOAN), Some(DisputeCause::OverLimit));
    assert_eq!(library.it(1).lent_by_override, overriding);
}

/// The due day of a check out that a kiosk has done at this time.
fn due(library: &mut Library, clock_sure: bool, at: &str, told: Option<&str>) -> Day {
    let told_due_on = told.map(day);
    let action = Action::CheckOut(CheckOut {
        told_due_on,
        ..done(1, ANN)
    });
    let asked = Asked {
        occurred_at: Some(verbs::at(at)),
        clock_sure,
        ..Asked::new(OPERATOR, VENUE, action)
    };
    library.ask(&asked).expect("taken");
    library.loans[&LOAN].due_on
}

#[test]
fn r8_a_clock_that_is_not_sure_sets_no_due_day_in_the_past() {
    let mut library = Library::with_tablets(1);
    let due_on = due(&mut library, false, "1970-01-01T00:00:00Z", None);
    assert_eq!(due_on, day("2026-12-12"));
}

#[test]
fn r8_the_day_that_a_borrower_was_told_holds_unless_it_cannot_be_or_the_venue_is_closed() {
    let moment = "2026-11-21T12:01:00Z";
    let cases = [
        // As the kiosk told it, a day earlier or a month later than the server would.
        ("2026-12-11", "2026-12-11"),
        ("2027-01-12", "2027-01-12"),
        // No day of three weeks, and one that had passed when it was told.
        ("2027-01-13", "2026-12-12"),
        ("2026-11-20", "2026-12-12"),
        // The venue is closed then, which the kiosk had not heard.
        ("2026-12-25", "2026-12-28"),
    ];
    for (told, due_on) in cases {
        let mut library = Library::with_tablets(1);
        library.now = at("2026-11-21T13:00:00Z");
        let venue = library.venues.get_mut(&VENUE).expect("it is there");
        venue.calendar.closures = (25..28).filter_map(|it| Day::new(2026, 12, it)).collect();
        let told_due = due(&mut library, true, moment, Some(told));
        assert_eq!(told_due, day(due_on), "told {told}");
    }
}

#[test]
fn r8_what_a_kiosk_with_its_server_says_of_a_due_day_counts_for_nothing() {
    let mut library = Library::with_tablets(1);
    library.does(Action::CheckOut(CheckOut {
        told_due_on: Some(day("2026-12-11")),
        ..CheckOut::new(tablet(1), LOAN, ANN)
    }));
    assert_eq!(library.loans[&LOAN].due_on, day("2026-12-12"));
}

#[test]
fn r19_word_that_it_was_lent_since_voids_what_its_return_ordered() {
    // Of what is said of the same moment, nobody knows which came first.
    for since_ms in [60_000, 0] {
        lent_since(since_ms);
    }
}

fn lent_since(since_ms: i64) {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.takes_back(1);
    library.now = library.now.plus_ms(since_ms);
    let lent_at = library.now;
    library.now = library.now.plus_ms(60_000);
    let (tablet, whither) = (tablet(1), Whither::Missing);
    library.does(Action::Relocate(Relocate { tablet, whither }));
    assert!(matches!(library.it(1).reset, Reset::Ordered(_)));
    let events = library.hears(lent_at, Action::CheckOut(done(1, BOB)));
    assert!(matches!(
        events.expect("taken")[0],
        Event::CheckOutCameLate { .. }
    ));
    assert_eq!(
        library.it(1).reset,
        Reset::Dirty,
        "it is in somebody's hands"
    );
}

#[test]
fn word_that_it_was_lent_before_its_return_leaves_the_order_of_that_return() {
    let mut library = Library::with_tablets(1);
    let lent_at = library.now;
    library.now = library.now.plus_ms(60_000);
    library.takes_back(1);
    let events = library.hears(lent_at, Action::CheckOut(done(1, BOB)));
    assert!(matches!(
        events.expect("taken")[0],
        Event::CheckOutCameLate { .. }
    ));
    assert!(matches!(library.it(1).reset, Reset::Ordered(_)));
}
