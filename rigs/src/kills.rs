//! The agent is ended with SIGKILL at moments that nobody chose, again and again: real
//! programs, a real server, a tablet that is a folder. What a power cut keeps of unsynced
//! writes is tried elsewhere; here the kernel keeps all that was written, and the question
//! is whether the two roles find their way back from wherever they were.

mod library;
mod tablet;
mod check;

use std::{fmt, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use xtask::programs::Programs;

use crate::dice::Dice;
use check::Seen;
use library::Library;
use tablet::{Aim, Killed, Tablet, Waited};

/// The programs that are needed.
pub const PROGRAMS: [&str; 2] = ["tablet-server", "tablet-agent"];

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many kills.
    pub rounds: u32,
    /// What is drawn.
    pub seed: u64,
}

/// What was done, as far as nothing was violated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Kills of both roles at once.
    pub both: u32,
    /// Kills of `run` alone, while `reset` goes on or not.
    pub run: u32,
    /// Kills of `reset` alone.
    pub reset: u32,
    /// Kills while an order was at work.
    pub in_reset: u32,
    /// Kills between the receipt and the server's word on it.
    pub unanswered: u32,
    /// How often somebody tampered with the home of a tablet that was off.
    pub tampered: u32,
    /// Loans from check out to proof.
    pub loans: u32,
    /// Loans after which the tablet made new keys of its own.
    pub renewed: u32,
}

impl Report {
    /// How many kills.
    pub const fn kills(&self) -> u32 {
        self.both + self.run + self.reset
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            both,
            run,
            reset,
            in_reset,
            unanswered,
            tampered,
            loans,
            renewed,
        } = self;
        write!(
            f,
            "{} kills ({both} of both roles, {run} of `run`, {reset} of `reset`), {in_reset} while a \
             reset was at work and {unanswered} before its receipt was answered; {tampered} homes \
             tampered with; {loans} loans, each proven once, {renewed} with new keys",
            self.kills()
        )
    }
}

/// How long a loan may take from check out to proof, beside the kills on the way.
const PATIENCE: Duration = Duration::from_mins(2);

/// Kills until there were as many as asked; what is kept lies below `folder`.
///
/// # Errors
/// Something was violated, or the rig itself failed.
pub fn run(
    options: Options,
    programs: Programs,
    folder: &Path,
    mut say: impl FnMut(&Report),
) -> Result<Report> {
    let mut dice = Dice::new(options.seed);
    let agent = programs.path("tablet-agent")?.to_owned();
    let library = Library::open(programs, folder)?;
    let mut rig = Rig {
        tablet: Tablet::of(agent, library.tablet_folder(), folder)?,
        seen: Seen::default(),
        report: Report::default(),
        library,
        options,
    };
    rig.until_proven(None)?;
    while rig.report.kills() < options.rounds {
        let at = rig.report.kills();
        rig.loan(&mut dice)
            .with_context(|| format!("seed {}, after kill {at}", options.seed))?;
        say(&rig.report);
    }
    rig.end()
}

struct Rig {
    library: Library,
    tablet: Tablet,
    seen: Seen,
    report: Report,
    options: Options,
}

impl Rig {
    /// From check out to proof, with kills on the way.
    fn loan(&mut self, dice: &mut Dice) -> Result<()> {
        let before = self.library.position()?;
        self.library.desk.check_out()?;
        self.until(Some(dice), |rig| rig.tablet.is_on_loan())?;
        self.tablet.use_home()?;
        let renews = dice.one_in(3);
        if renews {
            self.library.renew_keys()?;
        }
        self.library.desk.take_back()?;
        self.until_proven(Some(dice))?;
        self.library.happened_once(before, renews)?;
        self.report.loans += 1;
        self.report.renewed += u32::from(renews);
        Ok(())
    }

    /// The server and the gate say "ready", and they are right.
    fn until_proven(&mut self, dice: Option<&mut Dice>) -> Result<()> {
        self.until(dice, |rig| {
            Ok(rig.library.desk.word()? == "ready" && rig.tablet.is_ready()?)
        })?;
        self.look()
    }

    /// Kills and starts again until it is so; without dice nobody kills.
    fn until(
        &mut self,
        mut dice: Option<&mut Dice>,
        is_so: impl Fn(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let mut left = PATIENCE;
        loop {
            let may_kill = self.report.kills() < self.options.rounds;
            let aim = dice.as_deref_mut().filter(|_| may_kill).map(Aim::drawn);
            let within = aim.as_ref().map_or(LOOK, |aim| aim.after);
            left = left.saturating_sub(within);
            ensure!(!left.is_zero(), "it does not come to an end");
            let waited = self.tablet.runs_for(within)?;
            if is_so(self)? {
                return Ok(());
            }
            if let (Waited::StillRuns, Some(aim), Some(dice)) = (waited, aim, dice.as_deref_mut()) {
                self.kill(aim, dice)?;
            }
        }
    }

    fn kill(&mut self, aim: Aim, dice: &mut Dice) -> Result<()> {
        match self.tablet.kill(aim.whom)? {
            Killed::Both => self.report.both += 1,
            Killed::Run => self.report.run += 1,
            Killed::Reset => self.report.reset += 1,
        }
        self.look()?;
        // Asked first: what is at work may end before anything else is asked.
        let is_off = self.tablet.is_off()?;
        let at_work = self.tablet.order_at_work()?;
        self.report.in_reset += u32::from(at_work.is_some());
        self.report.unanswered += u32::from(self.tablet.is_unanswered()?);
        // Once it is proven, whoever has the tablet in hand could do anything to it.
        if is_off && at_work.is_some() && dice.one_in(2) {
            self.tablet.tamper(dice)?;
            self.report.tampered += 1;
        }
        Ok(())
    }

    /// What must hold whatever happened.
    fn look(&mut self) -> Result<()> {
        self.seen.look(&self.tablet)?;
        check::open_only_if_right(&self.tablet, &self.library)
    }

    fn end(mut self) -> Result<Report> {
        self.tablet.stop()?;
        self.seen.look(&self.tablet)?;
        let proofs = self.seen.verified();
        self.library.holds(proofs, self.report.loans + 1)?;
        Ok(self.report)
    }
}

/// How often what is waited for is looked at while nobody kills.
const LOOK: Duration = Duration::from_millis(30);
