//! How often one caller may call (R16): nobody's program that runs wild takes the server
//! from the others. A leaky bucket each, by the generic cell rate algorithm of ITU-T I.371:
//! one instant a caller, the one at which its bucket is empty again.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How often a caller may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls a second in the long run.
    pub per_second: u32,
    /// Calls at once, after a rest.
    pub burst: u32,
}

impl Rate {
    /// A tablet calls every second where it has something to do, and four times in a
    /// demo.
    pub const TABLET: Self = Self {
        per_second: 20,
        burst: 200,
    };

    /// A kiosk that was offline for a day has a thousand things to tell.
    pub const KIOSK: Self = Self {
        per_second: 200,
        burst: 2_000,
    };

    fn each(self) -> Duration {
        Duration::from_secs(1) / self.per_second
    }

    /// When the bucket is empty again after one call more, unless it is full.
    fn after_a_call(self, empty_at: Instant, now: Instant) -> Option<Instant> {
        let empty_at = empty_at.max(now) + self.each();
        (empty_at <= now + self.each() * self.burst).then_some(empty_at)
    }
}

/// What every caller did lately.
#[derive(Debug)]
pub struct Rates<C>(Mutex<Buckets<C>>);

#[derive(Debug)]
struct Buckets<C> {
    empty_at: HashMap<C, Instant>,
    /// With so many, those that are empty are dropped: an empty one says nothing.
    look_at: usize,
}

/// Fewest buckets that are looked through.
const LOOK_AT_MIN: usize = 1_024;

impl<C> Default for Rates<C> {
    fn default() -> Self {
        Self(Mutex::new(Buckets {
            empty_at: HashMap::new(),
            look_at: LOOK_AT_MIN,
        }))
    }
}

impl<C: Eq + Hash> Rates<C> {
    /// Counts a call, where this caller may call now.
    pub fn may_call(&self, caller: C, rate: Rate, now: Instant) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let empty_at = buckets.empty_at.get(&caller).copied().unwrap_or(now);
        let Some(empty_at) = rate.after_a_call(empty_at, now) else {
            return false;
        };
        buckets.empty_at.insert(caller, empty_at);
        buckets.drop_the_empty(now);
        true
    }
}

impl<C: Eq + Hash> Buckets<C> {
    fn drop_the_empty(&mut self, now: Instant) {
        if self.empty_at.len() < self.look_at {
            return;
        }
        self.empty_at.retain(|_, empty_at| *empty_at > now);
        self.look_at = (2 * self.empty_at.len()).max(LOOK_AT_MIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 10,
        burst: 3,
    };

    fn at(now: Instant, ms: u64) -> Instant {
        now + Duration::from_millis(ms)
    }

    #[test]
    fn r16_a_caller_may_call_so_many_times_at_once_and_then_so_often() {
        let (rates, now) = (Rates::default(), Instant::now());
        let may = |caller: u8, ms| rates.may_call(caller, RATE, at(now, ms));
        assert_eq!([0; 4].map(|ms| may(1, ms)), [true, true, true, false]);
        assert!(may(2, 0), "another's calls are not this one's");
        assert!(!may(1, 99));
        assert!(may(1, 100));
        assert!(
            !may(1, 150),
            "a refused call is not counted, and wins no time"
        );
        assert_eq!([5_000; 4].map(|ms| may(1, ms)), [true, true, true, false]);
    }

    #[test]
    fn whoever_has_not_called_for_a_while_takes_no_room() {
        let (rates, now) = (Rates::default(), Instant::now());
        let many = u32::try_from(LOOK_AT_MIN).expect("a few") * 4;
        for caller in 0..many {
            let ms = u64::from(caller) * 100;
            assert!(rates.may_call(caller, RATE, at(now, ms)));
        }
        let kept = rates.0.lock().expect("nobody panicked").empty_at.len();
        assert!(kept < 2 * LOOK_AT_MIN, "{kept} are kept");
    }
}
