//! What the tablet measures of itself. What cannot be read is not known; it is
//! never invented. A directory that plays a tablet has only what lies in it.

pub mod battery;
pub mod storage;
pub mod modem;
pub mod activity;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{clock::Clock, duty::Readings, place::Place};

/// Reads everything.
pub fn read(place: &Place, clock: &Clock) -> Readings {
    let battery = battery::read(place);
    Readings {
        battery_percent: battery.percent,
        charging: battery.charging,
        storage_free_bytes: storage::free_bytes(place),
        modem: modem::read(place),
        last_used_ms_ago: activity::last_used_ms_ago(place, clock),
    }
}

/// What the kernel has of this class, by name.
fn of_class(place: &Place, class: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.root().join("sys/class").join(class));
    let entries = entries.into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// What the kernel says under this name.
fn text(path: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(path.join(name)).ok()?;
    Some(text.trim().to_owned())
}
