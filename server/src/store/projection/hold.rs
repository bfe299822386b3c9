//! The rows of holds.

use rusqlite::params;
use shared::{
    event::Recorded,
    hold::{Hold, HoldState},
};

use crate::store::{
    Fault, Store,
    names::{Named, list_of_names},
};

impl Store {
    pub(super) fn project_hold(&self, recorded: &Recorded) -> Result<(), Fault> {
        let seq = recorded.server_seq;
        if let Some(hold) = Hold::from_placed(recorded) {
            return self.insert_hold(&hold, seq);
        }
        let Some((id, _)) = recorded.event.hold_change() else {
            return Ok(());
        };
        let mut hold = self.read.hold(id)?.ok_or(Fault::Orphan { seq })?;
        hold.apply(recorded);
        self.update_hold(&hold)
    }

    fn insert_hold(&self, hold: &Hold, seq: u64) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached(
                "INSERT INTO hold (hold, placed_seq, venue, needs, placed_at, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'waiting')",
            )?
            .execute(params![
                hold.id.to_string(),
                seq,
                hold.venue.to_string(),
                list_of_names(hold.needs.iter().copied()),
                hold.placed_at.as_ms(),
            ])?;
        Ok(())
    }

    fn update_hold(&self, hold: &Hold) -> Result<(), Fault> {
        let (state, tablet, until, how) = match hold.state {
            HoldState::Waiting => ("waiting", None, None, None),
            HoldState::PutAside { tablet, until } => ("put-aside", Some(tablet), until, None),
            HoldState::Ended { how } => ("ended", None, None, Some(how.name())),
        };
        self.read
            .connection
            .prepare_cached(
                "UPDATE hold SET state = ?2, tablet = ?3, until = ?4, how = ?5 WHERE hold = ?1",
            )?
            .execute(params![
                hold.id.to_string(),
                state,
                tablet.map(|tablet| tablet.to_string()),
                until.map(|until| until.to_string()),
                how,
            ])?;
        Ok(())
    }
}
