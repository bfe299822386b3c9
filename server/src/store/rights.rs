//! Who may act on what: an operator acts where they were appointed, and on what
//! belongs to such a place.

use shared::{
    command::{Action, Command},
    event::{Actor, Origin},
    ids::{OperatorId, TabletId, TransferId, VenueId},
    refusal::Refusal,
};

use super::{Fault, Reader};

type Word = Result<Result<(), Refusal>, Fault>;

impl Reader {
    /// Whether whoever asks may, there and on that.
    pub(super) fn check_actor(&self, command: &Command) -> Word {
        let Actor::Operator(operator) = command.actor else {
            return Ok(Ok(()));
        };
        if !self.operator_exists(operator)? {
            return Ok(Err(Refusal::OperatorUnknown));
        }
        if let Some(venue) = command.venue
            && !self.may_act(operator, venue)?
        {
            return Ok(Err(Refusal::WrongVenue));
        }
        match command.origin {
            // At a counter the thing itself is there, wherever it belongs.
            Origin::Kiosk(_) | Origin::Tablet(_) => Ok(Ok(())),
            Origin::Server => self.check_object(operator, &command.action),
        }
    }

    /// Who asks from afar names a thing by its id alone, so it must be one of theirs.
    fn check_object(&self, operator: OperatorId, action: &Action) -> Word {
        let homes = self.homes(action)?;
        for home in &homes {
            if self.may_act(operator, *home)? {
                return Ok(Ok(()));
            }
        }
        Ok(homes.is_empty().then_some(()).ok_or(Refusal::WrongVenue))
    }

    /// The venues to which it belongs, any one of which will do; none where it is
    /// with nobody in particular, or where the rules themselves say where it may be.
    fn homes(&self, action: &Action) -> Result<Vec<VenueId>, Fault> {
        let one = |venue: Option<VenueId>| venue.into_iter().collect();
        match action {
            Action::ChangeVenue(it) => Ok(vec![it.id]),
            Action::PlaceHold(it) => Ok(vec![it.venue]),
            Action::ServeQueue(it) => Ok(vec![it.venue]),
            Action::CancelHold(it) => Ok(one(self.hold(it.hold)?.map(|hold| hold.venue))),
            Action::CallOffTrip(it) => Ok(one(self.trip(it.trip)?.map(|trip| trip.venue))),
            Action::EndTransfer(it) => self.ends_of(it.transfer),
            Action::SetKit(it) => self.lies_at(it.tablet),
            Action::RenewKeys(it) => self.lies_at(it.tablet),
            Action::StartReset(it) => self.lies_at(it.tablet),
            // A person's word is about a tablet that lies where they may act.
            Action::RecordReset(it) => self.lies_at(it.tablet),
            Action::SetFlag(it) => self.lies_at(it.tablet),
            Action::ClearFlag(it) => self.lies_at(it.tablet),
            Action::Relocate(it) => self.lies_at(it.tablet),
            Action::AskWipe(it) => self.lies_at(it.tablet),
            Action::CloseDispute(it) => match self.dispute(it.dispute)? {
                Some(dispute) => self.lies_at(dispute.tablet),
                None => Ok(Vec::new()),
            },
            Action::OpenVenue(_)
            | Action::AppointOperator(_)
            | Action::EnrolKiosk(_)
            | Action::ReleaseImage(_)
            | Action::EnrolTablet(_)
            // The rules themselves say where it must be.
            | Action::EnrolAgent(_)
            | Action::CheckOut(_)
            | Action::Renew(_)
            | Action::Return(_)
            | Action::HandOn(_)
            | Action::Undo(_)
            | Action::ReportBack(_)
            | Action::AnswerStillGotIt(_)
            | Action::EndTry(_)
            | Action::CatchUp(_)
            | Action::ExpireHold(_)
            | Action::Send(_)
            | Action::Receive(_)
            | Action::TakeStock(_)
            | Action::PlanTrip(_)
            // Anybody may agree to a wipe, call it off, or stop all (R9).
            | Action::AgreeWipe(_)
            | Action::CallOffWipe(_)
            | Action::StartWipe(_)
            | Action::StopWipes
            | Action::AllowWipes => Ok(Vec::new()),
        }
    }

    fn lies_at(&self, tablet: TabletId) -> Result<Vec<VenueId>, Fault> {
        let tablet = self.tablet(tablet)?;
        Ok(tablet.and_then(|it| it.venue()).into_iter().collect())
    }

    fn ends_of(&self, transfer: TransferId) -> Result<Vec<VenueId>, Fault> {
        let transfer = self.transfer(transfer)?;
        Ok(transfer.map_or_else(Vec::new, |it| vec![it.from, it.to]))
    }

    /// Whether this operator was appointed for this venue.
    pub fn may_act(&self, operator: OperatorId, venue: VenueId) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM operator_venue WHERE operator = ?1 AND venue = ?2")?;
        Ok(statement.exists([operator.to_string(), venue.to_string()])?)
    }
}
