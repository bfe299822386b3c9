//! `cargo xtask bench`: how fast something of ours is, measured in one run beside
//! what this machine could do at best, or what others would do instead, so that the
//! figures mean something elsewhere.

mod disk;
mod home;
mod load;
mod reset;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lexopt::Arg;
use serde_json::{Value, json};

use crate::programs::Programs;
use crate::workspace;

/// What `cargo xtask bench --help` says.
pub const HELP: &str = "\
cargo xtask bench audit [--entries N]

How long `tablet-server audit verify` takes over N log entries (a million where
nothing is said), beside two limits of this machine in the same run: one pass of
SHA-256 over the same bytes in memory, and one SELECT of them without hashing, each
on one thread. Builds the release program, makes the log up in the target folder,
runs each five times in turn, prints the best and the median of each, and writes
bench/audit.json there. The best counts: other work only makes a machine slower. How
long processors worked for the audit is told beside it, since that hardly changes.

cargo xtask bench load [--tablets N] [--clients C] [--requests R]

The server under load: signed heartbeats, check outs and returns over C connections, and
pages and searches of fleets of 100, 10,000 and 100,000 tablets while heartbeats are written.
In the same run: HTTP that does nothing, the same server with one write at a time, and the
same requests checked and stored on one thread without HTTP. Requests are signed before the
clock runs. Then how soon the largest answers again after a kill -9, the most memory, and the
bytes of a heartbeat. Prints a table and writes bench/load.json. To make up the largest fleet
takes a minute or two.

Exit codes: 0 measured · 1 a step failed, or an aim was missed · 2 something is missing";

/// Runs of each.
const ROUNDS: usize = 5;
/// An audit must be faster than this for each million of entries.
const AIM_S: f64 = 2.0;
const PROGRAM: &str = "tablet-server";
const LIMITS: &str = "audit_limits";

/// What `cargo xtask bench` was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Options {
    /// How long an audit takes.
    Audit {
        /// Log entries.
        entries: u64,
    },
    /// What the server does under load.
    Load(load::Options),
    /// How long a reset takes.
    Reset(reset::Options),
}

impl Options {
    /// Reads the words after `bench`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        match words.next()? {
            Some(Arg::Short('h') | Arg::Long("help")) => Ok(None),
            Some(Arg::Value(name)) if name == "audit" => Self::audit(words),
            Some(Arg::Value(name)) if name == "load" => {
                Ok(load::Options::parse(words)?.map(Self::Load))
            }
            Some(Arg::Value(name)) if name == "reset" => {
                Ok(reset::Options::parse(words)?.map(Self::Reset))
            }
            Some(other) => Err(other.unexpected()),
            None => Err("what is to be measured? There are: audit, footprint, load, reset".into()),
        }
    }

    fn audit(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut entries = 1_000_000;
        while let Some(word) = words.next()? {
            match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("entries") => entries = lexopt::ValueExt::parse(&words.value()?)?,
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(Self::Audit { entries }))
    }
}

/// Measures, prints and writes down.
pub fn run(options: &Options) -> Result<()> {
    match options {
        Options::Audit { entries } => audit(*entries),
        Options::Load(options) => load::run(options),
        Options::Reset(options) => reset::run(options),
    }
}

fn audit(entries: u64) -> Result<()> {
    let programs = Programs::build_to_measure(PROGRAM, LIMITS)?;
    let folder = Folder::new("library")?;
    make_up(&programs, folder.path(), entries)?;
    let mut samples = Samples::default();
    for round in 1..=ROUNDS {
        println!("  round {round} of {ROUNDS}");
        samples.take(&programs, folder.path())?;
    }
    let measured = samples.measured();
    println!("\n{}", measured.table());
    write_down("audit.json", &measured.json())?;
    measured.check()
}

fn write_down(name: &str, measured: &Value) -> Result<()> {
    let file = bench_folder().join(name);
    fs::write(&file, format!("{measured:#}\n"))
        .with_context(|| format!("writing {}", file.display()))?;
    println!("\nwritten to {}", file.display());
    Ok(())
}

/// A made-up library whose log is as long as was asked.
fn make_up(programs: &Programs, folder: &Path, entries: u64) -> Result<()> {
    println!("making up a log of {entries} entries");
    let data = folder
        .to_str()
        .context("the target folder has a plain name")?;
    run_program(programs, PROGRAM, &["demo-fill", "--data", data])?;
    run_program(programs, LIMITS, &["fill", data, &entries.to_string()])?;
    Ok(())
}

#[derive(Default)]
struct Samples {
    entries: u64,
    bytes: u64,
    audit_s: Vec<f64>,
    work_s: Vec<f64>,
    hash_s: Vec<f64>,
    select_s: Vec<f64>,
}

impl Samples {
    fn take(&mut self, programs: &Programs, folder: &Path) -> Result<()> {
        let data = folder
            .to_str()
            .context("the target folder has a plain name")?;
        let (started, worked_s) = (Instant::now(), children_worked_s()?);
        let said = run_program(programs, PROGRAM, &["audit", "verify", "--data", data])?;
        self.audit_s.push(started.elapsed().as_secs_f64());
        self.work_s.push(children_worked_s()? - worked_s);
        let limits = run_program(programs, LIMITS, &["limits", data])?;
        let limits: Value = serde_json::from_str(&limits).context("the limits are no JSON")?;
        self.entries = limits["entries"].as_u64().context("no number of entries")?;
        self.bytes = limits["bytes"].as_u64().context("no number of bytes")?;
        if !said.starts_with(&format!("verified {} entries", self.entries)) {
            bail!("the audit did not verify every entry; it said: {said}");
        }
        self.hash_s
            .push(limits["hash_s"].as_f64().context("no time of hashing")?);
        self.select_s
            .push(limits["select_s"].as_f64().context("no time of reading")?);
        Ok(())
    }

    fn measured(self) -> Measured {
        Measured {
            entries: self.entries,
            bytes: self.bytes,
            audit: Times::of(self.audit_s),
            work: Times::of(self.work_s),
            hash: Times::of(self.hash_s),
            select: Times::of(self.select_s),
        }
    }
}

/// What several runs of one thing took.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Times {
    best_s: f64,
    median_s: f64,
}

impl Times {
    fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |place: usize| samples.get(place).copied().unwrap_or(f64::NAN);
        Self {
            best_s: at(0),
            median_s: at(samples.len() / 2),
        }
    }

    fn json(self) -> Value {
        json!({ "best_s": self.best_s, "median_s": self.median_s })
    }
}

/// What one call measured.
#[derive(Debug, PartialEq)]
struct Measured {
    entries: u64,
    bytes: u64,
    audit: Times,
    work: Times,
    hash: Times,
    select: Times,
}

impl Measured {
    fn rows(&self) -> [(&'static str, Times); 3] {
        [
            ("tablet-server audit verify, the whole program", self.audit),
            ("SHA-256 of the same bytes in memory, one thread", self.hash),
            (
                "SELECT of the same bytes, not hashed, one thread",
                self.select,
            ),
        ]
    }

    fn table(&self) -> String {
        let million = 1_048_576;
        let head = format!(
            "{} entries, {} MiB, {} processors; {ROUNDS} runs each\n  {:<49} {:>8} {:>8} {:>12} {:>8}",
            self.entries,
            self.bytes / million,
            processors(),
            "",
            "best s",
            "median s",
            "entries/s",
            "ratio"
        );
        let rows = self.rows().map(|(what, Times { best_s, median_s })| {
            let rate = self.entries_f64() / best_s;
            let ratio = self.audit.best_s / best_s;
            format!("  {what:<49} {best_s:>8.3} {median_s:>8.3} {rate:>12.0} {ratio:>8.2}")
        });
        let work = format!(
            "  Processors worked {:.2} s for one audit.",
            self.work.best_s
        );
        [head, rows.join("\n"), work].join("\n")
    }

    fn json(&self) -> Value {
        json!({
            "entries": self.entries,
            "bytes": self.bytes,
            "processors": processors(),
            "rounds": ROUNDS,
            "audit": self.audit.json(),
            "audit_processors": self.work.json(),
            "hash_in_memory": self.hash.json(),
            "select": self.select.json(),
        })
    }

    fn check(&self) -> Result<()> {
        let million_s = self.audit.best_s * 1e6 / self.entries_f64();
        if million_s < AIM_S {
            return Ok(());
        }
        bail!(
            "a million entries take {million_s:.2} s to verify; {AIM_S} s is the most. Where \
             processors worked much less than that for it, something else kept them busy"
        )
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of entries, for a ratio"
    )]
    const fn entries_f64(&self) -> f64 {
        self.entries as f64
    }
}

/// How long processors have worked for the programs that were run and waited for.
fn children_worked_s() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("reading /proc/self/stat")?;
    worked_s(&stat).context("/proc/self/stat is of another form")
}

/// How long processors have worked for a process, in seconds.
fn worked_of(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("reading its stat")?;
    worked_from(&stat, OWN).context("its stat is of another form")
}

/// Where `/proc/PID/stat` has utime, behind the program's name.
const OWN: usize = 11;
/// Where it has cutime.
const OF_CHILDREN: usize = 13;

/// From a line of `/proc/PID/stat`: what a processor did for the program's children.
fn worked_s(stat: &str) -> Option<f64> {
    worked_from(stat, OF_CHILDREN)
}

/// The time for programs and the time for the kernel, two words that stand there, in
/// hundredths of a second.
fn worked_from(stat: &str, place: usize) -> Option<f64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut words = behind_name.split_whitespace().skip(place);
    let user: u32 = words.next()?.parse().ok()?;
    let system: u32 = words.next()?.parse().ok()?;
    Some(f64::from(user + system) / 100.0)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs one of the programs to its end; what it printed.
fn run_program(programs: &Programs, name: &str, words: &[&str]) -> Result<String> {
    let mut program = Command::new(programs.path(name)?);
    let done = program.args(words).current_dir(workspace::root()).output();
    let done = done.with_context(|| format!("starting {name}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("{name} ended with {}: {}", done.status, said.trim());
    }
    String::from_utf8(done.stdout).with_context(|| format!("{name} printed no text"))
}

/// Where measurements are written.
fn bench_folder() -> PathBuf {
    workspace::target().join("bench")
}

/// A folder for what is made up, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self> {
        let path = bench_folder().join(name);
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("removing {}", path.display()))?;
        }
        fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.0) {
            eprintln!("{} is left behind: {why}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Options>, lexopt::Error> {
        Options::parse(lexopt::Parser::from_args(words))
    }

    fn measured(audit_s: f64) -> Measured {
        Measured {
            entries: 500_000,
            bytes: 300 * 1_048_576,
            audit: Times::of(vec![9.0, audit_s]),
            work: Times::of(vec![audit_s * 1.5]),
            hash: Times::of(vec![0.5]),
            select: Times::of(vec![0.25]),
        }
    }

    #[test]
    fn a_million_entries_are_measured_where_nothing_is_said() {
        let entries = |words: &[&str]| match parse(words).unwrap().unwrap() {
            Options::Audit { entries } => entries,
            Options::Load(_) | Options::Reset(_) => panic!("it was not asked for"),
        };
        assert_eq!(entries(&["audit"]), 1_000_000);
        assert_eq!(entries(&["audit", "--entries", "5"]), 5);
    }

    #[test]
    fn what_is_not_measured_or_not_a_number_is_refused() {
        for words in [
            &["wipe"][..],
            &[],
            &["audit", "--entries", "many"],
            &["audit", "--files", "5"],
            &["reset", "--entries", "5"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_table_compares_with_both_limits() {
        let table = measured(1.0).table();
        assert!(table.contains("500000 entries, 300 MiB"), "{table}");
        let ratios: Vec<&str> = table
            .lines()
            .filter_map(|line| line.split_whitespace().last())
            .collect();
        assert_eq!(ratios[2..5], ["1.00", "2.00", "4.00"], "{table}");
        assert!(table.ends_with("worked 1.50 s for one audit."), "{table}");
    }

    #[test]
    fn an_audit_that_takes_too_long_a_million_fails() {
        assert!(measured(0.99).check().is_ok());
        let slow = measured(1.0).check().unwrap_err().to_string();
        assert!(slow.contains("2.00 s"), "{slow}");
    }

    #[test]
    fn the_work_of_programs_that_ended_is_read_behind_the_name() {
        let stat = "7 (a ) b) S 1 1 1 0 -1 4194304 9 8 7 6 11 22 150 25 20 0 1 0 5 6 7";
        assert!((worked_s(stat).unwrap() - 1.75).abs() < 1e-9);
        assert!((worked_from(stat, OWN).unwrap() - 0.33).abs() < 1e-9);
        assert_eq!(worked_s("nothing"), None);
        assert!(children_worked_s().is_ok());
    }

    #[test]
    fn of_several_runs_the_best_and_the_one_in_the_middle_are_told() {
        let times = Times::of(vec![9.0, 1.0, 2.0]);
        let (best_s, median_s) = (1.0, 2.0);
        assert_eq!(times, Times { best_s, median_s });
    }
}
