//! Numbers of requests: reserved ahead, and never given twice.

use super::*;

#[test]
fn numbers_of_requests_only_grow_whatever_happens() {
    let mut agent = Agent::new();
    for beats in [1, 2, 999, 1000, 1001] {
        for end in [Agent::power_cut, Agent::newest_lost] {
            for _ in 0..beats {
                agent.beat();
            }
            end(&mut agent);
        }
    }
    agent.beat();
}

#[test]
fn a_thousand_heartbeats_write_one_record() {
    let mut agent = Agent::new();
    let written = (0..5000).flat_map(|_| agent.handle(Input::Beat(Readings::default())));
    let written = written.filter(|it| matches!(it, Effect::Save(_)));
    assert_eq!(written.count(), 5);
}
