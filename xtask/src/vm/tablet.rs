//! The tablet itself: a whole machine, without help of the processor, whose second serial
//! line is a console on which commands are typed and answered. Its power can be cut.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::disk::{DISK, INITRD, KERNEL};
use crate::children::{Brake, Children};

const NAME: &str = "tablet";
/// A machine that is played by a program starts slowly.
const START_WITHIN: Duration = Duration::from_mins(8);
/// How long a command on it may take.
const ANSWER_WITHIN: Duration = Duration::from_mins(8);

/// What a command on the tablet printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its lines.
    pub said: String,
    /// Its exit code.
    pub code: u8,
}

/// A machine that can be started, asked, and cut off.
pub struct Tablet {
    children: Children,
    folder: PathBuf,
}

impl Tablet {
    /// A machine with the disk of this folder, not started yet.
    pub fn new(children: Children, folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self { children, folder }
    }

    /// What ends every wait for it from outside.
    pub fn brake(&self) -> Brake {
        self.children.brake()
    }

    /// Starts it, and waits until its console answers.
    pub fn start(&mut self) -> Result<()> {
        self.children.start(NAME, self.qemu())?;
        let ready = |line: &str| (line.trim() == "console ready").then_some(());
        Ok(self.children.wait_for(NAME, START_WITHIN, ready)?)
    }

    fn qemu(&self) -> Command {
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args(["-machine", "q35,accel=tcg", "-cpu", "max"]);
        qemu.args(["-smp", "2", "-m", "1024", "-no-reboot"]);
        qemu.args(["-display", "none", "-monitor", "none"]);
        qemu.arg("-kernel").arg(self.folder.join(KERNEL));
        qemu.arg("-initrd").arg(self.folder.join(INITRD));
        qemu.args(["-append", "root=/dev/vda rw console=ttyS0 quiet"]);
        let drive = format!(
            "file={},format=raw,if=virtio",
            self.folder.join(DISK).display()
        );
        qemu.args(["-drive", &drive]);
        qemu.args([
            "-netdev",
            "user,id=net",
            "-device",
            "virtio-net-pci,netdev=net",
        ]);
        qemu.args(["-device", "virtio-rng-pci"]);
        let log = self.folder.join("serial.log");
        qemu.arg("-serial").arg(format!("file:{}", log.display()));
        qemu.args([
            "-chardev",
            "stdio,id=console,signal=off",
            "-serial",
            "chardev:console",
        ]);
        qemu
    }

    /// Does this on the tablet, as root.
    pub fn asked(&mut self, line: &str) -> Result<Answer> {
        self.children.tell(NAME, line)?;
        let mut said = Vec::new();
        let code = self.children.wait_for(NAME, ANSWER_WITHIN, |line| {
            let ended = line
                .strip_prefix("ended ")
                .and_then(|code| code.trim().parse().ok());
            if ended.is_none() {
                said.push(line.trim_end().to_owned());
            }
            ended
        });
        let code = code.with_context(|| format!("on the tablet: {line}"))?;
        let said = said.join("\n").trim().to_owned();
        Ok(Answer { said, code })
    }

    /// Does this on the tablet, and it must go well.
    pub fn does(&mut self, line: &str) -> Result<String> {
        let Answer { said, code } = self.asked(line)?;
        if code != 0 {
            bail!("on the tablet, `{line}` ended with {code}: {said}");
        }
        Ok(said)
    }

    /// Waits on the tablet until this goes well.
    pub fn until(&mut self, condition: &str) -> Result<()> {
        let waits = format!("timeout 240 sh -c 'until {condition}; do sleep 0.5; done'");
        self.does(&format!("{waits} >/dev/null 2>&1")).map(drop)
    }

    /// Prints what the roles said last, where the machine still answers.
    pub fn tell_what_happened(&mut self) {
        let asked = "journalctl --no-pager --lines 40 -u tablet-agent -u tablet-reset";
        match self.asked(asked) {
            Ok(answer) => eprintln!("{}", answer.said),
            Err(why) => eprintln!("the tablet cannot be asked why: {why:#}"),
        }
    }

    /// Ends it, where it still runs.
    pub fn end(&mut self) -> Result<()> {
        self.children.stop().map(drop)
    }

    /// Takes its power away.
    pub fn cut(&mut self) -> Result<()> {
        self.children.kill(NAME)
    }

    /// Switches it off as a person would.
    pub fn switch_off(&mut self) -> Result<()> {
        self.children.tell(NAME, "systemctl poweroff")?;
        let ended = self.children.wait_for_end(NAME, START_WITHIN)?;
        if !ended.success() {
            bail!("the tablet ended with {ended}");
        }
        Ok(())
    }
}
