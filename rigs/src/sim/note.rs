//! What the reference model hears: what was really said and done, each as it
//! happens. It never sees a row, a plan or a decision.

use kiosk::flow::{Answer, Done};
use shared::{
    command::Action,
    digest::Digest,
    event::Recorded,
    ids::{CommandId, LoanId, OperatorId, OrderId},
    refusal::Refusal,
    signed::{presence::PresenceCode, receipt::Receipt},
};

use super::node::Node;

/// Something was said: it is to take effect once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its id.
    pub command: CommandId,
    /// Where it was said.
    pub by: Node,
    /// The operator who said it, if it was one.
    pub operator: Option<OperatorId>,
    /// Its place in a kiosk's series.
    pub place: Option<u64>,
    /// What.
    pub what: Action,
}

/// What the reference model hears.
#[derive(Clone)]
pub enum Note {
    /// Something was said, and is on the disk of whoever said it.
    Said(Said),
    /// A kiosk's check out has happened without the server.
    LentAlone(usize, CommandId),
    /// A kiosk heard how everything is.
    RowsHeard(usize),
    /// The server answered a command.
    Decided(CommandId, Result<(), Refusal>),
    /// The log has one more entry: as it is read, and its bytes.
    Logged(Box<Recorded>, Vec<u8>),
    /// The server started; the log's end as it finds it.
    ServerStarted(u64, Digest),
    /// The server wrote; the log's end now.
    ServerWrote(u64, Digest),
    /// A kiosk started and has so many facts on its disk.
    KioskStarted(usize, u64),
    /// A kiosk's disk was set back: it has so many facts, and these are forgotten.
    KioskSetBack(usize, u64, Vec<CommandId>),
    /// A kiosk began another series, and holds so many facts.
    SeriesBegun(usize, u64),
    /// A kiosk heard the server's word on a fact.
    Heard(usize, CommandId, Answer),
    /// A kiosk says that this is done; the fact that it is about.
    Shown(usize, Done, Option<CommandId>),
    /// A kiosk sends nothing more.
    Halted(usize, String),
    /// A tablet's agent began the reset of this order.
    ResetBegun(usize, OrderId),
    /// A tablet's disk is wiped.
    Wiped(usize),
    /// A tablet signed a receipt.
    Signed(usize, Box<Receipt>, Digest),
    /// A tablet's agent says that the tablet is ready.
    AgentReady(usize),
    /// A tablet opened itself for a loan.
    LoanOpened(usize, LoanId),
    /// A tablet's own screen showed this code, before a kiosk.
    ScreenShown(PresenceCode),
    /// At a kiosk, a tablet was handed to this borrower.
    HandedOver(usize, usize, usize),
}
