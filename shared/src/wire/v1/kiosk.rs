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
//! A refusal of a command is an ordinary [`CommandAnswer`] with status 200: it is
//! a decision, taken and kept. Other statuses say that nothing was decided.
//!
//! A server is brought up to date before its kiosks. It says heads of its log only
//! to a kiosk that told one, since an older kiosk refuses a field that it does not
//! know.

use serde::{Deserialize, Serialize};

use super::{
    mirror::{ProofKindV1, StateWordV1},
    refusal::RefusalBody,
};
use crate::{
    digest::Digest,
    head::Head,
    ids::{BorrowerId, CommandId, KioskId, LoanId, OperatorId, TabletId, VenueId},
    keys::PublicKey,
    tablet::{ProofKind, StateWord},
    tag::{TabletNumber, TagHost},
    time::{Day, Moment},
};

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
}

/// What changed since a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// The position that these rows reach.
    pub cursor: u64,
    /// Whether more rows follow at once.
    pub more: bool,
    /// The server's time.
    pub now: Moment,
    /// Facts of this kiosk that the server has taken: the next is one more.
    pub facts_taken: u64,
    /// Tablets that changed.
    pub tablets: Vec<TabletRow>,
    /// Operators who may act here: all of them, whenever one changed.
    pub operators: Option<Vec<OperatorRow>>,
    /// Heads of the log, for a kiosk that told one: the log as it stands at that
    /// place, where it has one, and its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<Head>,
}

/// A tablet, as a counter needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
}

/// A proof, as a counter needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofRow {
    /// Who vouches.
    #[serde(with = "ProofKindV1")]
    pub kind: ProofKind,
    /// When the server took it.
    pub proven_at: Moment,
}

/// An operator who may act at the kiosk's venue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
}

/// The server's word on a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case", deny_unknown_fields)]
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
