//! What a kiosk is to do, as data.

use shared::{
    ids::{CommandId, OperatorId},
    time::{Day, Moment},
    wire::v1::command::KioskAction,
};

/// What a kiosk is to do.
#[derive(Clone, PartialEq)]
pub enum Effect {
    /// Put this on the disk, in the kiosk's own series, then send it until it is
    /// answered. Answered by `Input::Kept`, later by `Input::Answered`.
    Keep(Draft),
    /// Put on the disk that this check out has happened, as is told here. Answered by `Input::Lent`, and where the server's word came before or
    /// the disk does not take it by `Input::NotLent`.
    Lend(CommandId, ToLend),
    /// Look this card up for this operator. Answered by `Input::Borrower`.
    FindBorrower {
        /// Comes back with the answer.
        ask: Ask,
        /// The card, as it was scanned or typed.
        card: String,
        /// Who asks.
        operator: OperatorId,
    },
    /// Speak what is on the screen from its beginning, or be silent again.
    Speak(bool),
    /// One of the coded sounds.
    Sound(Sound),
}

/// A check out that the kiosk decided by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToLend {
    /// The due day that is told for it.
    pub told: Day,
    /// So many other check outs to the same person may wait for the server at most:
    /// with them they have as many as they may. Not known where nobody said.
    pub others_max: Option<u32>,
}

/// One look-up of a card: an answer to an earlier one is not taken for a later
/// one's, which may be another person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask(pub u64);

/// A command before it has its place in the kiosk's series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: CommandId,
    /// The operator whose badge opened the session; none in self-service.
    pub operator: Option<OperatorId>,
    /// When it happened.
    pub occurred_at: Moment,
    /// Whether the kiosk's clock was sure then.
    pub clock_sure: bool,
    /// The server position that the mirror had.
    pub seen: u64,
    /// What happened or is asked for.
    pub action: KioskAction,
}

/// The coded sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A good scan.
    Good,
    /// Something for the borrower to put right.
    YoursToFix,
    /// Something for staff to put right.
    OursToFix,
    /// Somebody has it already.
    AlreadyHasOne,
}
