//! What an agent and the server say to each other. The tablet always starts.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /v1/agent/enrol` | [`EnrolRequest`], unsigned: the one-time code is the proof | [`Enrolled`] |
//! | `POST /v1/agent/heartbeat` | [`Heartbeat`], stamped with the link key | [`HeartbeatAnswer`] |
//! | `POST /v1/agent/receipt` | [`ReceiptDelivery`], stamped with the link key | [`ReceiptAnswer`] |
//! | `GET /v1/images/{image}` | – | the manifest's bytes |
//! | `GET /v1/blobs/{digest}` | – | the file's bytes |

use serde::{Deserialize, Serialize};

use crate::{
    ids::{BootId, CommandId, LoanId, TabletId},
    image::ImageId,
    keys::PublicKey,
    signed::Envelope,
    tag::TabletNumber,
    time::{Day, Moment},
};

/// Asks for an identity with a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// Made and stored before it is sent: the same request again gets the same
    /// answer.
    pub id: CommandId,
    /// The one-time code.
    pub code: String,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// Signs requests.
    pub link_key: PublicKey,
    /// Signs receipts.
    pub proof_key: PublicKey,
}

/// An identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// The tablet's id.
    pub tablet: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The server's key: orders and verdicts are signed with it. The agent pins
    /// it and compares it with the fingerprint that came with the code.
    pub server_key: PublicKey,
}

/// What a tablet tells of itself (R15: no browsing, no content, no location).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// Counts this tablet's heartbeats.
    pub seq: u64,
    /// The start of its kernel.
    pub boot: BootId,
    /// Where the agent is in a tablet's life.
    pub state: AgentState,
    /// Its epoch, as the agent knows it.
    pub epoch: u32,
    /// The last order that it began.
    pub order_counter: u64,
    /// Charge of the battery in percent, where there is one.
    pub battery_percent: Option<u8>,
    /// Whether it is charging, where that is known.
    pub charging: Option<bool>,
    /// Free bytes where a borrower's files go.
    pub storage_free_bytes: Option<u64>,
    /// The image that it was last proven on.
    pub image: Option<ImageId>,
    /// Milliseconds since a person last used it, where that is known.
    pub last_used_ms_ago: Option<u64>,
    /// The answer to a question that it was asked.
    pub answer: Option<StillGotItAnswer>,
    /// The agent's version.
    pub agent_version: String,
}

/// Where an agent is in a tablet's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentState {
    /// Enrolled, never reset.
    New,
    /// With a borrower.
    OnLoan,
    /// A reset is at work.
    Resetting,
    /// A receipt waits for the server's word.
    Reported,
    /// Proven clean, and the server said so.
    Ready,
    /// The last reset failed.
    Failed,
}

/// A person's answer to "Have you still got it?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StillGotItAnswer {
    /// Made and stored by the agent before it is sent.
    pub id: CommandId,
    /// The loan that the question was about.
    pub loan: LoanId,
    /// Yes or no.
    pub yes: bool,
}

/// The server's answer to a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeartbeatAnswer {
    /// The server's time.
    pub now: Moment,
    /// When to call next, in milliseconds.
    pub next_call_ms: u64,
    /// A signed order, at most one.
    pub order: Option<Envelope>,
    /// The seal of the image to have at hand, so that a reset needs no network.
    pub stage: Option<Envelope>,
    /// A question for whoever has the tablet.
    pub ask: Option<StillGotIt>,
    /// What the home screen shows while the tablet is on loan.
    pub loan: Option<LoanCard>,
}

/// "Somebody has told us this tablet is back. Have you still got it?"
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StillGotIt {
    /// The loan that it is about.
    pub loan: LoanId,
}

/// What the home screen shows of a loan. No name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanCard {
    /// The loan.
    pub loan: LoanId,
    /// The last day on which it is not late.
    pub due_on: Day,
}

/// Hands in a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptDelivery {
    /// Made and stored before it is sent: the same receipt again gets the same
    /// answer.
    pub id: CommandId,
    /// The signed receipt's bytes.
    #[serde(with = "crate::codec::base64")]
    pub receipt: Vec<u8>,
}

/// The server's signed word on a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptAnswer {
    /// A signed [`crate::signed::verdict::Verdict`].
    pub verdict: Envelope,
}
