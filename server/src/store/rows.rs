//! Tablets as kiosks mirror them: those that changed since a position.

use rusqlite::{Row, params};
use shared::{
    tablet::{Custody, Proof, Tablet},
    wire::v1::kiosk::{ProofRow, TabletRow},
};

use super::{Fault, Reader, row::text_option, tablets::tablet};

/// A page of tablets that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabletRows {
    /// The position that the page reaches.
    pub cursor: u64,
    /// Whether more follow at once.
    pub more: bool,
    /// The tablets, in the order in which they last changed.
    pub tablets: Vec<TabletRow>,
}

impl Reader {
    /// At most `limit` tablets that changed after the position `after`. Where the log
    /// does not reach that far, there are none, and the cursor says so by going back:
    /// it was set back since, and whoever asks begins anew.
    pub fn rows_after(&self, after: u64, limit: usize) -> Result<TabletRows, Fault> {
        self.at_once(|read| read.page_after(after, limit))
    }

    fn page_after(&self, after: u64, limit: usize) -> Result<TabletRows, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT tablet.*, loan.loan AS current_loan, due_on FROM tablet
             LEFT JOIN loan ON custody = 'on-loan' AND loan.loan = custody_of
             WHERE version > ?1 ORDER BY version LIMIT ?2",
        )?;
        let mut rows = statement.query(params![after, limit + 1])?;
        let (mut tablets, mut last) = (Vec::new(), after);
        while let Some(row) = rows.next()? {
            if tablets.len() == limit {
                return Ok(TabletRows {
                    cursor: last,
                    more: true,
                    tablets,
                });
            }
            last = row.get("version")?;
            tablets.push(tablet_row(row)?);
        }
        Ok(TabletRows {
            cursor: self.position()?,
            more: false,
            tablets,
        })
    }
}

fn tablet_row(row: &Row<'_>) -> rusqlite::Result<TabletRow> {
    let tablet = tablet(row)?;
    Ok(TabletRow {
        tablet: tablet.id,
        number: tablet.number,
        tag: tablet.tag,
        word: tablet.word(),
        venue: tablet.venue(),
        loan: loan_out(&tablet),
        due_on: text_option(row, "due_on")?,
        waits_in_tray: tablet.waits_in_tray(),
        reported_back: tablet.reported_back,
        proof: tablet.proof().map(proof_row),
    })
}

const fn loan_out(tablet: &Tablet) -> Option<shared::ids::LoanId> {
    match tablet.custody {
        Custody::OnLoan(loan) => Some(loan),
        Custody::AtVenue(_)
        | Custody::InTransit(_)
        | Custody::Missing
        | Custody::Lost
        | Custody::Withdrawn
        | Custody::Gifted => None,
    }
}

const fn proof_row(proof: &Proof) -> ProofRow {
    ProofRow {
        kind: proof.kind,
        proven_at: proof.proven_at,
    }
}
