//! Check out: a borrower takes a tablet that its own agent has proven clean.

use super::{Decided, Given, reset::proof_is_allowed};
use crate::{
    borrower::BorrowerView,
    command::CheckOut,
    event::Event,
    ids::VenueId,
    policy::Policy,
    refusal::Refusal,
    tablet::{StateWord, Tablet},
    time::Day,
    venue::Calendar,
};

/// What is read before a check out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The tablet.
    pub tablet: Tablet,
    /// The borrower, if there is one of that id.
    pub borrower: Option<BorrowerView>,
    /// Whether the tablet's hold is this borrower's.
    pub put_aside_for_them: bool,
    /// From this day on the image that the tablet was proven on lends no more.
    pub image_withdraw_on: Option<Day>,
    /// Where it is lent.
    pub venue: VenueId,
    /// When that venue is closed.
    pub calendar: Calendar,
    /// The figures to decide by.
    pub policy: Policy,
}

/// Lends a tablet.
pub fn check_out(known: &Known, command: &CheckOut, given: &Given) -> Decided {
    given.require_operator()?;
    check_tablet(known, given)?;
    check_borrower(known)?;
    Ok(vec![Event::CheckedOut {
        tablet: known.tablet.id,
        loan: command.loan,
        venue: known.venue,
        due_on: due_on(known, given),
    }])
}

/// R8: a civil day, and never one on which the venue is closed.
fn due_on(known: &Known, given: &Given) -> Day {
    let day = given.occurred_at.day().plus_days(known.policy.loan_days);
    known.calendar.open_on_or_after(day)
}

fn check_tablet(known: &Known, given: &Given) -> Result<(), Refusal> {
    match known.tablet.word() {
        StateWord::Ready => check_proof(known, given),
        StateWord::PutAside if known.put_aside_for_them => check_proof(known, given),
        StateWord::PutAside => Err(Refusal::PutAside),
        StateWord::OnLoan => Err(Refusal::TabletOnLoan),
        word @ (StateWord::Retired | StateWord::GivenAway) => Err(Refusal::Retired { word }),
        word @ (StateWord::Lost
        | StateWord::Missing
        | StateWord::Travelling
        | StateWord::NeedsAttention
        | StateWord::Resetting
        | StateWord::BackNotYetReset) => Err(Refusal::TabletNotReady { word }),
    }
}

fn check_proof(known: &Known, given: &Given) -> Result<(), Refusal> {
    let word = known.tablet.word();
    let proof = known
        .tablet
        .proof()
        .ok_or(Refusal::TabletNotReady { word })?;
    if !proof_is_allowed(proof, &known.policy) {
        return Err(Refusal::ProofNotAllowed);
    }
    match known.image_withdraw_on {
        Some(since) if given.occurred_at.day() >= since => Err(Refusal::ImageWithdrawn { since }),
        Some(_) | None => Ok(()),
    }
}

fn check_borrower(known: &Known) -> Result<(), Refusal> {
    let max = known.policy.open_loans_max;
    let borrower = known.borrower.ok_or(Refusal::BorrowerUnknown)?;
    (borrower.open_loans < max)
        .then_some(())
        .ok_or(Refusal::LoanLimit { max })
}
