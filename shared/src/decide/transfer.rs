//! Transfers: tablets go from venue to venue in a box, are taken out one scan a
//! tablet, and the count must match before the box is closed. A box changes custody
//! only: what was proven clean stays so.

use std::collections::BTreeSet;

use super::{
    Decided, Given,
    hold::{Queue, no_longer_put_aside},
};
use crate::{
    command::{EndTransfer, Receive, Send},
    event::Event,
    ids::VenueId,
    refusal::Refusal,
    tablet::{Custody, Tablet},
    transfer::{BOX_MAX, Transfer},
};

/// What is read before a box is packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendKnown {
    /// There is a box of that id.
    pub exists: bool,
    /// Where it is packed.
    pub from: VenueId,
    /// There is a venue where it is to go.
    pub to_exists: bool,
    /// The tablets that are put in, each once; fewer than were named where one is
    /// unknown.
    pub tablets: Vec<Tablet>,
}

/// Packs a box.
pub fn send(known: &SendKnown, command: &Send, given: &Given) -> Decided {
    given.require_operator()?;
    check_box(known, command)?;
    for tablet in &known.tablets {
        check_is_here(tablet, known.from)?;
    }
    let (to, transfer) = (command.to, command.transfer);
    let mut events: Vec<Event> = known
        .tablets
        .iter()
        .flat_map(|it| sent(it, command))
        .collect();
    events.push(Event::TransferBegan {
        transfer,
        from: known.from,
        to,
        sent: u32::try_from(known.tablets.len()).expect("a box is small"),
    });
    Ok(events)
}

fn check_box(known: &SendKnown, command: &Send) -> Result<(), Refusal> {
    let named: BTreeSet<_> = command.tablets.iter().collect();
    if known.exists {
        return Err(Refusal::AlreadyThere);
    }
    if named.len() > BOX_MAX {
        let max = u32::try_from(BOX_MAX).expect("a box is small");
        return Err(Refusal::TooMany { max });
    }
    if !known.to_exists {
        return Err(Refusal::VenueUnknown);
    }
    if known.from == command.to {
        return Err(Refusal::SameVenue);
    }
    if named.is_empty() || known.tablets.len() != named.len() {
        return Err(Refusal::TabletUnknown);
    }
    Ok(())
}

fn check_is_here(tablet: &Tablet, here: VenueId) -> Result<(), Refusal> {
    let word = tablet.word();
    match tablet.custody {
        Custody::AtVenue(venue) if venue == here => Ok(()),
        Custody::Withdrawn | Custody::Gifted => Err(Refusal::Retired { word }),
        Custody::OnLoan(_) => Err(Refusal::TabletOnLoan),
        Custody::AtVenue(_) | Custody::InTransit(_) | Custody::Missing | Custody::Lost => {
            Err(Refusal::NotInHand { word })
        }
    }
}

fn sent(tablet: &Tablet, command: &Send) -> impl Iterator<Item = Event> + use<> {
    let sent = Event::Sent {
        tablet: tablet.id,
        to: command.to,
        transfer: Some(command.transfer),
    };
    no_longer_put_aside(tablet)
        .into_iter()
        .chain(std::iter::once(sent))
}

/// What is read before a tablet is taken out of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiveKnown {
    /// The tablet.
    pub tablet: Tablet,
    /// Where it is taken out.
    pub venue: VenueId,
    /// Who waits there.
    pub queue: Queue,
}

/// Takes a tablet out of a box, wherever the box went, and also where nobody had
/// said that it was put into one. Word from before the tablet moved on says nothing
/// about where it is (R6).
pub fn receive(known: &ReceiveKnown, _command: &Receive, given: &Given) -> Decided {
    given.require_operator()?;
    let word = known.tablet.word();
    if given.occurred_at < known.tablet.custody_since {
        return Err(Refusal::NotInHand { word });
    }
    match known.tablet.custody {
        Custody::AtVenue(venue) if venue == known.venue => return Err(Refusal::SameVenue),
        Custody::InTransit(_) | Custody::AtVenue(_) => {}
        Custody::OnLoan(_) => return Err(Refusal::TabletOnLoan),
        Custody::Missing | Custody::Lost => return Err(Refusal::NotInHand { word }),
        Custody::Withdrawn | Custody::Gifted => return Err(Refusal::Retired { word }),
    }
    let mut events: Vec<Event> = no_longer_put_aside(&known.tablet).into_iter().collect();
    events.push(Event::Received {
        tablet: known.tablet.id,
        venue: known.venue,
    });
    let after = given.after(&known.tablet, &events);
    events.extend(known.queue.put_aside(&after, given));
    Ok(events)
}

/// What is read before a box is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndKnown {
    /// The box.
    pub transfer: Transfer,
    /// Its tablets that are still on their way.
    pub left: Vec<Tablet>,
}

/// Closes a box: its count matches, or what is not there is missing.
pub fn end(known: &EndKnown, command: &EndTransfer, given: &Given) -> Decided {
    given.require_operator()?;
    let missing = u32::try_from(known.left.len()).expect("a box is small");
    if known.transfer.ended {
        return Err(Refusal::TransferOver);
    }
    if missing > 0 && !command.short {
        return Err(Refusal::BoxNotEmpty { left: missing });
    }
    let missed = known
        .left
        .iter()
        .map(|tablet| Event::MarkedMissing { tablet: tablet.id });
    let ended = Event::TransferEnded {
        transfer: known.transfer.id,
        missing,
    };
    Ok(missed.chain(std::iter::once(ended)).collect())
}
