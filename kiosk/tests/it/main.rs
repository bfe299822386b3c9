//! The kiosk's disk, its calls and its whole way from pixels to the server, each
//! through the crate's public face. One program, since linking one takes long.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod double;
mod facts;
mod kill_points;
mod lent_alone;
#[cfg(feature = "play")]
mod play;
mod store;
mod sync;
mod set_back;
mod series;
