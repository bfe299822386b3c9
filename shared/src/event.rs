//! Facts, in the past tense, and the envelope in which the log keeps them.
//! No event holds personal data: people are known by loan alone (R13), and every
//! event names its actor (R12).

use crate::{
    digest::Digest,
    dispute::{Decision, DisputeCause},
    ids::{
        CommandId, DisputeId, HoldId, KioskId, LoanId, Nonce, OperatorId, OrderId, TabletId,
        VenueId,
    },
    image::ImageId,
    keys::PublicKey,
    signed::receipt::FailedStep,
    tablet::{Epoch, Flag, Presence, ProofKind, TabletKeys},
    tag::TabletNumber,
    time::{Day, Moment},
    venue::{Calendar, VenueKind},
};

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
        /// Its keys.
        keys: TabletKeys,
        /// The digest of its tag.
        tag: Digest,
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
        /// About which loan.
        loan: LoanId,
    },
    /// A person decided.
    DisputeClosed {
        /// The dispute.
        dispute: DisputeId,
        /// The tablet.
        tablet: TabletId,
        /// The loan.
        loan: LoanId,
        /// What they decided.
        decision: Decision,
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
    },
    /// It is no longer put aside.
    PutAsideEnded {
        /// The tablet.
        tablet: TabletId,
    },
    /// A command's id came a second time with another body: refused (R4).
    CommandIdReused {
        /// The id.
        command: CommandId,
    },
}

impl Event {
    /// The tablet that the fact is about, if it is about one.
    pub const fn tablet(&self) -> Option<TabletId> {
        match self {
            Self::TabletEnrolled { tablet, .. }
            | Self::CheckedOut { tablet, .. }
            | Self::Returned { tablet, .. }
            | Self::ReturnCameLate { tablet, .. }
            | Self::RetiredTabletSeen { tablet, .. }
            | Self::ReportedBack { tablet }
            | Self::StillGotItAnswered { tablet, .. }
            | Self::LoanReopened { tablet, .. }
            | Self::DisputeRaised { tablet, .. }
            | Self::DisputeClosed { tablet, .. }
            | Self::FlagSet { tablet, .. }
            | Self::FlagCleared { tablet, .. }
            | Self::ResetOrdered { tablet, .. }
            | Self::ResetVerified { tablet, .. }
            | Self::ResetFailed { tablet, .. }
            | Self::Sent { tablet, .. }
            | Self::Received { tablet, .. }
            | Self::MarkedMissing { tablet }
            | Self::MarkedLost { tablet }
            | Self::Withdrawn { tablet }
            | Self::Gifted { tablet }
            | Self::PutAside { tablet, .. }
            | Self::PutAsideEnded { tablet } => Some(*tablet),
            Self::VenueOpened { .. }
            | Self::OperatorAppointed { .. }
            | Self::KioskEnrolled { .. }
            | Self::ImageReleased { .. }
            | Self::CommandIdReused { .. } => None,
        }
    }

    /// The loan that the fact changes and how, if it changes one.
    pub const fn loan_change(&self) -> Option<(LoanId, LoanChange)> {
        match self {
            Self::CheckedOut { loan, .. } => Some((*loan, LoanChange::Began)),
            Self::Returned {
                loan: Some(loan), ..
            } => Some((*loan, LoanChange::Ended)),
            Self::LoanReopened { loan, .. } => Some((*loan, LoanChange::WentOn)),
            Self::DisputeRaised { loan, .. } => Some((*loan, LoanChange::CameInDoubt)),
            Self::DisputeClosed { loan, decision, .. } => Some((*loan, after(*decision))),
            Self::Returned { loan: None, .. }
            | Self::VenueOpened { .. }
            | Self::OperatorAppointed { .. }
            | Self::KioskEnrolled { .. }
            | Self::ImageReleased { .. }
            | Self::TabletEnrolled { .. }
            | Self::ReturnCameLate { .. }
            | Self::RetiredTabletSeen { .. }
            | Self::ReportedBack { .. }
            | Self::StillGotItAnswered { .. }
            | Self::FlagSet { .. }
            | Self::FlagCleared { .. }
            | Self::ResetOrdered { .. }
            | Self::ResetVerified { .. }
            | Self::ResetFailed { .. }
            | Self::Sent { .. }
            | Self::Received { .. }
            | Self::MarkedMissing { .. }
            | Self::MarkedLost { .. }
            | Self::Withdrawn { .. }
            | Self::Gifted { .. }
            | Self::PutAside { .. }
            | Self::PutAsideEnded { .. }
            | Self::CommandIdReused { .. } => None,
        }
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
