//! What a kiosk asks for or tells: one fact of its own series. The caller is
//! known from the request's stamp, so a body never says whose it is.

use serde::{Deserialize, Serialize};

use super::mirror::{FlagV1, PresenceV1};
use crate::{
    command::{Action, CheckOut, ClearFlag, Command, ReportBack, Return, StartReset},
    event::{Actor, Origin},
    ids::{BorrowerId, CommandId, KioskId, LoanId, OperatorId, TabletId, VenueId},
    tablet::{Flag, Presence},
    time::Moment,
};

/// One fact or request of a kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KioskCommand {
    /// Made and stored by the kiosk before it is sent.
    pub id: CommandId,
    /// Its place in the kiosk's own series, from 1.
    pub origin_seq: u64,
    /// The operator whose badge opened the session; none in self-service.
    pub operator: Option<OperatorId>,
    /// When it happened, by the kiosk's clock.
    pub occurred_at: Moment,
    /// Whether that clock had heard the server's since it started.
    pub clock_sure: bool,
    /// The server position that the kiosk's mirror had.
    pub seen: u64,
    /// What happened or is asked for.
    pub action: KioskAction,
}

/// What a kiosk tells or asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum KioskAction {
    /// A borrower takes a tablet.
    CheckOut {
        /// The tablet.
        tablet: TabletId,
        /// The loan that begins.
        loan: LoanId,
        /// The borrower.
        borrower: BorrowerId,
    },
    /// A tablet came back.
    Return {
        /// The tablet.
        tablet: TabletId,
        /// The loan that it closes, where the kiosk knew it.
        loan: Option<LoanId>,
        /// Whether the operator has it in hand.
        #[serde(with = "PresenceV1")]
        presence: Presence,
        /// Some of its kit is not there.
        part_missing: bool,
        /// Something is broken.
        damaged: bool,
    },
    /// Somebody typed a number to say that a tablet is back.
    ReportBack {
        /// The tablet.
        tablet: TabletId,
    },
    /// An operator has a tablet of the tray in hand.
    StartReset {
        /// The tablet.
        tablet: TabletId,
    },
    /// An operator clears a flag.
    ClearFlag {
        /// The tablet.
        tablet: TabletId,
        /// Which.
        #[serde(with = "FlagV1")]
        flag: Flag,
    },
}

impl KioskCommand {
    /// The command that it is, told by this kiosk at this venue.
    pub fn into_command(self, kiosk: KioskId, venue: VenueId) -> Command {
        Command {
            id: self.id,
            origin: Origin::Kiosk(kiosk),
            origin_seq: Some(self.origin_seq),
            actor: self
                .operator
                .map_or(Actor::SelfService(kiosk), Actor::Operator),
            venue: Some(venue),
            occurred_at: self.occurred_at,
            clock_sure: self.clock_sure,
            seen: self.seen,
            action: self.action.into(),
        }
    }
}

impl From<KioskAction> for Action {
    fn from(action: KioskAction) -> Self {
        match action {
            KioskAction::CheckOut {
                tablet,
                loan,
                borrower,
            } => Self::CheckOut(CheckOut {
                tablet,
                loan,
                borrower,
            }),
            KioskAction::Return {
                tablet,
                loan,
                presence,
                part_missing,
                damaged,
            } => Self::Return(Return {
                tablet,
                loan,
                presence,
                part_missing,
                damaged,
            }),
            KioskAction::ReportBack { tablet } => Self::ReportBack(ReportBack { tablet }),
            KioskAction::StartReset { tablet } => Self::StartReset(StartReset { tablet }),
            KioskAction::ClearFlag { tablet, flag } => Self::ClearFlag(ClearFlag { tablet, flag }),
        }
    }
}
