//! Overrides (R2, R7): a named operator and a reason, shown until the next proof; and
//! whose hold a check out serves.

use shared::{
    command::{Action, CheckOut, PlaceHold, PlanTrip, Relocate, Send, SetFlag, Whither},
    decide::Decided,
    event::{Actor, Event},
    hold::{HoldEnd, HoldState},
    ids::{BorrowerId, HoldId, LoanId, TransferId, TripId},
    kit::Kit,
    policy::Policy,
    refusal::Refusal,
    tablet::{Flag, OverrideReason, ProofKind, Reset, StateWord},
    trip::{Errand, TripState},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, BOB, ELSEWHERE, day, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

const LOAN: LoanId = LoanId::from_bytes([0x15; 16]);
const REASON: OverrideReason = OverrideReason::HolderAgreed;

fn overriding(library: &mut Library, actor: Actor, borrower: BorrowerId) -> Decided {
    let overriding = Some(REASON);
    let lent = CheckOut {
        overriding,
        ..CheckOut::new(tablet(1), LOAN, borrower)
    };
    library.by(actor, Action::CheckOut(lent))
}

/// States in which a rule alone stands against lending it.
fn held_back_by_a_rule() -> Vec<(&'static str, Library)> {
    let ready = Library::with_tablets(1);
    let mut cases = vec![];
    let mut add = |what, change: fn(&mut Library)| {
        let mut library = ready.clone();
        change(&mut library);
        cases.push((what, library));
    };
    add("kept for somebody else", |it| {
        it.waits(BOB);
    });
    add("back, not yet reset", |it| {
        it.comes_back(1);
    });
    add("at its reset", |it| {
        it.takes_back(1);
    });
    add("damaged", |it| {
        let (tablet, flag) = (tablet(1), Flag::Damaged);
        it.does(Action::SetFlag(SetFlag { tablet, flag }));
    });
    add("proven in a way that the policy does not take", |it| {
        it.policy.proof_kinds = vec![ProofKind::PersonConfirmed];
    });
    add("on an image that is withdrawn", |it| {
        it.withdraw_on = Some(day("2026-11-21"));
    });
    cases
}

#[test]
fn r2_r7_a_named_operator_lends_against_a_rule_with_a_reason_that_is_shown() {
    for (what, mut library) in held_back_by_a_rule() {
        let without = Action::CheckOut(CheckOut::new(tablet(1), LOAN, ANN));
        assert!(library.at(VENUE, without).is_err(), "{what}");
        let events = overriding(&mut library, OPERATOR, ANN).expect(what);
        let (tablet, loan, reason) = (tablet(1), LOAN, REASON);
        let overridden = Event::RuleOverridden {
            tablet,
            loan,
            reason,
        };
        assert_eq!(events.last(), Some(&overridden), "{what}");
        assert_eq!(library.it(1).lent_by_override, Some(REASON));
        library.comes_back(1);
        assert_eq!(library.it(1).lent_by_override, Some(REASON));
        library.policy = Policy::default();
        library.starts_reset(1);
        library.is_proven(1);
        assert_eq!(library.it(1).lent_by_override, None, "{what}");
    }
}

#[test]
fn r2_neither_self_service_nor_the_server_overrides_a_rule() {
    for (what, library) in held_back_by_a_rule() {
        for actor in [SELF_SERVICE, Actor::Server] {
            let refused = overriding(&mut library.clone(), actor, ANN);
            assert_eq!(refused, Err(Refusal::NeedsOperator), "{what}");
        }
    }
}

#[test]
fn no_reason_lends_what_is_somewhere_else_or_to_whoever_has_enough() {
    let goes = |whither| {
        let tablet = tablet(1);
        Action::Relocate(Relocate { tablet, whither })
    };
    let send = Action::Send(Send {
        transfer: TransferId::from_bytes([0x16; 16]),
        to: ELSEWHERE,
        tablets: vec![tablet(1)],
    });
    let not_ready = |word| Refusal::TabletNotReady { word };
    let retired = |word| Refusal::Retired { word };
    for (gone, refusal) in [
        (goes(Whither::Missing), not_ready(StateWord::Missing)),
        (goes(Whither::Lost), not_ready(StateWord::Lost)),
        (send, not_ready(StateWord::Travelling)),
        (goes(Whither::Withdrawn), retired(StateWord::Retired)),
        (goes(Whither::Gifted), retired(StateWord::GivenAway)),
    ] {
        let mut library = Library::with_tablets(1);
        library.does(gone);
        assert_eq!(overriding(&mut library, OPERATOR, ANN), Err(refusal));
    }
    let mut library = Library::with_tablets(2);
    library.lend(2, ANN);
    let limit = Err(Refusal::LoanLimit { max: 1 });
    assert_eq!(overriding(&mut library, OPERATOR, ANN), limit);
    library.lend(1, BOB);
    let lent = overriding(&mut library, OPERATOR, ANN);
    assert_eq!(lent, Err(Refusal::TabletOnLoan));
}

/// It would be wiped in its next borrower's hands.
#[test]
fn r19_no_reason_lends_a_tablet_whose_agent_may_begin_its_reset_at_any_moment() {
    let mut library = Library::with_tablets(1);
    library.takes_back(1);
    let Reset::Ordered(pending) = library.it(1).reset else {
        panic!("it is to be reset");
    };
    let mut given = library.clone();
    given.delivered.insert(pending.order);
    let refused = overriding(&mut given, OPERATOR, ANN);
    assert_eq!(refused, Err(Refusal::AlreadyResetting));
    overriding(&mut library, OPERATOR, ANN).expect("nobody has told the tablet");
    assert_eq!(library.it(1).reset, Reset::Dirty, "and nobody will");
}

#[test]
fn a_reason_that_was_not_needed_is_not_noted() {
    let mut library = Library::with_tablets(1);
    let events = overriding(&mut library, OPERATOR, ANN).expect("lent");
    assert!(matches!(events[..], [Event::CheckedOut { .. }]));
    assert_eq!(library.it(1).lent_by_override, None);
}

#[test]
fn r7_whoever_is_overridden_waits_again() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(BOB);
    overriding(&mut library, OPERATOR, ANN).expect("lent");
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
    library.goes_round(1);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
}

#[test]
fn a_check_out_serves_the_hold_that_waits_here_and_its_delivery() {
    let mut library = Library::with_tablets(1);
    let blocked = library.waits(BOB);
    let theirs = library.waits(ANN);
    let trip = TripId::from_bytes([0x17; 16]);
    let (errand, on) = (Errand::Deliver(theirs), day("2026-11-23"));
    library.does(Action::PlanTrip(PlanTrip { trip, errand, on }));
    overriding(&mut library, OPERATOR, ANN).expect("lent");
    let how = HoldEnd::Collected;
    assert_eq!(library.hold_state(theirs), HoldState::Ended { how });
    assert_eq!(library.hold_state(blocked), HoldState::Waiting);
    assert_eq!(library.trips[&trip].state, TripState::Done);
}

#[test]
fn what_was_kept_for_a_borrower_who_takes_another_is_free() {
    let mut library = Library::with_tablets(2);
    let hold = library.waits(ANN);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
    library.lend(2, ANN);
    let how = HoldEnd::Collected;
    assert_eq!(library.hold_state(hold), HoldState::Ended { how });
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn a_hold_elsewhere_is_not_served_here() {
    let mut library = Library::with_tablets(1);
    let hold = HoldId::from_bytes([0x18; 16]);
    let (borrower, venue, needs) = (ANN, ELSEWHERE, Kit::new());
    library.does(Action::PlaceHold(PlaceHold {
        hold,
        borrower,
        venue,
        needs,
    }));
    library.lend(1, ANN);
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
}
