//! Waits for the next call, or for what is worth calling at once: a person's
//! answer, or a receipt that a reset started by somebody else has left. The kernel
//! wakes the program; nothing is polled.

use std::{io, mem::MaybeUninit, os::fd::OwnedFd, time::Instant};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::inotify::{self, CreateFlags, WatchFlags},
    io::Errno,
};

use crate::{place::Place, screen::ANSWER};

/// Waits.
#[derive(Debug)]
pub struct Waiter {
    watch: OwnedFd,
    receipts: i32,
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

    /// Waits at most so long. Nobody who was asked nothing can make the tablet call.
    pub fn wait(&self, ms: u64, is_asked: bool) -> io::Result<()> {
        let started = Instant::now();
        // What came during the last turn may have come too late for it.
        if self.is_woken(is_asked)? {
            return Ok(());
        }
        loop {
            let passed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let left_ms = ms.saturating_sub(passed_ms);
            if left_ms == 0 || (self.poll(left_ms)? && self.is_woken(is_asked)?) {
                return Ok(());
            }
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

    /// Reads all that happened; whether any of it is worth a call.
    fn is_woken(&self, is_asked: bool) -> io::Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = inotify::Reader::new(&self.watch, &mut buffer);
        let mut woken = false;
        loop {
            match events.next() {
                Ok(event) => {
                    let name = event.file_name().map(std::ffi::CStr::to_bytes);
                    let receipt = event.wd() == self.receipts
                        && name.is_some_and(|name| name.ends_with(b".json"));
                    woken |= receipt || (is_asked && name == Some(ANSWER.as_bytes()));
                }
                Err(Errno::AGAIN) => return Ok(woken),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
