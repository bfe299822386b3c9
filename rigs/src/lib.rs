//! What tries hardest to break the library, over the programs' real code. A rig is
//! a program of `src/bin`, started by `cargo xtask`; a small share of each runs with
//! the tests.
//!
//! Modules stand in the order of dependence: each imports only those above it.

pub mod words;
pub mod dice;
pub mod power;
pub mod sim;
pub mod kills;
