//! Facts go out: strictly in order, one at a time, the same bytes until they are
//! answered.

use anyhow::Result;
use kiosk::{
    flow::Answer,
    store::Fact,
    sync::{
        News, Timing,
        backoff::Backoff,
        heard::{Word, on_fact, on_trouble},
        link::Trouble,
    },
};
use shared::{
    ids::CommandId,
    wire::v1::{
        command::KioskCommand,
        kiosk::{CommandAnswer, Gap},
    },
};

use super::{Kiosk, TIMING, calls::What};
use crate::sim::{
    bug::Bug,
    wires::{Due, Timer, Wires},
};

/// Where the sending of facts is.
pub struct Post {
    backoff: Backoff,
    calling: bool,
    /// Rung while a call was under way.
    rung: bool,
    /// The last fact that was sent.
    sent: Option<CommandId>,
    /// Facts from this place on are to be sent again.
    pub recall: Option<u64>,
}

impl Post {
    pub const fn new(timing: Timing) -> Self {
        Self {
            backoff: Backoff::new(timing),
            calling: false,
            rung: false,
            sent: None,
            recall: None,
        }
    }
}

impl Kiosk {
    /// There is something to send, or it is time to try again.
    pub(super) fn ring(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        if up.post.calling {
            up.post.rung = true;
            return Ok(());
        }
        if up.halted {
            return Ok(());
        }
        if let Some(from) = up.post.recall.take() {
            return self.send_again_from(from, wires);
        }
        let Some(fact) = up.store.next_unanswered()? else {
            return Ok(());
        };
        let again = up.post.sent.replace(fact.command.id) == Some(fact.command.id);
        up.post.calling = true;
        let body = match self.bug {
            Some(Bug::NewIdAtEachTry) if again => self.with_new_id(&fact, wires)?,
            Some(_) | None => fact.body.clone(),
        };
        self.call(What::Fact(Box::new(fact)), body, TIMING.call, wires)
    }

    fn send_again_from(&mut self, expected: u64, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let first = up.store.send_again_from(expected)?;
        if first <= expected {
            return self.later(wires);
        }
        up.post.calling = true;
        let last = first - 1;
        let first = expected;
        let body = serde_json::to_vec(&Gap { first, last })?;
        self.call(What::Gap(first), body, TIMING.call, wires)
    }

    pub(super) fn gap_ended(
        &mut self,
        first: u64,
        answer: &Result<CommandAnswer, Trouble>,
        wires: &mut Wires,
    ) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        up.post.calling = false;
        if let Ok(CommandAnswer::Accepted { .. }) = answer {
            up.post.backoff.reset();
            return self.ring(wires);
        }
        up.post.recall = Some(first);
        self.later(wires)
    }

    fn with_new_id(&self, fact: &Fact, wires: &mut Wires) -> Result<Vec<u8>> {
        let id = CommandId::from_bytes(wires.chance(self.node()).bytes());
        let command = KioskCommand {
            id,
            ..fact.command.clone()
        };
        Ok(serde_json::to_vec(&command)?)
    }

    pub(super) fn fact_ended(
        &mut self,
        fact: &Fact,
        answer: Result<CommandAnswer, Trouble>,
        wires: &mut Wires,
    ) -> Result<()> {
        if let Some(up) = &mut self.up {
            up.post.calling = false;
        }
        match on_fact(answer) {
            Ok(word) => {
                self.hear(News::Online(true), wires)?;
                self.obey(fact, word, wires)
            }
            Err(trouble) => {
                if let Some(news) = on_trouble(&trouble) {
                    self.hear(news, wires)?;
                }
                self.later(wires)
            }
        }
    }

    fn obey(&mut self, fact: &Fact, word: Word, wires: &mut Wires) -> Result<()> {
        match word {
            Word::Answer(answer) => self.answered(fact, answer, wires),
            Word::SendAgainFrom(expected) => {
                let Some(up) = &mut self.up else {
                    return Ok(());
                };
                up.post.recall = Some(expected);
                self.later(wires)
            }
            Word::Halt(why) => self.halt(&why, wires),
        }
    }

    fn answered(&mut self, fact: &Fact, answer: Answer, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let settled = up.store.settle(fact, answer)?;
        up.post.backoff.reset();
        if let Some(KioskCommand { id, action, .. }) = settled {
            self.hear(News::Answered(id, action, answer), wires)?;
        }
        self.ring(wires)
    }

    fn later(&mut self, wires: &mut Wires) -> Result<()> {
        let (node, life) = (self.node(), self.life);
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let [part] = wires.chance(node).bytes();
        let pause = up.post.backoff.pause_by(part);
        if std::mem::take(&mut up.post.rung) {
            return self.ring(wires);
        }
        let ms = u64::try_from(pause.as_millis())?;
        wires.after(ms, Due::Timer(node, life, Timer::Post));
        Ok(())
    }
}
