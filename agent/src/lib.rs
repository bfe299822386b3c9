//! The agent on a tablet: it sends heartbeats, resets the tablet between loans and
//! proves it. Two roles in one program: `run` speaks to the server and proves
//! nothing, `reset` proves and speaks to nobody.
//!
//! Modules stand in the order of dependence: each imports only those above it.
//! Absences that matter: no HTTP or TLS in `reset`, no clock or file in `duty`,
//! no path of a borrower's in a line that is printed or sent.

pub mod chance;
pub mod clock;
pub mod disk;
pub mod place;
pub mod identity;
pub mod images;
pub mod orders;
pub mod duty;
pub mod tree;
pub mod reset;

/// The agent's version, as receipts and heartbeats tell it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
