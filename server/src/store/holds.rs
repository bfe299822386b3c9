//! Reading holds: who is in a venue's queue, by the holds' random ids alone, and
//! which of them is a borrower's.

use rusqlite::{OptionalExtension, Row};
use shared::{
    decide::hold::Queue,
    hold::{Hold, HoldState},
    ids::{BorrowerId, HoldId, VenueId},
    tablet::{StateWord, Tablet},
    time::Day,
};

use super::{
    Fault, Reader,
    column::unreadable,
    names::{named, named_list},
    row::{moment, text, text_option},
};

impl Reader {
    /// The hold of this id.
    pub fn hold(&self, id: HoldId) -> Result<Option<Hold>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM hold WHERE hold = ?1")?;
        Ok(statement.query_row([id.to_string()], hold).optional()?)
    }

    /// Holds that wait at this venue, the first to be served first.
    pub fn holds_waiting(&self, venue: VenueId) -> Result<Vec<Hold>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM hold WHERE venue = ?1 AND state = 'waiting' ORDER BY placed_seq",
        )?;
        let rows = statement.query_map([venue.to_string()], hold)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Holds whose tablet was kept until a day before this one.
    pub fn holds_expired(&self, today: Day) -> Result<Vec<HoldId>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT hold FROM hold WHERE state = 'put-aside' AND until < ?1 ORDER BY placed_seq",
        )?;
        let rows = statement.query_map([today.to_string()], |row| text(row, "hold"))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Venues where somebody waits while a tablet that they can use lies ready.
    pub fn queues_to_serve(&self) -> Result<Vec<VenueId>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT DISTINCT venue FROM hold WHERE state = 'waiting'")?;
        let venues = statement.query_map([], |row| text(row, "venue"))?;
        let mut to_serve = Vec::new();
        for venue in venues {
            let venue = venue?;
            let ready = self.ready_at(venue)?;
            let waiting = self.holds_waiting(venue)?;
            let can_use = |hold: &Hold| ready.iter().any(|tablet| hold.is_met_by(tablet));
            if waiting.iter().any(can_use) {
                to_serve.push(venue);
            }
        }
        Ok(to_serve)
    }

    /// Tablets that are ready at this venue, in the order of their numbers.
    pub(super) fn ready_at(&self, venue: VenueId) -> Result<Vec<Tablet>, Fault> {
        let tablets = self.tablets_at(venue)?.into_iter();
        let ready = |tablet: &Tablet| tablet.word() == StateWord::Ready;
        Ok(tablets.filter(ready).collect())
    }

    /// Who waits at this venue, as the rules read it.
    pub(super) fn queue(&self, venue: VenueId) -> Result<Queue, Fault> {
        let calendar = self.venue(venue)?.map(|venue| venue.calendar);
        Ok(Queue {
            waiting: self.holds_waiting(venue)?,
            calendar: calendar.unwrap_or_default(),
            hold_days: self.policy().hold_days,
        })
    }

    /// Who waits where this tablet is.
    pub(super) fn queue_at(&self, tablet: &Tablet) -> Result<Queue, Fault> {
        tablet
            .venue()
            .map_or_else(|| Ok(Queue::default()), |venue| self.queue(venue))
    }

    /// The borrower's hold that a check out of this tablet serves: the one that it
    /// is put aside for, else their first that is to be fetched at this venue.
    pub(super) fn hold_served(
        &self,
        borrower: BorrowerId,
        tablet: &Tablet,
        venue: VenueId,
    ) -> Result<Option<Hold>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT hold.* FROM hold JOIN hold_borrower USING (hold)
             WHERE borrower = ?1 AND state <> 'ended' AND (venue = ?2 OR hold = ?3)
             ORDER BY hold IS ?3 DESC, placed_seq LIMIT 1",
        )?;
        let kept_for = tablet.put_aside.map(|hold| hold.to_string());
        let keys = (borrower.to_string(), venue.to_string(), kept_for);
        Ok(statement.query_row(keys, hold).optional()?)
    }
}

fn hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    Ok(Hold {
        id: text(row, "hold")?,
        venue: text(row, "venue")?,
        needs: named_list(row, "needs")?,
        placed_at: moment(row, "placed_at")?,
        state: state(row)?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<HoldState> {
    let name: String = row.get("state")?;
    Ok(match name.as_str() {
        "waiting" => HoldState::Waiting,
        "put-aside" => HoldState::PutAside {
            tablet: text(row, "tablet")?,
            until: text_option(row, "until")?,
        },
        "ended" => HoldState::Ended {
            how: named(row, "how")?,
        },
        _ => return Err(unreadable("state")),
    })
}
