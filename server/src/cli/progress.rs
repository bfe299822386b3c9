//! How far long work is, on one line of a terminal. Whoever reads along by machine
//! gets nothing of it.

use std::{
    io::{IsTerminal, Write, stderr},
    sync::Mutex,
};

/// A line that counts; it is wiped when the work is done.
pub(super) struct Progress {
    what: &'static str,
    all: u64,
    /// The part, in hundredths, that stands there; `None` where nobody looks.
    shown: Mutex<Option<u64>>,
}

impl Progress {
    /// Counts so many of these.
    pub(super) fn new(what: &'static str, all: u64) -> Self {
        let shown = Mutex::new(stderr().is_terminal().then_some(0));
        Self { what, all, shown }
    }

    /// So many are done.
    pub(super) fn show(&self, done: u64) {
        // A thread that panicked here left a number, as good as any.
        let mut shown = self
            .shown
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let part = done.saturating_mul(100) / self.all.max(1);
        if shown.is_some_and(|shown| part > shown) {
            *shown = Some(part);
            draw(&format!("{done} of {} {}", self.all, self.what));
        }
    }
}

/// Draws over the line that stood there.
fn draw(line: &str) {
    // Whether it can be seen is no matter of the work.
    drop(write!(stderr(), "\r{line:<60}\r").and_then(|()| stderr().flush()));
}

impl Drop for Progress {
    fn drop(&mut self) {
        let shown = self
            .shown
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if shown.is_some_and(|shown| shown > 0) {
            draw("");
        }
    }
}
