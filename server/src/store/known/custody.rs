//! What is read before tablets move without a borrower.

use std::collections::BTreeSet;

use shared::{
    command::{CallOffTrip, Command, EndTransfer, PlanTrip, Receive, Relocate, Send, TakeStock},
    decide::{
        self, Given,
        stock::{SEEN_MAX, Seen},
    },
    ids::TabletId,
    refusal::Refusal,
    tablet::Tablet,
    transfer::BOX_MAX,
    trip::Errand,
};

use super::{Reader, Word};
use crate::store::Fault;

impl Reader {
    pub(super) fn send(&self, it: &Send, command: &Command, given: &Given) -> Word {
        self.with_venue(command, |venue| {
            let known = decide::transfer::SendKnown {
                exists: self.transfer(it.transfer)?.is_some(),
                from: venue.id,
                to_exists: self.venue(it.to)?.is_some(),
                tablets: self.each_once(&it.tablets, BOX_MAX)?,
            };
            Ok(decide::transfer::send(&known, it, given))
        })
    }

    pub(super) fn receive(&self, it: &Receive, command: &Command, given: &Given) -> Word {
        self.with_venue(command, |venue| {
            self.with_tablet(it.tablet, |tablet| {
                let known = decide::transfer::ReceiveKnown {
                    tablet,
                    venue: venue.id,
                    queue: self.queue(venue.id)?,
                };
                Ok(decide::transfer::receive(&known, it, given))
            })
        })
    }

    pub(super) fn end_transfer(&self, it: &EndTransfer, given: &Given) -> Word {
        let Some(transfer) = self.transfer(it.transfer)? else {
            return Ok(Err(Refusal::TransferUnknown));
        };
        let left = self.left_in(it.transfer)?;
        let known = decide::transfer::EndKnown { transfer, left };
        Ok(decide::transfer::end(&known, it, given))
    }

    pub(super) fn relocate(&self, it: &Relocate, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let current = self.current_loan(tablet.id)?;
            let known = decide::relocate::Known { tablet, current };
            Ok(decide::relocate::relocate(&known, it, given))
        })
    }

    pub(super) fn take_stock(&self, it: &TakeStock, command: &Command, given: &Given) -> Word {
        self.with_venue(command, |venue| {
            let seen = self.each_once(&it.seen, SEEN_MAX)?;
            let seen: Result<_, Fault> = seen.into_iter().map(|it| self.seen(it)).collect();
            let known = decide::stock::Known {
                exists: self.stocktake_exists(it.stocktake)?,
                venue: venue.id,
                expected: self.tablets_at(venue.id)?,
                seen: seen?,
            };
            Ok(decide::stock::take_stock(&known, it, given))
        })
    }

    fn seen(&self, tablet: Tablet) -> Result<Seen, Fault> {
        let on_loan = self.current_loan(tablet.id)?.is_some();
        Ok(Seen { tablet, on_loan })
    }

    /// The tablets of these ids, each once; the rules refuse more than `most`, so no
    /// more are read.
    fn each_once(&self, ids: &[TabletId], most: usize) -> Result<Vec<Tablet>, Fault> {
        let ids: BTreeSet<TabletId> = ids.iter().take(most).copied().collect();
        let read = |id| self.tablet(id).transpose();
        ids.into_iter().filter_map(read).collect()
    }

    pub(super) fn plan_trip(&self, it: &PlanTrip, command: &Command, given: &Given) -> Word {
        self.with_venue(command, |venue| {
            let (hold, loan) = match it.errand {
                Errand::Deliver(hold) => (self.hold(hold)?, None),
                Errand::Collect(loan) => (None, self.loan(loan)?),
            };
            let planned = self.trip_planned(it.errand)?.is_some();
            let known = decide::trip::PlanKnown {
                exists: planned || self.trip(it.trip)?.is_some(),
                venue: venue.id,
                hold,
                loan,
            };
            Ok(decide::trip::plan(&known, it, given))
        })
    }

    pub(super) fn call_off_trip(&self, it: &CallOffTrip, given: &Given) -> Word {
        let Some(trip) = self.trip(it.trip)? else {
            return Ok(Err(Refusal::TripUnknown));
        };
        let known = decide::trip::CallOffKnown { trip };
        Ok(decide::trip::call_off(&known, it, given))
    }
}
