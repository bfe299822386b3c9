//! The one thread that writes. It drains a bounded queue and commits what waits
//! there in one transaction: one write to the disk for all of them. A full queue is
//! said at once; a failed commit is a fault for everybody who waited for it.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use tokio::sync::{mpsc, oneshot, watch};

use crate::store::{Answer, Fault, Store, Work};

/// Most jobs that may wait.
pub const QUEUE_MAX: usize = 256;
/// Most commands that are committed together.
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

type Reply = oneshot::Sender<Result<Answer, WriterError>>;

enum Job {
    Commit(Box<Work>, Reply),
    Run(Box<dyn FnOnce(&mut Store) + Send>),
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
    jobs: mpsc::Sender<Job>,
    positions: watch::Receiver<u64>,
}

impl Writer {
    /// Starts the thread over this store.
    pub fn start(store: Store) -> Result<Self, Fault> {
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let (published, positions) = watch::channel(store.read().position()?);
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || Loop { store, published }.run(queue))
            .map_err(|source| Fault::File {
                path: "the writer's thread".to_owned(),
                source,
            })?;
        let handle = Handle { jobs, positions };
        Ok(Self { handle, thread })
    }

    /// For whoever wants to write.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Finishes what waits, stops the thread and gives the store back. Blocks.
    pub fn stop(self) -> Result<Store, WriterError> {
        // A thread that is gone needs no word.
        drop(self.handle.jobs.blocking_send(Job::Stop));
        self.thread.join().map_err(|_| WriterError::Stopped)
    }
}

impl Handle {
    /// Has a command decided and stored.
    pub async fn commit(&self, work: Work) -> Result<Answer, WriterError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Commit(Box::new(work), reply))?;
        answer.await.map_err(|_| WriterError::Stopped)?
    }

    /// Runs any other verb that writes, in its turn.
    pub async fn run<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, WriterError> {
        let (reply, done) = oneshot::channel();
        self.send(Job::Run(Box::new(move |store| {
            // Whoever asked may have gone; the verb is done all the same.
            drop(reply.send(verb(store)));
        })))?;
        let done = done.await.map_err(|_| WriterError::Stopped)?;
        done.map_err(|fault| WriterError::Fault(Arc::new(fault)))
    }

    /// Tells the log's position after each commit.
    pub fn positions(&self) -> watch::Receiver<u64> {
        self.positions.clone()
    }

    fn send(&self, job: Job) -> Result<(), WriterError> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriterError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriterError::Stopped,
        })
    }
}

struct Loop {
    store: Store,
    published: watch::Sender<u64>,
}

impl Loop {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) -> Store {
        let mut next = queue.blocking_recv();
        while let Some(job) = next.take() {
            match job {
                Job::Commit(work, reply) => next = self.commit(*work, reply, &mut queue),
                Job::Run(verb) => verb(&mut self.store),
                Job::Stop => break,
            }
            next = next.or_else(|| queue.blocking_recv());
        }
        self.store
    }

    /// Commits this work and all that wait right behind it; gives back the job
    /// that is none.
    fn commit(&mut self, work: Work, reply: Reply, queue: &mut mpsc::Receiver<Job>) -> Option<Job> {
        let (mut works, mut replies) = (vec![work], vec![reply]);
        let mut other = None;
        while works.len() < BATCH_MAX && other.is_none() {
            match queue.try_recv() {
                Ok(Job::Commit(work, reply)) => {
                    works.push(*work);
                    replies.push(reply);
                }
                Ok(job @ (Job::Run(_) | Job::Stop)) => other = Some(job),
                Err(_) => break,
            }
        }
        self.answer(&works, replies);
        other
    }

    fn answer(&mut self, works: &[Work], replies: Vec<Reply>) {
        let answers = match self.store.commit_batch(works) {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(fault) => vec![Err(WriterError::Fault(Arc::new(fault))); works.len()],
        };
        self.publish();
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever asked may have gone; what was taken stays taken.
            drop(reply.send(answer));
        }
    }

    fn publish(&self) {
        match self.store.read().position() {
            Ok(position) => {
                self.published.send_replace(position);
            }
            Err(fault) => tracing::error!(%fault, "the log's position cannot be read"),
        }
    }
}

#[cfg(test)]
mod tests;
