//! What follows from the server's answer to a heartbeat. Only what is signed can
//! change the tablet's life; the rest is shown or kept.

use shared::{
    image::ImageId,
    signed::{
        Envelope,
        order::{Order, Task},
        seal::Seal,
    },
    wire::v1::agent::{HeartbeatAnswer, LoanCard, StillGotIt},
};

use super::{Duty, Effect, Life, Notice};
use crate::orders::{NotHeld, Sent};

/// Bounds of the time that the server may ask to wait: it can neither make the
/// tablet call without end nor silence it for good.
const CALL_IN_MS: std::ops::RangeInclusive<u64> = 200..=3_600_000;

impl Duty {
    pub(super) fn answered(
        &mut self,
        seq: u64,
        answer: HeartbeatAnswer,
        now_ms: u64,
    ) -> Vec<Effect> {
        if self.sent.last().map(|sent| sent.seq) != Some(seq) {
            return vec![Effect::Say(Notice::StrayAnswer)];
        }
        let next_call_ms = answer
            .next_call_ms
            .clamp(*CALL_IN_MS.start(), *CALL_IN_MS.end());
        let mut effects = vec![
            Effect::Say(Notice::HeartbeatAnswered { next_call_ms }),
            Effect::CallIn(next_call_ms),
        ];
        effects.extend(self.keyrings(&answer.keyrings));
        let before = self.record.clone();
        // The heartbeat carried it, and the server has answered that heartbeat.
        let told = self.record.answer.take();
        let told = told.map(|answer| answer.loan);
        let shown = self.card(answer.loan);
        let asked = self.question(answer.ask.filter(|ask| told != Some(ask.loan)));
        if self.record != before {
            effects.push(self.save());
        }
        effects.extend(shown.into_iter().chain(asked));
        effects.extend(self.stage_then_order(answer.stage.as_ref(), answer.order, now_ms));
        effects
    }

    /// The server's keys were changed, if the keys that are believed say so. It waits to
    /// hear of it: until then it sends nothing signed.
    fn keyrings(&mut self, following: &[Envelope]) -> Vec<Effect> {
        if following.is_empty() {
            return Vec::new();
        }
        let (keyring, led) = self.known.keyring.follow_all(following);
        if led.is_empty() {
            return vec![Effect::Say(Notice::KeyringsNotHeld)];
        }
        self.known.keyring = keyring;
        let key = keyring.current.id();
        vec![
            Effect::KeepKeyrings(led),
            Effect::Say(Notice::Believes { key }),
            Effect::CallIn(0),
        ]
    }

    /// Renewing a loan moves its due day.
    fn card(&mut self, card: Option<LoanCard>) -> Vec<Effect> {
        match (&mut self.record.life, card) {
            (Life::OnLoan { loan, due_on }, Some(card))
                if *loan == card.loan && *due_on != card.due_on =>
            {
                *due_on = card.due_on;
                vec![Effect::ShowCard(card)]
            }
            (
                Life::New
                | Life::OnLoan { .. }
                | Life::Dirty { .. }
                | Life::Reported(_)
                | Life::Ready
                | Life::Failed,
                _,
            ) => Vec::new(),
        }
    }

    fn question(&mut self, ask: Option<StillGotIt>) -> Vec<Effect> {
        let loan = ask.map(|ask| ask.loan);
        let is_shown = !std::mem::take(&mut self.just_started);
        if self.record.asked == loan && (is_shown || loan.is_none()) {
            return Vec::new();
        }
        self.record.asked = loan;
        match ask {
            Some(ask) => vec![Effect::Ask(ask), Effect::Say(Notice::Asked)],
            None => vec![Effect::ClearQuestion],
        }
    }

    fn stage_then_order(
        &mut self,
        stage: Option<&Envelope>,
        order: Option<Envelope>,
        now_ms: u64,
    ) -> Vec<Effect> {
        match stage.map(|seal| seal.open::<Seal>(&self.known.keyring.current)) {
            Some(Ok(seal)) if !self.at_hand.contains(&seal.image) => {
                self.held_order = order;
                vec![Effect::Stage(seal)]
            }
            Some(Ok(seal)) => {
                self.staged = Some(seal.image);
                self.order(order, now_ms)
            }
            Some(Err(_)) => {
                let said = Effect::Say(Notice::SealNotHeld);
                std::iter::once(said)
                    .chain(self.order(order, now_ms))
                    .collect()
            }
            None => self.order(order, now_ms),
        }
    }

    pub(super) fn staged(&mut self, image: ImageId, whole: bool, now_ms: u64) -> Vec<Effect> {
        if whole {
            self.at_hand.insert(image);
            self.staged = Some(image);
        }
        let order = self.held_order.take();
        self.order(order, now_ms)
    }

    fn order(&mut self, order: Option<Envelope>, now_ms: u64) -> Vec<Effect> {
        let Some(envelope) = order else {
            return Vec::new();
        };
        self.begin(&envelope, now_ms)
            .unwrap_or_else(|why| vec![Effect::Say(Notice::OrderNotHeld(why))])
    }

    fn begin(&mut self, envelope: &Envelope, now_ms: u64) -> Result<Vec<Effect>, NotHeld> {
        let order = self.bounds().open(envelope, &self.sent, now_ms)?;
        match order.task.clone() {
            Task::Reset { image, .. } => self.begin_reset(&order, envelope, image),
            Task::BeginLoan {
                loan,
                due_on,
                overridden,
            } => {
                let card = LoanCard { loan, due_on };
                self.begin_loan(&order, envelope, card, overridden)
            }
            Task::Lock { message } => self.lock(&order, envelope, Some(message)),
            Task::Unlock => self.lock(&order, envelope, None),
        }
    }

    /// Opens the tablet for a borrower: only when it is proven clean, already lent, or
    /// lent by a named operator all the same; and only for a newer stretch of its life,
    /// or for the same one where it
    /// was reset in its borrower's hands. An order for a loan has no number of its
    /// own, for it does not reset.
    fn begin_loan(
        &mut self,
        order: &Order,
        envelope: &Envelope,
        card: LoanCard,
        overridden: bool,
    ) -> Result<Vec<Effect>, NotHeld> {
        let LoanCard { loan, due_on } = card;
        if matches!(self.record.life, Life::OnLoan { loan: open, .. } if open == loan) {
            return Ok(self.goes_on(order, envelope));
        }
        let counter = self.record.last_reset.as_ref().map_or(0, |it| it.counter);
        let is_newer = order.epoch > self.record.epoch || self.was_reset_for(order);
        if !is_newer || order.counter < counter {
            return Err(NotHeld::Replayed);
        }
        match self.record.life {
            Life::Ready | Life::OnLoan { .. } if self.record.message().is_some() => {
                return Ok(vec![Effect::Say(Notice::LoanWaitsLocked)]);
            }
            Life::Ready | Life::OnLoan { .. } => {}
            Life::New | Life::Failed if overridden => {}
            // One at work is let end first, whatever anybody said of it.
            Life::New | Life::Dirty { .. } | Life::Reported(_) | Life::Failed => {
                return Ok(vec![Effect::Say(Notice::LoanWaits)]);
            }
        }
        self.record.epoch = order.epoch;
        self.record.life = Life::OnLoan { loan, due_on };
        Ok(vec![
            Effect::KeepLoan(envelope.clone()),
            self.save(),
            Effect::ShowCard(card),
            Effect::Say(Notice::LoanBegun { due_on }),
        ])
    }

    /// Two operators had it wiped while it was out: only an order that was signed
    /// since repeats the number and the stretch of life of that reset.
    fn was_reset_for(&self, order: &Order) -> bool {
        let last = self.record.last_reset.as_ref();
        let is_last = last.is_some_and(|it| (it.epoch, it.counter) == (order.epoch, order.counter));
        self.record.life == Life::Ready && is_last
    }

    /// A loan that goes on in a later stretch of life: it was in doubt for a while.
    fn goes_on(&mut self, order: &Order, envelope: &Envelope) -> Vec<Effect> {
        if order.epoch <= self.record.epoch {
            return Vec::new();
        }
        self.record.epoch = order.epoch;
        vec![Effect::KeepLoan(envelope.clone()), self.save()]
    }

    /// The heartbeat that an order answered.
    pub(super) fn heartbeat_of(&self, order: &Order) -> Result<Sent, NotHeld> {
        let mut sent = self.sent.iter();
        sent.find(|sent| sent.seq == order.heartbeat_seq)
            .copied()
            .ok_or(NotHeld::OtherHeartbeat)
    }
}
