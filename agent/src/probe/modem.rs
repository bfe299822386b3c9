//! The modem's counters, as the kernel tells of them in `sys/class/net`. How much
//! was moved is all that is read: not with whom, and not what (R15).

use std::path::Path;

use shared::wire::v1::agent::ModemReading;

use super::{of_class, text};
use crate::place::Place;

/// Reads the counters of the tablet's modem; of the first by name where it has
/// several, so that they stay those of one modem.
pub fn read(place: &Place) -> Option<ModemReading> {
    let interfaces = of_class(place, "net");
    reading(interfaces.iter().find(|path| is_modem(path))?)
}

fn is_modem(interface: &Path) -> bool {
    let told = text(interface, "uevent");
    told.is_some_and(|told| told.lines().any(|line| line == "DEVTYPE=wwan"))
}

fn reading(interface: &Path) -> Option<ModemReading> {
    let counter = |name| text(&interface.join("statistics"), name)?.parse().ok();
    Some(ModemReading {
        interface: interface.file_name()?.to_str()?.parse().ok()?,
        rx_bytes: counter("rx_bytes")?,
        tx_bytes: counter("tx_bytes")?,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;

    fn tablet(interfaces: &[(&str, &str, &str)]) -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        for (name, uevent, rx_bytes) in interfaces {
            let path = folder.path().join("sys/class/net").join(name);
            fs::create_dir_all(path.join("statistics")).unwrap();
            fs::write(path.join("uevent"), format!("INTERFACE={name}\n{uevent}\n")).unwrap();
            fs::write(path.join("statistics/rx_bytes"), format!("{rx_bytes}\n")).unwrap();
            fs::write(path.join("statistics/tx_bytes"), "7\n").unwrap();
        }
        let place = Place::directory(folder.path()).unwrap();
        (folder, place)
    }

    #[test]
    fn the_modems_counters_are_read_and_not_those_of_the_wi_fi() {
        let wlan = ("wlan0", "DEVTYPE=wlan", "5");
        let (_folder, place) = tablet(&[wlan, ("wwan0", "DEVTYPE=wwan", "900")]);
        let expected = ModemReading {
            interface: "wwan0".parse().unwrap(),
            rx_bytes: 900,
            tx_bytes: 7,
        };
        assert_eq!(read(&place), Some(expected));
    }

    #[test]
    fn of_two_modems_it_is_always_the_first_by_name() {
        let modem = |name| (name, "DEVTYPE=wwan", "1");
        let (_folder, place) = tablet(&[modem("wwan1"), modem("wwan0")]);
        assert_eq!(read(&place).unwrap().interface.to_string(), "wwan0");
    }

    #[test]
    fn without_a_modem_or_with_counters_that_cannot_be_nothing_is_told() {
        let (_folder, place) = tablet(&[("lo", "", "5")]);
        assert_eq!(read(&place), None);
        let (_folder, place) = tablet(&[("wwan0", "DEVTYPE=wwan", "-1")]);
        assert_eq!(read(&place), None);
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(read(&Place::directory(empty.path()).unwrap()), None);
    }
}
