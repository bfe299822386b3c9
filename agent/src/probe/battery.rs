//! The battery, as the kernel tells of it in `sys/class/power_supply`.

use std::path::Path;

use super::{of_class, text};
use crate::place::Place;

/// What is known of the battery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Battery {
    /// Charge in percent.
    pub percent: Option<u8>,
    /// Whether it is charging, or full and on the charger.
    pub charging: Option<bool>,
}

/// Reads the tablet's own battery, not that of a pen or keyboard.
pub fn read(place: &Place) -> Battery {
    let supplies = of_class(place, "power_supply");
    let own = supplies.iter().find(|path| is_own_battery(path));
    own.map_or_else(Battery::default, |path| battery(path))
}

fn is_own_battery(path: &Path) -> bool {
    let scope = text(path, "scope");
    text(path, "type").as_deref() == Some("Battery") && scope.as_deref() != Some("Device")
}

fn battery(path: &Path) -> Battery {
    let percent = text(path, "capacity").and_then(|text| text.parse().ok());
    Battery {
        percent: percent.filter(|percent| *percent <= 100),
        charging: text(path, "status").and_then(|status| charging(&status)),
    }
}

fn charging(status: &str) -> Option<bool> {
    match status {
        "Charging" | "Full" => Some(true),
        "Discharging" | "Not charging" => Some(false),
        _unknown => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;

    fn tablet(supplies: &[(&str, &[(&str, &str)])]) -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        for (name, files) in supplies {
            let path = folder.path().join("sys/class/power_supply").join(name);
            fs::create_dir_all(&path).unwrap();
            for (file, text) in *files {
                fs::write(path.join(file), format!("{text}\n")).unwrap();
            }
        }
        let place = Place::directory(folder.path()).unwrap();
        (folder, place)
    }

    #[test]
    fn a_tablet_without_a_battery_says_that_it_does_not_know() {
        let (_folder, place) = tablet(&[("AC", &[("type", "Mains")])]);
        assert_eq!(read(&place), Battery::default());
    }

    #[test]
    fn the_tablets_own_battery_is_read_and_not_the_pens() {
        let pen = [("type", "Battery"), ("scope", "Device"), ("capacity", "3")];
        let own = [
            ("type", "Battery"),
            ("capacity", "81"),
            ("status", "Discharging"),
        ];
        let (_folder, place) = tablet(&[("a-pen", &pen), ("bat", &own)]);
        let expected = Battery {
            percent: Some(81),
            charging: Some(false),
        };
        assert_eq!(read(&place), expected);
    }

    #[test]
    fn a_reading_that_cannot_be_is_not_known() {
        let odd = [
            ("type", "Battery"),
            ("capacity", "255"),
            ("status", "Unknown"),
        ];
        let (_folder, place) = tablet(&[("bat", &odd)]);
        assert_eq!(read(&place), Battery::default());
    }
}
