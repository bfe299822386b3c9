//! Measures what heartbeats cost the one thread that writes: a fleet of made-up
//! tablets, heard one after the other, each in a transaction of its own as the
//! server does it, a quarter of an hour apart.
//!
//! `cargo run --release -p tablet-server --example heard -- [HEARTBEATS [TABLETS]]`

use std::time::{Duration, Instant};

use anyhow::Result;
use server::{
    chance, clock, demo,
    store::{Settings, Store, Work},
};
use shared::{
    command::{Action, Command, ReleaseImage},
    digest::Digest,
    event::{Actor, Origin},
    ids::{BootId, CommandId, TabletId},
    image::ImageId,
    policy::Policy,
    signed::receipt::Scope,
    time::Moment,
    wire::v1::agent::{AgentState, Heartbeat, ModemReading},
};

/// How far apart the heartbeats of one tablet are.
const PACE_MS: i64 = 15 * 60 * 1000;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let heartbeats: u32 = args.next().as_deref().unwrap_or("10000").parse()?;
    let tablets: u16 = args.next().as_deref().unwrap_or("100").parse()?;
    let folder = tempfile::tempdir()?;
    let mut store = Store::open(&folder.path().join("library.db"), settings())?;
    let begin = clock::now();
    let fleet = fill(&mut store, tablets, begin)?;
    let mut each = Vec::new();
    for n in 0..heartbeats {
        let (tablet, heartbeat, at) = heartbeat(&fleet, n, begin);
        let started = Instant::now();
        store.heard(tablet, &heartbeat, at)?;
        each.push(started.elapsed());
    }
    report(&mut each);
    Ok(())
}

fn settings() -> Settings {
    Settings {
        policy: Policy {
            proof_scopes: vec![Scope::Directory],
            ..Policy::default()
        },
        data_key: [7; 32],
    }
}

fn fill(store: &mut Store, tablets: u16, now: Moment) -> Result<Vec<TabletId>> {
    // The made-up story begins months ago, and an image stands before it.
    let action = Action::ReleaseImage(ReleaseImage {
        image: ImageId(Digest::of(b"a manifest")),
        release: "2026.1".to_owned(),
        withdraw_on: None,
    });
    let command = Command {
        id: CommandId::from_bytes(chance::bytes()),
        origin: Origin::Server,
        origin_seq: None,
        series: 0,
        actor: Actor::Server,
        venue: None,
        occurred_at: now,
        clock_sure: true,
        seen: 0,
        action,
    };
    store.commit_batch(&[Work::new(command, now)])?;
    demo::fill(store, tablets, 2026, now)?;
    let fleet = store.read().fleet(now)?;
    Ok(fleet.iter().map(|row| row.tablet).collect())
}

fn heartbeat(fleet: &[TabletId], n: u32, begin: Moment) -> (TabletId, Heartbeat, Moment) {
    let tablets = u32::try_from(fleet.len()).unwrap_or(u32::MAX);
    let (round, place) = (n / tablets, n % tablets);
    let moved = u64::from(round) * 3_000_000;
    let heartbeat = Heartbeat {
        seq: u64::from(round) + 2,
        boot: BootId::from_bytes([1; 16]),
        state: AgentState::Ready,
        epoch: 1,
        order_counter: 1,
        battery_percent: u8::try_from(100 - round % 80).ok(),
        charging: Some(false),
        storage_free_bytes: Some((21 << 30) - moved),
        modem: "wwan0".parse().ok().map(|interface| ModemReading {
            interface,
            rx_bytes: moved,
            tx_bytes: moved / 10,
        }),
        image: None,
        staged: None,
        last_used_ms_ago: Some(60_000),
        answer: None,
        believes: None,
        agent_version: "0.1.0".to_owned(),
    };
    let spread = PACE_MS * i64::from(place) / i64::from(tablets);
    let at = begin.plus_ms(i64::from(round) * PACE_MS + spread);
    (fleet[place as usize], heartbeat, at)
}

fn report(each: &mut [Duration]) {
    each.sort();
    let total: Duration = each.iter().sum();
    let part = |percent| each[(each.len() - 1) * percent / 100];
    println!(
        "{} heartbeats in {total:.2?}: median {:.1?}, 99 of 100 within {:.1?}",
        each.len(),
        part(50),
        part(99),
    );
}
