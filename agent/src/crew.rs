//! Several things at once. A tablet's disk answers several requests sooner than one
//! after the other; digests are made, and files deleted, on all its processors.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread::{self, available_parallelism},
};

/// A disk reads to a place that is a multiple of this, whatever its blocks are.
const ALIGNED: usize = 4096;
const CREW_MAX: usize = 8;

/// Does each of these jobs once, on several threads, each with a tool of its own; what
/// came of each, in any order.
///
/// # Errors
/// The first failure. Jobs that nobody has begun by then are not done.
pub fn work<J: Sync, T, R: Send, E: Send>(
    jobs: &[J],
    tool: impl Fn() -> T + Sync,
    each: impl Fn(&J, &mut T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let member = || {
        let mut tool = tool();
        let mut done = Vec::new();
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = each(job, &mut tool);
            done.push(result.inspect_err(|_| next.store(jobs.len(), Ordering::Relaxed))?);
        }
        Ok(done)
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..size().min(jobs.len()))
            .map(|_| scope.spawn(member))
            .collect();
        let mut done = member();
        for other in others {
            let more = other.join().expect("no job panics");
            done = done.and_then(|done| Ok([done, more?].into_iter().flatten().collect()));
        }
        done
    })
}

fn size() -> usize {
    let processors = available_parallelism().map_or(1, NonZero::get);
    (processors * 2).min(CREW_MAX)
}

/// What a member reads into; a disk may write there by itself.
#[derive(Debug)]
pub struct Buffer(Vec<u8>);

impl Default for Buffer {
    fn default() -> Self {
        Self(vec![0; Self::LENGTH + ALIGNED])
    }
}

impl Buffer {
    /// Length of what is read at once.
    pub const LENGTH: usize = 512 * 1024;

    /// As much of it as so many bytes need: whatever room a file does not fill, the
    /// kernel may fill with nothing, and takes its time.
    pub fn for_bytes(&mut self, bytes: u64) -> &mut [u8] {
        let from = self.0.as_ptr().align_offset(ALIGNED).min(ALIGNED);
        let bytes = usize::try_from(bytes).unwrap_or(Self::LENGTH);
        let length = bytes.clamp(1, Self::LENGTH).next_multiple_of(ALIGNED);
        &mut self.0[from..from + length]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn every_job_is_done_once() {
        for count in [0, 1, 2, 1000] {
            let jobs: Vec<u32> = (0..count).collect();
            let done = work(&jobs, || (), |job, ()| Ok::<_, ()>(*job));
            let mut done = done.expect("no job fails");
            done.sort_unstable();
            assert_eq!(done, jobs);
        }
    }

    #[test]
    fn one_failure_fails_all_whoever_it_happens_to() {
        let caller = thread::current().id();
        for is_callers in [true, false] {
            // Neither goes on before both are begun, so each has one of them.
            let both = Barrier::new(2);
            let each = |(): &(), (): &mut ()| {
                both.wait();
                let is_here = (thread::current().id() == caller) == is_callers;
                if is_here { Err("here") } else { Ok(()) }
            };
            assert_eq!(work(&[(), ()], || (), each), Err("here"));
        }
    }

    #[test]
    fn a_disk_may_write_into_a_buffer_of_any_length_that_is_asked_for() {
        let mut buffer = Buffer::default();
        let whole = Buffer::LENGTH;
        for (bytes, length) in [(0, 4096), (1, 4096), (4097, 8192), (u64::MAX, whole)] {
            let room = buffer.for_bytes(bytes);
            assert_eq!(
                (room.as_ptr().align_offset(ALIGNED), room.len()),
                (0, length)
            );
        }
    }
}
