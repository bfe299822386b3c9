//! The kiosk's own series: facts and requests in the order in which they came to
//! be, each on the disk before it is said or sent, and sent until it is answered.

use planted::planted;
use rusqlite::{OptionalExtension, Transaction, params};
use shared::{
    ids::{CommandId, TabletId},
    time::Day,
    wire::v1::command::{KioskAction, KioskCommand},
};

use super::{Fault, Store, series_number, signed, unsigned};
use crate::{
    flow::{Answer, Draft, ToLend},
    mirror::FactsKnown,
};

/// Most facts that may wait for the server (R16): a week offline at a busy counter.
pub const FACTS_WAITING_MAX: u64 = 10_000;

/// Answered facts that are kept, in case the server asks for them again.
const FACTS_ANSWERED_MAX: i64 = 10_000;

/// A fact as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it says.
    pub command: KioskCommand,
    /// The bytes to send: the same each time, until what it asks for is done.
    pub body: Vec<u8>,
}

impl Store {
    /// Gives a draft its place in the series. It is on the disk when this returns,
    /// once, also where it was kept before.
    pub fn keep(&mut self, draft: &Draft) -> Result<KioskCommand, Fault> {
        kill_point::reached("kiosk:before-keep");
        let series = self.begin()?;
        if let Some(kept) = kept(&series, draft.id)? {
            return Ok(kept);
        }
        if waiting(&series)? >= FACTS_WAITING_MAX {
            return Err(Fault::Full);
        }
        let step = "UPDATE position SET last_fact = last_fact + 1 RETURNING series, last_fact";
        let place = series.query_row(step, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let (its, seq): (i64, i64) = place?;
        let place = (series_number(its)?, unsigned("position.last_fact", seq)?);
        let command = placed(draft, place);
        series.execute(
            "INSERT INTO fact (seq, id, person, body) VALUES (?1, ?2, ?3, ?4)",
            params![
                seq,
                command.id.to_string(),
                names_a_person(&command.action),
                bytes(&command)
            ],
        )?;
        series.commit()?;
        kill_point::reached("kiosk:kept");
        Ok(command)
    }

    /// The first fact that the server has not answered.
    pub fn next_unanswered(&self) -> Result<Option<Fact>, Fault> {
        let first = "SELECT body FROM fact WHERE answered = 0 ORDER BY seq LIMIT 1";
        let found = self.connection.query_row(first, [], |row| row.get(0));
        let fact = found.optional()?.map(|body: Vec<u8>| {
            let command = read(&body)?;
            Ok(Fact { command, body })
        });
        fact.transpose()
    }

    /// Makes a check out that waits for its answer one that has happened, under the
    /// same id and at the same place (R6). False where the answer came before, or where
    /// this kiosk itself did something with the tablet that the rows, which know its
    /// facts as far as `known`, do not know of yet: then it may not be clean (R2). False
    /// also where this kiosk asked for so many for the same person that they may have
    /// no more.
    pub fn lent(&mut self, id: CommandId, it: ToLend, known: FactsKnown) -> Result<bool, Fault> {
        kill_point::reached("kiosk:before-lend");
        // Rows that know another series know none of this one's facts.
        let of_this = self.series()? == known.series;
        let rows_know = if of_this { known.up_to } else { 0 };
        let series = self.begin()?;
        let waiting = "SELECT body FROM fact WHERE id = ?1 AND answered = 0";
        let body = series.query_row(waiting, [id.to_string()], |row| row.get(0));
        let Some(body): Option<Vec<u8>> = body.optional()? else {
            return Ok(false);
        };
        let command = read(&body)?;
        let tablet = command.action.tablet();
        let tablet = tablet.ok_or(Fault::Damaged("what was lent is no check out"))?;
        if is_touched_since(&series, id, tablet, rows_know)? {
            return Ok(false);
        }
        let others = waiting_for(&series, &command)?;
        if it.others_max.is_some_and(|max| others > max) {
            return Ok(false);
        }
        let command = as_done(&command, it.told)?;
        series.execute(
            "UPDATE fact SET body = ?2 WHERE id = ?1",
            params![id.to_string(), bytes(&command)],
        )?;
        series.commit()?;
        kill_point::reached("kiosk:lent");
        Ok(true)
    }

    /// Takes the server's word on a fact as it was sent, and gives the fact as it is
    /// kept by then. None where it has happened since it was sent, and a "no" is not
    /// the word on that: it waits on, and is sent as it is.
    pub fn settle(&mut self, sent: &Fact, answer: Answer) -> Result<Option<KioskCommand>, Fault> {
        let id = sent.command.id;
        let with_id = "SELECT body FROM fact WHERE id = ?1";
        let body: Option<Option<Vec<u8>>> = self
            .connection
            .query_row(with_id, [id.to_string()], |row| row.get(0))
            .optional()?;
        // What an earlier answer had forgotten is as it was sent.
        let body = body.flatten().unwrap_or_else(|| sent.body.clone());
        if answer != Answer::Accepted && body != sent.body {
            return Ok(None);
        }
        let command = read(&body)?;
        self.answered(id)?;
        Ok(Some(command))
    }

    /// Notes that the server's word on a fact came. A borrower's id is gone from
    /// the disk then.
    pub fn answered(&mut self, id: CommandId) -> Result<(), Fault> {
        let series = self.begin()?;
        let forgets = !planted!(BorrowerKept);
        let note = "UPDATE fact SET answered = 1, body = iif(person AND ?2, NULL, body)
                    WHERE id = ?1 RETURNING person, seq";
        let noted = series.query_row(note, params![id.to_string(), forgets], |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?))
        });
        let (person, seq) = noted
            .optional()?
            .ok_or(Fault::Damaged("an answered fact is gone"))?;
        let oldest = seq.saturating_sub(FACTS_ANSWERED_MAX);
        series.execute("DELETE FROM fact WHERE answered = 1 AND seq < ?1", [oldest])?;
        series.commit()?;
        if person { self.forget_now() } else { Ok(()) }
    }

    /// Overwrites what was deleted in the file beside the database, too.
    fn forget_now(&self) -> Result<(), Fault> {
        let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.connection.query_row(truncate, [], |_| Ok(()))?)
    }

    /// Makes every fact from `seq` on wait again, where the server lost them. Those
    /// before the place that is given back cannot be told again: they are gone, or
    /// they named a borrower.
    pub fn send_again_from(&mut self, seq: u64) -> Result<u64, Fault> {
        let from = signed("fact.seq", seq)?;
        let series = self.begin()?;
        let again = "UPDATE fact SET again = max(again, answered), answered = 0
                     WHERE seq >= ?1 AND body IS NOT NULL";
        series.execute(again, [from])?;
        let first = "SELECT coalesce(min(seq), (SELECT last_fact + 1 FROM position))
                     FROM fact WHERE seq >= ?1 AND body IS NOT NULL";
        let first = series.query_row(first, [from], |row| row.get(0))?;
        series.commit()?;
        unsigned("fact.seq", first)
    }

    /// The place up to which the server answered every fact.
    pub fn answered_up_to(&self) -> Result<u64, Fault> {
        let up_to = "SELECT coalesce(min(seq) - 1, (SELECT last_fact FROM position))
                     FROM fact WHERE answered = 0";
        unsigned(
            "fact.seq",
            self.connection.query_row(up_to, [], |row| row.get(0))?,
        )
    }

    /// The last place of the series that was given.
    pub fn last_fact(&self) -> Result<u64, Fault> {
        let last = "SELECT last_fact FROM position";
        let last = self.connection.query_row(last, [], |row| row.get(0))?;
        unsigned("position.last_fact", last)
    }
}

/// Whether any other fact after this place may be about this tablet. One that named a
/// borrower and was answered does not say any more which it was about.
fn is_touched_since(
    series: &Transaction<'_>,
    but: CommandId,
    this: TabletId,
    place: u64,
) -> Result<bool, Fault> {
    let after = "SELECT body FROM fact WHERE seq > ?1 AND id <> ?2";
    let mut after = series.prepare(after)?;
    let place = signed("fact.seq", place)?;
    let bodies = after.query_map(params![place, but.to_string()], |row| row.get(0))?;
    for body in bodies {
        let body: Option<Vec<u8>> = body?;
        let about = match body {
            Some(body) => about(&read(&body)?.action),
            None => About::Unknown,
        };
        match about {
            About::Tablet(tablet) if tablet != this => {}
            About::None => {}
            About::Tablet(_) | About::Unknown => return Ok(true),
        }
    }
    Ok(false)
}

/// Other check outs to the same person that wait for the server.
fn waiting_for(series: &Transaction<'_>, but: &KioskCommand) -> Result<u32, Fault> {
    let KioskAction::CheckOut {
        borrower: Some(person),
        ..
    } = but.action
    else {
        return Ok(0);
    };
    let waiting = "SELECT body FROM fact WHERE answered = 0 AND person AND id <> ?1";
    let mut waiting = series.prepare(waiting)?;
    let bodies = waiting.query_map([but.id.to_string()], |row| row.get::<_, Vec<u8>>(0))?;
    let mut others = 0;
    for body in bodies {
        if let KioskAction::CheckOut { borrower, .. } = read(&body?)?.action {
            others += u32::from(borrower == Some(person));
        }
    }
    Ok(others)
}

/// Which tablet's whereabouts a fact may change.
enum About {
    Tablet(TabletId),
    Unknown,
    None,
}

const fn about(action: &KioskAction) -> About {
    match action {
        KioskAction::Renew { .. }
        | KioskAction::EndTransfer { .. }
        | KioskAction::TakeStock { .. } => About::None,
        KioskAction::CheckOut { .. }
        | KioskAction::Return { .. }
        | KioskAction::HandOn { .. }
        | KioskAction::Receive { .. }
        | KioskAction::ReportBack { .. }
        | KioskAction::StartReset { .. }
        | KioskAction::ClearFlag { .. }
        | KioskAction::Undo { .. } => match action.tablet() {
            Some(tablet) => About::Tablet(tablet),
            None => About::Unknown,
        },
    }
}

fn kept(series: &Transaction<'_>, id: CommandId) -> Result<Option<KioskCommand>, Fault> {
    let with_id = "SELECT body FROM fact WHERE id = ?1";
    let body: Option<Option<Vec<u8>>> = series
        .query_row(with_id, [id.to_string()], |row| row.get(0))
        .optional()?;
    let Some(body) = body else { return Ok(None) };
    let body = body.ok_or(Fault::Damaged("a fact was kept again after its answer"))?;
    read(&body).map(Some)
}

pub(super) fn read(body: &[u8]) -> Result<KioskCommand, Fault> {
    serde_json::from_slice(body).map_err(|_| Fault::Damaged("fact.body"))
}

fn waiting(series: &Transaction<'_>) -> Result<u64, Fault> {
    let count = "SELECT count(*) FROM fact WHERE answered = 0 AND again = 0";
    unsigned("fact", series.query_row(count, [], |row| row.get(0))?)
}

fn placed(draft: &Draft, (series, origin_seq): (u32, u64)) -> KioskCommand {
    KioskCommand {
        id: draft.id,
        origin_seq,
        operator: draft.operator,
        occurred_at: draft.occurred_at,
        clock_sure: draft.clock_sure,
        seen: draft.seen,
        series,
        action: draft.action.clone(),
    }
}

/// The same check out, told to have happened.
fn as_done(command: &KioskCommand, told: Day) -> Result<KioskCommand, Fault> {
    let KioskAction::CheckOut {
        tablet,
        loan,
        borrower,
        done: _,
        told_due_on: _,
        overriding,
    } = command.action
    else {
        return Err(Fault::Damaged("what was lent is no check out"));
    };
    let action = KioskAction::CheckOut {
        tablet,
        loan,
        borrower,
        done: true,
        told_due_on: Some(told),
        overriding,
    };
    Ok(KioskCommand {
        action,
        ..command.clone()
    })
}

const fn names_a_person(action: &KioskAction) -> bool {
    match action {
        KioskAction::CheckOut { .. } => true,
        KioskAction::Return { .. }
        | KioskAction::Renew { .. }
        | KioskAction::HandOn { .. }
        | KioskAction::Receive { .. }
        | KioskAction::EndTransfer { .. }
        | KioskAction::TakeStock { .. }
        | KioskAction::Undo { .. }
        | KioskAction::ReportBack { .. }
        | KioskAction::StartReset { .. }
        | KioskAction::ClearFlag { .. } => false,
    }
}

pub(super) fn bytes(command: &KioskCommand) -> Vec<u8> {
    serde_json::to_vec(command).expect("a command has text keys only")
}
