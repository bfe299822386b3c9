//! The kiosk's machine, told as stories: what people do, what the screen says,
//! what goes to the disk. No window, no camera, no clock.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

#[path = "flow/alone.rs"]
mod alone;
#[path = "flow/check_out.rs"]
mod check_out;
#[path = "flow/idle.rs"]
mod idle;
#[path = "flow/overriding.rs"]
mod overriding;
#[path = "flow/presence.rs"]
mod presence;
#[path = "flow/returns.rs"]
mod returns;
#[path = "flow/rig.rs"]
mod rig;
#[path = "flow/scanning.rs"]
mod scanning;
#[path = "flow/staff.rs"]
mod staff;
#[path = "flow/storm.rs"]
mod storm;
#[path = "flow/sweep.rs"]
mod sweep;
#[path = "flow/texts.rs"]
mod texts;
#[path = "flow/unread.rs"]
mod unread;
#[path = "flow/undo.rs"]
mod undo;
