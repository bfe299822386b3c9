//! `cargo xtask mutants`: changes the rules one small way at a time, and asks whether
//! any test of `shared` notices. What it changes, and which mutants may live and why,
//! stands in `.cargo/mutants.toml`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use lexopt::Arg;
use serde_json::Value;

use crate::shard::Shard;
use crate::workspace;

/// The tool's version: another may make other mutants, and its list would not fit.
const VERSION: &str = "27.1.0";

/// No mutant's tests take so long unless it never ends, also on a busy machine.
const TIMEOUT_SECONDS: &str = "300";

/// The help of `cargo xtask mutants`.
pub const HELP: &str = "\
cargo xtask mutants [--file PATH]… [--shard K/N] [--jobs N] [--list]

Changes the rules (shared/src/decide* and evolve*) one small way at a time and runs
the tests of `shared` on each: a mutant that they do not notice survives, is named,
and ends the run with 1. Those that may live stand with their reason in
.cargo/mutants.toml.

  --file PATH   only the mutants of this file; may be said again
  --shard K/N   only the K-th of N equal shares, from 0: 0/20, 1/20 … 19/20; each
                has mutants of every file
  --jobs N      so many at once; 1 if left out
  --list        only lists them

The tool, cargo-mutants, is installed into target/tools if it is not there. The whole
report is in target/mutants.
Exit codes: 0 none survived · 1 one did, or a step failed · 2 a word was not understood";

/// What `cargo xtask mutants` was asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    files: Vec<String>,
    shard: Option<Shard>,
    jobs: u8,
    only_list: bool,
}

impl Options {
    /// Reads the words after `mutants`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            files: Vec::new(),
            shard: None,
            jobs: 1,
            only_list: false,
        };
        while let Some(word) = words.next()? {
            match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("file") => options.files.push(said(&mut words)?),
                Arg::Long("shard") => options.shard = Some(parsed(&mut words)?),
                Arg::Long("jobs") => options.jobs = parsed(&mut words)?,
                Arg::Long("list") => options.only_list = true,
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }

    /// One share of them all, two at once.
    pub const fn share(shard: Shard) -> Self {
        Self {
            files: Vec::new(),
            shard: Some(shard),
            jobs: 2,
            only_list: false,
        }
    }
}

fn said(words: &mut lexopt::Parser) -> Result<String, lexopt::Error> {
    Ok(words.value()?.to_string_lossy().into_owned())
}

fn parsed<T>(words: &mut lexopt::Parser) -> Result<T, lexopt::Error>
where
    T: std::str::FromStr,
    T::Err: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let value = said(words)?;
    value
        .parse()
        .map_err(|error: T::Err| lexopt::Error::ParsingFailed {
            value,
            error: error.into(),
        })
}

/// Runs them and says how many survived.
pub fn run(options: &Options) -> Result<()> {
    let program = installed()?;
    let target = workspace::root().join("target/mutants");
    fs::create_dir_all(&target).context("making target/mutants")?;
    let mut tool = called(&program, options, &target);
    if options.only_list {
        let ended = tool.status().context("starting cargo-mutants")?;
        if !ended.success() {
            bail!("the mutants could not be listed ({ended})");
        }
        return Ok(());
    }
    // Its exit code says whether all were caught; what it counted says more.
    let ended = tool.status().context("starting cargo-mutants")?;
    let counted = target.join("mutants.out/outcomes.json");
    let tally = fs::read_to_string(&counted)
        .with_context(|| format!("no mutant was tried ({ended}); see above"))
        .and_then(|json| Tally::read(&json))?;
    println!("\n{tally}");
    tally.judge()
}

fn called(program: &Path, options: &Options, target: &Path) -> Command {
    let mut tool = workspace::calling(program);
    tool.args(["mutants", "--package", "shared", "--test-tool", "cargo"]);
    tool.args(["--timeout", TIMEOUT_SECONDS, "--no-shuffle"]);
    tool.args(["--caught", "--unviable"]);
    tool.args(["--jobs", &options.jobs.to_string()]);
    tool.arg("--output").arg(target);
    // Each copy of the tree builds beside itself: in one folder the programs of two
    // mutants have one name, and the one is tested for the other.
    tool.env_remove("CARGO_TARGET_DIR");
    // By its name, which begins with its file: a file that is only named adds to those of
    // the list in `.cargo/mutants.toml` and leaves none of them out.
    for file in &options.files {
        tool.args(["--re", &format!("^{}:", file.replace('.', "\\."))]);
    }
    if let Some(shard) = options.shard {
        tool.args(["--shard", &shard.to_string(), "--sharding", "round-robin"]);
    }
    if options.only_list {
        tool.arg("--list");
    }
    tool
}

/// The tool, in its one version.
fn installed() -> Result<PathBuf> {
    let tools = workspace::root().join("target/tools");
    let program = tools.join("bin/cargo-mutants");
    for known in [PathBuf::from("cargo-mutants"), program.clone()] {
        if is_right(&known) {
            return Ok(known);
        }
    }
    println!("Installing cargo-mutants {VERSION} into target/tools, once.");
    let mut cargo = workspace::cargo();
    // It waits for cargo nearly all the time, so it need not be fast itself.
    cargo.args(["install", "cargo-mutants", "--debug", "--locked"]);
    cargo.args(["--version", VERSION]);
    cargo.arg("--root").arg(&tools);
    let ended = cargo.status().context("starting cargo")?;
    if !ended.success() {
        bail!("cargo-mutants {VERSION} could not be installed ({ended})");
    }
    Ok(program)
}

fn is_right(program: &Path) -> bool {
    let asked = Command::new(program)
        .args(["mutants", "--version"])
        .output();
    let right = format!("cargo-mutants {VERSION}");
    asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim() == right)
}

/// What became of the mutants.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    all: u64,
    caught: u64,
    unviable: u64,
    survived: u64,
    timed_out: u64,
}

impl Tally {
    fn read(json: &str) -> Result<Self> {
        let outcomes: Value = serde_json::from_str(json).context("reading outcomes.json")?;
        let count = |name: &str| {
            let count = outcomes.get(name).and_then(Value::as_u64);
            count.with_context(|| format!("outcomes.json says nothing of {name}"))
        };
        Ok(Self {
            all: count("total_mutants")?,
            caught: count("caught")?,
            unviable: count("unviable")?,
            survived: count("missed")?,
            timed_out: count("timeout")?,
        })
    }

    /// None was tried where the tests fail without a mutant: that is no success.
    fn judge(&self) -> Result<()> {
        let judged = self.caught + self.unviable + self.survived + self.timed_out;
        if judged != self.all {
            bail!("{} mutants were not judged; see above", self.all - judged);
        }
        if self.survived + self.timed_out > 0 {
            bail!("a mutant survived: a rule has no test; each is named above");
        }
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            all,
            caught,
            unviable,
            survived,
            timed_out,
        } = self;
        write!(
            f,
            "{all} mutants, {caught} caught, {unviable} unviable, {survived} survived"
        )?;
        if *timed_out > 0 {
            write!(f, ", {timed_out} did not end")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Options>, lexopt::Error> {
        Options::parse(lexopt::Parser::from_args(words))
    }

    #[test]
    fn files_a_share_and_jobs_are_passed_on() {
        let words = [
            "--file", "a.rs", "--file", "b.rs", "--shard", "3/20", "--jobs", "2",
        ];
        let options = parse(&words).unwrap().unwrap();
        let tool = called(Path::new("tool"), &options, Path::new("out"));
        let said: Vec<_> = tool.get_args().map(|word| word.to_string_lossy()).collect();
        let said = said.join(" ");
        assert!(
            said.contains(r"--re ^a\.rs: --re ^b\.rs: --shard 3/20"),
            "{said}"
        );
        assert!(said.contains("--jobs 2"), "{said}");
    }

    #[test]
    fn two_mutants_are_never_built_in_one_folder() {
        let options = parse(&[]).unwrap().unwrap();
        let tool = called(Path::new("tool"), &options, Path::new("out"));
        let shared = ("CARGO_TARGET_DIR".as_ref(), None);
        assert!(tool.get_envs().any(|env| env == shared));
    }

    #[test]
    fn a_share_that_does_not_exist_is_refused() {
        for wrong in ["20/20", "1", "a/b", "1/0", ""] {
            assert!(parse(&["--shard", wrong]).is_err(), "{wrong}");
        }
        assert!(parse(&["--files"]).is_err());
    }

    #[test]
    fn what_survives_or_never_ends_or_was_not_judged_is_no_success() {
        let tally = |survived, timed_out, all| {
            Tally::read(&format!(
                r#"{{"total_mutants": {all}, "caught": 7, "unviable": 1,
                    "missed": {survived}, "timeout": {timed_out}}}"#
            ))
            .unwrap()
        };
        let good = tally(0, 0, 8);
        assert!(good.judge().is_ok());
        assert_eq!(
            good.to_string(),
            "8 mutants, 7 caught, 1 unviable, 0 survived"
        );
        assert!(tally(1, 0, 9).judge().is_err());
        assert!(tally(0, 1, 9).judge().is_err());
        assert!(tally(0, 0, 9).judge().is_err());
        assert!(Tally::read("{}").is_err());
    }
}
