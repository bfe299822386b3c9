//! Hand on: inside a placement (a care home, a ward) a tablet goes from person to
//! person, with a reset in between. An operator of the partner has it in hand; it
//! is a return there, and the tablet is ready again where it is.

use super::{Decided, Given, returns};
use crate::{
    command::HandOn, event::Event, ids::VenueId, refusal::Refusal, tablet::Custody,
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

/// Takes a tablet from one person of a placement, for the next.
pub fn hand_on(known: &Known, command: &HandOn, given: &Given) -> Decided {
    given.named_operator()?;
    let back = &known.back;
    let word = back.tablet.word();
    if back.tablet.is_retired() {
        return Err(Refusal::Retired { word });
    }
    if known.kind != VenueKind::Partner || !is_placed(back, back.venue) {
        return Err(Refusal::NotPlacedHere);
    }
    let loan = back.current.as_ref().map(|loan| loan.id);
    let handed = Event::HandedOn {
        tablet: command.tablet,
        loan,
        venue: back.venue,
    };
    let after = given.after(&back.tablet, std::slice::from_ref(&handed));
    let order = returns::reset_if_due(back, &after, given);
    Ok(std::iter::once(handed).chain(order).collect())
}

fn is_placed(back: &returns::Known, at: VenueId) -> bool {
    match back.tablet.custody {
        Custody::AtVenue(venue) => venue == at,
        Custody::OnLoan(_) => back.current.as_ref().is_some_and(|loan| loan.venue == at),
        Custody::InTransit(_)
        | Custody::Missing
        | Custody::Lost
        | Custody::Withdrawn
        | Custody::Gifted => false,
    }
}
