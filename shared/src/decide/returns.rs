//! Returns: always taken (R3). A return closes the loan that it names and no
//! other, moves custody, and destroys nothing: the reset is ordered only where an
//! operator has the tablet in hand (R19).

use super::{Decided, Given, reset};
use crate::{
    command::Return,
    dispute::DisputeCause,
    event::Event,
    ids::{LoanId, VenueId},
    image::ImageId,
    loan::Loan,
    tablet::{Flag, Presence, Reset, Tablet},
};

/// What is read before a return is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The tablet.
    pub tablet: Tablet,
    /// The loan of this tablet that is open or contested, if there is one.
    pub current: Option<Loan>,
    /// Where it came back.
    pub venue: VenueId,
    /// The image that tablets are reset to.
    pub image: Option<ImageId>,
}

/// Takes a tablet back.
pub fn take(known: &Known, command: &Return, given: &Given) -> Decided {
    let (tablet, venue) = (known.tablet.id, known.venue);
    if known.tablet.is_retired() {
        return Ok(vec![Event::RetiredTabletSeen { tablet, venue }]);
    }
    let presence = presence(command, given);
    match meant(known, command, given) {
        Meant::Loan(loan) => Ok(taken(known, command, Some(loan), presence, given)),
        Meant::NoLoan => Ok(taken(known, command, None, presence, given)),
        Meant::Before => Ok(vec![late(known, command)]),
        Meant::InDoubt(loan) => Ok(vec![late(known, command), in_doubt(tablet, loan, given)]),
    }
}

/// Which loan a return is about.
enum Meant {
    Loan(LoanId),
    NoLoan,
    /// It happened before the tablet moved on.
    Before,
    /// It names another loan, or the clock cannot say whether it was before this
    /// one began.
    InDoubt(LoanId),
}

fn meant(known: &Known, command: &Return, given: &Given) -> Meant {
    let current = known.current.as_ref().map(|loan| loan.id);
    let moved_since = given.occurred_at < known.tablet.custody_since;
    match (command.loan, current) {
        (Some(named), Some(current)) if named == current => Meant::Loan(current),
        (None, Some(current)) if !given.clock_sure => Meant::InDoubt(current),
        (None, Some(current)) if !moved_since => Meant::Loan(current),
        // A kiosk that heard nothing of the present loan: it is not over for that,
        // and neither did the tablet stay out.
        (Some(_), Some(current)) if !moved_since || !given.clock_sure => Meant::InDoubt(current),
        (Some(_) | None, None) if !moved_since || !given.clock_sure => Meant::NoLoan,
        // It was seen here before it moved to where it is.
        (Some(_) | None, Some(_) | None) => Meant::Before,
    }
}

/// Only a named operator can have a tablet in hand; a kiosk's word is not enough.
fn presence(command: &Return, given: &Given) -> Presence {
    match given.require_operator() {
        Ok(()) => command.presence,
        Err(_) => Presence::StickerOnly,
    }
}

fn taken(
    known: &Known,
    command: &Return,
    loan: Option<LoanId>,
    presence: Presence,
    given: &Given,
) -> Vec<Event> {
    let (tablet, venue) = (known.tablet.id, known.venue);
    let mut events = vec![Event::Returned {
        tablet,
        loan,
        venue,
        presence,
    }];
    events.extend(flags(&known.tablet, command));
    if presence == Presence::InHand {
        events.extend(reset_if_due(
            known,
            &given.after(&known.tablet, &events),
            given,
        ));
    }
    events
}

fn reset_if_due(known: &Known, after: &Tablet, given: &Given) -> Option<Event> {
    let image = known.image?;
    match after.reset {
        Reset::Dirty => Some(reset::order(after, image, given)),
        Reset::Ordered(_) | Reset::Proven(_) | Reset::Failed { .. } => None,
    }
}

fn flags(tablet: &Tablet, command: &Return) -> impl Iterator<Item = Event> {
    let missing = command.part_missing && !tablet.flags.part_missing;
    let damaged = command.damaged && !tablet.flags.damaged;
    let set = [(missing, Flag::PartMissing), (damaged, Flag::Damaged)];
    let tablet = tablet.id;
    set.into_iter()
        .filter(|(set, _)| *set)
        .map(move |(_, flag)| Event::FlagSet { tablet, flag })
}

fn late(known: &Known, command: &Return) -> Event {
    Event::ReturnCameLate {
        tablet: known.tablet.id,
        loan: command.loan,
        venue: known.venue,
    }
}

fn in_doubt(tablet: crate::ids::TabletId, loan: LoanId, given: &Given) -> Event {
    let (dispute, cause) = (given.dispute, DisputeCause::ReturnContested);
    Event::DisputeRaised {
        dispute,
        cause,
        tablet,
        loan,
    }
}
