//! One run of a rig, with a bug planted or with none, up to a limit of time.

use std::io;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ::planted::{Bug, VARIABLE};
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::build::Built;
use super::catcher::{Catcher, Verdict};

/// No run takes so long unless it never ends, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(5);

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was found.
    pub verdict: Verdict,
    /// How much was tried.
    pub effort: String,
    /// How long it took.
    pub took: Duration,
}

impl Trial {
    /// Runs a rig in a process of its own, with this bug or with none.
    pub fn run(built: &Built, catcher: Catcher, bug: Option<Bug>) -> Result<Self> {
        let mut call = built.call(catcher.program())?;
        call.args(catcher.words()).env("RUST_BACKTRACE", "0");
        call.env_remove(VARIABLE);
        if let Some(bug) = bug {
            call.env(VARIABLE, bug.name());
        }
        let began = Instant::now();
        let ended = ended_within(call, LIMIT)?;
        let took = began.elapsed();
        Ok(match ended {
            Some(output) => {
                let said = [output.stdout, output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                Self {
                    verdict: catcher.judge(output.status.code(), &said),
                    effort: catcher.effort(&said),
                    took,
                }
            }
            None => Self {
                verdict: Verdict::Aborted("it did not end".to_owned()),
                effort: "in vain".to_owned(),
                took,
            },
        })
    }
}

/// What it said, if it ended by then; else it is ended.
fn ended_within(mut call: Command, limit: Duration) -> Result<Option<Output>> {
    call.stdin(Stdio::null());
    let running = call.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let running = running.context("starting a rig")?;
    let pid = Pid::from_child(&running);
    let (tell, ended) = mpsc::channel::<io::Result<Output>>();
    let waiting = thread::spawn(move || {
        // Nobody listens any more once the time is over.
        drop(tell.send(running.wait_with_output()));
    });
    let Ok(output) = ended.recv_timeout(limit) else {
        kill_process(pid, Signal::KILL).context("ending a rig")?;
        return Ok(None);
    };
    drop(waiting.join());
    output.map(Some).context("waiting for a rig")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn what_never_ends_is_ended_and_said_nothing() {
        let mut endless = Command::new("sleep");
        endless.arg("3600");
        let short = Duration::from_millis(50);
        assert!(ended_within(endless, short).unwrap().is_none());
        let mut speaks = Command::new("echo");
        speaks.arg("found");
        let said = ended_within(speaks, LIMIT).unwrap().unwrap();
        assert_eq!(said.stdout, b"found\n");
    }
}
