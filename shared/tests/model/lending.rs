//! Check out: what else must be true besides a proof.

use std::collections::BTreeSet;

use shared::{
    borrower::BorrowerView,
    command::{Action, CheckOut},
    decide::{Decided, Given, check_out},
    event::{Actor, Event},
    hold::{Hold, HoldState},
    ids::{BorrowerId, DisputeId, LoanId, Nonce, OrderId, TabletId},
    kit::Kit,
    policy::Policy,
    refusal::Refusal,
    tablet::{ProofKind, StateWord},
    time::{Day, Moment},
    venue::Calendar,
};

use crate::{
    library::{
        Library,
        verbs::{ANN, BOB, day, tablet},
    },
    world::{HOLD, OPERATOR, SELF_SERVICE, VENUE},
};

const TABLET: TabletId = tablet(1);

/// A borrower with nothing.
const NOBODYS: BorrowerView = BorrowerView {
    open_loans: 0,
    holds: 0,
};

fn their_hold() -> Hold {
    Hold {
        id: HOLD,
        venue: VENUE,
        needs: Kit::new(),
        placed_at: Moment::from_ms(0),
        state: HoldState::PutAside {
            tablet: TABLET,
            until: None,
        },
    }
}

fn known() -> check_out::Known {
    check_out::Known {
        exists: false,
        tablet: Library::with_tablets(1).it(1).clone(),
        order_delivered: false,
        open_loan: None,
        borrower: Some(NOBODYS),
        their_hold: None,
        delivery: None,
        image_withdraw_on: None,
        venue: VENUE,
        calendar: Calendar::default(),
        policy: Policy::default(),
    }
}

fn lend(known: &check_out::Known, actor: Actor, at: &str) -> Decided {
    let now: Moment = at.parse().expect("a test's own instant");
    let given = Given {
        now,
        occurred_at: now,
        clock_sure: true,
        from_old_copy: false,
        actor,
        order: OrderId::from_bytes([1; 16]),
        nonce: Nonce::from_bytes([1; 16]),
        dispute: DisputeId::from_bytes([1; 16]),
    };
    let loan = LoanId::from_bytes([1; 16]);
    let borrower = BorrowerId::from_bytes([1; 16]);
    check_out::check_out(
        known,
        &CheckOut {
            tablet: TABLET,
            loan,
            borrower: Some(borrower),
            done: false,
            told_due_on: None,
            overriding: None,
        },
        &given,
    )
}

fn due(known: &check_out::Known, at: &str) -> Day {
    match lend(known, OPERATOR, at).as_deref() {
        Ok([Event::CheckedOut { due_on, .. }]) => *due_on,
        other => panic!("not lent: {other:?}"),
    }
}

const NOON: &str = "2026-11-21T12:00:00Z";

#[test]
fn r8_three_weeks_are_counted_in_london_days_across_both_clock_changes() {
    let known = known();
    assert_eq!(due(&known, NOON), day("2026-12-12"));
    // 23:30 UTC in June is half past midnight of the next day in London.
    assert_eq!(due(&known, "2026-06-10T23:30:00Z"), day("2026-07-02"));
    assert_eq!(due(&known, "2026-03-15T23:30:00Z"), day("2026-04-05"));
    assert_eq!(due(&known, "2026-10-10T23:30:00Z"), day("2026-11-01"));
    assert_eq!(due(&known, "2028-02-08T12:00:00Z"), day("2028-02-29"));
}

#[test]
fn r8_a_due_day_on_which_the_venue_is_closed_moves_to_the_next_open_day() {
    let mut known = known();
    known.calendar = Calendar {
        closed_weekdays: BTreeSet::from([5, 6]),
        closures: BTreeSet::from([day("2026-12-14")]),
        ..Calendar::default()
    };
    assert_eq!(due(&known, NOON), day("2026-12-15"));
}

#[test]
fn r7_a_tablet_put_aside_goes_only_to_the_borrower_whose_hold_it_is() {
    let mut known = known();
    known.tablet.put_aside = Some(HOLD);
    assert_eq!(lend(&known, OPERATOR, NOON), Err(Refusal::PutAside));
    known.their_hold = Some(their_hold());
    assert!(lend(&known, OPERATOR, NOON).is_ok());
}

#[test]
fn r2_a_proof_of_a_kind_that_the_policy_does_not_take_lends_nothing() {
    let mut known = known();
    known.policy.proof_kinds = vec![ProofKind::PersonConfirmed];
    assert_eq!(lend(&known, OPERATOR, NOON), Err(Refusal::ProofNotAllowed));
}

#[test]
fn a_proof_lends_until_its_image_is_withdrawn() {
    let mut known = known();
    let since = day("2026-11-22");
    known.image_withdraw_on = Some(since);
    assert!(lend(&known, OPERATOR, NOON).is_ok());
    let on_the_day = lend(&known, OPERATOR, "2026-11-22T09:00:00Z");
    assert_eq!(on_the_day, Err(Refusal::ImageWithdrawn { since }));
}

#[test]
fn a_borrower_who_has_as_many_as_allowed_or_is_unknown_is_refused() {
    let mut known = known();
    known.borrower = Some(BorrowerView {
        open_loans: 1,
        ..NOBODYS
    });
    assert_eq!(
        lend(&known, OPERATOR, NOON),
        Err(Refusal::LoanLimit { max: 1 })
    );
    known.borrower = None;
    assert_eq!(lend(&known, OPERATOR, NOON), Err(Refusal::BorrowerUnknown));
}

#[test]
fn self_service_cannot_check_out_without_an_operator() {
    assert_eq!(
        lend(&known(), SELF_SERVICE, NOON),
        Err(Refusal::NeedsOperator)
    );
}

#[test]
fn a_tablet_not_yet_reset_is_refused_with_its_word() {
    let mut known = known();
    let mut library = Library::with_tablets(1);
    library.takes_back(1);
    known.tablet = library.it(1).clone();
    let word = StateWord::Resetting;
    assert_eq!(
        lend(&known, OPERATOR, NOON),
        Err(Refusal::TabletNotReady { word })
    );
}

#[test]
fn r4_no_two_loans_have_one_id_whoever_tells_them() {
    let mut library = Library::with_tablets(2);
    let loan = library.lend(1, ANN);
    for done in [false, true] {
        let lent = CheckOut {
            done,
            ..CheckOut::new(tablet(2), loan, BOB)
        };
        let refused = library.at(VENUE, Action::CheckOut(lent));
        assert_eq!(refused, Err(Refusal::AlreadyThere));
    }
}
