//! The rows of wipes outside the return flow, and the "stop all" that holds them.

use rusqlite::params;
use shared::{
    event::{Actor, Event, Recorded},
    wipe::{Wipe, WipeState},
};

use crate::store::{Fault, Store};

impl Store {
    pub(super) fn project_wipe(&self, recorded: &Recorded) -> Result<(), Fault> {
        self.project_stop(recorded)?;
        if let Some(wipe) = Wipe::from_asked(recorded) {
            return self.write_wipe(&wipe);
        }
        let Some((id, _)) = recorded.event.wipe_change(recorded.recorded_at) else {
            return Ok(());
        };
        let seq = recorded.server_seq;
        let mut wipe = self.read.wipe(id)?.ok_or(Fault::Orphan { seq })?;
        wipe.apply(recorded);
        self.write_wipe(&wipe)
    }

    fn project_stop(&self, recorded: &Recorded) -> Result<(), Fault> {
        let connection = &self.read.connection;
        if let (Event::WipesStopped, Actor::Operator(operator)) = (&recorded.event, recorded.actor)
        {
            connection
                .prepare_cached("INSERT OR REPLACE INTO wipe_stop VALUES (1, ?1)")?
                .execute([operator.to_string()])?;
        }
        if recorded.event == Event::WipesAllowed {
            connection.execute("DELETE FROM wipe_stop", [])?;
        }
        Ok(())
    }

    fn write_wipe(&self, wipe: &Wipe) -> Result<(), Fault> {
        let (state, starts_at) = match wipe.state {
            WipeState::Asked => ("asked", None),
            WipeState::Agreed { starts_at } => ("agreed", Some(starts_at.as_ms())),
            WipeState::Started { at } => ("started", Some(at.as_ms())),
            WipeState::CalledOff => ("called-off", None),
        };
        self.read
            .connection
            .prepare_cached("INSERT OR REPLACE INTO wipe VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                wipe.id.to_string(),
                wipe.tablet.to_string(),
                wipe.epoch.0,
                wipe.asked_by.to_string(),
                wipe.asked_at.as_ms(),
                wipe.agreed_by.map(|operator| operator.to_string()),
                state,
                starts_at,
            ])?;
        Ok(())
    }
}
