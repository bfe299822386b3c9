//! The word that the server lacks facts that it answered before: it was set back.
//! The call for rows finds it, the thread that sends facts acts on it.

use std::sync::{Arc, Mutex, PoisonError};

use super::bell::Bell;

pub(super) struct Recall {
    from: Mutex<Option<u64>>,
    post: Arc<Bell>,
}

impl Recall {
    pub const fn new(post: Arc<Bell>) -> Self {
        let from = Mutex::new(None);
        Self { from, post }
    }

    /// Everything from this place of the series on is to be sent again.
    pub fn ask(&self, from: u64) {
        self.ask_later(from);
        self.post.ring();
    }

    /// The same, when the thread that sends looks next.
    pub fn ask_later(&self, from: u64) {
        *self.from.lock().unwrap_or_else(PoisonError::into_inner) = Some(from);
    }

    /// What was asked since the last look.
    pub fn take(&self) -> Option<u64> {
        self.from
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}
