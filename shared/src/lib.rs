//! The ground floor: the words, states and rules of the tablet lending library.
//!
//! Nothing here reads a file, a socket, a clock or a source of chance: time, ids
//! and nonces come in as parameters, so a whole world can be replayed from a seed.
//! Modules stand in the order of dependence: each imports only those above it.

pub mod digest;
pub mod head;
pub mod ids;
pub mod time;
pub mod keys;
pub mod tag;
pub mod data_use;
pub mod sim;
pub mod badge;
pub mod venue;
pub mod borrower;
pub mod image;
pub mod kit;
pub mod lost;
pub mod tablet;
pub mod loan;
pub mod hold;
pub mod transfer;
pub mod trip;
pub mod wipe;
pub mod dispute;
pub mod codec;
pub mod invitation;
pub mod signed;
pub mod policy;
pub mod event;
pub mod command;
pub mod refusal;
pub mod evolve;
pub mod decide;
pub mod readiness;
pub mod wire;
