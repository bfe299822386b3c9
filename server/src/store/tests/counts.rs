//! What the counts of the fleet are read from. That they are right is tested beside
//! the queues that they count.

use super::world::council;
use crate::store::counts;

#[test]
fn no_count_looks_at_every_tablet() {
    let world = council();
    let connection = &world.store.read().connection;
    let plan = |sql: &str| {
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let unbound = plan.parameter_count();
        let steps = plan.query_map(rusqlite::params_from_iter(vec![0; unbound]), |row| {
            row.get::<_, String>("detail")
        });
        steps.unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(plan(counts::KEPT), ["SCAN fleet_count"]);
    assert_eq!(
        plan(counts::OVERDUE),
        ["SEARCH standing USING COVERING INDEX standing_by_due_day (due_on<?)"],
    );
    assert_eq!(
        plan(counts::SILENT),
        ["SEARCH standing USING COVERING INDEX standing_by_last_word (heard_at<?)"],
    );
}

#[test]
fn the_kept_counts_are_as_many_as_venues_and_words_and_not_as_tablets() {
    let mut world = council();
    for number in 1..=30 {
        world.ready(number);
    }
    let rows = world.every_row_of(&["fleet_count"]);
    assert!(rows.lines().count() < 10, "{rows}");
}
