//! Mobile data that a tablet used, counted from the counters of its modem. The
//! counters begin at zero whenever the tablet or the modem starts, so what is
//! counted is how far they moved between two readings. These are the tablet's own
//! figures and say "now"; the network's say what was charged, and the two are never
//! added together.

use std::{fmt, ops::Add, str::FromStr};

use crate::{ids::BootId, time::Moment};

/// Bytes that a modem moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataUse {
    /// To the tablet.
    pub rx_bytes: u64,
    /// From the tablet.
    pub tx_bytes: u64,
}

impl DataUse {
    /// Both ways together.
    pub const fn bytes(self) -> u64 {
        self.rx_bytes.saturating_add(self.tx_bytes)
    }

    /// Whether nothing was moved.
    pub const fn is_nothing(self) -> bool {
        self.rx_bytes == 0 && self.tx_bytes == 0
    }

    fn at_most(self, bytes: u64) -> Self {
        Self {
            rx_bytes: self.rx_bytes.min(bytes),
            tx_bytes: self.tx_bytes.min(bytes),
        }
    }
}

impl Add for DataUse {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rx_bytes: self.rx_bytes.saturating_add(other.rx_bytes),
            tx_bytes: self.tx_bytes.saturating_add(other.tx_bytes),
        }
    }
}

/// The kernel's name of a modem's network interface; it tells one modem from
/// another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interface(String);

/// The text is not an interface's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an interface's name is 1 to 15 visible ASCII characters without a slash")]
pub struct NotAnInterface;

impl FromStr for Interface {
    type Err = NotAnInterface;

    fn from_str(text: &str) -> Result<Self, NotAnInterface> {
        let visible = |it: u8| it.is_ascii_graphic() && it != b'/';
        let fits = (1..=15).contains(&text.len()) && text.bytes().all(visible);
        fits.then(|| Self(text.to_owned())).ok_or(NotAnInterface)
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a modem's counters stood when a heartbeat told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The heartbeat's number.
    pub seq: u64,
    /// The start of the tablet's kernel.
    pub boot: BootId,
    /// The modem.
    pub interface: Interface,
    /// Bytes to the tablet since either started.
    pub rx_bytes: u64,
    /// Bytes from the tablet since then.
    pub tx_bytes: u64,
}

/// The fastest that any modem of a tablet is taken to be, each way: a gigabit a
/// second. A tablet that claims more is believed up to here, so that no claim can
/// drown the figures of a fleet.
const BYTES_MAX_PER_MS: u64 = 125_000;

/// The last that is known of a tablet's counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Where they stood.
    pub counters: Counters,
    /// When the server heard it, by its own clock.
    pub read_at: Moment,
}

impl Meter {
    /// The meter after this reading, and what was used since the one before.
    ///
    /// The first reading only says where counting begins. Word that comes again or
    /// late is no reading: the counters it tells of are counted already.
    #[must_use]
    pub fn read(before: Option<Self>, counters: Counters, read_at: Moment) -> (Self, DataUse) {
        let Some(before) = before else {
            return (Self { counters, read_at }, DataUse::default());
        };
        if counters.seq <= before.counters.seq {
            return (before, DataUse::default());
        }
        let passed_ms = read_at.as_ms() - before.read_at.as_ms();
        let passed_ms = u64::try_from(passed_ms).unwrap_or(0);
        let used = before.moved_to(&counters);
        let used = used.at_most(passed_ms.saturating_mul(BYTES_MAX_PER_MS));
        (Self { counters, read_at }, used)
    }

    /// How far the counters moved. Where they began anew, they say it themselves.
    fn moved_to(&self, now: &Counters) -> DataUse {
        let before = &self.counters;
        let same_modem = now.boot == before.boot && now.interface == before.interface;
        let rx_bytes = now.rx_bytes.checked_sub(before.rx_bytes);
        let tx_bytes = now.tx_bytes.checked_sub(before.tx_bytes);
        match (rx_bytes, tx_bytes) {
            (Some(rx_bytes), Some(tx_bytes)) if same_modem => DataUse { rx_bytes, tx_bytes },
            // One that went back within a start of the kernel shows that the modem
            // itself was started again, and with it both its counters.
            (Some(_) | None, Some(_) | None) => DataUse {
                rx_bytes: now.rx_bytes,
                tx_bytes: now.tx_bytes,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn counters(seq: u64, boot: u8, rx_bytes: u64, tx_bytes: u64) -> Counters {
        Counters {
            seq,
            boot: BootId::from_bytes([boot; 16]),
            interface: "wwan0".parse().expect("an interface's name"),
            rx_bytes,
            tx_bytes,
        }
    }

    fn minute(minute: i64) -> Moment {
        Moment::from_ms(1_800_000_000_000 + minute * MINUTE_MS)
    }

    /// What each reading adds; one a minute.
    fn used(readings: &[Counters]) -> Vec<(u64, u64)> {
        let mut meter = None;
        let each = (0..).zip(readings).map(|(at, counters)| {
            let (after, used) = Meter::read(meter.take(), counters.clone(), minute(at));
            meter = Some(after);
            (used.rx_bytes, used.tx_bytes)
        });
        each.collect()
    }

    #[test]
    fn the_first_reading_says_where_counting_begins_and_the_next_what_was_used() {
        let readings = [
            counters(1, 1, 900, 90),
            counters(2, 1, 1000, 90),
            counters(3, 1, 1007, 95),
        ];
        assert_eq!(used(&readings), [(0, 0), (100, 0), (7, 5)]);
    }

    #[test]
    fn a_new_start_of_the_kernel_counts_from_zero() {
        let readings = [counters(1, 1, 900, 90), counters(2, 2, 950, 95)];
        assert_eq!(used(&readings)[1], (950, 95));
    }

    #[test]
    fn a_counter_that_went_back_is_a_modem_that_was_started_again() {
        let readings = [counters(1, 1, 900, 90), counters(2, 1, 30, 91)];
        assert_eq!(used(&readings)[1], (30, 91));
    }

    #[test]
    fn another_modem_counts_from_zero() {
        let mut other = counters(2, 1, 950, 95);
        other.interface = "wwan1".parse().expect("an interface's name");
        assert_eq!(used(&[counters(1, 1, 900, 90), other])[1], (950, 95));
    }

    #[test]
    fn word_that_comes_again_or_late_counts_nothing_and_turns_nothing_back() {
        let readings = [
            counters(1, 1, 100, 10),
            counters(3, 1, 300, 30),
            counters(3, 1, 300, 30),
            counters(2, 1, 200, 20),
            counters(4, 1, 301, 31),
        ];
        let expected = [(0, 0), (200, 20), (0, 0), (0, 0), (1, 1)];
        assert_eq!(used(&readings), expected);
    }

    #[test]
    fn a_claim_of_exabytes_is_believed_up_to_a_gigabit_a_second() {
        let readings = [counters(1, 1, 0, 0), counters(2, 1, u64::MAX, 5)];
        assert_eq!(used(&readings)[1], (7_500_000_000, 5));
    }

    #[test]
    fn a_clock_that_went_back_counts_nothing_and_counting_goes_on() {
        let read = |before, seq, rx_bytes, at| {
            Meter::read(before, counters(seq, 1, rx_bytes, 0), minute(at))
        };
        let (meter, _) = read(None, 1, 0, 10);
        let (meter, used) = read(Some(meter), 2, 500, 5);
        assert_eq!(used, DataUse::default());
        let (_, used) = read(Some(meter), 3, 600, 6);
        assert_eq!(used.rx_bytes, 100);
    }

    #[test]
    fn an_interface_has_the_kernels_kind_of_name() {
        assert!("wwan0".parse::<Interface>().is_ok());
        assert!("wwp0s20f0u6i12".parse::<Interface>().is_ok());
        for wrong in ["", "0123456789abcdef", "a/b", "a b", "wwan\u{e9}", "a\n"] {
            assert_eq!(wrong.parse::<Interface>(), Err(NotAnInterface), "{wrong:?}");
        }
    }

    /// What really happened between two readings, as only the tablet knows it.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// It moved these bytes.
        Used(u32, u32),
        /// It was started again.
        Rebooted,
        /// Its last word came a second time.
        Again,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (any::<u32>(), any::<u32>()).prop_map(|(rx, tx)| Step::Used(rx, tx)),
            1 => Just(Step::Rebooted),
            1 => Just(Step::Again),
        ]
    }

    proptest! {
        #[test]
        fn an_honest_tablet_is_counted_to_the_byte_whatever_happens_between(
            steps in proptest::collection::vec(step(), 1..60),
        ) {
            let mut at = counters(1, 0, 1_000, 100);
            let (mut meter, _) = Meter::read(None, at.clone(), minute(0));
            let (mut counted, mut really) = (DataUse::default(), DataUse::default());
            for (n, step) in (1..).zip(steps) {
                match step {
                    Step::Used(rx, tx) => {
                        let moved = DataUse { rx_bytes: rx.into(), tx_bytes: tx.into() };
                        really = really + moved;
                        at.rx_bytes += moved.rx_bytes;
                        at.tx_bytes += moved.tx_bytes;
                        at.seq += 1;
                    }
                    Step::Rebooted => at = counters(at.seq + 1, n, 0, 0),
                    Step::Again => {}
                }
                let (after, used) = Meter::read(Some(meter), at.clone(), minute(n.into()));
                meter = after;
                counted = counted + used;
            }
            prop_assert_eq!(counted, really);
        }

        #[test]
        fn no_sequence_of_claims_adds_more_than_the_fastest_modem_could_move(
            claims in proptest::collection::vec(
                (any::<u64>(), 0_u8..3, any::<u64>(), any::<u64>(), -5_000_i64..5_000), 1..60,
            ),
        ) {
            let mut now = minute(0);
            let (mut meter, mut counted, mut passed_ms) = (None, DataUse::default(), 0);
            for (seq, boot, rx, tx, ms) in claims {
                now = now.plus_ms(ms);
                passed_ms += ms.max(0);
                let (after, used) = Meter::read(meter, counters(seq, boot, rx, tx), now);
                meter = Some(after);
                counted = counted + used;
            }
            let most = u64::try_from(passed_ms).expect("time passes") * BYTES_MAX_PER_MS;
            prop_assert!(counted.rx_bytes <= most && counted.tx_bytes <= most);
        }
    }
}
