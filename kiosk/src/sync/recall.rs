//! The word that kiosk and server do not know the same of the kiosk's own facts: the
//! server was set back, or the kiosk was. The call for rows finds it; the thread that
//! sends facts acts on it, while none of them is under way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bell::Bell;

pub(super) struct Recall {
    asked: Mutex<Asked>,
    post: Arc<Bell>,
}

#[derive(Default)]
struct Asked {
    from: Option<u64>,
    ended: Option<u32>,
}

impl Recall {
    pub fn new(post: Arc<Bell>) -> Self {
        let asked = Mutex::default();
        Self { asked, post }
    }

    /// Everything from this place of the series on is to be sent again.
    pub fn ask(&self, from: u64) {
        self.ask_later(from);
        self.post.ring();
    }

    /// The same, when the thread that sends looks next.
    pub fn ask_later(&self, from: u64) {
        self.asked().from = Some(from);
    }

    /// This series has ended: another is to be begun.
    pub fn end(&self, series: u32) {
        self.end_later(series);
        self.post.ring();
    }

    /// The same, when the thread that sends looks next.
    pub fn end_later(&self, series: u32) {
        self.asked().ended = Some(series);
    }

    /// From where on facts are to be sent again, if that was asked since the last look.
    pub fn take(&self) -> Option<u64> {
        self.asked().from.take()
    }

    /// The series that has ended, if any did since the last look.
    pub fn take_ended(&self) -> Option<u32> {
        self.asked().ended.take()
    }

    // Two words have no half-made state that a panic could leave behind.
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
