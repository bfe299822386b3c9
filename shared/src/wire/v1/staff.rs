//! What a program of a named operator and the server say to each other. The caller
//! is known from the key in its request's header, so a body never says whose it is.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /v1/staff/command` | [`StaffCommand`] | [`super::kiosk::CommandAnswer`] when it is taken, else a problem with the refusal |
//! | `POST /v1/staff/borrower` | [`FindBorrower`] | [`super::kiosk::BorrowerCard`], or 404 with a refusal |
//! | `GET /v1/staff/me` | – | [`super::lists::Me`] |
//! | `GET /v1/staff/tablets` | – | [`super::lists::TabletPage`]; `?number=` for one, `?after=` for the next page |
//! | `GET /v1/staff/holds?venue=` | – | [`super::lists::Holds`] |
//! | `GET /v1/staff/disputes` | – | [`super::lists::Disputes`] |
//! | `GET /v1/staff/wipes` | – | [`super::lists::Wipes`] |
//! | `GET /v1/staff/transfers` | – | [`super::lists::Transfers`] |
//!
//! The last four are lists that people work off: the oldest come first, what is
//! dealt with makes room, and `more` says that not all fit.
//!
//! What sets a library up (venues, operators, kiosks, images, enrolments) stays at
//! the server's own terminal.

use serde::{Deserialize, Serialize};

use super::mirror::{
    CalendarV1, ConditionV1, DecisionV1, ErrandV1, FlagV1, PresenceV1, VenueKindV1, WhitherV1, kit,
    override_option,
};
use crate::{
    command::{
        Action, AgreeWipe, AskWipe, CallOffTrip, CallOffWipe, CancelHold, CheckOut, ClearFlag,
        CloseDispute, Command, EndTransfer, HandOn, PlaceHold, PlanTrip, Receive, Relocate, Renew,
        RenewKeys, ReportBack, Return, Send, SetFlag, SetKit, StartReset, TakeStock, Undo, Whither,
    },
    dispute::Decision,
    event::{Actor, Origin},
    ids::{
        BorrowerId, CommandId, DisputeId, HoldId, LoanId, OperatorId, StocktakeId, TabletId,
        TransferId, TripId, VenueId, WipeId,
    },
    kit::{Condition, Kit},
    signed::presence::PresenceCode,
    tablet::{Flag, OverrideReason, Presence},
    time::{Day, Moment},
    trip::Errand,
    venue::{Calendar, Venue, VenueKind},
};

/// One request of a named operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffCommand {
    /// Made and stored by the program before it is sent: the same again gets the
    /// same answer (R4).
    pub id: CommandId,
    /// Where the operator acts.
    pub venue: VenueId,
    /// What is asked for.
    pub action: StaffAction,
}

/// What a named operator may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum StaffAction {
    /// Change the venue's name, kind or calendar.
    ChangeVenue {
        /// Its name, as people say it.
        name: String,
        /// What kind of place it is.
        #[serde(with = "VenueKindV1")]
        place: VenueKind,
        /// When it is open.
        #[serde(with = "CalendarV1")]
        calendar: Calendar,
    },
    /// Say what goes with a tablet.
    SetKit {
        /// The tablet.
        tablet: TabletId,
        /// All of it.
        #[serde(with = "kit")]
        parts: Kit,
    },
    /// Have a tablet make new keys with its next reset.
    RenewKeys {
        /// The tablet.
        tablet: TabletId,
    },
    /// Lend a tablet.
    CheckOut {
        /// The tablet.
        tablet: TabletId,
        /// The loan that begins.
        loan: LoanId,
        /// The borrower.
        borrower: BorrowerId,
        /// Why the operator lends it against a rule (R2, R7).
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "override_option"
        )]
        overriding: Option<OverrideReason>,
    },
    /// Let a loan go on for longer.
    Renew {
        /// The loan.
        loan: LoanId,
    },
    /// Take a tablet back.
    Return {
        /// The tablet.
        tablet: TabletId,
        /// The loan that it closes; where none is named, the one that is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loan: Option<LoanId>,
        /// `in-hand`: the named operator has it in hand, and it may be erased (R19).
        #[serde(with = "PresenceV1")]
        presence: Presence,
        /// The code that its own screen showed, if it was scanned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<PresenceCode>,
        /// Which parts of its kit are not there.
        #[serde(default, skip_serializing_if = "Kit::is_empty", with = "kit")]
        missing_parts: Kit,
        /// How it looked.
        #[serde(default, with = "ConditionV1")]
        condition: Condition,
    },
    /// Take a tablet from one person of a placement, for the next.
    HandOn {
        /// The tablet.
        tablet: TabletId,
    },
    /// Undo one's own check out or return.
    Undo {
        /// The command.
        command: CommandId,
    },
    /// Note that somebody says a tablet is back.
    ReportBack {
        /// The tablet.
        tablet: TabletId,
    },
    /// Start the reset of a tablet that the operator has in hand.
    StartReset {
        /// The tablet.
        tablet: TabletId,
        /// The code that its own screen showed, if it was scanned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<PresenceCode>,
    },
    /// Set a flag.
    SetFlag {
        /// The tablet.
        tablet: TabletId,
        /// Which.
        #[serde(with = "FlagV1")]
        flag: Flag,
    },
    /// Clear a flag.
    ClearFlag {
        /// The tablet.
        tablet: TabletId,
        /// Which.
        #[serde(with = "FlagV1")]
        flag: Flag,
    },
    /// Decide a dispute.
    CloseDispute {
        /// The dispute.
        dispute: DisputeId,
        /// The decision.
        #[serde(with = "DecisionV1")]
        decision: Decision,
    },
    /// Take a place in the venue's queue.
    PlaceHold {
        /// The hold.
        hold: HoldId,
        /// Who waits.
        borrower: BorrowerId,
        /// Parts that the tablet's kit must have.
        #[serde(default, skip_serializing_if = "Kit::is_empty", with = "kit")]
        needs: Kit,
    },
    /// Give a place in a queue up.
    CancelHold {
        /// The hold.
        hold: HoldId,
    },
    /// Pack a box.
    Send {
        /// The box.
        transfer: TransferId,
        /// Where it goes.
        to: VenueId,
        /// What is in it.
        tablets: Vec<TabletId>,
    },
    /// Take a tablet out of a box.
    Receive {
        /// The tablet.
        tablet: TabletId,
    },
    /// Say that a box is empty.
    EndTransfer {
        /// The box.
        transfer: TransferId,
        /// What did not come out is missing; else the count must match.
        #[serde(default)]
        short: bool,
    },
    /// Say that a tablet is missing, lost, or leaves the fleet.
    Relocate {
        /// The tablet.
        tablet: TabletId,
        /// Where it went.
        #[serde(with = "WhitherV1")]
        whither: Whither,
    },
    /// Count the tablets of the venue.
    TakeStock {
        /// The count.
        stocktake: StocktakeId,
        /// What was seen there: all of it.
        seen: Vec<TabletId>,
    },
    /// Plan a trip to somebody's home.
    PlanTrip {
        /// The trip.
        trip: TripId,
        /// What for.
        #[serde(with = "ErrandV1")]
        errand: Errand,
        /// The day that was agreed.
        on: Day,
    },
    /// Say that a trip was not made.
    CallOffTrip {
        /// The trip.
        trip: TripId,
    },
    /// Ask for a wipe outside the return flow (R9).
    AskWipe {
        /// The wipe.
        wipe: WipeId,
        /// The tablet.
        tablet: TabletId,
    },
    /// Agree to a colleague's.
    AgreeWipe {
        /// The wipe.
        wipe: WipeId,
    },
    /// Call one off.
    CallOffWipe {
        /// The wipe.
        wipe: WipeId,
    },
    /// "Stop all": no wipe outside the return flow begins.
    StopWipes {},
    /// Let them begin again.
    AllowWipes {},
}

impl StaffCommand {
    /// The command that it is, asked by this operator at this time.
    pub fn into_command(self, operator: OperatorId, now: Moment) -> Command {
        Command {
            id: self.id,
            origin: Origin::Server,
            origin_seq: None,
            actor: Actor::Operator(operator),
            venue: Some(self.venue),
            occurred_at: now,
            clock_sure: true,
            seen: 0,
            series: 0,
            action: self.action.at(self.venue),
        }
    }
}

impl StaffAction {
    /// What is asked for at this venue: nothing of another can be named.
    fn at(self, venue: VenueId) -> Action {
        match self {
            Self::ChangeVenue {
                name,
                place,
                calendar,
            } => Action::ChangeVenue(Venue {
                id: venue,
                name,
                kind: place,
                calendar,
            }),
            Self::RenewKeys { tablet } => Action::RenewKeys(RenewKeys { tablet }),
            Self::SetKit { tablet, parts } => Action::SetKit(SetKit { tablet, kit: parts }),
            Self::CheckOut {
                tablet,
                loan,
                borrower,
                overriding,
            } => Action::CheckOut(CheckOut {
                overriding,
                ..CheckOut::new(tablet, loan, borrower)
            }),
            Self::Renew { loan } => Action::Renew(Renew { loan }),
            Self::Return {
                tablet,
                loan,
                presence,
                code,
                missing_parts,
                condition,
            } => Action::Return(Return {
                tablet,
                loan,
                presence,
                code,
                part_missing: !missing_parts.is_empty(),
                missing_parts,
                condition,
            }),
            Self::HandOn { tablet } => Action::HandOn(HandOn { tablet }),
            Self::Undo { command } => Action::Undo(Undo { command }),
            Self::ReportBack { tablet } => Action::ReportBack(ReportBack { tablet }),
            Self::StartReset { tablet, code } => Action::StartReset(StartReset { tablet, code }),
            Self::SetFlag { tablet, flag } => Action::SetFlag(SetFlag { tablet, flag }),
            Self::ClearFlag { tablet, flag } => Action::ClearFlag(ClearFlag { tablet, flag }),
            Self::CloseDispute { dispute, decision } => {
                Action::CloseDispute(CloseDispute { dispute, decision })
            }
            Self::PlaceHold {
                hold,
                borrower,
                needs,
            } => Action::PlaceHold(PlaceHold {
                hold,
                borrower,
                venue,
                needs,
            }),
            Self::CancelHold { hold } => Action::CancelHold(CancelHold { hold }),
            Self::Send {
                transfer,
                to,
                tablets,
            } => Action::Send(Send {
                transfer,
                to,
                tablets,
            }),
            Self::Receive { tablet } => Action::Receive(Receive { tablet }),
            Self::EndTransfer { transfer, short } => {
                Action::EndTransfer(EndTransfer { transfer, short })
            }
            Self::Relocate { tablet, whither } => Action::Relocate(Relocate { tablet, whither }),
            Self::TakeStock { stocktake, seen } => Action::TakeStock(TakeStock { stocktake, seen }),
            Self::PlanTrip { trip, errand, on } => Action::PlanTrip(PlanTrip { trip, errand, on }),
            Self::CallOffTrip { trip } => Action::CallOffTrip(CallOffTrip { trip }),
            Self::AskWipe { wipe, tablet } => Action::AskWipe(AskWipe { wipe, tablet }),
            Self::AgreeWipe { wipe } => Action::AgreeWipe(AgreeWipe { wipe }),
            Self::CallOffWipe { wipe } => Action::CallOffWipe(CallOffWipe { wipe }),
            Self::StopWipes {} => Action::StopWipes,
            Self::AllowWipes {} => Action::AllowWipes,
        }
    }
}

/// Looks a borrower up by card; in a body, so that no card stands in an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindBorrower {
    /// The card's number, as it was scanned or typed.
    pub card: String,
    /// Where the operator acts.
    pub venue: VenueId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::Hours;

    #[test]
    fn opening_hours_are_read_back_from_inside_a_command() {
        let hours = Hours::new(9 * 60, 17 * 60).expect("a day's hours");
        let calendar = Calendar {
            hours: [(0, hours), (6, hours)].into(),
            ..Calendar::default()
        };
        let change = StaffAction::ChangeVenue {
            name: "Demo Library".to_owned(),
            place: VenueKind::Library,
            calendar,
        };
        let json = serde_json::to_string(&change).expect("text keys");
        assert_eq!(
            serde_json::from_str::<StaffAction>(&json).ok(),
            Some(change)
        );
        let eighth = json.replace(r#""6":"#, r#""7":"#);
        assert!(serde_json::from_str::<StaffAction>(&eighth).is_err());
    }
}
