//! Lost and found: a lock is the server's signed word, kept across restarts; only a
//! later word opens the tablet. Life goes on beneath it: a lost tablet can be reset.

use shared::signed::{Envelope, order::Order};

use super::{Duty, Effect, LastLock, Notice};
use crate::orders::NotHeld;

impl Duty {
    /// Takes a word on whether the tablet is locked. Its numbers are its own: one that
    /// is not greater than the last is a replay, unless it is that very word again.
    pub(super) fn lock(
        &mut self,
        order: &Order,
        envelope: &Envelope,
        message: Option<String>,
    ) -> Result<Vec<Effect>, NotHeld> {
        let last = self.record.lock.as_ref();
        if last.is_some_and(|it| it.counter == order.counter && it.message == message) {
            return Ok(Vec::new());
        }
        if last.is_some_and(|it| it.counter >= order.counter) {
            return Err(NotHeld::Replayed);
        }
        let notice = match message {
            Some(_) => Notice::Locked,
            None => Notice::Unlocked,
        };
        self.record.lock = Some(Box::new(LastLock {
            order: envelope.clone(),
            counter: order.counter,
            message,
        }));
        let mut effects = vec![self.save()];
        effects.extend(self.locked());
        // The server waits to hear of it: the SIM is suspended only then.
        effects.extend([Effect::Say(notice), Effect::CallIn(0)]);
        Ok(effects)
    }

    /// What follows from the last word, if there ever was one: done again at each
    /// start, since the power may have gone before it was.
    pub(super) fn locked(&self) -> Vec<Effect> {
        let Some(lock) = &self.record.lock else {
            return Vec::new();
        };
        let shown = match lock.message.clone() {
            Some(message) => Effect::ShowLost(message),
            None => Effect::ClearLost,
        };
        vec![Effect::KeepLock(lock.order.clone()), shown]
    }
}
