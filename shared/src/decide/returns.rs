//! Returns: always taken (R3). A return closes the loan that it names and no
//! other, moves custody, and destroys nothing: the reset is ordered only where an
//! operator has the tablet in hand (R19).

use super::{
    Decided, Given,
    hold::{Queue, no_longer_put_aside},
    reset,
};
use crate::{
    command::Return,
    dispute::DisputeCause,
    event::Event,
    ids::{LoanId, TripId, VenueId},
    image::ImageId,
    kit::{Condition, Kit},
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
    /// Who waits there.
    pub queue: Queue,
    /// The collection that was planned for its loan.
    pub collection: Option<TripId>,
}

/// Takes a tablet back.
pub fn take(known: &Known, command: &Return, given: &Given) -> Decided {
    let (tablet, venue) = (known.tablet.id, known.venue);
    if known.tablet.is_retired() {
        return Ok(vec![Event::RetiredTabletSeen { tablet, venue }]);
    }
    let presence = presence(known, command, given);
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
    /// The clock cannot say whether it was before this loan began.
    InDoubt(LoanId),
}

fn meant(known: &Known, command: &Return, given: &Given) -> Meant {
    let current = known.current.as_ref().map(|loan| loan.id);
    let moved_since = given.occurred_at < known.tablet.custody_since;
    match (command.loan, current) {
        (Some(named), Some(current)) if named == current => Meant::Loan(current),
        (None, Some(current)) if !given.clock_sure => Meant::InDoubt(current),
        (None, Some(current)) if !moved_since => Meant::Loan(current),
        (Some(_) | None, None) if !moved_since || !given.clock_sure => Meant::NoLoan,
        // Either the named loan is over and the tablet has gone on to somebody
        // else, or it was seen here before it moved to where it is.
        (Some(_) | None, Some(_) | None) => Meant::Before,
    }
}

/// Only a named operator can have a tablet in hand, and only its own key makes a
/// code; a kiosk's word is not enough.
fn presence(known: &Known, command: &Return, given: &Given) -> Presence {
    if given.require_operator().is_ok() && command.presence == Presence::InHand {
        return Presence::InHand;
    }
    match command.code {
        Some(code) if reset::shows(&known.tablet, &code, given) => Presence::CodeShown,
        Some(_) | None => Presence::StickerOnly,
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
        condition: command.condition,
    }];
    let done = |trip| Event::TripEnded { trip, done: true };
    events.extend(known.collection.map(done));
    events.extend(flags(&known.tablet, command));
    if cannot_wait_on(known, &events, given) {
        events.extend(no_longer_put_aside(&known.tablet));
    }
    if presence.is_proven() {
        let after = given.after(&known.tablet, &events);
        events.extend(reset_if_due(known, &after, given));
    }
    let after = given.after(&known.tablet, &events);
    events.extend(known.queue.put_aside(&after, given));
    events
}

/// A tablet that is kept for somebody is kept where they will fetch it, and whole.
fn cannot_wait_on(known: &Known, events: &[Event], given: &Given) -> bool {
    let elsewhere = known.tablet.venue() != Some(known.venue);
    elsewhere || given.after(&known.tablet, events).flags.any()
}

pub(super) fn reset_if_due(known: &Known, after: &Tablet, given: &Given) -> Option<Event> {
    let image = known.image?;
    match after.reset {
        Reset::Dirty => Some(reset::order(after, image, given)),
        Reset::Ordered(_) | Reset::Proven(_) | Reset::Failed { .. } => None,
    }
}

fn flags(tablet: &Tablet, command: &Return) -> Vec<Event> {
    let id = tablet.id;
    let parts: Kit = &command.missing_parts & &tablet.kit;
    let missing = command.part_missing || !parts.is_empty();
    let damaged = command.condition == Condition::Damaged;
    let set = [
        (missing && !tablet.flags.part_missing, Flag::PartMissing),
        (damaged && !tablet.flags.damaged, Flag::Damaged),
    ];
    let set = set.into_iter().filter(|(set, _)| *set);
    let mut events: Vec<Event> = set
        .map(|(_, flag)| Event::FlagSet { tablet: id, flag })
        .collect();
    if !parts.is_subset(&tablet.missing_parts) {
        let parts = &parts | &tablet.missing_parts;
        events.push(Event::PartsMissed { tablet: id, parts });
    }
    events
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
        loan: Some(loan),
    }
}
