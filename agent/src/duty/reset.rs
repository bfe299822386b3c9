//! A reset as `run` sees it: an order begun, a receipt handed in, a verdict. The
//! tablet is ready only by the server's signed word on this very receipt.

use shared::{
    digest::Digest,
    ids::CommandId,
    image::ImageId,
    signed::{
        Envelope,
        order::Order,
        receipt::{Outcome, Receipt},
        verdict::{Answer, Verdict},
    },
    wire::v1::agent::ReceiptDelivery,
};

use super::{Duty, Effect, Life, Notice, Waiting};
use crate::orders::{Begun, Handed, Newness, NotHeld, newness};

impl Duty {
    pub(super) fn begin_reset(
        &mut self,
        order: &Order,
        envelope: &Envelope,
        image: ImageId,
    ) -> Result<Vec<Effect>, NotHeld> {
        let handed = Handed {
            order: envelope.clone(),
            heartbeat: self.heartbeat_of(order)?,
        };
        match newness(order, self.record.last_reset.as_ref())? {
            Newness::Again => Ok(self.reset_again(handed)),
            Newness::New if order.epoch < self.record.epoch => Err(NotHeld::Replayed),
            Newness::New if !self.at_hand.contains(&image) => {
                Ok(vec![Effect::Say(Notice::ImageMissing(image))])
            }
            Newness::New => Ok(self.reset_new(order, handed)),
        }
    }

    fn reset_new(&mut self, order: &Order, handed: Handed) -> Vec<Effect> {
        self.record.last_reset = Some(Begun::from(order));
        self.record.epoch = order.epoch;
        self.record.asked = None;
        let mut effects = self.start(handed);
        let (order, counter) = (order.order, order.counter);
        effects.insert(1, Effect::Say(Notice::OrderBegun { order, counter }));
        effects.insert(1, Effect::ClearQuestion);
        effects.insert(1, Effect::ClearCard);
        effects
    }

    /// The same order again: it was begun, and goes on from where it is.
    fn reset_again(&mut self, handed: Handed) -> Vec<Effect> {
        match self.record.life.clone() {
            Life::Dirty { .. } => self.start(handed),
            Life::Reported(waiting) => self.deliver(waiting.delivery),
            Life::New | Life::OnLoan { .. } | Life::Ready | Life::Failed => Vec::new(),
        }
    }

    fn start(&mut self, handed: Handed) -> Vec<Effect> {
        self.waits_for_order = false;
        self.record.life = Life::Dirty {
            handed: handed.clone(),
        };
        vec![self.save(), Effect::StartReset(handed)]
    }

    pub(super) fn deliver(&mut self, delivery: ReceiptDelivery) -> Vec<Effect> {
        let (seq, reserved) = self.number();
        let deliver = Effect::Deliver { seq, delivery };
        reserved.into_iter().chain([deliver]).collect()
    }

    pub(super) fn reset_ended(&mut self, receipt: Vec<u8>) -> Vec<Effect> {
        let Some(read) = self.receipt_at_work(&receipt) else {
            let why = "its receipt is not for the order at work".to_owned();
            return self.reset_broke(why);
        };
        let (proven, notice) = match read.outcome {
            Outcome::Verified => (Some(read.image), Notice::ResetVerified),
            Outcome::Failed { .. } => (None, Notice::ResetFailed),
        };
        let id = delivery_of(&receipt);
        let delivery = ReceiptDelivery { id, receipt };
        self.record.life = Life::Reported(Waiting {
            order: read.order,
            proven,
            delivery: delivery.clone(),
        });
        let kept = [Effect::Say(notice), self.save()];
        kept.into_iter().chain(self.deliver(delivery)).collect()
    }

    /// The receipt, if it is our own `reset`'s and for the order at work.
    fn receipt_at_work(&self, receipt: &[u8]) -> Option<Receipt> {
        if !matches!(self.record.life, Life::Dirty { .. }) {
            return None;
        }
        let begun = self.record.last_reset.as_ref()?;
        let envelope = Envelope::from_json(receipt).ok()?;
        let read: Receipt = envelope.open(&begun.proof_key()?).ok()?;
        (read.order == begun.order).then_some(read)
    }

    /// `reset` would not or could not: the server sends the order again, bound to
    /// a new heartbeat.
    pub(super) fn reset_broke(&mut self, why: String) -> Vec<Effect> {
        self.waits_for_order = true;
        vec![Effect::Say(Notice::ResetBroke(why))]
    }

    pub(super) fn verdict(&mut self, envelope: &Envelope) -> Vec<Effect> {
        let Some((waiting, answer)) = self.word_on_our_receipt(envelope) else {
            return vec![Effect::Say(Notice::VerdictNotHeld)];
        };
        let (life, notice) = match (answer, waiting.proven) {
            (Answer::Accepted, Some(image)) => {
                self.record.image = Some(image);
                (Life::Ready, Notice::Ready)
            }
            // Whatever the server says, a failed reset proves nothing.
            (Answer::Accepted, None) | (Answer::Noted, _) => (Life::Failed, Notice::FailureNoted),
            (Answer::Refused { code }, _) => (Life::Failed, Notice::ReceiptRefused { code }),
        };
        self.record.life = life;
        let mut effects = vec![
            Effect::KeepVerdict(envelope.clone()),
            self.save(),
            Effect::Say(notice),
        ];
        // Word that it is ready should spread at once; a failure must not use up
        // all its tries in one second.
        if self.record.life == Life::Ready {
            effects.push(Effect::CallIn(0));
        }
        effects
    }

    fn word_on_our_receipt(&self, envelope: &Envelope) -> Option<(Waiting, Answer)> {
        let Life::Reported(waiting) = &self.record.life else {
            return None;
        };
        let verdict: Verdict = envelope.open(&self.known.keyring.current).ok()?;
        let ours = verdict.tablet == self.known.tablet
            && verdict.order == waiting.order
            && verdict.receipt == Digest::of(&waiting.delivery.receipt);
        ours.then(|| (waiting.clone(), verdict.answer))
    }
}

/// A receipt is delivered once, so its delivery is known by it: a tablet whose newest
/// record was lost, and with it the server's word, asks for the same word again (R4).
fn delivery_of(receipt: &[u8]) -> CommandId {
    let digest = Digest::of_parts(&[b"receipt-delivery.v1", receipt]);
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    CommandId::from_bytes(id)
}
