//! Chance that is the same for the same seed.

use shared::digest::Digest;

/// A row of throws.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// `N` bytes, at most 32.
    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        self.thrown += 1;
        let parts = [self.seed.to_be_bytes(), self.thrown.to_be_bytes()];
        let digest = Digest::of_parts(&[b"demo", &parts[0], &parts[1]]);
        std::array::from_fn(|at| digest.as_bytes()[at])
    }

    /// A whole number from `low` on and below `high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let thrown = u32::from_be_bytes(self.bytes());
        low + i64::from(thrown) % (high - low)
    }
}
