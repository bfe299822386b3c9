//! All the chance there is in a simulated world: numbers that follow from a seed.
//! Each part of the world draws from a stream of its own, so that leaving out what
//! one part does moves the others as little as possible.

use std::ops::RangeInclusive;

/// A stream of numbers (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

/// What `SplitMix64` adds at each step.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Chance {
    /// The stream of this name under a seed.
    pub fn of(seed: u64, name: &str) -> Self {
        let mut chance = Self(seed);
        for byte in name.bytes() {
            chance.0 = chance.next() ^ u64::from(byte);
        }
        chance
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(end);
        u64::try_from(wide >> 64).expect("less than `end`")
    }

    /// A number in this range.
    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (first, last) = range.into_inner();
        first + self.below(last - first + 1)
    }

    /// A place in a list of this length.
    pub fn place(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).expect("lists are short");
        usize::try_from(self.below(length)).expect("lists are short")
    }

    /// True so many times in a thousand.
    pub fn happens(&mut self, in_a_thousand: u64) -> bool {
        self.below(1_000) < in_a_thousand
    }

    /// One of these, if there is any.
    pub fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.place(list.len()))
    }

    /// A number that is small as a rule, and now and then large: each doubling is as
    /// likely as the one before, up to the first that reaches `most`.
    pub fn mostly_small(&mut self, least: u64, most: u64) -> u64 {
        let times = most.div_ceil(least.max(1)).max(1);
        let doublings = u64::from(times.next_power_of_two().ilog2());
        let bound = (least.max(1) << self.within(0..=doublings)).min(most);
        self.within(least.min(bound)..=bound)
    }

    /// Random bytes, for an id or a key.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.next().to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_name_give_the_same_numbers_and_another_name_gives_others() {
        let drawn = |name| Chance::of(7, name).bytes::<32>();
        assert_eq!(drawn("kiosk 1"), drawn("kiosk 1"));
        assert_ne!(drawn("kiosk 1"), drawn("kiosk 2"));
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_both_ends() {
        let mut chance = Chance::of(1, "range");
        let drawn: Vec<u64> = (0..1_000).map(|_| chance.within(3..=6)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&3), Some(&6))
        );
        let drawn: Vec<u64> = (0..1_000).map(|_| chance.mostly_small(1, 10)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&1), Some(&10))
        );
        let small = drawn.iter().filter(|it| **it <= 2).count();
        assert!(small > 400, "{small} of 1000");
    }

    #[test]
    fn what_never_happens_never_does_and_what_always_does_always_does() {
        let mut chance = Chance::of(2, "happens");
        assert!((0..1_000).all(|_| !chance.happens(0) && chance.happens(1_000)));
        assert_eq!(chance.one_of::<u8>(&[]), None);
    }
}
