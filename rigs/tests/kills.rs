//! A share of the rig that kills, which runs with every change.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use rigs::kills::{Options, PROGRAMS, run};
use tests::programs;
use xtask::programs::Programs;

#[test]
fn r11_an_agent_killed_at_any_moment_is_never_ready_wrongly_and_loses_no_receipt() {
    let found = PROGRAMS.map(|name| (name.to_owned(), programs::path(name).unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        rounds: 25,
        seed: 1,
    };
    let report = run(options, Programs::found(found), folder.path(), |_| {}).unwrap();
    println!("{report}");
    assert!(report.kills() >= 25 && report.loans > 0, "{report}");
}
