//! What an operator's program reads to act: bounded lists, with no more of a person
//! than the operator's own venues may see (R13).

use rusqlite::{Row, params};
use shared::{
    ids::{OperatorId, VenueId},
    tablet::Tablet,
    tag::TabletNumber,
    time::{Day, Moment},
    wire::v1::{
        kiosk::PutAsideRow,
        lists::{HoldRow, TransferRow},
    },
};

use super::{
    Fault, Reader,
    names::named_list,
    row::{moment, moment_option, text, text_option},
    rows::{initials, put_aside},
    tablets::tablet,
};

/// A tablet with what an operator's program reads beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskTablet {
    /// The tablet.
    pub tablet: Tablet,
    /// The last day on which its loan is not late.
    pub due_on: Option<Day>,
    /// From this day on the image that it was proven on lends no more.
    pub image_withdraw_on: Option<Day>,
    /// For whom it is kept.
    pub put_aside: Option<PutAsideRow>,
    /// When its agent was last heard.
    pub last_seen_at: Option<Moment>,
    /// Charge of its battery in percent, then.
    pub battery_percent: Option<u8>,
}

impl Reader {
    /// At most `limit` tablets whose numbers come after this one, in their order.
    pub fn desk_tablets(
        &self,
        operator: OperatorId,
        after: Option<TabletNumber>,
        limit: usize,
    ) -> Result<Vec<DeskTablet>, Fault> {
        let after = after.map(|number| number.to_string()).unwrap_or_default();
        self.desk(
            "(length(number), number) > (length(?2), ?2)",
            operator,
            &after,
            limit,
        )
    }

    /// The tablet of this number.
    pub fn desk_tablet(
        &self,
        operator: OperatorId,
        number: TabletNumber,
    ) -> Result<Option<DeskTablet>, Fault> {
        let number = number.to_string();
        Ok(self.desk("number = ?2", operator, &number, 1)?.pop())
    }

    fn desk(
        &self,
        which: &str,
        operator: OperatorId,
        number: &str,
        limit: usize,
    ) -> Result<Vec<DeskTablet>, Fault> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT tablet.*, due_on, image.withdraw_on, hold.until, borrower.short_name,
                    last_heartbeat.seen_at, last_heartbeat.battery
             FROM tablet
             LEFT JOIN loan ON custody = 'on-loan' AND loan.loan = custody_of
             LEFT JOIN image ON reset = 'proven' AND image.image = reset_image
             LEFT JOIN hold ON hold.hold = put_aside
             LEFT JOIN operator_venue ON operator = ?1 AND operator_venue.venue = hold.venue
             LEFT JOIN hold_borrower
                  ON hold_borrower.hold = hold.hold AND operator_venue.venue IS NOT NULL
             LEFT JOIN borrower USING (borrower)
             LEFT JOIN last_heartbeat ON last_heartbeat.tablet = tablet.tablet
             WHERE {which} ORDER BY length(number), number LIMIT ?3"
        ))?;
        let keys = params![operator.to_string(), number, limit];
        let rows = statement.query_map(keys, desk_tablet)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// At most `limit` holds at this venue that are not over, the first to be served
    /// first.
    pub fn desk_holds(&self, venue: VenueId, limit: usize) -> Result<Vec<HoldRow>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT hold.*, number, short_name FROM hold
             LEFT JOIN hold_borrower USING (hold)
             LEFT JOIN borrower USING (borrower)
             LEFT JOIN tablet ON tablet.tablet = hold.tablet
             WHERE hold.venue = ?1 AND state <> 'ended' ORDER BY placed_seq LIMIT ?2",
        )?;
        let rows = statement.query_map(params![venue.to_string(), limit], hold_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// At most `limit` boxes that are not closed, the oldest first.
    pub fn desk_transfers(&self, limit: usize) -> Result<Vec<TransferRow>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT transfer.*,
                    (SELECT count(*) FROM transfer_tablet JOIN tablet USING (tablet)
                     WHERE transfer_tablet.transfer = transfer.transfer
                     AND custody = 'in-transit') AS still_in
             FROM transfer WHERE ended = 0 ORDER BY rowid LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], transfer_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn desk_tablet(row: &Row<'_>) -> rusqlite::Result<DeskTablet> {
    let tablet = tablet(row)?;
    Ok(DeskTablet {
        due_on: text_option(row, "due_on")?,
        image_withdraw_on: text_option(row, "withdraw_on")?,
        put_aside: tablet.put_aside.map(|_| put_aside(row)).transpose()?,
        last_seen_at: moment_option(row, "seen_at")?,
        battery_percent: row.get("battery")?,
        tablet,
    })
}

fn hold_row(row: &Row<'_>) -> rusqlite::Result<HoldRow> {
    let name: Option<String> = row.get("short_name")?;
    Ok(HoldRow {
        hold: text(row, "hold")?,
        initials: name.as_deref().map(initials),
        needs: named_list(row, "needs")?,
        placed_at: moment(row, "placed_at")?,
        tablet: text_option(row, "number")?,
        until: text_option(row, "until")?,
    })
}

fn transfer_row(row: &Row<'_>) -> rusqlite::Result<TransferRow> {
    Ok(TransferRow {
        transfer: text(row, "transfer")?,
        from: text(row, "from_venue")?,
        to: text(row, "to_venue")?,
        sent: row.get("sent")?,
        left: row.get("still_in")?,
    })
}
