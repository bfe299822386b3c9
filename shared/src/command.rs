//! Requests, in the imperative. A command's id is made and stored by its caller
//! before it is sent, so that each takes effect exactly once (R4).

use crate::{
    digest::Digest,
    dispute::Decision,
    event::{Actor, Origin},
    ids::{
        BorrowerId, CommandId, DisputeId, HoldId, KioskId, LoanId, OperatorId, StocktakeId,
        TabletId, TransferId, TripId, VenueId, WipeId,
    },
    image::ImageId,
    keys::PublicKey,
    kit::{Condition, Kit},
    signed::{Envelope, presence::PresenceCode},
    tablet::{Epoch, Flag, OverrideReason, Presence, TabletKeys},
    tag::TabletNumber,
    time::{Day, Moment},
    trip::Errand,
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
    /// Which of a kiosk's series it stands in; 0 until it was restored from an old
    /// copy of itself (R6).
    pub series: u32,
    /// What is asked for.
    pub action: Action,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Let a place lend.
    OpenVenue(Venue),
    /// Change a place's name, kind or calendar.
    ChangeVenue(Venue),
    /// Let a member of staff act.
    AppointOperator(AppointOperator),
    /// Give a kiosk its identity.
    EnrolKiosk(EnrolKiosk),
    /// Let an image be ordered.
    ReleaseImage(ReleaseImage),
    /// Give a tablet its identity.
    EnrolTablet(EnrolTablet),
    /// Let an agent speak for a tablet that had none.
    EnrolAgent(EnrolAgent),
    /// Say what goes with a tablet.
    SetKit(SetKit),
    /// Have a tablet make new keys with its next reset.
    RenewKeys(RenewKeys),
    /// Lend a tablet.
    CheckOut(CheckOut),
    /// Let a loan go on for longer.
    Renew(Renew),
    /// Take a tablet back.
    Return(Return),
    /// Take a tablet from one person of a placement, for the next.
    HandOn(HandOn),
    /// Undo one's own check out or return.
    Undo(Undo),
    /// Note that somebody says a tablet is back.
    ReportBack(ReportBack),
    /// Take a tablet's answer to "Have you still got it?".
    AnswerStillGotIt(AnswerStillGotIt),
    /// Start the reset of a tablet that an operator has in hand.
    StartReset(StartReset),
    /// Take a tablet's account of a reset.
    RecordReset(RecordReset),
    /// Take a tablet's word that its receipt was refused.
    EndTry(EndTry),
    /// Take a tablet's word that it is further than it is known to be.
    CatchUp(CatchUp),
    /// Set a flag.
    SetFlag(SetFlag),
    /// Clear a flag.
    ClearFlag(ClearFlag),
    /// Decide a dispute.
    CloseDispute(CloseDispute),
    /// Take a place in a queue.
    PlaceHold(PlaceHold),
    /// Give a place in a queue up.
    CancelHold(CancelHold),
    /// End a hold whose tablet was not fetched.
    ExpireHold(ExpireHold),
    /// Keep what is ready for whoever waits.
    ServeQueue(ServeQueue),
    /// Pack a box.
    Send(Send),
    /// Take a tablet out of a box.
    Receive(Receive),
    /// Say that a box is empty.
    EndTransfer(EndTransfer),
    /// Say that a tablet is not where it should be, lost, or leaves the fleet.
    Relocate(Relocate),
    /// Count the tablets of a venue.
    TakeStock(TakeStock),
    /// Plan a trip to somebody's home.
    PlanTrip(PlanTrip),
    /// Say that a trip was not made.
    CallOffTrip(CallOffTrip),
    /// Ask for a wipe outside the return flow (R9).
    AskWipe(AskWipe),
    /// Agree to a colleague's.
    AgreeWipe(AgreeWipe),
    /// Call one off.
    CallOffWipe(CallOffWipe),
    /// Order one whose time has come.
    StartWipe(StartWipe),
    /// "Stop all": no wipe outside the return flow begins.
    StopWipes,
    /// Let them begin again.
    AllowWipes,
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
    /// Its keys; none where no agent runs on it.
    pub keys: Option<TabletKeys>,
    /// The digest of its tag.
    pub tag: Digest,
}

/// Let an agent speak for a tablet that had none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolAgent {
    /// The tablet.
    pub tablet: TabletId,
    /// The serial number of what the agent runs on.
    pub serial: String,
    /// Where somebody has it in hand.
    pub venue: VenueId,
    /// The agent's keys.
    pub keys: TabletKeys,
}

/// Lend a tablet. It carries every id that its effects need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOut {
    /// The tablet.
    pub tablet: TabletId,
    /// The loan that begins.
    pub loan: LoanId,
    /// The borrower; goes to the people tables alone. None where a card that was
    /// shown to a kiosk without its server led to nobody.
    pub borrower: Option<BorrowerId>,
    /// It has happened: a kiosk without its server lent the tablet, and what
    /// happened in the world wins (R6).
    pub done: bool,
    /// The due day that the borrower was told then.
    pub told_due_on: Option<Day>,
    /// A named operator lends it against a rule (R2, R7).
    pub overriding: Option<OverrideReason>,
}

impl CheckOut {
    /// A check out as usual: nothing is done yet, and no rule is overridden.
    pub const fn new(tablet: TabletId, loan: LoanId, borrower: BorrowerId) -> Self {
        Self {
            tablet,
            loan,
            borrower: Some(borrower),
            done: false,
            told_due_on: None,
            overriding: None,
        }
    }
}

/// Let a loan go on for longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renew {
    /// The loan.
    pub loan: LoanId,
}

/// Have a tablet make new keys with its next reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewKeys {
    /// The tablet.
    pub tablet: TabletId,
}

/// Say what goes with a tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetKit {
    /// The tablet.
    pub tablet: TabletId,
    /// All of it.
    pub kit: Kit,
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
    /// The code that its own screen showed, if it was scanned (R19).
    pub code: Option<PresenceCode>,
    /// Some of its kit is not there.
    pub part_missing: bool,
    /// Which parts, where that was said.
    pub missing_parts: Kit,
    /// How it looked.
    pub condition: Condition,
}

impl Return {
    /// A return with everything there, looking as it went out to whoever saw it.
    pub const fn new(tablet: TabletId, loan: Option<LoanId>, presence: Presence) -> Self {
        Self {
            tablet,
            loan,
            presence,
            code: None,
            part_missing: false,
            missing_parts: Kit::new(),
            condition: match presence {
                Presence::InHand => Condition::Good,
                Presence::CodeShown | Presence::StickerOnly => Condition::NotSeen,
            },
        }
    }
}

/// Take a tablet from one person of a placement, for the next: an operator has it
/// in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOn {
    /// The tablet.
    pub tablet: TabletId,
}

/// Undo one's own check out or return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The command that is to be undone.
    pub command: CommandId,
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

/// Start the reset of a tablet that is surely there: an operator has it in hand, or
/// its own screen showed a code (R19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartReset {
    /// The tablet.
    pub tablet: TabletId,
    /// The code that its own screen showed, if it was scanned.
    pub code: Option<PresenceCode>,
}

/// Take a tablet's word that it is further than it is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// The tablet.
    pub tablet: TabletId,
    /// The stretch of life that it is in.
    pub epoch: Epoch,
    /// The number of the last order that it began.
    pub counter: u64,
}

/// Take a tablet's word that it carried an order out, and that its receipt was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndTry {
    /// The tablet.
    pub tablet: TabletId,
    /// The number of that order.
    pub counter: u64,
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

/// Set a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFlag {
    /// The tablet.
    pub tablet: TabletId,
    /// Which flag.
    pub flag: Flag,
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

/// Take a place in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceHold {
    /// The hold.
    pub hold: HoldId,
    /// Who waits; goes to the people tables alone.
    pub borrower: BorrowerId,
    /// Where the tablet is to be fetched.
    pub venue: VenueId,
    /// Parts that its kit must have.
    pub needs: Kit,
}

/// Give a place in a queue up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelHold {
    /// The hold.
    pub hold: HoldId,
}

/// End a hold whose tablet was not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpireHold {
    /// The hold.
    pub hold: HoldId,
}

/// Keep what is ready at a venue for whoever waits there: a tablet that was kept may
/// have gone, or be flagged, while another lies ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeQueue {
    /// The venue.
    pub venue: VenueId,
}

/// Pack a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// The box.
    pub transfer: TransferId,
    /// Where it goes.
    pub to: VenueId,
    /// What is in it.
    pub tablets: Vec<TabletId>,
}

/// Take a tablet out of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receive {
    /// The tablet.
    pub tablet: TabletId,
}

/// Say that a box is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndTransfer {
    /// The box.
    pub transfer: TransferId,
    /// Tablets that were put in and did not come out are missing. Else the count
    /// must match.
    pub short: bool,
}

/// Say that a tablet is somewhere else than with a venue or a borrower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocate {
    /// The tablet.
    pub tablet: TabletId,
    /// Where it went.
    pub whither: Whither,
}

/// Where a tablet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whither {
    /// It is not where it should be; somebody looks for it.
    Missing,
    /// It is given up for lost.
    Lost,
    /// It leaves the fleet: a lost one is written off with its loan.
    Withdrawn,
    /// It is given away for good, after its last reset.
    Gifted,
}

/// Count the tablets of a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeStock {
    /// The count.
    pub stocktake: StocktakeId,
    /// What was seen there: all of it.
    pub seen: Vec<TabletId>,
}

/// Plan a trip to somebody's home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTrip {
    /// The trip.
    pub trip: TripId,
    /// What for.
    pub errand: Errand,
    /// The day that was agreed.
    pub on: Day,
}

/// Say that a trip was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOffTrip {
    /// The trip.
    pub trip: TripId,
}

/// Ask for a wipe outside the return flow (R9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskWipe {
    /// The wipe.
    pub wipe: WipeId,
    /// The tablet.
    pub tablet: TabletId,
}

/// Agree to a colleague's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreeWipe {
    /// The wipe.
    pub wipe: WipeId,
}

/// Call one off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOffWipe {
    /// The wipe.
    pub wipe: WipeId,
}

/// Order one whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartWipe {
    /// The wipe.
    pub wipe: WipeId,
}
