//! Returns: always taken (R3). A return closes the loan that it names and no
//! other, moves custody, and destroys nothing: the reset is ordered only where an
//! operator has the tablet in hand (R19).

use planted::planted;

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
    tablet::{Custody, Flag, Presence, Reset, Tablet},
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
    match meant(known, command.loan, given) {
        Meant::Loan(loan) => Ok(taken(known, command, Some(loan), presence, given)),
        Meant::NoLoan if moved_since(known, given) => {
            Ok(taken(known, command, None, Presence::StickerOnly, given))
        }
        Meant::NoLoan => Ok(taken(known, command, None, presence, given)),
        Meant::OfAnother(loan) => Ok(contested(known, command, loan, given)),
        Meant::Before => Ok(vec![late(known, command.loan)]),
        Meant::InDoubt(loan) => Ok(late_in_doubt(known, command.loan, loan, given)),
    }
}

/// Which loan a return is about.
pub(super) enum Meant {
    /// This one: it ends.
    Loan(LoanId),
    NoLoan,
    /// It names another loan than the one that the tablet is out on now.
    OfAnother(LoanId),
    /// It happened before the tablet moved on.
    Before,
    /// The clock cannot say whether it was before this loan began.
    InDoubt(LoanId),
}

/// Only a loan that the tablet is out on ends unnamed: one that is contested, while
/// the tablet is elsewhere, waits for a person.
pub(super) fn meant(known: &Known, named: Option<LoanId>, given: &Given) -> Meant {
    let moved_since = moved_since(known, given) && !planted!(LateReturnEndsLoan);
    let current = known.current.as_ref().map(|loan| loan.id);
    match (named, out_on(known)) {
        (Some(named), Some(out)) if named == out => Meant::Loan(out),
        (Some(_) | None, Some(out)) if !given.clock_sure => Meant::InDoubt(out),
        // Either the named loan is over and the tablet has gone on to somebody
        // else, or it was seen here before it moved to where it is.
        (Some(_) | None, Some(_)) if moved_since => Meant::Before,
        (Some(_), Some(out)) => Meant::OfAnother(out),
        (None, Some(out)) => Meant::Loan(out),
        (Some(named), None) if !moved_since && current == Some(named) => Meant::Loan(named),
        (Some(_) | None, None) if !moved_since || !given.clock_sure => Meant::NoLoan,
        (Some(_) | None, None) => Meant::Before,
    }
}

/// The loan whose borrower has the tablet, or had it when it was lost.
pub(super) fn out_on(known: &Known) -> Option<LoanId> {
    match known.tablet.custody {
        Custody::OnLoan(loan) => Some(loan),
        Custody::AtVenue(_)
        | Custody::InTransit(_)
        | Custody::Missing
        | Custody::Lost
        | Custody::Withdrawn
        | Custody::Gifted => {
            let open = known.current.as_ref().filter(|loan| loan.is_open());
            open.map(|loan| loan.id)
        }
    }
}

fn moved_since(known: &Known, given: &Given) -> bool {
    given.occurred_at < known.tablet.custody_since
}

/// Only a named operator can have a tablet in hand, and only its own key makes a
/// code; a kiosk's word is not enough, and the server has no hands.
fn presence(known: &Known, command: &Return, given: &Given) -> Presence {
    if given.named_operator().is_ok() && command.presence == Presence::InHand {
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
    events.extend(collected(known, loan));
    events.extend(flags(&known.tablet, command));
    if cannot_wait_on(known, &events, given) {
        events.extend(no_longer_put_aside(&known.tablet));
    }
    if presence.is_proven() || planted!(ResetWithoutPresence) {
        let after = given.after(&known.tablet, &events);
        events.extend(reset_if_due(known, &after, given));
    }
    let after = given.after(&known.tablet, &events);
    events.extend(known.queue.put_aside(&after, given));
    events
}

/// The trip that was to fetch it is made when its loan ends.
pub(super) fn collected(known: &Known, ended: Option<LoanId>) -> Option<Event> {
    let current = known.current.as_ref().map(|loan| loan.id);
    let ended = ended.filter(|ended| current == Some(*ended));
    let trip = ended.and(known.collection)?;
    Some(Event::TripEnded { trip, done: true })
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

/// The tablet is here, and whose loan that ends is a question: the loan that it was
/// out on is contested, and nothing is erased before somebody looks.
fn contested(known: &Known, command: &Return, loan: LoanId, given: &Given) -> Vec<Event> {
    let raised = in_doubt(known, loan, given);
    let mut known = known.clone();
    known.tablet = given.after(&known.tablet, std::slice::from_ref(&raised));
    let here = taken(&known, command, None, Presence::StickerOnly, given);
    std::iter::once(raised).chain(here).collect()
}

/// It happened at an unsure time: kept, and the loan that it may be about is
/// contested.
pub(super) fn late_in_doubt(
    known: &Known,
    named: Option<LoanId>,
    loan: LoanId,
    given: &Given,
) -> Vec<Event> {
    vec![late(known, named), in_doubt(known, loan, given)]
}

pub(super) fn late(known: &Known, named: Option<LoanId>) -> Event {
    Event::ReturnCameLate {
        tablet: known.tablet.id,
        loan: named,
        venue: known.venue,
    }
}

fn in_doubt(known: &Known, loan: LoanId, given: &Given) -> Event {
    Event::DisputeRaised {
        dispute: given.dispute,
        cause: DisputeCause::ReturnContested,
        tablet: known.tablet.id,
        loan: Some(loan),
    }
}
