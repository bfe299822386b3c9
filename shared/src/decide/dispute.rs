//! Contested returns: a tablet that was used after it "came back" is asked "Have
//! you still got it?"; a yes erases nothing, reopens the loan and raises a
//! dispute, which a person closes (R19, R6).

use super::{Decided, Given, hold::no_longer_put_aside};
use crate::{
    command::{AnswerStillGotIt, CloseDispute},
    dispute::{Decision, Dispute, DisputeCause},
    event::{Actor, Event},
    ids::{LoanId, TabletId},
    refusal::Refusal,
    tablet::{Custody, LastReturn, Tablet},
};

/// What is read before an answer is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKnown {
    /// The tablet that answers.
    pub tablet: Tablet,
}

/// Takes a tablet's answer to "Have you still got it?".
pub fn answer(known: &AnswerKnown, command: &AnswerStillGotIt, given: &Given) -> Decided {
    let tablet = known.tablet.id;
    if given.actor != Actor::Tablet(tablet) {
        return Err(Refusal::NeedsOperator);
    }
    let last = asked_about(&known.tablet, command).ok_or(Refusal::NothingToAnswer)?;
    let answered = Event::StillGotItAnswered {
        tablet,
        yes: command.yes,
    };
    if !command.yes {
        return Ok(vec![answered]);
    }
    Ok(reopened(&known.tablet, answered, last.loan, given))
}

/// It is not here, so it is kept here for nobody.
fn reopened(it: &Tablet, answered: Event, loan: LoanId, given: &Given) -> Vec<Event> {
    let tablet = it.id;
    let mut events = vec![answered];
    events.extend(no_longer_put_aside(it));
    events.push(Event::LoanReopened { tablet, loan });
    events.push(Event::DisputeRaised {
        dispute: given.dispute,
        cause: DisputeCause::ReturnContested,
        tablet,
        loan: Some(loan),
    });
    events
}

/// Once somebody had the tablet in hand, nobody else can still have got it.
fn asked_about(tablet: &Tablet, command: &AnswerStillGotIt) -> Option<LastReturn> {
    tablet
        .return_in_question()
        .filter(|last| last.loan == command.loan)
}

/// What is read before a dispute is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseKnown {
    /// The dispute.
    pub dispute: Dispute,
    /// Its tablet, if it is one of ours.
    pub tablet: Option<Tablet>,
}

/// Closes a dispute as an operator decided.
pub fn close(known: &CloseKnown, command: &CloseDispute, given: &Given) -> Decided {
    given.require_operator()?;
    let Dispute {
        id: dispute,
        cause,
        tablet,
        loan,
        decision,
    } = known.dispute;
    if decision.is_some() {
        return Err(Refusal::DisputeDecided);
    }
    let decision = command.decision;
    let custody = known.tablet.as_ref().map(|tablet| tablet.custody);
    let out_on_it = loan.is_some_and(|loan| custody == Some(Custody::OnLoan(loan)));
    if !cause.allowed().contains(&decision) || (decision == Decision::StillOut && !out_on_it) {
        return Err(Refusal::DecisionNotAllowed { cause });
    }
    let closed = Event::DisputeClosed {
        dispute,
        tablet,
        loan,
        decision,
    };
    let moved = out_on_it.then(|| whereabouts(tablet, decision)).flatten();
    Ok(std::iter::once(closed).chain(moved).collect())
}

/// A loan that ends while its tablet is still out leaves the tablet unfound.
fn whereabouts(tablet: TabletId, decision: Decision) -> Option<Event> {
    match decision {
        Decision::StillOut => None,
        Decision::ReturnedThen | Decision::EnteredInError => Some(Event::MarkedMissing { tablet }),
        Decision::WriteOff => Some(Event::MarkedLost { tablet }),
    }
}
