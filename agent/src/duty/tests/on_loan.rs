//! A tablet that is told of a loan, on loan already or not.

use super::*;

fn on_loan() -> Agent {
    Agent::in_life(Life::OnLoan {
        loan: loan(),
        due_on: due_on(12),
    })
}

#[test]
fn a_tablet_that_was_lent_again_before_it_was_reset_opens_for_the_later_loan() {
    let (loan, due_on) = (LoanId::from_bytes([15; 16]), due_on(19));
    let later = begin_loan(loan, due_on, false);
    let mut agent = on_loan();
    let effects = agent.ordered(order(7, 2, later));
    assert!(effects.contains(&Effect::ShowCard(LoanCard { loan, due_on })));
    assert_eq!(agent.beat().epoch, 2);
}

#[test]
fn a_loan_that_goes_on_in_a_later_stretch_of_life_is_told_so_once() {
    let mut agent = on_loan();
    agent.ordered(loan_order(2));
    assert_eq!(agent.beat().epoch, 2, "the server sees that it was heard");
    assert_eq!(agent.duty.state(), AgentState::OnLoan);
    // A replay of the first takes nothing back.
    agent.ordered(loan_order(1));
    assert_eq!(agent.beat().epoch, 2);
}

#[test]
fn a_tablet_that_two_operators_had_wiped_in_its_borrowers_hands_opens_for_the_loan_again() {
    let mut agent = on_loan();
    let before = loan_order(1);
    assert!(starts_reset(&agent.ordered(reset_order())));
    let receipt = receipt(Outcome::Verified);
    agent.handle(ended(&receipt));
    agent.verdict(Answer::Accepted, &receipt);
    assert_eq!(agent.duty.state(), AgentState::Ready);
    // What was signed before that reset opens nothing.
    let counter = before.counter - 1;
    agent.ordered(Order { counter, ..before });
    assert_eq!(agent.duty.state(), AgentState::Ready);
    agent.ordered(loan_order(1));
    assert_eq!(agent.duty.state(), AgentState::OnLoan);
}

/// Else the borrower would be given what nobody can open. A reset at work ends first.
#[test]
fn r2_a_tablet_that_a_named_operator_lends_all_the_same_opens_itself() {
    let overridden = || order(7, 2, begin_loan(loan(), due_on(12), true));
    for life in [Life::New, Life::Failed] {
        let mut agent = Agent::in_life(life);
        agent.ordered(overridden());
        assert_eq!(agent.duty.state(), AgentState::OnLoan);
        assert_eq!(agent.beat().epoch, 2);
    }
    let mut agent = Agent::new();
    agent.ordered(reset_order());
    assert!(says(&agent.ordered(overridden()), &Notice::LoanWaits));
    assert_eq!(agent.duty.state(), AgentState::Resetting);
}

#[test]
fn a_loan_begins_only_on_a_ready_tablet_and_only_for_a_newer_epoch() {
    for life in [Life::New, Life::Failed] {
        let mut agent = Agent::in_life(life.clone());
        assert!(says(&agent.ordered(loan_order(2)), &Notice::LoanWaits));
        assert_eq!(agent.duty.record().life, life);
    }
    let mut agent = Agent::in_life(Life::Ready);
    assert!(says(
        &agent.ordered(loan_order(1)),
        &Notice::OrderNotHeld(NotHeld::Replayed)
    ));
    assert!(says(
        &agent.ordered(loan_order(2)),
        &Notice::LoanBegun { due_on: due_on(12) }
    ));
}
