//! Instants and civil days. Due days are civil days in Europe/London, so that no
//! clock change moves them (R8). Time always comes in as a parameter.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil, tz::TimeZone};
use planted::planted;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// Last instant that a [`Moment`] can name: the end of the year 9998.
const LAST_MS: i64 = 253_370_764_799_999;

impl Moment {
    /// The instant this many milliseconds after 1970; times before it or after
    /// the year 9998 are moved to the nearest one that can be written.
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(0, LAST_MS))
    }

    /// Milliseconds since 1970.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// This instant and `ms` milliseconds more (or fewer, when negative).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// The civil day on which this instant falls in Europe/London.
    pub fn day(self) -> Day {
        let zone = if planted!(DueDayInUtc) {
            TimeZone::UTC
        } else {
            london()
        };
        Day(self.timestamp().to_zoned(zone).date())
    }

    /// Hour (0–23) and minute in Europe/London, as a wall clock shows them.
    pub fn clock(self) -> (i8, i8) {
        let zoned = self.timestamp().to_zoned(london());
        (zoned.hour(), zoned.minute())
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).expect("clamped to what can be written")
    }
}

fn london() -> TimeZone {
    jiff::tz::get!("Europe/London")
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an instant is written like 2026-12-12T16:31:00.000Z")]
pub struct NotAMoment;

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let ms = text
            .parse::<Timestamp>()
            .map_err(|_| NotAMoment)?
            .as_millisecond();
        let moment = Self::from_ms(ms);
        (moment.0 == ms).then_some(moment).ok_or(NotAMoment)
    }
}

/// A civil day in Europe/London, written as ISO 8601 (`2026-12-12`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(civil::Date);

/// The first and the last day that can be written.
const FIRST: Day = Day(civil::date(1970, 1, 1));
const LAST: Day = Day(civil::date(9998, 12, 31));

impl Day {
    /// The day of this year, month (1–12) and day of the month, if there is one
    /// between the years 1970 and 9998.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = civil::Date::new(year, month, day).ok()?;
        (1970..=9998).contains(&year).then_some(Self(date))
    }

    /// The day `days` after this one; the last day that can be written if that
    /// lies beyond it.
    #[must_use]
    pub fn plus_days(self, days: u16) -> Self {
        let span = jiff::Span::new().days(i64::from(days));
        self.0.checked_add(span).map_or(LAST, Self::clamped)
    }

    /// The day `days` before this one; the first day that can be written if that
    /// lies before it.
    #[must_use]
    pub fn minus_days(self, days: u16) -> Self {
        let span = jiff::Span::new().days(i64::from(days));
        self.0.checked_sub(span).map_or(FIRST, Self::clamped)
    }

    /// The day of this number (1–31) in the month that is `months` after this
    /// day's, or before it when negative; that month's last day where it is shorter.
    #[must_use]
    pub fn in_month(self, months: i32, day_of_month: i8) -> Self {
        let span = jiff::Span::new().months(months);
        let Ok(first) = self.0.first_of_month().checked_add(span) else {
            return if months < 0 { FIRST } else { LAST };
        };
        let day = day_of_month.clamp(1, first.days_in_month());
        Self::clamped(civil::date(first.year(), first.month(), day))
    }

    /// The instant at which this day begins in Europe/London.
    pub fn starts_at(self) -> Moment {
        let start = self.0.to_zoned(london()).expect("London has every day");
        Moment::from_ms(start.timestamp().as_millisecond())
    }

    fn clamped(date: civil::Date) -> Self {
        Self(date).clamp(FIRST, LAST)
    }

    /// Days from `other` to this day; negative when this day is the earlier.
    pub fn days_since(self, other: Self) -> i32 {
        (self.0 - other.0).get_days()
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> usize {
        usize::try_from(self.0.weekday().to_monday_zero_offset()).expect("0 to 6")
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Month, 1 to 12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Day of the month, 1 to 31.
    pub fn day_of_month(self) -> i8 {
        self.0.day()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a civil day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day is written like 2026-12-12")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let date: civil::Date = text.parse().map_err(|_| NotADay)?;
        let day = Self::new(date.year(), date.month(), date.day()).ok_or(NotADay)?;
        (day.to_string() == text).then_some(day).ok_or(NotADay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().expect("a test's own instant")
    }

    #[test]
    fn just_before_midnight_in_summer_time_is_the_london_day_not_the_utc_day() {
        assert_eq!(
            moment("2026-06-30T23:30:00Z").day().to_string(),
            "2026-07-01"
        );
        assert_eq!(
            moment("2026-12-12T23:30:00Z").day().to_string(),
            "2026-12-12"
        );
    }

    #[test]
    fn both_clock_changes_keep_days_whole() {
        let spring = moment("2026-03-29T00:30:00Z").day();
        assert_eq!(spring.plus_days(1).to_string(), "2026-03-30");
        let autumn = moment("2026-10-25T00:30:00Z").day();
        assert_eq!(autumn.plus_days(1).days_since(autumn), 1);
    }

    fn day(text: &str) -> Day {
        text.parse().expect("a test's own day")
    }

    #[test]
    fn a_day_begins_at_londons_midnight_and_has_23_to_25_hours() {
        let hours = |text: &str| {
            let (day, next) = (day(text), day(text).plus_days(1));
            (next.starts_at().as_ms() - day.starts_at().as_ms()) / 3_600_000
        };
        assert_eq!(
            day("2026-07-01").starts_at(),
            moment("2026-06-30T23:00:00Z")
        );
        assert_eq!(hours("2026-03-29"), 23);
        assert_eq!(hours("2026-10-25"), 25);
        assert_eq!(hours("2028-02-29"), 24);
        let start = day("2026-10-25").starts_at();
        assert_eq!(start.day(), day("2026-10-25"));
        assert_eq!(start.plus_ms(-1).day(), day("2026-10-24"));
    }

    #[test]
    fn days_before_are_counted_across_leap_days_and_end_at_the_first_that_there_is() {
        assert_eq!(day("2028-03-01").minus_days(1), day("2028-02-29"));
        assert_eq!(day("2027-03-01").minus_days(1), day("2027-02-28"));
        assert_eq!(day("1970-01-02").minus_days(9), day("1970-01-01"));
        assert_eq!(day("9998-12-30").plus_days(9), day("9998-12-31"));
    }

    #[test]
    fn a_day_that_a_month_does_not_have_is_its_last() {
        let from = day("2028-01-31");
        assert_eq!(from.in_month(1, 31), day("2028-02-29"));
        assert_eq!(from.in_month(13, 30), day("2029-02-28"));
        assert_eq!(from.in_month(-1, 31), day("2027-12-31"));
        assert_eq!(from.in_month(0, 1), day("2028-01-01"));
        assert_eq!(from.in_month(-12 * 90, 5), day("1970-01-01"));
        assert_eq!(from.in_month(12 * 9000, 5), day("9998-12-31"));
    }

    #[test]
    fn an_instant_is_read_back_from_its_own_text() {
        let at = Moment::from_ms(1_765_557_060_123);
        assert_eq!(at.to_string(), "2025-12-12T16:31:00.123Z");
        assert_eq!(at.to_string().parse(), Ok(at));
        assert!("-001000-01-01T00:00:00Z".parse::<Moment>().is_err());
    }

    #[test]
    fn a_day_in_any_other_spelling_is_refused() {
        assert!("2026-02-29".parse::<Day>().is_err());
        assert!("20261212".parse::<Day>().is_err());
        assert_eq!("2028-02-29".parse::<Day>().map(Day::weekday), Ok(1));
    }
}
