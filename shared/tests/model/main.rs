//! The model of a tablet's life, explored exhaustively: every command in every
//! state that can be reached, and every event in each of them.

mod agents;
mod catch_up;
mod custody;
mod disputes;
mod evolve;
mod explore;
mod flags;
mod hand_on;
mod holds;
mod hostile;
mod keys;
mod lending;
mod library;
mod lost;
mod offline;
mod overrides;
mod presence;
mod proofs;
mod refused;
mod renewals;
mod returns;
mod rules;
mod setup;
mod stock;
mod transfers;
mod trips;
mod undo;
mod wipes;
mod world;
