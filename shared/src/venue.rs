//! A venue: a place that lends, and the days on which it does.

use std::collections::{BTreeMap, BTreeSet};

use crate::{ids::VenueId, time::Day};

/// What kind of place a venue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VenueKind {
    /// A library of the council.
    Library,
    /// A community partner.
    Partner,
    /// Where the digital team keeps and mends tablets.
    Hub,
}

/// From when to when a venue is open, in minutes since midnight on its own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    opens: u16,
    closes: u16,
}

const DAY_MINUTES: u16 = 24 * 60;

impl Hours {
    /// Hours that begin before they end, on one day.
    pub fn new(opens: u16, closes: u16) -> Option<Self> {
        (opens < closes && closes <= DAY_MINUTES).then_some(Self { opens, closes })
    }

    /// The first minute.
    pub const fn opens(self) -> u16 {
        self.opens
    }

    /// The minute after the last.
    pub const fn closes(self) -> u16 {
        self.closes
    }
}

/// The days on which a venue is closed, and its hours on the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Closed every week on these days: 0 for Monday to 6 for Sunday.
    pub closed_weekdays: BTreeSet<u8>,
    /// Closed on these days besides.
    pub closures: BTreeSet<Day>,
    /// Opening hours by day of the week, where they are known.
    pub hours: BTreeMap<u8, Hours>,
}

/// How far ahead an open day is looked for.
const LOOK_AHEAD_DAYS: u16 = 366;

impl Calendar {
    /// Whether the venue is open on this day.
    pub fn is_open(&self, day: Day) -> bool {
        let weekday = u8::try_from(day.weekday()).expect("0 to 6");
        !self.closed_weekdays.contains(&weekday) && !self.closures.contains(&day)
    }

    /// The hours of this day; none where it is closed or nobody has said.
    pub fn hours_on(&self, day: Day) -> Option<Hours> {
        let weekday = u8::try_from(day.weekday()).expect("0 to 6");
        let hours = self.hours.get(&weekday).copied();
        hours.filter(|_| self.is_open(day))
    }

    /// The first open day on or after `day`; `day` itself where the venue opens
    /// on none of the next 366, since something must be printed on the receipt.
    #[must_use]
    pub fn open_on_or_after(&self, day: Day) -> Day {
        (0..=LOOK_AHEAD_DAYS)
            .map(|ahead| day.plus_days(ahead))
            .find(|day| self.is_open(*day))
            .unwrap_or(day)
    }
}

/// A place that lends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// Its id.
    pub id: VenueId,
    /// Its name, as people say it.
    pub name: String,
    /// What kind of place it is.
    pub kind: VenueKind,
    /// When it is closed.
    pub calendar: Calendar,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a test's own day")
    }

    #[test]
    fn r8_a_closed_sunday_and_a_holiday_after_it_move_the_day_to_tuesday() {
        let calendar = Calendar {
            closed_weekdays: BTreeSet::from([6]),
            closures: BTreeSet::from([day("2026-12-28")]),
            hours: BTreeMap::new(),
        };
        assert_eq!(
            calendar.open_on_or_after(day("2026-12-27")),
            day("2026-12-29")
        );
        assert_eq!(
            calendar.open_on_or_after(day("2026-12-26")),
            day("2026-12-26")
        );
    }

    #[test]
    fn a_venue_that_never_opens_still_gives_a_day() {
        let calendar = Calendar {
            closed_weekdays: (0..7).collect(),
            closures: BTreeSet::new(),
            hours: BTreeMap::new(),
        };
        assert_eq!(
            calendar.open_on_or_after(day("2026-12-27")),
            day("2026-12-27")
        );
    }

    proptest::proptest! {
        /// Any weekdays, a closure of up to two months, over both clock changes and
        /// two leap days.
        #[test]
        fn r8_whatever_is_closed_the_due_day_is_the_first_on_which_it_is_open(
            from in 0_u16..2_000,
            closed_weekdays in proptest::collection::btree_set(0_u8..7, 0..7),
            closed_from in 0_u16..40,
            closed_days in 0_u16..62,
        ) {
            let from = day("2023-12-01").plus_days(from);
            let closures = (closed_from..closed_from + closed_days).map(|days| from.plus_days(days));
            let calendar = Calendar {
                closed_weekdays,
                closures: closures.collect(),
                ..Calendar::default()
            };
            let found = calendar.open_on_or_after(from);
            proptest::prop_assert!(calendar.is_open(found));
            let before = (0..).map(|days| from.plus_days(days)).take_while(|day| *day < found);
            for day in before {
                proptest::prop_assert!(!calendar.is_open(day), "{day} was open");
            }
        }
    }
}
