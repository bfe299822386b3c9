//! One turn of the agent, as its blocking loop does it: what a person answered,
//! what is unfinished, then a heartbeat; each input's effects before the next
//! input. A call stops the turn until its answer comes.

use agent::{
    duty::{Effect, Input, Life, Readings},
    link::back_off,
};
use anyhow::Result;
use shared::{
    ids::CommandId,
    signed::{Envelope, receipt::Receipt},
};

use super::Tablet;
use crate::sim::{
    counts::Fault,
    note::{Note, Said},
    wires::{Due, Timer, Wires},
};

/// A part of a turn.
pub enum Stage {
    /// A person's answer is taken.
    Person,
    /// It was taken.
    PersonHeard,
    /// Whatever is unfinished goes on.
    TakeUp,
    /// A heartbeat.
    Beat,
}

/// When to call if the server has not said.
const CALL_IN_MS: u64 = 15 * 60_000;

impl Tablet {
    /// It is worth a call at once.
    pub(super) fn wake(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        if up.turn_ms.is_none() {
            up.woken = true;
            return Ok(());
        }
        self.turn(wires)
    }

    pub(super) fn turn_due(&mut self, wires: &mut Wires) -> Result<()> {
        let due = self.up.as_ref().and_then(|up| up.turn_ms);
        if due.is_some_and(|due| due <= wires.now_ms) {
            return self.turn(wires);
        }
        Ok(())
    }

    pub(super) fn turn(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        up.turn_ms = None;
        up.woken = false;
        up.call_in_ms = None;
        up.unanswered = false;
        up.stages.extend([
            Stage::Person,
            Stage::PersonHeard,
            Stage::TakeUp,
            Stage::Beat,
        ]);
        self.go_on(wires)
    }

    /// Goes on with the turn until it waits for an answer or is over.
    pub(super) fn go_on(&mut self, wires: &mut Wires) -> Result<()> {
        loop {
            let now_ms = self.monotonic_ms(wires);
            let Some(up) = &mut self.up else {
                return Ok(());
            };
            if up.calling.is_some() {
                return Ok(());
            }
            if let Some(effect) = up.effects.pop_front() {
                if self.does(wires) {
                    self.carry_out(effect, wires)?;
                }
            } else if let Some(input) = up.inputs.pop_front() {
                up.effects.extend(up.duty.handle(input, now_ms));
            } else if let Some(stage) = up.stages.pop_front() {
                self.enter(&stage, wires);
            } else {
                self.turn_is_over(wires);
                return Ok(());
            }
        }
    }

    fn enter(&mut self, stage: &Stage, wires: &mut Wires) {
        let input = match stage {
            Stage::Person => self.person(wires),
            Stage::PersonHeard => {
                self.screen.answer = None;
                None
            }
            Stage::TakeUp => Some(self.receipt_at_work().unwrap_or(Input::Turn)),
            Stage::Beat => Some(Input::Beat(self.readings(wires))),
        };
        if let Some(up) = &mut self.up {
            up.inputs.extend(input);
        }
    }

    fn person(&mut self, wires: &mut Wires) -> Option<Input> {
        let (loan, yes) = self.screen.answer?;
        let id = CommandId::from_bytes(wires.chance(self.node()).bytes());
        Some(Input::PersonAnswered { id, loan, yes })
    }

    fn readings(&self, wires: &Wires) -> Readings {
        Readings {
            battery_percent: Some(50),
            charging: Some(self.charging),
            storage_free_bytes: None,
            modem: None,
            last_used_ms_ago: self.used_ms.map(|used| wires.now_ms - used),
        }
    }

    /// What the reset left for the order at work, if it is done.
    fn receipt_at_work(&self) -> Option<Input> {
        let Life::Dirty { .. } = self.record.life else {
            return None;
        };
        let begun = self.record.last_reset.as_ref()?;
        let (_, bytes) = self.receipts.last()?;
        let envelope = Envelope::from_json(bytes).ok()?;
        let read: Receipt = envelope.open(&begun.proof_key()?).ok()?;
        let receipt = bytes.clone();
        (read.order == begun.order).then_some(Input::ResetEnded { receipt })
    }

    fn carry_out(&mut self, effect: Effect, wires: &mut Wires) -> Result<()> {
        match effect {
            Effect::Save(record) => {
                self.said(&record, wires);
                self.save(*record, wires);
            }
            Effect::Send(heartbeat) => self.send(&heartbeat, wires)?,
            Effect::Deliver { seq, delivery } => self.deliver(seq, &delivery, wires)?,
            // Who may sign in on a tablet is not simulated.
            Effect::KeepVerdict(_)
            | Effect::KeepLoan(_)
            | Effect::KeepLock(_)
            | Effect::ShowLost(_)
            | Effect::ClearLost => {}
            // Both roles keep them before anything else happens.
            Effect::KeepKeyrings(led) => {
                self.keyring = self.keyring.follow_all(&led).0;
            }
            Effect::Stage(seal) => self.stage(seal.image, wires),
            Effect::StartReset(handed) => self.start_reset(handed, wires)?,
            Effect::ShowCard(card) => {
                if self.screen.card.map(|it| it.loan) != Some(card.loan) {
                    wires.note(Note::LoanOpened(self.at, card.loan));
                }
                self.screen.card = Some(card);
            }
            Effect::ClearCard => self.screen.card = None,
            Effect::Ask(question) => {
                self.screen.answer = None;
                self.screen.question = Some(question.loan);
            }
            Effect::ClearQuestion => {
                self.screen.answer = None;
                self.screen.question = None;
            }
            Effect::CallIn(ms) => {
                if let Some(up) = &mut self.up {
                    up.call_in_ms = Some(up.call_in_ms.map_or(ms, |it| it.min(ms)));
                }
            }
            Effect::Say(notice) => wires.say(self.node(), || notice.to_string()),
        }
        Ok(())
    }

    /// What a record says for the first time: an answer, or a receipt.
    fn said(&self, record: &agent::duty::Record, wires: &mut Wires) {
        let tablet = self.body.id;
        let answer = record
            .answer
            .filter(|_| record.answer != self.record.answer);
        let answer = answer.map(|it| {
            let (loan, yes) = (it.loan, it.yes);
            let answer = shared::command::AnswerStillGotIt { tablet, loan, yes };
            (it.id, shared::command::Action::AnswerStillGotIt(answer))
        });
        let receipt = match &record.life {
            Life::Reported(waiting) if record.life != self.record.life => {
                let receipt = waiting.delivery.receipt.clone();
                let record = shared::command::RecordReset { tablet, receipt };
                let action = shared::command::Action::RecordReset(record);
                Some((waiting.delivery.id, action))
            }
            Life::New
            | Life::OnLoan { .. }
            | Life::Dirty { .. }
            | Life::Reported(_)
            | Life::Ready
            | Life::Failed => None,
        };
        for (command, what) in answer.into_iter().chain(receipt) {
            wires.note(Note::Said(Said {
                command,
                by: self.node(),
                operator: None,
                place: None,
                what,
            }));
        }
    }

    /// Has an image at hand, unless the network is bad.
    fn stage(&mut self, image: shared::image::ImageId, wires: &mut Wires) {
        let lost = wires.weather().lost;
        let whole = !wires.chance(self.node()).happens(lost);
        if whole {
            self.at_hand.insert(image);
        } else {
            wires.fault(Fault::Lost);
        }
        if let Some(up) = &mut self.up {
            up.unanswered |= !whole;
            up.inputs.push_back(Input::Staged { image, whole });
        }
    }

    fn turn_is_over(&mut self, wires: &mut Wires) {
        let (node, life) = (self.node(), self.life);
        let chance = wires.chance(node).next();
        let Some(up) = &mut self.up else {
            return;
        };
        up.faults = if up.unanswered { up.faults + 1 } else { 0 };
        let asked_ms = up.call_in_ms.unwrap_or(CALL_IN_MS);
        let delay_ms = match up.faults {
            _ if up.woken => 0,
            0 => back_off::with_jitter(asked_ms, chance),
            faults => back_off::after_faults(faults, chance),
        };
        up.turn_ms = Some(wires.now_ms + delay_ms);
        wires.after(delay_ms, Due::Timer(node, life, Timer::Turn));
    }
}
