//! Each command, decided on what is kept.

use std::collections::BTreeSet;

use shared::{
    command::{
        Action, AgreeWipe, AppointOperator, AskWipe, CallOffTrip, CallOffWipe, CheckOut,
        CloseDispute, EndTransfer, EnrolKiosk, EnrolTablet, HandOn, PlaceHold, PlanTrip, Receive,
        ReleaseImage, Relocate, Renew, Return, Send, StartWipe, TakeStock,
    },
    decide::{self, Decided, Given, stock::Seen},
    hold::HoldState,
    ids::{HoldId, LoanId, TabletId, TransferId, VenueId, WipeId},
    refusal::Refusal,
    tablet::{Reset, StateWord, Tablet},
    trip::Errand,
    venue::Venue,
    wipe::Wipe,
};

use super::{Asked, Library};

/// What is read of one tablet and no more.
macro_rules! of_tablet {
    ($library:ident, $it:ident, $known:path) => {{
        let tablet = $library.tablet($it.tablet)?;
        $known { tablet }
    }};
}

impl Library {
    pub fn decide(&self, asked: &Asked, given: &Given) -> Decided {
        let at = asked.venue;
        match &asked.action {
            Action::OpenVenue(it) => decide::setup::open_venue(self.place(it), it, given),
            Action::ChangeVenue(it) => decide::setup::change_venue(self.place(it), it, given),
            Action::AppointOperator(it) => self.appoint(it, given),
            Action::EnrolKiosk(it) => self.enrol_kiosk(it, given),
            Action::ReleaseImage(it) => self.release(it, given),
            Action::EnrolTablet(it) => self.enrol(it, given),
            Action::EnrolAgent(it) => {
                let (tablet, image) = (self.tablet(it.tablet)?, self.image);
                let known = decide::enrol::AgentKnown { tablet, image };
                decide::enrol::enrol_agent(&known, it, given)
            }
            Action::SetKit(it) => {
                let known = of_tablet!(self, it, decide::setup::KitKnown);
                decide::setup::set_kit(&known, it, given)
            }
            Action::RenewKeys(it) => {
                let known = of_tablet!(self, it, decide::keys::RenewKnown);
                decide::keys::renew(&known, it, given)
            }
            Action::CheckOut(it) => self.check_out(it, at, given),
            Action::Renew(it) => self.renew(it, given),
            Action::Return(it) => self.take_back(it, at, given),
            Action::HandOn(it) => self.hand_on(it, at, given),
            Action::Undo(it) => {
                let done = self.done(it.command);
                let known = decide::undo::Known { done };
                decide::undo::undo(&known, it, given)
            }
            Action::ReportBack(it) => {
                let known = of_tablet!(self, it, decide::report::Known);
                decide::report::report_back(&known, it, given)
            }
            Action::AnswerStillGotIt(it) => {
                let known = of_tablet!(self, it, decide::dispute::AnswerKnown);
                decide::dispute::answer(&known, it, given)
            }
            Action::StartReset(it) => {
                let (tablet, image) = (self.tablet(it.tablet)?, self.image);
                let known = decide::reset::StartKnown { tablet, image };
                decide::reset::start(&known, it, given)
            }
            Action::RecordReset(it) => {
                let tablet = self.tablet(it.tablet)?;
                let known = decide::reset::RecordKnown {
                    queue: self.queue_at(&tablet),
                    tablet,
                    policy: self.policy.clone(),
                };
                decide::reset::record(&known, it, given)
            }
            Action::EndTry(it) => {
                let (tablet, policy) = (self.tablet(it.tablet)?, self.policy.clone());
                let known = decide::reset::EndKnown { tablet, policy };
                decide::reset::end_try(&known, it, given)
            }
            Action::CatchUp(it) => {
                let known = of_tablet!(self, it, decide::catch_up::Known);
                decide::catch_up::catch_up(&known, it, given)
            }
            Action::SetFlag(it) => decide::reset::set_flag(&self.flags(it.tablet)?, it, given),
            Action::ClearFlag(it) => decide::reset::clear_flag(&self.flags(it.tablet)?, it, given),
            Action::CloseDispute(it) => self.close_dispute(it, given),
            Action::PlaceHold(it) => self.place_hold(it, given),
            Action::CancelHold(it) => decide::hold::cancel(&self.ending(it.hold)?, it, given),
            Action::ExpireHold(it) => decide::hold::expire(&self.ending(it.hold)?, it, given),
            Action::ServeQueue(it) => {
                let (queue, ready) = (self.queue(it.venue), self.ready_at(it.venue));
                let known = decide::hold::ServeKnown { queue, ready };
                decide::hold::serve(&known, it, given)
            }
            Action::Send(it) => self.send(it, at, given),
            Action::Receive(it) => self.receive(it, at, given),
            Action::EndTransfer(it) => self.end_transfer(it, given),
            Action::Relocate(it) => self.relocate(it, given),
            Action::TakeStock(it) => self.take_stock(it, at, given),
            Action::PlanTrip(it) => self.plan_trip(it, at, given),
            Action::CallOffTrip(it) => self.call_off_trip(it, given),
            Action::AskWipe(it) => self.ask_wipe(it, given),
            Action::AgreeWipe(it) => self.agree_wipe(it, given),
            Action::CallOffWipe(it) => self.call_off_wipe(it, given),
            Action::StartWipe(it) => self.start_wipe(it, given),
            Action::StopWipes => decide::wipe::stop(&self.stopping(), given),
            Action::AllowWipes => decide::wipe::allow(&self.stopping(), given),
        }
    }

    fn place(&self, venue: &Venue) -> decide::setup::Known {
        decide::setup::Known {
            exists: self.venues.contains_key(&venue.id),
            venues_exist: true,
        }
    }

    fn appoint(&self, it: &AppointOperator, given: &Given) -> Decided {
        let known = decide::setup::Known {
            exists: false,
            venues_exist: it.venues.iter().all(|it| self.venues.contains_key(it)),
        };
        decide::setup::appoint_operator(known, it, given)
    }

    fn enrol_kiosk(&self, it: &EnrolKiosk, given: &Given) -> Decided {
        let known = decide::setup::Known {
            exists: false,
            venues_exist: self.venues.contains_key(&it.venue),
        };
        decide::setup::enrol_kiosk(known, it, given)
    }

    fn release(&self, it: &ReleaseImage, given: &Given) -> Decided {
        let known = decide::setup::Known {
            exists: self.image == Some(it.image),
            venues_exist: true,
        };
        decide::setup::release_image(known, it, given)
    }

    pub fn tablet(&self, id: TabletId) -> Result<Tablet, Refusal> {
        let tablet = self.tablets.get(&id).cloned();
        tablet.ok_or(Refusal::TabletUnknown)
    }

    fn enrol(&self, it: &EnrolTablet, given: &Given) -> Decided {
        let others = || self.tablets.values();
        let known = decide::enrol::Known {
            number_taken: others().any(|other| other.number == it.number || other.id == it.tablet),
            serial_taken: others().any(|other| other.serial == it.serial),
            venue_exists: self.venues.contains_key(&it.venue),
            image: self.image,
        };
        decide::enrol::enrol(&known, it, given)
    }

    fn check_out(&self, it: &CheckOut, at: VenueId, given: &Given) -> Decided {
        let Some(tablet) = self.tablets.get(&it.tablet).cloned() else {
            let unknown = || unknown(it.tablet, Some(it.loan), at, given);
            return it.done.then(unknown).ok_or(Refusal::TabletUnknown)?;
        };
        let served = |id| self.hold_served(id, &tablet, at);
        let their_hold = it.borrower.and_then(served);
        let errand = their_hold.as_ref().map(|hold| Errand::Deliver(hold.id));
        let open = self.current_loan(tablet.id).filter(|loan| loan.is_open());
        let known = decide::check_out::Known {
            exists: self.loans.contains_key(&it.loan),
            order_delivered: self.may_begin_reset(&tablet),
            open_loan: open.cloned(),
            borrower: it.borrower.and_then(|id| self.borrower(id)),
            their_hold,
            delivery: errand.and_then(|errand| self.trip_for(errand)),
            image_withdraw_on: tablet.proof().and(self.withdraw_on),
            tablet,
            venue: at,
            calendar: self.calendar(at),
            policy: self.policy.clone(),
        };
        decide::check_out::check_out(&known, it, given)
    }

    fn may_begin_reset(&self, tablet: &Tablet) -> bool {
        matches!(&tablet.reset, Reset::Ordered(it) if self.delivered.contains(&it.order))
    }

    fn renew(&self, it: &Renew, given: &Given) -> Decided {
        let loan = self.loans.get(&it.loan).ok_or(Refusal::LoanUnknown)?;
        let known = decide::renew::Known {
            loan: loan.clone(),
            tablet: self.tablet(loan.tablet)?,
            waiting: self.waiting(loan.venue),
            calendar: self.calendar(loan.venue),
            policy: self.policy.clone(),
        };
        decide::renew::renew(&known, it, given)
    }

    fn take_back(&self, it: &Return, at: VenueId, given: &Given) -> Decided {
        match self.tablets.get(&it.tablet) {
            Some(tablet) => decide::returns::take(&self.back(tablet, at), it, given),
            None => unknown(it.tablet, it.loan, at, given),
        }
    }

    fn hand_on(&self, it: &HandOn, at: VenueId, given: &Given) -> Decided {
        let venue = self.venues.get(&at).ok_or(Refusal::VenueUnknown)?;
        let known = decide::hand_on::Known {
            back: self.back(&self.tablet(it.tablet)?, at),
            kind: venue.kind,
        };
        decide::hand_on::hand_on(&known, it, given)
    }

    fn back(&self, tablet: &Tablet, at: VenueId) -> decide::returns::Known {
        let current = self.current_loan(tablet.id);
        let errand = current.map(|loan| Errand::Collect(loan.id));
        decide::returns::Known {
            tablet: tablet.clone(),
            current: current.cloned(),
            venue: at,
            image: self.image,
            queue: self.queue(at),
            collection: errand.and_then(|errand| self.trip_for(errand)),
        }
    }

    fn flags(&self, tablet: TabletId) -> Result<decide::reset::FlagKnown, Refusal> {
        let tablet = self.tablet(tablet)?;
        Ok(decide::reset::FlagKnown {
            queue: self.queue_at(&tablet),
            tablet,
        })
    }

    fn close_dispute(&self, it: &CloseDispute, given: &Given) -> Decided {
        let dispute = self.disputes.get(&it.dispute).cloned();
        let dispute = dispute.ok_or(Refusal::DisputeUnknown)?;
        let tablet = self.tablets.get(&dispute.tablet).cloned();
        let known = decide::dispute::CloseKnown { dispute, tablet };
        decide::dispute::close(&known, it, given)
    }

    fn place_hold(&self, it: &PlaceHold, given: &Given) -> Decided {
        let known = decide::hold::PlaceKnown {
            exists: self.hold(it.hold).is_some(),
            venue_exists: self.venues.contains_key(&it.venue),
            borrower: self.borrower(it.borrower),
            ready: self.ready_at(it.venue),
            calendar: self.calendar(it.venue),
            policy: self.policy.clone(),
        };
        decide::hold::place(&known, it, given)
    }

    fn ending(&self, hold: HoldId) -> Result<decide::hold::EndKnown, Refusal> {
        let hold = self.hold(hold).ok_or(Refusal::HoldUnknown)?.clone();
        let tablet = match hold.state {
            HoldState::PutAside { tablet, .. } => Some(self.tablet(tablet)?),
            HoldState::Waiting | HoldState::Ended { .. } => None,
        };
        Ok(decide::hold::EndKnown {
            tablet,
            queue: self.queue(hold.venue),
            hold,
        })
    }

    fn send(&self, it: &Send, at: VenueId, given: &Given) -> Decided {
        let known = decide::transfer::SendKnown {
            exists: self.transfers.contains_key(&it.transfer),
            from: at,
            to_exists: self.venues.contains_key(&it.to),
            tablets: self.each_once(&it.tablets),
        };
        decide::transfer::send(&known, it, given)
    }

    fn receive(&self, it: &Receive, at: VenueId, given: &Given) -> Decided {
        let known = decide::transfer::ReceiveKnown {
            tablet: self.tablet(it.tablet)?,
            venue: at,
            queue: self.queue(at),
        };
        decide::transfer::receive(&known, it, given)
    }

    fn end_transfer(&self, it: &EndTransfer, given: &Given) -> Decided {
        let transfer = self.transfers.get(&it.transfer).cloned();
        let known = decide::transfer::EndKnown {
            transfer: transfer.ok_or(Refusal::TransferUnknown)?,
            left: self.left_in(it.transfer),
        };
        decide::transfer::end(&known, it, given)
    }

    fn relocate(&self, it: &Relocate, given: &Given) -> Decided {
        let known = decide::relocate::Known {
            tablet: self.tablet(it.tablet)?,
            current: self.current_loan(it.tablet).cloned(),
        };
        decide::relocate::relocate(&known, it, given)
    }

    fn take_stock(&self, it: &TakeStock, at: VenueId, given: &Given) -> Decided {
        let known = decide::stock::Known {
            exists: self.stocktakes.contains(&it.stocktake),
            venue: at,
            expected: self.tablets_at(at),
            seen: self.seen(&it.seen),
        };
        decide::stock::take_stock(&known, it, given)
    }

    fn each_once(&self, ids: &[TabletId]) -> Vec<Tablet> {
        let ids: BTreeSet<&TabletId> = ids.iter().collect();
        let known = ids.into_iter().filter_map(|id| self.tablets.get(id));
        known.cloned().collect()
    }

    fn left_in(&self, transfer: TransferId) -> Vec<Tablet> {
        let travels = |it: &&Tablet| it.word() == StateWord::Travelling;
        let in_it = |it: &&Tablet| self.box_of.get(&it.id) == Some(&transfer);
        let left = self.tablets.values().filter(travels).filter(in_it);
        left.cloned().collect()
    }

    fn seen(&self, ids: &[TabletId]) -> Vec<Seen> {
        let seen = |tablet: Tablet| {
            let on_loan = self.current_loan(tablet.id).is_some();
            Seen { tablet, on_loan }
        };
        self.each_once(ids).into_iter().map(seen).collect()
    }

    fn plan_trip(&self, it: &PlanTrip, at: VenueId, given: &Given) -> Decided {
        let (hold, loan) = match it.errand {
            Errand::Deliver(hold) => (self.hold(hold), None),
            Errand::Collect(loan) => (None, self.loans.get(&loan)),
        };
        let known = decide::trip::PlanKnown {
            exists: self.trips.contains_key(&it.trip) || self.trip_for(it.errand).is_some(),
            venue: at,
            hold: hold.cloned(),
            loan: loan.cloned(),
        };
        decide::trip::plan(&known, it, given)
    }

    fn call_off_trip(&self, it: &CallOffTrip, given: &Given) -> Decided {
        let trip = self.trips.get(&it.trip).ok_or(Refusal::TripUnknown)?;
        let known = decide::trip::CallOffKnown { trip: trip.clone() };
        decide::trip::call_off(&known, it, given)
    }

    fn wipe(&self, id: WipeId) -> Result<Wipe, Refusal> {
        self.wipes.get(&id).copied().ok_or(Refusal::WipeUnknown)
    }

    fn pending_wipes(&self) -> impl Iterator<Item = &Wipe> {
        self.wipes.values().filter(|wipe| wipe.is_pending())
    }

    fn ask_wipe(&self, it: &AskWipe, given: &Given) -> Decided {
        let another = self.pending_wipes().any(|other| other.tablet == it.tablet);
        let known = decide::wipe::AskKnown {
            exists: another || self.wipes.contains_key(&it.wipe),
            tablet: self.tablet(it.tablet)?,
            brakes: self.brakes(given.actor, given.now),
        };
        decide::wipe::ask(&known, it, given)
    }

    fn agree_wipe(&self, it: &AgreeWipe, given: &Given) -> Decided {
        let (wipe, brakes) = (self.wipe(it.wipe)?, self.brakes(given.actor, given.now));
        let known = decide::wipe::AgreeKnown { wipe, brakes };
        decide::wipe::agree(&known, it, given)
    }

    fn call_off_wipe(&self, it: &CallOffWipe, given: &Given) -> Decided {
        let wipe = self.wipe(it.wipe)?;
        let known = decide::wipe::CallOffKnown { wipe };
        decide::wipe::call_off(&known, it, given)
    }

    fn start_wipe(&self, it: &StartWipe, given: &Given) -> Decided {
        let wipe = self.wipe(it.wipe)?;
        let known = decide::wipe::StartKnown {
            tablet: self.tablet(wipe.tablet)?,
            wipe,
            stopped: self.stopped_by.is_some(),
            image: self.image,
        };
        decide::wipe::start(&known, it, given)
    }

    fn stopping(&self) -> decide::wipe::StopKnown {
        decide::wipe::StopKnown {
            pending: self.pending_wipes().copied().collect(),
            stopped_by: self.stopped_by,
        }
    }
}

fn unknown(tablet: TabletId, loan: Option<LoanId>, venue: VenueId, given: &Given) -> Decided {
    let known = decide::report::UnknownKnown {
        tablet,
        loan,
        venue,
    };
    decide::report::unknown_seen(known, given)
}
