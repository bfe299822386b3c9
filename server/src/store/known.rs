//! Builds what a decision reads from the rows that it touches, and lets it decide.
//! The rules themselves stand in `shared::decide`.

mod custody;
mod holds;
mod loans;
mod resets;
mod setup;

use shared::{
    command::{Action, Command},
    decide::{Decided, Given},
    event::Origin,
    ids::{TabletId, VenueId},
    image::ImageId,
    refusal::Refusal,
    tablet::Tablet,
    venue::Venue,
};

use super::{Fault, Reader, Work};

/// Inner: the rules' word. Outer: whether the rows could be read.
type Word = Result<Decided, Fault>;

impl Reader {
    /// What the rules say of this work.
    pub(super) fn decide(&self, work: &Work) -> Word {
        let given = self.given(work)?;
        let (command, given) = (&work.command, &given);
        match &command.action {
            Action::OpenVenue(it) => self.open_venue(it, given),
            Action::ChangeVenue(it) => self.change_venue(it, given),
            Action::AppointOperator(it) => self.appoint_operator(it, given),
            Action::EnrolKiosk(it) => self.enrol_kiosk(it, given),
            Action::ReleaseImage(it) => self.release_image(it, given),
            Action::EnrolTablet(it) => self.enrol_tablet(it, given),
            Action::EnrolAgent(it) => self.enrol_agent(it, given),
            Action::SetKit(it) => self.set_kit(it, given),
            Action::RenewKeys(it) => self.renew_keys(it, given),
            Action::CheckOut(it) => self.check_out(it, command, given),
            Action::Renew(it) => self.renew(it, given),
            Action::Return(it) => self.take_back(it, command, given),
            Action::HandOn(it) => self.hand_on(it, command, given),
            Action::Undo(it) => self.undo(it, given),
            Action::ReportBack(it) => self.report_back(it, given),
            Action::AnswerStillGotIt(it) => self.answer(it, given),
            Action::StartReset(it) => self.start_reset(it, given),
            Action::RecordReset(it) => self.record_reset(it, given),
            Action::EndTry(it) => self.end_try(it, given),
            Action::CatchUp(it) => self.catch_up(it, given),
            Action::SetFlag(it) => self.set_flag(it, given),
            Action::ClearFlag(it) => self.clear_flag(it, given),
            Action::CloseDispute(it) => self.close_dispute(it, given),
            Action::PlaceHold(it) => self.place_hold(it, given),
            Action::CancelHold(it) => self.cancel_hold(it, given),
            Action::ExpireHold(it) => self.expire_hold(it, given),
            Action::ServeQueue(it) => self.serve_queue(it, given),
            Action::Send(it) => self.send(it, command, given),
            Action::Receive(it) => self.receive(it, command, given),
            Action::EndTransfer(it) => self.end_transfer(it, given),
            Action::Relocate(it) => self.relocate(it, given),
            Action::TakeStock(it) => self.take_stock(it, command, given),
            Action::PlanTrip(it) => self.plan_trip(it, command, given),
            Action::CallOffTrip(it) => self.call_off_trip(it, given),
            Action::AskWipe(it) => self.ask_wipe(it, given),
            Action::AgreeWipe(it) => self.agree_wipe(it, given),
            Action::CallOffWipe(it) => self.call_off_wipe(it, given),
            Action::StartWipe(it) => self.start_wipe(it, given),
            Action::StopWipes => self.stop_wipes(given),
            Action::AllowWipes => self.allow_wipes(given),
        }
    }

    fn given(&self, work: &Work) -> Result<Given, Fault> {
        let command = &work.command;
        Ok(Given {
            now: work.now,
            occurred_at: work.occurred_at(),
            clock_sure: command.clock_sure,
            from_old_copy: self.is_from_old_copy(command)?,
            actor: command.actor,
            order: work.fresh.order,
            nonce: work.fresh.nonce,
            dispute: work.fresh.dispute,
        })
    }

    /// Whether a kiosk wrote it before it heard of what it had itself told before
    /// it was restored.
    fn is_from_old_copy(&self, command: &Command) -> Result<bool, Fault> {
        let Origin::Kiosk(kiosk) = command.origin else {
            return Ok(false);
        };
        Ok(command.seen < self.kiosk_series(kiosk)?.since)
    }

    fn with_tablet(&self, id: TabletId, decide: impl FnOnce(Tablet) -> Word) -> Word {
        match self.tablet(id)? {
            Some(tablet) => decide(tablet),
            None => Ok(Err(Refusal::TabletUnknown)),
        }
    }

    fn with_venue(&self, command: &Command, decide: impl FnOnce(Venue) -> Word) -> Word {
        match self.venue_of(command)? {
            Some(venue) => decide(venue),
            None => Ok(Err(Refusal::VenueUnknown)),
        }
    }

    fn venue_of(&self, command: &Command) -> Result<Option<Venue>, Fault> {
        let find = |venue: VenueId| self.venue(venue).transpose();
        command.venue.and_then(find).transpose()
    }

    fn image_to_order(&self) -> Result<Option<ImageId>, Fault> {
        Ok(self.image_current()?.map(|image| image.id))
    }
}
