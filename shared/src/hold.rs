//! A hold: a place in a venue's queue for a tablet. Who waits stands elsewhere,
//! under the hold's random id; what they need of a tablet is parts of its kit, and
//! never a word about the person (R13).

use crate::{
    ids::{HoldId, TabletId, VenueId},
    kit::Kit,
    tablet::Tablet,
    time::{Day, Moment},
};

/// How a hold ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldEnd {
    /// Its borrower took a tablet.
    Collected,
    /// It is not wanted any more.
    Cancelled,
    /// Its tablet was not fetched in time.
    Expired,
}

/// How far a hold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldState {
    /// In the queue.
    Waiting,
    /// A tablet is kept for it.
    PutAside {
        /// Which.
        tablet: TabletId,
        /// The last day on which it is kept.
        until: Option<Day>,
    },
    /// It is over.
    Ended {
        /// How.
        how: HoldEnd,
    },
}

/// A place in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id, which is also its pseudonym.
    pub id: HoldId,
    /// Where the tablet is to be fetched.
    pub venue: VenueId,
    /// Parts that the tablet's kit must have.
    pub needs: Kit,
    /// When it was placed.
    pub placed_at: Moment,
    /// How far it has come.
    pub state: HoldState,
}

impl Hold {
    /// Whether it waits in the queue.
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, HoldState::Waiting)
    }

    /// Whether this tablet has what it needs: nothing of it is missing.
    pub fn is_met_by(&self, tablet: &Tablet) -> bool {
        let has = |part| tablet.kit.contains(part) && !tablet.missing_parts.contains(part);
        self.needs.iter().all(has)
    }
}
