//! The rules: what is known, a command, and what is given → facts, or a refusal.
//!
//! Each decision has its own `Known`: exactly what it reads, owned, so that the
//! server fills it from rows and a kiosk from its mirror. Decisions are pure:
//! instants, ids and nonces are given.

pub mod setup;
pub mod hold;
pub mod keys;
pub mod reset;
pub mod catch_up;
pub mod enrol;
pub mod check_out;
pub mod renew;
pub mod returns;
pub mod hand_on;
pub mod undo;
pub mod report;
pub mod dispute;
pub mod transfer;
pub mod relocate;
pub mod stock;
pub mod trip;
pub mod wipe;

use crate::{
    event::{Actor, Event, Recorded},
    ids::{DisputeId, Nonce, OperatorId, OrderId},
    refusal::Refusal,
    tablet::Tablet,
    time::{Day, Moment},
};

/// What a decision makes of a command: facts, or an expected "no".
pub type Decided = Result<Vec<Event>, Refusal>;

/// What comes from outside the domain: the time and fresh random ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// The server's time.
    pub now: Moment,
    /// When it happened, by the origin's clock, corrected for its skew.
    pub occurred_at: Moment,
    /// Whether that clock had heard the server's since it started.
    pub clock_sure: bool,
    /// A kiosk that was restored from an old copy wrote it down before it knew.
    pub from_old_copy: bool,
    /// Who asks.
    pub actor: Actor,
    /// For an order that a decision may make.
    pub order: OrderId,
    /// For that order.
    pub nonce: Nonce,
    /// For a dispute that a decision may raise.
    pub dispute: DisputeId,
}

impl Given {
    fn require_operator(&self) -> Result<(), Refusal> {
        match self.actor {
            Actor::Operator(_) | Actor::Server => Ok(()),
            Actor::SelfService(_) | Actor::Tablet(_) => Err(Refusal::NeedsOperator),
        }
    }

    /// The operator who asks: the server itself is none.
    fn named_operator(&self) -> Result<OperatorId, Refusal> {
        match self.actor {
            Actor::Operator(operator) => Ok(operator),
            Actor::SelfService(_) | Actor::Tablet(_) | Actor::Server => Err(Refusal::NeedsOperator),
        }
    }

    /// The day on which it happened: the server's, where the origin's clock had not
    /// heard the server's and may say anything.
    fn day(&self) -> Day {
        let at = if self.clock_sure {
            self.occurred_at
        } else {
            self.now
        };
        at.day()
    }

    /// The tablet as it will be after these facts.
    fn after(&self, tablet: &Tablet, events: &[Event]) -> Tablet {
        let mut tablet = tablet.clone();
        for event in events {
            tablet.apply(&self.recorded(event.clone()));
        }
        tablet
    }

    fn recorded(&self, event: Event) -> Recorded {
        Recorded {
            server_seq: 0,
            origin: crate::event::Origin::Server,
            origin_seq: None,
            command: crate::ids::CommandId::from_bytes([0; 16]),
            actor: self.actor,
            venue: None,
            occurred_at: self.occurred_at,
            recorded_at: self.now,
            clock_sure: self.clock_sure,
            seen: 0,
            event,
        }
    }
}
