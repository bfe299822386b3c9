//! What is read before a tablet is reset or flagged, in the return flow and outside
//! it (R9).

use shared::{
    command::{
        AgreeWipe, AskWipe, CallOffWipe, CatchUp, ClearFlag, EndTry, RecordReset, SetFlag,
        StartReset, StartWipe,
    },
    decide::{self, Given, wipe::Brakes},
    event::Actor,
    ids::{TabletId, WipeId},
    refusal::Refusal,
    wipe::Wipe,
};

use super::{Reader, Word};
use crate::store::Fault;

impl Reader {
    pub(super) fn start_reset(&self, it: &StartReset, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let image = self.image_to_order()?;
            let known = decide::reset::StartKnown { tablet, image };
            Ok(decide::reset::start(&known, it, given))
        })
    }

    pub(super) fn record_reset(&self, it: &RecordReset, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::reset::RecordKnown {
                queue: self.queue_at(&tablet)?,
                tablet,
                policy: self.policy().clone(),
            };
            Ok(decide::reset::record(&known, it, given))
        })
    }

    pub(super) fn end_try(&self, it: &EndTry, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let policy = self.policy().clone();
            let known = decide::reset::EndKnown { tablet, policy };
            Ok(decide::reset::end_try(&known, it, given))
        })
    }

    pub(super) fn catch_up(&self, it: &CatchUp, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::catch_up::Known { tablet };
            Ok(decide::catch_up::catch_up(&known, it, given))
        })
    }

    pub(super) fn set_flag(&self, it: &SetFlag, given: &Given) -> Word {
        self.with_flags(it.tablet, |known| {
            Ok(decide::reset::set_flag(&known, it, given))
        })
    }

    pub(super) fn clear_flag(&self, it: &ClearFlag, given: &Given) -> Word {
        self.with_flags(it.tablet, |known| {
            Ok(decide::reset::clear_flag(&known, it, given))
        })
    }

    fn with_flags(
        &self,
        id: TabletId,
        decide: impl FnOnce(decide::reset::FlagKnown) -> Word,
    ) -> Word {
        self.with_tablet(id, |tablet| {
            let queue = self.queue_at(&tablet)?;
            decide(decide::reset::FlagKnown { tablet, queue })
        })
    }

    pub(super) fn ask_wipe(&self, it: &AskWipe, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::wipe::AskKnown {
                exists: self.wipe(it.wipe)?.is_some() || self.is_wipe_pending(tablet.id)?,
                tablet,
                brakes: self.brakes_on(given)?,
            };
            Ok(decide::wipe::ask(&known, it, given))
        })
    }

    /// Nobody but an operator is held back; the rules let nobody else ask.
    fn brakes_on(&self, given: &Given) -> Result<Brakes, Fault> {
        match given.actor {
            Actor::Operator(operator) => self.brakes(operator, given.now),
            Actor::SelfService(_) | Actor::Tablet(_) | Actor::Server => Ok(Brakes::default()),
        }
    }

    pub(super) fn agree_wipe(&self, it: &AgreeWipe, given: &Given) -> Word {
        self.with_wipe(it.wipe, |wipe| {
            let brakes = self.brakes_on(given)?;
            let known = decide::wipe::AgreeKnown { wipe, brakes };
            Ok(decide::wipe::agree(&known, it, given))
        })
    }

    pub(super) fn call_off_wipe(&self, it: &CallOffWipe, given: &Given) -> Word {
        self.with_wipe(it.wipe, |wipe| {
            let known = decide::wipe::CallOffKnown { wipe };
            Ok(decide::wipe::call_off(&known, it, given))
        })
    }

    pub(super) fn start_wipe(&self, it: &StartWipe, given: &Given) -> Word {
        self.with_wipe(it.wipe, |wipe| {
            self.with_tablet(wipe.tablet, |tablet| {
                let known = decide::wipe::StartKnown {
                    wipe,
                    tablet,
                    stopped: self.wipes_stopped_by()?.is_some(),
                    image: self.image_to_order()?,
                };
                Ok(decide::wipe::start(&known, it, given))
            })
        })
    }

    pub(super) fn stop_wipes(&self, given: &Given) -> Word {
        Ok(decide::wipe::stop(&self.wipes_known()?, given))
    }

    pub(super) fn allow_wipes(&self, given: &Given) -> Word {
        Ok(decide::wipe::allow(&self.wipes_known()?, given))
    }

    fn wipes_known(&self) -> Result<decide::wipe::StopKnown, Fault> {
        Ok(decide::wipe::StopKnown {
            pending: self.wipes_pending()?,
            stopped_by: self.wipes_stopped_by()?,
        })
    }

    fn with_wipe(&self, id: WipeId, decide: impl FnOnce(Wipe) -> Word) -> Word {
        match self.wipe(id)? {
            Some(wipe) => decide(wipe),
            None => Ok(Err(Refusal::WipeUnknown)),
        }
    }
}
