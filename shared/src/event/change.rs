//! What a fact changes: the tablet, loan, hold or wipe that it is about, and what
//! becomes of it.

use super::Event;
use crate::{
    dispute::Decision,
    hold::HoldState,
    ids::{HoldId, LoanId, TabletId, WipeId},
    time::{Day, Moment},
    wipe::WipeState,
};

impl Event {
    /// The tablet that the fact is about, if it is about one of the fleet.
    pub const fn tablet(&self) -> Option<TabletId> {
        match self {
            Self::TabletEnrolled { tablet, .. }
            | Self::AgentEnrolled { tablet, .. }
            | Self::CheckedOut { tablet, .. }
            | Self::CheckOutCameLate { tablet, .. }
            | Self::RuleOverridden { tablet, .. }
            | Self::CheckOutUndone { tablet, .. }
            | Self::Renewed { tablet, .. }
            | Self::Returned { tablet, .. }
            | Self::ReturnUndone { tablet, .. }
            | Self::HandedOn { tablet, .. }
            | Self::ReturnCameLate { tablet, .. }
            | Self::RetiredTabletSeen { tablet, .. }
            | Self::ReportedBack { tablet }
            | Self::StillGotItAnswered { tablet, .. }
            | Self::LoanReopened { tablet, .. }
            | Self::KitSet { tablet, .. }
            | Self::PartsMissed { tablet, .. }
            | Self::FlagSet { tablet, .. }
            | Self::FlagCleared { tablet, .. }
            | Self::KeysRenewalAsked { tablet }
            | Self::KeysRenewed { tablet, .. }
            | Self::ResetOrdered { tablet, .. }
            | Self::ResetVerified { tablet, .. }
            | Self::ResetFailed { tablet, .. }
            | Self::TabletAhead { tablet, .. }
            | Self::Sent { tablet, .. }
            | Self::Received { tablet, .. }
            | Self::MarkedMissing { tablet }
            | Self::MarkedLost { tablet }
            | Self::WrittenOff { tablet, .. }
            | Self::Withdrawn { tablet }
            | Self::Gifted { tablet }
            | Self::PutAside { tablet, .. }
            | Self::PutAsideEnded { tablet, .. }
            | Self::WipeAsked { tablet, .. }
            | Self::WipeAgreed { tablet, .. }
            | Self::WipeCalledOff { tablet, .. }
            | Self::WipeStarted { tablet, .. } => Some(*tablet),
            // One that is about no loan is about a tablet that is none of ours.
            Self::DisputeRaised { tablet, loan, .. } | Self::DisputeClosed { tablet, loan, .. } => {
                match loan {
                    Some(_) => Some(*tablet),
                    None => None,
                }
            }
            Self::VenueOpened { .. }
            | Self::VenueChanged { .. }
            | Self::OperatorAppointed { .. }
            | Self::KioskEnrolled { .. }
            | Self::ImageReleased { .. }
            | Self::UnknownTabletSeen { .. }
            | Self::TransferBegan { .. }
            | Self::TransferEnded { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldEnded { .. }
            | Self::TripPlanned { .. }
            | Self::TripEnded { .. }
            | Self::StockTaken { .. }
            | Self::WipesStopped
            | Self::WipesAllowed
            | Self::SeriesRestarted { .. }
            | Self::CommandIdReused { .. } => None,
        }
    }

    /// The loan that the fact changes and how, if it changes one.
    pub const fn loan_change(&self) -> Option<(LoanId, LoanChange)> {
        match self {
            Self::CheckedOut { loan, .. } => Some((*loan, LoanChange::Began)),
            Self::CheckOutUndone { loan, .. } => Some((*loan, LoanChange::NeverWas)),
            Self::Renewed { loan, due_on, .. } => Some((*loan, LoanChange::Renewed(*due_on))),
            Self::Returned {
                loan: Some(loan), ..
            }
            | Self::HandedOn {
                loan: Some(loan), ..
            }
            | Self::WrittenOff { loan, .. } => Some((*loan, LoanChange::Ended)),
            Self::LoanReopened { loan, .. } | Self::ReturnUndone { loan, .. } => {
                Some((*loan, LoanChange::WentOn))
            }
            Self::CheckOutCameLate { loan, .. } => Some((*loan, LoanChange::CameInDoubt)),
            Self::DisputeRaised {
                cause,
                loan: Some(loan),
                ..
            } if cause.contests_loan() => Some((*loan, LoanChange::CameInDoubt)),
            Self::DisputeClosed {
                loan: Some(loan),
                decision,
                ..
            } => Some((*loan, after(*decision))),
            Self::DisputeRaised { .. }
            | Self::DisputeClosed { loan: None, .. }
            | Self::Returned { loan: None, .. }
            | Self::HandedOn { loan: None, .. }
            | Self::VenueOpened { .. }
            | Self::VenueChanged { .. }
            | Self::OperatorAppointed { .. }
            | Self::KioskEnrolled { .. }
            | Self::ImageReleased { .. }
            | Self::TabletEnrolled { .. }
            | Self::AgentEnrolled { .. }
            | Self::RuleOverridden { .. }
            | Self::ReturnCameLate { .. }
            | Self::UnknownTabletSeen { .. }
            | Self::RetiredTabletSeen { .. }
            | Self::ReportedBack { .. }
            | Self::StillGotItAnswered { .. }
            | Self::KitSet { .. }
            | Self::PartsMissed { .. }
            | Self::FlagSet { .. }
            | Self::FlagCleared { .. }
            | Self::KeysRenewalAsked { .. }
            | Self::KeysRenewed { .. }
            | Self::ResetOrdered { .. }
            | Self::ResetVerified { .. }
            | Self::ResetFailed { .. }
            | Self::TabletAhead { .. }
            | Self::Sent { .. }
            | Self::Received { .. }
            | Self::TransferBegan { .. }
            | Self::TransferEnded { .. }
            | Self::MarkedMissing { .. }
            | Self::MarkedLost { .. }
            | Self::Withdrawn { .. }
            | Self::Gifted { .. }
            | Self::PutAside { .. }
            | Self::PutAsideEnded { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldEnded { .. }
            | Self::TripPlanned { .. }
            | Self::TripEnded { .. }
            | Self::StockTaken { .. }
            | Self::WipeAsked { .. }
            | Self::WipeAgreed { .. }
            | Self::WipeCalledOff { .. }
            | Self::WipeStarted { .. }
            | Self::WipesStopped
            | Self::WipesAllowed
            | Self::SeriesRestarted { .. }
            | Self::CommandIdReused { .. } => None,
        }
    }
}

impl Event {
    /// The hold that the fact changes and what it is afterwards, if it changes one.
    pub const fn hold_change(&self) -> Option<(HoldId, HoldState)> {
        if let Self::PutAside {
            tablet,
            hold,
            until,
        } = self
        {
            let (tablet, until) = (*tablet, *until);
            return Some((*hold, HoldState::PutAside { tablet, until }));
        }
        if let Self::PutAsideEnded {
            hold: Some(hold), ..
        } = self
        {
            return Some((*hold, HoldState::Waiting));
        }
        if let Self::HoldEnded { hold, how } = self {
            return Some((*hold, HoldState::Ended { how: *how }));
        }
        None
    }

    /// The wipe that the fact, recorded at that moment, changes and what it is
    /// afterwards, if it changes one.
    pub const fn wipe_change(&self, at: Moment) -> Option<(WipeId, WipeState)> {
        if let Self::WipeAgreed {
            wipe, starts_at, ..
        } = self
        {
            let starts_at = *starts_at;
            return Some((*wipe, WipeState::Agreed { starts_at }));
        }
        if let Self::WipeStarted { wipe, .. } = self {
            return Some((*wipe, WipeState::Started { at }));
        }
        if let Self::WipeCalledOff { wipe, .. } = self {
            return Some((*wipe, WipeState::CalledOff));
        }
        None
    }
}

const fn after(decision: Decision) -> LoanChange {
    match decision {
        Decision::StillOut => LoanChange::WentOn,
        Decision::ReturnedThen | Decision::EnteredInError | Decision::WriteOff => LoanChange::Ended,
    }
}

/// What a fact does to a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoanChange {
    /// It began.
    Began,
    /// It is over.
    Ended,
    /// It is in doubt until a person decides.
    CameInDoubt,
    /// It is open again.
    WentOn,
    /// It goes on until this day.
    Renewed(Day),
    /// Its beginning was undone.
    NeverWas,
}
