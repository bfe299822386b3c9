//! When to call again. Chance is a parameter, so that a hundred tablets that lost
//! the server in the same moment do not find it again in the same moment.

const FIRST_MS: u64 = 2_000;
const LONGEST_MS: u64 = 15 * 60_000;

/// How long to wait after this many calls in a row came to nothing: twice as long
/// each time, up to a quarter of an hour, between half of it and all of it.
pub const fn after_faults(faults: u32, chance: u64) -> u64 {
    let doublings = if faults > 20 {
        20
    } else {
        faults.saturating_sub(1)
    };
    let longest = FIRST_MS << doublings;
    let longest = if longest > LONGEST_MS {
        LONGEST_MS
    } else {
        longest
    };
    longest / 2 + chance % (longest / 2 + 1)
}

/// The time that the server asked for, up to a tenth more or less.
pub const fn with_jitter(asked_ms: u64, chance: u64) -> u64 {
    let tenth = asked_ms / 10;
    asked_ms - tenth + chance % (2 * tenth + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_faults_and_stay_bounded() {
        for chance in [0, 1, 12_345, u64::MAX] {
            for faults in 1..100 {
                let wait = after_faults(faults, chance);
                assert!(
                    (FIRST_MS / 2..=LONGEST_MS).contains(&wait),
                    "{faults}: {wait}"
                );
            }
        }
        assert!(after_faults(1, u64::MAX) <= FIRST_MS);
        assert!(after_faults(30, 0) >= LONGEST_MS / 2);
    }

    #[test]
    fn jitter_is_a_tenth_at_most() {
        for chance in 0..1000 {
            let wait = with_jitter(900_000, chance * 997);
            assert!((810_000..=990_000).contains(&wait), "{wait}");
        }
        assert_eq!(with_jitter(0, 5), 0);
    }
}
