//! Commands that the server or a tablet asks for, and the one-time codes that let
//! an enrolment ask.

use axum::http::StatusCode;
use shared::{
    command::{Action, Command},
    digest::Digest,
    event::{Actor, Origin},
    ids::{CommandId, TabletId, VenueId},
    refusal::Refusal,
    time::Moment,
};

use crate::{
    http::{App, Problem},
    store::{CodeFor, Work},
};

/// What the server asks for itself, at a venue.
pub fn by_server(id: CommandId, venue: VenueId, action: Action, now: Moment) -> Command {
    Command {
        id,
        origin: Origin::Server,
        origin_seq: None,
        actor: Actor::Server,
        venue: Some(venue),
        occurred_at: now,
        clock_sure: true,
        seen: 0,
        series: 0,
        action,
    }
}

/// What a tablet's agent asks for.
pub fn by_tablet(id: CommandId, tablet: TabletId, action: Action, now: Moment) -> Command {
    Command {
        id,
        origin: Origin::Tablet(tablet),
        origin_seq: None,
        actor: Actor::Tablet(tablet),
        venue: None,
        occurred_at: now,
        clock_sure: true,
        seen: 0,
        series: 0,
        action,
    }
}

/// What a one-time code enrols. Whoever has none learns only that it is not taken.
pub async fn code_for(
    app: &App,
    code: &str,
    now: Moment,
    command: CommandId,
) -> Result<CodeFor, Problem> {
    let hash = Digest::of(code.as_bytes());
    let found = app.read(move |store| store.code(hash, now, command));
    found.await?.map_err(|why| {
        tracing::warn!("a one-time code was not taken: {why}");
        code_not_taken()
    })
}

/// The code is unknown, used, late, or for something else.
pub const fn code_not_taken() -> Problem {
    let title = "This code is not taken. Ask for a new one.";
    Problem::new(StatusCode::FORBIDDEN, "code-not-taken", title)
}

/// Enrols by using up the code; a refusal leaves it good.
pub async fn enrol(app: &App, code: &str, command: Command, now: Moment) -> Result<(), Problem> {
    let code = Some(Digest::of(code.as_bytes()));
    let work = Work {
        code,
        ..Work::new(command, now)
    };
    app.writer()
        .commit(work)
        .await?
        .map(drop)
        .map_err(|refusal: Refusal| {
            tracing::warn!("an enrolment was refused: {}", refusal.code());
            Problem::refused(StatusCode::CONFLICT, refusal)
        })
}
