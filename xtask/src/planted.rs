//! `cargo xtask planted`: plants one bug at a time in the product's own code, and asks the
//! rig that is to catch it. What the bugs are stands in the crate `planted`. A rig that is
//! red without a bug proves nothing, so each is first run with none.

pub mod catcher;
pub mod build;
mod trial;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::time::Duration;

use ::planted::Bug;
use anyhow::{Context, Result, bail};
use lexopt::Arg;
use serde_json::{Value, json};

use crate::shard::Shard;
use crate::workspace;
use build::{Built, Scope};
use catcher::{Catcher, Rig, Verdict};
use trial::Trial;

/// The help of `cargo xtask planted`.
pub const HELP: &str = "\
cargo xtask planted [--only BUG]… [--rig RIG]… [--list]

Plants bugs in the product's own code, one at a time: each a mistake that a good engineer
might make, at the very line that keeps a rule. One build holds them all; which one is
planted is said when a rig starts, by the variable PLANTED. The rig that is to catch it
must find something wrong within a bounded effort, and must find nothing without it.

  --only BUG   only this one; may be said again
  --rig RIG    only those that this rig is to catch: sim, powercut, kills, abuse (every
               caller on every route) or test (a test by its name); may be said again
  --list       only lists them

Prints for each the rule that it breaks, whether it was caught, how soon and as what, and
writes planted.json into the target folder. `cargo ci` tries five, others after every
change of the product.
Exit codes: 0 each was caught · 1 one was not, or a rig could not do its work · 2 a word
was not understood";

/// How many `cargo ci` tries.
const SHARE: usize = 5;

/// What `cargo xtask planted` was asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    bugs: Vec<Bug>,
    only_list: bool,
    scope: Scope,
}

impl Options {
    /// Reads the words after `planted`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let (mut only, mut rigs, mut only_list) = (Vec::new(), Vec::new(), false);
        while let Some(word) = words.next()? {
            match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("only") => only.push(known(&mut words, "planted bug", Bug::named)?),
                Arg::Long("rig") => rigs.push(known(&mut words, "rig", Rig::named)?),
                Arg::Long("list") => only_list = true,
                other => return Err(other.unexpected()),
            }
        }
        let asked = |bug: &Bug| {
            let rig = Catcher::of(*bug).rig();
            (only.is_empty() || only.contains(bug)) && (rigs.is_empty() || rigs.contains(&rig))
        };
        Ok(Some(Self {
            bugs: Bug::ALL.iter().copied().filter(asked).collect(),
            only_list,
            scope: Scope::Alone,
        }))
    }

    /// Those that `cargo ci` tries after it has built everything: five, which follow from
    /// the product's sources.
    pub fn share() -> Result<Self> {
        let product = ["shared", "server", "agent", "kiosk"];
        let sources = product.map(|part| workspace::root().join(part).join("src"));
        let shares = u64::try_from(Bug::ALL.len().div_ceil(SHARE))?;
        Ok(Self {
            bugs: Shard::of_sources(&sources, shares)?.part(Bug::ALL),
            only_list: false,
            scope: Scope::InCi,
        })
    }
}

/// The next word's value, where it is one that is known.
fn known<T>(
    words: &mut lexopt::Parser,
    what: &str,
    named: impl FnOnce(&str) -> Option<T>,
) -> Result<T, lexopt::Error> {
    let name = words.value()?.to_string_lossy().into_owned();
    named(&name).ok_or_else(|| format!("there is no {what} {name}").into())
}

/// Plants them one after the other and says what became of each.
pub fn run(options: &Options) -> Result<()> {
    if options.only_list {
        for bug in &options.bugs {
            println!("{}\n    by {}", Named(*bug), Catcher::of(*bug));
        }
        return Ok(());
    }
    let built = Built::all(options.scope)?;
    require_green(&built, &options.bugs)?;
    println!("\nWith one planted each:");
    let mut tried = Vec::new();
    for bug in &options.bugs {
        let trial = Trial::run(&built, Catcher::of(*bug), Some(*bug))?;
        let it = Tried { bug: *bug, trial };
        println!("{it}");
        tried.push(it);
    }
    write_down(&tried)?;
    judge(&tried)
}

/// Runs each rig once without a bug.
fn require_green(built: &Built, bugs: &[Bug]) -> Result<()> {
    println!("Without a bug:");
    let catchers: BTreeSet<Catcher> = bugs.iter().map(|bug| Catcher::of(*bug)).collect();
    for catcher in catchers {
        let Trial { verdict, took, .. } = Trial::run(built, catcher, None)?;
        match verdict {
            Verdict::Green => println!("  green   {:>8}  {catcher}", seconds(took)),
            Verdict::Red(what) => bail!("{catcher} is red without any bug: {what}"),
            Verdict::Aborted(why) => bail!("{catcher} could not do its work: {why}"),
        }
    }
    Ok(())
}

/// A bug that was planted, and what its rig came to.
struct Tried {
    bug: Bug,
    trial: Trial,
}

impl Tried {
    const fn is_caught(&self) -> bool {
        matches!(self.trial.verdict, Verdict::Red(_))
    }

    /// In a word, and as what.
    fn told(&self) -> (&'static str, &str) {
        match &self.trial.verdict {
            Verdict::Red(what) => ("caught", what),
            Verdict::Green => ("SURVIVED", "its rig finds nothing wrong"),
            Verdict::Aborted(why) => ("ABORTED", why),
        }
    }

    fn json(&self) -> Value {
        let (word, named) = self.told();
        json!({
            "bug": self.bug.name(),
            "what": self.bug.what(),
            "rule": self.bug.rule(),
            "rig": Catcher::of(self.bug).rig().name(),
            "by": Catcher::of(self.bug).to_string(),
            "caught": self.is_caught(),
            "outcome": word.to_lowercase(),
            "named": named,
            "effort": self.trial.effort,
            "seconds": self.trial.took.as_secs_f64(),
        })
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, named) = self.told();
        let Trial { effort, took, .. } = &self.trial;
        let (catcher, took) = (Catcher::of(self.bug), seconds(*took));
        writeln!(f, "{}", Named(self.bug))?;
        writeln!(f, "    {word:<8} {took:>8}, {effort}, by {catcher}")?;
        write!(f, "    {named}")
    }
}

/// A bug with its rule, and what is broken.
struct Named(Bug);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bug = self.0;
        write!(f, "{:<6} {:<20} {}", bug.rule(), bug.name(), bug.what())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn write_down(tried: &[Tried]) -> Result<()> {
    let path = workspace::target().join("planted.json");
    let rows: Vec<Value> = tried.iter().map(Tried::json).collect();
    let text = serde_json::to_string_pretty(&json!({ "planted": rows }))?;
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

fn judge(tried: &[Tried]) -> Result<()> {
    let caught = tried.iter().filter(|it| it.is_caught()).count();
    let spent: Duration = tried.iter().map(|it| it.trial.took).sum();
    println!(
        "\n{} planted bugs, {caught} caught, in {}",
        tried.len(),
        seconds(spent)
    );
    let missed = tried.iter().filter(|it| !it.is_caught());
    let missed: Vec<&str> = missed.map(|it| it.bug.name()).collect();
    if missed.is_empty() {
        return Ok(());
    }
    bail!("not caught: {}", missed.join(", "))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Options>, lexopt::Error> {
        Options::parse(lexopt::Parser::from_args(words))
    }

    #[test]
    fn without_a_word_every_bug_is_planted() {
        assert_eq!(parse(&[]).unwrap().unwrap().bugs, Bug::ALL);
    }

    #[test]
    fn a_bug_and_a_rig_are_asked_for_by_name() {
        let only = ["--only", "SkipNonce", "--only", "SkipIdCheck"];
        let only = parse(&only).unwrap().unwrap().bugs;
        assert_eq!(only, [Bug::SkipNonce, Bug::SkipIdCheck]);
        let rig = parse(&["--rig", "kills"]).unwrap().unwrap().bugs;
        assert_eq!(rig, [Bug::UnlinkedReceipt]);
    }

    #[test]
    fn a_name_that_is_not_known_is_refused_and_said() {
        for wrong in [["--only", "Skip"], ["--rig", "sims"]] {
            let why = parse(&wrong).unwrap_err().to_string();
            assert!(why.contains(wrong[1]), "{why}");
        }
        assert!(parse(&["--seeds", "3"]).is_err());
    }

    #[test]
    fn the_share_of_a_check_is_five_of_different_rigs() {
        let share = Options::share().unwrap();
        assert_eq!((share.bugs.len(), share.scope), (SHARE, Scope::InCi));
        let of = u64::try_from(Bug::ALL.len().div_ceil(SHARE)).unwrap();
        for which in 0..of {
            let drawn: Shard = format!("{which}/{of}").parse().unwrap();
            let bugs = drawn.part(Bug::ALL);
            let rigs: BTreeSet<_> = bugs
                .iter()
                .map(|bug| Catcher::of(*bug).rig().name())
                .collect();
            assert!(rigs.len() > 1, "share {which} tries {rigs:?} alone");
        }
    }

    #[test]
    fn only_what_its_rig_found_is_caught() {
        let tried = |verdict| Tried {
            bug: Bug::SkipNonce,
            trial: Trial {
                verdict,
                effort: "1 test".to_owned(),
                took: Duration::from_millis(1_250),
            },
        };
        let caught = tried(Verdict::Red("it was taken".to_owned()));
        assert!(caught.to_string().contains("caught     1.25 s, 1 test"));
        assert!(judge(&[caught]).is_ok());
        let survived = judge(&[tried(Verdict::Green)]).unwrap_err();
        assert_eq!(survived.to_string(), "not caught: SkipNonce");
        assert!(judge(&[tried(Verdict::Aborted("no room".to_owned()))]).is_err());
    }
}
