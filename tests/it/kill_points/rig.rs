//! The rig: a whole library of real programs, a person at the counter who looks
//! at each screen and does what it asks for, and whoever restarts what was killed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use server::store::{Reader, Settings};
use shared::event::{Event, Recorded};
use shared::policy::Policy;
use shared::tablet::{Reset, StateWord, Tablet};
use tempfile::TempDir;
use tests::programs;
use xtask::children::{Children, Trouble};
use xtask::programs::Programs;
use xtask::round::use_it;
use xtask::world::{self, CARD, Face, World};

/// The tablet that goes round.
const NUMBER: &str = "WGN-001";
/// How long a program may take for what the test waits for.
const WITHIN: Duration = Duration::from_secs(90);
/// How long one look at the programs lasts.
const LOOK: Duration = Duration::from_millis(150);
/// After this long the person does again what a screen asks for.
const PATIENCE: Duration = Duration::from_secs(4);

/// A program that can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Server,
    Agent,
    Kiosk,
}

impl Target {
    /// The program that a kill point belongs to.
    pub fn of(point: &str) -> Option<Self> {
        match point.split_once(':')?.0 {
            "server" => Some(Self::Server),
            "agent" => Some(Self::Agent),
            "kiosk" => Some(Self::Kiosk),
            _ => None,
        }
    }
}

/// Whether the server is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// It is started again whenever it ends.
    Stays,
    /// It goes just before the next hand over.
    GoesAway,
    /// It is gone.
    Away,
}

/// What the person at the counter is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    CheckOut,
    StaffedReturn,
    SelfReturn,
}

pub struct Rig {
    world: World,
    screen: Option<(Value, Instant)>,
    badge: String,
    /// Whether the server is there.
    server: Server,
    _folder: TempDir,
}

impl Rig {
    /// Starts everything and waits for the tablet's first proof.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let found = ["tablet-server", "tablet-agent", "tablet-kiosk"]
            .map(|name| programs::path(name).map(|path| (name.to_owned(), path)));
        let found = found.into_iter().collect::<Result<Vec<_>>>()?;
        let data = folder.path().to_owned();
        let children = Children::new(&data.join("log"))?;
        let mut world = World::new(Programs::found(found), data, children)?;
        world.furnish(0)?;
        let badge = world.badge()?;
        world.start_server(None)?;
        world.enrol_tablet(NUMBER, &world.tablet_code(NUMBER)?, None)?;
        world.make_shelf(Some(NUMBER))?;
        world.enrol_kiosk(&world.kiosk_code()?, None)?;
        let screen = None;
        let mut rig = Self {
            world,
            screen,
            badge,
            server: Server::Stays,
            _folder: folder,
        };
        rig.start_program(Target::Agent, None)?;
        rig.start_program(Target::Kiosk, None)?;
        rig.until("the first proof", |rig| {
            Ok(rig.word(NUMBER)? == StateWord::Ready)
        })?;
        Ok(rig)
    }

    /// One round with one program killed on the way.
    pub fn round_with_a_kill_at(&mut self, point: &str) -> Result<()> {
        let before = self.position()?;
        self.arm(point)?;
        self.lend()?;
        self.use_and_bring_back()?;
        // The server may have heard of everything before its agent comes to the point.
        let mark = self.world.kill_mark(point);
        self.until(&format!("the kill at {point}"), |_| Ok(mark.exists()))?;
        happened_once(&self.story(NUMBER, before)?)
    }

    /// One round whose check out the kiosk decides by itself, killed as it does.
    pub fn round_without_the_server_with_a_kill_at(&mut self, point: &str) -> Result<()> {
        let before = self.position()?;
        self.arm(point)?;
        self.server = Server::GoesAway;
        let end = self.world.kill_mark(point);
        self.play(Goal::CheckOut, |_| Ok(end.exists()))?;
        ensure!(self.position()? == before, "the server was not away");
        self.server = Server::Stays;
        self.start_program(Target::Server, None)?;
        // Nobody begins anew: the loan comes of what the kiosk had written down.
        self.until("the loan", |rig| rig.is_reached(Goal::CheckOut, before))?;
        self.until_its_tablet_knows()?;
        self.use_and_bring_back()?;
        happened_once(&self.story(NUMBER, before)?)
    }

    fn use_and_bring_back(&mut self) -> Result<()> {
        use_it(&self.world.tablet_folder(NUMBER))?;
        self.reach(Goal::StaffedReturn)?;
        self.until_ready()
    }

    /// Checks out, and lets the tablet hear of its loan.
    fn lend(&mut self) -> Result<()> {
        self.reach(Goal::CheckOut)?;
        self.until_its_tablet_knows()
    }

    fn until_its_tablet_knows(&mut self) -> Result<()> {
        self.until("the agent knows its loan", |rig| {
            Ok(rig.root().join("screen/home.json").exists())
        })
    }

    /// A tablet's or a second kiosk's enrolment, killed on the way and begun again
    /// with the same code.
    pub fn enrolment_with_a_kill_at(&mut self, point: &str, nth: usize) -> Result<()> {
        match Target::of(point) {
            Some(Target::Kiosk) => self.kiosk_enrolment(point),
            Some(Target::Agent | Target::Server) | None => {
                self.tablet_enrolment(point, &format!("WGN-1{nth:02}"))
            }
        }
    }

    fn kiosk_enrolment(&mut self, point: &str) -> Result<()> {
        self.world.children.kill("kiosk")?;
        std::fs::remove_dir_all(self.world.kiosk_folder())?;
        let code = self.world.kiosk_code()?;
        let killed = self.world.enrol_kiosk(&code, Some(point));
        ensure!(killed.is_err(), "it went on");
        self.was_killed_at(point)?;
        // What is enrolled already says so; what is not takes the same code again.
        let again = self.world.enrol_kiosk(&code, None);
        let enrolled = again.is_ok() || point == "kiosk:enrolled";
        ensure!(enrolled, "the same code again: {again:?}");
        self.world.start_kiosk(Face::Headless, Some(NUMBER), None)
    }

    fn tablet_enrolment(&mut self, point: &str, number: &str) -> Result<()> {
        let code = self.world.tablet_code(number)?;
        if point == "agent:saved-new" {
            self.world.enrol_tablet(number, &code, None)?;
            self.start_agent_killed_at(number, point)?;
        } else {
            let killed = self.world.enrol_tablet(number, &code, Some(point));
            ensure!(killed.is_err(), "it went on");
            self.was_killed_at(point)?;
            let again = self.world.enrol_tablet(number, &code, None);
            let enrolled = again.is_ok() || point == "agent:enrol-pinned";
            ensure!(enrolled, "the same code again: {again:?}");
            self.world.start_agent(number, None)?;
        }
        self.until_proven(number)?;
        self.was_killed_at(point)?;
        self.world.children.kill(&world::agent(number))?;
        let made = self.story(number, 0)?;
        let enrolled = |one: &&Recorded| matches!(one.event, Event::TabletEnrolled { .. });
        ensure!(
            made.iter().filter(enrolled).count() == 1,
            "enrolled more than once"
        );
        Ok(())
    }

    /// A new tablet that is killed while it fetches its first image.
    pub fn first_start_with_a_kill_at(&mut self, point: &str, nth: usize) -> Result<()> {
        let number = format!("WGN-2{nth:02}");
        let code = self.world.tablet_code(&number)?;
        self.world.enrol_tablet(&number, &code, None)?;
        self.start_agent_killed_at(&number, point)?;
        self.until_proven(&number)?;
        self.was_killed_at(point)?;
        self.world.children.kill(&world::agent(&number))
    }

    fn start_agent_killed_at(&mut self, number: &str, point: &str) -> Result<()> {
        self.world.start_agent(number, Some(point))?;
        let name = world::agent(number);
        self.world.children.wait_for_end(&name, WITHIN)?;
        self.world.start_agent(number, None)
    }

    /// A tablet used after its sticker was shown, whose person says "yes".
    pub fn question_with_a_kill_at(&mut self, point: &str) -> Result<()> {
        let before = self.position()?;
        self.arm(point)?;
        self.lend()?;
        self.reach(Goal::SelfReturn)?;
        touch(&self.root().join("answers/activity"))?;
        self.until("the question", |rig| {
            Ok(rig.root().join("screen/question.json").exists())
        })?;
        self.answer_yes()?;
        self.until("the dispute", |rig| {
            let story = rig.story(NUMBER, before)?;
            Ok(story
                .iter()
                .any(|one| matches!(one.event, Event::DisputeRaised { .. })))
        })?;
        let story = self.story(NUMBER, before)?;
        let reset = |one: &Recorded| matches!(one.event, Event::ResetOrdered { .. });
        ensure!(!story.iter().any(reset), "R19: a yes erases nothing");
        let reopened = |one: &&Recorded| matches!(one.event, Event::LoanReopened { .. });
        ensure!(
            story.iter().filter(reopened).count() == 1,
            "the loan was reopened once"
        );
        self.was_killed_at(point)?;
        self.reach(Goal::StaffedReturn)?;
        self.until_ready()
    }

    fn answer_yes(&self) -> Result<()> {
        let question = std::fs::read(self.root().join("screen/question.json"))?;
        let question: Value = serde_json::from_slice(&question)?;
        let answer = json!({ "loan": question["loan"], "yes": true }).to_string();
        let (part, whole) = ("answers/answer.part", "answers/answer.json");
        std::fs::write(self.root().join(part), answer)?;
        Ok(std::fs::rename(
            self.root().join(part),
            self.root().join(whole),
        )?)
    }

    /// The server's next key comes into use while the tablet is on loan.
    pub fn change_of_keys_with_a_kill_at(&mut self, point: &str) -> Result<()> {
        let before = self.position()?;
        self.lend()?;
        self.arm(point)?;
        self.world.children.kill("server")?;
        self.world.server(&["keys", "rotate"])?;
        self.start_program(Target::Server, None)?;
        let mark = self.world.kill_mark(point);
        self.until(&format!("the kill at {point}"), |_| Ok(mark.exists()))?;
        self.use_and_bring_back()?;
        happened_once(&self.story(NUMBER, before)?)
    }

    /// A round whose reset makes new keys of the tablet's own.
    pub fn new_keys_with_a_kill_at(&mut self, point: &str) -> Result<()> {
        self.world.server(&["keys", "renew", "--tablet", NUMBER])?;
        self.round_with_a_kill_at(point)?;
        self.until("the new keys", |rig| {
            Ok(rig.reader()?.tablets_to_renew_keys()?.is_empty())
        })
    }

    /// A reset that fails because a file is in use, killed as it says so.
    pub fn failed_reset_with_a_kill_at(&mut self, point: &str) -> Result<()> {
        self.arm(point)?;
        self.lend()?;
        use_it(&self.world.tablet_folder(NUMBER))?;
        let cookies = self.root().join("home/.config/browser/cookies");
        let in_use = std::fs::File::options().append(true).open(cookies)?;
        self.reach(Goal::StaffedReturn)?;
        self.until("the failed try", |rig| Ok(rig.failed_tries()? > 0))?;
        drop(in_use);
        self.until_ready()?;
        self.was_killed_at(point)
    }

    /// The chain verifies, every projection is what the log says, and every loan
    /// is over.
    pub fn log_and_projections_hold(&mut self) -> Result<()> {
        self.world.children.kill("server")?;
        let before = self.reader()?.fleet(server::clock::now())?;
        self.world.server(&["audit", "verify"])?;
        self.world.server(&["audit", "rebuild"])?;
        let after = self.reader()?.fleet(server::clock::now())?;
        let words = |rows: &[server::store::FleetRow]| -> Vec<_> {
            rows.iter().map(|row| (row.number, row.word)).collect()
        };
        ensure!(
            words(&before) == words(&after),
            "R12: {before:?} became {after:?}"
        );
        Ok(())
    }

    fn arm(&mut self, point: &str) -> Result<()> {
        let target = Target::of(point).context("a kill point names its program")?;
        self.world.children.kill(name(target))?;
        self.start_program(target, Some(point))
    }

    fn start_program(&mut self, target: Target, kill_at: Option<&str>) -> Result<()> {
        match target {
            Target::Server => self.world.start_server(kill_at).map(drop),
            Target::Agent => self.world.start_agent(NUMBER, kill_at),
            Target::Kiosk => {
                self.screen = None;
                // The kiosk may be killed before it is ready.
                match self
                    .world
                    .start_kiosk(Face::Headless, Some(NUMBER), kill_at)
                {
                    Err(fault) if fault.downcast_ref::<Trouble>().is_none() => Err(fault),
                    Ok(()) | Err(_) => Ok(()),
                }
            }
        }
    }

    fn was_killed_at(&self, point: &str) -> Result<()> {
        ensure!(
            self.world.kill_mark(point).exists(),
            "{point} was never reached"
        );
        Ok(())
    }

    /// Plays the person at the counter until they have what they are after.
    fn reach(&mut self, goal: Goal) -> Result<()> {
        let before = self.position()?;
        self.play(goal, |rig| rig.is_reached(goal, before))
    }

    /// Plays the person at the counter until it is so.
    fn play(&mut self, goal: Goal, is_so: impl Fn(&Self) -> Result<bool>) -> Result<()> {
        let mut last_act: Option<Instant> = None;
        self.until(&format!("{goal:?}"), |rig| {
            if is_so(rig)? {
                return Ok(true);
            }
            let Some((screen, since)) = rig.screen.clone() else {
                return Ok(false);
            };
            let is_due = last_act.is_none_or(|at| since > at || at.elapsed() > PATIENCE);
            if is_due && rig.act(goal, &screen)? {
                last_act = Some(Instant::now());
            }
            Ok(false)
        })
    }

    fn is_reached(&self, goal: Goal, before: u64) -> Result<bool> {
        match goal {
            Goal::CheckOut => Ok(self.word(NUMBER)? == StateWord::OnLoan),
            Goal::StaffedReturn | Goal::SelfReturn => {
                let back = |one: &Recorded| matches!(one.event, Event::Returned { .. });
                Ok(self.story(NUMBER, before)?.iter().any(back))
            }
        }
    }

    /// Does what a screen asks for on the way to the goal; tells whether anything.
    fn act(&mut self, goal: Goal, screen: &Value) -> Result<bool> {
        let body = screen["body"].as_object().context("a screen has a body")?;
        let (kind, content) = body.iter().next().context("a body is of a kind")?;
        // A kiosk that lent by itself is at its first screen again before the server
        // knows: whoever began another check out then goes back from it.
        let lends = screen["header"]["title"] == "Check out";
        if kind == "hand-over" && self.server == Server::GoesAway {
            self.server = Server::Away;
            self.world.children.kill("server")?;
        }
        let line = match (kind.as_str(), goal) {
            ("scan", _) if lends != (goal == Goal::CheckOut) => press("stop"),
            ("first", Goal::SelfReturn) => press("bring-back"),
            ("first", Goal::CheckOut | Goal::StaffedReturn) => json!({ "text": self.badge }),
            ("staff-home", Goal::CheckOut) => press("staff-check-out"),
            ("staff-home", Goal::StaffedReturn) => press("staff-return"),
            ("staff-home", Goal::SelfReturn) => press("sign-out"),
            ("find-borrower", Goal::CheckOut) => json!({ "text": CARD }),
            ("hand-over", Goal::CheckOut) => press("hand-over"),
            ("confirm-return", Goal::StaffedReturn) => press("all-here"),
            ("scan" | "wait", _) => return Ok(false),
            ("confirm-borrower-return", Goal::SelfReturn)
            | ("done" | "refer" | "question" | "camera-lost", _) => {
                json!({ "touch": content["main"]["touch"] })
            }
            _ => press("stop"),
        };
        self.screen = None;
        match self.world.children.tell("kiosk", &line.to_string()) {
            Ok(()) => Ok(true),
            // It was killed just now: whoever looks next restarts it.
            Err(_) => Ok(false),
        }
    }

    fn until_ready(&mut self) -> Result<()> {
        self.until_proven(NUMBER)
    }

    fn until_proven(&mut self, number: &str) -> Result<()> {
        let number = number.to_owned();
        self.until("Ready", move |rig| {
            Ok(rig.word(&number)? == StateWord::Ready)
        })
    }

    /// Looks at the programs, restarts what was killed, and asks again, until it
    /// is so.
    fn until(
        &mut self,
        what: &str,
        mut is_so: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let deadline = Instant::now() + WITHIN;
        loop {
            self.look()?;
            if is_so(self)? {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{what} did not come; the screen was {:?}", self.screen);
            }
        }
    }

    fn look(&mut self) -> Result<()> {
        for target in [Target::Server, Target::Agent] {
            if target == Target::Server && self.server == Server::Away {
                continue;
            }
            let nothing = |_: &str| None::<()>;
            let seen = self
                .world
                .children
                .wait_for(name(target), Duration::ZERO, nothing);
            self.restart_if_ended(target, seen)?;
        }
        let shown = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            line.get("screen").cloned()
        };
        let seen = self.world.children.wait_for("kiosk", LOOK, shown);
        if let Ok(screen) = &seen {
            self.screen = Some((screen.clone(), Instant::now()));
        }
        self.restart_if_ended(Target::Kiosk, seen.map(drop))
    }

    fn restart_if_ended(&mut self, target: Target, seen: Result<(), Trouble>) -> Result<()> {
        match seen {
            Err(Trouble::Ended { .. }) => self.start_program(target, None),
            Ok(()) | Err(Trouble::NotReady { .. } | Trouble::NotRunning { .. }) => Ok(()),
            Err(stopped @ Trouble::Stopped) => Err(stopped.into()),
        }
    }

    fn root(&self) -> std::path::PathBuf {
        self.world.tablet_folder(NUMBER)
    }

    fn reader(&self) -> Result<Reader> {
        let settings = Settings {
            policy: Policy::default(),
            data_key: [0; 32],
        };
        let path = self.world.server_folder().join("library.db");
        Ok(Reader::open(&path, settings)?)
    }

    fn tablet(&self, number: &str) -> Result<Tablet> {
        let found = self.reader()?.tablet_by_number(number.parse()?)?;
        found.with_context(|| format!("{number} is not enrolled"))
    }

    fn word(&self, number: &str) -> Result<StateWord> {
        Ok(self.tablet(number)?.word())
    }

    fn failed_tries(&self) -> Result<u8> {
        Ok(match self.tablet(NUMBER)?.reset {
            Reset::Ordered(order) => order.failed_tries,
            Reset::Failed { tries } => tries,
            Reset::Dirty | Reset::Proven(_) => 0,
        })
    }

    fn position(&self) -> Result<u64> {
        Ok(self.reader()?.position()?)
    }

    fn story(&self, number: &str, after: u64) -> Result<Vec<Recorded>> {
        let tablet = self.tablet(number)?.id;
        Ok(self.reader()?.story(tablet, after)?)
    }
}

const fn name(target: Target) -> &'static str {
    match target {
        Target::Server => "server",
        Target::Agent => "agent-WGN-001",
        Target::Kiosk => "kiosk",
    }
}

fn press(touch: &str) -> Value {
    json!({ "touch": touch })
}

fn touch(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path.parent().context("it lies in a folder")?)?;
    Ok(std::fs::write(path, "")?)
}

/// One loan began and ended, and every proof follows its own order.
fn happened_once(story: &[Recorded]) -> Result<()> {
    let count = |is: fn(&Event) -> bool| story.iter().filter(|one| is(&one.event)).count();
    let out = count(|event| matches!(event, Event::CheckedOut { .. }));
    let back = count(|event| matches!(event, Event::Returned { loan: Some(_), .. }));
    let ordered = count(|event| matches!(event, Event::ResetOrdered { .. }));
    let proven = count(|event| matches!(event, Event::ResetVerified { .. }));
    ensure!(
        (out, back) == (1, 1),
        "R4: {out} check outs, {back} loans closed"
    );
    ensure!(
        proven >= 1 && proven == ordered,
        "R2: {ordered} orders, {proven} proofs"
    );
    Ok(())
}
