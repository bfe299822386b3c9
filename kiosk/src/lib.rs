//! The counter: frames and touches in, screens out, and a series of facts that is
//! on the disk before it is said and sent until it is answered.
//!
//! Modules stand in the order of dependence: each imports only those above it.

pub mod frame;
pub mod reader;
pub mod steady;
#[cfg(any(test, feature = "play"))]
pub mod clip;
#[cfg(feature = "window")]
pub mod camera;
pub mod wedge;
pub mod screen;
pub mod kit;
pub mod chance;
pub mod clock;
pub mod mirror;
pub mod flow;
pub mod view;
pub mod store;
pub mod sync;
pub mod enrol;
pub mod speech;
#[cfg(feature = "window")]
pub mod ui;
#[cfg(feature = "window")]
pub mod driver;
#[cfg(feature = "play")]
pub mod play;
#[cfg(feature = "window")]
pub mod cli;

/// Every place at which a test can have the kiosk end itself, in the order in
/// which a round reaches them.
pub const KILL_POINTS: &[&str] = &[
    "kiosk:before-enrol",
    "kiosk:enrol-answered",
    "kiosk:enrolled",
    "kiosk:rows-stored",
    "kiosk:before-keep",
    "kiosk:kept",
    "kiosk:before-lend",
    "kiosk:lent",
    "kiosk:before-send",
    "kiosk:sent",
    "kiosk:answer-stored",
];
