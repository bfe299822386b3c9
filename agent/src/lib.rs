//! The agent on a tablet: it sends heartbeats, resets the tablet between loans and
//! proves it. Two roles in one program: `run` speaks to the server and proves
//! nothing, `reset` proves and speaks to nobody. Beside `reset` stand two that only
//! look: `gate` says whether anybody may sign in, `mount` whether a home is shown.
//!
//! Modules stand in the order of dependence: each imports only those above it.
//! Absences that matter: no HTTP or TLS in `reset`, no clock or file in `duty`,
//! no path of a borrower's in a line that is printed or sent.

pub mod chance;
pub mod clock;
pub mod toml;
pub mod disk;
pub mod place;
pub mod identity;
pub mod own_keys;
pub mod images;
pub mod orders;
pub mod trust;
pub mod duty;
pub mod ioctl;
pub mod crew;
pub mod tree;
pub mod reset;
pub mod settings;
pub mod gate;
pub mod mount;
pub mod probe;
pub mod screen;
pub mod link;
pub mod stage;
pub mod enrol;
pub mod run;
pub mod status;
pub mod doctor;
pub mod cli;

/// The agent's version, as receipts and heartbeats tell it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Those that only a reset comes by which exchanges a home, or has the vendor's program
/// do it.
pub const KILL_POINTS_OF_EXCHANGE: &[&str] = &[
    "agent:reset-commanded",
    "agent:reset-image-prepared",
    "agent:reset-key-erased",
    "agent:reset-key-erased-recorded",
    "agent:reset-layer-made",
    "agent:reset-layer-retired",
    "agent:reset-swapped",
    "agent:reset-swapped-recorded",
];

/// Every named place between two steps at which a test can cut the power.
pub const KILL_POINTS: &[&str] = &[
    "agent:blob-stored",
    "agent:card-shown",
    "agent:enrol-answered",
    "agent:enrol-keys-stored",
    "agent:enrol-pinned",
    "agent:enrol-proof-pinned",
    "agent:enrol-request-stored",
    "agent:heartbeat-after",
    "agent:heartbeat-before",
    "agent:key-renewed",
    "agent:keyrings-kept",
    "agent:keyrings-taken-up",
    "agent:link-key-offered",
    "agent:loan-kept",
    "agent:lock-kept",
    "agent:lock-taken-up",
    "agent:lost-shown",
    "agent:manifest-stored",
    "agent:next-key-made",
    "agent:order-handed",
    "agent:papers-kept",
    "agent:person-answered",
    "agent:question-shown",
    "agent:receipt-after",
    "agent:receipt-before",
    "agent:reset-begun",
    "agent:reset-cleared",
    "agent:reset-commanded",
    "agent:reset-ended",
    "agent:reset-file-written",
    "agent:reset-image-prepared",
    "agent:reset-key-erased",
    "agent:reset-key-erased-recorded",
    "agent:reset-layer-made",
    "agent:reset-layer-retired",
    "agent:reset-receipt-kept",
    "agent:reset-reported",
    "agent:reset-restored",
    "agent:reset-restored-recorded",
    "agent:reset-rewritten",
    "agent:reset-sealed",
    "agent:reset-sealed-recorded",
    "agent:reset-swapped",
    "agent:reset-swapped-recorded",
    "agent:reset-swept",
    "agent:reset-swept-recorded",
    "agent:reset-verified",
    "agent:reset-wiped",
    "agent:reset-wiped-recorded",
    "agent:saved-dirty",
    "agent:saved-failed",
    "agent:saved-new",
    "agent:saved-on-loan",
    "agent:saved-ready",
    "agent:saved-reported",
    "agent:verdict-kept",
];

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::{collections::BTreeSet, fs, path::Path};

    use super::{KILL_POINTS, KILL_POINTS_OF_EXCHANGE};

    fn places(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                places(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let calls = text.split("kill_point::reached(\"").skip(1);
            found.extend(calls.map(|call| call.split('"').next().unwrap().to_owned()));
        }
    }

    #[test]
    fn the_list_of_kill_points_is_what_the_sources_name() {
        let mut found = BTreeSet::new();
        places(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut found,
        );
        found.retain(|place| place.starts_with("agent:"));
        let listed: BTreeSet<String> = KILL_POINTS.iter().map(ToString::to_string).collect();
        assert_eq!(found, listed);
        assert_eq!(listed.len(), KILL_POINTS.len(), "one stands twice");
        let mut of_exchange = KILL_POINTS_OF_EXCHANGE.iter();
        assert!(of_exchange.all(|place| listed.contains(*place)));
    }
}
