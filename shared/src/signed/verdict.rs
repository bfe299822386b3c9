//! The server's signed answer to a receipt. Only `accepted` makes a tablet ready:
//! an answer that anybody could have written does not open it.

use serde::{Deserialize, Serialize};

use super::Document;
use crate::{
    digest::Digest,
    ids::{OrderId, TabletId},
};

/// The server's answer to a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// For this tablet alone.
    pub tablet: TabletId,
    /// The order that the receipt was for.
    pub order: OrderId,
    /// The digest of the receipt's envelope, byte for byte as it was sent.
    pub receipt: Digest,
    /// What the server says.
    pub answer: Answer,
}

/// What the server says of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// It holds: the tablet is ready.
    Accepted,
    /// A failure, taken note of: wait for the next order.
    Noted,
    /// It does not hold.
    Refused {
        /// The refusal's code.
        code: String,
    },
}

impl Document for Verdict {
    const TYPE: &'static str = "application/vnd.tablet-library.verdict.v1+json";
}
