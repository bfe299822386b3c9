//! The people: the only truth about persons, written in the same transaction as
//! the facts and never replayed. No name and no card's number stands elsewhere.

use hmac::Mac as _;
use rusqlite::{OptionalExtension, params};
use shared::{
    borrower::{BorrowerView, CardNumber},
    command::{Action, CheckOut, Command},
    digest::Digest,
    ids::{BorrowerId, OperatorId, VenueId},
};

use super::{Fault, Reader, Store, keyed, row::text};

/// A borrower, as a counter's screen shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Borrower {
    /// Their id.
    pub id: BorrowerId,
    /// First name and initial.
    pub short_name: String,
    /// The last three characters of their card.
    pub card_ends: String,
    /// Loans that they have open.
    pub open_loans: u32,
}

impl std::fmt::Debug for Borrower {
    // A name never reaches a log line (R13).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Borrower({})", self.id)
    }
}

/// A person's first name and initial.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortName(pub String);

impl std::fmt::Debug for ShortName {
    // A name never reaches a log line (R13).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShortName(..)")
    }
}

/// An operator who may act at a venue.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorView {
    /// Their id.
    pub operator: OperatorId,
    /// As colleagues call them.
    pub name: String,
    /// The digest of their badge.
    pub badge: Digest,
}

impl std::fmt::Debug for OperatorView {
    // A name never reaches a log line (R13).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OperatorView({})", self.operator)
    }
}

/// How much of a card's number a screen shows.
const CARD_ENDS_CHARS: usize = 3;

impl Store {
    /// Keeps a borrower of this name and card; the one of that card if there is
    /// one already.
    pub fn add_borrower(
        &mut self,
        id: BorrowerId,
        short_name: &str,
        card: &CardNumber,
    ) -> Result<BorrowerId, Fault> {
        let number = card.as_str();
        let ends = &number[number.len() - CARD_ENDS_CHARS..];
        self.read
            .connection
            .prepare_cached("INSERT OR IGNORE INTO borrower VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                id.to_string(),
                short_name,
                self.read.card_hmac(card),
                ends
            ])?;
        let kept = self.read.borrower_by_card(card)?;
        Ok(kept.map_or(id, |kept| kept.id))
    }

    /// What a command that was taken says of people.
    pub(super) fn note_people(&self, command: &Command) -> Result<(), Fault> {
        let connection = &self.read.connection;
        if let Action::CheckOut(CheckOut {
            loan,
            borrower: Some(borrower),
            ..
        }) = &command.action
        {
            // A kiosk may have lent to somebody who has been forgotten since.
            connection
                .prepare_cached(
                    "INSERT INTO loan_borrower
                     SELECT ?1, borrower FROM borrower WHERE borrower = ?2",
                )?
                .execute([loan.to_string(), borrower.to_string()])?;
        }
        if let Action::PlaceHold(it) = &command.action {
            connection
                .prepare_cached("INSERT INTO hold_borrower VALUES (?1, ?2)")?
                .execute([it.hold.to_string(), it.borrower.to_string()])?;
        }
        if let Action::AppointOperator(it) = &command.action {
            connection
                .prepare_cached("INSERT INTO operator_name VALUES (?1, ?2)")?
                .execute([&it.operator.to_string(), &it.name])?;
        }
        Ok(())
    }
}

impl Reader {
    /// The borrower whose card this is.
    pub fn borrower_by_card(&self, card: &CardNumber) -> Result<Option<Borrower>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT borrower, short_name, card_ends,
                    (SELECT count(*) FROM loan_borrower JOIN loan USING (loan)
                     WHERE loan_borrower.borrower = borrower.borrower AND state = 'open')
                    AS open_loans
             FROM borrower WHERE card_hmac = ?1",
        )?;
        let found = statement.query_row([self.card_hmac(card)], |row| {
            Ok(Borrower {
                id: text(row, "borrower")?,
                short_name: row.get("short_name")?,
                card_ends: row.get("card_ends")?,
                open_loans: row.get("open_loans")?,
            })
        });
        Ok(found.optional()?)
    }

    /// Operators who may act at this venue, in the order of their names, and the
    /// place in the log where that last changed.
    pub fn operators_at(&self, venue: VenueId) -> Result<(Vec<OperatorView>, u64), Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT operator, name, badge, version
             FROM operator_venue JOIN operator USING (operator)
             JOIN operator_name USING (operator)
             WHERE venue = ?1 ORDER BY name, operator",
        )?;
        let mut rows = statement.query([venue.to_string()])?;
        let (mut operators, mut changed) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            changed = changed.max(row.get("version")?);
            operators.push(OperatorView {
                operator: text(row, "operator")?,
                name: row.get("name")?,
                badge: text(row, "badge")?,
            });
        }
        Ok((operators, changed))
    }

    /// What a check out needs to know of this borrower.
    pub(super) fn borrower_view(&self, id: BorrowerId) -> Result<Option<BorrowerView>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT (SELECT count(*) FROM loan_borrower JOIN loan USING (loan)
                     WHERE borrower = ?1 AND state = 'open'),
                    (SELECT count(*) FROM hold_borrower JOIN hold USING (hold)
                     WHERE borrower = ?1 AND state <> 'ended')
             FROM borrower WHERE borrower = ?1",
        )?;
        let found = statement.query_row([id.to_string()], |row| {
            let (open_loans, holds) = (row.get(0)?, row.get(1)?);
            Ok(BorrowerView { open_loans, holds })
        });
        Ok(found.optional()?)
    }

    /// Card numbers are few enough to be tried one by one, so their digest needs a
    /// key that is not in the database.
    fn card_hmac(&self, card: &CardNumber) -> Vec<u8> {
        let mut mac = keyed::mac(&self.settings.data_key);
        mac.update(b"card.v1");
        mac.update(card.as_str().as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}
