//! The rows of boxes, trips and stocktakes: how tablets move without a borrower.

use rusqlite::params;
use shared::{
    event::{Event, Recorded},
    transfer::Transfer,
    trip::{Errand, Trip},
};

use crate::store::{Fault, Store, names::Named, row::list};

impl Store {
    pub(super) fn project_custody(&self, recorded: &Recorded) -> Result<(), Fault> {
        self.project_transfer(recorded)?;
        self.project_trip(recorded)?;
        self.project_stocktake(recorded)
    }

    fn project_transfer(&self, recorded: &Recorded) -> Result<(), Fault> {
        if let Some(transfer) = Transfer::from_began(recorded) {
            return self.write_transfer(&transfer);
        }
        if let Event::Sent {
            tablet,
            transfer: Some(transfer),
            ..
        } = recorded.event
        {
            self.read
                .connection
                .prepare_cached("INSERT OR REPLACE INTO transfer_tablet VALUES (?1, ?2)")?
                .execute([tablet.to_string(), transfer.to_string()])?;
        }
        let Event::TransferEnded { transfer, .. } = recorded.event else {
            return Ok(());
        };
        let seq = recorded.server_seq;
        let mut transfer = self.read.transfer(transfer)?.ok_or(Fault::Orphan { seq })?;
        transfer.apply(recorded);
        self.write_transfer(&transfer)
    }

    fn write_transfer(&self, transfer: &Transfer) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached("INSERT OR REPLACE INTO transfer VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                transfer.id.to_string(),
                transfer.from.to_string(),
                transfer.to.to_string(),
                transfer.sent,
                transfer.ended,
            ])?;
        Ok(())
    }

    fn project_trip(&self, recorded: &Recorded) -> Result<(), Fault> {
        if let Some(trip) = Trip::from_planned(recorded) {
            return self.write_trip(&trip);
        }
        let Event::TripEnded { trip, .. } = recorded.event else {
            return Ok(());
        };
        let seq = recorded.server_seq;
        let mut trip = self.read.trip(trip)?.ok_or(Fault::Orphan { seq })?;
        trip.apply(recorded);
        self.write_trip(&trip)
    }

    fn write_trip(&self, trip: &Trip) -> Result<(), Fault> {
        let (errand, about) = match trip.errand {
            Errand::Deliver(hold) => ("deliver", hold.to_string()),
            Errand::Collect(loan) => ("collect", loan.to_string()),
        };
        self.read
            .connection
            .prepare_cached("INSERT OR REPLACE INTO trip VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                trip.id.to_string(),
                errand,
                about,
                trip.venue.to_string(),
                trip.on.to_string(),
                trip.state.name(),
            ])?;
        Ok(())
    }

    fn project_stocktake(&self, recorded: &Recorded) -> Result<(), Fault> {
        let Event::StockTaken {
            stocktake,
            venue,
            found,
            missing,
            unexpected,
        } = &recorded.event
        else {
            return Ok(());
        };
        self.read
            .connection
            .prepare_cached("INSERT INTO stocktake VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                stocktake.to_string(),
                venue.to_string(),
                recorded.occurred_at.as_ms(),
                found,
                list(missing),
                list(unexpected),
            ])?;
        Ok(())
    }
}
