//! Who may sign in on the tablet: asked of the gate itself, and tried as people do it,
//! through PAM, by two of its ways.

use anyhow::{Result, ensure};

use super::tablet::{Answer, Tablet};

/// The ways in which a borrower signs in, each with what it runs.
const WAYS: [(&str, &str); 2] = [
    ("su", "su borrower -c true"),
    // A terminal of its own, without which nobody logs in.
    (
        "login",
        "echo exit | timeout 120 script -qec 'login -f borrower' /dev/null",
    ),
];

/// Nobody shuts out who looks after the tablet.
const KEEPER: &str = "su keeper -c true";

/// The gate is shut for this reason, and no way in leads past it.
pub fn shut(tablet: &mut Tablet, why: &str) -> Result<()> {
    let gate = tablet.asked("tablet-agent gate")?;
    ensure!(
        gate.code == 3 && gate.said.contains(why),
        "the gate should say “{why}” and says {gate:?}"
    );
    for (way, command) in WAYS {
        let Answer { code, said } = tablet.asked(command)?;
        ensure!(code != 0, "by {way} the borrower signed in: {said}");
    }
    println!("    shut, for su and login too: {}", gate.said);
    tablet.does(KEEPER).map(drop)
}

/// The gate is open because of this, and every way in leads through it.
pub fn open(tablet: &mut Tablet, because: &str) -> Result<()> {
    let gate = tablet.does("tablet-agent gate")?;
    ensure!(gate.contains(because), "the gate says {gate}");
    in_by_every_way(tablet)?;
    println!("    open, for su and login too: {gate}");
    tablet.does(KEEPER).map(drop)
}

/// The borrower signs in, whoever is asked for it.
pub fn in_by_every_way(tablet: &mut Tablet) -> Result<()> {
    for (_, command) in WAYS {
        tablet.does(command)?;
    }
    Ok(())
}
