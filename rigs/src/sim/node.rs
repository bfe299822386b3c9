//! The places of a world.

use std::fmt;

/// A place of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// The server.
    Server,
    /// A kiosk, counted from 0.
    Kiosk(usize),
    /// A tablet, counted from 0.
    Tablet(usize),
    /// The people, who walk about.
    People,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::Kiosk(at) => write!(f, "kiosk {}", at + 1),
            Self::Tablet(at) => write!(f, "WGN-{:03}", at + 1),
            Self::People => f.write_str("people"),
        }
    }
}
