//! Waits for the next call, or for what is worth calling at once: a person's
//! answer, or a receipt that a reset started by somebody else has left. Meanwhile the
//! session may ask for a code to show, which needs no call. The kernel wakes the
//! program; nothing is polled.

use std::{io, mem::MaybeUninit, os::fd::OwnedFd, time::Instant};

use anyhow::Result;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::inotify::{self, CreateFlags, WatchFlags},
    io::Errno,
};

use crate::{
    place::Place,
    screen::{ANSWER, SHOW_CODE},
};

/// Waits.
#[derive(Debug)]
pub struct Waiter {
    watch: OwnedFd,
    receipts: i32,
}

/// What happened in the folders.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    /// It is worth a call.
    call: bool,
    /// The session wants a code.
    code: bool,
}

impl Waiter {
    /// Watches the session's answers and the receipts.
    pub fn on(place: &Place) -> io::Result<Self> {
        place.answers_disk()?;
        place.receipts_disk()?;
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let written = WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO;
        inotify::add_watch(&watch, place.answers_dir(), written)?;
        let receipts = inotify::add_watch(&watch, place.receipts_dir(), written)?;
        Ok(Self { watch, receipts })
    }

    /// Waits at most so long, and shows a code whenever the session wants one. Nobody
    /// who was asked nothing can make the tablet call.
    pub fn wait(
        &self,
        ms: u64,
        is_asked: bool,
        mut show_code: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let started = Instant::now();
        // What came during the last turn may have come too late for it.
        let mut heard = self.heard(is_asked)?;
        loop {
            if heard.code {
                show_code()?;
            }
            let passed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let left_ms = ms.saturating_sub(passed_ms);
            if heard.call || left_ms == 0 {
                return Ok(());
            }
            heard = if self.poll(left_ms)? {
                self.heard(is_asked)?
            } else {
                Heard::default()
            };
        }
    }

    fn poll(&self, ms: u64) -> io::Result<bool> {
        let timeout = Timespec {
            tv_sec: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(ms % 1000 * 1_000_000).unwrap_or(0),
        };
        let mut watched = [PollFd::new(&self.watch, PollFlags::IN)];
        match poll(&mut watched, Some(&timeout)) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads all that happened.
    fn heard(&self, is_asked: bool) -> io::Result<Heard> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = inotify::Reader::new(&self.watch, &mut buffer);
        let mut heard = Heard::default();
        loop {
            match events.next() {
                Ok(event) => {
                    let name = event.file_name().map(std::ffi::CStr::to_bytes);
                    let receipt = event.wd() == self.receipts
                        && name.is_some_and(|name| name.ends_with(b".json"));
                    heard.call |= receipt || (is_asked && name == Some(ANSWER.as_bytes()));
                    heard.code |= name == Some(SHOW_CODE.as_bytes());
                }
                Err(Errno::AGAIN) => return Ok(heard),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;

    #[test]
    fn a_code_is_shown_whenever_the_session_wants_one_and_the_server_is_not_called_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        let waiter = Waiter::on(&place).unwrap();
        let writes = |name| fs::write(place.answers_dir().join(name), "").unwrap();
        let mut shown = 0;
        let mut waits = |ms, is_asked| {
            let started = Instant::now();
            let show = || {
                shown += 1;
                Ok(())
            };
            waiter.wait(ms, is_asked, show).unwrap();
            (shown, started.elapsed().as_millis() >= u128::from(ms))
        };
        writes(SHOW_CODE);
        assert_eq!(waits(20, true), (1, true), "it waited all the same");
        writes(ANSWER);
        assert_eq!(waits(20, false), (1, true), "nobody asked");
        writes(SHOW_CODE);
        writes(ANSWER);
        assert_eq!(waits(60_000, true), (2, false), "an answer is worth a call");
    }
}
