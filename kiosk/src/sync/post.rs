//! Sends the kiosk's own series: strictly in order, one fact at a time, the same
//! bytes until the server's word on it is stored (R4, R6).

use std::{sync::Arc, time::Duration};

use super::{
    News, Stopped, Timing,
    backoff::Backoff,
    bell::Bell,
    caller::Caller,
    heard::{Word, on_fact},
    link::COMMAND,
    presence::Presence,
};
use crate::{flow::Answer, store::Fact};

pub(super) struct Post {
    caller: Caller,
    bell: Arc<Bell>,
    presence: Arc<Presence>,
    timing: Timing,
    backoff: Backoff,
}

/// What comes after a turn.
enum Next {
    AtOnce,
    WhenRung,
    After(Duration),
}

impl Post {
    pub fn new(caller: Caller, bell: Arc<Bell>, presence: Arc<Presence>, timing: Timing) -> Self {
        Self {
            caller,
            bell,
            presence,
            timing,
            backoff: Backoff::new(timing),
        }
    }

    pub fn run(mut self) {
        while self.turn().is_ok() {}
    }

    fn turn(&mut self) -> Result<(), Stopped> {
        match self.send_one()? {
            Next::AtOnce => Ok(()),
            Next::WhenRung => self.bell.wait(None),
            Next::After(pause) => self.bell.wait(Some(pause)),
        }
    }

    fn send_one(&mut self) -> Result<Next, Stopped> {
        let Some(fact) = self.caller.desk().ask(|store| store.next_unanswered())? else {
            return Ok(self.later());
        };
        let Some(fact) = fact else {
            return Ok(Next::WhenRung);
        };
        // Asked last: a fact that was kept after the halt is never sent.
        if self.presence.is_halted() {
            return Ok(Next::WhenRung);
        }
        kill_point::reached("kiosk:before-send");
        let answer = self.caller.post(COMMAND, &fact.body, self.timing.call)?;
        kill_point::reached("kiosk:sent");
        match on_fact(answer) {
            Ok(word) => {
                self.presence.here()?;
                self.obey(fact, word)
            }
            Err(trouble) => {
                self.presence.trouble(&trouble)?;
                Ok(self.later())
            }
        }
    }

    fn obey(&mut self, fact: Fact, word: Word) -> Result<Next, Stopped> {
        match word {
            Word::Answer(answer) => self.store(fact, answer),
            Word::SendAgainFrom(expected) => self.send_again_from(expected),
            Word::Halt(why) => self.halt(&why),
        }
    }

    fn store(&mut self, fact: Fact, answer: Answer) -> Result<Next, Stopped> {
        let id = fact.command.id;
        if self
            .caller
            .desk()
            .ask(|store| store.answered(id))?
            .is_none()
        {
            return Ok(self.later());
        }
        kill_point::reached("kiosk:answer-stored");
        self.backoff.reset();
        self.presence
            .tell(News::Answered(id, fact.command.action, answer))?;
        Ok(Next::AtOnce)
    }

    fn send_again_from(&mut self, expected: u64) -> Result<Next, Stopped> {
        tracing::warn!("the server asks for this kiosk's facts from {expected} on");
        match self
            .caller
            .desk()
            .ask(|store| store.send_again_from(expected))?
        {
            Some(false) => self.halt("the server lost facts that cannot be sent again"),
            Some(true) | None => Ok(self.later()),
        }
    }

    fn halt(&self, why: &str) -> Result<Next, Stopped> {
        self.presence.halt(why)?;
        Ok(Next::WhenRung)
    }

    fn later(&mut self) -> Next {
        Next::After(self.backoff.pause())
    }
}
