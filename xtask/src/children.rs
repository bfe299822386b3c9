//! Starts our programs, keeps what they say, waits for a line of theirs, and ends
//! them all. Every wait is for an event (a line, an end, Ctrl-C) up to a deadline;
//! relies on each program being in a process group of its own, so that Ctrl-C at
//! the terminal reaches us alone and the order of ending is ours.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

mod said;
mod trouble;

use said::{Said, Source, Watch};
pub use trouble::{Trouble, Why};

/// How long a program may take to end after it was asked to.
pub const GRACE: Duration = Duration::from_secs(5);

/// The programs we started, in the order they were started. Dropping it ends them.
#[derive(Debug)]
pub struct Children {
    logs: PathBuf,
    running: Vec<Running>,
    said: Arc<Said>,
    grace: Duration,
}

#[derive(Debug)]
struct Running {
    name: String,
    child: Child,
    stdin: Teller,
    /// Two readers and the one that waits for the end.
    threads: Vec<JoinHandle<()>>,
}

/// Pulled from a Ctrl-C handler: every wait ends with [`Trouble::Stopped`].
#[derive(Clone, Debug)]
pub struct Brake(Arc<Said>);

impl Brake {
    /// Asks everything to stop. May be pulled more than once.
    pub fn pull(&self) {
        self.0.stop();
    }
}

/// A way to a program's standard input from any thread.
#[derive(Clone, Debug)]
pub struct Teller {
    name: String,
    stdin: Arc<Mutex<ChildStdin>>,
}

impl Teller {
    fn new(name: &str, stdin: ChildStdin) -> Self {
        let stdin = Arc::new(Mutex::new(stdin));
        Self {
            name: name.to_owned(),
            stdin,
        }
    }

    /// Writes a line.
    pub fn tell(&self, line: &str) -> Result<()> {
        // A writer that panicked leaves at worst half a line behind.
        let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(stdin, "{line}")
            .and_then(|()| stdin.flush())
            .with_context(|| format!("telling {}", self.name))
    }
}

impl Children {
    /// Nothing runs yet; what programs say goes to `logs/<name>.log`.
    pub fn new(logs: &Path) -> Result<Self> {
        fs::create_dir_all(logs).with_context(|| format!("making {}", logs.display()))?;
        Ok(Self {
            logs: logs.to_path_buf(),
            running: Vec::new(),
            said: Arc::default(),
            grace: GRACE,
        })
    }

    /// What ends every wait from outside.
    pub fn brake(&self) -> Brake {
        Brake(Arc::clone(&self.said))
    }

    /// Where the program's output goes, each line after its name.
    pub fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// Starts a program under a name that none of the running ones has. Its log is
    /// continued, so that a restart can be read in one place.
    pub fn start(&mut self, name: &str, mut command: Command) -> Result<()> {
        self.forget(name);
        let log = Arc::new(self.open_log(name)?);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name} ({})", command.get_program().display()))?;
        self.said.begin(name);
        let stdin = child.stdin.take();
        let stdin = Teller::new(name, stdin.context("the program has no standard input")?);
        let threads = self.watch(name, &mut child, &log)?;
        self.running.push(Running {
            name: name.to_owned(),
            child,
            stdin,
            threads,
        });
        Ok(())
    }

    fn open_log(&self, name: &str) -> Result<File> {
        let path = self.log(name);
        let opened = File::options().create(true).append(true).open(&path);
        opened.with_context(|| format!("opening {}", path.display()))
    }

    fn watch(&self, name: &str, child: &mut Child, log: &Arc<File>) -> Result<Vec<JoinHandle<()>>> {
        let stdout = child
            .stdout
            .take()
            .context("the program has no standard output")?;
        let stderr = child
            .stderr
            .take()
            .context("the program has no standard error")?;
        let watch = || Watch::new(&self.said, name, log);
        let (out, err, end) = (watch(), watch(), watch());
        let pid = pid(child);
        Ok(vec![
            thread::spawn(move || out.read(stdout, Source::Out)),
            thread::spawn(move || err.read(stderr, Source::Err)),
            thread::spawn(move || end.ended(wait_without_reaping(pid))),
        ])
    }

    /// Waits for a line on the program's standard output from which `find` makes
    /// something, and gives that. Lines are looked at once, in order: the next wait
    /// goes on after the line found.
    pub fn wait_for<T>(
        &mut self,
        name: &str,
        within: Duration,
        mut find: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Trouble> {
        let deadline = Instant::now() + within;
        loop {
            match self.said.next_line(name, deadline)? {
                Some(line) => {
                    if let Some(found) = find(&line) {
                        return Ok(found);
                    }
                }
                None => return Err(self.said.not_ready(name, within)),
            }
        }
    }

    /// Waits until the program ended by itself, and says how.
    pub fn wait_for_end(&mut self, name: &str, within: Duration) -> Result<ExitStatus, Trouble> {
        self.said.expect_end(name);
        self.said.end(name, within)?;
        self.reap(name).ok_or_else(|| Trouble::NotRunning {
            name: name.to_owned(),
        })
    }

    /// The number under which the kernel knows the program.
    pub fn pid(&mut self, name: &str) -> Result<i32> {
        let running = self.find(name);
        let running = running.with_context(|| format!("{name} does not run"))?;
        Ok(pid(&running.child).as_raw_nonzero().get())
    }

    /// Writes a line to the program's standard input.
    pub fn tell(&mut self, name: &str, line: &str) -> Result<()> {
        self.teller(name)?.tell(line)
    }

    /// A way to the program's standard input from any thread.
    pub fn teller(&mut self, name: &str) -> Result<Teller> {
        let running = self.find(name);
        let running = running.with_context(|| format!("{name} does not run"))?;
        Ok(running.stdin.clone())
    }

    /// Ends the program at once, as a power cut would.
    pub fn kill(&mut self, name: &str) -> Result<()> {
        self.said.expect_end(name);
        let running = self
            .find(name)
            .with_context(|| format!("{name} does not run"))?;
        running.signal(Signal::KILL)?;
        self.reap(name)
            .with_context(|| format!("{name} does not run"))?;
        Ok(())
    }

    /// Waits until somebody pulls the brake or a program ends that should not.
    pub fn until_stopped(&mut self) -> Why {
        self.said.surprise()
    }

    /// Ends all programs, the last started first: asks, and after [`GRACE`] insists.
    /// Gives the names of those that had to be killed.
    pub fn stop(&mut self) -> Result<Vec<String>> {
        for running in self.running.iter().rev() {
            self.said.expect_end(&running.name);
            running.signal(Signal::TERM)?;
        }
        let deadline = Instant::now() + self.grace;
        let mut killed = Vec::new();
        for running in std::mem::take(&mut self.running).into_iter().rev() {
            if !self.said.ended_by(&running.name, deadline) {
                running.signal(Signal::KILL)?;
                killed.push(running.name.clone());
            }
            running.reap()?;
        }
        Ok(killed)
    }

    fn find(&mut self, name: &str) -> Option<&mut Running> {
        self.running.iter_mut().find(|running| running.name == name)
    }

    /// Drops what is left of an earlier program of this name that has ended.
    fn forget(&mut self, name: &str) {
        assert!(!self.said.runs(name), "{name} runs already");
        self.reap(name);
    }

    fn reap(&mut self, name: &str) -> Option<ExitStatus> {
        let at = self
            .running
            .iter()
            .position(|running| running.name == name)?;
        self.running.remove(at).reap().ok()
    }
}

impl Running {
    fn signal(&self, signal: Signal) -> Result<()> {
        match kill_process_group(pid(&self.child), signal) {
            // It has ended already: what we wanted.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(fault) => Err(fault).with_context(|| format!("ending {}", self.name)),
        }
    }

    /// Collects an ended program, and its last lines with it.
    fn reap(mut self) -> Result<ExitStatus> {
        drop(self.stdin);
        let status = self
            .child
            .wait()
            .with_context(|| format!("waiting for {}", self.name))?;
        for thread in self.threads {
            assert!(
                thread.join().is_ok(),
                "a thread that reads {} panicked",
                self.name
            );
        }
        Ok(status)
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        if let Err(fault) = self.stop() {
            eprintln!("{fault:#}");
        }
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// The end without taking it, so that the pid stays ours until `reap`: a signal can
/// never reach a stranger.
fn wait_without_reaping(pid: Pid) -> String {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    match retry_on_intr(|| waitid(WaitId::Pid(pid), options)) {
        Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "an unknown status".to_owned(),
        },
        Ok(None) => "an unknown status".to_owned(),
        Err(fault) => format!("an unknown status ({fault})"),
    }
}

#[cfg(test)]
mod tests;
