//! Readers beside the one writer: as many as ask at once, kept for the next to ask.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Fault, Reader, Settings};

/// Most readers that are kept while nobody asks.
const KEPT_MAX: usize = 8;

/// Gives a reader to whoever asks. Reading blocks: not on an async thread.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    settings: Settings,
    idle: Mutex<Vec<Reader>>,
}

impl Readers {
    /// Readers of the database at `path`, which a store made before.
    pub fn new(path: impl Into<PathBuf>, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            path: path.into(),
            settings,
            idle: Mutex::default(),
        }))
    }

    /// What `read` sees is of one moment, whatever is written meanwhile.
    pub fn read<T>(&self, read: impl FnOnce(&Reader) -> Result<T, Fault>) -> Result<T, Fault> {
        let reader = match self.idle().pop() {
            Some(reader) => reader,
            None => Reader::open(&self.0.path, self.0.settings.clone())?,
        };
        let seen = reader.at_once(read);
        let mut idle = self.idle();
        if idle.len() < KEPT_MAX {
            idle.push(reader);
        }
        seen
    }

    /// A reader that panicked was not put back, so the list is whole.
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
