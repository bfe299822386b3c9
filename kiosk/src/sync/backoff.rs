//! How long to wait before the next try: twice as long after each failure, and
//! never the same for two kiosks, so that they do not all come at once.

use std::time::Duration;

use super::Timing;
use crate::chance;

/// Counts failures.
#[derive(Debug)]
pub struct Backoff {
    timing: Timing,
    failures: u32,
}

impl Backoff {
    /// No failure yet.
    pub const fn new(timing: Timing) -> Self {
        let failures = 0;
        Self { timing, failures }
    }

    /// The next try is a first one.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure: half of it is left to chance.
    pub fn pause(&mut self) -> Duration {
        // Without chance the pause is whole: late, and no more than that.
        let [part] = chance::bytes::<1>().unwrap_or([u8::MAX]);
        self.pause_by(part)
    }

    /// The same, by this chance.
    pub fn pause_by(&mut self, part: u8) -> Duration {
        let doubled = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1).min(16);
        let whole = self.timing.pause.saturating_mul(doubled);
        let whole = whole.min(self.timing.pause_max);
        whole / 2 + whole / 2 * u32::from(part) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_begin_again() {
        let timing = Timing::default();
        let mut backoff = Backoff::new(timing);
        let first = backoff.pause();
        assert!(first >= timing.pause / 2 && first <= timing.pause);
        let tenth = (0..100).map(|_| backoff.pause()).last();
        assert!(tenth >= Some(timing.pause_max / 2) && tenth <= Some(timing.pause_max));
        backoff.reset();
        assert!(backoff.pause() <= timing.pause);
    }
}
