//! Every event that there is, as the fixtures have it.

use std::{borrow::Cow, sync::LazyLock};

use shared::{
    event::{Event, Recorded},
    tablet::Tablet,
    wire::v1::event::from_bytes,
};

const FIXTURES: [&str; 2] = [
    include_str!("../../fixtures/events-v1.jsonl"),
    include_str!("../../fixtures/events-v1-lending.jsonl"),
];

pub static EVERY: LazyLock<Vec<Recorded>> = LazyLock::new(read);

/// This event, as if it came next to this tablet: an order's number only grows.
pub fn next<'a>(recorded: &'a Recorded, tablet: &Tablet) -> Cow<'a, Recorded> {
    let mut next = Cow::Borrowed(recorded);
    if let Event::ResetOrdered { .. } = recorded.event
        && let Event::ResetOrdered { counter, .. } = &mut next.to_mut().event
    {
        *counter += tablet.order_counter;
    }
    next
}

fn read() -> Vec<Recorded> {
    let lines = FIXTURES.into_iter().flat_map(str::lines);
    let read = |line: &str| from_bytes(line.as_bytes()).expect("a line of a fixture");
    lines.map(read).collect()
}
