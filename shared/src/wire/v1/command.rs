//! What a kiosk asks for or tells: one fact of its own series. The caller is
//! known from the request's stamp, so a body never says whose it is.

use serde::{Deserialize, Serialize};

use super::mirror::{ConditionV1, FlagV1, PresenceV1, kit, override_option};
use crate::{
    command::{
        Action, CheckOut, ClearFlag, Command, EndTransfer, HandOn, Receive, Renew, ReportBack,
        Return, StartReset, TakeStock, Undo,
    },
    event::{Actor, Origin},
    ids::{
        BorrowerId, CommandId, KioskId, LoanId, OperatorId, StocktakeId, TabletId, TransferId,
        VenueId,
    },
    kit::{Condition, Kit},
    signed::presence::PresenceCode,
    tablet::{Flag, OverrideReason, Presence},
    time::{Day, Moment},
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
    /// Which of the kiosk's series it stands in: a kiosk that was restored from an
    /// old copy begins another (R6).
    #[serde(default, skip_serializing_if = "is_first")]
    pub series: u32,
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
        /// The borrower; none where a card that was shown without the server led
        /// to nobody yet.
        borrower: Option<BorrowerId>,
        /// It has happened: the kiosk lent it without its server.
        #[serde(default, skip_serializing_if = "is_false")]
        done: bool,
        /// The due day that the borrower was told then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told_due_on: Option<Day>,
        /// Why the operator lends it against a rule.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "override_option"
        )]
        overriding: Option<OverrideReason>,
    },
    /// A loan goes on for longer.
    Renew {
        /// The loan.
        loan: LoanId,
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
        /// The code that the tablet's own screen showed, if it was scanned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<PresenceCode>,
        /// Which parts are not there.
        #[serde(default, skip_serializing_if = "Kit::is_empty", with = "kit")]
        missing_parts: Kit,
        /// How it looked.
        #[serde(default, skip_serializing_if = "is_not_seen", with = "ConditionV1")]
        condition: Condition,
    },
    /// A tablet of a placement is for the next person.
    HandOn {
        /// The tablet.
        tablet: TabletId,
    },
    /// A tablet was taken out of a box.
    Receive {
        /// The tablet.
        tablet: TabletId,
    },
    /// A box is empty: its count matches, or what is not there is missing.
    EndTransfer {
        /// The box.
        transfer: TransferId,
        /// Tablets that were put in and did not come out are missing.
        short: bool,
    },
    /// The tablets of the venue were counted.
    TakeStock {
        /// The count.
        stocktake: StocktakeId,
        /// What was seen.
        seen: Vec<TabletId>,
    },
    /// An operator undoes what they did.
    Undo {
        /// The command.
        command: CommandId,
    },
    /// Somebody typed a number to say that a tablet is back.
    ReportBack {
        /// The tablet.
        tablet: TabletId,
    },
    /// An operator has a tablet of the tray in hand, or its screen shows a code.
    StartReset {
        /// The tablet.
        tablet: TabletId,
        /// The code that the tablet's own screen showed, if it was scanned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<PresenceCode>,
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

impl KioskAction {
    /// The tablet that it is about, where it names one.
    pub const fn tablet(&self) -> Option<TabletId> {
        match self {
            Self::CheckOut { tablet, .. }
            | Self::Return { tablet, .. }
            | Self::HandOn { tablet }
            | Self::Receive { tablet }
            | Self::ReportBack { tablet }
            | Self::StartReset { tablet, .. }
            | Self::ClearFlag { tablet, .. } => Some(*tablet),
            Self::Renew { .. }
            | Self::EndTransfer { .. }
            | Self::TakeStock { .. }
            | Self::Undo { .. } => None,
        }
    }

    /// A check out as usual: nothing is done yet, and no rule is overridden.
    pub const fn check_out(tablet: TabletId, loan: LoanId, borrower: BorrowerId) -> Self {
        Self::CheckOut {
            tablet,
            loan,
            borrower: Some(borrower),
            done: false,
            told_due_on: None,
            overriding: None,
        }
    }

    /// A return with everything there, looking as it went out to whoever saw it.
    pub const fn came_back(tablet: TabletId, loan: Option<LoanId>, presence: Presence) -> Self {
        Self::Return {
            tablet,
            loan,
            presence,
            part_missing: false,
            damaged: false,
            code: None,
            missing_parts: Kit::new(),
            condition: match presence {
                Presence::InHand => Condition::Good,
                Presence::CodeShown | Presence::StickerOnly => Condition::NotSeen,
            },
        }
    }
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
            series: self.series,
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
                done,
                told_due_on,
                overriding,
            } => Self::CheckOut(CheckOut {
                tablet,
                loan,
                borrower,
                done,
                told_due_on,
                overriding,
            }),
            KioskAction::Renew { loan } => Self::Renew(Renew { loan }),
            KioskAction::Return {
                tablet,
                loan,
                presence,
                part_missing,
                damaged,
                code,
                missing_parts,
                condition,
            } => Self::Return(Return {
                tablet,
                loan,
                presence,
                code,
                part_missing,
                missing_parts,
                condition: if damaged {
                    Condition::Damaged
                } else {
                    condition
                },
            }),
            KioskAction::HandOn { tablet } => Self::HandOn(HandOn { tablet }),
            KioskAction::Receive { tablet } => Self::Receive(Receive { tablet }),
            KioskAction::EndTransfer { transfer, short } => {
                Self::EndTransfer(EndTransfer { transfer, short })
            }
            KioskAction::TakeStock { stocktake, seen } => {
                Self::TakeStock(TakeStock { stocktake, seen })
            }
            KioskAction::Undo { command } => Self::Undo(Undo { command }),
            KioskAction::ReportBack { tablet } => Self::ReportBack(ReportBack { tablet }),
            KioskAction::StartReset { tablet, code } => {
                Self::StartReset(StartReset { tablet, code })
            }
            KioskAction::ClearFlag { tablet, flag } => Self::ClearFlag(ClearFlag { tablet, flag }),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_first(series: &u32) -> bool {
    *series == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_false(it: &bool) -> bool {
    !*it
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_not_seen(condition: &Condition) -> bool {
    *condition == Condition::NotSeen
}
