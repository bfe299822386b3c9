//! Tests of the store: what it promises, and what it does when it is damaged.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

pub(crate) mod world;
mod agents;
mod audit;
mod backup;
mod counts;
mod damage;
mod lending;
mod loop_of_a_tablet;
mod offline;
mod once;
mod people;
mod replay;
pub(crate) mod telemetry;
mod upgrade;
