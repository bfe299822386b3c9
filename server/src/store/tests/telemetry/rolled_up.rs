//! Whatever comes in whatever order, hours and days equal a count of the raw rows.

use std::{cell::RefCell, collections::BTreeMap};

use proptest::{prelude::*, sample::select, test_runner::TestRunner};
use shared::{
    data_use::{DataUse, Meter},
    ids::BootId,
    time::{Day, Moment},
    wire::v1::agent::{AgentState, Heartbeat, ModemReading},
};

use super::{charged, moment};
use crate::store::{
    Rollup,
    tests::world::{World, tablet_id},
};

#[test]
fn a_later_reading_of_the_same_second_takes_the_place_of_the_earlier() {
    let mut world = World::with_tablet();
    let at = moment("2026-11-05T09:00:00Z");
    world.hears(&charged(50), at.plus_ms(-1_000));
    world.hears(&charged(5), at);
    assert_eq!(world.day("2026-11-05").battery_min, Some(5));
    world.hears(&charged(60), at.plus_ms(999));
    let day = world.day("2026-11-05");
    assert_eq!(day.heartbeats, 2);
    assert_eq!((day.battery_min, day.battery_max), (Some(50), Some(60)));
}

/// Seconds at which something ends: an hour, a London day in summer, one of 25
/// hours, one of 23.
const EDGES: [&str; 5] = [
    "2026-06-30T23:00:00Z",
    "2026-10-25T00:00:00Z",
    "2026-10-26T00:00:00Z",
    "2027-03-28T01:00:00Z",
    "2027-03-28T23:00:00Z",
];

/// One heartbeat of a made-up tablet.
#[derive(Clone, Debug)]
struct Beat {
    at: Moment,
    percent: Option<u8>,
    free_mib: Option<u64>,
    moved: u32,
    rebooted: bool,
    again: bool,
}

fn beat() -> impl Strategy<Value = Beat> {
    let at = (select(&EDGES[..]), -3_600_i64..3_600, 0_i64..1_000);
    let near = (select(&EDGES[..]), -2_i64..2, 0_i64..1_000);
    let at = prop_oneof![1 => at, 4 => near]
        .prop_map(|(edge, seconds, ms)| moment(edge).plus_ms(seconds * 1_000 + ms));
    let told = (
        proptest::option::of(0_u8..=100),
        proptest::option::of(0_u64..4),
    );
    let data = (
        any::<u32>(),
        proptest::bool::weighted(0.1),
        proptest::bool::weighted(0.2),
    );
    (at, told, data).prop_map(|(at, (percent, free_mib), (moved, rebooted, again))| Beat {
        at,
        percent,
        free_mib,
        moved,
        rebooted,
        again,
    })
}

/// The heartbeats that the tablet sends, with the times at which they come.
fn sent(beats: Vec<Beat>) -> Vec<(Heartbeat, Moment)> {
    let (mut boot, mut rx_bytes) = (0, 0_u64);
    let mut sent: Vec<(Heartbeat, Moment)> = Vec::new();
    for beat in beats {
        if let (true, Some((last, _))) = (beat.again, sent.last()) {
            let last = last.clone();
            sent.push((last, beat.at));
            continue;
        }
        if beat.rebooted {
            (boot, rx_bytes) = (boot + 1, 0);
        }
        rx_bytes += u64::from(beat.moved);
        let heartbeat = Heartbeat {
            seq: u64::try_from(sent.len()).unwrap() + 1,
            boot: BootId::from_bytes([boot; 16]),
            state: AgentState::Ready,
            battery_percent: beat.percent,
            storage_free_bytes: beat.free_mib.map(|mib| mib << 20),
            modem: Some(ModemReading {
                interface: "wwan0".parse().unwrap(),
                rx_bytes,
                tx_bytes: rx_bytes / 3,
            }),
            ..super::heartbeat()
        };
        sent.push((heartbeat, beat.at));
    }
    sent
}

impl World {
    fn forget_all_telemetry(&self) {
        let tables = [
            "heartbeat",
            "data_use",
            "data_meter",
            "telemetry_hour",
            "telemetry_day",
        ];
        for table in tables {
            let empty = format!("DELETE FROM {table}");
            self.behind_its_back().execute_batch(&empty).unwrap();
        }
    }

    /// Every raw row as a rollup of its own, with its second.
    fn raw(&self) -> Vec<(Moment, Rollup)> {
        let connection = self.behind_its_back();
        let mut heartbeats = connection
            .prepare("SELECT second, battery, free_mib FROM heartbeat")
            .unwrap();
        let heartbeats = heartbeats.query_map([], |row| {
            let (second, battery_percent): (i64, Option<u8>) = (row.get(0)?, row.get(1)?);
            let last = crate::store::Last {
                second,
                battery_percent,
                free_mib: row.get(2)?,
            };
            let rollup = Rollup {
                heartbeats: 1,
                battery_min: battery_percent,
                battery_max: battery_percent,
                last: Some(last),
                used: DataUse::default(),
            };
            Ok((Moment::from_ms(second * 1_000), rollup))
        });
        let mut raw: Vec<_> = heartbeats.unwrap().map(Result::unwrap).collect();
        let mut data = connection.prepare("SELECT * FROM data_use").unwrap();
        let data = data.query_map([], |row| {
            let second: i64 = row.get("second")?;
            let used = DataUse {
                rx_bytes: row.get("rx_bytes")?,
                tx_bytes: row.get("tx_bytes")?,
            };
            Ok((Moment::from_ms(second * 1_000), Rollup::from(used)))
        });
        raw.extend(data.unwrap().map(Result::unwrap));
        raw
    }
}

fn by<K: Ord>(raw: &[(Moment, Rollup)], key: impl Fn(Moment) -> K) -> BTreeMap<K, Rollup> {
    let mut sums: BTreeMap<K, Rollup> = BTreeMap::new();
    for (at, it) in raw {
        let sum = sums.entry(key(*at)).or_default();
        *sum = *sum + *it;
    }
    sums
}

#[test]
fn hours_and_days_equal_a_count_of_the_raw_rows_for_any_sequence_of_heartbeats() {
    let world = RefCell::new(World::with_tablet());
    let beats = proptest::collection::vec(beat(), 1..40);
    let checked = TestRunner::new(ProptestConfig::with_cases(96)).run(&beats, |beats| {
        let mut world = world.borrow_mut();
        world.forget_all_telemetry();
        let (mut meter, mut used) = (None, DataUse::default());
        for (heartbeat, at) in sent(beats) {
            world.hears(&heartbeat, at);
            let (after, more) = Meter::read(meter, heartbeat.counters().unwrap(), at);
            (meter, used) = (Some(after), used + more);
        }
        let raw = world.raw();
        let read = world.store.read();
        let ever = (Moment::from_ms(0), moment("2030-01-01T00:00:00Z"));
        let hours = read.telemetry_hours(tablet_id(1), ever.0, ever.1).unwrap();
        let hour = |at: Moment| Moment::from_ms(at.as_ms() / 3_600_000 * 3_600_000);
        prop_assert_eq!(BTreeMap::from_iter(hours), by(&raw, hour));
        let days = read.telemetry_days(tablet_id(1), ever.0.day()..ever.1.day());
        let days: BTreeMap<Day, Rollup> = days.unwrap().into_iter().collect();
        prop_assert_eq!(days.values().copied().sum::<Rollup>().used, used);
        prop_assert_eq!(days, by(&raw, Moment::day));
        Ok(())
    });
    checked.unwrap();
}
