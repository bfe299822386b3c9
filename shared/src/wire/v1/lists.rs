//! What an operator's program reads before it acts: the fleet, and the lists that
//! people work off. A reader leaves out what it does not know, so that a server can
//! be updated before its callers.

use serde::{Deserialize, Serialize};

use super::{
    kiosk::PutAsideRow,
    mirror::{
        DecisionV1, DisputeCauseV1, FlagV1, MatterV1, StateWordV1, VenueKindV1, WarningV1, kit,
        override_option,
    },
    refusal::RefusalBody,
};
use crate::{
    dispute::{Decision, DisputeCause},
    ids::{DisputeId, HoldId, LoanId, OperatorId, TabletId, TransferId, VenueId, WipeId},
    kit::Kit,
    readiness::{Matter, Warning},
    tablet::{Flag, OverrideReason, StateWord},
    tag::TabletNumber,
    time::{Day, Moment},
    venue::VenueKind,
};

/// Whose key it is, and where they may act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The operator.
    pub operator: OperatorId,
    /// Where they may act.
    pub venues: Vec<VenueRow>,
}

/// A venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueRow {
    /// Its id.
    pub venue: VenueId,
    /// Its name.
    pub name: String,
    /// What kind of place it is.
    #[serde(with = "VenueKindV1")]
    pub place: VenueKind,
}

/// A page of the fleet, in the order of the tablets' numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletPage {
    /// The tablets.
    pub tablets: Vec<StaffTablet>,
    /// Where the next page begins, if there is one: `?after=` this.
    pub next: Option<TabletNumber>,
}

/// A tablet, as an operator's program needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffTablet {
    /// Its id.
    pub tablet: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// The venue where it is, if it is at one.
    pub venue: Option<VenueId>,
    /// The loan that it is out on.
    pub loan: Option<LoanId>,
    /// The last day on which that loan is not late.
    pub due_on: Option<Day>,
    /// What goes with it.
    #[serde(with = "kit")]
    pub kit: Kit,
    /// What of it is not there.
    #[serde(with = "kit")]
    pub missing_parts: Kit,
    /// What people flagged.
    pub flags: Vec<FlagRow>,
    /// Somebody typed its number to say that it is back.
    pub reported_back: bool,
    /// It was lent against a rule, until its next proven reset (R2).
    #[serde(with = "override_option")]
    pub lent_by_override: Option<OverrideReason>,
    /// It is kept for somebody; initials only where the hold is at a venue of the
    /// operator's (R13).
    pub put_aside: Option<PutAsideRow>,
    /// When its agent was last heard.
    pub last_seen_at: Option<Moment>,
    /// Whether it can be lent to anybody who comes, and why.
    pub readiness: ReadinessRow,
}

/// A flag, in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FlagRow(#[serde(with = "FlagV1")] pub Flag);

/// Whether a tablet can be lent, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadinessRow {
    /// The word that people see.
    #[serde(with = "StateWordV1")]
    pub word: StateWord,
    /// What the rules refuse it for.
    pub refusals: Vec<RefusalTold>,
    /// What should be known first.
    pub warnings: Vec<WarningTold>,
    /// What nobody knows.
    pub not_known: Vec<NotKnownTold>,
}

/// A refusal with its sentence and next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalTold {
    /// Its code and parameters.
    pub refusal: RefusalBody,
    /// What is the matter.
    pub sentence: String,
    /// What to do next.
    pub next: String,
}

/// A warning with its sentence and next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningTold {
    /// Its code and parameters.
    #[serde(with = "WarningV1")]
    pub warning: Warning,
    /// What is the matter.
    pub sentence: String,
    /// What to do next.
    pub next: String,
}

/// What nobody knows, with its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotKnownTold {
    /// What.
    #[serde(with = "MatterV1")]
    pub matter: Matter,
    /// In words.
    pub sentence: String,
}

/// The queue of a venue, the first to be served first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// Holds that are not over.
    pub holds: Vec<HoldRow>,
    /// Not all fit.
    pub more: bool,
}

/// A place in a queue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldRow {
    /// Its id.
    pub hold: HoldId,
    /// Initials of who waits, as a slip of paper says them.
    pub initials: Option<String>,
    /// Parts that the tablet's kit must have.
    #[serde(with = "kit")]
    pub needs: Kit,
    /// Since when.
    pub placed_at: Moment,
    /// The tablet that is kept for it.
    pub tablet: Option<TabletNumber>,
    /// The last day on which it is kept.
    pub until: Option<Day>,
}

impl std::fmt::Debug for HoldRow {
    // Initials never reach a log line (R13).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HoldRow({})", self.hold)
    }
}

/// Disputes that wait for a person, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disputes {
    /// The disputes.
    pub disputes: Vec<DisputeOpen>,
    /// Not all fit.
    pub more: bool,
}

/// A dispute that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeOpen {
    /// Its id.
    pub dispute: DisputeId,
    /// Why facts do not fit.
    #[serde(with = "DisputeCauseV1")]
    pub cause: DisputeCause,
    /// Its tablet's number; none where the tablet is none of ours.
    pub number: Option<TabletNumber>,
    /// About which loan, if about one.
    pub loan: Option<LoanId>,
    /// Since when.
    pub raised_at: Moment,
    /// The decisions that make sense for it.
    pub allowed: Vec<DecisionRow>,
}

/// A decision, in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecisionRow(#[serde(with = "DecisionV1")] pub Decision);

/// Wipes that have not begun, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wipes {
    /// The wipes.
    pub wipes: Vec<WipeRow>,
    /// Not all fit.
    pub more: bool,
    /// Who said "Stop all", while it holds.
    pub stopped_by: Option<OperatorId>,
}

/// A wipe that has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WipeRow {
    /// Its id.
    pub wipe: WipeId,
    /// The tablet.
    pub tablet: TabletId,
    /// Who asked.
    pub asked_by: OperatorId,
    /// When.
    pub asked_at: Moment,
    /// Who agreed, once somebody has.
    pub agreed_by: Option<OperatorId>,
    /// From then on it begins by itself.
    pub starts_at: Option<Moment>,
}

/// Boxes that are on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfers {
    /// The boxes.
    pub transfers: Vec<TransferRow>,
    /// Not all fit.
    pub more: bool,
}

/// A box that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRow {
    /// Its id.
    pub transfer: TransferId,
    /// Where it was packed.
    pub from: VenueId,
    /// Where it goes.
    pub to: VenueId,
    /// Tablets that were put in.
    pub sent: u32,
    /// Of these are still on their way.
    pub left: u32,
}
