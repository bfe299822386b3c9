//! What is old is forgotten by whole London days, a little at a time.

use shared::time::Moment;

use super::{count, heartbeat, moment};
use crate::store::{Forgetting, tests::world::World};

impl World {
    /// Forgets all that is too old, and tells how many rows went at each step.
    fn forgets(&mut self, now: &str) -> Vec<usize> {
        let mut so_far = Forgetting::begin(moment(now));
        let mut steps = Vec::new();
        while !so_far.is_done() {
            let after = self.store.forget_old_telemetry(so_far).unwrap();
            steps.push(after.rows - so_far.rows);
            so_far = after;
        }
        steps
    }

    fn seconds(&self) -> Vec<String> {
        let connection = self.behind_its_back();
        let mut seconds = connection
            .prepare("SELECT second FROM heartbeat ORDER BY second")
            .unwrap();
        let seconds = seconds.query_map([], |row| row.get(0)).unwrap();
        let moments = seconds.map(|second| Moment::from_ms(second.unwrap_or(0) * 1_000));
        moments.map(|at: Moment| at.to_string()).collect()
    }

    fn hears_at(&mut self, times: &[&str]) {
        for at in times {
            self.hears(&heartbeat(), moment(at));
        }
    }
}

#[test]
fn raw_rows_stand_thirty_whole_days_across_both_clock_changes() {
    for (now, last_forgotten, first_kept) in [
        (
            "2026-11-10T12:00:00Z",
            "2026-10-10T22:59:59.000Z",
            "2026-10-10T23:00:00.000Z",
        ),
        (
            "2027-04-10T12:00:00Z",
            "2027-03-10T23:59:59.000Z",
            "2027-03-11T00:00:00.000Z",
        ),
        (
            "2028-03-30T12:00:00Z",
            "2028-02-28T23:59:59.000Z",
            "2028-02-29T00:00:00.000Z",
        ),
    ] {
        let mut world = World::with_tablet();
        world.hears_at(&[last_forgotten, first_kept, now]);
        assert_eq!(world.forgets(now).iter().sum::<usize>(), 1, "{now}");
        assert_eq!(world.seconds()[0], first_kept);
        assert_eq!(world.seconds().len(), 2);
    }
}

#[test]
fn hours_stand_a_year_and_days_for_ever() {
    for (now, last_forgotten, first_kept) in [
        (
            "2029-02-28T12:00:00Z",
            "2028-02-27T23:00:00Z",
            "2028-02-28T00:00:00Z",
        ),
        (
            "2028-02-29T12:00:00Z",
            "2027-02-27T23:00:00Z",
            "2027-02-28T00:00:00Z",
        ),
        (
            "2027-07-01T12:00:00Z",
            "2026-06-30T22:00:00Z",
            "2026-06-30T23:00:00Z",
        ),
    ] {
        let mut world = World::with_tablet();
        world.hears_at(&[last_forgotten, first_kept]);
        world.forgets(now);
        let connection = world.behind_its_back();
        let hours: i64 = connection
            .query_row("SELECT hour FROM telemetry_hour", [], |row| row.get(0))
            .unwrap();
        assert_eq!(
            Moment::from_ms(hours * 3_600_000),
            moment(first_kept),
            "{now}"
        );
        assert_eq!(count(&connection, "telemetry_day"), 2);
    }
}

#[test]
fn what_a_day_came_to_stays_when_its_raw_rows_and_hours_are_forgotten() {
    let mut world = World::with_tablet();
    world.hears_at(&["2026-01-05T09:00:00Z", "2026-01-05T21:00:00Z"]);
    let before = world.day("2026-01-05");
    world.forgets("2028-01-01T00:00:00Z");
    assert_eq!(world.hours("2026-01-05"), []);
    assert_eq!(world.day("2026-01-05"), before);
    assert_eq!(
        world.forgets("2028-01-01T00:00:00Z").iter().sum::<usize>(),
        0
    );
}

#[test]
fn r16_no_step_of_forgetting_takes_long_whatever_there_is_to_forget() {
    let mut world = World::with_tablet();
    world
        .behind_its_back()
        .execute_batch(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 12000)
             INSERT INTO heartbeat SELECT 7, n, 0, NULL, NULL FROM n;
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 1200)
             INSERT INTO data_use SELECT n, 5, 1, 1 FROM n;",
        )
        .unwrap();
    let steps = world.forgets("2026-11-10T12:00:00Z");
    assert_eq!(steps[..3], [5_000, 5_000, 2_000], "rows of one tablet");
    assert_eq!(steps[3..6], [500, 500, 200], "tablets of one row each");
    let connection = world.behind_its_back();
    assert_eq!(
        count(&connection, "heartbeat") + count(&connection, "data_use"),
        0
    );
}
