//! Stocktake: one sweep of the camera over the tablets of a venue says what was
//! found, what is missing and what should be elsewhere. A sweep sees stickers
//! only, so it erases nothing and closes no loan.

use std::collections::{BTreeMap, BTreeSet};

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

/// Counts the tablets of a venue.
pub fn take_stock(known: &Known, command: &TakeStock, given: &Given) -> Decided {
    given.require_operator()?;
    if command.seen.len() > SEEN_MAX {
        let max = u32::try_from(SEEN_MAX).expect("a small number");
        return Err(Refusal::TooMany { max });
    }
    let by_id = |seen: &Seen| (seen.tablet.id, seen.clone());
    let seen: BTreeMap<TabletId, Seen> = known.seen.iter().map(by_id).collect();
    let expected: BTreeSet<TabletId> = known.expected.iter().map(|it| it.id).collect();
    let missing = known
        .expected
        .iter()
        .filter(|it| !seen.contains_key(&it.id));
    let unexpected = seen.values().filter(|it| !expected.contains(&it.tablet.id));
    let mut events: Vec<Event> = missing.clone().flat_map(not_there).collect();
    events.extend(unexpected.clone().flat_map(|it| turned_up(it, known.venue)));
    let missing: Vec<TabletId> = missing.map(|it| it.id).collect();
    events.push(Event::StockTaken {
        stocktake: command.stocktake,
        venue: known.venue,
        found: u32::try_from(expected.len() - missing.len()).expect("a small number"),
        missing,
        unexpected: unexpected.map(|it| it.tablet.id).collect(),
    });
    Ok(events)
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
