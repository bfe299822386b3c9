//! The only place where an event becomes state. Total: every event is applied to
//! every state without fault, because the log may hold any order of facts.

use crate::{
    dispute::Dispute,
    event::{Event, LoanChange, Recorded},
    ids::{LoanId, VenueId},
    loan::{Loan, LoanState},
    tablet::{Custody, Epoch, Flag, Flags, LastReturn, Presence, Proof, Reset, ResetOrder, Tablet},
    time::Moment,
};

impl Tablet {
    /// The tablet that an enrolment makes; `None` for any other event.
    pub fn from_enrolment(recorded: &Recorded) -> Option<Self> {
        let Event::TabletEnrolled {
            tablet,
            number,
            serial,
            model,
            venue,
            keys,
            tag,
        } = &recorded.event
        else {
            return None;
        };
        Some(Self {
            id: *tablet,
            number: *number,
            serial: serial.clone(),
            model: model.clone(),
            tag: *tag,
            keys: *keys,
            custody: Custody::AtVenue(*venue),
            custody_since: recorded.occurred_at,
            epoch: Epoch(1),
            reset: Reset::Dirty,
            order_counter: 0,
            flags: Flags::default(),
            put_aside: None,
            last_return: None,
            reported_back: false,
        })
    }

    /// What the tablet is after this event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::CheckedOut { loan, .. } => self.checked_out(*loan, at),
            Event::Returned {
                loan,
                venue,
                presence,
                ..
            } => {
                self.returned(*loan, *venue, *presence, at);
            }
            Event::ReportedBack { .. } => self.reported_back = true,
            Event::StillGotItAnswered { .. } => self.answered(),
            Event::LoanReopened { loan, .. } => self.loan_reopened(*loan, at),
            Event::FlagSet { flag, .. } => self.set_flag(*flag, true),
            Event::FlagCleared { flag, .. } => self.set_flag(*flag, false),
            Event::ResetOrdered {
                order,
                nonce,
                counter,
                image,
                ..
            } => {
                let failed_tries = self.failed_tries();
                let (order, nonce, image, counter) = (*order, *nonce, *image, *counter);
                self.reset_ordered(ResetOrder {
                    order,
                    nonce,
                    image,
                    counter,
                    failed_tries,
                });
            }
            Event::ResetVerified {
                image,
                kind,
                receipt,
                ..
            } => {
                let (image, kind, receipt) = (*image, *kind, *receipt);
                let proven_at = recorded.recorded_at;
                self.reset_verified(Proof {
                    image,
                    kind,
                    receipt,
                    proven_at,
                });
            }
            Event::ResetFailed { tries, .. } => self.reset = Reset::Failed { tries: *tries },
            Event::Sent { to, .. } => self.moved(Custody::InTransit(*to), at),
            Event::Received { venue, .. } => self.moved(Custody::AtVenue(*venue), at),
            Event::MarkedMissing { .. } => self.moved(Custody::Missing, at),
            Event::MarkedLost { .. } => self.moved(Custody::Lost, at),
            Event::Withdrawn { .. } => self.moved(Custody::Withdrawn, at),
            Event::Gifted { .. } => self.moved(Custody::Gifted, at),
            Event::PutAside { hold, .. } => self.put_aside = Some(*hold),
            Event::PutAsideEnded { .. } => self.put_aside = None,
            Event::VenueOpened { .. }
            | Event::OperatorAppointed { .. }
            | Event::KioskEnrolled { .. }
            | Event::ImageReleased { .. }
            | Event::TabletEnrolled { .. }
            | Event::ReturnCameLate { .. }
            | Event::RetiredTabletSeen { .. }
            | Event::DisputeRaised { .. }
            | Event::DisputeClosed { .. }
            | Event::CommandIdReused { .. } => {}
        }
    }

    fn checked_out(&mut self, loan: LoanId, at: Moment) {
        self.moved(Custody::OnLoan(loan), at);
        self.open_epoch();
        self.put_aside = None;
        self.last_return = None;
        self.reported_back = false;
    }

    fn returned(&mut self, loan: Option<LoanId>, venue: VenueId, presence: Presence, at: Moment) {
        self.moved(Custody::AtVenue(venue), at);
        self.open_epoch_unless_pending();
        self.reported_back = false;
        if let Some(loan) = loan {
            self.last_return = Some(LastReturn {
                loan,
                returned_at: at,
                presence,
                answered: false,
            });
        } else if presence == Presence::InHand {
            self.seen_in_hand();
        }
    }

    fn answered(&mut self) {
        if let Some(last) = &mut self.last_return {
            last.answered = true;
        }
    }

    fn loan_reopened(&mut self, loan: LoanId, at: Moment) {
        self.moved(Custody::OnLoan(loan), at);
        self.last_return = None;
    }

    fn reset_ordered(&mut self, order: ResetOrder) {
        self.order_counter = order.counter;
        self.reset = Reset::Ordered(order);
        self.seen_in_hand();
    }

    fn reset_verified(&mut self, proof: Proof) {
        self.reset = Reset::Proven(proof);
        self.last_return = None;
    }

    fn seen_in_hand(&mut self) {
        if let Some(last) = &mut self.last_return {
            last.presence = Presence::InHand;
        }
    }

    fn set_flag(&mut self, flag: Flag, on: bool) {
        match flag {
            Flag::PartMissing => self.flags.part_missing = on,
            Flag::Damaged => self.flags.damaged = on,
            Flag::Withheld(reason) => self.flags.withheld = on.then_some(reason),
        }
        // Clearing what five failed tries set lets the reset begin afresh.
        if !on
            && matches!(
                (flag, self.reset),
                (Flag::Withheld(_), Reset::Failed { .. })
            )
        {
            self.reset = Reset::Dirty;
        }
    }

    fn moved(&mut self, custody: Custody, at: Moment) {
        self.custody = custody;
        self.custody_since = self.custody_since.max(at);
    }

    fn open_epoch(&mut self) {
        self.epoch = self.epoch.next();
        self.reset = Reset::Dirty;
    }

    /// A second scan of a tablet whose reset is due or at work asks for nothing
    /// new; one that was thought clean may have been used.
    fn open_epoch_unless_pending(&mut self) {
        match self.reset {
            Reset::Dirty | Reset::Ordered(_) => {}
            Reset::Failed { .. } if self.flags.withheld.is_some() => {}
            Reset::Proven(_) | Reset::Failed { .. } => self.open_epoch(),
        }
    }

    const fn failed_tries(&self) -> u8 {
        match self.reset {
            Reset::Failed { tries } => tries,
            Reset::Dirty | Reset::Ordered(_) | Reset::Proven(_) => 0,
        }
    }
}

impl Loan {
    /// The loan that a check out makes; `None` for any other event.
    pub fn from_check_out(recorded: &Recorded) -> Option<Self> {
        let Event::CheckedOut {
            tablet,
            loan,
            venue,
            due_on,
        } = &recorded.event
        else {
            return None;
        };
        Some(Self {
            id: *loan,
            tablet: *tablet,
            venue: *venue,
            checked_out_at: recorded.occurred_at,
            due_on: *due_on,
            state: LoanState::Open,
        })
    }

    /// What the loan is after this event, where the event names it.
    pub fn apply(&mut self, recorded: &Recorded) {
        match recorded.event.loan_change() {
            Some((loan, change)) if loan == self.id => self.change(change, recorded.occurred_at),
            Some(_) | None => {}
        }
    }

    fn change(&mut self, change: LoanChange, at: Moment) {
        self.state = match change {
            LoanChange::Began | LoanChange::WentOn => LoanState::Open,
            LoanChange::CameInDoubt => LoanState::Contested,
            LoanChange::Ended => LoanState::Closed { closed_at: at },
        };
    }
}

impl Dispute {
    /// The dispute that this event raises; `None` for any other event.
    pub fn from_raised(recorded: &Recorded) -> Option<Self> {
        let Event::DisputeRaised {
            dispute,
            cause,
            tablet,
            loan,
        } = recorded.event
        else {
            return None;
        };
        Some(Self {
            id: dispute,
            cause,
            tablet,
            loan,
            decision: None,
        })
    }

    /// What the dispute is after this event, where the event names it.
    pub fn apply(&mut self, recorded: &Recorded) {
        if let Event::DisputeClosed {
            dispute, decision, ..
        } = recorded.event
            && dispute == self.id
        {
            self.decision = Some(decision);
        }
    }
}
