//! Facts, in the past tense, and the envelope in which the log keeps them.
//! No event holds personal data: people are known by loan alone (R13), and every
//! event names its actor (R12).

mod change;

use crate::{
    digest::Digest,
    dispute::{Decision, DisputeCause},
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

pub use change::LoanChange;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A named member of staff.
    Operator(OperatorId),
    /// A borrower, unnamed, at a kiosk.
    SelfService(KioskId),
    /// A tablet's agent.
    Tablet(TabletId),
    /// The server itself.
    Server,
}

/// Whose series of facts it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The server's own.
    Server,
    /// A kiosk's own, numbered by the kiosk.
    Kiosk(KioskId),
    /// A tablet's.
    Tablet(TabletId),
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A place began to lend.
    VenueOpened {
        /// Its id.
        venue: VenueId,
        /// Its name.
        name: String,
        /// What kind of place it is.
        kind: VenueKind,
        /// When it is closed.
        calendar: Calendar,
    },
    /// A place's name, kind or calendar changed.
    VenueChanged {
        /// Its id.
        venue: VenueId,
        /// Its name.
        name: String,
        /// What kind of place it is.
        kind: VenueKind,
        /// When it is closed.
        calendar: Calendar,
    },
    /// A member of staff may act at these venues. The name stands elsewhere.
    OperatorAppointed {
        /// Their id.
        operator: OperatorId,
        /// Where.
        venues: Vec<VenueId>,
        /// The digest of their badge.
        badge: Digest,
    },
    /// A kiosk got its identity.
    KioskEnrolled {
        /// Its id.
        kiosk: KioskId,
        /// Where it stands.
        venue: VenueId,
        /// Its key.
        key: PublicKey,
    },
    /// An image may be ordered.
    ImageReleased {
        /// The manifest's digest.
        image: ImageId,
        /// The release's name.
        release: String,
        /// From this day on its proofs lend no tablet.
        withdraw_on: Option<Day>,
    },
    /// A tablet got its identity; its first epoch begins, dirty.
    TabletEnrolled {
        /// Its id.
        tablet: TabletId,
        /// Its short human number.
        number: TabletNumber,
        /// The maker's serial number.
        serial: String,
        /// The maker's model.
        model: String,
        /// Where.
        venue: VenueId,
        /// Its keys; none where no agent runs on it.
        keys: Option<TabletKeys>,
        /// The digest of its tag.
        tag: Digest,
    },
    /// An agent speaks for a tablet that had none. Whatever was vouched for before is of
    /// an earlier stretch of its life.
    AgentEnrolled {
        /// The tablet.
        tablet: TabletId,
        /// The agent's keys.
        keys: TabletKeys,
    },
    /// A borrower took it. The proof is used up.
    CheckedOut {
        /// The tablet.
        tablet: TabletId,
        /// The loan that began.
        loan: LoanId,
        /// Where.
        venue: VenueId,
        /// The last day on which it is not late.
        due_on: Day,
    },
    /// Word of a check out arrived after the tablet had moved on: the loan is kept
    /// for a person to decide, and nothing moves.
    CheckOutCameLate {
        /// The tablet.
        tablet: TabletId,
        /// The loan.
        loan: LoanId,
        /// Where.
        venue: VenueId,
        /// The last day on which it would not have been late.
        due_on: Day,
    },
    /// A named operator lent it against a rule (R2, R7).
    RuleOverridden {
        /// The tablet.
        tablet: TabletId,
        /// The loan.
        loan: LoanId,
        /// Why.
        reason: OverrideReason,
    },
    /// A check out was undone: the loan never was.
    CheckOutUndone {
        /// The tablet.
        tablet: TabletId,
        /// The loan.
        loan: LoanId,
        /// Where the tablet stayed.
        venue: VenueId,
    },
    /// A loan goes on for longer.
    Renewed {
        /// The tablet.
        tablet: TabletId,
        /// The loan.
        loan: LoanId,
        /// The last day on which it is not late from now on.
        due_on: Day,
    },
    /// It came back.
    Returned {
        /// The tablet.
        tablet: TabletId,
        /// The loan that this closed; none where it was never out.
        loan: Option<LoanId>,
        /// Where.
        venue: VenueId,
        /// Whether somebody had it in hand.
        presence: Presence,
        /// How it looked.
        condition: Condition,
    },
    /// A return was undone: its borrower has it still.
    ReturnUndone {
        /// The tablet.
        tablet: TabletId,
        /// The loan that is open again.
        loan: LoanId,
    },
    /// It went from one person of a placement to the next, with a reset between.
    HandedOn {
        /// The tablet.
        tablet: TabletId,
        /// The loan that this closed, if there was one.
        loan: Option<LoanId>,
        /// The placement.
        venue: VenueId,
    },
    /// Word of a return arrived after the tablet had moved on: kept, moves nothing.
    ReturnCameLate {
        /// The tablet.
        tablet: TabletId,
        /// The loan that it named.
        loan: Option<LoanId>,
        /// Where it was seen then.
        venue: VenueId,
    },
    /// A tablet that this server does not know was shown at a counter.
    UnknownTabletSeen {
        /// The id under which the kiosk knew it.
        tablet: TabletId,
        /// The loan that the kiosk spoke of.
        loan: Option<LoanId>,
        /// Where.
        venue: VenueId,
    },
    /// A tablet that left the fleet was shown at a counter.
    RetiredTabletSeen {
        /// The tablet.
        tablet: TabletId,
        /// Where.
        venue: VenueId,
    },
    /// Somebody typed its number to say that it is back.
    ReportedBack {
        /// The tablet.
        tablet: TabletId,
    },
    /// Its person answered "Have you still got it?".
    StillGotItAnswered {
        /// The tablet.
        tablet: TabletId,
        /// Yes or no.
        yes: bool,
    },
    /// A closed loan goes on: the tablet had not come back.
    LoanReopened {
        /// The tablet.
        tablet: TabletId,
        /// The loan.
        loan: LoanId,
    },
    /// Facts do not fit.
    DisputeRaised {
        /// The dispute.
        dispute: DisputeId,
        /// Why.
        cause: DisputeCause,
        /// About which tablet.
        tablet: TabletId,
        /// About which loan, if about one.
        loan: Option<LoanId>,
    },
    /// A person decided.
    DisputeClosed {
        /// The dispute.
        dispute: DisputeId,
        /// The tablet.
        tablet: TabletId,
        /// The loan, if it was about one.
        loan: Option<LoanId>,
        /// What they decided.
        decision: Decision,
    },
    /// Somebody said what goes with it.
    KitSet {
        /// The tablet.
        tablet: TabletId,
        /// All of it.
        kit: Kit,
    },
    /// Parts of its kit were not there.
    PartsMissed {
        /// The tablet.
        tablet: TabletId,
        /// Which.
        parts: Kit,
    },
    /// A person flagged it.
    FlagSet {
        /// The tablet.
        tablet: TabletId,
        /// What.
        flag: Flag,
    },
    /// A person cleared a flag.
    FlagCleared {
        /// The tablet.
        tablet: TabletId,
        /// What.
        flag: Flag,
    },
    /// It is to make new keys with its next reset.
    KeysRenewalAsked {
        /// The tablet.
        tablet: TabletId,
    },
    /// It made new keys, and proved a reset with those of before: they count from here on.
    KeysRenewed {
        /// The tablet.
        tablet: TabletId,
        /// The new ones.
        keys: TabletKeys,
    },
    /// A reset was ordered.
    ResetOrdered {
        /// The tablet.
        tablet: TabletId,
        /// The order.
        order: OrderId,
        /// The stretch of life it is for.
        epoch: Epoch,
        /// Born here.
        nonce: Nonce,
        /// The tablet's order number.
        counter: u64,
        /// What to reset to.
        image: ImageId,
        /// It is to make new keys with it; facts of the first formats say no.
        new_keys: bool,
    },
    /// A reset was proven: nothing else makes a tablet lendable (R2).
    ResetVerified {
        /// The tablet.
        tablet: TabletId,
        /// The order.
        order: OrderId,
        /// The stretch of life it is for.
        epoch: Epoch,
        /// What it was reset to.
        image: ImageId,
        /// Who vouches.
        kind: ProofKind,
        /// The digest of the receipt.
        receipt: Digest,
    },
    /// A tablet told of orders or loans that this log does not hold, because it was
    /// brought back from a backup: what it was known to be it is no longer.
    TabletAhead {
        /// The tablet.
        tablet: TabletId,
        /// The stretch of life that it is in.
        epoch: Epoch,
        /// The number of the last order that it began.
        counter: u64,
    },
    /// A reset failed.
    ResetFailed {
        /// The tablet.
        tablet: TabletId,
        /// The order.
        order: OrderId,
        /// Tries in this epoch that failed, this one among them.
        tries: u8,
        /// The step that failed.
        why: FailedStep,
    },
    /// It was put in a box for a venue.
    Sent {
        /// The tablet.
        tablet: TabletId,
        /// Where to.
        to: VenueId,
        /// In which box; facts of the first format do not say.
        transfer: Option<TransferId>,
    },
    /// A box was packed.
    TransferBegan {
        /// The box.
        transfer: TransferId,
        /// Where.
        from: VenueId,
        /// Where it goes.
        to: VenueId,
        /// How many tablets are in it.
        sent: u32,
    },
    /// A box was emptied.
    TransferEnded {
        /// The box.
        transfer: TransferId,
        /// How many tablets that were put in did not come out.
        missing: u32,
    },
    /// It came out of a box. Moves custody alone.
    Received {
        /// The tablet.
        tablet: TabletId,
        /// Where.
        venue: VenueId,
    },
    /// It is not where it should be.
    MarkedMissing {
        /// The tablet.
        tablet: TabletId,
    },
    /// It was given up for lost.
    MarkedLost {
        /// The tablet.
        tablet: TabletId,
    },
    /// The loan of a lost tablet was written off; its reset was never confirmed.
    WrittenOff {
        /// The tablet.
        tablet: TabletId,
        /// The loan.
        loan: LoanId,
    },
    /// It was taken out of service for good.
    Withdrawn {
        /// The tablet.
        tablet: TabletId,
    },
    /// It was given away for good.
    Gifted {
        /// The tablet.
        tablet: TabletId,
    },
    /// It was put aside for a hold.
    PutAside {
        /// The tablet.
        tablet: TabletId,
        /// The hold.
        hold: HoldId,
        /// The last day on which it is kept; facts of the first format do not say.
        until: Option<Day>,
    },
    /// It is no longer put aside; its hold, where it goes on, waits again.
    PutAsideEnded {
        /// The tablet.
        tablet: TabletId,
        /// The hold; facts of the first format do not say.
        hold: Option<HoldId>,
    },
    /// Somebody waits for a tablet.
    HoldPlaced {
        /// The hold.
        hold: HoldId,
        /// Where it is to be fetched.
        venue: VenueId,
        /// Parts that the tablet's kit must have.
        needs: Kit,
    },
    /// Nobody waits any more.
    HoldEnded {
        /// The hold.
        hold: HoldId,
        /// How.
        how: HoldEnd,
    },
    /// A tablet is to be brought to, or fetched from, somebody's home.
    TripPlanned {
        /// The trip.
        trip: TripId,
        /// What for.
        errand: Errand,
        /// Where it starts and ends.
        venue: VenueId,
        /// The day that was agreed.
        on: Day,
    },
    /// The trip is over.
    TripEnded {
        /// The trip.
        trip: TripId,
        /// The tablet changed hands at the door.
        done: bool,
    },
    /// The tablets of a venue were counted.
    StockTaken {
        /// The count.
        stocktake: StocktakeId,
        /// Where.
        venue: VenueId,
        /// Tablets that were where they should be.
        found: u32,
        /// Tablets that were not there.
        missing: Vec<TabletId>,
        /// Tablets that should have been elsewhere.
        unexpected: Vec<TabletId>,
    },
    /// An operator asked for a wipe outside the return flow (R9).
    WipeAsked {
        /// The wipe.
        wipe: WipeId,
        /// The tablet.
        tablet: TabletId,
        /// Its stretch of life.
        epoch: Epoch,
    },
    /// Another operator agreed.
    WipeAgreed {
        /// The wipe.
        wipe: WipeId,
        /// The tablet.
        tablet: TabletId,
        /// From then on it may be ordered.
        starts_at: Moment,
    },
    /// It is not to be.
    WipeCalledOff {
        /// The wipe.
        wipe: WipeId,
        /// The tablet.
        tablet: TabletId,
    },
    /// It begins: the tablet's proof is used up.
    WipeStarted {
        /// The wipe.
        wipe: WipeId,
        /// The tablet.
        tablet: TabletId,
    },
    /// "Stop all": no wipe outside the return flow begins.
    WipesStopped,
    /// They may begin again.
    WipesAllowed,
    /// A kiosk was restored from an old copy: its numbering starts anew (R6).
    SeriesRestarted {
        /// The kiosk.
        kiosk: KioskId,
        /// Its new series.
        series: u32,
    },
    /// A command's id came a second time with another body: refused (R4).
    CommandIdReused {
        /// The id.
        command: CommandId,
    },
}

/// A fact as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the log, from 1.
    pub server_seq: u64,
    /// Whose series it stands in.
    pub origin: Origin,
    /// Its place in that series, where the origin numbers its own.
    pub origin_seq: Option<u64>,
    /// The command that it came of.
    pub command: CommandId,
    /// Who did it.
    pub actor: Actor,
    /// Where.
    pub venue: Option<VenueId>,
    /// When it happened, by the origin's clock.
    pub occurred_at: Moment,
    /// When the server took it.
    pub recorded_at: Moment,
    /// Whether the origin's clock had heard the server's since it started.
    pub clock_sure: bool,
    /// The server position that the origin's mirror had.
    pub seen: u64,
    /// The fact.
    pub event: Event,
}
