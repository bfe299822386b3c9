//! `cargo xtask vm`: a whole Debian tablet, in a machine that a program plays, goes all
//! the way round with a real server: it is enrolled, lent, used and brought back; its
//! power is cut in the middle of a reset, and it proves the reset all the same.

mod disk;
mod tablet;
mod gate;
mod dock;
mod receipts;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use lexopt::Arg;
use rustix::process::geteuid;

use crate::children::Children;
use crate::desk::{self, Desk, NUMBER};
use crate::failure::SetUpMissing;
use crate::programs::Programs;
use crate::round::Steps;
use crate::world::{Code, World};
use crate::{deb, packages, workspace};
use disk::TRACES_SH;
use dock::Began;
use receipts::Receipt;
use tablet::Tablet;

/// What `cargo xtask vm --help` says.
pub const HELP: &str = "\
cargo xtask vm

Puts a small Debian 12 together, starts it in QEMU without help of the processor, installs
the agent's package on it, and plays whole rounds with a real server here. The first home
is walked: enrol, first reset, check out, use, return, power cut in the middle of the wipe,
proof. Then the tablet takes the best backend that its kernel and disk can do, and is cut
once more, between the erasing of a key and the proof; docked, it is timed from the return
to the start of the reset; its server's keys change while it is on loan; it makes new keys
of its own; it is lost, and found. Wherever nobody may sign in the borrower tries to, by su
and by login. At the end the package is upgraded and purged. Prints each step with its time,
and all of them as a table at the end. Some ten minutes. Needs root,
to own what is on the tablet's disk.

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
    let outcome = rounds(&mut steps, world, tablet, package, folder);
    println!("\n{steps}");
    outcome
}

fn rounds(
    steps: &mut Steps,
    world: &mut World,
    tablet: &mut Tablet,
    package: &Path,
    folder: &Path,
) -> Result<()> {
    let debian = steps.step("debian", || disk::debian(folder))?;
    let staff = steps.step("library", || Desk::open(world))?;
    steps.step("disk", || fresh_disk(world, &debian, package, folder))?;
    let code = desk::tablet_code(world)?;
    steps.step("started", || tablet.start())?;
    steps.step("installed", || install(tablet))?;
    walked(steps, tablet, &staff, &code)?;
    exchanged(steps, tablet, &staff)?;
    docked(steps, tablet, &staff)?;
    rekeyed(steps, world, tablet, &staff)?;
    renewed(steps, world, tablet, &staff)?;
    lost_and_found(steps, tablet, &staff)?;
    steps.step("log verified", || verify_log(world))?;
    steps.step("doctor", || ask_the_doctor(tablet))?;
    steps.step("upgraded", || upgrade(tablet))?;
    steps.step("purged", || purge(tablet))?;
    steps.step("switched off", || tablet.switch_off())
}

/// The home is walked, which is done on any tablet; the power goes while it is wiped.
fn walked(steps: &mut Steps, tablet: &mut Tablet, staff: &Desk, code: &Code) -> Result<()> {
    steps.step("shut to all", || gate::shut(tablet, "not enrolled"))?;
    steps.step("enrolled", || enrol(tablet, code))?;
    steps.step("shut to all", || gate::shut(tablet, "never reset"))?;
    steps.step("agent started", || {
        tablet.does("systemctl start tablet-agent.service")
    })?;
    proven(steps, "first proof", tablet, staff)?;
    steps.step("lent", || lend(tablet, staff))?;
    steps.step("used", || leave_traces(tablet, TRACES))?;
    steps.step("brought back", || staff.take_back())?;
    steps.step("wipe stopped", || stop_in_the_wipe(tablet))?;
    steps.step("shut to all", || gate::shut(tablet, "not done"))?;
    steps.step("power cut", || tablet.cut())?;
    steps.step("started again", || tablet.start())?;
    proven(steps, "second proof", tablet, staff)?;
    steps.step("no trace left", || find_no_trace(tablet, 2))
}

/// What a loan wrote is exchanged, in the best way that there is here; the power goes
/// before the new layer is proven.
fn exchanged(steps: &mut Steps, tablet: &mut Tablet, staff: &Desk) -> Result<()> {
    steps.step("best backend", || take_the_best_backend(tablet))?;
    steps.step("lent", || lend(tablet, staff))?;
    steps.step("used", || leave_traces(tablet, FEW))?;
    steps.step("brought back", || staff.take_back())?;
    proven(steps, "third proof", tablet, staff)?;
    steps.step("no trace left", || find_no_trace(tablet, 3))?;
    steps.step("lent", || lend(tablet, staff))?;
    steps.step("used", || leave_traces(tablet, FEW))?;
    steps.step("brought back", || staff.take_back())?;
    steps.step("swap stopped", || stop_in_the_exchange(tablet, 3))?;
    steps.step("shut to all", || gate::shut(tablet, "not done"))?;
    steps.step("power cut", || tablet.cut())?;
    steps.step("started again", || tablet.start())?;
    proven(steps, "fourth proof", tablet, staff)?;
    steps.step("no trace left", || find_no_trace(tablet, 4))
}

/// On its charger a tablet hears of its order at once.
fn docked(steps: &mut Steps, tablet: &mut Tablet, staff: &Desk) -> Result<()> {
    steps.step("docked", || dock::dock(tablet))?;
    steps.step("lent", || lend(tablet, staff))?;
    steps.step("used", || leave_traces(tablet, FEW))?;
    let began = steps.step("fifth proof", || {
        let clocks = dock::clocks(tablet)?;
        let ordered = Instant::now();
        staff.take_back()?;
        until_ready(tablet, staff)?;
        Began::since(ordered, clocks, tablet)
    })?;
    println!("    {began}");
    steps.note(began.to_string());
    steps.step("no trace left", || find_no_trace(tablet, 5))
}

/// The server's keys change while it is on loan: its borrower is not shut out, and what
/// is signed with the new one counts.
fn rekeyed(steps: &mut Steps, world: &mut World, tablet: &mut Tablet, staff: &Desk) -> Result<()> {
    steps.step("lent", || lend(tablet, staff))?;
    steps.step("keys changed", || {
        world.children.kill("server")?;
        world.server(&["keys", "rotate"])?;
        world.start_library()?;
        tablet.until("test -e /var/lib/tablet-reset/keyrings.json")?;
        gate::open(tablet, "on loan")
    })?;
    steps.step("brought back", || staff.take_back())?;
    proven(steps, "sixth proof", tablet, staff)
}

/// The tablet makes new keys of its own: it is known by them from its proof on, and signs
/// its next proof with them.
fn renewed(steps: &mut Steps, world: &World, tablet: &mut Tablet, staff: &Desk) -> Result<()> {
    steps.step("lent", || lend(tablet, staff))?;
    steps.step("new keys asked", || {
        let said = world.server(&["keys", "renew", "--tablet", NUMBER])?;
        ensure!(said.contains(NUMBER), "`keys renew` said: {said}");
        Ok(())
    })?;
    steps.step("brought back", || staff.take_back())?;
    proven(steps, "seventh proof", tablet, staff)?;
    steps.step("new keys known", || {
        let said = world.server(&["keys", "renew"])?;
        ensure!(said.starts_with("No tablet"), "`keys renew` said: {said}");
        tablet.does("test -e /var/lib/tablet-reset/proof.key.next")?;
        tablet.until("test ! -e /var/lib/tablet-agent/link.key.next")
    })
}

/// Whoever has a lost tablet cannot sign in, until it is in a hand of the library's; not
/// even where somebody took the word of it away from the part that speaks to the server.
fn lost_and_found(steps: &mut Steps, tablet: &mut Tablet, staff: &Desk) -> Result<()> {
    steps.step("lent", || lend(tablet, staff))?;
    steps.step("lost", || {
        staff.mark_lost()?;
        tablet.until("tablet-agent status --json | grep -q locked")?;
        tablet.until("test -e /var/lib/tablet-reset/lock.json")?;
        tablet.does("rm /var/lib/tablet-agent/lock.json").map(drop)
    })?;
    steps.step("shut to all", || gate::shut(tablet, "marked lost"))?;
    steps.step("found", || staff.take_back())?;
    proven(steps, "eighth proof", tablet, staff)?;
    let signed_anew = "test ! -e /var/lib/tablet-reset/proof.key.next";
    steps.step("signed anew", || tablet.does(signed_anew).map(drop))
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
    set(tablet, "manifest")
}

/// Nobody charges it, so it calls as often as a tablet on its battery may be told to.
fn set(tablet: &mut Tablet, backend: &str) -> Result<()> {
    let lines = format!("backend = \\\"{backend}\\\"\\n[calls]\\non_battery_s = 30\\n");
    tablet
        .does(&format!(
            "printf \"{lines}\" > /etc/tablet-agent/agent.toml"
        ))
        .map(drop)
}

/// What the doctor says of the ways of a reset, by how its lines begin.
const BACKENDS: [&str; 5] = ["reset by", "overlay", "btrfs", "manifest", "command"];

fn take_the_best_backend(tablet: &mut Tablet) -> Result<()> {
    set(tablet, "auto")?;
    let doctor = tablet.asked("tablet-agent doctor")?.said;
    for line in doctor.lines() {
        if BACKENDS.iter().any(|name| line.contains(name)) {
            println!("    {line}");
        }
    }
    Ok(())
}

fn enrol(tablet: &mut Tablet, code: &Code) -> Result<()> {
    let Code { code, fingerprint } = code;
    let enrol = format!(
        "tablet-agent enrol --server http://127.0.0.1:8080 --code '{code}' \
         --fingerprint '{fingerprint}' --serial DEMO-VM --model 'Demo machine'"
    );
    tablet.does(&enrol).map(drop)
}

/// A proof, and what it says below the table.
fn proven(steps: &mut Steps, name: &str, tablet: &mut Tablet, desk: &Desk) -> Result<()> {
    let receipt = steps.step(name, || until_ready(tablet, desk))?;
    steps.note(format!("{name} {receipt}"));
    Ok(())
}

/// The server took a proof of the whole tablet; then, and only then, the gate is open.
fn until_ready(tablet: &mut Tablet, desk: &Desk) -> Result<Receipt> {
    tablet.until("tablet-agent gate | grep -q ready")?;
    let word = desk.word()?;
    ensure!(word == "ready", "the server says {word} of the tablet");
    let receipt = receipts::newest(tablet)?;
    println!("    {receipt}");
    gate::open(tablet, "ready")?;
    Ok(receipt)
}

fn lend(tablet: &mut Tablet, desk: &Desk) -> Result<()> {
    desk.check_out()?;
    tablet.until("tablet-agent status --json | grep -q on-loan")?;
    gate::open(tablet, "on loan")
}

/// How many files a made-up borrower leaves, so that a wipe takes a while.
const TRACES: usize = 12_000;
/// How many where none is deleted by itself.
const FEW: usize = 300;
/// Where: a folder that stays, so that they are deleted where they lie.
const LEFT: &str = "/home/borrower/Documents";

/// What people and their programs leave in a home and outside of it.
fn leave_traces(tablet: &mut Tablet, files: usize) -> Result<()> {
    // A script, for a command line would stand in the journal of the tablet.
    tablet.does(&format!("su borrower -c 'sh {TRACES_SH} {files} {LEFT}'"))?;
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

/// Gone once the loan's layer cannot be read any more.
const LOAN_KEY: &str = "/var/lib/tablet-reset/layers/key";

/// Stops `reset` where what the loan wrote is lost and nothing new is proven.
fn stop_in_the_exchange(tablet: &mut Tablet, receipts_before: usize) -> Result<()> {
    let pid = "pgrep -xf \"/usr/bin/tablet-agent reset\"";
    tablet.does(&format!(
        "until pid=$({pid}); do :; done; while [ -e {LOAN_KEY} ]; do :; done; kill -STOP $pid"
    ))?;
    let receipts = receipts::count(tablet)?;
    ensure!(
        receipts == receipts_before,
        "it was stopped behind its proof"
    );
    Ok(())
}

/// By then every reset has been proven, also those that were cut, and nothing of what
/// was left is found anywhere.
fn find_no_trace(tablet: &mut Tablet, expected: usize) -> Result<()> {
    let receipts = receipts::count(tablet)?;
    ensure!(
        receipts == expected,
        "{receipts} receipts instead of {expected}"
    );
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
    let mounted = tablet.asked("grep ' /home/borrower ' /proc/mounts")?;
    ensure!(
        mounted.said.is_empty(),
        "the home is of it: {}",
        mounted.said
    );
    gate::in_by_every_way(tablet)
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
