//! Which rig is to catch which planted bug, how the rig is called for it, and what its end
//! means. A rig that could not do its work has caught nothing.

use std::fmt;

use ::planted::Bug;

/// Seeds of the simulation, and images of a power cut, within which a bug must show.
const SEEDS: u64 = 60;
const IMAGES: u64 = 100;

/// A rig, as `--rig` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rig {
    /// The simulation.
    Sim,
    /// Power cuts.
    Powercut,
    /// The agent ended at any moment.
    Kills,
    /// Every caller on every route.
    Abuse,
    /// A test by its name.
    Test,
}

impl Rig {
    /// Every one of them.
    pub const ALL: [Self; 5] = [
        Self::Sim,
        Self::Powercut,
        Self::Kills,
        Self::Abuse,
        Self::Test,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sim => "sim",
            Self::Powercut => "powercut",
            Self::Kills => "kills",
            Self::Abuse => "abuse",
            Self::Test => "test",
        }
    }

    /// The rig of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rig| rig.name() == name)
    }
}

/// A program that cargo builds: a package's own, or one of its tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// Its package's folder.
    pub folder: &'static str,
    /// Its target's name.
    pub target: &'static str,
    /// Whether it is a program of tests.
    pub tests: bool,
}

const fn program(folder: &'static str, target: &'static str, tests: bool) -> Program {
    Program {
        folder,
        target,
        tests,
    }
}

const SIM: Program = program("rigs", "sim", false);
const POWERCUT: Program = program("rigs", "powercut", false);
const KILLS: Program = program("rigs", "kills", true);
const SERIES: Program = program("rigs", "series", true);
const ROUTES: Program = program("server", "http", true);
const SHARED: Program = program("shared", "shared", true);
const RULES: Program = program("shared", "model", true);
const SERVER: Program = program("server", "server", true);
const AGENT: Program = program("agent", "agent", true);

/// A rig and what of it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Catcher {
    /// The simulation, seed after seed.
    Sim,
    /// One story of the power cut rig, by its seed.
    Powercut(u64),
    /// A test of a program of tests, by its path in it.
    Test(Program, &'static str),
}

/// A story of the server's store, and one of a kiosk's.
const OF_SERVER: Catcher = Catcher::Powercut(0);
const OF_KIOSK: Catcher = Catcher::Powercut(1);

impl Catcher {
    /// The one that is to catch this bug.
    pub const fn of(bug: Bug) -> Self {
        match bug {
            Bug::ResetWithoutPresence
            | Bug::HoldForAnybody
            | Bug::OneOperatorWipes
            | Bug::OrderNumberStands
            | Bug::SkipIdCheck
            | Bug::ThanksTooEarly
            | Bug::StaleRow => Self::Sim,
            Bug::SyncNormal => OF_SERVER,
            Bug::KioskSyncNormal | Bug::CursorFirst | Bug::BorrowerKept => OF_KIOSK,
            Bug::UnlinkedReceipt => Self::Test(
                KILLS,
                "r11_an_agent_killed_at_any_moment_is_never_ready_wrongly_and_loses_no_receipt",
            ),
            Bug::SkipSignIn | Bug::FormsFromElsewhere => Self::Test(
                ROUTES,
                "routes::every_route_refuses_who_comes_without_its_credential",
            ),
            Bug::ReplayedRequest => {
                Self::Test(ROUTES, "routes::a_request_that_was_sent_before_is_refused")
            }
            Bug::DropLoanIndex => Self::Test(
                SERVER,
                "store::tests::loop_of_a_tablet::r1_an_open_loan_behind_the_servers_back_is_found_by_the_index",
            ),
            Bug::UnboundedQueue => Self::Test(
                SERVER,
                "writer::tests::r16_a_full_queue_is_said_at_once_and_what_waits_is_still_done",
            ),
            Bug::UnchainedLog => Self::Test(
                SERVER,
                "store::tests::replay::an_entry_that_was_altered_with_its_own_link_shows_at_the_one_after_it",
            ),
            Bug::SetBackForNo => Self::Test(
                SERIES,
                "r6_a_kiosk_whose_disk_is_set_back_tells_everything_again_and_nothing_happens_twice",
            ),
            Bug::RefusesUnknownHands => Self::Test(
                SERVER,
                "store::tests::once::r3_a_return_by_somebody_who_may_not_act_here_is_taken_as_nobodys",
            ),
            Bug::LateReturnEndsLoan => Self::Test(
                RULES,
                "rules::r6_a_late_offline_return_never_closes_somebody_elses_loan",
            ),
            Bug::DueDayInUtc => Self::Test(
                RULES,
                "lending::r8_three_weeks_are_counted_in_london_days_across_both_clock_changes",
            ),
            Bug::SkipNonce => Self::Test(
                RULES,
                "rules::r2_a_receipt_that_differs_in_any_point_never_frees_a_tablet",
            ),
            Bug::StaleCode => Self::Test(
                SHARED,
                "signed::presence::tests::r19_a_code_is_taken_while_it_is_shown_and_refused_a_minute_later",
            ),
            Bug::SkipVerify => Self::Test(
                AGENT,
                "reset::tests::verification_finds_every_kind_of_difference",
            ),
            Bug::AcceptsReplay => Self::Test(
                AGENT,
                "orders::tests::an_order_whose_number_is_not_greater_is_a_replay_unless_it_is_the_same",
            ),
            Bug::SkipSignature => Self::Test(
                AGENT,
                "orders::tests::an_order_signed_with_another_key_does_nothing",
            ),
            Bug::GateOpenUnanswered => Self::Test(
                AGENT,
                "gate::tests::without_the_servers_word_that_it_took_this_very_receipt_it_stays_shut",
            ),
            Bug::JournalUnsynced => Self::Test(
                AGENT,
                "disk::slots::tests::after_a_power_cut_at_any_moment_the_record_is_the_last_saved_or_the_next",
            ),
            Bug::KeyLeft => Self::Test(
                AGENT,
                "reset::loan_key::tests::a_key_is_kept_until_it_is_erased_and_every_byte_counts_for_it",
            ),
        }
    }

    /// Its rig.
    pub fn rig(self) -> Rig {
        match self {
            Self::Sim => Rig::Sim,
            Self::Powercut(_) => Rig::Powercut,
            Self::Test(KILLS, _) => Rig::Kills,
            Self::Test(ROUTES, _) => Rig::Abuse,
            Self::Test(..) => Rig::Test,
        }
    }

    /// Its program.
    pub const fn program(self) -> Program {
        match self {
            Self::Sim => SIM,
            Self::Powercut(_) => POWERCUT,
            Self::Test(program, _) => program,
        }
    }

    /// What its program is told.
    pub fn words(self) -> Vec<String> {
        let words = match self {
            Self::Sim => format!("--first --seeds {SEEDS}"),
            Self::Powercut(seed) => format!("--images {IMAGES} --seed {seed}"),
            Self::Test(_, name) => format!("--exact {name}"),
        };
        words.split(' ').map(str::to_owned).collect()
    }

    /// What came of a run that ended with this code and said this.
    pub fn judge(self, code: Option<i32>, said: &str) -> Verdict {
        let verdict = match self {
            Self::Sim => by_code(code, || line(said, "seed ")),
            Self::Powercut(_) => by_code(code, || behind(said, "VIOLATION", 2)),
            Self::Test(KILLS, _) => of_tests(code, said).map(|it| after_a_kill(it, said)),
            Self::Test(..) => of_tests(code, said),
        };
        let last = said.lines().rfind(|line| !line.is_empty());
        verdict.unwrap_or_else(|| Verdict::Aborted(last.unwrap_or("without a word").to_owned()))
    }

    /// How much was tried, in a word.
    pub fn effort(self, said: &str) -> String {
        match self {
            Self::Sim => said
                .lines()
                .rfind(|line| line.ends_with(" seeds"))
                .unwrap_or("no seed")
                .to_owned(),
            Self::Powercut(_) => format!("{IMAGES} images"),
            Self::Test(..) => "1 test".to_owned(),
        }
    }
}

impl fmt::Display for Catcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sim => write!(f, "sim, seeds 0 to {}", SEEDS - 1),
            Self::Powercut(seed) => write!(f, "powercut, {IMAGES} images of seed {seed}"),
            Self::Test(_, name) => {
                let name = name.rsplit("::").next().unwrap_or(name);
                write!(f, "{}, {name}", self.rig().name())
            }
        }
    }
}

/// What a run of a rig came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It found nothing wrong.
    Green,
    /// It found this.
    Red(String),
    /// It could not do its work, and shows nothing.
    Aborted(String),
}

fn by_code(code: Option<i32>, named: impl FnOnce() -> Option<String>) -> Option<Verdict> {
    match code {
        Some(0) => Some(Verdict::Green),
        Some(1) => named().map(Verdict::Red),
        Some(_) | None => None,
    }
}

/// The test runner counts what it ran: of the one test that was meant, and no other.
fn of_tests(code: Option<i32>, said: &str) -> Option<Verdict> {
    let result = line(said, "test result: ")?;
    if code == Some(0) && result.contains("ok. 1 passed; 0 failed") {
        return Some(Verdict::Green);
    }
    let failed = code == Some(101) && result.contains("FAILED. 0 passed; 1 failed");
    let named = || behind(said, " panicked at ", 1).or_else(|| line(said, "Error: "));
    failed.then(named).flatten().map(Verdict::Red)
}

/// That rig says after which kill something was violated; what goes wrong before any kill
/// is its own trouble.
fn after_a_kill(verdict: Verdict, said: &str) -> Verdict {
    match verdict {
        Verdict::Red(what) if what.contains(", after kill ") => {
            let causes = said
                .lines()
                .skip_while(|line| *line != "Caused by:")
                .skip(1);
            let causes = causes.map_while(|line| line.strip_prefix("    "));
            let words: Vec<&str> = std::iter::once(&*what).chain(causes).collect();
            Verdict::Red(words.join("; "))
        }
        Verdict::Red(why) => Verdict::Aborted(why),
        Verdict::Green | Verdict::Aborted(_) => verdict,
    }
}

fn line(said: &str, begins: &str) -> Option<String> {
    let found = said.lines().find(|line| line.starts_with(begins));
    found.map(str::to_owned)
}

/// The line so many below the first that has these words.
fn behind(said: &str, words: &str, below: usize) -> Option<String> {
    let mut lines = said.lines().skip_while(|line| !line.contains(words));
    lines.nth(below).map(|line| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rig_is_to_catch_some_bug_and_is_found_by_its_name() {
        for rig in Rig::ALL {
            assert_eq!(Rig::named(rig.name()), Some(rig));
            let mut catchers = Bug::ALL.iter().map(|bug| Catcher::of(*bug).rig());
            assert!(catchers.any(|it| it == rig), "{}", rig.name());
        }
    }

    #[test]
    fn a_rig_is_red_only_where_it_names_what_it_found() {
        let sim = Catcher::Sim;
        let broken = "seed 3: R4 is broken at 1 d: twice\n4 seeds\n";
        let named = "seed 3: R4 is broken at 1 d: twice".to_owned();
        assert_eq!(sim.judge(Some(1), broken), Verdict::Red(named));
        assert_eq!(sim.effort(broken), "4 seeds");
        assert_eq!(sim.judge(Some(0), "60 seeds\n"), Verdict::Green);
        for code in [Some(1), Some(2), Some(3), None] {
            let aborted = Verdict::Aborted("the rig itself failed: no room".to_owned());
            assert_eq!(sim.judge(code, "the rig itself failed: no room\n"), aborted);
        }
    }

    #[test]
    fn a_power_cut_names_its_violation() {
        let said = "\nVIOLATION  kiosk, seed 1\n  after act 3\n  lost: 2 of 3\n  again: …\n";
        let red = Verdict::Red("lost: 2 of 3".to_owned());
        assert_eq!(Catcher::Powercut(1).judge(Some(1), said), red);
    }

    #[test]
    fn the_rig_that_kills_is_red_only_after_a_kill() {
        let kills = Catcher::of(Bug::UnlinkedReceipt);
        let said = |what: &str| {
            format!(
                "thread 'r11' (7) panicked at kills.rs:16:1:\nan `Err` value: {what}\n\n\
                 Caused by:\n    0: the gate is open\n    1: home/a is not of the image\n\n\
                 test result: FAILED. 0 passed; 1 failed; 0 ignored\n"
            )
        };
        let red = kills.judge(Some(101), &said("seed 1, after kill 3"));
        let named = "an `Err` value: seed 1, after kill 3; 0: the gate is open; \
                     1: home/a is not of the image";
        assert_eq!(red, Verdict::Red(named.to_owned()));
        let aborted = kills.judge(Some(101), &said("tablet-server is not built"));
        assert!(matches!(aborted, Verdict::Aborted(_)));
    }

    #[test]
    fn a_test_is_red_only_if_it_ran_and_failed() {
        let test = Catcher::of(Bug::SkipNonce);
        let ok = "running 1 test\ntest result: ok. 1 passed; 0 failed; 0 ignored\n";
        assert_eq!(test.judge(Some(0), ok), Verdict::Green);
        let failed = "thread 'rules' (7) panicked at rules.rs:5:1:\nit was taken\n\n\
            test result: FAILED. 0 passed; 1 failed; 0 ignored\n";
        let red = Verdict::Red("it was taken".to_owned());
        assert_eq!(test.judge(Some(101), failed), red);
        let none = "running 0 tests\ntest result: ok. 0 passed; 0 failed; 0 ignored\n";
        for (code, said) in [(Some(0), none), (None, failed), (Some(101), "")] {
            assert!(
                matches!(test.judge(code, said), Verdict::Aborted(_)),
                "{said}"
            );
        }
    }
}
