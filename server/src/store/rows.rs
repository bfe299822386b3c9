//! Tablets as kiosks mirror them: those that changed since a position.

use rusqlite::{Row, params};
use shared::{
    ids::VenueId,
    tablet::{Custody, Proof},
    wire::v1::kiosk::{BoxRow, ProofRow, PutAsideRow, TabletRow},
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
    /// At most `limit` tablets that changed after the position `after`, as a kiosk
    /// of this venue may see them. Where the log does not reach that far, there are
    /// none, and the cursor says so by going back: it was set back since, and whoever
    /// asks begins anew.
    pub fn rows_after(
        &self,
        after: u64,
        venue: VenueId,
        limit: usize,
    ) -> Result<TabletRows, Fault> {
        self.at_once(|read| read.page_after(after, venue, limit))
    }

    fn page_after(&self, after: u64, venue: VenueId, limit: usize) -> Result<TabletRows, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT tablet.*, loan.loan AS current_loan, due_on, image.withdraw_on,
                    hold.until, borrower.short_name, transfer_tablet.transfer
             FROM tablet
             LEFT JOIN loan ON custody = 'on-loan' AND loan.loan = custody_of
             LEFT JOIN image ON reset = 'proven' AND image.image = reset_image
             LEFT JOIN hold ON hold.hold = put_aside
             LEFT JOIN hold_borrower ON hold_borrower.hold = hold.hold AND hold.venue = ?3
             LEFT JOIN borrower USING (borrower)
             LEFT JOIN transfer_tablet ON custody = 'in-transit'
                 AND transfer_tablet.tablet = tablet.tablet
             WHERE tablet.version > ?1 ORDER BY tablet.version LIMIT ?2",
        )?;
        let mut rows = statement.query(params![after, limit + 1, venue.to_string()])?;
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
        loan: tablet.loan_out(),
        due_on: text_option(row, "due_on")?,
        waits_in_tray: tablet.waits_in_tray(),
        reported_back: tablet.reported_back,
        proof: tablet.proof().map(proof_row),
        image_withdraw_on: text_option(row, "withdraw_on")?,
        link_key: tablet.keys.map(|keys| keys.link),
        lent_by_override: tablet.lent_by_override,
        put_aside: tablet.put_aside.map(|_| put_aside(row)).transpose()?,
        on_its_way: on_its_way(row, tablet.custody)?,
        kit: tablet.kit,
        missing_parts: tablet.missing_parts,
        unread: None,
    })
}

fn on_its_way(row: &Row<'_>, custody: Custody) -> rusqlite::Result<Option<BoxRow>> {
    let Custody::InTransit(to) = custody else {
        return Ok(None);
    };
    let transfer = text_option(row, "transfer")?;
    Ok(transfer.map(|transfer| BoxRow { to, transfer }))
}

pub(super) fn put_aside(row: &Row<'_>) -> rusqlite::Result<PutAsideRow> {
    let name: Option<String> = row.get("short_name")?;
    Ok(PutAsideRow {
        initials: name.as_deref().map(initials),
        until: text_option(row, "until")?,
    })
}

/// `Jo Bell` and `Jo B.` are both `J.B.`.
pub(super) fn initials(name: &str) -> String {
    let firsts = name
        .split_whitespace()
        .filter_map(|part| part.chars().next());
    firsts.flat_map(|first| [first, '.']).collect()
}

const fn proof_row(proof: &Proof) -> ProofRow {
    ProofRow {
        kind: proof.kind,
        proven_at: proof.proven_at,
    }
}
