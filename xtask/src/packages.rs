//! The Debian packages the demo and the checks need, and how the missing ones are
//! installed. Looks without the network; relies on `dpkg-query` and `apt-get`.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

use crate::failure::SetUpMissing;

/// A Debian package and the reason we ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name in Debian 12.
    pub name: &'static str,
    /// What of ours needs it.
    pub what_for: &'static str,
}

const fn package(name: &'static str, what_for: &'static str) -> Package {
    Package { name, what_for }
}

/// What the programs need to build and to run without a display.
pub const BUILD: &[Package] = &[
    package(
        "gcc",
        "compiles the embedded SQLite and links every program",
    ),
    package(
        "libc6-dev",
        "the C headers SQLite and the camera are built on",
    ),
    package(
        "libclang1-14",
        "reads the kernel's camera headers for the kiosk",
    ),
];

/// What the kiosk's window loads at run time, where there is a display.
pub const WINDOW: &[Package] = &[
    package(
        "libfontconfig1",
        "finds the fonts of scripts that ours lacks",
    ),
    package("libx11-6", "the kiosk's window under X"),
    package("libx11-xcb1", "the kiosk's window under X"),
    package("libxcursor1", "the pointer in the kiosk's window"),
    package("libxi6", "touch and mouse in the kiosk's window"),
    package("libxkbcommon0", "the keyboard in the kiosk's window"),
    package(
        "libxkbcommon-x11-0",
        "the keyboard in the kiosk's window under X",
    ),
    package("libwayland-client0", "the kiosk's window under Wayland"),
];

/// What only the tests need, beyond `BUILD` and `WINDOW`.
pub const TESTS: &[Package] = &[
    package("btrfs-progs", "makes a disk on which snapshots are tried"),
    package("chromium", "opens the fleet page as staff do"),
    package("chromium-driver", "lets the tests steer Chromium"),
    package(
        "e2fsprogs",
        "makes a disk on which encrypted layers are tried",
    ),
    package("fonts-dejavu-core", "letters for the pages under test"),
    package(
        "xvfb",
        "a display for the kiosk's window where there is none",
    ),
];

/// What `cargo xtask bench reset` compares with, and tries its disks on.
pub const BENCH_RESET: &[Package] = &[
    package("btrfs-progs", "makes the disk of the backend btrfs"),
    package("e2fsprogs", "makes the disk of the other backends"),
    package("rsync", "what many a library resets its tablets with"),
];

/// What `cargo demo` needs here; the window's share only where there is a display.
pub fn demo(with_window: bool) -> Vec<Package> {
    let window = if with_window { WINDOW } else { &[] };
    [BUILD, window].concat()
}

/// What `cargo ci` needs.
pub fn ci() -> Vec<Package> {
    [BUILD, WINDOW, TESTS].concat()
}

/// What a whole tablet in a machine of its own needs, beyond `BUILD`.
pub const VM: &[Package] = &[
    package("qemu-system-x86", "plays the tablet's machine"),
    package("mmdebstrap", "puts the tablet's Debian together"),
    package("e2fsprogs", "makes the tablet's disk"),
];

/// What `cargo xtask vm` needs.
pub fn vm() -> Vec<Package> {
    [BUILD, VM].concat()
}

/// What the agent is measured beside, and by, beyond `BUILD`. Debian's other agents are
/// unpacked and not installed, so they bring nothing themselves.
pub const FOOTPRINT: &[Package] = &[
    package("stunnel4", "ends TLS before the server"),
    package("openssl", "makes up an authority"),
    package("ca-certificates", "the authorities that a tablet reads"),
    package("libglib2.0-0", "another agent loads it"),
    package("libpcre2-8-0", "another agent loads it"),
    package("libsqlite3-0", "another agent loads it"),
    package("libssl3", "another agent loads it"),
];

/// What `cargo xtask bench footprint` needs.
pub fn footprint() -> Vec<Package> {
    [BUILD, FOOTPRINT].concat()
}

/// Whether this session can show a window.
pub fn has_display() -> bool {
    ["WAYLAND_DISPLAY", "DISPLAY"]
        .iter()
        .any(|key| env::var_os(key).is_some_and(|value| !value.is_empty()))
}

/// Makes sure that all of `wanted` is installed; names what is missing, then installs it.
///
/// Ends in [`SetUpMissing`] where only the machine's owner can install.
pub fn ensure(wanted: &[Package]) -> Result<()> {
    let Some(installed) = installed(wanted)? else {
        say_what_other_systems_need(wanted);
        return Ok(());
    };
    let missing = missing(wanted, &installed);
    if missing.is_empty() {
        println!("System packages: all {} are here.", wanted.len());
        return Ok(());
    }
    println!("System packages missing here:");
    for package in &missing {
        println!("  {:<20} {}", package.name, package.what_for);
    }
    install(&missing)?;
    confirm(&missing)
}

fn confirm(asked: &[Package]) -> Result<()> {
    let installed = installed(asked)?.unwrap_or_default();
    let still = missing(asked, &installed);
    if still.is_empty() {
        return Ok(());
    }
    bail!(
        "apt-get finished, and these are still missing: {}",
        names(&still).join(" ")
    )
}

fn say_what_other_systems_need(wanted: &[Package]) {
    println!("This is not Debian, so its packages cannot be looked up. What Debian 12 calls:");
    for package in wanted {
        println!("  {:<20} {}", package.name, package.what_for);
    }
}

/// The names among `wanted` that dpkg has installed; `None` where there is no dpkg.
fn installed(wanted: &[Package]) -> Result<Option<BTreeSet<String>>> {
    let asked = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${Status}\\n"])
        .args(names(wanted))
        .stderr(Stdio::null())
        .output();
    match asked {
        // Its exit code is 1 whenever one name is unknown, so only the lines count.
        Ok(answer) => Ok(Some(read_status(&String::from_utf8_lossy(&answer.stdout)))),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault).context("asking dpkg-query what is installed"),
    }
}

fn read_status(lines: &str) -> BTreeSet<String> {
    lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, status)| *status == "install ok installed")
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn missing(wanted: &[Package], installed: &BTreeSet<String>) -> Vec<Package> {
    wanted
        .iter()
        .filter(|package| !installed.contains(package.name))
        .copied()
        .collect()
}

fn names(packages: &[Package]) -> Vec<&'static str> {
    packages.iter().map(|package| package.name).collect()
}

/// Who may install on this machine, and how we get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// We are root.
    Root,
    /// sudo lets us through without a password.
    Sudo,
    /// sudo will want a password; a person is at the terminal.
    AskSudo,
    /// There is no sudo; a person at the terminal may know root's password.
    AskSu,
    /// Nobody to ask: print the line and stop.
    Print,
}

/// What there is to know about the machine before choosing a [`Way`].
#[derive(Clone, Copy, Debug)]
struct Rights {
    root: bool,
    sudo: Sudo,
    person_at_terminal: bool,
}

/// Debian set up with a root password has no sudo.
#[derive(Clone, Copy, Debug)]
enum Sudo {
    Absent,
    WithPassword,
    Free,
}

impl Sudo {
    fn here() -> Self {
        // -n: a password prompt would hang a script for ever.
        match (succeeds("sudo", &["-V"]), succeeds("sudo", &["-n", "true"])) {
            (false, _) => Self::Absent,
            (true, false) => Self::WithPassword,
            (true, true) => Self::Free,
        }
    }
}

impl Rights {
    fn here() -> Self {
        Self {
            root: fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0),
            sudo: Sudo::here(),
            person_at_terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
        }
    }

    fn way(self) -> Way {
        match (self.root, self.sudo, self.person_at_terminal) {
            (true, _, _) => Way::Root,
            (false, Sudo::Free, _) => Way::Sudo,
            (false, Sudo::WithPassword, true) => Way::AskSudo,
            (false, Sudo::Absent, true) => Way::AskSu,
            (false, Sudo::WithPassword | Sudo::Absent, false) => Way::Print,
        }
    }
}

fn succeeds(program: &str, words: &[&str]) -> bool {
    Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn install(missing: &[Package]) -> Result<()> {
    let script = script(missing, lists_are_old());
    let way = Rights::here().way();
    match way {
        Way::Root | Way::Sudo => println!("Installing them."),
        Way::AskSudo | Way::AskSu => ask(&script)?,
        Way::Print => return Err(to_type(&script).into()),
    }
    let status = command(way, &script)
        .stdin(Stdio::inherit())
        .status()
        .context("starting apt-get")?;
    if status.success() {
        return Ok(());
    }
    bail!(
        "apt-get could not install them ({status}). Its own words are above. The line was:\n  {script}"
    )
}

/// The one line that installs; the same line is run, shown and asked about.
fn script(missing: &[Package], update_first: bool) -> String {
    let update = if update_first {
        "apt-get update && "
    } else {
        ""
    };
    format!(
        "{update}DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends {}",
        names(missing).join(" ")
    )
}

fn command(way: Way, script: &str) -> Command {
    let words: &[&str] = match way {
        Way::Root | Way::Print => &["sh", "-c"],
        Way::Sudo => &["sudo", "-n", "sh", "-c"],
        Way::AskSudo => &["sudo", "sh", "-c"],
        Way::AskSu => &["su", "root", "-c"],
    };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(script);
    command
}

fn to_type(script: &str) -> SetUpMissing {
    SetUpMissing(format!(
        "They need root to install, and nobody is here to ask. As root, type:\n  {script}"
    ))
}

fn ask(script: &str) -> Result<()> {
    println!("May this be run as root? A password may be asked for.\n  {script}");
    print!("[Y/n] ");
    io::stdout().flush().context("asking")?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .context("reading the answer")?;
    if is_yes(&answer) {
        Ok(())
    } else {
        Err(to_type(script).into())
    }
}

/// An empty line is the capital letter of `[Y/n]`; the end of input is not a yes.
fn is_yes(answer: &str) -> bool {
    answer.ends_with('\n')
        && matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "" | "y" | "yes"
        )
}

/// Package lists older than this name versions that mirrors have already dropped.
const LISTS_KEEP: Duration = Duration::from_hours(24);

fn lists_are_old() -> bool {
    let lists = Path::new("/var/lib/apt/lists");
    !holds_lists(lists)
        || written_at(&lists.join("partial")).is_none_or(|at| is_old(at, SystemTime::now()))
}

fn holds_lists(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    })
}

/// apt moves each list through `partial`, so that folder's time is the last update's.
fn written_at(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder)
        .and_then(|folder| folder.modified())
        .ok()
}

fn is_old(at: SystemTime, now: SystemTime) -> bool {
    now.duration_since(at).is_ok_and(|age| age > LISTS_KEEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Rights = Rights {
        root: false,
        sudo: Sudo::WithPassword,
        person_at_terminal: true,
    };

    #[test]
    fn a_package_that_was_removed_but_left_its_settings_counts_as_missing() {
        let status = "gcc install ok installed\nxvfb deinstall ok config-files\n";
        let wanted = [
            package("gcc", ""),
            package("xvfb", ""),
            package("chromium", ""),
        ];
        assert_eq!(
            names(&missing(&wanted, &read_status(status))),
            ["xvfb", "chromium"]
        );
    }

    #[test]
    fn root_installs_without_asking() {
        assert_eq!(Rights { root: true, ..HERE }.way(), Way::Root);
    }

    #[test]
    fn a_script_never_meets_a_password_prompt() {
        let script = Rights {
            person_at_terminal: false,
            ..HERE
        };
        assert_eq!(script.way(), Way::Print);
        assert_eq!(
            Rights {
                sudo: Sudo::Free,
                ..script
            }
            .way(),
            Way::Sudo
        );
    }

    #[test]
    fn a_person_is_asked_through_sudo_or_where_there_is_none_through_su() {
        assert_eq!(HERE.way(), Way::AskSudo);
        assert_eq!(
            Rights {
                sudo: Sudo::Absent,
                ..HERE
            }
            .way(),
            Way::AskSu
        );
    }

    #[test]
    fn the_line_to_type_is_the_line_that_runs() {
        let line = script(&[package("xvfb", ""), package("gcc", "")], true);
        assert_eq!(
            line,
            "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends xvfb gcc"
        );
        assert!(to_type(&line).0.ends_with(&line));
        let run = command(Way::Sudo, &line);
        assert_eq!(
            run.get_args().last().and_then(|word| word.to_str()),
            Some(line.as_str())
        );
    }

    #[test]
    fn only_a_given_yes_is_a_yes() {
        assert!(is_yes("\n") && is_yes("Y\n") && is_yes("yes\n"));
        assert!(!is_yes("") && !is_yes("n\n") && !is_yes("what\n"));
    }

    #[test]
    fn lists_are_fetched_again_after_a_day() {
        let now = SystemTime::now();
        assert!(!is_old(now - Duration::from_hours(23), now));
        assert!(is_old(now - Duration::from_hours(25), now));
    }

    #[test]
    fn every_package_is_named_once_and_says_what_it_is_for() {
        let all = ci();
        let distinct: BTreeSet<_> = names(&all).into_iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|package| !package.what_for.is_empty()));
    }

    #[test]
    fn a_demo_without_a_display_asks_for_no_window() {
        assert!(demo(false).iter().all(|package| !WINDOW.contains(package)));
        assert!(WINDOW.iter().all(|package| demo(true).contains(package)));
    }
}
