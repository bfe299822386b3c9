//! A tablet on which no agent runs, through the real programs: enrolled at the terminal,
//! made ready by the checklist, lent and taken back; then its own agent comes to it.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use server::store::{Reader, Settings};
use server::vouched::CHECKLIST;
use shared::event::Event;
use shared::policy::Policy;
use shared::tablet::{ProofKind, Tablet};
use tests::programs;
use xtask::browser::Browser;
use xtask::children::Children;
use xtask::desk::{Desk, NUMBER};
use xtask::programs::Programs;
use xtask::world::{self, Code, VENUE, World};

/// How long the agent may take for what the test waits for.
const WITHIN: Duration = Duration::from_secs(90);

/// A server that takes a person's word, an operator's program, and the digital team.
struct Library {
    world: World,
    desk: Desk,
    team: Browser,
    _folder: tempfile::TempDir,
}

impl Library {
    fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let found = ["tablet-server", "tablet-agent"]
            .map(|name| programs::path(name).map(|path| (name.to_owned(), path)));
        let found = found.into_iter().collect::<Result<Vec<_>>>()?;
        let data = folder.path().to_owned();
        let children = Children::new(&data.join("log"))?;
        let mut world = World::new(Programs::found(found), data, children)?;
        let desk = Desk::of_a_demo(&mut world)?;
        // The council says so, and a server takes it from its next start on.
        world.server(&["proofs", "--take", "tablet-proven,person-confirmed"])?;
        world.children.kill("server")?;
        let link = world.start_server(None)?;
        let mut team = Browser::new(world.address());
        team.sign_in(&link)?;
        Ok(Self {
            world,
            desk,
            team,
            _folder: folder,
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Reader) -> Result<T>) -> Result<T> {
        let settings = Settings {
            policy: Policy::default(),
            data_key: [0; 32],
        };
        let path = self.world.server_folder().join("library.db");
        read(&Reader::open(&path, settings)?)
    }

    fn tablet(&self) -> Result<Tablet> {
        let found = self.read(|read| Ok(read.tablet_by_number(NUMBER.parse()?)?))?;
        found.with_context(|| format!("{NUMBER} is not enrolled"))
    }

    /// A one-time code for the agent of the tablet, where it is.
    fn code(&self) -> Result<Code> {
        let venue = self.tablet()?.venue().context("it is at a venue")?;
        let venue = self.read(|read| Ok(read.venue(venue)?))?;
        let name = venue.context("the venue is known")?.name;
        let words = ["enrol", "tablet", "--number", NUMBER, "--venue", &name];
        Code::parse(&self.world.server(&words)?)
    }

    /// A member of staff goes through the checklist, item by item.
    fn is_confirmed(&mut self) -> Result<()> {
        let items = CHECKLIST.join("&item=");
        let form = format!("item={items}&key={}&begun=0", self.desk.key());
        let path = format!("/tablets/{NUMBER}/checklist");
        let answer = self.team.post(&path, &form)?;
        ensure!(answer.status == 303, "{}: {}", answer.status, answer.body);
        self.is_ready_by(ProofKind::PersonConfirmed)
    }

    fn is_ready_by(&self, kind: ProofKind) -> Result<()> {
        let word = self.desk.word()?;
        ensure!(word == "ready", "it is {word}");
        let proof = self.tablet()?.proof().map(|proof| proof.kind);
        ensure!(proof == Some(kind), "proven by {proof:?}");
        Ok(())
    }

    fn agent_says(&mut self, what: &str) -> Result<()> {
        let says = |line: &str| line.contains(what).then_some(());
        let name = world::agent(NUMBER);
        Ok(self.world.children.wait_for(&name, WITHIN, says)?)
    }
}

#[test]
fn a_tablet_without_an_agent_is_lent_on_a_persons_word_until_its_agent_proves_it() -> Result<()> {
    let mut library = Library::open()?;
    let serial = format!("DEMO-{NUMBER}");
    let enrol = ["enrol", "tablet", "--number", NUMBER, "--venue", VENUE];
    let without = ["--without-agent", "--serial", &serial, "--model", "Tab"];
    library.world.server(&[&enrol[..], &without].concat())?;
    let enrolled = library.tablet()?;
    ensure!(enrolled.keys.is_none() && library.desk.word()? == "resetting");

    library.is_confirmed()?;
    library.desk.check_out()?;
    ensure!(library.desk.word()? == "on-loan");
    if library.world.tablet_code(NUMBER).is_ok() {
        bail!("an agent was invited to a tablet that is with a borrower");
    }
    library.desk.take_back()?;
    ensure!(library.desk.word()? == "resetting");
    library.is_confirmed()?;

    let code = library.code()?;
    library.world.enrol_tablet(NUMBER, &code, None)?;
    ensure!(
        library.desk.word()? == "resetting",
        "no word of before lends it"
    );
    library.world.start_agent(NUMBER, None)?;
    library.agent_says("ready")?;
    library.is_ready_by(ProofKind::TabletProven)?;
    let proven = library.tablet()?;
    ensure!((proven.id, proven.tag) == (enrolled.id, enrolled.tag));
    let story = library.read(|read| Ok(read.story(proven.id, 0)?))?;
    let ordered = |event: &Event| matches!(event, Event::ResetOrdered { .. });
    let resets = story.iter().filter(|told| ordered(&told.event)).count();
    ensure!(resets == 3, "its history stays: {resets} resets");
    library.world.server(&["audit", "verify"])?;

    library.desk.check_out()?;
    library.agent_says("on loan")
}
