//! Times and days as people say them, and as a machine reads them.

use lang::{Arg, Catalogue, Key};
use shared::time::{Day, Moment};

use crate::certificate::words as certificate;

/// A time in words, and in the form of HTML's `datetime`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// For people.
    pub words: String,
    /// For programs.
    pub datetime: String,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long ago something was: "12 min ago".
pub fn ago(catalogue: &Catalogue, at: Moment, now: Moment) -> Time {
    let ms = (now.as_ms() - at.as_ms()).max(0);
    let counted = |key, length| {
        let count = usize::try_from(ms / length).unwrap_or(usize::MAX);
        catalogue.text(key, &[("count", Arg::Count(count))])
    };
    let words = match ms {
        ..MINUTE_MS => catalogue.say(Key::FleetSeenNow),
        MINUTE_MS..HOUR_MS => counted(Key::FleetSeenMinutes, MINUTE_MS),
        HOUR_MS..DAY_MS => counted(Key::FleetSeenHours, HOUR_MS),
        DAY_MS.. => counted(Key::FleetSeenDays, DAY_MS),
    };
    let datetime = at.to_string();
    Time { words, datetime }
}

/// Days ahead that are counted; later ones are named.
const COUNTED_DAYS: i32 = 6;

/// When a loan is due: "9 days late", "due today", "due 12 December".
pub fn due(catalogue: &Catalogue, due_on: Day, today: Day) -> Time {
    let ahead = due_on.days_since(today);
    let count = Arg::Count(usize::try_from(ahead.unsigned_abs()).unwrap_or(usize::MAX));
    let words = match ahead {
        ..0 => catalogue.text(Key::FleetDueLate, &[("count", count)]),
        0 => catalogue.say(Key::FleetDueToday),
        1 => catalogue.say(Key::FleetDueTomorrow),
        2..=COUNTED_DAYS => catalogue.text(Key::FleetDueIn, &[("count", count)]),
        _ => day_and_month(catalogue, due_on),
    };
    let datetime = due_on.to_string();
    Time { words, datetime }
}

/// A day without its weekday, for narrow columns: "due 12 December".
fn day_and_month(catalogue: &Catalogue, day: Day) -> String {
    let (month, day) = (catalogue.month(day.month()), day.day_of_month().to_string());
    let args = [("day", Arg::Text(&day)), ("month", Arg::Text(&month))];
    catalogue.text(Key::FleetDueOn, &args)
}

/// A day: "Saturday 12 December".
pub fn day(catalogue: &Catalogue, day: Day) -> String {
    catalogue.day(day.weekday(), day.day_of_month(), day.month())
}

/// Day and time of the day of this page.
pub fn as_of(catalogue: &Catalogue, now: Moment) -> String {
    let (hour, minute) = now.clock();
    let (day, clock) = (day(catalogue, now.day()), catalogue.clock(hour, minute));
    let args = [("day", Arg::Text(&day)), ("clock", Arg::Text(&clock))];
    catalogue.text(Key::FleetAsOf, &args)
}

/// The day and time of the day of something that happened: "27 November 2026, 9:05am".
pub fn when(catalogue: &Catalogue, at: Moment) -> Time {
    let words = certificate::moment(catalogue, at);
    let datetime = at.to_string();
    Time { words, datetime }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().expect("a test's own instant")
    }

    fn said_ago(at: &str) -> String {
        let now = moment("2026-12-12T16:31:00Z");
        ago(&Catalogue::english(), moment(at), now).words
    }

    #[test]
    fn times_gone_by_are_told_in_the_largest_whole_part() {
        assert_eq!(said_ago("2026-12-12T16:30:30Z"), "just now");
        assert_eq!(said_ago("2026-12-12T16:19:00Z"), "12 min ago");
        assert_eq!(said_ago("2026-12-12T13:00:00Z"), "3 h ago");
        assert_eq!(said_ago("2026-12-11T16:00:00Z"), "1 day ago");
        assert_eq!(said_ago("2026-12-03T16:00:00Z"), "9 days ago");
        assert_eq!(said_ago("2026-12-12T16:40:00Z"), "just now");
    }

    fn said_due(due_on: &str) -> String {
        let (due_on, today) = (due_on.parse(), "2026-12-12".parse());
        let (due_on, today) = (due_on.expect("a day"), today.expect("a day"));
        due(&Catalogue::english(), due_on, today).words
    }

    #[test]
    fn days_near_by_are_counted_and_later_ones_named() {
        assert_eq!(said_due("2026-12-03"), "9 days late");
        assert_eq!(said_due("2026-12-11"), "1 day late");
        assert_eq!(said_due("2026-12-12"), "due today");
        assert_eq!(said_due("2026-12-13"), "due tomorrow");
        assert_eq!(said_due("2026-12-18"), "due in 6 days");
        assert_eq!(said_due("2026-12-19"), "due 19 December");
    }

    #[test]
    fn a_page_says_its_own_time_on_londons_clock() {
        let summer = moment("2026-07-01T11:05:00Z");
        let said = as_of(&Catalogue::english(), summer);
        assert_eq!(said, "As it was Wednesday 1 July, 12:05pm.");
    }
}
