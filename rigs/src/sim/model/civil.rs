//! Civil days in London, reckoned a second time from the proleptic calendar and
//! the rule for summer time, for R8.

use shared::{
    time::{Day, Moment},
    venue::Calendar,
};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// Days since 1970-01-01 of the civil day on which this instant falls in London.
pub fn day(moment: Moment) -> i64 {
    let ms = moment.as_ms();
    let summer = if is_summer(ms) { HOUR_MS } else { 0 };
    (ms + summer).div_euclid(DAY_MS)
}

/// Summer time: from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last
/// Sunday of October.
fn is_summer(ms: i64) -> bool {
    let (year, _, _) = civil(ms.div_euclid(DAY_MS));
    let change = |month| last_sunday(year, month) * DAY_MS + HOUR_MS;
    (change(3)..change(10)).contains(&ms)
}

/// The last Sunday of a month with 31 days.
fn last_sunday(year: i64, month: i64) -> i64 {
    let last = days(year, month, 31);
    // 1970-01-01 was a Thursday.
    last - (last + 4).rem_euclid(7)
}

/// Days since 1970-01-01 of a date (Howard Hinnant's `days_from_civil`).
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of so many days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = years + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days since 1970-01-01 of a day, read from its own text.
pub fn number(day: Day) -> Option<i64> {
    let text = day.to_string();
    let mut parts = text.split('-').map(str::parse);
    let mut next = || parts.next()?.ok();
    Some(days(next()?, next()?, next()?))
}

/// The first day on or after this one on which the venue is open; this one where
/// it is closed for a year.
pub fn open_on_or_after(calendar: &Calendar, day: i64) -> i64 {
    let closures: Vec<i64> = calendar
        .closures
        .iter()
        .filter_map(|it| number(*it))
        .collect();
    let is_open = |day: &i64| {
        let weekday = (day + 3).rem_euclid(7);
        let closed = calendar.closed_weekdays.iter();
        !closed.map(|it| i64::from(*it)).any(|it| it == weekday) && !closures.contains(day)
    };
    (day..=day + 366).find(is_open).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        day(text.parse().expect("a test's own instant"))
    }

    #[test]
    fn days_change_at_midnight_in_london_in_winter_and_in_summer() {
        assert_eq!(at("2026-12-12T23:59:59Z"), days(2026, 12, 12));
        assert_eq!(at("2026-06-30T22:59:59Z"), days(2026, 6, 30));
        assert_eq!(at("2026-06-30T23:00:00Z"), days(2026, 7, 1));
    }

    #[test]
    fn both_clock_changes_are_where_they_are() {
        // The last Sundays of March and October 2026.
        assert_eq!(last_sunday(2026, 3), days(2026, 3, 29));
        assert_eq!(last_sunday(2026, 10), days(2026, 10, 25));
        assert_eq!(at("2026-10-24T23:00:00Z"), days(2026, 10, 25));
        assert_eq!(at("2026-10-25T23:30:00Z"), days(2026, 10, 25));
    }

    #[test]
    fn dates_are_read_back_over_a_leap_day() {
        for number in days(2027, 12, 30)..days(2028, 3, 3) {
            let (year, month, day) = civil(number);
            assert_eq!(days(year, month, day), number);
        }
        assert_eq!(civil(days(2028, 2, 29)), (2028, 2, 29));
        assert_eq!(
            number("2028-02-29".parse().expect("a day")),
            Some(days(2028, 2, 29))
        );
    }
}
