//! Programs that others wrote: the vendor's own, those of the policy list, and systemd's.
//! None of them can keep a reset from ending: one that is not done in its time is ended
//! with all that it started. What took itself out of its process group is ended by
//! systemd with the unit, since nothing of `reset` is resident.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, ioctl_fionbio},
    process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open},
};

/// How long a program of the policy list or of the system may take: more than any needs.
const WITHIN: Duration = Duration::from_mins(10);

/// No more of what a program says is kept.
pub const SAID_BYTES_MAX: usize = 64 * 1024;

/// Runs each program to its end.
///
/// # Errors
/// One is not there, or does not end well: what it clears is then not clear.
pub fn run(programs: &[Vec<String>]) -> Result<()> {
    for words in programs {
        let Some((program, words)) = words.split_first() else {
            continue;
        };
        called(program, words)?;
    }
    Ok(())
}

/// Runs one program to its end, in surroundings of its own.
pub fn called(program: &str, words: &[String]) -> Result<()> {
    let mut command = command(program, words);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    ended_well(program, &mut command, b"", WITHIN).map(drop)
}

/// What a program says to `input`, which is so short that a pipe holds it.
///
/// # Errors
/// It cannot be started, does not end well, or not within its time.
pub fn answered(
    program: &str,
    words: &[String],
    input: &[u8],
    within: Duration,
) -> Result<Vec<u8>> {
    let mut command = command(program, words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    ended_well(program, &mut command, input, within)
}

fn command(program: &str, words: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(words).env_clear().env("LC_ALL", "C");
    command.process_group(0);
    command
}

fn ended_well(
    program: &str,
    command: &mut Command,
    input: &[u8],
    within: Duration,
) -> Result<Vec<u8>> {
    let running = command.spawn();
    let running = running.with_context(|| format!("{program} could not be started"))?;
    let mut running = Running {
        child: running,
        is_over: false,
    };
    if let Err(why) = running.tell(input) {
        // One that reads nothing may have ended already; how it ended decides.
        eprintln!("reset: {program} does not read what it is told: {why}");
    }
    let said = running.hear_until_it_ends(within);
    let said = said.with_context(|| format!("waiting for {program}"))?;
    let Some(said) = said else {
        let seconds = within.as_secs();
        bail!("{program} was not done within {seconds} seconds, and was ended");
    };
    let ended = running.end()?;
    if !ended.success() {
        bail!("{program} did not end well ({ended})");
    }
    Ok(said)
}

/// A program at work. Whatever is left of it and its group goes with this.
struct Running {
    child: Child,
    is_over: bool,
}

impl Running {
    fn tell(&mut self, input: &[u8]) -> io::Result<()> {
        let to = self.child.stdin.take();
        to.map_or(Ok(()), |mut to| to.write_all(input))
    }

    /// What it said; `None` if it did not end in its time.
    fn hear_until_it_ends(&mut self, within: Duration) -> io::Result<Option<Vec<u8>>> {
        let until = Instant::now() + within;
        let end = pidfd_open(Pid::from_child(&self.child), PidfdFlags::empty())?;
        let mut heard = Heard::of(self.child.stdout.take())?;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            if heard.wait(&end, left)? {
                return heard.until_silent().map(Some);
            }
            heard.read()?;
        }
    }

    /// Ends whatever is left of it, and tells how it ended itself.
    fn end(&mut self) -> io::Result<ExitStatus> {
        // As long as nobody was told how it ended, its number is nobody else's.
        if !self.is_over {
            match kill_process_group(Pid::from_child(&self.child), Signal::KILL) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(why) => return Err(why.into()),
            }
        }
        self.is_over = true;
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(why) = self.end() {
            eprintln!("reset: a program could not be ended: {why}");
        }
    }
}

/// What a program says. Somebody whom it started may hold its output open after it has
/// ended, so nothing of it is waited for.
struct Heard {
    /// Open as long as there may be more.
    out: Option<ChildStdout>,
    said: Vec<u8>,
}

impl Heard {
    fn of(out: Option<ChildStdout>) -> io::Result<Self> {
        out.as_ref()
            .map_or(Ok(()), |out| ioctl_fionbio(out, true))?;
        let said = Vec::new();
        Ok(Self { out, said })
    }

    /// Waits until it ends, says something, or its time is over; whether it has ended.
    fn wait(&self, end: &OwnedFd, left: Duration) -> io::Result<bool> {
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        let mut watched = vec![PollFd::new(end, PollFlags::IN)];
        let out = self.out.as_ref();
        watched.extend(out.map(|out| PollFd::new(out, PollFlags::IN)));
        match poll(&mut watched, Some(&timeout)) {
            Ok(_) => Ok(!watched[0].revents().is_empty()),
            Err(Errno::INTR) => Ok(false),
            Err(why) => Err(why.into()),
        }
    }

    /// Reads some of what is there; false where nothing is.
    fn read(&mut self) -> io::Result<bool> {
        let mut bytes = [0; CHUNK];
        let Some(out) = &mut self.out else {
            return Ok(false);
        };
        match out.read(&mut bytes) {
            Ok(0) => self.out = None,
            Ok(count) => {
                let kept = count.min(SAID_BYTES_MAX - self.said.len());
                self.said.extend_from_slice(&bytes[..kept]);
            }
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) if why.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(why) => return Err(why),
        }
        Ok(true)
    }

    /// What it had said when it ended. Others may go on for ever.
    fn until_silent(mut self) -> io::Result<Vec<u8>> {
        for _chunk in 0..=SAID_BYTES_MAX / CHUNK {
            if !self.read()? {
                break;
            }
        }
        Ok(self.said)
    }
}

/// So much is read at once.
const CHUNK: usize = 4096;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    fn shell(script: &str, within: Duration) -> Result<Vec<u8>> {
        let words = ["-c", script].map(str::to_owned);
        answered("/bin/sh", &words, b"told", within)
    }

    #[test]
    fn each_program_runs_until_silent_and_the_first_that_fails_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("made");
        let make = words(&format!("/bin/mkdir {}", place.display()));
        run(std::slice::from_ref(&make)).unwrap();
        assert!(place.exists());
        let why = run(&[make, words("/bin/true")]).unwrap_err();
        assert!(
            why.to_string().starts_with("/bin/mkdir did not end well"),
            "{why}"
        );
        assert!(run(&[words("/not/there")]).is_err());
    }

    #[test]
    fn a_program_is_told_and_heard_whatever_it_closes_or_leaves_open() {
        assert_eq!(shell("cat", LONG).unwrap(), b"told");
        assert_eq!(shell("true", LONG).unwrap(), b"");
        assert_eq!(shell("exec >&-; sleep 0.05", LONG).unwrap(), b"");
        // Whoever it leaves behind holds its output, and is not waited for.
        let began = Instant::now();
        assert_eq!(shell("echo done; sleep 50 &", LONG).unwrap(), b"done\n");
        assert!(began.elapsed() < Duration::from_secs(20));
        let much = shell("head -c 100000 /dev/zero", LONG).unwrap();
        assert_eq!(much.len(), SAID_BYTES_MAX);
        assert!(shell("yes & true", LONG).is_ok());
    }

    #[test]
    fn one_that_never_stops_talking_is_ended_in_its_time_too() {
        let why = shell("exec yes", Duration::from_secs(1)).unwrap_err();
        assert!(why.to_string().contains("was ended"), "{why}");
    }

    /// Whether a process is there that has not ended.
    fn is_alive(pid: &str) -> bool {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn a_program_that_hangs_is_ended_in_its_time_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", kept.display());
        let began = Instant::now();
        let why = shell(&script, Duration::from_secs(1)).unwrap_err();
        assert!(
            why.to_string().contains("was not done within 1 seconds"),
            "{why}"
        );
        assert!(began.elapsed() < Duration::from_secs(30));
        let started = fs::read_to_string(kept).unwrap();
        // It was sent its end; the kernel may still be at it.
        while is_alive(started.trim()) {
            assert!(began.elapsed() < Duration::from_secs(30), "it goes on");
            std::thread::yield_now();
        }
    }
}
