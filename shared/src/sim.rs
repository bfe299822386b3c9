//! The SIM card in a tablet: three numbers that are never taken for one another
//! (its own, its modem's and its line's), and the data that it may use in a month.

use std::{fmt, ops::Range, str::FromStr};

use crate::{data_use::DataUse, time::Day};

/// What is typed or imported with spaces and hyphens, without them.
fn compact(text: &str) -> Option<String> {
    const TYPED_MAX: usize = 40;
    let kept = text.chars().filter(|it| !matches!(it, ' ' | '-'));
    (text.len() <= TYPED_MAX).then(|| kept.collect())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}

/// Whether the last digit is the check digit of those before it (ISO/IEC 7812).
fn luhn_holds(digits: &str) -> bool {
    let from_the_right = digits.bytes().rev().map(|it| u32::from(it - b'0'));
    let weighed = from_the_right.enumerate().map(|(at, digit)| match at % 2 {
        0 => digit,
        _odd => digit * 2 / 10 + digit * 2 % 10,
    });
    weighed.sum::<u32>() % 10 == 0
}

/// A SIM card's own number, as it is printed on the card (ITU-T E.118).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iccid(String);

/// The text is not a SIM card's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SIM card's number (ICCID) begins with 89 and has 19 or 20 digits")]
pub struct NotAnIccid;

impl Iccid {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing tells if it was copied rightly: some networks print 19
    /// digits without the check digit, so that 19 digits that fail the check may
    /// be whole.
    pub fn is_ambiguous(&self) -> bool {
        !luhn_holds(&self.0)
    }
}

impl FromStr for Iccid {
    type Err = NotAnIccid;

    /// Reads what is printed, or what a modem tells: it fills an odd number of
    /// digits up with an F.
    fn from_str(text: &str) -> Result<Self, NotAnIccid> {
        let compact = compact(text).ok_or(NotAnIccid)?;
        let digits = compact.strip_suffix(['F', 'f']).unwrap_or(&compact);
        let whole = match digits.len() {
            19 => is_digits(digits),
            20 => is_digits(digits) && luhn_holds(digits),
            _other => false,
        };
        (whole && digits.starts_with("89"))
            .then(|| Self(digits.to_owned()))
            .ok_or(NotAnIccid)
    }
}

impl fmt::Display for Iccid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Iccid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A modem's number: 14 digits and their check digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imei(String);

/// The text is not a modem's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a modem's number (IMEI) has 15 digits, of which the last checks the others")]
pub struct NotAnImei;

impl Imei {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Imei {
    type Err = NotAnImei;

    fn from_str(text: &str) -> Result<Self, NotAnImei> {
        let digits = compact(text).ok_or(NotAnImei)?;
        let fits = digits.len() == 15 && is_digits(&digits) && luhn_holds(&digits);
        fits.then_some(Self(digits)).ok_or(NotAnImei)
    }
}

impl fmt::Display for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A line's telephone number (ITU-T E.164). It reaches whoever has the tablet, so
/// it is never written to a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msisdn(String);

/// The text is not a telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line's number (MSISDN) is a + and 7 to 15 digits, the first of them no 0")]
pub struct NotAnMsisdn;

impl Msisdn {
    /// The number with its +.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Msisdn {
    type Err = NotAnMsisdn;

    fn from_str(text: &str) -> Result<Self, NotAnMsisdn> {
        let number = compact(text).ok_or(NotAnMsisdn)?;
        let digits = number.strip_prefix('+').ok_or(NotAnMsisdn)?;
        let fits =
            (7..=15).contains(&digits.len()) && is_digits(digits) && !digits.starts_with('0');
        fits.then_some(Self(number)).ok_or(NotAnMsisdn)
    }
}

impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Msisdn(..)")
    }
}

/// The day of the month on which a SIM's data begin anew, in Europe/London.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeriodDay(i8);

/// The number is not a day of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a period begins on a day of the month, 1 to 31")]
pub struct NotAPeriodDay;

impl TryFrom<i8> for PeriodDay {
    type Error = NotAPeriodDay;

    fn try_from(day: i8) -> Result<Self, NotAPeriodDay> {
        (1..=31)
            .contains(&day)
            .then_some(Self(day))
            .ok_or(NotAPeriodDay)
    }
}

impl PeriodDay {
    /// 1 to 31.
    pub const fn get(self) -> i8 {
        self.0
    }

    /// The period in which `day` lies: its first day, and the first day of the
    /// next. A month that is too short begins its period on its last day.
    pub fn period_of(self, day: Day) -> Range<Day> {
        let begins = |months| day.in_month(months, self.0);
        if day < begins(0) {
            begins(-1)..begins(0)
        } else {
            begins(0)..begins(1)
        }
    }
}

/// The data that a SIM may use in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataAllowance {
    /// Bytes, both ways together.
    pub bytes: u64,
    /// When they begin anew.
    pub period: PeriodDay,
}

/// How much of its allowance a SIM has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowanceState {
    /// Less than four fifths.
    Enough,
    /// Four fifths or more.
    NearlyUsed,
    /// All of it.
    Used,
}

impl DataAllowance {
    /// How far `used` in one period goes.
    pub fn state(&self, used: DataUse) -> AllowanceState {
        let used = u128::from(used.bytes());
        let bytes = u128::from(self.bytes);
        if used >= bytes {
            AllowanceState::Used
        } else if used * 5 >= bytes * 4 {
            AllowanceState::NearlyUsed
        } else {
            AllowanceState::Enough
        }
    }

    /// Bytes that are left after `used` in one period.
    pub const fn left_bytes(&self, used: DataUse) -> u64 {
        self.bytes.saturating_sub(used.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iccid(text: &str) -> Result<String, NotAnIccid> {
        text.parse::<Iccid>().map(|it| it.to_string())
    }

    #[test]
    fn a_sim_cards_number_is_read_as_printed_and_as_a_modem_tells_it() {
        let printed = "8944 1100 6867 8237 124";
        assert_eq!(iccid(printed), Ok("8944110068678237124".to_owned()));
        assert_eq!(iccid("8944110068678237124F"), iccid(printed));
        assert_eq!(iccid("8944110068678237124f"), iccid(printed));
        assert!(iccid("89441100686782371244").is_ok());
    }

    #[test]
    fn nineteen_digits_that_fail_the_check_are_ambiguous_and_twenty_are_wrong() {
        let checked: Iccid = "8944110068678237129".parse().expect("its check holds");
        assert!(!checked.is_ambiguous());
        let unchecked: Iccid = "8944110068678237124".parse().expect("it may be whole");
        assert!(unchecked.is_ambiguous());
        let whole: Iccid = "89441100686782371244".parse().expect("its check holds");
        assert!(!whole.is_ambiguous());
        assert_eq!(iccid("89441100686782371245"), Err(NotAnIccid));
    }

    #[test]
    fn what_is_no_sim_cards_number_is_refused() {
        for wrong in [
            "",
            "F",
            "8844110068678237124",
            "894411006867823712",
            "894411006867823712FF",
            "8944110068678237124FF",
            "894411006867823712X",
            "８９44110068678237124",
        ] {
            assert_eq!(iccid(wrong), Err(NotAnIccid), "{wrong}");
        }
        assert_eq!(iccid(&"8".repeat(100_000)), Err(NotAnIccid));
    }

    #[test]
    fn a_modems_number_is_checked_over_its_fourteen_digits() {
        let imei = "35-209900-176148-1"
            .parse::<Imei>()
            .expect("its check holds");
        assert_eq!(imei.as_str(), "352099001761481");
        for wrong in ["352099001761482", "35209900176148", "8944110068678237129"] {
            assert_eq!(wrong.parse::<Imei>(), Err(NotAnImei), "{wrong}");
        }
    }

    #[test]
    fn a_lines_number_is_international_and_told_to_no_log() {
        let line: Msisdn = "+44 7700 900123".parse().expect("a number for fiction");
        assert_eq!(line.as_str(), "+447700900123");
        assert_eq!(format!("{line:?}"), "Msisdn(..)");
        for wrong in ["07700 900123", "+0447700900123", "+44", "+4477009001231234"] {
            assert_eq!(wrong.parse::<Msisdn>(), Err(NotAnMsisdn), "{wrong}");
        }
    }

    #[test]
    fn one_number_is_never_taken_for_another() {
        assert!("352099001761481".parse::<Iccid>().is_err());
        assert!("8944110068678237129".parse::<Msisdn>().is_err());
        assert!("+447700900123".parse::<Imei>().is_err());
    }

    fn day(text: &str) -> Day {
        text.parse().expect("a test's own day")
    }

    fn period_day(number: i8) -> PeriodDay {
        PeriodDay::try_from(number).expect("a day of the month")
    }

    #[test]
    fn a_period_begins_on_its_day_or_on_the_last_of_a_shorter_month() {
        let period = |number, on: &str| {
            let period = period_day(number).period_of(day(on));
            format!("{}..{}", period.start, period.end)
        };
        assert_eq!(period(1, "2026-02-28"), "2026-02-01..2026-03-01");
        assert_eq!(period(15, "2026-01-14"), "2025-12-15..2026-01-15");
        assert_eq!(period(29, "2027-02-28"), "2027-02-28..2027-03-29");
        assert_eq!(period(29, "2028-02-28"), "2028-01-29..2028-02-29");
        assert_eq!(period(31, "2026-04-30"), "2026-04-30..2026-05-31");
        assert_eq!(period(31, "2026-04-29"), "2026-03-31..2026-04-30");
        assert!(PeriodDay::try_from(0).is_err() && PeriodDay::try_from(32).is_err());
    }

    #[test]
    fn periods_follow_each_other_without_a_gap_and_every_day_lies_in_its_own() {
        for number in 1..=31 {
            let mut today = day("2027-12-01");
            let mut period = period_day(number).period_of(today);
            while today < day("2029-01-15") {
                today = today.plus_days(1);
                if today == period.end {
                    let next = period_day(number).period_of(today);
                    assert_eq!(next.start, period.end, "day {number}");
                    period = next;
                }
                assert_eq!(period_day(number).period_of(today), period, "day {number}");
                assert!(period.contains(&today), "day {number}, {today}");
            }
        }
    }

    #[test]
    fn an_allowance_is_nearly_used_from_four_fifths_and_used_from_all_of_it() {
        let allowance = DataAllowance {
            bytes: 10,
            period: period_day(1),
        };
        let used = |rx_bytes| DataUse {
            rx_bytes,
            tx_bytes: 1,
        };
        assert_eq!(allowance.state(used(6)), AllowanceState::Enough);
        assert_eq!(allowance.state(used(7)), AllowanceState::NearlyUsed);
        assert_eq!(allowance.state(used(8)), AllowanceState::NearlyUsed);
        assert_eq!(allowance.state(used(9)), AllowanceState::Used);
        assert_eq!(allowance.left_bytes(used(6)), 3);
        assert_eq!(allowance.left_bytes(used(u64::MAX)), 0);
        let none = DataAllowance {
            bytes: 0,
            ..allowance
        };
        assert_eq!(none.state(DataUse::default()), AllowanceState::Used);
    }
}
