//! What people do about wipes outside the return flow: ask, agree, call off, and
//! "Stop all".

use anyhow::Result;
use server::store::Reader;
use shared::{
    command::{Action, AgreeWipe, AskWipe, CallOffWipe},
    ids::WipeId,
    wipe::WipeState,
};

use super::World;
use crate::sim::chance::Chance;

/// More wipes than one operator, or the fleet, may have in an hour.
const MANY: u64 = 6;

impl World {
    /// As a rule for one tablet; somebody with a stolen login asks for all they can.
    pub(super) fn ask_wipes(&mut self, chance: &mut Chance) -> Result<()> {
        for _ in 0..chance.mostly_small(1, MANY) {
            let wipe = WipeId::from_bytes(chance.bytes());
            let tablet = chance.place(self.tablets.len());
            let tablet = self.tablets[tablet].body().id;
            let action = Action::AskWipe(AskWipe { wipe, tablet });
            self.by_team(action, None, chance)?;
        }
        Ok(())
    }

    /// Whoever asked may try to agree as well.
    pub(super) fn agree_to_wipes(&mut self, chance: &mut Chance) -> Result<()> {
        let all = chance.happens(300);
        let mut asked = self.wipes(|state| state == WipeState::Asked)?;
        if !all {
            let one = chance.one_of(&asked).copied();
            asked = one.into_iter().collect();
        }
        for wipe in asked {
            let action = Action::AgreeWipe(AgreeWipe { wipe });
            self.by_team(action, None, chance)?;
        }
        Ok(())
    }

    pub(super) fn call_off_wipe(&mut self, chance: &mut Chance) -> Result<()> {
        let pending = self.wipes(|_| true)?;
        let Some(wipe) = chance.one_of(&pending).copied() else {
            return Ok(());
        };
        let action = Action::CallOffWipe(CallOffWipe { wipe });
        self.by_team(action, None, chance)?;
        Ok(())
    }

    pub(super) fn stop_wipes(&mut self, chance: &mut Chance) -> Result<()> {
        let stopped = self.server.read().map(Reader::wipes_stopped_by);
        let action = match stopped.transpose()?.flatten() {
            Some(_) => Action::AllowWipes,
            None => Action::StopWipes,
        };
        self.by_team(action, None, chance)?;
        Ok(())
    }

    /// Those that have not begun and are that far.
    fn wipes(&self, wanted: impl Fn(WipeState) -> bool) -> Result<Vec<WipeId>> {
        let pending = self.server.read().map(Reader::wipes_pending);
        let pending = pending.transpose()?.unwrap_or_default().into_iter();
        let wanted = pending.filter(|wipe| wanted(wipe.state));
        Ok(wanted.map(|wipe| wipe.id).collect())
    }
}
