//! Builds our programs and examples, and knows where they landed. Relies on what cargo itself
//! says, so a moved target folder changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{smallest, workspace};

/// The packages of our three programs; each program has its package's name.
pub const ALL: [&str; 3] = ["tablet-server", "tablet-agent", "tablet-kiosk"];

/// Built programs, by name.
#[derive(Debug)]
pub struct Programs(BTreeMap<String, PathBuf>);

impl Programs {
    /// Builds `packages` with their test door `play`, showing how far it is.
    pub fn build(packages: &[&str]) -> Result<Self> {
        let mut words = Vec::new();
        for package in packages {
            let door = format!("{package}/play");
            words.extend(["--package", package, "--features"].map(str::to_owned));
            words.push(door);
        }
        Self::built(packages, &words)
    }

    /// Builds a package's program as it is without its test door.
    pub fn build_plain(package: &str) -> Result<Self> {
        let words = ["--package", package, "--bin", package];
        Self::built(&[package], &words.map(str::to_owned))
    }

    /// Builds a package's program as it ships, with its example `example` beside it.
    pub fn build_to_measure(package: &str, example: &str) -> Result<Self> {
        let words = ["--release", "--package", package, "--bin", package];
        let words = words.into_iter().chain(["--example", example]);
        let words: Vec<String> = words.map(str::to_owned).collect();
        Self::built(&[package], &words)
    }

    /// Builds a program exactly as it ships: by the profile of its own, and as small as
    /// it can be.
    pub fn build_to_ship(package: &str, profile: &str) -> Result<Self> {
        Self::shipped(package, profile, &[])
    }

    /// Builds an example of a package as what ships of it is built.
    pub fn build_example(package: &str, example: &str, profile: &str) -> Result<Self> {
        Self::shipped(package, profile, &["--example", example])
    }

    fn shipped(package: &str, profile: &str, more: &[&str]) -> Result<Self> {
        let host = host()?;
        let words = ["--locked", "--profile", profile, "--package", package];
        // Named, so that the flags are those of the program and of nothing that builds it.
        let words = words.into_iter().chain(["--target", &host]);
        let words = words.chain(more.iter().copied()).map(str::to_owned);
        let words: Vec<String> = words.collect();
        Self::built_with(&[package], &words, &smallest::flags(&host))
    }

    fn built(packages: &[&str], words: &[String]) -> Result<Self> {
        Self::built_with(packages, words, &[])
    }

    fn built_with(packages: &[&str], words: &[String], flags: &[String]) -> Result<Self> {
        let progress = Progress::new(parts(packages)?);
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--message-format=json-render-diagnostics"]);
        if !flags.is_empty() {
            cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        }
        let mut building = cargo
            .args(words)
            .stdout(Stdio::piped())
            .spawn()
            .context("starting cargo build")?;
        let said = building
            .stdout
            .take()
            .context("cargo build has no output")?;
        let built = listen(said, progress)?;
        let status = building.wait().context("waiting for cargo build")?;
        if !status.success() {
            bail!("cargo build failed ({status}); the compiler's words are above");
        }
        Ok(Self(built))
    }

    /// Programs that were built already, by name.
    pub fn found(programs: impl IntoIterator<Item = (String, PathBuf)>) -> Self {
        Self(programs.into_iter().collect())
    }

    /// Where the program `name` is.
    pub fn path(&self, name: &str) -> Result<&Path> {
        self.0
            .get(name)
            .map(PathBuf::as_path)
            .with_context(|| format!("cargo built no program {name}"))
    }
}

fn listen(said: ChildStdout, mut progress: Progress) -> Result<BTreeMap<String, PathBuf>> {
    let mut built = BTreeMap::new();
    for line in BufReader::new(said).lines() {
        let line = line.context("reading what cargo build says")?;
        let Some(artifact) = artifact(&line)? else {
            continue;
        };
        progress.show(&artifact.package);
        built.extend(artifact.program);
    }
    Ok(built)
}

#[derive(Debug, PartialEq, Eq)]
struct Artifact {
    package: String,
    program: Option<(String, PathBuf)>,
}

/// The artifact a line of cargo's JSON tells of; `None` for its other lines.
fn artifact(line: &str) -> Result<Option<Artifact>> {
    let said: Value =
        serde_json::from_str(line).context("cargo said something that is not JSON")?;
    if said["reason"] != "compiler-artifact" {
        return Ok(None);
    }
    let package = said["package_id"]
        .as_str()
        .context("an artifact without a package")?
        .to_owned();
    let kind = &said["target"]["kind"];
    let is_program = [["bin"], ["example"]]
        .iter()
        .any(|it| *kind == serde_json::json!(it));
    let program = match (said["target"]["name"].as_str(), said["executable"].as_str()) {
        (Some(name), Some(path)) if is_program => Some((name.to_owned(), path.into())),
        _ => None,
    };
    Ok(Some(Artifact { package, program }))
}

/// How many of the packages to build are ready. At a terminal cargo draws its own
/// bar; elsewhere a line at every tenth.
struct Progress {
    expected: usize,
    ready: BTreeSet<String>,
    said_tenths: usize,
    quiet: bool,
}

impl Progress {
    fn new(expected: usize) -> Self {
        let quiet = std::io::stderr().is_terminal();
        Self {
            expected: expected.max(1),
            ready: BTreeSet::new(),
            said_tenths: 0,
            quiet,
        }
    }

    fn show(&mut self, package: &str) {
        if let Some(line) = self.line_after(package)
            && !self.quiet
        {
            println!("{line}");
        }
    }

    fn line_after(&mut self, package: &str) -> Option<String> {
        self.ready.insert(package.to_owned());
        let tenths = self.ready.len() * 10 / self.expected;
        let news = tenths > self.said_tenths;
        self.said_tenths = self.said_tenths.max(tenths);
        news.then(|| format!("  built {:>3} of {} parts", self.ready.len(), self.expected))
    }
}

/// How many packages building these takes, ours and others'.
fn parts(packages: &[&str]) -> Result<usize> {
    let asked = workspace::cargo()
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--filter-platform",
            &host()?,
        ])
        .stderr(Stdio::inherit())
        .output()
        .context("starting cargo metadata")?;
    if !asked.status.success() {
        bail!(
            "cargo metadata failed ({}); its own words are above",
            asked.status
        );
    }
    let metadata = serde_json::from_slice(&asked.stdout).context("reading cargo metadata")?;
    Ok(reach(&metadata, packages).len())
}

/// The platform we build for, as cargo names it.
fn host() -> Result<String> {
    let asked = workspace::cargo()
        .arg("-vV")
        .output()
        .context("starting cargo -vV")?;
    String::from_utf8_lossy(&asked.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .context("cargo does not say what it builds for")
}

/// The ids of all packages that `packages` need to be built, themselves included.
fn reach(metadata: &Value, packages: &[&str]) -> BTreeSet<String> {
    let needs: BTreeMap<&str, Vec<&str>> = list(&metadata["resolve"]["nodes"])
        .filter_map(|node| Some((node["id"].as_str()?, needed_to_build(node))))
        .collect();
    let mut waiting: Vec<&str> = list(&metadata["packages"])
        .filter(|package| {
            package["name"]
                .as_str()
                .is_some_and(|name| packages.contains(&name))
        })
        .filter_map(|package| package["id"].as_str())
        .collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if reached.insert(id.to_owned()) {
            waiting.extend(needs.get(id).into_iter().flatten());
        }
    }
    reached
}

fn needed_to_build(node: &Value) -> Vec<&str> {
    list(&node["deps"])
        .filter(|dep| list(&dep["dep_kinds"]).any(|kind| kind["kind"] != "dev"))
        .filter_map(|dep| dep["pkg"].as_str())
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;
    use serde_json::json;

    #[test]
    fn a_program_is_known_by_the_path_cargo_gave_it() {
        let line = json!({"reason": "compiler-artifact", "package_id": "p", "executable": "/t/tablet-server",
            "target": {"name": "tablet-server", "kind": ["bin"]}});
        let program = artifact(&line.to_string()).unwrap().unwrap().program;
        assert_eq!(
            program,
            Some(("tablet-server".into(), "/t/tablet-server".into()))
        );
    }

    #[test]
    fn an_example_is_a_program_too() {
        let line = json!({"reason": "compiler-artifact", "package_id": "p", "executable": "/t/limits",
            "target": {"name": "limits", "kind": ["example"]}});
        let program = artifact(&line.to_string()).unwrap().unwrap().program;
        assert_eq!(program, Some(("limits".into(), "/t/limits".into())));
    }

    #[test]
    fn a_build_script_is_not_taken_for_a_program() {
        let line = json!({"reason": "compiler-artifact", "package_id": "p", "executable": "/t/build",
            "target": {"name": "build-script-build", "kind": ["custom-build"]}});
        assert_eq!(artifact(&line.to_string()).unwrap().unwrap().program, None);
    }

    #[test]
    fn the_end_of_a_build_is_not_an_artifact() {
        assert_eq!(
            artifact(r#"{"reason":"build-finished","success":true}"#).unwrap(),
            None
        );
    }

    #[test]
    fn packages_only_needed_by_tests_are_not_counted() {
        let metadata = json!({
            "packages": [{"name": "tablet-agent", "id": "agent"}],
            "resolve": {"nodes": [
                {"id": "agent", "deps": [
                    {"pkg": "ureq", "dep_kinds": [{"kind": null}]},
                    {"pkg": "tempfile", "dep_kinds": [{"kind": "dev"}]},
                    {"pkg": "cc", "dep_kinds": [{"kind": "build"}]}]},
                {"id": "ureq", "deps": [{"pkg": "cc", "dep_kinds": [{"kind": "build"}]}]},
            ]}
        });
        let reached: Vec<_> = reach(&metadata, &["tablet-agent"]).into_iter().collect();
        assert_eq!(reached, ["agent", "cc", "ureq"]);
    }

    #[test]
    fn progress_speaks_at_every_tenth_and_counts_each_package_once() {
        let mut progress = Progress {
            expected: 20,
            ready: BTreeSet::new(),
            said_tenths: 0,
            quiet: false,
        };
        assert_eq!(progress.line_after("a"), None);
        assert_eq!(progress.line_after("a"), None);
        assert_eq!(
            progress.line_after("b").as_deref(),
            Some("  built   2 of 20 parts")
        );
        assert_eq!(progress.line_after("c"), None);
    }
}
