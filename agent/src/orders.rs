//! Which orders hold (R10): signed by the pinned key, for this tablet, for this
//! start of its kernel, in answer to a heartbeat that it really sent, begun in
//! time, and never a replay. Anything else does nothing. Both roles ask here.

use planted::planted;
use serde::{Deserialize, Serialize};
use shared::{
    ids::{BootId, OrderId, TabletId},
    keys::PublicKey,
    signed::{
        Envelope, SignedError,
        order::{ORDER_VALID_MS, Order, Task},
    },
};

/// Where `run` leaves the order that `reset` is to carry out.
pub const ORDER: &str = "order.json";
/// Where `run` keeps the server's signed word on whether the tablet is locked: the last
/// lock or unlock, for the privileged half to check.
pub const LOCK: &str = "lock.json";
/// Where `run` keeps the server's word on the last receipt.
pub const VERDICT: &str = "verdict.json";
/// Where `run` keeps the order that began the last loan.
pub const LOAN: &str = "loan.json";
/// Where `run` leaves the link key with which it goes on, for the receipt of an order that
/// asks for new keys.
pub const NEW_LINK_KEY: &str = "new-link-key.json";

/// An order as `run` hands it to `reset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// The order, as the server signed it.
    pub order: Envelope,
    /// The heartbeat that it came in answer to.
    pub heartbeat: Sent,
}

/// A heartbeat that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// Its number.
    pub seq: u64,
    /// When, by the monotonic clock.
    pub at_ms: u64,
}

/// An order that was begun, without what binds it to one delivery: the same
/// order delivered again is the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// Its id.
    pub order: OrderId,
    /// Its number.
    pub counter: u64,
    /// The stretch of the tablet's life that it is for.
    pub epoch: u32,
    /// What it asks for.
    pub task: Task,
}

impl Begun {
    /// The key with which the receipt of a reset must be signed.
    pub const fn proof_key(&self) -> Option<PublicKey> {
        match self.task {
            Task::Reset { proof_key, .. } => Some(proof_key),
            Task::BeginLoan { .. } | Task::Lock { .. } | Task::Unlock => None,
        }
    }

    /// Whether the tablet is to make new keys of its own.
    pub const fn asks_for_new_keys(&self) -> bool {
        matches!(self.task, Task::Reset { new_keys: true, .. })
    }
}

impl From<&Order> for Begun {
    fn from(order: &Order) -> Self {
        Self {
            order: order.order,
            counter: order.counter,
            epoch: order.epoch,
            task: order.task.clone(),
        }
    }
}

/// Why an order does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// Not signed by the pinned key, or altered.
    #[error("{0}")]
    NotSigned(#[from] SignedError),
    /// For another tablet.
    #[error("it is for another tablet")]
    OtherTablet,
    /// For another start of this tablet's kernel.
    #[error("it is for another start of this tablet")]
    OtherBoot,
    /// Not in answer to a heartbeat that this agent sent.
    #[error("it answers no heartbeat that this tablet sent")]
    OtherHeartbeat,
    /// Too old to be begun.
    #[error("it came too late to be begun")]
    Expired,
    /// Not newer than the last one begun.
    #[error("it is not newer than the last one begun")]
    Replayed,
    /// The server knows this tablet by a key that it has not.
    #[error("it asks for a proof by a key that this tablet has not. Enrol this tablet again")]
    OtherProofKey,
}

/// Who an order must be for, and when it is.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The pinned key.
    pub server_key: PublicKey,
    /// This tablet.
    pub tablet: TabletId,
    /// This start of its kernel.
    pub boot: BootId,
}

/// Whether an order is newer than the last one begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newness {
    /// Newer.
    New,
    /// The very one that was begun last.
    Again,
}

impl Bounds {
    /// Verifies an order and reads it. `sent` holds the heartbeats that it may answer.
    pub fn open(&self, order: &Envelope, sent: &[Sent], now_ms: u64) -> Result<Order, NotHeld> {
        let order: Order = order.open(&self.server_key)?;
        if order.tablet != self.tablet {
            return Err(NotHeld::OtherTablet);
        }
        if order.boot != self.boot {
            return Err(NotHeld::OtherBoot);
        }
        let answered = sent.iter().find(|sent| sent.seq == order.heartbeat_seq);
        let answered = answered.ok_or(NotHeld::OtherHeartbeat)?;
        let valid_ms = order.valid_ms.min(ORDER_VALID_MS);
        match now_ms.checked_sub(answered.at_ms) {
            Some(age_ms) if age_ms <= valid_ms => Ok(order),
            Some(_) | None => Err(NotHeld::Expired),
        }
    }
}

/// Whether a reset's order is newer than the last reset begun. The order's number
/// counts resets; a tablet's stretch of life never goes back.
pub fn newness(order: &Order, last: Option<&Begun>) -> Result<Newness, NotHeld> {
    let Some(last) = last else {
        return Ok(Newness::New);
    };
    if Begun::from(order) == *last {
        return Ok(Newness::Again);
    }
    let is_newer = order.counter > last.counter || planted!(AcceptsReplay);
    (is_newer && order.epoch >= last.epoch)
        .then_some(Newness::New)
        .ok_or(NotHeld::Replayed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{digest::Digest, ids::Nonce, image::ImageId, keys::SecretKey};

    fn server() -> SecretKey {
        SecretKey::from_seed(&[1; 32])
    }

    fn bounds() -> Bounds {
        Bounds {
            server_key: server().public(),
            tablet: TabletId::from_bytes([2; 16]),
            boot: BootId::from_bytes([3; 16]),
        }
    }

    fn order() -> Order {
        Order {
            order: OrderId::from_bytes([4; 16]),
            tablet: bounds().tablet,
            epoch: 2,
            counter: 5,
            boot: bounds().boot,
            heartbeat_seq: 9,
            valid_ms: ORDER_VALID_MS,
            task: Task::Reset {
                image: ImageId(Digest::of(b"image")),
                nonce: Nonce::from_bytes([5; 16]),
                proof_key: SecretKey::from_seed(&[6; 32]).public(),
                new_keys: false,
            },
        }
    }

    const SENT: [Sent; 1] = [Sent {
        seq: 9,
        at_ms: 1000,
    }];

    fn opened(order: &Order, now_ms: u64) -> Result<Order, NotHeld> {
        bounds().open(&Envelope::sign(order, &server()), &SENT, now_ms)
    }

    #[test]
    fn an_order_that_holds_is_read() {
        assert_eq!(opened(&order(), 2000), Ok(order()));
    }

    #[test]
    fn an_order_signed_with_another_key_does_nothing() {
        let forged = Envelope::sign(&order(), &SecretKey::from_seed(&[9; 32]));
        let expected = Err(NotHeld::NotSigned(SignedError::BadSignature));
        assert_eq!(bounds().open(&forged, &SENT, 2000), expected);
    }

    #[test]
    fn an_order_with_any_altered_byte_does_nothing_else_than_it_said() {
        let json = Envelope::sign(&order(), &server()).to_json();
        for at in 0..json.len() {
            let mut altered = json.clone();
            altered[at] ^= 1;
            if let Ok(envelope) = Envelope::from_json(&altered) {
                let opened = bounds().open(&envelope, &SENT, 2000);
                assert!(opened.is_err() || opened == Ok(order()), "byte {at}");
            }
        }
    }

    #[test]
    fn an_order_for_another_tablet_does_nothing() {
        let tablet = TabletId::from_bytes([7; 16]);
        let other = Order { tablet, ..order() };
        assert_eq!(opened(&other, 2000), Err(NotHeld::OtherTablet));
    }

    #[test]
    fn an_order_for_another_start_of_the_tablet_does_nothing() {
        let boot = BootId::from_bytes([7; 16]);
        let other = Order { boot, ..order() };
        assert_eq!(opened(&other, 2000), Err(NotHeld::OtherBoot));
    }

    #[test]
    fn an_order_that_answers_no_heartbeat_of_ours_does_nothing() {
        let other = Order {
            heartbeat_seq: 10,
            ..order()
        };
        assert_eq!(opened(&other, 2000), Err(NotHeld::OtherHeartbeat));
    }

    #[test]
    fn an_order_is_begun_within_its_time_of_the_monotonic_clock_alone() {
        let last_ms = 1000 + ORDER_VALID_MS;
        assert!(opened(&order(), last_ms).is_ok());
        assert_eq!(opened(&order(), last_ms + 1), Err(NotHeld::Expired));
        assert_eq!(opened(&order(), 999), Err(NotHeld::Expired));
        let valid_ms = u64::MAX;
        let endless = Order {
            valid_ms,
            ..order()
        };
        assert_eq!(opened(&endless, last_ms + 1), Err(NotHeld::Expired));
    }

    #[test]
    fn an_order_whose_number_is_not_greater_is_a_replay_unless_it_is_the_same() {
        let last = Begun::from(&order());
        assert_eq!(newness(&order(), Some(&last)), Ok(Newness::Again));
        let rebound = Order {
            heartbeat_seq: 11,
            ..order()
        };
        assert_eq!(newness(&rebound, Some(&last)), Ok(Newness::Again));
        let order_id = OrderId::from_bytes([8; 16]);
        let replayed = Order {
            order: order_id,
            ..order()
        };
        assert_eq!(newness(&replayed, Some(&last)), Err(NotHeld::Replayed));
        let next = Order {
            counter: 6,
            ..replayed
        };
        assert_eq!(newness(&next, Some(&last)), Ok(Newness::New));
        let backwards = Order { epoch: 1, ..next };
        assert_eq!(newness(&backwards, Some(&last)), Err(NotHeld::Replayed));
    }
}
