//! Lost tablets: the lock is ordered first, and the SIM is suspended only after the
//! tablet has answered or a deadline has passed: suspended first, the SIM would cut
//! the only way on which the order can reach it.

use crate::time::Moment;

/// How long a lost tablet has to answer before its SIM may be suspended all the same:
/// a day, in which it is charged and switched on once.
pub const ANSWER_MS: i64 = 24 * 60 * 60 * 1000;

/// The last word to a tablet on whether it is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock {
    /// It is to be locked; else it is to be open again.
    pub locked: bool,
    /// Grows with every such word, so that an earlier one is a replay. It follows the
    /// clock, so that it also grows where this log was brought back from a backup.
    pub counter: u64,
    /// When it was decided.
    pub since: Moment,
}

impl Lock {
    /// This word, after an earlier one.
    pub fn after(earlier: Option<Self>, locked: bool, since: Moment) -> Self {
        let clock = u64::try_from(since.as_ms()).unwrap_or(0);
        let next = earlier.map_or(1, |it| it.counter + 1);
        Self {
            locked,
            counter: next.max(clock),
            since,
        }
    }

    /// How a lost tablet's SIM stands; nothing where it is not locked.
    pub fn suspension(&self, answers_locked: bool, now: Moment) -> Option<Suspension> {
        let until = self.since.plus_ms(ANSWER_MS);
        self.locked.then_some(match answers_locked {
            true => Suspension::AfterItsAnswer,
            false if now < until => Suspension::Wait { until },
            false => Suspension::AfterTheDeadline,
        })
    }
}

/// Whether the SIM of a lost tablet may be suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suspension {
    /// Not yet: the lock was sent, and the tablet has not answered.
    Wait {
        /// From then on it may be, whatever the tablet says.
        until: Moment,
    },
    /// It may be now: the tablet says that it is locked.
    AfterItsAnswer,
    /// It may be now: the tablet had its time to answer.
    AfterTheDeadline,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since() -> Moment {
        Moment::from_ms(1_000_000)
    }

    fn locked() -> Lock {
        Lock::after(None, true, since())
    }

    #[test]
    fn a_sim_is_suspended_only_after_the_tablet_answered_or_its_time_has_passed() {
        let until = since().plus_ms(ANSWER_MS);
        let wait = Some(Suspension::Wait { until });
        assert_eq!(locked().suspension(false, since()), wait);
        assert_eq!(locked().suspension(false, until.plus_ms(-1)), wait);
        let passed = Some(Suspension::AfterTheDeadline);
        assert_eq!(locked().suspension(false, until), passed);
        let answered = Some(Suspension::AfterItsAnswer);
        assert_eq!(locked().suspension(true, since()), answered);
        assert_eq!(locked().suspension(true, until), answered);
    }

    #[test]
    fn the_sim_of_a_tablet_that_was_found_is_left_alone() {
        let found = Lock::after(Some(locked()), false, since());
        assert_eq!(found.suspension(true, since().plus_ms(ANSWER_MS)), None);
    }

    #[test]
    fn a_later_word_has_a_greater_number_whatever_the_clock_says() {
        let first = locked();
        assert_eq!(first.counter, 1_000_000);
        let clock_went_back = Lock::after(Some(first), false, Moment::from_ms(5));
        assert_eq!(clock_went_back.counter, 1_000_001);
        let after_a_backup = Lock::after(None, true, since().plus_ms(7));
        assert!(after_a_backup.counter > first.counter);
    }
}
