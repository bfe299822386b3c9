//! What a kiosk and the server say to each other.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /v1/kiosk/enrol` | [`EnrolRequest`], unsigned: the one-time code is the proof | [`Enrolled`] |
//! | `POST /v1/kiosk/rows` | [`RowsRequest`], stamped | [`Rows`] |
//! | `POST /v1/kiosk/borrower` | [`BorrowerRequest`], stamped | [`BorrowerCard`], or 404 with a refusal |
//! | `POST /v1/kiosk/command` | [`super::command::KioskCommand`], stamped | [`CommandAnswer`] |
//! | `POST /v1/kiosk/gap` | [`Gap`], stamped | [`CommandAnswer`] |
//!
//! Rows may say more than a kiosk of today reads: it leaves out what it does not
//! know, so that a server can be updated before its kiosks. Where a row says
//! something else than it can read, that tablet alone waits for the kiosk's update.
//!
//! A refusal of a command is an ordinary [`CommandAnswer`] with status 200: it is
//! a decision, taken and kept. Other statuses say that nothing was decided.
//!
//! A server is brought up to date before its kiosks. It says heads of its log only
//! to a kiosk that told one, since an older kiosk refuses a field that it does not
//! know.

mod row;

use serde::{Deserialize, Serialize};

use super::{
    mirror::{CalendarV1, ProofKindV1, StateWordV1, kit, override_option},
    refusal::RefusalBody,
};
use crate::{
    digest::Digest,
    head::Head,
    ids::{BorrowerId, CommandId, KioskId, LoanId, OperatorId, TabletId, TransferId, VenueId},
    keys::PublicKey,
    kit::{Kit, standard},
    tablet::{OverrideReason, ProofKind, StateWord},
    tag::{TabletNumber, TagHost},
    time::{Day, Moment},
    venue::Calendar,
};

pub use row::Unread;

/// Asks for an identity with a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// Made and stored before it is sent.
    pub id: CommandId,
    /// The one-time code.
    pub code: String,
    /// Signs requests.
    pub key: PublicKey,
}

/// An identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// The kiosk's id.
    pub kiosk: KioskId,
    /// Where it stands.
    pub venue: VenueId,
    /// The venue's name.
    pub venue_name: String,
    /// What every tag of this council begins with.
    pub tag_host: TagHost,
    /// The server's key.
    pub server_key: PublicKey,
}

/// Asks for what changed since a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsRequest {
    /// The kiosk's position; 0 for everything.
    pub after: u64,
    /// How long the server may wait for a change, in milliseconds.
    pub wait_ms: u64,
    /// The last head of the log that the kiosk keeps, [`Head::NONE`] before its
    /// first; a kiosk that keeps none says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// Rows that came since the last request and that the kiosk cannot read: it needs
    /// an update.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unread: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_none(count: &u32) -> bool {
    *count == 0
}

/// What changed since a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// The position that these rows reach.
    pub cursor: u64,
    /// Whether more rows follow at once.
    pub more: bool,
    /// The server's time.
    pub now: Moment,
    /// Facts of this kiosk that the server has taken: the next is one more.
    pub facts_taken: u64,
    /// The series in which the kiosk's facts are taken; a kiosk that was restored
    /// from an old copy begins one that is greater (R6).
    #[serde(default)]
    pub series: u32,
    /// What the kiosk decides by while it is alone.
    #[serde(default, deserialize_with = "row::rules::deserialize")]
    pub rules: Option<RulesRow>,
    /// Tablets that changed.
    #[serde(with = "row")]
    pub tablets: Vec<TabletRow>,
    /// Operators who may act here: all of them, whenever one changed.
    pub operators: Option<Vec<OperatorRow>>,
    /// Heads of the log, for a kiosk that told one: the log as it stands at that
    /// place, where it has one, and its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<Head>,
}

impl Rows {
    /// No change at all, up to this position.
    pub const fn none(cursor: u64, now: Moment) -> Self {
        Self {
            cursor,
            more: false,
            now,
            facts_taken: 0,
            series: 0,
            rules: None,
            tablets: Vec::new(),
            operators: None,
            heads: Vec::new(),
        }
    }
}

/// A tablet, as a counter needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletRow {
    /// Its id.
    pub tablet: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The digest of its tag.
    pub tag: Digest,
    /// The word that people see.
    #[serde(with = "StateWordV1")]
    pub word: StateWord,
    /// The venue where it is, if it is at one.
    pub venue: Option<VenueId>,
    /// The loan that a return of it would close.
    pub loan: Option<LoanId>,
    /// The last day on which that loan is not late.
    pub due_on: Option<Day>,
    /// It lies in a tray and waits for an operator's hand.
    pub waits_in_tray: bool,
    /// Somebody typed its number to say that it is back.
    pub reported_back: bool,
    /// The proof for its epoch.
    pub proof: Option<ProofRow>,
    /// From this day on the image that it was proven on lends no more.
    #[serde(default)]
    pub image_withdraw_on: Option<Day>,
    /// The key that signs its presence codes.
    #[serde(default)]
    pub link_key: Option<PublicKey>,
    /// What goes with it.
    #[serde(default = "standard", with = "kit")]
    pub kit: Kit,
    /// What of it is not there.
    #[serde(default, with = "kit")]
    pub missing_parts: Kit,
    /// It was lent against a rule, until its next proven reset (R2).
    #[serde(default, with = "override_option")]
    pub lent_by_override: Option<OverrideReason>,
    /// It is kept for somebody.
    #[serde(default)]
    pub put_aside: Option<PutAsideRow>,
    /// The row as it came, where this program does not know every word of it: the
    /// tablet is taken back and not lent, and the kiosk needs an update.
    #[serde(skip)]
    pub unread: Option<Unread>,
    /// The box in which it is on its way.
    #[serde(default)]
    pub on_its_way: Option<BoxRow>,
}

impl TabletRow {
    /// A tablet of which only this is known: it is nowhere and has what tablets
    /// usually have.
    pub fn new(tablet: TabletId, number: TabletNumber, tag: Digest, word: StateWord) -> Self {
        Self {
            tablet,
            number,
            tag,
            word,
            venue: None,
            loan: None,
            due_on: None,
            waits_in_tray: false,
            reported_back: false,
            proof: None,
            image_withdraw_on: None,
            link_key: None,
            kit: standard(),
            missing_parts: Kit::new(),
            lent_by_override: None,
            put_aside: None,
            unread: None,
            on_its_way: None,
        }
    }
}

/// For whom a tablet is kept. The initials go to the kiosks of the venue where the
/// hold is to be fetched, and to no others (R13).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutAsideRow {
    /// Initials, as a slip of paper says them.
    pub initials: Option<String>,
    /// The last day on which it is kept.
    pub until: Option<Day>,
}

impl std::fmt::Debug for PutAsideRow {
    // Initials never reach a log line (R13).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PutAsideRow(until {:?})", self.until)
    }
}

/// The box in which a tablet is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BoxRow {
    /// The venue where it is to be taken out.
    pub to: VenueId,
    /// The box, whose count must match before it is closed.
    pub transfer: TransferId,
}

/// What a kiosk decides by while it is alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesRow {
    /// Length of a loan, in civil days.
    pub loan_days: u16,
    /// Kinds of proof that make a tablet lendable.
    #[serde(deserialize_with = "row::kinds::deserialize")]
    pub proof_kinds: Vec<ProofKindRow>,
    /// When the kiosk's venue is closed.
    #[serde(with = "CalendarV1")]
    pub calendar: Calendar,
    /// Loans that one borrower may have open at once, where the server says it.
    #[serde(default)]
    pub open_loans_max: Option<u32>,
}

/// A kind of proof, in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProofKindRow(#[serde(with = "ProofKindV1")] pub ProofKind);

/// A proof, as a counter needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofRow {
    /// Who vouches.
    #[serde(with = "ProofKindV1")]
    pub kind: ProofKind,
    /// When the server took it.
    pub proven_at: Moment,
}

/// An operator who may act at the kiosk's venue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorRow {
    /// Their id.
    pub operator: OperatorId,
    /// As colleagues call them.
    pub name: String,
    /// The digest of their badge.
    pub badge: Digest,
}

impl std::fmt::Debug for OperatorRow {
    // A name never reaches a log line (R13).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OperatorRow({})", self.operator)
    }
}

/// Looks a borrower up by card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BorrowerRequest {
    /// The card's number, as it was scanned or typed.
    pub card: String,
    /// The operator whose badge opened the session.
    pub operator: OperatorId,
}

/// A borrower, as a counter's screen shows them: as little as will do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BorrowerCard {
    /// Their id; the kiosk keeps it for this session alone.
    pub borrower: BorrowerId,
    /// First name and initial.
    pub short_name: String,
    /// The last three characters of the card.
    pub card_ends: String,
    /// Loans that they have open.
    pub open_loans: u32,
    /// The last day on which a loan that begins today would not be late.
    pub due_on: Day,
}

/// Says that a stretch of the kiosk's series cannot be told again: the server lost
/// it, and the kiosk has forgotten it, because it named people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Its first place.
    pub first: u64,
    /// Its last place.
    pub last: u64,
    /// Which of the kiosk's series it is of.
    #[serde(default, skip_serializing_if = "is_none")]
    pub series: u32,
}

/// The server's word on a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum CommandAnswer {
    /// Taken, now or when it first came.
    Accepted {
        /// The server position after it.
        cursor: u64,
    },
    /// Refused, now or when it first came.
    Refused {
        /// Why.
        refusal: RefusalBody,
    },
}
