//! Commands become facts here: one transaction a batch, a savepoint a command.
//! Either the facts, what follows from them and the people's rows are all stored,
//! or nothing is.

use std::ops::Range;

use planted::planted;
use rusqlite::{OptionalExtension, params};
use shared::{
    command::{Action, CheckOut, Command},
    digest::Digest,
    event::{Actor, Event, Origin},
    ids::{CommandId, DisputeId, KioskId, Nonce, OrderId},
    refusal::Refusal,
    time::Moment,
};

use super::{
    Fault, Reader, Store, body,
    row::{refusal_option, refusal_text},
};
use crate::chance;

/// A command, and what comes from outside the domain with it.
#[derive(Clone, Debug)]
pub struct Work {
    /// What is asked for.
    pub command: Command,
    /// The server's time.
    pub now: Moment,
    /// Ids for what the decision may make.
    pub fresh: Fresh,
    /// The one-time code that an enrolment uses up: its digest.
    pub code: Option<Digest>,
}

impl Work {
    /// This command, asked at this time, with ids drawn for it.
    pub fn new(command: Command, now: Moment) -> Self {
        let (fresh, code) = (Fresh::draw(), None);
        Self {
            command,
            now,
            fresh,
            code,
        }
    }

    /// When it happened. Nothing happened later than now: a clock that is ahead
    /// must not make what comes after it look late.
    pub(super) fn occurred_at(&self) -> Moment {
        self.command.occurred_at.min(self.now)
    }
}

/// Ids for what a decision may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// For an order.
    pub order: OrderId,
    /// For that order.
    pub nonce: Nonce,
    /// For a dispute.
    pub dispute: DisputeId,
}

impl Fresh {
    /// Ids that nobody can guess.
    pub fn draw() -> Self {
        Self {
            order: OrderId::from_bytes(chance::bytes()),
            nonce: Nonce::from_bytes(chance::bytes()),
            dispute: DisputeId::from_bytes(chance::bytes()),
        }
    }
}

/// What became of a command: taken, or an expected "no".
pub type Answer = Result<Accepted, Refusal>;

/// A command that was taken, now or when it first came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The place in the log of its last fact.
    pub cursor: u64,
    /// The places of all its facts.
    pub events: Range<u64>,
}

/// A kiosk's series of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KioskSeries {
    /// 0 until the kiosk was restored from an old copy of itself.
    pub series: u32,
    /// The place in the log where it began.
    pub since: u64,
}

/// What is kept of a command that was decided.
struct Decided {
    body: Vec<u8>,
    place: Place,
    answer: Answer,
    reused: bool,
}

/// Where a kiosk told a fact: which of its series, and where in it. Nobody else
/// numbers what they say.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    series: u32,
    seq: Option<u64>,
}

impl Place {
    fn of(command: &Command) -> Self {
        Self {
            series: command.series,
            seq: series_seq(command),
        }
    }

    /// The same command, had it been told here.
    fn moved_here(self, command: &Command) -> Command {
        Command {
            series: self.series,
            origin_seq: self.seq,
            ..command.clone()
        }
    }
}

impl Store {
    /// Decides these commands in their order and stores what follows, all in one
    /// transaction. The answers stand in the order of the works.
    ///
    /// # Errors
    /// A fault is everybody's: nothing of the batch is stored.
    pub fn commit_batch(&mut self, works: &[Work]) -> Result<Vec<Answer>, Fault> {
        let answers = self.whole(|store| {
            let answers = works.iter().map(|work| store.commit(work));
            let answers = answers.collect::<Result<_, _>>()?;
            kill_point::reached("server:before-commit");
            Ok(answers)
        })?;
        kill_point::reached("server:after-commit");
        Ok(answers)
    }

    /// Decides this command and stores what follows, as a part of what is under way. The
    /// same id with the same body is the same result again (R4).
    pub fn commit(&self, work: &Work) -> Result<Answer, Fault> {
        let earlier = self.read.decided(&work.command)?;
        if let Some(earlier) = earlier.filter(|_| !planted!(SkipIdCheck)) {
            return self.again(work, earlier);
        }
        // Neither is a decision: the fact may come again under its id.
        if let Err(refusal) = self.read.check_series(&work.command)? {
            return Ok(Err(refusal));
        }
        self.note_restart(work)?;
        let answer = self.decide_alone(work)?;
        self.keep(&work.command, &answer)?;
        self.note_refused_receipt(&work.command, &answer)?;
        Ok(answer)
    }

    /// All that follows from one command of the batch, or nothing of it.
    fn decide_alone(&self, work: &Work) -> Result<Answer, Fault> {
        self.unless_refused(|| self.decide_and_store(work))
    }

    /// A kiosk that was restored from an old copy says so by another series (R6).
    fn note_restart(&self, work: &Work) -> Result<(), Fault> {
        let Origin::Kiosk(kiosk) = work.command.origin else {
            return Ok(());
        };
        let series = work.command.series;
        if series == self.read.kiosk_series(kiosk)?.series {
            return Ok(());
        }
        tracing::warn!(%kiosk, series, "a kiosk was restored from an old copy of itself");
        self.append(work, None, Event::SeriesRestarted { kiosk, series })
    }

    fn again(&self, work: &Work, earlier: Decided) -> Result<Answer, Fault> {
        // Where it was told is no part of what it says (R6).
        let as_before = earlier.place.moved_here(&work.command);
        if earlier.body == self.digest(&as_before) {
            if let Err(refusal) = self.move_place(work, earlier.place)? {
                return Ok(Err(refusal));
            }
            return self.same_again(work, earlier.answer);
        }
        if !earlier.reused {
            let command = work.command.id;
            self.append(work, None, Event::CommandIdReused { command })?;
            self.read
                .connection
                .prepare_cached("UPDATE command SET reused = 1 WHERE command = ?1")?
                .execute([command.to_string()])?;
        }
        Ok(Err(Refusal::CommandIdReused))
    }

    /// A kiosk that was restored from an old copy tells again what it holds, in another
    /// series (R6). A fact that is known takes the next place there, so that the one
    /// after it follows on; a place that is behind is told for the second time, and
    /// nothing moves.
    fn move_place(&self, work: &Work, from: Place) -> Result<Result<(), Refusal>, Fault> {
        let command = &work.command;
        let to = Place::of(command);
        if to == from {
            return Ok(Ok(()));
        }
        match self.read.check_series(command)? {
            Ok(()) => {}
            Err(Refusal::SeriesWentBack { .. }) => return Ok(Ok(())),
            Err(refusal) => return Ok(Err(refusal)),
        }
        self.note_restart(work)?;
        let step = "UPDATE command SET body = ?2, series = ?3, origin_seq = ?4 WHERE command = ?1";
        let body = self.digest(command);
        self.read.connection.prepare_cached(step)?.execute(params![
            command.id.to_string(),
            body,
            to.series,
            to.seq
        ])?;
        Ok(Ok(()))
    }

    fn digest(&self, command: &Command) -> Vec<u8> {
        body::digest(command, &self.read.settings.data_key)
    }

    /// The same command is the same answer. Only a "no" that its kiosk did not hear,
    /// and did it all the same, is thought over: what happened wins (R6).
    fn same_again(&self, work: &Work, earlier: Answer) -> Result<Answer, Fault> {
        if earlier.is_ok() || !has_happened(&work.command.action) {
            return Ok(earlier);
        }
        let answer = self.decide_alone(work)?;
        self.keep(&work.command, &answer)?;
        Ok(answer)
    }

    fn decide_and_store(&self, work: &Work) -> Result<Answer, Fault> {
        let nobodys;
        let work = match (self.read.check_actor(&work.command)?, unattended(work)) {
            (Ok(()), _) => work,
            (Err(_), Some(instead)) => {
                nobodys = instead;
                &nobodys
            }
            (Err(refusal), None) => return Ok(Err(refusal)),
        };
        let events = match self.read.decide(work)? {
            Ok(events) => events,
            Err(refusal) => return Ok(Err(refusal)),
        };
        kill_point::reached("server:before-append");
        match self.store(work, events) {
            Ok(answer) => Ok(answer),
            Err(fault) => fault.as_refusal().map(Err).ok_or(fault),
        }
    }

    fn store(&self, work: &Work, events: Vec<Event>) -> Result<Answer, Fault> {
        let first = self.read.position()? + 1;
        let mut end = first;
        for event in events {
            self.append(work, work.command.origin_seq, event)?;
            end += 1;
        }
        self.note_people(&work.command)?;
        self.note_receipt(&work.command)?;
        if let Err(refusal) = self.use_code(work)? {
            return Ok(Err(refusal));
        }
        Ok(Ok(Accepted {
            cursor: end - 1,
            events: first..end,
        }))
    }

    /// Keeps what became of a command; what was thought over takes the place of the
    /// earlier answer.
    fn keep(&self, command: &Command, answer: &Answer) -> Result<(), Fault> {
        let events = answer.as_ref().ok().map(|accepted| &accepted.events);
        let refusal = answer.as_ref().err().copied().map(refusal_text);
        self.read
            .connection
            .prepare_cached(
                "INSERT INTO command
                 (command, body, origin, series, origin_seq, first_seq, last_seq, refusal)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (command) DO UPDATE SET first_seq = excluded.first_seq,
                     last_seq = excluded.last_seq, refusal = excluded.refusal",
            )?
            .execute(params![
                command.id.to_string(),
                self.digest(command),
                origin_text(command.origin),
                command.series,
                series_seq(command),
                events.map(|events| events.start),
                events.map(|events| events.end - 1),
                refusal,
            ])?;
        Ok(())
    }
}

impl Reader {
    /// How many facts of this kiosk's present series were decided or told to be lost:
    /// its next is one more (R6).
    pub fn kiosk_facts_taken(&self, kiosk: KioskId) -> Result<u64, Fault> {
        self.facts_taken(kiosk, self.kiosk_series(kiosk)?.series)
    }

    /// The same, of any of its series.
    pub(super) fn facts_taken(&self, kiosk: KioskId, series: u32) -> Result<u64, Fault> {
        let origin = origin_text(Origin::Kiosk(kiosk));
        let last: Option<u64> = self
            .connection
            .prepare_cached(
                "SELECT max(origin_seq) FROM command WHERE origin = ?1 AND series = ?2",
            )?
            .query_row(params![origin, series], |row| row.get(0))?;
        Ok(last.unwrap_or(0).max(self.lost_up_to(kiosk, series)?))
    }

    /// The series that this kiosk numbers its facts in, and since when.
    pub fn kiosk_series(&self, kiosk: KioskId) -> Result<KioskSeries, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT series, since_seq FROM kiosk_series WHERE kiosk = ?1")?;
        let found = statement.query_row([kiosk.to_string()], |row| {
            Ok(KioskSeries {
                series: row.get("series")?,
                since: row.get("since_seq")?,
            })
        });
        Ok(found.optional()?.unwrap_or_default())
    }

    /// The places in the log of what this command did, if it was taken.
    pub(super) fn events_of(&self, command: CommandId) -> Result<Option<Range<u64>>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT first_seq, last_seq FROM command WHERE command = ?1")?;
        let found = statement.query_row([command.to_string()], |row| {
            Ok((row.get("first_seq")?, row.get("last_seq")?))
        });
        let places: Option<(Option<u64>, Option<u64>)> = found.optional()?;
        Ok(places.and_then(|(first, last)| Some(first?..last? + 1)))
    }

    fn decided(&self, command: &Command) -> Result<Option<Decided>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT body, series, origin_seq, first_seq, last_seq, refusal, reused
             FROM command WHERE command = ?1",
        )?;
        let mut rows = statement.query([command.id.to_string()])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some(Decided {
            body: row.get("body")?,
            place: Place {
                series: row.get("series")?,
                seq: row.get("origin_seq")?,
            },
            answer: answer(row)?,
            reused: row.get("reused")?,
        }))
    }

    /// R6: a kiosk's facts are taken in its own order; a gap waits.
    fn check_series(&self, command: &Command) -> Result<Result<(), Refusal>, Fault> {
        let Origin::Kiosk(kiosk) = command.origin else {
            return Ok(Ok(()));
        };
        let current = self.kiosk_series(kiosk)?.series;
        let expected = self.facts_taken(kiosk, command.series)? + 1;
        Ok(match command.origin_seq {
            // A series that has ended takes nothing new.
            Some(_) if command.series < current => Err(Refusal::SeriesWentBack { expected }),
            Some(seq) if seq == expected => Ok(()),
            Some(seq) if seq < expected => Err(Refusal::SeriesWentBack { expected }),
            Some(_) | None => Err(Refusal::FactsMissing { expected }),
        })
    }
}

/// R3, R6: a return is always taken, and so is what a kiosk without its server has
/// done. By somebody who may not act here it is nobody's in particular: custody
/// moves, the tablet waits in the tray (R19) or its loan is disputed.
fn unattended(work: &Work) -> Option<Work> {
    let action = &work.command.action;
    let Origin::Kiosk(kiosk) = work.command.origin else {
        return None;
    };
    let comes_back = matches!(action, Action::Return(_)) && !planted!(RefusesUnknownHands);
    if !comes_back && !has_happened(action) {
        return None;
    }
    let mut instead = work.clone();
    instead.command.actor = Actor::SelfService(kiosk);
    Some(instead)
}

/// A kiosk without its server has lent it already.
const fn has_happened(action: &Action) -> bool {
    matches!(action, Action::CheckOut(CheckOut { done: true, .. }))
}

/// Only a kiosk numbers its own facts.
fn series_seq(command: &Command) -> Option<u64> {
    match command.origin {
        Origin::Kiosk(_) => command.origin_seq,
        Origin::Server | Origin::Tablet(_) => None,
    }
}

fn origin_text(origin: Origin) -> String {
    match origin {
        Origin::Server => "server".to_owned(),
        Origin::Kiosk(kiosk) => kiosk.to_string(),
        Origin::Tablet(tablet) => tablet.to_string(),
    }
}

fn answer(row: &rusqlite::Row<'_>) -> rusqlite::Result<Answer> {
    if let Some(refusal) = refusal_option(row, "refusal")? {
        return Ok(Err(refusal));
    }
    let (first, cursor): (u64, u64) = (row.get("first_seq")?, row.get("last_seq")?);
    let events = first..cursor + 1;
    Ok(Ok(Accepted { cursor, events }))
}
