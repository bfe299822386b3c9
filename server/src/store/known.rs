//! Builds what a decision reads from the rows that it touches, and lets it decide.
//! The rules themselves stand in `shared::decide`.

use shared::{
    command::{
        Action, AnswerStillGotIt, AppointOperator, CheckOut, ClearFlag, CloseDispute, Command,
        EnrolKiosk, EnrolTablet, RecordReset, ReleaseImage, ReportBack, Return, StartReset,
    },
    decide::{self, Decided, Given},
    ids::{TabletId, VenueId},
    refusal::Refusal,
    tablet::Tablet,
    time::Day,
    venue::Venue,
};

use super::{Fault, Reader, Work};

/// Inner: the rules' word. Outer: whether the rows could be read.
type Word = Result<Decided, Fault>;

impl Reader {
    /// What the rules say of this work.
    pub(super) fn decide(&self, work: &Work) -> Word {
        let given = given(work);
        let command = &work.command;
        match &command.action {
            Action::OpenVenue(it) => self.open_venue(it, &given),
            Action::AppointOperator(it) => self.appoint_operator(it, &given),
            Action::EnrolKiosk(it) => self.enrol_kiosk(it, &given),
            Action::ReleaseImage(it) => self.release_image(it, &given),
            Action::EnrolTablet(it) => self.enrol_tablet(it, &given),
            Action::CheckOut(it) => self.check_out(it, command, &given),
            Action::Return(it) => self.take_back(it, command, &given),
            Action::ReportBack(it) => self.report_back(it, &given),
            Action::AnswerStillGotIt(it) => self.answer(it, &given),
            Action::StartReset(it) => self.start_reset(it, &given),
            Action::RecordReset(it) => self.record_reset(it, &given),
            Action::ClearFlag(it) => self.clear_flag(it, &given),
            Action::CloseDispute(it) => self.close_dispute(it, &given),
        }
    }

    fn open_venue(&self, it: &Venue, given: &Given) -> Word {
        let known = decide::setup::Known {
            exists: self.venue(it.id)?.is_some(),
            venues_exist: true,
        };
        Ok(decide::setup::open_venue(known, it, given))
    }

    fn appoint_operator(&self, it: &AppointOperator, given: &Given) -> Word {
        let mut venues_exist = true;
        for venue in &it.venues {
            venues_exist &= self.venue(*venue)?.is_some();
        }
        let known = decide::setup::Known {
            exists: self.operator_exists(it.operator)?,
            venues_exist,
        };
        Ok(decide::setup::appoint_operator(known, it, given))
    }

    fn enrol_kiosk(&self, it: &EnrolKiosk, given: &Given) -> Word {
        let known = decide::setup::Known {
            exists: self.kiosk(it.kiosk)?.is_some(),
            venues_exist: self.venue(it.venue)?.is_some(),
        };
        Ok(decide::setup::enrol_kiosk(known, it, given))
    }

    fn release_image(&self, it: &ReleaseImage, given: &Given) -> Word {
        let known = decide::setup::Known {
            exists: self.image(it.image)?.is_some(),
            venues_exist: true,
        };
        Ok(decide::setup::release_image(known, it, given))
    }

    fn enrol_tablet(&self, it: &EnrolTablet, given: &Given) -> Word {
        let known = decide::enrol::Known {
            number_taken: self.number_taken(it.tablet, it.number, it.tag)?,
            serial_taken: self.serial_taken(&it.serial)?,
            venue_exists: self.venue(it.venue)?.is_some(),
            image: self.image_current()?.map(|image| image.id),
        };
        Ok(decide::enrol::enrol(&known, it, given))
    }

    fn check_out(&self, it: &CheckOut, command: &Command, given: &Given) -> Word {
        let Some(tablet) = self.tablet(it.tablet)? else {
            return Ok(Err(Refusal::TabletUnknown));
        };
        let Some(venue) = self.venue_of(command)? else {
            return Ok(Err(Refusal::VenueUnknown));
        };
        let known = decide::check_out::Known {
            borrower: self.borrower_view(it.borrower)?,
            put_aside_for_them: false,
            image_withdraw_on: self.withdraw_on(&tablet)?,
            tablet,
            venue: venue.id,
            calendar: venue.calendar,
            policy: self.policy().clone(),
        };
        Ok(decide::check_out::check_out(&known, it, given))
    }

    fn take_back(&self, it: &Return, command: &Command, given: &Given) -> Word {
        let Some(tablet) = self.tablet(it.tablet)? else {
            return Ok(Err(Refusal::TabletUnknown));
        };
        let Some(venue) = self.venue_of(command)? else {
            return Ok(Err(Refusal::VenueUnknown));
        };
        let known = decide::returns::Known {
            current: self.current_loan(tablet.id)?,
            tablet,
            venue: venue.id,
            image: self.image_current()?.map(|image| image.id),
        };
        Ok(decide::returns::take(&known, it, given))
    }

    fn report_back(&self, it: &ReportBack, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::report::Known { tablet };
            Ok(decide::report::report_back(&known, it, given))
        })
    }

    fn answer(&self, it: &AnswerStillGotIt, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::dispute::AnswerKnown { tablet };
            Ok(decide::dispute::answer(&known, it, given))
        })
    }

    fn start_reset(&self, it: &StartReset, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let image = self.image_current()?.map(|image| image.id);
            let known = decide::reset::StartKnown { tablet, image };
            Ok(decide::reset::start(&known, it, given))
        })
    }

    fn record_reset(&self, it: &RecordReset, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let policy = self.policy().clone();
            let known = decide::reset::RecordKnown { tablet, policy };
            Ok(decide::reset::record(&known, it, given))
        })
    }

    fn clear_flag(&self, it: &ClearFlag, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::reset::FlagKnown { tablet };
            Ok(decide::reset::clear_flag(&known, it, given))
        })
    }

    fn close_dispute(&self, it: &CloseDispute, given: &Given) -> Word {
        let Some(dispute) = self.dispute(it.dispute)? else {
            return Ok(Err(Refusal::DisputeUnknown));
        };
        self.with_tablet(dispute.tablet, |tablet| {
            let known = decide::dispute::CloseKnown { dispute, tablet };
            Ok(decide::dispute::close(&known, it, given))
        })
    }

    fn with_tablet(&self, id: TabletId, decide: impl FnOnce(Tablet) -> Word) -> Word {
        match self.tablet(id)? {
            Some(tablet) => decide(tablet),
            None => Ok(Err(Refusal::TabletUnknown)),
        }
    }

    fn venue_of(&self, command: &Command) -> Result<Option<Venue>, Fault> {
        let find = |venue: VenueId| self.venue(venue).transpose();
        command.venue.and_then(find).transpose()
    }

    fn withdraw_on(&self, tablet: &Tablet) -> Result<Option<Day>, Fault> {
        let Some(proof) = tablet.proof() else {
            return Ok(None);
        };
        Ok(self.image(proof.image)?.and_then(|image| image.withdraw_on))
    }
}

fn given(work: &Work) -> Given {
    Given {
        now: work.now,
        occurred_at: work.occurred_at(),
        clock_sure: work.command.clock_sure,
        actor: work.command.actor,
        order: work.fresh.order,
        nonce: work.fresh.nonce,
        dispute: work.fresh.dispute,
    }
}
