//! The agent's two roles on a tablet that is a folder: started, killed, and looked at
//! from beside.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use agent::{
    disk::folder::Folder,
    gate::{self, Open},
    images::Images,
    own_keys::{OwnKeys, PROOF_KEY},
    place::Place,
    reset::journal::{Journal, Work},
};
use anyhow::{Context, Result, ensure};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open},
};
use shared::{
    ids::OrderId,
    image::{EntryKind, Manifest},
    keys::PublicKey,
};
use xtask::round::use_it;

use crate::dice::Dice;

/// A tablet, whose agent is started again whenever it ended.
pub struct Tablet {
    program: PathBuf,
    root: PathBuf,
    log: File,
    running: Option<Child>,
}

/// Whom to kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Both roles at once, as a power cut would.
    Both,
    /// `run` alone; its `reset` goes on.
    Run,
    /// `reset` alone, where one is at work; else both.
    Reset,
}

/// Who was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Killed {
    /// Both, or the one that there was.
    Both,
    /// `run` alone.
    Run,
    /// `reset` alone.
    Reset,
}

/// When to kill whom.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// So long from now.
    pub after: Duration,
    /// Whom.
    pub whom: Whom,
}

impl Aim {
    /// Soon after the start as often as later, when more is at work.
    pub fn drawn(dice: &mut Dice) -> Self {
        let longest_ms = *dice.of(&[20, 80, 300, 900]);
        let whom = *dice.of(&[Whom::Both, Whom::Both, Whom::Run, Whom::Reset]);
        let after = Duration::from_micros(dice.below(longest_ms * 1000) as u64);
        Self { after, whom }
    }
}

/// What became of the agent meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// It runs.
    StillRuns,
    /// It ended by itself, as it does when its `reset` was killed.
    Ended,
}

impl Tablet {
    /// Not started yet; what it says is added to a log below `logs`.
    pub fn of(program: PathBuf, root: PathBuf, logs: &Path) -> Result<Self> {
        let log = logs.join("log/agent.log");
        let log = File::options().create(true).append(true).open(&log);
        let log = log.context("opening the agent's log")?;
        let running = None;
        Ok(Self {
            program,
            root,
            log,
            running,
        })
    }

    fn start(&self) -> Result<Child> {
        let mut run = Command::new(&self.program);
        run.args(["run", "--every", "50", "--root"]).arg(&self.root);
        run.stdin(Stdio::null()).stdout(self.log.try_clone()?);
        run.stderr(self.log.try_clone()?).process_group(0);
        run.spawn().context("starting the agent")
    }

    /// Starts it where it does not run, and lets it run for so long.
    pub fn runs_for(&mut self, within: Duration) -> Result<Waited> {
        let running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        let running = self.running.insert(running);
        let end = pidfd_open(Pid::from_child(running), PidfdFlags::empty())?;
        let mut watched = [PollFd::new(&end, PollFlags::IN)];
        let timeout = Timespec::try_from(within)?;
        let ended = match poll(&mut watched, Some(&timeout)) {
            Ok(ready) => ready > 0,
            Err(Errno::INTR) => false,
            Err(why) => return Err(why.into()),
        };
        if !ended {
            return Ok(Waited::StillRuns);
        }
        running.wait()?;
        self.running = None;
        Ok(Waited::Ended)
    }

    /// Kills.
    pub fn kill(&mut self, whom: Whom) -> Result<Killed> {
        let mut running = self.running.take().context("the agent does not run")?;
        let pid = Pid::from_child(&running);
        let reset = self.resets()?.pop();
        let killed = match (whom, reset) {
            (Whom::Run, _) => {
                kill_process(pid, Signal::KILL)?;
                Killed::Run
            }
            (Whom::Reset, Some(reset)) => {
                gone_or(kill_process(reset, Signal::KILL))?;
                // `run` waits for it, and ends when it hears of it.
                self.running = Some(running);
                return Ok(Killed::Reset);
            }
            (Whom::Both, _) | (Whom::Reset, None) => {
                gone_or(kill_process_group(pid, Signal::KILL))?;
                Killed::Both
            }
        };
        running.wait()?;
        Ok(killed)
    }

    /// Ends everything.
    pub fn stop(&mut self) -> Result<()> {
        if self.running.is_some() {
            self.kill(Whom::Both)?;
        }
        Ok(())
    }

    /// Whether neither role runs on this tablet.
    pub fn is_off(&self) -> Result<bool> {
        Ok(self.running.is_none() && self.resets()?.is_empty())
    }

    /// Every `reset` on this tablet, by what the kernel says of programs.
    fn resets(&self) -> Result<Vec<Pid>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let pid = name.to_str().and_then(|name| name.parse().ok());
            let Some(pid) = pid.and_then(Pid::from_raw) else {
                continue;
            };
            let words = fs::read(Path::new("/proc").join(&name).join("cmdline"));
            // Whoever ended meanwhile has none.
            let words = words.unwrap_or_default();
            let mut words = words.split(|byte| *byte == 0).skip(1);
            let is_reset = words.next() == Some(b"reset")
                && words.nth(1) == Some(self.root.as_os_str().as_encoded_bytes());
            found.extend(is_reset.then_some(pid));
        }
        Ok(found)
    }

    /// The tablet.
    pub fn place(&self) -> Result<Place> {
        Ok(Place::directory(&self.root)?)
    }

    /// The key with which it signs receipts.
    pub fn proof_key(&self) -> Result<PublicKey> {
        let disk = Folder::to_look_at(&self.place()?.proof_dir());
        Ok(OwnKeys::new(disk, PROOF_KEY).current()?.public())
    }

    /// What the login gate says; `None` where it is shut.
    pub fn gate(&self) -> Result<Option<Open>> {
        Ok(gate::look(&self.place()?).ok())
    }

    /// Whether its borrower may sign in, and its screen says so.
    pub fn is_on_loan(&self) -> Result<bool> {
        let shown = self.root.join("screen/home.json").exists();
        Ok(shown && self.gate()? == Some(Open::OnLoan))
    }

    /// Whether the gate is open because it is ready.
    pub fn is_ready(&self) -> Result<bool> {
        Ok(self.gate()? == Some(Open::Ready))
    }

    /// The order of which the journal knows that it was begun and not proven.
    pub fn order_at_work(&self) -> Result<Option<OrderId>> {
        let work = self.work()?.filter(|work| work.reported.is_none());
        let begun = work.map(|work| work.begun);
        let Some((order, key)) = begun.and_then(|it| Some((it.order, it.proof_key()?))) else {
            return Ok(None);
        };
        // A receipt that was kept just before the end is the proof.
        let kept = Folder::to_look_at(&self.place()?.receipts_dir());
        let newest = agent::reset::receipt::newest(&kept, &key)?;
        let is_signed = newest.is_some_and(|(_, receipt)| receipt.order == order);
        Ok((!is_signed).then_some(order))
    }

    /// Whether its last receipt waits for the server's word.
    pub fn is_unanswered(&self) -> Result<bool> {
        let why = gate::look(&self.place()?).err();
        Ok(matches!(
            why,
            Some(gate::Shut::Unanswered | gate::Shut::OtherReceipt)
        ))
    }

    fn work(&self) -> Result<Option<Work>> {
        let disk = Folder::to_look_at(&self.place()?.proof_dir());
        Ok(Journal::open(disk)?.work().cloned())
    }

    /// What people leave.
    pub fn use_home(&self) -> Result<()> {
        use_it(&self.root)
    }

    /// Somebody gets at the disk of a tablet that is off: a new file, and one of the image
    /// with another byte, as long and as old as it was.
    pub fn tamper(&self, dice: &mut Dice) -> Result<()> {
        let home = self.root.join("home");
        fs::create_dir_all(&home)?;
        fs::write(home.join("left-behind"), dice.bytes::<8>())?;
        let page = home.join("Welcome/index.html");
        let Ok(mut bytes) = fs::read(&page) else {
            return Ok(());
        };
        let Some(byte) = bytes.first_mut() else {
            return Ok(());
        };
        *byte ^= 1;
        let before = fs::metadata(&page)?.modified()?;
        fs::write(&page, &bytes)?;
        Ok(File::options()
            .write(true)
            .open(&page)?
            .set_modified(before)?)
    }

    /// The image that its last order names.
    pub fn image(&self) -> Result<Manifest> {
        let work = self.work()?.context("it was never reset")?;
        let image = work.image().context("its order names no image")?;
        let images = Images::below(&self.place()?.link_dir());
        images.manifest(image)?.context("the image is not there")
    }

    /// Looked at without the agent's code: the home has the image's paths and bytes, and
    /// nothing else.
    pub fn require_clean(&self) -> Result<()> {
        let home = self.root.join("home");
        let image = self.image()?;
        let expected: Vec<PathBuf> = image
            .entries()
            .iter()
            .map(|entry| home.join(entry.path.as_str()))
            .collect();
        let mut found = Vec::new();
        walk(&home, &mut found)?;
        for path in &found {
            ensure!(expected.contains(path), "{} is left", path.display());
        }
        ensure!(
            found.len() == expected.len(),
            "something of the image is gone"
        );
        for (entry, path) in image.entries().iter().zip(&expected) {
            if let EntryKind::File { digest, .. } = &entry.kind {
                let read = shared::digest::Digest::of(&fs::read(path)?);
                ensure!(read == *digest, "{} is not the image's", path.display());
            }
        }
        Ok(())
    }
}

impl Drop for Tablet {
    fn drop(&mut self) {
        if let Err(why) = self.stop() {
            eprintln!("the agent could not be ended: {why:#}");
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), found)?;
        }
        found.push(entry.path());
    }
    Ok(())
}

/// Whoever ended by itself just before was not to be killed any more.
fn gone_or(killed: Result<(), Errno>) -> Result<(), Errno> {
    match killed {
        Err(Errno::SRCH) => Ok(()),
        killed => killed,
    }
}
