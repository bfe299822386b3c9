//! When a person last used the tablet: the time of a file that the session
//! touches. Nothing of what they did is looked at (R15).

use std::fs;

use crate::{
    clock::{Clock, moment},
    place::Place,
};

/// Milliseconds since a person last used the tablet. Not known where no session
/// ever said so, and where the wall clock went back.
pub fn last_used_ms_ago(place: &Place, clock: &Clock) -> Option<u64> {
    let touched = fs::symlink_metadata(place.activity())
        .ok()?
        .modified()
        .ok()?;
    let ago = clock.wall().as_ms() - moment(touched).as_ms();
    u64::try_from(ago).ok()
}
