//! What the programs have written and which have ended: filled by one thread a
//! stream, read by waits.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::trouble::{Trouble, Why};

/// Lines of standard output kept for waits to come. A demo runs for days with
/// nobody waiting; the log keeps them all.
const UNREAD_LINES: usize = 10_000;
/// Lines shown when something goes wrong.
const LAST_LINES: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Out,
    Err,
}

#[derive(Debug, Default)]
pub(super) struct Said {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    voices: BTreeMap<String, Voice>,
}

/// One program's words.
#[derive(Debug, Default)]
struct Voice {
    unread: VecDeque<String>,
    last: VecDeque<String>,
    /// Streams that are still open.
    open: u8,
    ended: Option<String>,
    end_expected: bool,
}

impl Voice {
    fn hear(&mut self, line: String, source: Source) {
        push_bounded(&mut self.last, line.clone(), LAST_LINES);
        if source == Source::Out {
            push_bounded(&mut self.unread, line, UNREAD_LINES);
        }
    }

    /// How it ended, once its last line is in.
    fn silent(&self) -> Option<&str> {
        self.ended.as_deref().filter(|_| self.open == 0)
    }

    fn last(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }

    fn trouble(&self, name: &str, how: &str) -> Trouble {
        Trouble::Ended {
            name: name.to_owned(),
            how: how.to_owned(),
            last: self.last(),
        }
    }
}

fn push_bounded(lines: &mut VecDeque<String>, line: String, bound: usize) {
    if lines.len() == bound {
        lines.pop_front();
    }
    lines.push_back(line);
}

impl Said {
    /// Starts a program's record anew.
    pub(super) fn begin(&self, name: &str) {
        let voice = Voice {
            open: 2,
            ..Voice::default()
        };
        self.lock().voices.insert(name.to_owned(), voice);
    }

    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.news.notify_all();
    }

    pub(super) fn expect_end(&self, name: &str) {
        self.change(name, |voice| voice.end_expected = true);
    }

    pub(super) fn runs(&self, name: &str) -> bool {
        self.lock()
            .voices
            .get(name)
            .is_some_and(|voice| voice.ended.is_none())
    }

    /// The next line of standard output; `None` at the deadline.
    pub(super) fn next_line(&self, name: &str, until: Instant) -> Result<Option<String>, Trouble> {
        self.wait(until, |state| {
            let voice = state.voice(name)?;
            if let Some(line) = voice.unread.pop_front() {
                return Ok(Some(line));
            }
            match voice.silent() {
                Some(how) => Err(voice.trouble(name, how)),
                None => Ok(None),
            }
        })
    }

    /// Waits for the program's end.
    pub(super) fn end(&self, name: &str, within: Duration) -> Result<(), Trouble> {
        let end = self.wait(Instant::now() + within, |state| {
            Ok(state.voice(name)?.silent().map(|_| ()))
        });
        end?.ok_or_else(|| self.not_ready(name, within))
    }

    pub(super) fn not_ready(&self, name: &str, within: Duration) -> Trouble {
        let last = self
            .lock()
            .voices
            .get(name)
            .map(Voice::last)
            .unwrap_or_default();
        Trouble::NotReady {
            name: name.to_owned(),
            within,
            last,
        }
    }

    /// Whether the program, and all that holds its streams, ended before the deadline. The brake does not cut this
    /// short: it is how a stop waits.
    pub(super) fn ended_by(&self, name: &str, deadline: Instant) -> bool {
        let mut state = self.lock();
        loop {
            if state
                .voices
                .get(name)
                .is_none_or(|voice| voice.silent().is_some())
            {
                return true;
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            state = self.sleep(state, left);
        }
    }

    /// Waits for the brake, or for an end that nobody asked for.
    pub(super) fn surprise(&self) -> Why {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return Why::Asked;
            }
            if let Some(trouble) = state.unexpected_end() {
                return Why::Ended(trouble);
            }
            state = self
                .news
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait<T>(
        &self,
        until: Instant,
        mut look: impl FnMut(&mut State) -> Result<Option<T>, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return Err(Trouble::Stopped);
            }
            if let Some(found) = look(&mut state)? {
                return Ok(Some(found));
            }
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return Ok(None);
            };
            state = self.sleep(state, left);
        }
    }

    fn sleep<'a>(&self, state: MutexGuard<'a, State>, left: Duration) -> MutexGuard<'a, State> {
        self.news
            .wait_timeout(state, left)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Voice)) {
        if let Some(voice) = self.lock().voices.get_mut(name) {
            change(voice);
        }
        self.news.notify_all();
    }
}

impl State {
    fn voice(&mut self, name: &str) -> Result<&mut Voice, Trouble> {
        self.voices
            .get_mut(name)
            .ok_or_else(|| Trouble::NotRunning {
                name: name.to_owned(),
            })
    }

    fn unexpected_end(&self) -> Option<Trouble> {
        self.voices
            .iter()
            .filter(|(_, voice)| !voice.end_expected)
            .find_map(|(name, voice)| voice.silent().map(|how| voice.trouble(name, how)))
    }
}

/// What one thread needs to report on one program.
#[derive(Debug)]
pub(super) struct Watch {
    said: Arc<Said>,
    name: String,
    log: Arc<File>,
}

impl Watch {
    pub(super) fn new(said: &Arc<Said>, name: &str, log: &Arc<File>) -> Self {
        Self {
            said: Arc::clone(said),
            name: name.to_owned(),
            log: Arc::clone(log),
        }
    }

    /// Passes on a stream's lines until it closes.
    pub(super) fn read(&self, stream: impl Read, source: Source) {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        // Bytes, not text: a program that writes no UTF-8 must not silence itself.
        while stream
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            let line = String::from_utf8_lossy(&bytes)
                .trim_end_matches(['\n', '\r'])
                .to_owned();
            self.write_log(&line);
            self.said
                .change(&self.name, |voice| voice.hear(line, source));
            bytes.clear();
        }
        self.said.change(&self.name, |voice| voice.open -= 1);
    }

    fn write_log(&self, line: &str) {
        // One write a line, so that the two streams never mix within one.
        if let Err(fault) = self
            .log
            .as_ref()
            .write_all(format!("{} | {line}\n", self.name).as_bytes())
        {
            eprintln!("the log of {} cannot be written: {fault}", self.name);
        }
    }

    pub(super) fn ended(&self, how: String) {
        self.said
            .change(&self.name, |voice| voice.ended = Some(how));
    }
}
