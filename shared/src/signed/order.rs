//! An order to a tablet (R10): signed by the server at delivery, for one tablet,
//! with a counter and an expiry, bound to the heartbeat that it answers.

use serde::{Deserialize, Serialize};

use super::Document;
use crate::{
    ids::{BootId, LoanId, Nonce, OrderId, TabletId},
    image::ImageId,
    keys::PublicKey,
    time::Day,
};

/// How long an order may be begun after it was delivered: ten minutes of the
/// tablet's monotonic clock; its wall clock is advisory.
pub const ORDER_VALID_MS: u64 = 600_000;

/// An order to a tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its id; the same order again is the same order.
    pub order: OrderId,
    /// For this tablet alone.
    pub tablet: TabletId,
    /// The tablet's stretch of life that it is for.
    pub epoch: u32,
    /// The tablet's order number; one that is not greater than the last one
    /// begun is a replay, unless it is that very order again. Locks have numbers of
    /// their own.
    pub counter: u64,
    /// The start of the tablet's kernel that it is for.
    pub boot: BootId,
    /// The heartbeat that it answers.
    pub heartbeat_seq: u64,
    /// How long it may be begun after delivery.
    pub valid_ms: u64,
    /// What to do.
    pub task: Task,
}

/// What an order asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Task {
    /// Wipe, restore, verify; then prove it.
    Reset {
        /// What to reset to.
        image: ImageId,
        /// The receipt must repeat it.
        nonce: Nonce,
        /// The receipt must be signed with it: the tablet's proof key, as the server knows it.
        proof_key: PublicKey,
        /// The tablet is to make new keys, and its receipt to name them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        new_keys: bool,
    },
    /// Somebody has borrowed the tablet: open it for them.
    BeginLoan {
        /// The loan.
        loan: LoanId,
        /// The last day on which it is not late.
        due_on: Day,
        /// A named operator lends it though it is not proven clean (R2): the tablet
        /// opens itself all the same, which it otherwise never does.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        overridden: bool,
    },
    /// It is lost: nobody signs in until it was found. Locks and unlocks are counted
    /// on their own.
    Lock {
        /// What its screen says, and whom to ring.
        message: String,
    },
    /// It was found.
    Unlock,
}

impl Document for Order {
    const TYPE: &'static str = "application/vnd.tablet-library.order.v1+json";
}
