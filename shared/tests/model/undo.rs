//! Undo: by the same operator, while nothing has touched the tablet since, and never
//! at the cost of anybody's things.

use std::collections::BTreeSet;

use shared::{
    command::{Action, CancelHold, CheckOut, Return, SetFlag},
    dispute::Decision,
    event::Actor,
    hold::{HoldEnd, HoldState},
    ids::{BorrowerId, CommandId, LoanId},
    kit::{Condition, Kit, KitPart},
    loan::LoanState,
    refusal::Refusal,
    tablet::{Custody, Flag, Flags, OverrideReason, Presence, Reset, StateWord},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, BOB, COLLEAGUE, ELSEWHERE, orders_reset, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

fn lent(library: &mut Library, borrower: BorrowerId) -> (LoanId, CommandId) {
    let loan = library.lend(1, borrower);
    (loan, library.last_command())
}

fn taken_back(library: &mut Library) -> CommandId {
    library.takes_back(1);
    library.last_command()
}

#[test]
fn an_undone_check_out_is_a_loan_that_never_was_and_a_tablet_that_may_have_been_used() {
    let mut library = Library::with_tablets(1);
    let epoch = library.it(1).epoch;
    let (loan, command) = lent(&mut library, ANN);
    library.undoes(OPERATOR, command).expect("undone");
    assert!(matches!(library.loan_state(loan), LoanState::Voided { .. }));
    assert_eq!(library.it(1).custody, Custody::AtVenue(VENUE));
    assert_eq!(library.word(1), StateWord::BackNotYetReset);
    assert_eq!(library.it(1).epoch, epoch.next().next());
    // And it goes round again.
    library.starts_reset(1);
    library.is_proven(1);
    library.lend(1, ANN);
}

#[test]
fn r9_r19_undoing_a_check_out_wipes_nothing_that_a_borrower_may_have() {
    let mut library = Library::with_tablets(1);
    let (_, command) = lent(&mut library, ANN);
    library.now = library.now.plus_ms(14 * 86_400_000);
    let events = library.undoes(OPERATOR, command).expect("undone");
    assert!(!orders_reset(&events), "nobody said it is in hand");
    assert!(library.it(1).waits_in_tray());
}

#[test]
fn the_hold_that_an_undone_check_out_served_waits_again() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    let (_, command) = lent(&mut library, ANN);
    let how = HoldEnd::Collected;
    assert_eq!(library.hold_state(hold), HoldState::Ended { how });
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
    library.starts_reset(1);
    library.is_proven(1);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
}

#[test]
fn an_undone_return_leaves_the_loan_as_it_was_and_its_order_void() {
    let mut library = Library::with_tablets(1);
    let (loan, _) = lent(&mut library, ANN);
    let due_on = library.loans[&loan].due_on;
    let command = taken_back(&mut library);
    assert!(matches!(library.it(1).reset, Reset::Ordered(_)));
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.loan_state(loan), LoanState::Open);
    assert_eq!(library.loans[&loan].due_on, due_on);
    assert_eq!(library.it(1).custody, Custody::OnLoan(loan));
    assert_eq!(library.it(1).reset, Reset::Dirty);
    assert_eq!(library.it(1).last_return, None);
}

#[test]
fn what_an_undone_return_said_of_the_tablet_is_unsaid() {
    let mut library = Library::with_tablets(1);
    let (loan, _) = lent(&mut library, ANN);
    let hold = library.waits(BOB);
    library.does(Action::Return(Return {
        missing_parts: Kit::from([KitPart::Charger]),
        condition: Condition::Damaged,
        ..Return::new(tablet(1), Some(loan), Presence::InHand)
    }));
    let command = library.last_command();
    assert!(library.it(1).flags.part_missing && library.it(1).flags.damaged);
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.it(1).flags, Flags::default());
    assert!(library.it(1).missing_parts.is_empty());

    let command = taken_back(&mut library);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.it(1).put_aside, None);
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
}

#[test]
fn r6_an_undone_return_of_a_contested_loan_leaves_it_contested() {
    let mut library = Library::with_tablets(1);
    let (loan, _) = lent(&mut library, ANN);
    library.comes_back(1);
    let yes = true;
    let tablet = tablet(1);
    let answer = shared::command::AnswerStillGotIt { tablet, loan, yes };
    let answered = library.by(Actor::Tablet(tablet), Action::AnswerStillGotIt(answer));
    answered.expect("answered");
    let command = taken_back(&mut library);
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.loan_state(loan), LoanState::Contested);
    library.decides(Decision::StillOut);
    assert_eq!(library.loan_state(loan), LoanState::Open);
    library.decides(Decision::StillOut);
    assert_eq!(
        library.open_dispute(),
        None,
        "every question can be answered"
    );
}

#[test]
fn only_who_did_it_undoes_it_and_only_while_nothing_touched_it_since() {
    let mut library = Library::with_tablets(1);
    let (_, command) = lent(&mut library, ANN);
    assert_eq!(library.undoes(COLLEAGUE, command), Err(Refusal::NotYours));
    for actor in [SELF_SERVICE, Actor::Server] {
        let refused = library.undoes(actor, command);
        assert_eq!(refused, Err(Refusal::NeedsOperator));
    }
    let (tablet, flag) = (tablet(1), Flag::Damaged);
    library.does(Action::SetFlag(SetFlag { tablet, flag }));
    let refused = library.undoes(OPERATOR, command);
    assert_eq!(refused, Err(Refusal::TooLateToUndo));
}

/// The check out also ended that another tablet was put aside for the same borrower.
#[test]
fn undoing_looks_at_the_tablet_that_was_lent_and_not_at_the_one_put_aside() {
    let mut library = Library::with_tablets(2);
    let hold = library.waits(ANN);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
    library.lend(2, ANN);
    let command = library.last_command();
    let (tablet, flag) = (tablet(2), Flag::Damaged);
    let mut touched = library.clone();
    touched.does(Action::SetFlag(SetFlag { tablet, flag }));
    let refused = touched.undoes(OPERATOR, command);
    assert_eq!(refused, Err(Refusal::TooLateToUndo));
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.it(2).custody, Custody::AtVenue(VENUE));
    assert_eq!(library.word(2), StateWord::BackNotYetReset);
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
}

#[test]
fn a_return_is_not_undone_once_its_reset_order_was_delivered() {
    let mut library = Library::with_tablets(1);
    lent(&mut library, ANN);
    let command = taken_back(&mut library);
    let Reset::Ordered(order) = library.it(1).reset else {
        panic!("no order");
    };
    library.delivered = BTreeSet::from([order.order]);
    let refused = library.undoes(OPERATOR, command);
    assert_eq!(refused, Err(Refusal::TooLateToUndo));
}

#[test]
fn what_is_no_check_out_or_return_of_a_loan_is_not_undone() {
    let mut library = Library::with_tablets(2);
    let hold = library.waits(ANN);
    library.does(Action::CancelHold(CancelHold { hold }));
    let of_no_tablet = library.last_command();
    library.takes_back(1);
    let of_no_loan = library.last_command();
    let never_given = CommandId::from_bytes([0xa1; 16]);
    for command in [of_no_tablet, of_no_loan, never_given] {
        let refused = library.undoes(OPERATOR, command);
        assert_eq!(refused, Err(Refusal::NothingToUndo));
    }
}

#[test]
fn r2_an_override_is_shown_until_the_next_proof_also_when_another_was_undone() {
    let mut library = Library::with_tablets(1);
    let overriding = Some(OverrideReason::Urgent);
    library.takes_back(1);
    let lend = |library: &mut Library| {
        let loan = LoanId::from_bytes(library.fresh());
        library.does(Action::CheckOut(CheckOut {
            overriding,
            ..CheckOut::new(tablet(1), loan, ANN)
        }));
    };
    lend(&mut library);
    library.comes_back(1);
    lend(&mut library);
    let command = library.last_command();
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.it(1).lent_by_override, overriding);
    library.starts_reset(1);
    library.is_proven(1);
    assert_eq!(library.it(1).lent_by_override, None);
}

#[test]
fn an_undone_check_out_stays_where_it_was_lent() {
    let mut library = Library::with_tablets(1);
    let loan = LoanId::from_bytes([0xa2; 16]);
    let lent = Action::CheckOut(CheckOut::new(tablet(1), loan, ANN));
    library.does_at(ELSEWHERE, lent);
    let command = library.last_command();
    library.undoes(OPERATOR, command).expect("undone");
    assert_eq!(library.it(1).custody, Custody::AtVenue(ELSEWHERE));
}
