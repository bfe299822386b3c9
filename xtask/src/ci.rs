//! `cargo ci`: what a change must pass, step by step, each with its time.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use lexopt::Arg;

use crate::shard::Shard;
use crate::{mutants, packages, planted, workspace};

/// What `cargo ci` was asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// Only the steps of these names; all where empty.
    only: Vec<String>,
}

impl Options {
    /// Reads the words after `ci`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut only = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Value(name) if is_step(&name.to_string_lossy()) => {
                    only.push(name.to_string_lossy().into_owned());
                }
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(Self { only }))
    }

    fn wants(&self, step: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == step)
    }
}

/// A step.
struct Step {
    name: &'static str,
    what: &'static str,
    does: Does,
}

/// What a step does.
enum Does {
    /// Installs what is missing.
    Packages,
    /// One call of cargo.
    Cargo {
        words: &'static [&'static str],
        env: &'static [(&'static str, &'static str)],
    },
    /// As `Cargo`, and what its tests came to is said once more.
    Tests { words: &'static [&'static str] },
    /// A share of the planted bugs.
    Planted,
    /// A share of the mutants of the rules.
    Mutants,
}

/// Of so many shares of the mutants one is tried: it costs a few minutes.
const MUTANT_SHARES: u64 = 20;

/// Every step names the same features and targets, so that no dependency is
/// compiled a second time with others. All targets at the build, because the
/// features of test-only dependencies are otherwise left out and come in later.
const STEPS: [Step; 8] = [
    Step {
        name: "packages",
        what: "the system packages the build and the tests need",
        does: Does::Packages,
    },
    Step {
        name: "format",
        what: "every file is formatted",
        does: Does::Cargo {
            words: &["fmt", "--all", "--check"],
            env: &[],
        },
    },
    Step {
        name: "lints",
        what: "clippy has nothing to say",
        does: Does::Cargo {
            words: &[
                "clippy",
                "--locked",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--",
                "-D",
                "warnings",
            ],
            env: &[],
        },
    },
    Step {
        name: "build",
        what: "the programs that the tests start, and the tests",
        does: Does::Cargo {
            words: &[
                "build",
                "--locked",
                "--workspace",
                "--all-targets",
                "--all-features",
            ],
            env: &[],
        },
    },
    Step {
        name: "test",
        what: "all tests, and a share of every rig",
        does: Does::Tests {
            words: &[
                "test",
                "--locked",
                "--workspace",
                "--all-features",
                "--no-fail-fast",
            ],
        },
    },
    Step {
        name: "planted",
        what: "five planted bugs are caught, others after every change of the product",
        does: Does::Planted,
    },
    Step {
        name: "mutants",
        what: "one in twenty mutants of the rules, others after every change of the rules",
        does: Does::Mutants,
    },
    Step {
        name: "documentation",
        what: "it builds without a warning",
        does: Does::Cargo {
            words: &[
                "doc",
                "--locked",
                "--workspace",
                "--all-features",
                "--no-deps",
            ],
            env: &[("RUSTDOCFLAGS", "-D warnings")],
        },
    },
];

fn is_step(name: &str) -> bool {
    STEPS.iter().any(|step| step.name == name)
}

/// The help of `cargo ci`, with its steps.
pub fn help() -> String {
    let line = |step: &Step| format!("  {:<15} {}", step.name, step.what);
    let steps: Vec<String> = STEPS.iter().map(line).collect();
    format!(
        "cargo ci [STEP…]\n\nWhat a change must pass. Without a word all steps run, in this order:\n{}\n\n\
         It stops at the first step that fails and names it.\n\
         Exit codes: 0 all passed · 1 a step failed · 2 something is missing on this machine",
        steps.join("\n")
    )
}

/// Runs the steps and prints their times.
pub fn run(options: &Options) -> Result<()> {
    let mut times = Times::default();
    let outcome = run_steps(options, &mut times);
    println!("\n{times}");
    outcome
}

fn run_steps(options: &Options, times: &mut Times) -> Result<()> {
    for step in STEPS.iter().filter(|step| options.wants(step.name)) {
        times.of(step.name, || step.run())?;
    }
    Ok(())
}

impl Step {
    fn run(&self) -> Result<()> {
        println!("\n── {}: {}", self.name, self.what);
        let again = || format!("Again, alone: cargo ci {}", self.name);
        let status = match self.does {
            Does::Packages => return packages::ensure(&packages::ci()),
            Does::Planted => return catch_planted().with_context(again),
            Does::Mutants => return try_mutants().with_context(again),
            Does::Cargo { words, env } => called(words, env).status().context("starting cargo")?,
            Does::Tests { words } => run_tests(&mut called(words, &[]))?,
        };
        if status.success() {
            return Ok(());
        }
        bail!("the step “{}” failed ({status}). {}", self.name, again())
    }
}

fn called(words: &[&str], env: &[(&str, &str)]) -> Command {
    println!("   cargo {}", words.join(" "));
    let mut cargo = workspace::cargo();
    cargo.args(words).envs(env.iter().copied());
    cargo
}

fn catch_planted() -> Result<()> {
    planted::run(&planted::Options::share()?)
}

fn try_mutants() -> Result<()> {
    let rules = [workspace::root().join("shared/src")];
    let shard = Shard::of_sources(&rules, MUTANT_SHARES)?;
    mutants::run(&mutants::Options::share(shard))
}

/// Runs the tests, passing on what they print, and prints their closing lines once more.
fn run_tests(cargo: &mut Command) -> Result<ExitStatus> {
    let mut running = cargo
        .stdout(Stdio::piped())
        .spawn()
        .context("starting cargo test")?;
    let said = running.stdout.take().context("cargo test has no output")?;
    let Passed { closing, skipped } = pass_on(BufReader::new(said), &mut io::stdout())?;
    let status = running.wait().context("waiting for cargo test")?;
    println!("\nThe test runner's closing lines:");
    for line in &closing {
        println!("  {line}");
    }
    println!("  {}", sum(&closing)?);
    println!("  not tried on this machine: {}", skipped.len());
    for why in skipped.iter().collect::<BTreeSet<_>>() {
        println!("    {why}");
    }
    Ok(status)
}

/// What of the tests' output is said once more.
struct Passed {
    /// The runner's closing lines.
    closing: Vec<String>,
    /// What a test says of itself that could not be tried, with its reason.
    skipped: Vec<String>,
}

const SKIPPED: &str = "skipped: ";

fn pass_on(said: impl BufRead, to: &mut impl Write) -> Result<Passed> {
    let (mut closing, mut skipped) = (Vec::new(), Vec::new());
    for line in said.lines() {
        let line = line.context("reading what the tests print")?;
        writeln!(to, "{line}").context("passing on what the tests print")?;
        // The runner may have begun a line of its own.
        if let Some((_, why)) = line.split_once(SKIPPED) {
            skipped.push(why.to_owned());
        }
        if line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed; 0 ignored") {
            closing.push(line);
        }
    }
    Ok(Passed { closing, skipped })
}

fn sum(closing: &[String]) -> Result<String> {
    let mut sums = [0; 3];
    for line in closing {
        for (sum, word) in sums.iter_mut().zip(["passed", "failed", "ignored"]) {
            *sum += count(line, word).with_context(|| format!("no count of {word} in: {line}"))?;
        }
    }
    let [passed, failed, ignored] = sums;
    Ok(format!(
        "together: {passed} passed; {failed} failed; {ignored} ignored"
    ))
}

/// The number before `word` in a closing line.
fn count(line: &str, word: &str) -> Result<u32> {
    let words: Vec<&str> = line
        .split([' ', ';'])
        .filter(|word| !word.is_empty())
        .collect();
    let at = words
        .iter()
        .position(|it| *it == word)
        .ok_or_else(|| anyhow!("the word is not there"))?;
    let before = at.checked_sub(1).map_or("", |at| words[at]);
    before.parse().context("not a number")
}

/// How long each step took and whether it passed.
#[derive(Default)]
struct Times(Vec<(&'static str, Duration, bool)>);

impl Times {
    fn of(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        let started = Instant::now();
        let outcome = step();
        self.0.push((name, started.elapsed(), outcome.is_ok()));
        outcome
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, took, passed) in &self.0 {
            let word = if *passed { "passed" } else { "FAILED" };
            writeln!(f, "  {name:<15} {word}  {:>8}", minutes(*took))?;
        }
        let all = self.0.iter().map(|(_, took, _)| *took).sum();
        write!(f, "  {:<15}         {:>8}", "all", minutes(all))
    }
}

fn minutes(time: Duration) -> String {
    let tenths = time.as_millis() / 100;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Options>, lexopt::Error> {
        Options::parse(lexopt::Parser::from_args(words))
    }

    #[test]
    fn without_a_word_every_step_runs() {
        let options = parse(&[]).unwrap().unwrap();
        assert!(STEPS.iter().all(|step| options.wants(step.name)));
    }

    #[test]
    fn a_named_step_runs_alone() {
        let options = parse(&["lints"]).unwrap().unwrap();
        assert!(options.wants("lints") && !options.wants("test") && !options.wants("packages"));
    }

    #[test]
    fn a_step_that_does_not_exist_is_refused() {
        assert!(parse(&["lint"]).is_err());
        assert!(parse(&["--fast"]).is_err());
    }

    #[test]
    fn the_help_names_every_step() {
        let help = help();
        assert!(STEPS.iter().all(|step| help.contains(step.name)));
    }

    #[test]
    fn a_step_that_fails_is_in_the_table_and_ends_the_run() {
        let mut times = Times::default();
        times.of("format", || Ok(())).unwrap();
        times.of("lints", || bail!("no")).unwrap_err();
        let table = times.to_string();
        assert!(table.contains("format          passed"), "{table}");
        assert!(table.contains("lints           FAILED"), "{table}");
    }

    #[test]
    fn what_could_not_be_tried_is_counted_with_its_reason() {
        let said = "skipped: only root mounts\ntest a ... skipped: no btrfs\ntest b ... ok\n";
        let passed = pass_on(said.as_bytes(), &mut Vec::new()).unwrap();
        assert_eq!(passed.skipped, ["only root mounts", "no btrfs"]);
    }

    #[test]
    fn closing_lines_are_kept_and_added_up() {
        let said = "running 2 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        let mut shown = Vec::new();
        let closing = pass_on(said.as_bytes(), &mut shown).unwrap().closing;
        assert_eq!(shown, said.as_bytes());
        assert_eq!(closing.len(), 2);
        assert_eq!(
            sum(&closing).unwrap(),
            "together: 7 passed; 1 failed; 0 ignored"
        );
    }

    #[test]
    fn times_read_as_minutes_and_seconds() {
        assert_eq!(minutes(Duration::from_millis(125_450)), "2:05.4");
    }
}
