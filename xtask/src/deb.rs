//! `cargo xtask deb`: a Debian package of a program, from what ships. What stands in it
//! is in the program's folder `package`; relies on `dpkg-deb`, which every Debian has.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use lexopt::Arg;

use crate::programs::Programs;
use crate::workspace::{self, said};

/// The help of `cargo xtask deb`.
pub const HELP: &str = "\
cargo xtask deb agent

Builds the agent as it ships and packs it with its units and its user into
target/deb/tablet-agent_VERSION_ARCHITECTURE.deb. Try it on a Debian 12 tablet:

  apt install ./tablet-agent_VERSION_ARCHITECTURE.deb
  tablet-agent enrol --help

An upgrade keeps keys and receipts, and a reset at work; `apt purge` removes them.
Exit codes: 0 packed · 1 a step failed · 2 a word was not understood";

/// Reads the words after `deb`; false where help was asked.
pub fn parse(mut words: lexopt::Parser) -> Result<bool, lexopt::Error> {
    match words.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => Ok(false),
        Some(Arg::Value(what)) if what == "agent" => match words.next()? {
            None => Ok(true),
            Some(more) => Err(more.unexpected()),
        },
        Some(other) => Err(other.unexpected()),
    }
}

/// Builds and packs the agent.
pub fn run() -> Result<()> {
    let programs = Programs::build_to_ship(NAME, "dist-agent")?;
    let folder = workspace::target().join("deb");
    let package = pack(programs.path(NAME)?, &folder)?;
    let bytes = fs::metadata(&package)?.len();
    println!("{} ({} KiB)", package.display(), bytes.div_ceil(1024));
    tell_exposure()
}

/// Most of what systemd counts against a unit (0 to 10) that speaks to a network.
const EXPOSURE_MAX: f64 = 2.0;

/// How open the unit that speaks to the server is.
fn tell_exposure() -> Result<()> {
    let unit = workspace::root().join("agent/package/tablet-agent.service");
    let mut asked = Command::new("systemd-analyze");
    asked.args(["security", "--offline=true", "--no-pager"]);
    let Ok(told) = said(asked.arg(unit)) else {
        println!("how open its unit is was not asked: there is no systemd-analyze here");
        return Ok(());
    };
    let exposure = exposure(&told).context("systemd-analyze said no exposure")?;
    println!("exposure of tablet-agent.service: {exposure} of 10 (at most {EXPOSURE_MAX})");
    if exposure > EXPOSURE_MAX {
        bail!("tablet-agent.service is more open than it may be");
    }
    Ok(())
}

fn exposure(told: &str) -> Option<f64> {
    let (_, after) = told.rsplit_once("exposure level for ")?;
    let (_, after) = after.split_once(": ")?;
    after.split_whitespace().next()?.parse().ok()
}

const NAME: &str = "tablet-agent";

/// Where each file of `package` goes, and who may do what with it.
const FILES: [(&str, &str, u32); 14] = [
    (
        "tablet-agent.service",
        "usr/lib/systemd/system/tablet-agent.service",
        0o644,
    ),
    (
        "tablet-reset.service",
        "usr/lib/systemd/system/tablet-reset.service",
        0o644,
    ),
    (
        "tablet-reset.path",
        "usr/lib/systemd/system/tablet-reset.path",
        0o644,
    ),
    (
        "tablet-mount.service",
        "usr/lib/systemd/system/tablet-mount.service",
        0o644,
    ),
    ("pam-config", "usr/share/pam-configs/tablet-agent", 0o644),
    (
        "sysusers.conf",
        "usr/lib/sysusers.d/tablet-agent.conf",
        0o644,
    ),
    (
        "tmpfiles.conf",
        "usr/lib/tmpfiles.d/tablet-agent.conf",
        0o644,
    ),
    (
        "../policy/debian.toml",
        "usr/share/tablet-agent/policy.toml",
        0o644,
    ),
    (
        "home-borrower.mount",
        "usr/lib/systemd/system/home-borrower.mount",
        0o644,
    ),
    ("agent.toml", "etc/tablet-agent/agent.toml", 0o644),
    ("conffiles", "DEBIAN/conffiles", 0o644),
    ("postinst", "DEBIAN/postinst", 0o755),
    ("prerm", "DEBIAN/prerm", 0o755),
    ("postrm", "DEBIAN/postrm", 0o755),
];

/// Packs this program; where the package is.
pub fn pack(program: &Path, folder: &Path) -> Result<PathBuf> {
    let architecture = said(Command::new("dpkg").arg("--print-architecture"))?;
    let name = format!("{NAME}_{}_{architecture}", env!("CARGO_PKG_VERSION"));
    let tree = folder.join(&name);
    if tree.exists() {
        fs::remove_dir_all(&tree).context("removing what was packed before")?;
    }
    put(program, &tree.join("usr/bin").join(NAME), 0o755)?;
    let from = workspace::root().join("agent/package");
    for (file, to, mode) in FILES {
        put(&from.join(file), &tree.join(to), mode)?;
    }
    let doc = tree.join("usr/share/doc").join(NAME);
    for (licence, to) in [
        ("LICENSE-MIT", "copyright"),
        ("LICENSE-APACHE", "LICENSE-APACHE"),
    ] {
        put(&workspace::root().join(licence), &doc.join(to), 0o644)?;
    }
    let control = fs::read_to_string(from.join("control")).context("reading control")?;
    let installed = fs::metadata(program)?.len().div_ceil(1024);
    let control = control
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{architecture}", &architecture)
        .replace("{installed_kib}", &installed.to_string());
    fs::write(tree.join("DEBIAN/control"), control).context("writing control")?;
    let package = folder.join(format!("{name}.deb"));
    let mut dpkg = Command::new("dpkg-deb");
    // Whoever packs it, root owns what is in it.
    dpkg.args(["--build", "--root-owner-group"])
        .arg(&tree)
        .arg(&package);
    said(&mut dpkg)?;
    Ok(package)
}

fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let folder = to.parent().context("it goes into a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    fs::set_permissions(to, Permissions::from_mode(mode)).context("setting who may do what")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::collections::BTreeMap;

    use super::*;

    fn packed() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, "#!/bin/sh\n").unwrap();
        let package = pack(&program, folder.path()).unwrap();
        (folder, package)
    }

    fn dpkg(words: &[&str], package: &Path) -> String {
        said(Command::new("dpkg-deb").args(words).arg(package)).unwrap()
    }

    #[test]
    fn the_package_holds_the_program_and_its_units_and_root_owns_them() {
        let (_folder, package) = packed();
        let listed = dpkg(&["--contents"], &package);
        let files: BTreeMap<&str, &str> = listed
            .lines()
            .filter_map(|line| Some((line.split_whitespace().next_back()?, line)))
            .collect();
        assert!(files["./usr/bin/tablet-agent"].starts_with("-rwxr-xr-x root/root"));
        let units = files["./usr/lib/systemd/system/tablet-reset.path"];
        assert!(units.starts_with("-rw-r--r-- root/root"), "{units}");
        assert!(files.values().all(|line| line.contains(" root/root ")));
    }

    #[test]
    fn what_a_tablet_configures_is_kept_over_upgrades() {
        let (folder, package) = packed();
        let listed = dpkg(&["--contents"], &package);
        let names = listed.lines().filter_map(|line| line.rsplit_once(' '));
        let names = names.filter_map(|(_, name)| name.strip_prefix('.'));
        let settings: Vec<&str> = names
            .filter(|name| name.starts_with("/etc/") && !name.ends_with('/'))
            .collect();
        let scripts = folder.path().join("scripts");
        let mut unpack = Command::new("dpkg-deb");
        said(unpack.arg("--control").arg(&package).arg(&scripts)).unwrap();
        let kept = fs::read_to_string(scripts.join("conffiles")).unwrap();
        assert_eq!(settings, kept.lines().collect::<Vec<_>>());
        assert!(!settings.is_empty());
    }

    #[test]
    fn the_package_says_what_it_is_and_its_scripts_are_shell() {
        let (folder, package) = packed();
        for (field, value) in [("Package", NAME), ("Version", env!("CARGO_PKG_VERSION"))] {
            assert_eq!(
                dpkg(&["--show", &format!("--showformat=${{{field}}}")], &package),
                value
            );
        }
        let scripts = folder.path().join("scripts");
        let mut unpack = Command::new("dpkg-deb");
        said(unpack.arg("--control").arg(&package).arg(&scripts)).unwrap();
        for script in ["postinst", "prerm", "postrm"] {
            said(Command::new("sh").arg("-n").arg(scripts.join(script))).unwrap();
        }
        let control = fs::read_to_string(scripts.join("control")).unwrap();
        assert!(!control.contains(['{', '}']), "{control}");
    }

    #[test]
    fn every_unit_that_the_scripts_name_is_in_the_package() {
        let from = workspace::root().join("agent/package");
        let units: Vec<&str> = FILES.iter().map(|(file, _, _)| *file).collect();
        for file in ["postinst", "prerm", "postrm"] {
            let text = fs::read_to_string(from.join(file)).unwrap();
            let words = text.split([' ', '\n', ';']);
            let is_unit = |word: &&str| {
                let kind = Path::new(word).extension();
                kind.is_some_and(|kind| ["service", "path", "mount"].iter().any(|it| kind == *it))
            };
            for named in words.filter(is_unit) {
                assert!(units.contains(&named), "{file}: {named}");
            }
        }
    }

    #[test]
    fn the_exposure_is_the_number_at_the_end() {
        let told = "✓ a 0.1\n→ Overall exposure level for tablet-agent.service: 1.3 OK 🙂";
        assert_eq!(exposure(told), Some(1.3));
        assert_eq!(exposure(""), None);
    }

    #[test]
    fn only_what_there_is_can_be_packed() {
        let parsed = |words: &[&str]| parse(lexopt::Parser::from_args(words));
        assert!(parsed(&["agent"]).unwrap());
        assert!(!parsed(&[]).unwrap());
        assert!(parsed(&["kiosk"]).is_err() && parsed(&["agent", "now"]).is_err());
    }
}
