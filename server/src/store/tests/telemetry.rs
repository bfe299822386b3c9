//! What tablets tell of themselves: narrow, rolled up as it comes, counted once.

mod earlier;
mod forget;
mod rolled_up;

use rusqlite::Connection;
use shared::{
    data_use::DataUse,
    ids::BootId,
    sim::PeriodDay,
    time::{Day, Moment},
    wire::v1::agent::{AgentState, Heartbeat, ModemReading},
};

use super::world::{World, council, tablet_id};
use crate::store::{Fault, Last, Rollup};

pub(crate) fn heartbeat() -> Heartbeat {
    Heartbeat {
        seq: 1,
        boot: BootId::from_bytes([1; 16]),
        state: AgentState::Ready,
        epoch: 1,
        order_counter: 1,
        battery_percent: Some(81),
        charging: Some(true),
        storage_free_bytes: Some(5 << 30),
        modem: None,
        image: None,
        staged: None,
        last_used_ms_ago: Some(60_000),
        answer: None,
        believes: None,
        agent_version: "test".to_owned(),
    }
}

/// A heartbeat whose modem's counters stand here.
fn counted(seq: u64, boot: u8, rx_bytes: u64, tx_bytes: u64) -> Heartbeat {
    Heartbeat {
        seq,
        boot: BootId::from_bytes([boot; 16]),
        modem: Some(ModemReading {
            interface: "wwan0".parse().unwrap(),
            rx_bytes,
            tx_bytes,
        }),
        ..heartbeat()
    }
}

fn charged(percent: u8) -> Heartbeat {
    Heartbeat {
        battery_percent: Some(percent),
        ..heartbeat()
    }
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

impl World {
    /// An enrolled tablet, in a world that need not survive a power cut.
    fn with_tablet() -> Self {
        let mut world = council();
        world.enrol(1).unwrap();
        let connection = &world.store.read().connection;
        connection
            .execute_batch("PRAGMA synchronous = OFF")
            .unwrap();
        world
    }

    fn hears(&mut self, heartbeat: &Heartbeat, at: Moment) {
        self.store.heard(tablet_id(1), heartbeat, at).unwrap();
    }

    fn day(&self, on: &str) -> Rollup {
        let days = day(on)..day(on).plus_days(1);
        let days = self.store.read().telemetry_days(tablet_id(1), days);
        days.unwrap().first().map(|(_, it)| *it).unwrap_or_default()
    }

    fn hours(&self, on: &str) -> Vec<Rollup> {
        let (from, until) = (day(on).starts_at(), day(on).plus_days(1).starts_at());
        let hours = self.store.read().telemetry_hours(tablet_id(1), from, until);
        hours.unwrap().into_iter().map(|(_, it)| it).collect()
    }
}

fn count(connection: &Connection, table: &str) -> usize {
    let count = format!("SELECT count(*) FROM {table}");
    connection.query_row(&count, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_a_tablet_told_last_is_kept_whole_and_a_narrow_row_of_each_time() {
    let mut world = World::with_tablet();
    let now = world.now;
    for minute in 0..3 {
        world.hears(&heartbeat(), now.plus_ms(minute * 60_000));
    }
    let last = world.store.read().last_heartbeat(tablet_id(1));
    let last = last.unwrap().unwrap();
    assert_eq!(last.seen_at, now.plus_ms(120_000));
    assert_eq!(last.last_used_at, Some(now.plus_ms(60_000)));
    assert_eq!(count(&world.behind_its_back(), "heartbeat"), 3);
}

#[test]
fn raw_rows_take_at_most_25_bytes_each() {
    let mut world = World::with_tablet();
    let mut tablets: Vec<_> = (2..=40).collect();
    for number in &tablets {
        world.enrol(*number).unwrap();
    }
    tablets.push(1);
    // As a fleet calls: one tablet after the other, a quarter of an hour apart.
    for round in 0..300_u64 {
        for number in &tablets {
            let moved = round * (3_000_000 + u64::from(*number) * 100_000);
            let heartbeat = Heartbeat {
                storage_free_bytes: Some((21 << 30) - moved),
                ..counted(round + 1, 1, moved, moved / 9)
            };
            let ms = i64::try_from(round).unwrap() * 900_000 + i64::from(*number) * 2_000;
            let at = world.now.plus_ms(ms);
            world
                .store
                .heard(tablet_id(*number), &heartbeat, at)
                .unwrap();
        }
    }
    let connection = world.behind_its_back();
    for table in ["heartbeat", "data_use"] {
        let bytes: usize = connection
            .query_row(
                "SELECT sum(pgsize) FROM dbstat WHERE name = ?1",
                [table],
                |row| row.get(0),
            )
            .unwrap();
        let rows = count(&connection, table);
        assert!(rows >= 10_000, "{table}: {rows} rows");
        assert!(bytes <= 25 * rows, "{table}: {bytes} bytes for {rows} rows");
    }
}

#[test]
fn a_day_tells_how_a_tablet_stood_and_what_it_used() {
    let mut world = World::with_tablet();
    let beats = [
        ("2026-11-05T09:00:00Z", 40, 1_000),
        ("2026-11-05T09:15:00Z", 35, 51_000),
        ("2026-11-05T10:00:00Z", 90, 51_700),
    ];
    for (seq, (at, percent, rx_bytes)) in (1..).zip(beats) {
        let heartbeat = Heartbeat {
            battery_percent: Some(percent),
            ..counted(seq, 1, rx_bytes, 0)
        };
        world.hears(&heartbeat, moment(at));
    }
    let expected = Rollup {
        heartbeats: 3,
        battery_min: Some(35),
        battery_max: Some(90),
        last: Some(Last {
            second: moment("2026-11-05T10:00:00Z").as_ms() / 1000,
            battery_percent: Some(90),
            free_mib: Some(5 << 10),
        }),
        used: DataUse {
            rx_bytes: 50_700,
            tx_bytes: 0,
        },
    };
    assert_eq!(world.day("2026-11-05"), expected);
    let hours = world.hours("2026-11-05");
    assert_eq!(hours.len(), 2);
    assert_eq!((hours[0].heartbeats, hours[0].used.rx_bytes), (2, 50_000));
    assert_eq!(hours.into_iter().sum::<Rollup>(), expected);
}

#[test]
fn a_day_ends_at_londons_midnight() {
    let mut world = World::with_tablet();
    world.hears(&charged(10), moment("2026-06-30T22:59:59Z"));
    world.hears(&charged(20), moment("2026-06-30T23:00:00Z"));
    assert_eq!(world.day("2026-06-30").battery_max, Some(10));
    assert_eq!(world.day("2026-07-01").battery_min, Some(20));
}

#[test]
fn a_tablet_that_does_not_know_its_battery_leaves_it_unknown() {
    let mut world = World::with_tablet();
    let unknown = Heartbeat {
        battery_percent: None,
        ..heartbeat()
    };
    world.hears(&unknown, moment("2026-11-05T09:00:00Z"));
    let day = world.day("2026-11-05");
    assert_eq!(
        (day.heartbeats, day.battery_min, day.battery_max),
        (1, None, None)
    );
    world.hears(&charged(50), moment("2026-11-05T08:00:00Z"));
    let day = world.day("2026-11-05");
    assert_eq!((day.battery_min, day.battery_max), (Some(50), Some(50)));
    assert_eq!(
        day.last.unwrap().battery_percent,
        None,
        "the last is the latest"
    );
}

#[test]
fn data_are_counted_across_restarts_of_the_server_and_of_the_tablet() {
    let mut world = World::with_tablet();
    let at = |minute: i64| moment("2026-11-05T09:00:00Z").plus_ms(minute * 60_000);
    world.hears(&counted(1, 1, 5_000, 500), at(0));
    world.hears(&counted(2, 1, 6_000, 600), at(1));
    let path = world.database();
    drop(world.store);
    world.store = crate::store::Store::open(&path, super::world::settings()).unwrap();
    world.hears(&counted(3, 1, 6_500, 650), at(2));
    world.hears(&counted(4, 2, 70, 7), at(3));
    world.hears(&counted(4, 2, 70, 7), at(4));
    let used = world.day("2026-11-05").used;
    assert_eq!((used.rx_bytes, used.tx_bytes), (1_570, 157));
}

#[test]
fn a_modem_that_is_told_of_later_or_not_each_time_counts_from_its_last_word() {
    let mut world = World::with_tablet();
    let at = |minute: i64| moment("2026-11-05T09:00:00Z").plus_ms(minute * 60_000);
    world.hears(&counted(1, 1, 5_000, 0), at(0));
    world.hears(
        &Heartbeat {
            seq: 2,
            ..heartbeat()
        },
        at(1),
    );
    world.hears(&counted(3, 1, 5_100, 0), at(2));
    assert_eq!(world.day("2026-11-05").used.rx_bytes, 100);
}

#[test]
fn what_a_tablet_claims_never_keeps_its_heartbeat_from_being_taken() {
    let mut world = World::with_tablet();
    let at = |minute: i64| moment("2026-11-05T09:00:00Z").plus_ms(minute * 60_000);
    for (seq, minute) in [(u64::MAX - 1, 0), (u64::MAX, 1)] {
        let claims = Heartbeat {
            order_counter: u64::MAX,
            storage_free_bytes: Some(u64::MAX),
            last_used_ms_ago: Some(u64::MAX),
            ..counted(seq, 1, u64::MAX, u64::MAX)
        };
        world.hears(&claims, at(minute));
    }
    assert_eq!(world.day("2026-11-05").heartbeats, 2);
}

#[test]
fn a_period_of_data_is_that_of_the_sim_and_not_of_the_month() {
    let mut world = World::with_tablet();
    let beats = [
        ("2028-01-30T10:00:00Z", 0),
        ("2028-01-31T10:00:00Z", 1_000),
        ("2028-02-28T23:59:00Z", 1_200),
        ("2028-02-29T00:01:00Z", 1_230),
        ("2028-03-30T22:59:00Z", 1_234),
        // London's clock is an hour ahead by then: this is the 31st.
        ("2028-03-30T23:00:00Z", 9_234),
    ];
    for (seq, (at, rx_bytes)) in (1..).zip(beats) {
        world.hears(&counted(seq, 1, rx_bytes, 0), moment(at));
    }
    let used = |today: &str| {
        let period = PeriodDay::try_from(31).unwrap();
        let read = world.store.read();
        let used = read.data_use_in_period(tablet_id(1), period, day(today));
        used.unwrap().rx_bytes
    };
    assert_eq!(used("2028-02-28"), 1_200);
    assert_eq!(used("2028-02-29"), 34);
    assert_eq!(used("2028-03-31"), 8_000);
}

#[test]
fn what_was_heard_is_stored_whole_or_not_at_all() {
    let mut world = World::with_tablet();
    world.hears(&counted(1, 1, 0, 0), moment("2026-11-05T09:00:00Z"));
    let before = world.every_row_but("");
    world
        .behind_its_back()
        .execute_batch(
            "CREATE TRIGGER fails BEFORE INSERT ON telemetry_day
             BEGIN SELECT raise(ABORT, 'as on a full disk'); END;",
        )
        .unwrap();
    let at = moment("2026-11-05T09:01:00Z");
    let fault = world.store.heard(tablet_id(1), &counted(2, 1, 9, 9), at);
    assert!(matches!(fault, Err(Fault::Database(_))), "{fault:?}");
    assert_eq!(world.every_row_but(""), before);
    world
        .behind_its_back()
        .execute_batch("DROP TRIGGER fails")
        .unwrap();
    world.hears(&counted(2, 1, 9, 9), at);
    assert_eq!(world.day("2026-11-05").used.rx_bytes, 9);
}
