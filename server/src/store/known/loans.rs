//! What is read before a loan begins, goes on, ends or is in doubt.

use shared::{
    command::{
        AnswerStillGotIt, CheckOut, CloseDispute, Command, HandOn, Renew, ReportBack, Return, Undo,
    },
    decide::{self, Decided, Given, report::UnknownKnown, undo::Done},
    event::{Event, Origin},
    ids::{CommandId, LoanId, TabletId},
    loan::Loan,
    refusal::Refusal,
    tablet::{Reset, Tablet},
    time::Day,
    trip::Errand,
    venue::Venue,
};

use super::{Reader, Word};
use crate::store::Fault;

impl Reader {
    pub(super) fn check_out(&self, it: &CheckOut, command: &Command, given: &Given) -> Word {
        self.with_venue(command, |venue| match self.tablet(it.tablet)? {
            Some(tablet) => self.lend(tablet, venue, it, given),
            None if it.done => Ok(unknown(it.tablet, Some(it.loan), &venue, command, given)),
            None => Ok(Err(Refusal::TabletUnknown)),
        })
    }

    fn lend(&self, tablet: Tablet, venue: Venue, it: &CheckOut, given: &Given) -> Word {
        let borrower = |id| self.borrower_view(id);
        let served = |id| self.hold_served(id, &tablet, venue.id);
        let their_hold = it.borrower.map(served).transpose()?.flatten();
        let errand = their_hold.as_ref().map(|hold| Errand::Deliver(hold.id));
        let known = decide::check_out::Known {
            exists: self.loan(it.loan)?.is_some(),
            order_delivered: self.may_begin_reset(&tablet)?,
            open_loan: self.current_loan(tablet.id)?.filter(Loan::is_open),
            borrower: it.borrower.map(borrower).transpose()?.flatten(),
            delivery: self.trip_for(errand)?,
            their_hold,
            image_withdraw_on: self.withdraw_on(&tablet)?,
            tablet,
            venue: venue.id,
            calendar: venue.calendar,
            policy: self.policy().clone(),
        };
        Ok(decide::check_out::check_out(&known, it, given))
    }

    /// Whether its agent was given an order that it may begin at any moment.
    fn may_begin_reset(&self, tablet: &Tablet) -> Result<bool, Fault> {
        match &tablet.reset {
            Reset::Ordered(pending) => self.is_delivered(pending.order),
            Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. } => Ok(false),
        }
    }

    fn trip_for(&self, errand: Option<Errand>) -> Result<Option<shared::ids::TripId>, Fault> {
        let planned = |errand| self.trip_planned(errand);
        Ok(errand.map(planned).transpose()?.flatten())
    }

    pub(super) fn renew(&self, it: &Renew, given: &Given) -> Word {
        let Some(loan) = self.loan(it.loan)? else {
            return Ok(Err(Refusal::LoanUnknown));
        };
        self.with_tablet(loan.tablet, |tablet| {
            let calendar = self.venue(loan.venue)?.map(|venue| venue.calendar);
            let known = decide::renew::Known {
                waiting: self.holds_waiting(loan.venue)?,
                loan,
                tablet,
                calendar: calendar.unwrap_or_default(),
                policy: self.policy().clone(),
            };
            Ok(decide::renew::renew(&known, it, given))
        })
    }

    pub(super) fn take_back(&self, it: &Return, command: &Command, given: &Given) -> Word {
        self.with_venue(command, |venue| match self.tablet(it.tablet)? {
            Some(tablet) => {
                let known = self.back(tablet, &venue)?;
                Ok(decide::returns::take(&known, it, given))
            }
            None => Ok(unknown(it.tablet, it.loan, &venue, command, given)),
        })
    }

    pub(super) fn hand_on(&self, it: &HandOn, command: &Command, given: &Given) -> Word {
        self.with_venue(command, |venue| {
            self.with_tablet(it.tablet, |tablet| {
                let known = decide::hand_on::Known {
                    back: self.back(tablet, &venue)?,
                    kind: venue.kind,
                };
                Ok(decide::hand_on::hand_on(&known, it, given))
            })
        })
    }

    fn back(&self, tablet: Tablet, venue: &Venue) -> Result<decide::returns::Known, Fault> {
        let current = self.current_loan(tablet.id)?;
        let errand = current.as_ref().map(|loan| Errand::Collect(loan.id));
        Ok(decide::returns::Known {
            tablet,
            collection: self.trip_for(errand)?,
            current,
            venue: venue.id,
            image: self.image_to_order()?,
            queue: self.queue(venue.id)?,
        })
    }

    pub(super) fn undo(&self, it: &Undo, given: &Given) -> Word {
        let known = decide::undo::Known {
            done: self.done(it.command)?,
        };
        Ok(decide::undo::undo(&known, it, given))
    }

    /// What this command did, if it was taken and did what can be undone.
    fn done(&self, command: CommandId) -> Result<Option<Done>, Fault> {
        let Some(places) = self.events_of(command)? else {
            return Ok(None);
        };
        let last = places.end - 1;
        let recorded = self.entries(places)?;
        let Some(first) = recorded.first() else {
            return Ok(None);
        };
        let actor = first.actor;
        let events: Vec<Event> = recorded.into_iter().map(|it| it.event).collect();
        let read = |id| Ok::<_, Fault>((self.tablet(id)?, self.tablet_version(id)?));
        let tablet = decide::undo::tablet(&events).map(read).transpose()?;
        let Some((Some(tablet), Some(version))) = tablet else {
            return Ok(None);
        };
        Ok(Some(Done {
            actor,
            order_delivered: self.any_delivered(&events)?,
            contested: self.is_contested(&events)?,
            events,
            tablet,
            touched_since: version > last,
        }))
    }

    /// Whether a dispute about the loan that it ended waits for a person.
    fn is_contested(&self, events: &[Event]) -> Result<bool, Fault> {
        for event in events {
            if let Some((loan, _)) = event.loan_change()
                && self.is_loan_contested(loan)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn any_delivered(&self, events: &[Event]) -> Result<bool, Fault> {
        for event in events {
            if let Event::ResetOrdered { order, .. } = event
                && self.is_delivered(*order)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn report_back(&self, it: &ReportBack, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::report::Known { tablet };
            Ok(decide::report::report_back(&known, it, given))
        })
    }

    pub(super) fn answer(&self, it: &AnswerStillGotIt, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::dispute::AnswerKnown { tablet };
            Ok(decide::dispute::answer(&known, it, given))
        })
    }

    pub(super) fn close_dispute(&self, it: &CloseDispute, given: &Given) -> Word {
        let Some(dispute) = self.dispute(it.dispute)? else {
            return Ok(Err(Refusal::DisputeUnknown));
        };
        let tablet = self.tablet(dispute.tablet)?;
        let known = decide::dispute::CloseKnown { dispute, tablet };
        Ok(decide::dispute::close(&known, it, given))
    }

    fn withdraw_on(&self, tablet: &Tablet) -> Result<Option<Day>, Fault> {
        let Some(proof) = tablet.proof() else {
            return Ok(None);
        };
        Ok(self.image(proof.image)?.and_then(|image| image.withdraw_on))
    }
}

/// Only a kiosk can have known a tablet that is not known here.
fn unknown(
    tablet: TabletId,
    loan: Option<LoanId>,
    venue: &Venue,
    command: &Command,
    given: &Given,
) -> Decided {
    let Origin::Kiosk(_) = command.origin else {
        return Err(Refusal::TabletUnknown);
    };
    let venue = venue.id;
    let known = UnknownKnown {
        tablet,
        loan,
        venue,
    };
    decide::report::unknown_seen(known, given)
}
