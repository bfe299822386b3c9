//! Hand on: inside a placement (a care home, a ward) a tablet goes from person to
//! person, with a reset in between. An operator of the partner has it in hand; it
//! is a return there, and the tablet is ready again where it is.

use super::{
    Decided, Given,
    returns::{self, Meant},
};
use crate::{
    command::HandOn,
    event::Event,
    ids::{LoanId, VenueId},
    refusal::Refusal,
    tablet::Custody,
    venue::VenueKind,
};

/// What is read before a tablet is handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What a return there reads.
    pub back: returns::Known,
    /// What kind of place it is.
    pub kind: VenueKind,
}

/// Takes a tablet from one person of a placement, for the next. Word that comes late
/// is what it is for any return: nobody's things are erased by it (R6).
pub fn hand_on(known: &Known, command: &HandOn, given: &Given) -> Decided {
    given.named_operator()?;
    let back = &known.back;
    let word = back.tablet.word();
    if back.tablet.is_retired() {
        return Err(Refusal::Retired { word });
    }
    let loan = match returns::meant(back, None, given) {
        Meant::Before => return Ok(vec![returns::late(back, None)]),
        Meant::InDoubt(loan) => return Ok(returns::late_in_doubt(back, None, loan, given)),
        Meant::Loan(loan) | Meant::OfAnother(loan) => Some(loan),
        Meant::NoLoan => None,
    };
    if known.kind != VenueKind::Partner || !is_placed(back, back.venue) {
        return Err(Refusal::NotPlacedHere);
    }
    Ok(handed(back, command, loan, given))
}

fn handed(
    back: &returns::Known,
    command: &HandOn,
    loan: Option<LoanId>,
    given: &Given,
) -> Vec<Event> {
    let mut events = vec![Event::HandedOn {
        tablet: command.tablet,
        loan,
        venue: back.venue,
    }];
    events.extend(returns::collected(back, loan));
    let after = given.after(&back.tablet, &events);
    events.extend(returns::reset_if_due(back, &after, given));
    events
}

fn is_placed(back: &returns::Known, at: VenueId) -> bool {
    match back.tablet.custody {
        Custody::AtVenue(venue) => venue == at,
        Custody::OnLoan(loan) => {
            let current = back.current.as_ref();
            current.is_some_and(|it| it.id == loan && it.venue == at)
        }
        Custody::InTransit(_)
        | Custody::Missing
        | Custody::Lost
        | Custody::Withdrawn
        | Custody::Gifted => false,
    }
}
