//! Tablets that a device manager resets, and the commands that it was given.

use rusqlite::{OptionalExtension, Row, params};
use shared::{
    ids::{OrderId, TabletId},
    tablet::{Reset, ResetOrder, Tablet},
    time::Moment,
};

use super::{Fault, Reader, Store, row::moment, tablets::tablet};

/// A command that a device manager was given for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The name under which the manager knew the tablet then.
    pub managed: String,
    /// The name that the manager gave the command.
    pub command: String,
    /// When it took it, by its own word.
    pub issued_at: Moment,
}

/// A reset that a device manager is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedReset {
    /// The tablet.
    pub tablet: Tablet,
    /// The order that it waits for.
    pub order: ResetOrder,
    /// The name under which the manager knows the tablet.
    pub managed: String,
    /// The command that it was given for this very order.
    pub issued: Option<Issued>,
}

impl Store {
    /// Notes under which name a device manager knows a tablet.
    pub fn manage(&mut self, tablet: TabletId, managed: &str) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached("INSERT OR REPLACE INTO managed_tablet VALUES (?1, ?2)")?
            .execute(params![tablet.to_string(), managed])?;
        Ok(())
    }

    /// Notes the command that the manager was given for an order.
    pub fn note_issued(&mut self, order: OrderId, issued: &Issued) -> Result<(), Fault> {
        let step = "INSERT OR IGNORE INTO managed_command VALUES (?1, ?2, ?3, ?4)";
        self.read.connection.prepare_cached(step)?.execute(params![
            order.to_string(),
            issued.managed,
            issued.command,
            issued.issued_at.as_ms(),
        ])?;
        Ok(())
    }
}

impl Reader {
    /// Every reset that a device manager is to do: of no tablet that has an agent, which
    /// resets it, and would be erased with the rest.
    pub fn managed_resets(&self) -> Result<Vec<ManagedReset>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT tablet.*, managed_tablet.managed AS known_as
             FROM managed_tablet JOIN tablet USING (tablet)
             WHERE tablet.reset = 'ordered' AND tablet.link_key IS NULL
             ORDER BY tablet.tablet",
        )?;
        let rows = statement.query_map([], |row| Ok((tablet(row)?, row.get("known_as")?)))?;
        let mut resets = Vec::new();
        for row in rows {
            let (tablet, managed): (Tablet, String) = row?;
            if let Reset::Ordered(order) = tablet.reset {
                resets.push(ManagedReset {
                    issued: self.issued(order.order)?,
                    tablet,
                    order,
                    managed,
                });
            }
        }
        Ok(resets)
    }

    fn issued(&self, order: OrderId) -> Result<Option<Issued>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM managed_command WHERE reset_order = ?1")?;
        let found = statement.query_row([order.to_string()], issued);
        Ok(found.optional()?)
    }
}

fn issued(row: &Row<'_>) -> rusqlite::Result<Issued> {
    Ok(Issued {
        managed: row.get("managed")?,
        command: row.get("command")?,
        issued_at: moment(row, "issued_at")?,
    })
}
