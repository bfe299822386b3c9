//! What stands behind `cargo demo`, `cargo ci` and the rigs: installs what is
//! missing, builds, runs. Needs nothing but Rust and a linker, so that it can fetch the rest.

pub mod failure;
pub mod workspace;
pub mod packages;
pub mod smallest;
pub mod programs;
pub mod children;
pub mod shard;
pub mod mutants;
pub mod planted;
pub mod ci;
pub mod rig;
pub mod browser;
pub mod world;
pub mod counter;
pub mod desk;
pub mod round;
pub mod demo;
pub mod bench;
pub mod footprint;
pub mod deb;
pub mod vm;
