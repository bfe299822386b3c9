//! Reading disputes.

use rusqlite::{OptionalExtension, Row};
use shared::{
    dispute::Dispute,
    ids::{DisputeId, LoanId},
    tag::TabletNumber,
    time::Moment,
};

use super::{
    Fault, Reader,
    names::{named, named_option},
    row::{moment, text, text_option},
};

/// An open dispute, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeRow {
    /// The dispute.
    pub dispute: Dispute,
    /// Its tablet's number; none where the tablet is none of ours.
    pub number: Option<TabletNumber>,
    /// Since when.
    pub raised_at: Moment,
}

impl Reader {
    /// The dispute of this id.
    pub fn dispute(&self, id: DisputeId) -> Result<Option<Dispute>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM dispute WHERE dispute = ?1")?;
        Ok(statement.query_row([id.to_string()], dispute).optional()?)
    }

    /// Whether a dispute that contests this loan waits for a person.
    pub(super) fn is_loan_contested(&self, loan: LoanId) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM dispute WHERE loan = ?1 AND decision IS NULL")?;
        let open = statement.query_map([loan.to_string()], dispute)?;
        let open: Vec<Dispute> = open.collect::<Result<_, _>>()?;
        Ok(open.iter().any(|dispute| dispute.cause.contests_loan()))
    }

    /// Every dispute that waits for a person, the oldest first.
    pub fn disputes_open(&self) -> Result<Vec<DisputeRow>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT dispute.*, number FROM dispute LEFT JOIN tablet USING (tablet)
             WHERE decision IS NULL ORDER BY raised_at, dispute",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(DisputeRow {
                dispute: dispute(row)?,
                number: text_option(row, "number")?,
                raised_at: moment(row, "raised_at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn dispute(row: &Row<'_>) -> rusqlite::Result<Dispute> {
    Ok(Dispute {
        id: text(row, "dispute")?,
        cause: named(row, "cause")?,
        tablet: text(row, "tablet")?,
        loan: text_option(row, "loan")?,
        decision: named_option(row, "decision")?,
    })
}
