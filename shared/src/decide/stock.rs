//! Stocktake: one sweep of the camera over the tablets of a venue says what was
//! found, what is missing and what should be elsewhere. A sweep sees stickers
//! only, so it erases nothing and closes no loan.

use std::collections::BTreeSet;

use super::{Decided, Given, hold::no_longer_put_aside};
use crate::{
    command::TakeStock,
    event::Event,
    ids::{TabletId, VenueId},
    kit::Condition,
    refusal::Refusal,
    tablet::{Custody, Presence, Tablet},
};

/// Most tablets of one count (R16).
pub const SEEN_MAX: usize = 500;

/// What is read before the tablets of a venue are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// There is a count of that id.
    pub exists: bool,
    /// Where.
    pub venue: VenueId,
    /// Every tablet that should be there.
    pub expected: Vec<Tablet>,
    /// Every tablet that was seen, each once, as far as they are known.
    pub seen: Vec<Seen>,
}

/// A tablet that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The tablet.
    pub tablet: Tablet,
    /// A loan of it is not over: a lost one's is open until it is written off.
    pub on_loan: bool,
}

/// Counts the tablets of a venue. A tablet that moved after the sweep says nothing
/// about it, and the sweep says nothing about where the tablet is now.
pub fn take_stock(known: &Known, command: &TakeStock, given: &Given) -> Decided {
    given.require_operator()?;
    if known.exists {
        return Err(Refusal::AlreadyThere);
    }
    if command.seen.len() > SEEN_MAX {
        let max = u32::try_from(SEEN_MAX).expect("a small number");
        return Err(Refusal::TooMany { max });
    }
    let Sweep {
        found,
        missing,
        unexpected,
    } = swept(known, given);
    let mut events: Vec<Event> = missing.iter().flat_map(|it| not_there(it)).collect();
    let turned_up = unexpected.iter().map(|it| turned_up(it, known.venue));
    events.extend(turned_up.flatten());
    events.push(Event::StockTaken {
        stocktake: command.stocktake,
        venue: known.venue,
        found: u32::try_from(found).expect("a small number"),
        missing: missing.iter().map(|it| it.id).collect(),
        unexpected: unexpected.iter().map(|it| it.tablet.id).collect(),
    });
    Ok(events)
}

struct Sweep<'a> {
    found: usize,
    missing: Vec<&'a Tablet>,
    unexpected: Vec<&'a Seen>,
}

fn swept<'a>(known: &'a Known, given: &Given) -> Sweep<'a> {
    let moved_since = |it: &Tablet| given.occurred_at < it.custody_since;
    let seen: BTreeSet<TabletId> = known.seen.iter().map(|it| it.tablet.id).collect();
    let expected: BTreeSet<TabletId> = known.expected.iter().map(|it| it.id).collect();
    let missing = known.expected.iter().filter(|it| !seen.contains(&it.id));
    let unexpected = known
        .seen
        .iter()
        .filter(|it| !expected.contains(&it.tablet.id));
    Sweep {
        found: expected.intersection(&seen).count(),
        missing: missing.filter(|it| !moved_since(it)).collect(),
        unexpected: unexpected.filter(|it| !moved_since(&it.tablet)).collect(),
    }
}

fn not_there(tablet: &Tablet) -> impl Iterator<Item = Event> + use<> {
    let missed = Event::MarkedMissing { tablet: tablet.id };
    no_longer_put_aside(tablet)
        .into_iter()
        .chain(std::iter::once(missed))
}

/// A tablet that nobody has was found: it is here, and somebody may have used it.
/// One from another venue only moved. One that a borrower has is a report.
fn turned_up(seen: &Seen, venue: VenueId) -> Vec<Event> {
    let id = seen.tablet.id;
    let freed = no_longer_put_aside(&seen.tablet);
    match seen.tablet.custody {
        Custody::Withdrawn | Custody::Gifted => {
            vec![Event::RetiredTabletSeen { tablet: id, venue }]
        }
        Custody::OnLoan(_) => vec![Event::ReportedBack { tablet: id }],
        Custody::Lost if seen.on_loan => vec![Event::ReportedBack { tablet: id }],
        Custody::AtVenue(_) => {
            let moved = Event::Received { tablet: id, venue };
            freed.into_iter().chain(std::iter::once(moved)).collect()
        }
        Custody::InTransit(_) | Custody::Missing | Custody::Lost => vec![found(id, venue)],
    }
}

fn found(tablet: TabletId, venue: VenueId) -> Event {
    Event::Returned {
        tablet,
        loan: None,
        venue,
        presence: Presence::StickerOnly,
        condition: Condition::NotSeen,
    }
}
