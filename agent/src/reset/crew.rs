//! Several files at once: one thread finds them, the others read them. A tablet's disk
//! answers several requests sooner than one after the other, and digests are made on
//! all its processors.

use std::{
    num::NonZero,
    sync::{
        Mutex,
        mpsc::{Receiver, sync_channel},
    },
    thread::{self, available_parallelism},
};

use super::StepFailed;

/// Length of what is read at once.
pub const BUFFER: usize = 512 * 1024;
/// A disk reads to a place that is a multiple of this, whatever its blocks are.
const ALIGNED: usize = 4096;
/// Jobs that may wait; each holds an open file.
const WAITING: usize = 64;
const CREW_MAX: usize = 8;

/// Takes jobs.
pub type Feed<'a, J> = &'a mut dyn FnMut(J);

/// Does every job that `find` feeds, on several threads; what came of each, in any
/// order.
///
/// # Errors
/// The first failure, of a job or of what finds them.
pub fn work<J: Send, R: Send>(
    find: impl FnOnce(Feed<J>) -> Result<(), StepFailed>,
    each: impl Fn(J, &mut [u8]) -> Result<R, StepFailed> + Sync,
) -> Result<Vec<R>, StepFailed> {
    let (feed, jobs) = sync_channel(WAITING);
    let jobs = Mutex::new(jobs);
    thread::scope(|scope| {
        let members: Vec<_> = (0..size())
            .map(|_| scope.spawn(|| member(&jobs, &each)))
            .collect();
        let found = find(&mut |job| {
            feed.send(job).expect("jobs are taken as long as any come");
        });
        drop(feed);
        let mut done = Vec::new();
        for member in members {
            done.append(&mut member.join().expect("reading a file does not panic")?);
        }
        found.map(|()| done)
    })
}

fn size() -> usize {
    let processors = available_parallelism().map_or(1, NonZero::get);
    (processors * 2).min(CREW_MAX)
}

fn member<J, R>(
    jobs: &Mutex<Receiver<J>>,
    each: impl Fn(J, &mut [u8]) -> Result<R, StepFailed>,
) -> Result<Vec<R>, StepFailed> {
    let mut buffer = vec![0; BUFFER + ALIGNED];
    let buffer = aligned(&mut buffer);
    let mut done = Vec::new();
    let mut failed = None;
    while let Some(job) = next(jobs) {
        // After a failure the rest is taken and let go, so that nobody waits to feed.
        if failed.is_some() {
            continue;
        }
        match each(job, buffer) {
            Ok(result) => done.push(result),
            Err(why) => failed = Some(why),
        }
    }
    failed.map_or(Ok(done), Err)
}

/// What a disk may write into by itself.
fn aligned(buffer: &mut [u8]) -> &mut [u8] {
    let from = buffer.as_ptr().align_offset(ALIGNED).min(ALIGNED);
    &mut buffer[from..from + BUFFER]
}

fn next<J>(jobs: &Mutex<Receiver<J>>) -> Option<J> {
    jobs.lock().ok()?.recv().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use shared::signed::receipt::FailedStep;

    use super::*;

    fn feed_all(numbers: u32) -> impl FnOnce(Feed<u32>) -> Result<(), StepFailed> {
        move |feed| {
            for number in 0..numbers {
                feed(number);
            }
            Ok(())
        }
    }

    #[test]
    fn every_job_is_done_once() {
        let mut done = work(feed_all(1000), |job, _| Ok(job)).unwrap();
        done.sort_unstable();
        assert_eq!(done, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn one_failure_fails_all_and_nobody_waits_for_ever() {
        let failing = |job, _: &mut [u8]| match job {
            7 => Err(StepFailed::because(FailedStep::Verify, "seven")),
            other => Ok(other),
        };
        let failed = work(feed_all(1000), failing).unwrap_err();
        assert_eq!(failed.why, "seven");
        let finding = |feed: Feed<u32>| {
            feed(1);
            Err(StepFailed::because(FailedStep::Verify, "lost"))
        };
        assert_eq!(work(finding, |job, _| Ok(job)).unwrap_err().why, "lost");
    }
}
