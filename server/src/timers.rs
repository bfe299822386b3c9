//! What the server asks for by itself when its time has come: a hold whose tablet
//! was not fetched ends, whoever waits while a tablet lies ready is served, and a wipe
//! that two people agreed on begins (R9).
//!
//! What is due is a function of the rows and the time. A command's id is made from
//! what it is about, so that a restart does nothing twice (R4).

use std::time::Duration;

use shared::{
    command::{Action, Command, ExpireHold, ServeQueue, StartWipe},
    digest::Digest,
    event::{Actor, Origin},
    hold::{Hold, HoldState},
    ids::{CommandId, VenueId},
    time::Moment,
    wipe::{Wipe, WipeState},
};
use tokio::time::timeout;

use crate::{
    clock,
    http::{App, Problem},
    store::{Fault, Reader, Work},
};

/// How long after a fault it is tried again.
const AGAIN_MS: i64 = 60_000;
/// Longest sleep: a clock that was set anew is noticed after it.
const SLEEP_MAX: Duration = Duration::from_hours(1);

/// Does what is due until the server is asked to end.
pub fn start(app: &App) {
    let (app, mut stopping) = (app.clone(), app.stopping());
    tokio::spawn(async move {
        tokio::select! {
            () = keep_time(&app) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    });
}

/// Wakes at the next moment at which something is due, and whenever the log grew:
/// what it tells may be due earlier.
async fn keep_time(app: &App) {
    let mut positions = app.writer().positions();
    loop {
        let seen = *positions.borrow_and_update();
        let now = clock::now();
        // A fault has its log line already.
        let next = do_what_is_due(app, now).await;
        let next = next.unwrap_or_else(|_told| now.plus_ms(AGAIN_MS));
        let ms = u64::try_from(next.as_ms() - now.as_ms()).unwrap_or(0);
        let sleep = Duration::from_millis(ms).min(SLEEP_MAX);
        // A refused command changes nothing, so the position must be another one.
        let grown = positions.wait_for(|position| *position != seen);
        if let Ok(Err(_writer_gone)) = timeout(sleep, grown).await {
            return;
        }
    }
}

/// Does what is due, and says when something is due next.
async fn do_what_is_due(app: &App, now: Moment) -> Result<Moment, Problem> {
    let read = app.read(move |store| Ok((due(store, now)?, next(store, now)?)));
    let (commands, next) = read.await?;
    for command in commands {
        let id = command.id;
        if let Err(refusal) = app.writer().commit(Work::new(command, now)).await? {
            tracing::warn!(%id, code = refusal.code(), "what was due was refused");
        }
    }
    Ok(next)
}

/// What is due at this time.
pub fn due(read: &Reader, now: Moment) -> Result<Vec<Command>, Fault> {
    let mut commands = Vec::new();
    for hold in read.holds_expired(now.day())? {
        let hold = read.hold(hold)?;
        commands.extend(hold.and_then(|hold| expiry(&hold, now)));
    }
    let wipes = read.wipes_pending()?;
    commands.extend(wipes.iter().filter_map(|wipe| start_of(wipe, now)));
    let position = read.position()?;
    for venue in read.queues_to_serve()? {
        commands.push(serving(venue, position, now));
    }
    Ok(commands)
}

/// When something is due next, if nothing happens before: a wipe's ten minutes are
/// over, or a day is.
pub fn next(read: &Reader, now: Moment) -> Result<Moment, Fault> {
    let tomorrow = now.day().plus_days(1).starts_at();
    let wipes = read.wipes_pending()?;
    let later = wipes.iter().filter_map(starts_at).filter(|at| *at > now);
    Ok(later.min().map_or(tomorrow, |at| at.min(tomorrow)))
}

/// A hold that waits again and is served again has another last day.
fn expiry(hold: &Hold, now: Moment) -> Option<Command> {
    let HoldState::PutAside {
        until: Some(until), ..
    } = hold.state
    else {
        return None;
    };
    let about = [hold.id.as_bytes(), until.to_string().as_bytes()].concat();
    let action = Action::ExpireHold(ExpireHold { hold: hold.id });
    let id = id(b"expire-hold.v1", &about);
    Some(by_server(id, Some(hold.venue), action, now))
}

/// Served once for each state of the log in which somebody waits in vain.
fn serving(venue: VenueId, position: u64, now: Moment) -> Command {
    let about = [venue.as_bytes().as_slice(), &position.to_be_bytes()].concat();
    let id = id(b"serve-queue.v1", &about);
    by_server(
        id,
        Some(venue),
        Action::ServeQueue(ServeQueue { venue }),
        now,
    )
}

fn start_of(wipe: &Wipe, now: Moment) -> Option<Command> {
    let is_due = starts_at(wipe).is_some_and(|at| at <= now);
    let action = Action::StartWipe(StartWipe { wipe: wipe.id });
    let id = id(b"start-wipe.v1", wipe.id.as_bytes());
    is_due.then(|| by_server(id, None, action, now))
}

const fn starts_at(wipe: &Wipe) -> Option<Moment> {
    match wipe.state {
        WipeState::Agreed { starts_at } => Some(starts_at),
        WipeState::Asked | WipeState::Started { .. } | WipeState::CalledOff => None,
    }
}

fn id(what: &[u8], about: &[u8]) -> CommandId {
    let digest = Digest::of_parts(&[what, about]);
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    CommandId::from_bytes(id)
}

const fn by_server(id: CommandId, venue: Option<VenueId>, action: Action, now: Moment) -> Command {
    Command {
        id,
        origin: Origin::Server,
        origin_seq: None,
        actor: Actor::Server,
        venue,
        occurred_at: now,
        clock_sure: true,
        seen: 0,
        series: 0,
        action,
    }
}

#[cfg(test)]
mod tests;
