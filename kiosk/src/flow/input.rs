//! What happens to a kiosk.

use shared::{
    ids::{CommandId, LoanId, StocktakeId},
    refusal::Refusal,
    time::Moment,
    wire::v1::{command::KioskAction, kiosk::BorrowerCard},
};

use super::effect::Ask;
use crate::{reader::Sight, screen::Touch};

/// What happens to a kiosk.
#[derive(Clone)]
pub enum Input {
    /// A button was pressed, or a key typed by a person.
    Touched(Touch),
    /// A hand scanner's whole text (told from typing by `wedge`).
    Scanned(String),
    /// A hand scanner sent more than any code has.
    ScanTooLong,
    /// What one frame shows; corners in thousandths of the picture.
    Saw(Sight),
    /// No frame comes.
    CameraLost,
    /// Frames come again.
    CameraFound,
    /// The server answers, or does not.
    Online(bool),
    /// Rows changed: what is shown of a tablet may be old.
    MirrorMoved,
    /// The server does not know a format that this kiosk speaks, or the other way.
    TooOld,
    /// Nothing more is sent to the server until the kiosk starts anew.
    Halted,
    /// The server's log does not hold what was noted here of it.
    LogDenied,
    /// A command is on the disk: it will not be lost.
    Kept(CommandId),
    /// A command could not be put on the disk; what it was.
    NotKept(CommandId, KioskAction),
    /// It is on the disk that a check out has happened without the server.
    Lent(CommandId),
    /// It is not: a check out waits for the server's word.
    NotLent(CommandId),
    /// The server's word on a command, with what the command was: it may be one
    /// of a session that is over, or of before a restart.
    Answered(CommandId, KioskAction, Answer),
    /// A card was looked up; which question this answers.
    Borrower(Ask, Lookup),
    /// Nothing else: time has passed (see [`super::Flow::poll_timeout`]).
    Tick,
}

/// The server's word on a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Taken.
    Accepted,
    /// Refused.
    Refused(Refusal),
}

/// What a card led to.
#[derive(Clone, PartialEq, Eq)]
pub enum Lookup {
    /// This borrower.
    Found(BorrowerCard),
    /// No borrower.
    Unknown,
    /// The server did not answer.
    Away,
}

/// What a step is given from outside: the time and fresh random ids.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Milliseconds since the kiosk's start; never goes back.
    pub now_ms: u64,
    /// The kiosk's idea of the server's time (last heard + monotonic).
    pub time: Moment,
    /// Whether it has heard the server's time since its start.
    pub clock_sure: bool,
    /// For a command that the step may make.
    pub command: CommandId,
    /// For a loan that the step may begin.
    pub loan: LoanId,
    /// For a count that the step may end.
    pub stocktake: StocktakeId,
}
