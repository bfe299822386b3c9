//! What is really so, whatever anybody wrote down: where each tablet is, and who
//! the people are.

use shared::{
    badge::Badge,
    borrower::CardNumber,
    ids::{BorrowerId, CommandId, OperatorId, VenueId},
    venue::Venue,
};

/// Where a tablet really is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this venue.
    Venue(usize),
    /// With this borrower.
    With(usize),
    /// In a box on its way to this venue.
    Box(usize),
}

/// A person with a card.
pub struct Borrower {
    /// Their id.
    pub id: BorrowerId,
    /// Their name; it must never be in the log.
    pub name: String,
    /// Their card; the same.
    pub card: CardNumber,
}

/// A member of staff.
pub struct Operator {
    /// Their id.
    pub id: OperatorId,
    /// Their name; it must never be in the log.
    pub name: String,
    /// Their badge.
    pub badge: Badge,
    /// Where they may act.
    pub venues: Vec<VenueId>,
}

/// What staff did last with a tablet in hand, as they remember it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handled {
    /// What they did.
    pub what: Handling,
    /// Their command.
    pub command: CommandId,
    /// Who.
    pub operator: OperatorId,
    /// At which kiosk.
    pub kiosk: usize,
}

/// What staff do with a tablet in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// They lent it.
    Lent,
    /// They took it back.
    TakenBack,
}

/// What is really so.
pub struct Truth {
    /// Where each tablet is.
    pub places: Vec<Place>,
    /// The tablets that somebody at a counter has in hand at this moment.
    pub in_hand: Vec<bool>,
    /// The borrower who had each tablet last.
    pub had: Vec<Option<usize>>,
    /// The last code of each tablet's own screen that somebody photographed.
    pub photographed: Vec<Option<String>>,
    /// The places that lend.
    pub venues: Vec<Venue>,
    /// People with a card.
    pub borrowers: Vec<Borrower>,
    /// Members of staff.
    pub operators: Vec<Operator>,
}

impl Truth {
    /// The tablets at this venue that nobody has in hand.
    pub fn shelf(&self, venue: usize) -> Vec<usize> {
        self.free(|place| place == Place::Venue(venue))
    }

    /// The tablets that are with borrowers.
    pub fn out(&self) -> Vec<usize> {
        self.free(|place| matches!(place, Place::With(_)))
    }

    /// The tablets in boxes, each with the venue that its box goes to.
    pub fn boxed(&self) -> Vec<(usize, usize)> {
        let boxed = |(at, place): (usize, &Place)| match place {
            Place::Box(to) => Some((at, *to)),
            Place::Venue(_) | Place::With(_) => None,
        };
        self.places.iter().enumerate().filter_map(boxed).collect()
    }

    fn free(&self, wanted: impl Fn(Place) -> bool) -> Vec<usize> {
        let tablets = self.places.iter().zip(&self.in_hand).enumerate();
        let free = tablets.filter(|(_, (place, in_hand))| wanted(**place) && !**in_hand);
        free.map(|(at, _)| at).collect()
    }

    /// The borrower who has this tablet.
    pub fn holder(&self, tablet: usize) -> Option<usize> {
        match self.places.get(tablet) {
            Some(Place::With(borrower)) => Some(*borrower),
            Some(Place::Venue(_) | Place::Box(_)) | None => None,
        }
    }
}
