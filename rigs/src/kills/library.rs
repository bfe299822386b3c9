//! The library: a real server with one tablet, whose log is read beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use server::store::{Reader, Settings};
use shared::{
    event::{Event, Recorded},
    policy::Policy,
};
use xtask::{
    children::Children,
    desk::{Desk, NUMBER},
    programs::Programs,
    world::World,
};

/// A server and whoever stands at its desk.
pub struct Library {
    /// The desk.
    pub desk: Desk,
    world: World,
}

impl Library {
    /// Opens a library whose tablet is enrolled, and nothing more.
    pub fn open(programs: Programs, folder: &Path) -> Result<Self> {
        let children = Children::new(&folder.join("log"))?;
        let mut world = World::new(programs, folder.to_owned(), children)?;
        let desk = Desk::of_a_demo(&mut world)?;
        let code = world.tablet_code(NUMBER)?;
        world.enrol_tablet(NUMBER, &code, None)?;
        Ok(Self { desk, world })
    }

    /// The folder that plays the tablet.
    pub fn tablet_folder(&self) -> PathBuf {
        self.world.tablet_folder(NUMBER)
    }

    /// How far the log is.
    pub fn position(&self) -> Result<u64> {
        Ok(self.reader()?.position()?)
    }

    /// Asks for new keys of the tablet's own.
    pub fn renew_keys(&self) -> Result<()> {
        let said = self.world.server(&["keys", "renew", "--tablet", NUMBER])?;
        ensure!(said.contains(NUMBER), "`keys renew` said: {said}");
        Ok(())
    }

    /// One loan began and ended since, and its order was answered once, with new keys
    /// where they were asked for.
    pub fn happened_once(&self, since: u64, renews: bool) -> Result<()> {
        let story = self.story(since)?;
        let count = |is: fn(&Event) -> bool| story.iter().filter(|one| is(&one.event)).count();
        let out = count(|event| matches!(event, Event::CheckedOut { .. }));
        let back = count(|event| matches!(event, Event::Returned { loan: Some(_), .. }));
        let ordered = count(|event| matches!(event, Event::ResetOrdered { .. }));
        let proven = count(|event| matches!(event, Event::ResetVerified { .. }));
        let failed = count(|event| matches!(event, Event::ResetFailed { .. }));
        let renewed = count(|event| matches!(event, Event::KeysRenewed { .. }));
        ensure!(
            renewed == usize::from(renews),
            "{renewed} times new keys, and asked: {renews}"
        );
        ensure!(
            (out, back, ordered, proven, failed) == (1, 1, 1, 1, 0),
            "{out} check outs, {back} returns, {ordered} orders, {proven} proofs, {failed} failures"
        );
        Ok(())
    }

    /// At the end: as many proofs as the tablet signed, and the log's chain holds.
    pub fn holds(mut self, signed: usize, expected: u32) -> Result<()> {
        let story = self.story(0)?;
        let proven = |one: &&Recorded| matches!(one.event, Event::ResetVerified { .. });
        let told = story.iter().filter(proven).count();
        let expected = usize::try_from(expected)?;
        ensure!(
            (told, signed) == (expected, expected),
            "{expected} resets: {signed} receipts on the tablet, {told} in the log"
        );
        let killed = self.world.children.stop()?;
        ensure!(killed.is_empty(), "{killed:?} did not end when asked");
        let said = self.world.server(&["audit", "verify"])?;
        ensure!(said.starts_with("verified "), "the audit said: {said}");
        Ok(())
    }

    fn story(&self, since: u64) -> Result<Vec<Recorded>> {
        let reader = self.reader()?;
        let tablet = reader.tablet_by_number(NUMBER.parse()?)?;
        let tablet = tablet.with_context(|| format!("{NUMBER} is not enrolled"))?;
        Ok(reader.story(tablet.id, since)?)
    }

    fn reader(&self) -> Result<Reader> {
        let settings = Settings {
            policy: Policy::default(),
            data_key: [0; 32],
        };
        let path = self.world.server_folder().join("library.db");
        Ok(Reader::open(&path, settings)?)
    }
}
