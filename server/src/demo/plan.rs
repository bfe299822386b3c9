//! What happens and when: put in order of time, numbered for the kiosk where it
//! happens, and then asked for like anything else.

use std::collections::BTreeMap;

use shared::{
    command::{Action, Command},
    event::{Actor, Origin},
    ids::{CommandId, KioskId, VenueId},
    time::Moment,
};

use super::FillError;
use crate::store::{Fresh, Store, Work};

/// One thing that happens.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) at: Moment,
    pub(super) id: CommandId,
    pub(super) origin: Origin,
    pub(super) actor: Actor,
    pub(super) venue: Option<VenueId>,
    pub(super) fresh: Fresh,
    pub(super) action: Action,
}

/// Everything that happens.
#[derive(Debug, Default)]
pub(super) struct Plan(Vec<Step>);

impl Plan {
    pub(super) fn add(&mut self, step: Step) {
        self.0.push(step);
    }

    /// Asks for all of it, in the order of time, in one batch.
    pub(super) fn carry_out(mut self, store: &mut Store) -> Result<(), FillError> {
        self.0.sort_by_key(|step| step.at);
        let mut series = BTreeMap::new();
        let steps = self.0.into_iter();
        let works: Vec<Work> = steps.map(|step| work(step, &mut series)).collect();
        for (step, answer) in store.commit_batch(&works)?.into_iter().enumerate() {
            answer.map_err(|refusal| FillError::Refused { step, refusal })?;
        }
        Ok(())
    }
}

fn work(step: Step, series: &mut BTreeMap<KioskId, u64>) -> Work {
    let origin_seq = match step.origin {
        Origin::Kiosk(kiosk) => {
            let seq = series.entry(kiosk).or_insert(0);
            *seq += 1;
            Some(*seq)
        }
        Origin::Server | Origin::Tablet(_) => None,
    };
    let command = Command {
        id: step.id,
        origin: step.origin,
        origin_seq,
        actor: step.actor,
        venue: step.venue,
        occurred_at: step.at,
        clock_sure: true,
        seen: 0,
        series: 0,
        action: step.action,
    };
    Work {
        command,
        now: step.at,
        fresh: step.fresh,
        code: None,
    }
}
