//! Rest: the weather clears, power and lines are back, nobody comes any more. Then
//! everything that was said must arrive, every order be carried out, and every
//! place know the same.

use std::fmt::Write as _;

use anyhow::Result;
use rusqlite::{Connection, types::ValueRef};
use server::store::PROJECTIONS;
use shared::{
    tablet::{Custody, Reset, Tablet as Stored},
    wire::v1::agent::AgentState,
};

use super::World;
use crate::sim::{kiosk::Kiosk, model::Rule, node::Node, tablet::Tablet};

/// How long everything may take to come to rest.
const REST_MS: u64 = 16 * 3_600_000;
/// How often it is looked at.
const LOOK_MS: u64 = 10 * 60_000;

impl World {
    /// Lets everything come to rest, and looks at what is there then.
    pub(super) fn come_to_rest(&mut self) -> Result<()> {
        self.wires.calm_down();
        self.wires
            .say(Node::People, || "the weather clears".to_owned());
        self.server.power_up(&mut self.wires)?;
        for kiosk in &mut self.kiosks {
            kiosk.power_up(&mut self.wires)?;
        }
        for tablet in &mut self.tablets {
            tablet.cut_in_never();
            tablet.power_up(&mut self.wires)?;
        }
        self.listen();
        let until = self.wires.now_ms + REST_MS;
        loop {
            self.run_until(self.wires.now_ms + LOOK_MS)?;
            if self.model.violation().is_some() {
                return Ok(());
            }
            let Some((rule, what)) = self.unrest()? else {
                break;
            };
            if self.wires.now_ms > until {
                self.model.broken(rule, what);
                return Ok(());
            }
        }
        self.model.rest();
        self.look_at_log()
    }

    /// Something that has not come to rest.
    fn unrest(&self) -> Result<Option<(Rule, String)>> {
        let busy = self.people.iter().position(|person| person.left > 0);
        if let Some(at) = busy {
            return Ok(Some((Rule::Rest, format!("person {at} is still there"))));
        }
        for (at, kiosk) in self.kiosks.iter().enumerate() {
            if let Some(found) = self.kiosk_unrest(at, kiosk)? {
                return Ok(Some(found));
            }
        }
        for tablet in &self.tablets {
            if let Some(found) = self.tablet_unrest(tablet)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn kiosk_unrest(&self, at: usize, kiosk: &Kiosk) -> Result<Option<(Rule, String)>> {
        let (Some(read), Some(mirror)) = (self.server.read(), kiosk.mirror()) else {
            return Ok(Some((Rule::Rest, format!("kiosk {} is off", at + 1))));
        };
        if kiosk.has_waiting()? {
            let what = format!("a fact of kiosk {} never reaches the server", at + 1);
            return Ok(Some((Rule::R5, what)));
        }
        let venue = kiosk.identity().place.venue;
        for row in read.rows_after(0, venue, 10_000)?.tablets {
            if mirror.tablet(row.tablet) != Some(&row) {
                let number = row.number;
                let what = format!("kiosk {} does not know {number} as it is", at + 1);
                return Ok(Some((Rule::R12, what)));
            }
        }
        Ok(None)
    }

    fn tablet_unrest(&self, tablet: &Tablet) -> Result<Option<(Rule, String)>> {
        let number = tablet.body().number;
        let stored = self.server.read().map(|read| read.tablet(tablet.body().id));
        let Some(stored) = stored.transpose()?.flatten() else {
            return Ok(Some((Rule::R5, format!("{number} is gone"))));
        };
        Ok(stuck(&stored, tablet).map(|what| (Rule::R11, format!("{number} {what}"))))
    }

    /// The log's chain, and that every row follows from it.
    fn look_at_log(&mut self) -> Result<()> {
        let Some(read) = self.server.read() else {
            return Ok(());
        };
        if let Err(why) = read.audit(&[]) {
            self.model.broken(Rule::R12, why.to_string());
            return Ok(());
        }
        let before = self.projections()?;
        self.server.rebuild()?;
        if self.projections()? != before {
            let what = "the rows are not what follows from the log".to_owned();
            self.model.broken(Rule::R12, what);
        }
        Ok(())
    }

    fn projections(&self) -> Result<String> {
        let connection = Connection::open(self.server.path())?;
        let mut all = String::new();
        for table in PROJECTIONS {
            writeln!(all, "{table}:")?;
            all += &rows(&connection, table)?;
        }
        Ok(all)
    }
}

/// Why a tablet has not come to rest, if it has not. One that waits for a person's word
/// does so as long as nobody comes.
fn stuck(stored: &Stored, tablet: &Tablet) -> Option<String> {
    if !tablet.has_agent() {
        return None;
    }
    match (stored.reset, stored.custody) {
        (Reset::Ordered(order), _) => Some(format!(
            "never carries out {}, {:?}",
            order.order,
            tablet.state()
        )),
        // Two operators had it wiped while somebody has it, and no try was proven: it
        // stays shut until people have looked at it.
        (Reset::Failed { .. }, Custody::OnLoan(_)) => None,
        (_, Custody::OnLoan(loan)) if tablet.loan() != Some(loan) => Some(format!(
            "never opens itself for {loan}, {:?}",
            tablet.state()
        )),
        // Two operators may have had one wiped while somebody has it.
        (Reset::Proven(_), Custody::AtVenue(_)) if tablet.state() != AgentState::Ready => {
            Some(format!("is proven, and never ready: {:?}", tablet.state()))
        }
        (Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. }, _) => None,
    }
}

fn rows(connection: &Connection, table: &str) -> Result<String> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut all = String::new();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Blob(bytes) | ValueRef::Text(bytes) => {
                    all += &String::from_utf8_lossy(bytes);
                }
                ValueRef::Null => all += "-",
                ValueRef::Integer(number) => write!(all, "{number}")?,
                ValueRef::Real(number) => write!(all, "{number}")?,
            }
            all.push('|');
        }
        all.push('\n');
    }
    Ok(all)
}
