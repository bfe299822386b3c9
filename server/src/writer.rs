//! The one thread that writes. It drains a bounded queue and stores what waits there in
//! one transaction: one write to the disk for all of them. A full queue is said at once.
//! Where something is broken, what waited together is tried again one by one, so that
//! nobody suffers for what another asked.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use planted::planted;
use tokio::sync::{mpsc, oneshot, watch};

use crate::store::{Answer, Fault, Store, Work};

/// Most jobs that may wait.
pub const QUEUE_MAX: usize = 256;
/// Most jobs that are stored together.
pub const BATCH_MAX: usize = 64;

/// Why there is no answer. Nothing is known of what was asked: the same command id
/// again finds out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriterError {
    /// Too many wait already: nothing was done.
    #[error("too many wait to be written")]
    Busy,
    /// The server is stopping.
    #[error("the writer has stopped")]
    Stopped,
    /// The store failed.
    #[error("the store failed")]
    Fault(#[source] Arc<Fault>),
}

/// Something to be written, and somebody who waits to hear that it is stored.
trait Job: Send {
    /// Writes it, as a part of what is under way.
    fn write(&mut self, store: &mut Store) -> Result<(), Fault>;
    /// Whether it may add to the log.
    fn decides(&self) -> bool;
    /// Says what became of it. Whoever asked may have gone; what is stored stays stored.
    fn tell(self: Box<Self>, stored: Result<(), Arc<Fault>>);
}

struct Asked<T, V> {
    verb: V,
    decides: bool,
    said: Option<T>,
    reply: oneshot::Sender<Result<T, WriterError>>,
}

impl<T: Send, V: FnMut(&mut Store) -> Result<T, Fault> + Send> Job for Asked<T, V> {
    fn write(&mut self, store: &mut Store) -> Result<(), Fault> {
        self.said = Some((self.verb)(store)?);
        Ok(())
    }

    fn decides(&self) -> bool {
        self.decides
    }

    fn tell(self: Box<Self>, stored: Result<(), Arc<Fault>>) {
        let Self { said, reply, .. } = *self;
        let stored = stored.map_err(WriterError::Fault);
        drop(reply.send(stored.and_then(|()| said.ok_or(WriterError::Stopped))));
    }
}

enum Message {
    Write(Box<dyn Job>),
    Stop,
}

/// The writing thread.
#[derive(Debug)]
pub struct Writer {
    handle: Handle,
    thread: JoinHandle<Store>,
}

/// Asks the writing thread.
#[derive(Clone, Debug)]
pub struct Handle {
    messages: mpsc::Sender<Message>,
    positions: watch::Receiver<u64>,
}

impl Writer {
    /// Starts the thread over this store.
    pub fn start(store: Store) -> Result<Self, Fault> {
        Self::start_storing(store, BATCH_MAX)
    }

    /// The same with at most so many jobs stored together.
    pub fn start_storing(store: Store, batch_max: usize) -> Result<Self, Fault> {
        let max = if planted!(UnboundedQueue) {
            1 << 20
        } else {
            QUEUE_MAX
        };
        let (messages, queue) = mpsc::channel(max);
        let (published, positions) = watch::channel(store.read().position()?);
        let work = Loop {
            store,
            published,
            batch_max,
        };
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || work.run(queue))
            .map_err(|source| Fault::File {
                path: "the writer's thread".to_owned(),
                source,
            })?;
        let handle = Handle {
            messages,
            positions,
        };
        Ok(Self { handle, thread })
    }

    /// For whoever wants to write.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Finishes what waits, stops the thread and gives the store back. Blocks.
    pub fn stop(self) -> Result<Store, WriterError> {
        // A thread that is gone needs no word.
        drop(self.handle.messages.blocking_send(Message::Stop));
        self.thread.join().map_err(|_| WriterError::Stopped)
    }
}

impl Handle {
    /// Has a command decided and stored.
    pub async fn commit(&self, work: Work) -> Result<Answer, WriterError> {
        self.ask(true, move |store| store.commit(&work)).await
    }

    /// Runs any other verb that writes, in its turn. It is run again where something
    /// that it was to be stored with is broken.
    pub async fn run<T: Send + 'static>(
        &self,
        verb: impl FnMut(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, WriterError> {
        self.ask(false, verb).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        decides: bool,
        verb: impl FnMut(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, WriterError> {
        let said = self.send(decides, verb)?;
        said.await.map_err(|_| WriterError::Stopped)?
    }

    /// Tells the log's position after each commit.
    pub fn positions(&self) -> watch::Receiver<u64> {
        self.positions.clone()
    }

    /// Has it wait in the queue.
    fn send<T: Send + 'static>(
        &self,
        decides: bool,
        verb: impl FnMut(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, WriterError>>, WriterError> {
        let (reply, said) = oneshot::channel();
        let job = Box::new(Asked {
            verb,
            decides,
            said: None,
            reply,
        });
        let sent = self.messages.try_send(Message::Write(job));
        sent.map(|()| said).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriterError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriterError::Stopped,
        })
    }
}

struct Loop {
    store: Store,
    published: watch::Sender<u64>,
    batch_max: usize,
}

impl Loop {
    fn run(mut self, mut queue: mpsc::Receiver<Message>) -> Store {
        while let Some(Message::Write(job)) = queue.blocking_recv() {
            let mut batch = vec![job];
            let mut stops = false;
            while batch.len() < self.batch_max && !stops {
                match queue.try_recv() {
                    Ok(Message::Write(job)) => batch.push(job),
                    Ok(Message::Stop) => stops = true,
                    Err(_) => break,
                }
            }
            self.write(batch);
            if stops {
                break;
            }
        }
        self.store
    }

    /// Stores all of these together; where that cannot be, each alone.
    fn write(&mut self, mut batch: Vec<Box<dyn Job>>) {
        match self.store_whole(&mut batch) {
            Err(_) if batch.len() > 1 => {
                for job in batch {
                    self.write(vec![job]);
                }
            }
            stored => {
                self.publish();
                let stored = stored.map_err(Arc::new);
                for job in batch {
                    job.tell(stored.clone());
                }
            }
        }
    }

    fn store_whole(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), Fault> {
        let decides = batch.iter().any(|job| job.decides());
        self.store.whole(|store| {
            batch.iter_mut().try_for_each(|job| job.write(store))?;
            if decides {
                kill_point::reached("server:before-commit");
            }
            Ok(())
        })?;
        if decides {
            kill_point::reached("server:after-commit");
        }
        Ok(())
    }

    fn publish(&self) {
        match self.store.read().position() {
            Ok(position) => {
                self.published.send_if_modified(|known| {
                    let is_news = *known != position;
                    *known = position;
                    is_news
                });
            }
            Err(fault) => tracing::error!(%fault, "the log's position cannot be read"),
        }
    }
}

#[cfg(test)]
mod tests;
