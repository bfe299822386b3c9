//! What is read before somebody takes or gives up a place in a queue.

use shared::{
    command::{CancelHold, ExpireHold, PlaceHold, ServeQueue},
    decide::{
        self, Given,
        hold::{EndKnown, PlaceKnown, ServeKnown},
    },
    hold::{Hold, HoldState},
    ids::HoldId,
    refusal::Refusal,
    tablet::Tablet,
};

use super::{Reader, Word};
use crate::store::Fault;

impl Reader {
    pub(super) fn place_hold(&self, it: &PlaceHold, given: &Given) -> Word {
        let venue = self.venue(it.venue)?;
        let known = PlaceKnown {
            exists: self.hold(it.hold)?.is_some(),
            venue_exists: venue.is_some(),
            borrower: self.borrower_view(it.borrower)?,
            ready: self.ready_at(it.venue)?,
            calendar: venue.map(|venue| venue.calendar).unwrap_or_default(),
            policy: self.policy().clone(),
        };
        Ok(decide::hold::place(&known, it, given))
    }

    pub(super) fn cancel_hold(&self, it: &CancelHold, given: &Given) -> Word {
        self.with_hold(it.hold, |known| Ok(decide::hold::cancel(&known, it, given)))
    }

    pub(super) fn expire_hold(&self, it: &ExpireHold, given: &Given) -> Word {
        self.with_hold(it.hold, |known| Ok(decide::hold::expire(&known, it, given)))
    }

    pub(super) fn serve_queue(&self, it: &ServeQueue, given: &Given) -> Word {
        let known = ServeKnown {
            queue: self.queue(it.venue)?,
            ready: self.ready_at(it.venue)?,
        };
        Ok(decide::hold::serve(&known, it, given))
    }

    fn with_hold(&self, id: HoldId, decide: impl FnOnce(EndKnown) -> Word) -> Word {
        let Some(hold) = self.hold(id)? else {
            return Ok(Err(Refusal::HoldUnknown));
        };
        decide(EndKnown {
            tablet: self.kept_for(&hold)?,
            queue: self.queue(hold.venue)?,
            hold,
        })
    }

    fn kept_for(&self, hold: &Hold) -> Result<Option<Tablet>, Fault> {
        match hold.state {
            HoldState::PutAside { tablet, .. } => self.tablet(tablet),
            HoldState::Waiting | HoldState::Ended { .. } => Ok(None),
        }
    }
}
