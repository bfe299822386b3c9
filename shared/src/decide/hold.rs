//! Holds: a queue a venue, first come first served among those whose needs a
//! tablet meets. A tablet is put aside as soon as it can be told that it will be
//! lendable there: at its return, when somebody had it in hand and its reset is
//! ordered. One of which only the sticker was seen waits in the tray for nobody.

use super::{Decided, Given};
use crate::{
    borrower::BorrowerView,
    command::{CancelHold, ExpireHold, PlaceHold, ServeQueue},
    event::Event,
    hold::{Hold, HoldEnd, HoldState},
    policy::Policy,
    refusal::Refusal,
    tablet::{Reset, Tablet},
    venue::Calendar,
};

/// Who waits at a venue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Holds that wait, the first to be served first.
    pub waiting: Vec<Hold>,
    /// When the venue is closed.
    pub calendar: Calendar,
    /// How long a tablet is kept, in civil days.
    pub hold_days: u16,
}

impl Queue {
    /// The fact that this tablet, which is at the venue, is kept for the first who
    /// can use it.
    pub(super) fn put_aside(&self, tablet: &Tablet, given: &Given) -> Option<Event> {
        if !can_be_kept(tablet) {
            return None;
        }
        let next = self.waiting.iter().find(|hold| hold.is_met_by(tablet))?;
        Some(self.kept(tablet, next, given))
    }

    fn kept(&self, tablet: &Tablet, hold: &Hold, given: &Given) -> Event {
        let day = given.now.day().plus_days(self.hold_days);
        Event::PutAside {
            tablet: tablet.id,
            hold: hold.id,
            until: Some(self.calendar.open_on_or_after(day)),
        }
    }
}

fn can_be_kept(tablet: &Tablet) -> bool {
    let clean_soon = match tablet.reset {
        Reset::Ordered(_) | Reset::Proven(_) => true,
        Reset::Dirty | Reset::Failed { .. } => false,
    };
    let free = !tablet.flags.any() && tablet.put_aside.is_none();
    tablet.venue().is_some() && clean_soon && free
}

/// The fact that a tablet is no longer kept for anybody, if it is.
pub(super) fn no_longer_put_aside(tablet: &Tablet) -> Option<Event> {
    tablet.put_aside.map(|hold| Event::PutAsideEnded {
        tablet: tablet.id,
        hold: Some(hold),
    })
}

/// What is read before a place in a queue is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceKnown {
    /// There is a hold of that id.
    pub exists: bool,
    /// There is such a venue.
    pub venue_exists: bool,
    /// The borrower, if there is one of that id.
    pub borrower: Option<BorrowerView>,
    /// Tablets that are ready at that venue, in the order of their numbers.
    pub ready: Vec<Tablet>,
    /// When that venue is closed.
    pub calendar: Calendar,
    /// The figures to decide by.
    pub policy: Policy,
}

/// Takes a place in a queue; a tablet that is ready is kept at once.
pub fn place(known: &PlaceKnown, command: &PlaceHold, given: &Given) -> Decided {
    given.require_operator()?;
    let max = known.policy.holds_max;
    if known.exists {
        return Err(Refusal::AlreadyThere);
    }
    if !known.venue_exists {
        return Err(Refusal::VenueUnknown);
    }
    let borrower = known.borrower.ok_or(Refusal::BorrowerUnknown)?;
    if borrower.holds >= max {
        return Err(Refusal::HoldLimit { max });
    }
    let hold = placed(command, given);
    let queue = Queue {
        waiting: vec![hold],
        calendar: known.calendar.clone(),
        hold_days: known.policy.hold_days,
    };
    let mut ready = known.ready.iter();
    let kept = ready.find_map(|tablet| queue.put_aside(tablet, given));
    let placed = Event::HoldPlaced {
        hold: command.hold,
        venue: command.venue,
        needs: command.needs.clone(),
    };
    Ok(std::iter::once(placed).chain(kept).collect())
}

fn placed(command: &PlaceHold, given: &Given) -> Hold {
    Hold {
        id: command.hold,
        venue: command.venue,
        needs: command.needs.clone(),
        placed_at: given.now,
        state: HoldState::Waiting,
    }
}

/// What is read before a hold ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndKnown {
    /// The hold.
    pub hold: Hold,
    /// The tablet that is kept for it, if one is.
    pub tablet: Option<Tablet>,
    /// The others who wait there.
    pub queue: Queue,
}

/// Gives a place in a queue up.
pub fn cancel(known: &EndKnown, _command: &CancelHold, given: &Given) -> Decided {
    given.require_operator()?;
    end(known, HoldEnd::Cancelled, given)
}

/// Ends a hold whose tablet was not fetched in time.
pub fn expire(known: &EndKnown, _command: &ExpireHold, given: &Given) -> Decided {
    given.require_operator()?;
    match known.hold.state {
        HoldState::PutAside {
            until: Some(until), ..
        } if given.now.day() > until => end(known, HoldEnd::Expired, given),
        HoldState::PutAside { .. } | HoldState::Waiting => Err(Refusal::NotExpired),
        HoldState::Ended { .. } => Err(Refusal::HoldOver),
    }
}

/// The tablet that was kept goes to the next who waits.
fn end(known: &EndKnown, how: HoldEnd, given: &Given) -> Decided {
    if let HoldState::Ended { .. } = known.hold.state {
        return Err(Refusal::HoldOver);
    }
    let hold = known.hold.id;
    let Some(tablet) = &known.tablet else {
        return Ok(vec![Event::HoldEnded { hold, how }]);
    };
    let mut events: Vec<Event> = no_longer_put_aside(tablet).into_iter().collect();
    events.push(Event::HoldEnded { hold, how });
    let free = given.after(tablet, &events);
    events.extend(known.queue.put_aside(&free, given));
    Ok(events)
}

/// What is read before what is ready is kept for whoever waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeKnown {
    /// Who waits.
    pub queue: Queue,
    /// Tablets that are ready there, in the order of their numbers.
    pub ready: Vec<Tablet>,
}

/// Keeps what is ready for whoever waits, the first first.
pub fn serve(known: &ServeKnown, _command: &ServeQueue, given: &Given) -> Decided {
    given.require_operator()?;
    let mut free: Vec<&Tablet> = known.ready.iter().filter(|it| can_be_kept(it)).collect();
    let mut events = Vec::new();
    for hold in &known.queue.waiting {
        let Some(at) = free.iter().position(|tablet| hold.is_met_by(tablet)) else {
            continue;
        };
        events.push(known.queue.kept(free.remove(at), hold, given));
    }
    if events.is_empty() {
        return Err(Refusal::HoldUnknown);
    }
    Ok(events)
}
