//! Sends the kiosk's own series: strictly in order, one fact at a time, the same
//! bytes until the server's word on it is stored (R4), or until it has happened
//! without that word (R6).

use std::{sync::Arc, time::Duration};

use shared::wire::v1::{
    command::KioskCommand,
    kiosk::{CommandAnswer, Gap},
};

use super::{
    News, Stopped, Timing,
    backoff::Backoff,
    bell::Bell,
    caller::Caller,
    heard::{Word, on_fact},
    link::{COMMAND, GAP},
    presence::Presence,
    recall::Recall,
};
use crate::{flow::Answer, store::Fact};

pub(super) struct Post {
    caller: Caller,
    bell: Arc<Bell>,
    presence: Arc<Presence>,
    recall: Arc<Recall>,
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
    pub const fn new(
        caller: Caller,
        bell: Arc<Bell>,
        presence: Arc<Presence>,
        recall: Arc<Recall>,
        timing: Timing,
    ) -> Self {
        Self {
            caller,
            bell,
            presence,
            recall,
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
        if !self.presence.is_halted() {
            if let Some(ended) = self.recall.take_ended() {
                return self.begin_series_after(ended);
            }
            if let Some(from) = self.recall.take() {
                return self.send_again_from(from);
            }
        }
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
                self.obey(&fact, word)
            }
            Err(trouble) => {
                self.presence.trouble(&trouble)?;
                Ok(self.later())
            }
        }
    }

    fn obey(&mut self, fact: &Fact, word: Word) -> Result<Next, Stopped> {
        match word {
            Word::Answer(answer) => self.store(fact, answer),
            Word::SendAgainFrom(expected) => self.send_again_from(expected),
            Word::BeginSeries => self.begin_series_after(fact.command.series),
            Word::Halt(why) => self.halt(&why),
        }
    }

    fn store(&mut self, fact: &Fact, answer: Answer) -> Result<Next, Stopped> {
        let settled = self.caller.desk().ask(|store| store.settle(fact, answer))?;
        let Some(settled) = settled else {
            return Ok(self.later());
        };
        kill_point::reached("kiosk:answer-stored");
        self.backoff.reset();
        if let Some(KioskCommand { id, action, .. }) = settled {
            self.presence.tell(News::Answered(id, action, answer))?;
        }
        Ok(Next::AtOnce)
    }

    fn send_again_from(&mut self, expected: u64) -> Result<Next, Stopped> {
        tracing::warn!("the server asks for this kiosk's facts from {expected} on");
        let first = self.caller.desk();
        let first = first.ask(|store| Ok((store.send_again_from(expected)?, store.series()?)))?;
        match first {
            Some((first, series)) if first > expected => self.tell_gap(Gap {
                first: expected,
                last: first - 1,
                series,
            }),
            Some(_) => Ok(self.later()),
            None => Ok(self.again(expected)),
        }
    }

    /// This disk was restored from an old copy: what it holds is told again in a series
    /// of its own, and nothing of it is lost.
    fn begin_series_after(&mut self, ended: u32) -> Result<Next, Stopped> {
        let begun = self.caller.desk();
        let begun = begun.ask(|store| store.begin_series_after(ended))?;
        match begun {
            Some(true) => tracing::error!(
                "this kiosk was restored from an old copy of its disk: it tells again what it \
                 holds. What it was told after that copy and had not sent is lost"
            ),
            Some(false) => {}
            None => self.recall.end_later(ended),
        }
        Ok(self.later())
    }

    /// Says that these cannot be told again, so that what follows them is taken.
    fn tell_gap(&mut self, gap: Gap) -> Result<Next, Stopped> {
        let Gap { first, last, .. } = gap;
        let body = serde_json::to_vec(&gap).expect("a gap has text keys only");
        match self.caller.post(GAP, &body, self.timing.call)? {
            Ok(CommandAnswer::Accepted { .. }) => {
                tracing::error!(
                    "the server lost facts {first} to {last} of this kiosk, and they cannot be \
                     told again: they named borrowers. It was told so"
                );
                self.backoff.reset();
                self.presence.here()?;
                Ok(Next::AtOnce)
            }
            Ok(CommandAnswer::Refused { refusal }) => {
                self.presence.here()?;
                tracing::warn!(
                    "a gap in this kiosk's facts was refused: {}",
                    refusal.0.code()
                );
                Ok(self.again(first))
            }
            Err(trouble) => {
                self.presence.trouble(&trouble)?;
                Ok(self.again(first))
            }
        }
    }

    /// The same again, after a pause.
    fn again(&mut self, from: u64) -> Next {
        self.recall.ask_later(from);
        self.later()
    }

    fn halt(&self, why: &str) -> Result<Next, Stopped> {
        self.presence.halt(why)?;
        Ok(Next::WhenRung)
    }

    fn later(&mut self) -> Next {
        Next::After(self.backoff.pause())
    }
}
