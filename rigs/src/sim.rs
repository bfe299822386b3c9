//! The simulated world: a server, kiosks, tablets and people in one loop, with the
//! real cores of all three programs, a network and power that fail, and a
//! reference model that looks after every step whether each rule still holds. All
//! of it follows from one seed.
//!
//! A new act of people at a counter is an errand in `people`; one of the digital team
//! is a few lines in `world/acts`. Either has its name in `plan`, and the facts that
//! follow from it their rule in `model`, which does not compile without. A new fault
//! is a name in `plan` and a few lines in `world/faults`; one that happens by itself
//! is a figure of the `plan`'s weather.
//!
//! Modules stand in the order of dependence: each imports only those above it.

pub mod chance;
pub mod bug;
pub mod node;
pub mod note;
pub mod counts;
pub mod story;
pub mod plan;
pub mod ground;
pub mod wires;
pub mod truth;
pub mod people;
pub mod server;
pub mod kiosk;
pub mod tablet;
pub mod model;
pub mod world;
pub mod shrink;
pub mod campaign;
