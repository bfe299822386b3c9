//! Worlds that are broken on purpose. Each is a fault that the product could have,
//! put where only this rig's own parts are: what the reference model says of it
//! shows that the model is awake.

/// A fault of the product, played by the rig.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// The server takes a command that it knows for a new one.
    ForgottenIds,
    /// A kiosk makes a new id for a fact whose answer did not come.
    NewIdAtEachTry,
    /// A kiosk thanks for a return that its disk did not take.
    ThanksTooEarly,
    /// A tablet signs that it is clean without having wiped anything.
    ProofWithoutWipe,
    /// A tablet calls itself ready before the server has said so.
    ReadyTooEarly,
    /// The server hands out every reset at once, whoever brought the tablet back.
    ResetWithoutPresence,
    /// The server loses what it wrote last when it ends.
    LostWrites,
    /// The server writes a place in a queue down for somebody else.
    WrongName,
    /// The server takes one operator's second word for a second operator's.
    OneForTwo,
    /// The server's ten minutes before a wipe are over at once.
    WipeTooEarly,
}

impl Bug {
    /// Every one of them.
    pub const ALL: [Self; 10] = [
        Self::ForgottenIds,
        Self::NewIdAtEachTry,
        Self::ThanksTooEarly,
        Self::ProofWithoutWipe,
        Self::ReadyTooEarly,
        Self::ResetWithoutPresence,
        Self::LostWrites,
        Self::WrongName,
        Self::OneForTwo,
        Self::WipeTooEarly,
    ];
}
