//! Requests, in the imperative. A command's id is made and stored by its caller
//! before it is sent, so that each takes effect exactly once (R4).

use crate::{
    digest::Digest,
    dispute::Decision,
    event::{Actor, Origin},
    ids::{BorrowerId, CommandId, DisputeId, KioskId, LoanId, OperatorId, TabletId, VenueId},
    image::ImageId,
    keys::PublicKey,
    signed::Envelope,
    tablet::{Flag, Presence, TabletKeys},
    tag::TabletNumber,
    time::{Day, Moment},
    venue::Venue,
};

/// A request to change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Made and stored by the caller.
    pub id: CommandId,
    /// Whose series it stands in.
    pub origin: Origin,
    /// Its place in that series, where the origin numbers its own (R6).
    pub origin_seq: Option<u64>,
    /// Who asks.
    pub actor: Actor,
    /// Where.
    pub venue: Option<VenueId>,
    /// When it happened, by the origin's clock.
    pub occurred_at: Moment,
    /// Whether the origin's clock had heard the server's since it started.
    pub clock_sure: bool,
    /// The server position that the origin's mirror had.
    pub seen: u64,
    /// What is asked for.
    pub action: Action,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Let a place lend.
    OpenVenue(Venue),
    /// Let a member of staff act.
    AppointOperator(AppointOperator),
    /// Give a kiosk its identity.
    EnrolKiosk(EnrolKiosk),
    /// Let an image be ordered.
    ReleaseImage(ReleaseImage),
    /// Give a tablet its identity.
    EnrolTablet(EnrolTablet),
    /// Lend a tablet.
    CheckOut(CheckOut),
    /// Take a tablet back.
    Return(Return),
    /// Note that somebody says a tablet is back.
    ReportBack(ReportBack),
    /// Take a tablet's answer to "Have you still got it?".
    AnswerStillGotIt(AnswerStillGotIt),
    /// Start the reset of a tablet that an operator has in hand.
    StartReset(StartReset),
    /// Take a tablet's account of a reset.
    RecordReset(RecordReset),
    /// Clear a flag.
    ClearFlag(ClearFlag),
    /// Decide a dispute.
    CloseDispute(CloseDispute),
}

/// Let a member of staff act. Their name goes to the people tables alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointOperator {
    /// Their id.
    pub operator: OperatorId,
    /// Their name, as colleagues call them.
    pub name: String,
    /// Where they may act.
    pub venues: Vec<VenueId>,
    /// The digest of their badge.
    pub badge: Digest,
}

/// Give a kiosk its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolKiosk {
    /// Its id.
    pub kiosk: KioskId,
    /// Where it stands.
    pub venue: VenueId,
    /// Its key.
    pub key: PublicKey,
}

/// Let an image be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseImage {
    /// The manifest's digest.
    pub image: ImageId,
    /// The release's name.
    pub release: String,
    /// From this day on its proofs lend no tablet.
    pub withdraw_on: Option<Day>,
}

/// Give a tablet its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolTablet {
    /// Its id.
    pub tablet: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// Where.
    pub venue: VenueId,
    /// Its keys.
    pub keys: TabletKeys,
    /// The digest of its tag.
    pub tag: Digest,
}

/// Lend a tablet. It carries every id that its effects need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOut {
    /// The tablet.
    pub tablet: TabletId,
    /// The loan that begins.
    pub loan: LoanId,
    /// The borrower; goes to the people tables alone.
    pub borrower: BorrowerId,
}

/// Take a tablet back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// The tablet.
    pub tablet: TabletId,
    /// The loan that it closes, where the kiosk knew it: that one and no other.
    pub loan: Option<LoanId>,
    /// Whether an operator has it in hand (R19).
    pub presence: Presence,
    /// Some of its kit is not there.
    pub part_missing: bool,
    /// Something is broken.
    pub damaged: bool,
}

/// Note that somebody says a tablet is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportBack {
    /// The tablet.
    pub tablet: TabletId,
}

/// Take a tablet's answer to "Have you still got it?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerStillGotIt {
    /// The tablet.
    pub tablet: TabletId,
    /// The loan that the question was about.
    pub loan: LoanId,
    /// Yes or no.
    pub yes: bool,
}

/// Start the reset of a tablet that an operator has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartReset {
    /// The tablet.
    pub tablet: TabletId,
}

/// Take a tablet's account of a reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReset {
    /// The tablet that sent it.
    pub tablet: TabletId,
    /// The signed receipt, byte for byte as it came.
    pub receipt: Vec<u8>,
}

impl RecordReset {
    /// The signed receipt, nothing of it believed yet.
    pub fn envelope(&self) -> Result<Envelope, crate::signed::SignedError> {
        Envelope::from_json(&self.receipt)
    }
}

/// Clear a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearFlag {
    /// The tablet.
    pub tablet: TabletId,
    /// Which flag.
    pub flag: Flag,
}

/// Decide a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseDispute {
    /// The dispute.
    pub dispute: DisputeId,
    /// The decision.
    pub decision: Decision,
}
