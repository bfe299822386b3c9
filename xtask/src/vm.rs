//! `cargo xtask vm`: a whole Debian tablet, in a machine that a program plays, goes all
//! the way round with a real server: it is enrolled, lent, used and brought back; its
//! power is cut in the middle of the reset, and it proves the reset all the same.

mod desk;
mod disk;
mod tablet;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lexopt::Arg;
use rustix::process::geteuid;

use crate::children::Children;
use crate::failure::SetUpMissing;
use crate::programs::Programs;
use crate::round::Steps;
use crate::world::{Code, World};
use crate::{deb, packages, workspace};
use desk::Desk;
use disk::TRACES_SH;
use tablet::Tablet;

/// What `cargo xtask vm --help` says.
pub const HELP: &str = "\
cargo xtask vm

Puts a small Debian 12 together, starts it in QEMU without help of the processor, installs
the agent's package on it, and plays a whole round with a real server here: enrol, first
reset, check out, use, return, power cut in the middle of the reset, proof. In between it
tries to sign in as the borrower, who must be shut out until the proof is taken, and at
the end it upgrades and purges the package. Prints each step with its time: about a minute
for a start, some minutes in all. Needs root, to own what is on the tablet's disk.

Everything is kept in the target folder's vm, logs and serial line too.
Exit codes: 0 it went well · 1 a step failed, and is named · 2 something is missing here";

/// Reads the words after `vm`; false where help was asked.
pub fn parse(mut words: lexopt::Parser) -> Result<bool, lexopt::Error> {
    match words.next()? {
        None => Ok(true),
        Some(Arg::Short('h') | Arg::Long("help")) => Ok(false),
        Some(other) => Err(other.unexpected()),
    }
}

/// Installs, builds, starts, plays, and ends what it started.
pub fn run() -> Result<()> {
    if !geteuid().is_root() {
        let why = "The tablet's disk is put together as root. Type: sudo cargo xtask vm";
        return Err(SetUpMissing(why.to_owned()).into());
    }
    packages::ensure(&packages::vm()).context("the step “packages” failed")?;
    println!("Building the server and the agent's package.");
    let folder = workspace::target().join("vm");
    let server = Programs::build_plain("tablet-server")?;
    let ships = Programs::build_to_ship("tablet-agent", "dist-agent")?;
    let package = deb::pack(ships.path("tablet-agent")?, &folder)?;
    let data = folder.join("library");
    if data.exists() {
        fs::remove_dir_all(&data).context("clearing the library of before")?;
    }
    let children = Children::new(&folder.join("log"))?;
    let mut world = World::new(server, data, children)?;
    let brake = world.children.brake();
    let mut tablet = Tablet::new(Children::new(&folder.join("log"))?, &folder);
    let tablets = tablet.brake();
    ctrlc::set_handler(move || {
        brake.pull();
        tablets.pull();
    })
    .context("listening for Ctrl-C")?;
    let outcome = play(&mut world, &mut tablet, &package, &folder);
    if outcome.is_err() {
        tablet.tell_what_happened();
    }
    tablet.end()?;
    for name in world.children.stop()? {
        eprintln!("{name} did not end when asked and was killed.");
    }
    outcome
}

fn play(world: &mut World, tablet: &mut Tablet, package: &Path, folder: &Path) -> Result<()> {
    let mut steps = Steps::new();
    println!("A whole tablet goes all the way round. Its start takes about a minute.");
    let debian = steps.step("debian", || disk::debian(folder))?;
    let staff = steps.step("library", || Desk::open(world))?;
    steps.step("disk", || fresh_disk(world, &debian, package, folder))?;
    let code = desk::tablet_code(world)?;
    steps.step("started", || tablet.start())?;
    steps.step("installed", || install(tablet))?;
    steps.step("shut to all", || shut_out(tablet, "not enrolled"))?;
    steps.step("enrolled", || enrol(tablet, &code))?;
    steps.step("first proof", || until_ready(tablet, &staff))?;
    steps.step("lent", || lend(tablet, &staff))?;
    steps.step("used", || leave_traces(tablet))?;
    steps.step("brought back", || staff.take_back())?;
    steps.step("wipe stopped", || stop_in_the_wipe(tablet))?;
    steps.step("shut to all", || shut_out(tablet, "not done"))?;
    steps.step("power cut", || tablet.cut())?;
    steps.step("started again", || tablet.start())?;
    steps.step("second proof", || until_ready(tablet, &staff))?;
    steps.step("no trace left", || find_no_trace(tablet))?;
    steps.step("log verified", || verify_log(world))?;
    steps.step("doctor", || ask_the_doctor(tablet))?;
    steps.step("upgraded", || upgrade(tablet))?;
    steps.step("purged", || purge(tablet))?;
    steps.step("switched off", || tablet.switch_off())
}

fn fresh_disk(world: &World, debian: &Path, package: &Path, folder: &Path) -> Result<()> {
    let (_, port) = world.address().rsplit_once(':').context("no port")?;
    disk::fresh(debian, package, port.parse()?, folder)
}

/// What must be enabled once the package is installed.
const UNITS: [&str; 3] = [
    "tablet-agent.service",
    "tablet-reset.path",
    "tablet-mount.service",
];

fn install(tablet: &mut Tablet) -> Result<()> {
    tablet.does("dpkg -i /root/tablet-agent.deb")?;
    for unit in UNITS {
        tablet.does(&format!("systemctl is-enabled {unit}"))?;
    }
    // Nobody charges it, so it calls as often as a tablet on its battery may be told to.
    let calls = "printf '[calls]\\non_battery_s = 30\\n' > /etc/tablet-agent/agent.toml";
    tablet.does(calls).map(drop)
}

/// The borrower cannot sign in, and the gate says why; who looks after it can.
fn shut_out(tablet: &mut Tablet, why: &str) -> Result<()> {
    let gate = tablet.asked("tablet-agent gate")?;
    ensure!(
        gate.code == 3 && gate.said.contains(why),
        "the gate said {gate:?}"
    );
    let borrower = tablet.asked(BORROWER_SIGNS_IN)?;
    ensure!(borrower.code != 0, "the borrower signed in: {borrower:?}");
    tablet.does("su keeper -c true").map(drop)
}

const BORROWER_SIGNS_IN: &str = "su borrower -c true";

fn enrol(tablet: &mut Tablet, code: &Code) -> Result<()> {
    let Code { code, fingerprint } = code;
    tablet.does(&format!(
        "tablet-agent enrol --server http://127.0.0.1:8080 --code '{code}' \
         --fingerprint '{fingerprint}' --serial DEMO-VM --model 'Demo machine'"
    ))?;
    tablet
        .does("systemctl start tablet-agent.service")
        .map(drop)
}

/// The server took a proof of the whole tablet; then, and only then, the gate is open.
fn until_ready(tablet: &mut Tablet, desk: &Desk) -> Result<()> {
    tablet.until("tablet-agent gate")?;
    let word = desk.word()?;
    ensure!(word == "ready", "the server says {word} of the tablet");
    tablet.does(BORROWER_SIGNS_IN).map(drop)
}

fn lend(tablet: &mut Tablet, desk: &Desk) -> Result<()> {
    desk.check_out()?;
    tablet.until("tablet-agent status --json | grep -q on-loan")?;
    tablet.does(BORROWER_SIGNS_IN).map(drop)
}

/// How many files a made-up borrower leaves, so that a wipe takes a while.
const TRACES: usize = 12_000;
/// Where: a folder that stays, so that they are deleted where they lie.
const LEFT: &str = "/home/borrower/Documents";

/// What people and their programs leave in a home and outside of it.
fn leave_traces(tablet: &mut Tablet) -> Result<()> {
    // A script, for a command line would stand in the journal of the tablet.
    tablet.does(&format!("su borrower -c 'sh {TRACES_SH} {TRACES} {LEFT}'"))?;
    for folder in [
        "bluetooth/AA",
        "NetworkManager",
        "AccountsService/users",
        "systemd/linger",
    ] {
        let folder = format!("/var/lib/{folder}");
        tablet.does(&format!(
            "mkdir -p {folder}; echo demo-trace > {folder}/left"
        ))?;
    }
    tablet
        .does("echo demo-trace > /var/mail/borrower")
        .map(drop)
}

/// Stops `reset` where some of the files are gone and others are not.
fn stop_in_the_wipe(tablet: &mut Tablet) -> Result<()> {
    let reset = "pgrep -xf \"/usr/bin/tablet-agent reset\"";
    tablet.until(reset)?;
    // In whatever order they go, one of these goes early; the shell itself looks.
    let all_there: Vec<String> = (1..10).map(|one| format!("[ -e {LEFT}/{one} ]")).collect();
    let left: usize = tablet
        .does(&format!(
            "while {}; do :; done; kill -STOP $({reset}) && ls -U {LEFT} | wc -l",
            all_there.join(" && ")
        ))?
        .parse()?;
    ensure!(
        (1..TRACES).contains(&left),
        "{left} files are left: not in the middle"
    );
    println!("    {left} of {TRACES} files are left");
    Ok(())
}

/// By then the reset that was cut has been proven: two receipts, and nothing of what was
/// left is found anywhere.
fn find_no_trace(tablet: &mut Tablet) -> Result<()> {
    let receipts = tablet.does("ls /var/lib/tablet-reset/receipts | grep -c 'json$'")?;
    ensure!(receipts == "2", "{receipts} receipts instead of 2");
    let found = tablet.asked("grep -rl demo-trace /home /tmp /var /dev/shm /etc /run /root")?;
    if !found.said.is_empty() {
        bail!("the reset was proven, and this is left: {}", found.said);
    }
    Ok(())
}

fn verify_log(world: &World) -> Result<()> {
    let said = world.server(&["audit", "verify"])?;
    ensure!(said.starts_with("verified "), "the audit said: {said}");
    Ok(())
}

fn ask_the_doctor(tablet: &mut Tablet) -> Result<()> {
    println!("{}", tablet.does("tablet-agent doctor")?);
    let exposure = tablet.does("systemd-analyze security tablet-agent.service | tail -n 1")?;
    println!("{exposure}");
    Ok(())
}

/// An upgrade keeps keys, receipts, what somebody set, and the gate as it is.
fn upgrade(tablet: &mut Tablet) -> Result<()> {
    tablet.does("dpkg -i /root/tablet-agent.deb")?;
    tablet.does("grep -q on_battery_s /etc/tablet-agent/agent.toml")?;
    tablet.does("systemctl is-active tablet-agent.service tablet-reset.path")?;
    tablet.does("tablet-agent gate")?;
    tablet
        .does("test -s /var/lib/tablet-reset/proof.key")
        .map(drop)
}

/// Nothing of it stays, and nobody is shut out by a gate that is gone.
fn purge(tablet: &mut Tablet) -> Result<()> {
    tablet.does("dpkg -P tablet-agent")?;
    for gone in [
        "/var/lib/tablet-agent",
        "/var/lib/tablet-reset",
        "/etc/tablet-agent",
        "/run/tablet-agent",
    ] {
        tablet.does(&format!("test ! -e {gone}"))?;
    }
    let asks = tablet.asked("grep -r tablet-agent /etc/pam.d /etc/systemd /var/lib/pam")?;
    ensure!(asks.said.is_empty(), "this is left of it: {}", asks.said);
    tablet.does(BORROWER_SIGNS_IN).map(drop)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn only_what_there_is_can_be_asked() {
        let parsed = |words: &[&str]| parse(lexopt::Parser::from_args(words));
        assert!(parsed(&[]).unwrap());
        assert!(!parsed(&["--help"]).unwrap());
        assert!(parsed(&["now"]).is_err() && parsed(&["--fast"]).is_err());
    }

    #[test]
    fn every_unit_that_is_installed_is_one_of_the_package() {
        let package = workspace::root().join("agent/package");
        for unit in UNITS {
            assert!(package.join(unit).is_file(), "{unit}");
        }
    }
}
