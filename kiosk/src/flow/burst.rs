//! R9: after three unattended returns in ten minutes the next asks for a badge.

use std::collections::VecDeque;

/// Unattended returns that need no badge within [`WITHIN_MS`].
const FREE: usize = 3;
/// The stretch of time that is looked at, in milliseconds.
const WITHIN_MS: u64 = 10 * 60 * 1_000;

/// When the last unattended returns were.
#[derive(Default)]
pub(super) struct Burst(VecDeque<u64>);

impl Burst {
    /// Whether the next unattended return needs a badge.
    pub(super) fn needs_badge(&self, now_ms: u64) -> bool {
        let recent = |at: &&u64| now_ms.saturating_sub(**at) < WITHIN_MS;
        self.0.iter().filter(recent).count() >= FREE
    }

    /// An unattended return was taken.
    pub(super) fn count(&mut self, now_ms: u64) {
        self.0.push_back(now_ms);
        if self.0.len() > FREE {
            self.0.pop_front();
        }
    }
}
