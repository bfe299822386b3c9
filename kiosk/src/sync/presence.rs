//! Whether the server answers, as all threads together know it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::{News, Sink, Stopped, bell::Bell, heard::on_trouble, link::Trouble};

pub(super) struct Presence {
    online: Mutex<Option<bool>>,
    /// Kiosk and server do not understand each other: no fact is sent.
    halted: AtomicBool,
    sink: Sink,
    /// Rung when the server answers again, so that facts do not wait longer.
    post: Arc<Bell>,
}

impl Presence {
    pub fn new(sink: Sink, post: Arc<Bell>) -> Self {
        Self {
            online: Mutex::new(None),
            halted: AtomicBool::new(false),
            sink,
            post,
        }
    }

    /// The server answered.
    pub fn here(&self) -> Result<(), Stopped> {
        self.set(true)
    }

    /// A call came to nothing.
    pub fn trouble(&self, trouble: &Trouble) -> Result<(), Stopped> {
        match trouble {
            Trouble::Away(_) | Trouble::NoNumber => tracing::debug!("{trouble}"),
            Trouble::NotLetIn { .. } => tracing::warn!("{trouble}"),
            Trouble::Refused { .. } | Trouble::NotUnderstood(_) => tracing::error!("{trouble}"),
        }
        match on_trouble(trouble) {
            None => Ok(()),
            Some(News::Online(online)) => self.set(online),
            Some(news) => self.tell(news),
        }
    }

    /// Sends nothing more: it could not be put right by trying again.
    pub fn halt(&self, why: &str) -> Result<(), Stopped> {
        if self.halted.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        tracing::error!("no more facts are sent, they are kept here: {why}");
        (self.sink)(News::Halted)
    }

    pub fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    pub fn tell(&self, news: News) -> Result<(), Stopped> {
        (self.sink)(news)
    }

    fn set(&self, online: bool) -> Result<(), Stopped> {
        // Held while it is told, so that two changes arrive in their order.
        let mut known = self.online.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == Some(online) {
            return Ok(());
        }
        *known = Some(online);
        tracing::info!(
            "the server {}",
            if online { "answers" } else { "does not answer" }
        );
        (self.sink)(News::Online(online))?;
        if online {
            self.post.ring();
        }
        Ok(())
    }
}
