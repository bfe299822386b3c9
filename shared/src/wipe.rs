//! A wipe outside the return flow (R9): one operator asks, another agrees, ten
//! minutes pass in which anybody may call it off, and only then is it ordered.

use crate::{
    ids::{OperatorId, TabletId, WipeId},
    tablet::Epoch,
    time::Moment,
};

/// Milliseconds between the second operator's word and the order.
pub const UNDO_MS: i64 = 10 * 60 * 1000;
/// The stretch over which wipes are counted.
pub const HOUR_MS: i64 = 60 * 60 * 1000;
/// Most wipes an hour in which one operator has a part.
pub const OPERATOR_MAX: u32 = 3;
/// Most wipes an hour in the fleet.
pub const FLEET_MAX: u32 = 10;

/// How far a wipe has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WipeState {
    /// One operator asked.
    Asked,
    /// A second one agreed.
    Agreed {
        /// From then on it may be ordered.
        starts_at: Moment,
    },
    /// It was ordered.
    Started {
        /// When.
        at: Moment,
    },
    /// Somebody called it off.
    CalledOff,
}

/// One wipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wipe {
    /// Its id.
    pub id: WipeId,
    /// The tablet.
    pub tablet: TabletId,
    /// Its stretch of life then: what two people agree on is never done to the
    /// next borrower's.
    pub epoch: Epoch,
    /// Who asked.
    pub asked_by: OperatorId,
    /// When.
    pub asked_at: Moment,
    /// Who agreed, once somebody has.
    pub agreed_by: Option<OperatorId>,
    /// How far it has come.
    pub state: WipeState,
}

impl Wipe {
    /// Whether it may still be called off.
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, WipeState::Asked | WipeState::Agreed { .. })
    }

    /// Whether it counts among those of the hour that began at `since`: the limits are
    /// of wipes that begin within an hour, whenever they were asked for, so one that is
    /// agreed on counts until it began and an hour longer.
    pub fn counts_since(&self, since: Moment) -> bool {
        match self.state {
            WipeState::Asked | WipeState::CalledOff => self.asked_at > since,
            WipeState::Agreed { .. } => true,
            WipeState::Started { at } => at > since,
        }
    }

    /// Whether this operator has a part in it.
    pub fn involves(&self, operator: OperatorId) -> bool {
        self.asked_by == operator || self.agreed_by == Some(operator)
    }
}
