//! What the broken worlds' server makes of what it is told.

use anyhow::Result;
use shared::{
    command::{Action, Command, PlaceHold},
    event::Actor,
    ids::{BorrowerId, CommandId, KioskId, OperatorId},
    tablet::Presence,
    time::Moment,
    wipe::UNDO_MS,
};

use super::Server;
use crate::sim::{bug::Bug, node::Node, wires::Wires};

/// The people in whose names a broken world's server says what they did not say.
#[derive(Default)]
pub struct Broken {
    operators: Vec<OperatorId>,
    borrower: Option<BorrowerId>,
}

impl Broken {
    /// There is such a borrower.
    pub const fn meet(&mut self, borrower: BorrowerId) {
        self.borrower = Some(borrower);
    }
}

/// The time by which this is decided.
pub fn believed(bug: Option<Bug>, action: &Action, now: Moment) -> Moment {
    if bug == Some(Bug::WipeTooEarly) && matches!(action, Action::StartWipe(_)) {
        return now.plus_ms(UNDO_MS);
    }
    now
}

impl Server {
    /// What the broken worlds make of a command.
    pub(super) fn break_command(
        &self,
        kiosk: KioskId,
        command: &mut Command,
        wires: &mut Wires,
    ) -> Result<()> {
        if self.bug == Some(Bug::ForgottenIds) && self.known.contains(&command.id) {
            command.id = CommandId::from_bytes(wires.chance(Node::Server).bytes());
            command.origin_seq = Some(self.kiosk_facts_taken(kiosk)? + 1);
        }
        // Nobody but a named operator is believed to have a tablet in hand.
        if let (Some(Bug::ResetWithoutPresence), Some(somebody), Action::Return(it)) =
            (self.bug, self.somebody(), &mut command.action)
        {
            it.presence = Presence::InHand;
            command.actor = Actor::Operator(somebody);
        }
        Ok(())
    }

    /// What they make of something that the server's own people do.
    pub(super) fn break_act(
        &mut self,
        operator: Option<OperatorId>,
        action: Action,
    ) -> (Option<OperatorId>, Action) {
        if let Action::AppointOperator(appointed) = &action {
            self.broken.operators.push(appointed.operator);
        }
        match (self.bug, self.broken.borrower, action) {
            (Some(Bug::WrongName), Some(borrower), Action::PlaceHold(it)) => {
                (operator, Action::PlaceHold(PlaceHold { borrower, ..it }))
            }
            (Some(Bug::OneForTwo), _, action @ Action::AgreeWipe(_)) => {
                (self.somebody_else(operator), action)
            }
            (_, _, action) => (operator, action),
        }
    }

    fn somebody_else(&self, than: Option<OperatorId>) -> Option<OperatorId> {
        let mut all = self.broken.operators.iter().copied();
        all.find(|it| Some(*it) != than)
    }

    fn somebody(&self) -> Option<OperatorId> {
        self.broken.operators.last().copied()
    }
}
