//! A tablet that is further than the log: the server was brought back from a backup,
//! and what the tablet did since is not in it. Its word costs nobody anything, for it
//! can only take its own proof away (R2) and make its next order's number greater (R10).

use super::{Decided, Given, reset::order};
use crate::{
    command::CatchUp,
    event::{Actor, Event},
    refusal::Refusal,
    tablet::{Reset, Tablet},
};

/// How far a tablet may be ahead, in orders or stretches of life: further than any
/// backup is old. What claims more is broken or lies.
pub const AHEAD_MAX: u64 = 10_000;

/// What is read before a tablet is caught up with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The tablet.
    pub tablet: Tablet,
}

/// Whether this tablet is further than it is known to be.
pub const fn is_ahead(tablet: &Tablet, epoch: u32, counter: u64) -> bool {
    epoch > tablet.epoch.0 || counter > tablet.order_counter
}

/// Catches up with it. A proof or an order of an earlier stretch of its life says
/// nothing of this one; an order of this one, whose number it has seen, is given anew.
pub fn catch_up(known: &Known, command: &CatchUp, given: &Given) -> Decided {
    let tablet = &known.tablet;
    if given.actor != Actor::Tablet(tablet.id) {
        return Err(Refusal::NeedsOperator);
    }
    let (epoch, counter) = (command.epoch, command.counter);
    let epochs = u64::from(epoch.0.saturating_sub(tablet.epoch.0));
    let orders = counter.saturating_sub(tablet.order_counter);
    if !is_ahead(tablet, epoch.0, counter) || epochs.max(orders) > AHEAD_MAX {
        return Err(Refusal::NotAhead);
    }
    let ahead = Event::TabletAhead {
        tablet: tablet.id,
        epoch: epoch.max(tablet.epoch),
        counter: counter.max(tablet.order_counter),
    };
    let after = given.after(tablet, std::slice::from_ref(&ahead));
    let mut events = vec![ahead];
    if let Reset::Ordered(pending) = after.reset {
        events.push(order(&after, pending.image, given));
    }
    Ok(events)
}
