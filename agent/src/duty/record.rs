//! What the agent remembers across power cuts. The receipt that waits for the
//! server's word is part of it, so that state and spool can never disagree.

use serde::{Deserialize, Serialize};
use shared::{
    ids::{LoanId, OrderId},
    image::ImageId,
    signed::Envelope,
    time::Day,
    wire::v1::agent::{AgentState, ReceiptDelivery, StillGotItAnswer},
};

use crate::orders::{Begun, Handed};

/// Everything that the agent remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Where it is in the tablet's life.
    pub life: Life,
    /// The stretch of life of the last order begun.
    pub epoch: u32,
    /// The last reset begun.
    pub last_reset: Option<Begun>,
    /// The last number that a request may be given before it is saved again.
    pub seq: u64,
    /// The image that the tablet was last proven on.
    pub image: Option<ImageId>,
    /// The loan that a person is being asked about.
    pub asked: Option<LoanId>,
    /// A person's answer, until the server has it.
    pub answer: Option<StillGotItAnswer>,
    /// The server's last word on whether it is locked. Left out before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Box<LastLock>>,
}

/// The server's last word on whether the tablet is locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastLock {
    /// The order, as the server signed it.
    pub order: Envelope,
    /// Its number.
    pub counter: u64,
    /// What the screen says while it is locked; `None` once it was found.
    pub message: Option<String>,
}

/// Where the agent is in the tablet's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Life {
    /// Enrolled, never reset.
    New,
    /// With a borrower.
    OnLoan {
        /// The loan.
        loan: LoanId,
        /// The last day on which it is not late.
        due_on: Day,
    },
    /// A reset was begun and is not done.
    Dirty {
        /// Its order.
        handed: Handed,
    },
    /// A receipt waits for the server's word.
    Reported(Waiting),
    /// Proven clean, and the server said so.
    Ready,
    /// The last reset failed, or its proof was refused: only an order helps.
    Failed,
}

/// A receipt that waits for the server's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// The order that it answers.
    pub order: OrderId,
    /// What it was proven on; `None` where the reset failed.
    pub proven: Option<ImageId>,
    /// The receipt, with the id under which it is always delivered.
    pub delivery: ReceiptDelivery,
}

impl Life {
    /// The word that heartbeats use.
    pub const fn state(&self) -> AgentState {
        match self {
            Self::New => AgentState::New,
            Self::OnLoan { .. } => AgentState::OnLoan,
            Self::Dirty { .. } => AgentState::Resetting,
            Self::Reported(_) => AgentState::Reported,
            Self::Ready => AgentState::Ready,
            Self::Failed => AgentState::Failed,
        }
    }
}

/// How many numbers of requests are reserved at once: a heartbeat then wakes no disk. A
/// tablet that starts again leaves out what is left of them.
const NUMBERS_AT_ONCE: u64 = 1000;

impl Record {
    /// The record of a tablet that was just enrolled.
    pub const fn enrolled() -> Self {
        Self {
            life: Life::New,
            epoch: 0,
            last_reset: None,
            seq: 0,
            image: None,
            asked: None,
            answer: None,
            lock: None,
        }
    }

    /// Where the agent is in the tablet's life, as heartbeats say it.
    pub fn state(&self) -> AgentState {
        if self.message().is_some() {
            return AgentState::Locked;
        }
        self.life.state()
    }

    /// What the screen says while the tablet is locked.
    pub fn message(&self) -> Option<&String> {
        self.lock.as_ref()?.message.as_ref()
    }

    /// Reserves the next numbers; they may be used once this is saved.
    pub const fn reserve(&mut self) {
        self.seq += NUMBERS_AT_ONCE;
    }

    /// The record before the newest, which was lost: the numbers that the newest
    /// may have reserved are left out.
    #[must_use]
    pub const fn fallen_back(mut self) -> Self {
        self.reserve();
        self
    }
}
