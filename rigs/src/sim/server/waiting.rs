//! What waits at the server: commands to be written together, and answers that are
//! held back until there is news.

use anyhow::Result;
use serde::Serialize;
use server::{
    api::{agent, kiosk},
    http::Problem,
    store::Answer,
};
use shared::{
    command::Command,
    ids::{CommandId, KioskId, TabletId},
    wire::v1::{
        agent::{Heartbeat, ReceiptAnswer},
        kiosk::RowsRequest,
    },
};

use super::{PACE, Server};
use crate::sim::{
    node::Node,
    note::{Note, Said},
    wires::{Due, Request, Response, Timer, Wires},
};

/// A command that waits to be written.
pub struct Gathered {
    pub request: Request,
    pub command: Command,
    pub whose: Whose,
}

/// Whose command it is: that decides how it is answered.
pub enum Whose {
    /// A kiosk's.
    Kiosk,
    /// A receipt of this tablet, with its bytes.
    Receipt(TabletId, Vec<u8>),
}

/// An answer that is held back.
pub struct Held {
    pub request: Request,
    pub what: Waits,
}

/// What it waits for.
#[derive(Clone)]
pub enum Waits {
    /// Other rows than these.
    Rows(KioskId, RowsRequest),
    /// Something to do for this tablet.
    Heartbeat(TabletId, Box<Heartbeat>),
}

impl Server {
    /// Puts a command with those that are written next.
    pub(super) fn gather(&mut self, gathered: Gathered, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        up.gathered.push(gathered);
        let gather_ms = wires.weather().gather_ms;
        if gather_ms == 0 {
            return self.write(wires);
        }
        if up.gathered.len() == 1 {
            let write = Due::Timer(Node::Server, self.life, Timer::Write);
            wires.after(gather_ms, write);
        }
        Ok(())
    }

    /// Writes what was gathered, all in one transaction, and answers.
    pub(super) fn write(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let gathered = std::mem::take(&mut up.gathered);
        let commands: Vec<Command> = gathered.iter().map(|it| it.command.clone()).collect();
        let answers = self.commit(&commands, wires)?;
        for (gathered, answer) in gathered.into_iter().zip(answers) {
            let response = self.word_on(&gathered.whose, answer)?;
            wires.tell(&gathered.request, response);
        }
        Ok(())
    }

    fn word_on(&self, whose: &Whose, answer: Answer) -> Result<Response> {
        match whose {
            Whose::Kiosk => Ok(well(&kiosk::told(answer))),
            Whose::Receipt(tablet, receipt) => {
                let Some(keys) = self.tablet_keys(*tablet)? else {
                    return Ok(problem(&Problem::not_found()));
                };
                let verdict = agent::verdict(*tablet, &keys, receipt, answer.map(drop));
                let verdict = self.keys.sign(&verdict);
                Ok(well(&ReceiptAnswer { verdict }))
            }
        }
    }

    /// Answers at once where there is news, or holds the answer back.
    pub(super) fn answer_or_hold(
        &mut self,
        request: &Request,
        what: Waits,
        hold_ms: u64,
        wires: &mut Wires,
    ) -> Result<Option<Response>> {
        let has_time = hold_ms > 0 && !request.copied;
        if let Some(response) = self.news(&what, !has_time, wires)? {
            return Ok(Some(response));
        }
        let Some(up) = &mut self.up else {
            return Ok(None);
        };
        let request = request.clone();
        let call = request.call;
        up.held.insert(call, Held { request, what });
        let held = Due::Timer(Node::Server, self.life, Timer::Held(call));
        wires.after(hold_ms, held);
        Ok(None)
    }

    /// Whoever waits for news is answered, where there are any.
    pub(super) fn tell_news(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(up) = &self.up else {
            return Ok(());
        };
        let calls: Vec<u64> = up.held.keys().copied().collect();
        for call in calls {
            self.tell_held(call, false, wires)?;
        }
        Ok(())
    }

    /// The time of this answer is over.
    pub(super) fn let_go(&mut self, call: u64, wires: &mut Wires) -> Result<()> {
        self.tell_held(call, true, wires)
    }

    fn tell_held(&mut self, call: u64, is_over: bool, wires: &mut Wires) -> Result<()> {
        let held = self.up.as_ref().and_then(|up| up.held.get(&call));
        let Some(what) = held.map(|held| held.what.clone()) else {
            return Ok(());
        };
        if let Some(response) = self.news(&what, is_over, wires)?
            && let Some(held) = self.up.as_mut().and_then(|up| up.held.remove(&call))
        {
            wires.tell(&held.request, response);
        }
        Ok(())
    }

    /// The answer, where there is something to say or it must be said.
    fn news(&mut self, what: &Waits, must: bool, wires: &mut Wires) -> Result<Option<Response>> {
        match what {
            Waits::Rows(kiosk, asked) => self.news_of_rows(*kiosk, *asked, must, wires),
            Waits::Heartbeat(tablet, heartbeat) => {
                self.news_of_heartbeat(*tablet, heartbeat, must, wires)
            }
        }
    }

    fn news_of_rows(
        &self,
        kiosk: KioskId,
        asked: RowsRequest,
        must: bool,
        wires: &Wires,
    ) -> Result<Option<Response>> {
        let Some(read) = self.read() else {
            return Ok(None);
        };
        let now = self.now(wires);
        let rows = read.at_once(|read| kiosk::rows_of(read, kiosk, asked, now))?;
        let Some(rows) = rows else {
            return Ok(Some(problem(&Problem::not_found())));
        };
        let is_denied = asked.head.is_some_and(|it| it.is_denied_by(&rows.heads));
        let must = must || is_denied || rows.cursor != asked.after;
        Ok(must.then(|| well(&rows)))
    }

    fn news_of_heartbeat(
        &mut self,
        tablet: TabletId,
        heartbeat: &Heartbeat,
        must: bool,
        wires: &mut Wires,
    ) -> Result<Option<Response>> {
        let Some(read) = self.read() else {
            return Ok(None);
        };
        let seen = read.at_once(|read| agent::Seen::of(read, tablet))?;
        let Some(seen) = seen else {
            return Ok(Some(problem(&Problem::not_found())));
        };
        if let Some(answer) = seen.keys_first(heartbeat, self.now(wires), PACE, &self.keys) {
            return Ok(Some(well(&answer)));
        }
        if self.takes_told(&seen, heartbeat, wires)? {
            return self.news_of_heartbeat(tablet, heartbeat, must, wires);
        }
        let now = self.now(wires);
        if !must && !seen.says_something(heartbeat, now) {
            return Ok(None);
        }
        // An order that is sent can no longer be taken back with its return.
        if let (Some(order), Some(up)) = (seen.reset_order(heartbeat), &mut self.up)
            && !up.store.deliver(tablet, order)?
        {
            return Ok(None);
        }
        let [jitter] = wires.chance(Node::Server).bytes();
        let next_call_ms = agent::next_call_ms(PACE, jitter, &seen.tablet, heartbeat);
        let image = seen.image_to_stage(heartbeat).map(|image| image.id);
        let stage = image.and_then(|image| self.seals.get(&image));
        let answer = seen.answer(heartbeat, now, next_call_ms, stage, &self.keys);
        Ok(Some(well(&answer)))
    }

    /// Takes what a tablet tells of itself that is not in the log. That it is further than
    /// it is known to be, the model calls a loss: in no world is a server brought back from
    /// a backup.
    fn takes_told(
        &mut self,
        seen: &agent::Seen,
        heartbeat: &Heartbeat,
        wires: &mut Wires,
    ) -> Result<bool> {
        let id = CommandId::from_bytes(wires.chance(Node::Server).bytes());
        let Some(command) = seen.told(heartbeat, id, self.now(wires)) else {
            return Ok(false);
        };
        wires.note(Note::Said(Said {
            command: id,
            by: Node::Server,
            operator: None,
            place: None,
            what: command.action.clone(),
        }));
        Ok(matches!(self.commit(&[command], wires)?[..], [Ok(_)]))
    }
}

/// An answer that is no problem.
pub fn well(answer: &impl Serialize) -> Response {
    Response {
        status: 200,
        body: serde_json::to_vec(answer).expect("answers have text keys only"),
    }
}

/// A problem, as it is sent.
pub fn problem(problem: &Problem) -> Response {
    Response {
        status: problem.status().as_u16(),
        body: problem.to_json(),
    }
}
