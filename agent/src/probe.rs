//! What the tablet measures of itself. What cannot be read is not known; it is
//! never invented. A directory that plays a tablet has only what lies in it.

pub mod battery;
pub mod storage;
pub mod activity;

use crate::{clock::Clock, duty::Readings, place::Place};

/// Reads everything.
pub fn read(place: &Place, clock: &Clock) -> Readings {
    let battery = battery::read(place);
    Readings {
        battery_percent: battery.percent,
        charging: battery.charging,
        storage_free_bytes: storage::free_bytes(place),
        last_used_ms_ago: activity::last_used_ms_ago(place, clock),
    }
}
