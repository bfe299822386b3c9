//! How many bytes a heartbeat takes for good: a hundred tablets are heard every quarter of
//! an hour for ten days, and the table is measured.

use anyhow::Result;
use serde_json::{Value, json};
use server::{clock, config::Folder};
use shared::{
    ids::BootId,
    wire::v1::agent::{AgentState, Heartbeat},
};

use super::fill;

const TABLETS: usize = 100;
const BEATS: u64 = 960;
const PACE_MS: i64 = 15 * 60 * 1000;

pub fn rows(folder: &str) -> Result<Value> {
    let mut store = fill::open(folder)?;
    let began = clock::now();
    for beat in 1..=BEATS {
        let now = began.plus_ms(PACE_MS * i64::try_from(beat)?);
        store.whole(|store| {
            for at in 0..TABLETS {
                store.heard(fill::tablet(at), &heartbeat(at, beat), now)?;
            }
            Ok(())
        })?;
    }
    store.close()?;
    let database = rusqlite::Connection::open(Folder::new(folder).database())?;
    let one = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0));
    let count = one("SELECT count(*) FROM heartbeat")?;
    let bytes = one("SELECT sum(pgsize) FROM dbstat WHERE name = 'heartbeat'")?;
    Ok(json!({ "rows": count, "bytes": bytes }))
}

fn heartbeat(at: usize, seq: u64) -> Heartbeat {
    let number = at as u64 * 31 + seq;
    Heartbeat {
        seq,
        boot: BootId::from_bytes([7; 16]),
        state: AgentState::Ready,
        epoch: 1,
        order_counter: 1,
        battery_percent: u8::try_from(number % 101).ok(),
        charging: Some(number.is_multiple_of(3)),
        storage_free_bytes: Some((1 << 34) - number * 4096),
        modem: None,
        image: None,
        staged: None,
        last_used_ms_ago: None,
        answer: None,
        believes: None,
        agent_version: "1.0.0".to_owned(),
    }
}
