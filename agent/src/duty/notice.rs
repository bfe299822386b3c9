//! What the agent tells whoever reads its log: one readable line for each thing
//! that happens. No names, no paths of a borrower's files.

use std::fmt;

use shared::{ids::OrderId, image::ImageId, keys::KeyId, time::Day};

use crate::orders::NotHeld;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The server answered a heartbeat.
    HeartbeatAnswered {
        /// When to call next.
        next_call_ms: u64,
    },
    /// A reset was begun.
    OrderBegun {
        /// The order.
        order: OrderId,
        /// Its number.
        counter: u64,
    },
    /// An order does nothing.
    OrderNotHeld(NotHeld),
    /// A reset cannot begin before its image is here.
    ImageMissing(ImageId),
    /// A loan must not begin before the tablet is ready.
    LoanWaits,
    /// A loan must not begin before the tablet is unlocked.
    LoanWaitsLocked,
    /// It is lost, and locked.
    Locked,
    /// It was found, and is open again.
    Unlocked,
    /// A loan began.
    LoanBegun {
        /// The last day on which it is not late.
        due_on: Day,
    },
    /// The reset ended and the disk is the image.
    ResetVerified,
    /// The reset ended without proof.
    ResetFailed,
    /// The reset did not end.
    ResetBroke(String),
    /// The server took the receipt.
    Ready,
    /// The server took note of a failure.
    FailureNoted,
    /// The server refused the receipt.
    ReceiptRefused {
        /// The refusal's code.
        code: String,
    },
    /// An answer to a receipt that is not the server's word on it.
    VerdictNotHeld,
    /// A seal that is not the server's.
    SealNotHeld,
    /// The server's keys were changed, and this is the one in use.
    Believes {
        /// The key's short name.
        key: KeyId,
    },
    /// Keys that do not follow from those that are believed.
    KeyringsNotHeld,
    /// An answer to a heartbeat that is not open.
    StrayAnswer,
    /// The person is asked whether they still have it.
    Asked,
    /// The person answered.
    PersonAnswered {
        /// Yes or no.
        yes: bool,
    },
    /// Somebody answered what nobody asked.
    NotAsked,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeartbeatAnswered { next_call_ms } => {
                write!(f, "heartbeat answered, next call in {next_call_ms} ms")
            }
            Self::OrderBegun { order, counter } => {
                write!(f, "order begun: {order}, number {counter}")
            }
            Self::OrderNotHeld(why) => write!(f, "order does nothing: {why}"),
            Self::ImageMissing(image) => write!(f, "order waits: image {image} is not here yet"),
            Self::LoanWaits => f.write_str("loan waits: the last reset is not proven"),
            Self::LoanWaitsLocked => f.write_str("loan waits: the tablet is locked"),
            Self::Locked => f.write_str("locked: it is lost"),
            Self::Unlocked => f.write_str("unlocked: it was found"),
            Self::LoanBegun { due_on } => write!(f, "on loan until {due_on}"),
            Self::ResetVerified => f.write_str("reset verified"),
            Self::ResetFailed => f.write_str("reset failed"),
            Self::ResetBroke(why) => write!(f, "reset did not end: {why}"),
            Self::Ready => f.write_str("ready"),
            Self::FailureNoted => f.write_str("failure noted: waiting for the next order"),
            Self::ReceiptRefused { code } => write!(f, "receipt refused: {code}"),
            Self::VerdictNotHeld => f.write_str("verdict does nothing: it is not on our receipt"),
            Self::SealNotHeld => f.write_str("image not staged: the seal is not the server's"),
            Self::Believes { key } => write!(f, "the server's keys were changed: {key} is in use"),
            Self::KeyringsNotHeld => {
                f.write_str("keys do nothing: they do not follow from those that are believed")
            }
            Self::StrayAnswer => f.write_str("answer does nothing: it answers no open heartbeat"),
            Self::Asked => f.write_str("asking: have you still got it?"),
            Self::PersonAnswered { yes: true } => f.write_str("answered: still got it"),
            Self::PersonAnswered { yes: false } => f.write_str("answered: not here any more"),
            Self::NotAsked => f.write_str("answer does nothing: nobody asked that"),
        }
    }
}
