//! The same requests, checked and stored on one thread in batches of the writer's size,
//! without HTTP: what the server could do at most.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use server::{
    api::agent::Seen,
    auth::stamp::claimed,
    clock,
    store::{Fault, Store, Work},
    writer::BATCH_MAX,
};
use shared::wire::v1::{agent::Heartbeat, command::KioskCommand};

use super::{fill, requests::Request};

pub fn limit(folder: &str, clients: &[Vec<Request>]) -> Result<Value> {
    let mut store = fill::open(folder)?;
    let requests: usize = clients.iter().map(Vec::len).sum();
    let started = Instant::now();
    let longest = clients.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..longest {
        let some: Vec<&Request> = clients.iter().filter_map(|one| one.get(at)).collect();
        for batch in some.chunks(BATCH_MAX) {
            let checked: Result<Vec<_>> = batch.iter().map(|one| checked(&store, one)).collect();
            store_all(&mut store, &checked?)?;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    store.close()?;
    Ok(json!({ "requests": requests, "seconds": seconds }))
}

enum Said {
    Heartbeat(Box<Heartbeat>),
    Command(Box<KioskCommand>),
}

struct Checked {
    caller: server::auth::stamp::Caller,
    seq: u64,
    said: Said,
}

fn checked(store: &Store, request: &Request) -> Result<Checked> {
    let (caller, stamp) = claimed(Some(&request.stamp)).ok().context("a stamp")?;
    let key = caller.key(store.read())?.context("it is enrolled")?;
    stamp.check(&key, "POST", request.path, &request.body)?;
    let said = match request.path {
        "/v1/agent/heartbeat" => Said::Heartbeat(serde_json::from_slice(&request.body)?),
        _ => Said::Command(serde_json::from_slice(&request.body)?),
    };
    let seq = stamp.seq;
    Ok(Checked { caller, seq, said })
}

fn store_all(store: &mut Store, batch: &[Checked]) -> Result<()> {
    let now = clock::now();
    let answers = store.whole(|store| {
        batch
            .iter()
            .map(|one| stored(store, one, now))
            .collect::<Result<Vec<_>, Fault>>()
    })?;
    ensure!(answers.iter().all(|taken| *taken), "something was refused");
    Ok(())
}

/// Whether it was taken.
fn stored(store: &mut Store, one: &Checked, now: shared::time::Moment) -> Result<bool, Fault> {
    use server::auth::stamp::Caller;
    if store
        .advance_caller(&one.caller.to_string(), one.seq)?
        .is_err()
    {
        return Ok(false);
    }
    match (&one.said, one.caller) {
        (Said::Heartbeat(heartbeat), Caller::Tablet(tablet)) => {
            store.heard(tablet, heartbeat, now)?;
            Ok(Seen::of(store.read(), tablet)?.is_some())
        }
        (Said::Command(command), Caller::Kiosk(kiosk)) => {
            let venue = store.read().kiosk(kiosk)?.map(|kiosk| kiosk.venue);
            let Some(venue) = venue else {
                return Ok(false);
            };
            let command = KioskCommand::clone(command).into_command(kiosk, venue);
            Ok(store.commit(&Work::new(command, now))?.is_ok())
        }
        (Said::Heartbeat(_), Caller::Kiosk(_)) | (Said::Command(_), Caller::Tablet(_)) => Ok(false),
    }
}
