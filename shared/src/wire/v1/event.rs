//! Event envelope v1: the bytes that the log stores, the chain hashes and sync
//! carries. They are written once and never serialised again.

use serde::{Deserialize, Serialize};

use super::mirror::{
    ActorV1, CalendarV1, ConditionV1, DecisionV1, DisputeCauseV1, EpochV1, ErrandV1, FlagV1,
    HoldEndV1, OriginV1, OverrideReasonV1, PresenceV1, ProofKindV1, TabletKeysV1, VenueKindV1,
    keys_option, kit,
};
use crate::{
    digest::Digest,
    dispute::{Decision, DisputeCause},
    event::{Actor, Event, Origin, Recorded},
    hold::HoldEnd,
    ids::{
        CommandId, DisputeId, HoldId, KioskId, LoanId, Nonce, OperatorId, OrderId, StocktakeId,
        TabletId, TransferId, TripId, VenueId, WipeId,
    },
    image::ImageId,
    keys::PublicKey,
    kit::{Condition, Kit},
    signed::receipt::FailedStep,
    tablet::{Epoch, Flag, OverrideReason, Presence, ProofKind, TabletKeys},
    tag::TabletNumber,
    time::{Day, Moment},
    trip::Errand,
    venue::{Calendar, VenueKind},
};

/// Version of the envelope and of every event kind in it.
const VERSION: u32 = 1;

/// The bytes of a fact, as the log keeps them.
pub fn to_bytes(recorded: &Recorded) -> Vec<u8> {
    #[derive(Serialize)]
    struct Line<'a> {
        version: u32,
        #[serde(flatten, with = "RecordedV1")]
        recorded: &'a Recorded,
    }
    let line = Line {
        version: VERSION,
        recorded,
    };
    serde_json::to_vec(&line).expect("events have text keys only")
}

/// Why the bytes of a fact cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Written by a newer program.
    #[error("this event has version {0}, which this program does not know")]
    UnknownVersion(u32),
    /// Not an event, or of a kind that this program does not know.
    #[error("this is not an event that this program knows: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Reads the bytes of a fact.
pub fn from_bytes(bytes: &[u8]) -> Result<Recorded, EventError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    #[derive(Deserialize)]
    struct Line(#[serde(with = "RecordedV1")] Recorded);

    let Version { version } = serde_json::from_slice(bytes)?;
    if version != VERSION {
        return Err(EventError::UnknownVersion(version));
    }
    let Line(recorded) = serde_json::from_slice(bytes)?;
    Ok(recorded)
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Recorded")]
struct RecordedV1 {
    server_seq: u64,
    #[serde(with = "OriginV1")]
    origin: Origin,
    origin_seq: Option<u64>,
    command: CommandId,
    #[serde(with = "ActorV1")]
    actor: Actor,
    venue: Option<VenueId>,
    occurred_at: Moment,
    recorded_at: Moment,
    clock_sure: bool,
    seen: u64,
    #[serde(with = "EventV1")]
    event: Event,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Event",
    tag = "kind",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
enum EventV1 {
    VenueOpened {
        venue: VenueId,
        name: String,
        #[serde(rename = "venue_kind", with = "VenueKindV1")]
        kind: VenueKind,
        #[serde(with = "CalendarV1")]
        calendar: Calendar,
    },
    VenueChanged {
        venue: VenueId,
        name: String,
        #[serde(rename = "venue_kind", with = "VenueKindV1")]
        kind: VenueKind,
        #[serde(with = "CalendarV1")]
        calendar: Calendar,
    },
    OperatorAppointed {
        operator: OperatorId,
        venues: Vec<VenueId>,
        badge: Digest,
    },
    KioskEnrolled {
        kiosk: KioskId,
        venue: VenueId,
        key: PublicKey,
    },
    ImageReleased {
        image: ImageId,
        release: String,
        withdraw_on: Option<Day>,
    },
    TabletEnrolled {
        tablet: TabletId,
        number: TabletNumber,
        serial: String,
        model: String,
        venue: VenueId,
        /// Left out where no agent runs on it.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "keys_option")]
        keys: Option<TabletKeys>,
        tag: Digest,
    },
    AgentEnrolled {
        tablet: TabletId,
        #[serde(with = "TabletKeysV1")]
        keys: TabletKeys,
    },
    CheckedOut {
        tablet: TabletId,
        loan: LoanId,
        venue: VenueId,
        due_on: Day,
    },
    Returned {
        tablet: TabletId,
        loan: Option<LoanId>,
        venue: VenueId,
        #[serde(with = "PresenceV1")]
        presence: Presence,
        /// Left out where nobody looked, as the first format did.
        #[serde(default, skip_serializing_if = "not_seen", with = "ConditionV1")]
        condition: Condition,
    },
    CheckOutCameLate {
        tablet: TabletId,
        loan: LoanId,
        venue: VenueId,
        due_on: Day,
    },
    RuleOverridden {
        tablet: TabletId,
        loan: LoanId,
        #[serde(with = "OverrideReasonV1")]
        reason: OverrideReason,
    },
    CheckOutUndone {
        tablet: TabletId,
        loan: LoanId,
        venue: VenueId,
    },
    Renewed {
        tablet: TabletId,
        loan: LoanId,
        due_on: Day,
    },
    ReturnUndone {
        tablet: TabletId,
        loan: LoanId,
    },
    HandedOn {
        tablet: TabletId,
        loan: Option<LoanId>,
        venue: VenueId,
    },
    UnknownTabletSeen {
        tablet: TabletId,
        loan: Option<LoanId>,
        venue: VenueId,
    },
    ReturnCameLate {
        tablet: TabletId,
        loan: Option<LoanId>,
        venue: VenueId,
    },
    RetiredTabletSeen {
        tablet: TabletId,
        venue: VenueId,
    },
    ReportedBack {
        tablet: TabletId,
    },
    StillGotItAnswered {
        tablet: TabletId,
        yes: bool,
    },
    LoanReopened {
        tablet: TabletId,
        loan: LoanId,
    },
    DisputeRaised {
        dispute: DisputeId,
        #[serde(with = "DisputeCauseV1")]
        cause: DisputeCause,
        tablet: TabletId,
        loan: Option<LoanId>,
    },
    DisputeClosed {
        dispute: DisputeId,
        tablet: TabletId,
        loan: Option<LoanId>,
        #[serde(with = "DecisionV1")]
        decision: Decision,
    },
    KitSet {
        tablet: TabletId,
        #[serde(with = "kit")]
        kit: Kit,
    },
    PartsMissed {
        tablet: TabletId,
        #[serde(with = "kit")]
        parts: Kit,
    },
    FlagSet {
        tablet: TabletId,
        #[serde(with = "FlagV1")]
        flag: Flag,
    },
    FlagCleared {
        tablet: TabletId,
        #[serde(with = "FlagV1")]
        flag: Flag,
    },
    KeysRenewalAsked {
        tablet: TabletId,
    },
    KeysRenewed {
        tablet: TabletId,
        #[serde(with = "TabletKeysV1")]
        keys: TabletKeys,
    },
    ResetOrdered {
        tablet: TabletId,
        order: OrderId,
        #[serde(with = "EpochV1")]
        epoch: Epoch,
        nonce: Nonce,
        counter: u64,
        image: ImageId,
        /// Left out where it is not, as the first formats did.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        new_keys: bool,
    },
    ResetVerified {
        tablet: TabletId,
        order: OrderId,
        #[serde(with = "EpochV1")]
        epoch: Epoch,
        image: ImageId,
        #[serde(rename = "proof_kind", with = "ProofKindV1")]
        kind: ProofKind,
        receipt: Digest,
    },
    TabletAhead {
        tablet: TabletId,
        #[serde(with = "EpochV1")]
        epoch: Epoch,
        counter: u64,
    },
    ResetFailed {
        tablet: TabletId,
        order: OrderId,
        tries: u8,
        why: FailedStep,
    },
    Sent {
        tablet: TabletId,
        to: VenueId,
        /// Left out where nobody said, as the first format did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transfer: Option<TransferId>,
    },
    TransferBegan {
        transfer: TransferId,
        from: VenueId,
        to: VenueId,
        sent: u32,
    },
    TransferEnded {
        transfer: TransferId,
        missing: u32,
    },
    Received {
        tablet: TabletId,
        venue: VenueId,
    },
    MarkedMissing {
        tablet: TabletId,
    },
    MarkedLost {
        tablet: TabletId,
    },
    WrittenOff {
        tablet: TabletId,
        loan: LoanId,
    },
    Withdrawn {
        tablet: TabletId,
    },
    Gifted {
        tablet: TabletId,
    },
    PutAside {
        tablet: TabletId,
        hold: HoldId,
        /// Left out where nobody said, as the first format did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Day>,
    },
    PutAsideEnded {
        tablet: TabletId,
        /// Left out where nobody said, as the first format did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<HoldId>,
    },
    HoldPlaced {
        hold: HoldId,
        venue: VenueId,
        #[serde(with = "kit")]
        needs: Kit,
    },
    HoldEnded {
        hold: HoldId,
        #[serde(with = "HoldEndV1")]
        how: HoldEnd,
    },
    TripPlanned {
        trip: TripId,
        #[serde(with = "ErrandV1")]
        errand: Errand,
        venue: VenueId,
        on: Day,
    },
    TripEnded {
        trip: TripId,
        done: bool,
    },
    StockTaken {
        stocktake: StocktakeId,
        venue: VenueId,
        found: u32,
        missing: Vec<TabletId>,
        unexpected: Vec<TabletId>,
    },
    WipeAsked {
        wipe: WipeId,
        tablet: TabletId,
        #[serde(with = "EpochV1")]
        epoch: Epoch,
    },
    WipeAgreed {
        wipe: WipeId,
        tablet: TabletId,
        starts_at: Moment,
    },
    WipeCalledOff {
        wipe: WipeId,
        tablet: TabletId,
    },
    WipeStarted {
        wipe: WipeId,
        tablet: TabletId,
    },
    WipesStopped,
    WipesAllowed,
    SeriesRestarted {
        kiosk: KioskId,
        series: u32,
    },
    CommandIdReused {
        command: CommandId,
    },
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn not_seen(condition: &Condition) -> bool {
    *condition == Condition::NotSeen
}
