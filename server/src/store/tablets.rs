//! Reading tablets and loans.

use rusqlite::{OptionalExtension, Row, params};
use shared::{
    digest::Digest,
    ids::{LoanId, TabletId, VenueId},
    loan::{Loan, LoanState},
    lost::Lock,
    tablet::{Custody, Epoch, Flags, LastReturn, Proof, Reset, ResetOrder, Tablet, TabletKeys},
    tag::TabletNumber,
};

use super::{
    Fault, Reader,
    column::{unreadable, value, value_there},
    names::{named, named_list, named_option},
    row::{key, key_option, moment, text, text_option},
};

impl Reader {
    /// The tablet of this id.
    pub fn tablet(&self, id: TabletId) -> Result<Option<Tablet>, Fault> {
        let found = self.tablet_and_enrolment(id)?;
        Ok(found.map(|(tablet, _)| tablet))
    }

    /// The tablet of this number.
    pub fn tablet_by_number(&self, number: TabletNumber) -> Result<Option<Tablet>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM tablet WHERE number = ?1")?;
        let found = statement.query_row([number.to_string()], tablet);
        Ok(found.optional()?)
    }

    /// The numbers of those that are to make new keys with their next reset.
    pub fn tablets_to_renew_keys(&self) -> Result<Vec<TabletNumber>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number FROM tablet WHERE renew_keys ORDER BY length(number), number",
        )?;
        let rows = statement.query_map([], |row| text(row, "number"))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The keys of the tablet of this id, where an agent runs on it.
    pub fn tablet_keys(&self, id: TabletId) -> Result<Option<TabletKeys>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT link_key, proof_key FROM tablet WHERE tablet = ?1")?;
        let found = statement.query_row([id.to_string()], keys);
        Ok(found.optional()?.flatten())
    }

    /// The loan of this id.
    pub fn loan(&self, id: LoanId) -> Result<Option<Loan>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM loan WHERE loan = ?1")?;
        Ok(statement.query_row([id.to_string()], loan).optional()?)
    }

    /// The loan that a return of this tablet would close.
    pub fn current_loan(&self, tablet: TabletId) -> Result<Option<Loan>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM loan WHERE tablet = ?1 AND state IN ('open', 'contested')
             ORDER BY state = 'open' DESC, checked_out_at DESC LIMIT 1",
        )?;
        Ok(statement.query_row([tablet.to_string()], loan).optional()?)
    }

    /// Every tablet that is at this venue, in the order of their numbers.
    pub fn tablets_at(&self, venue: VenueId) -> Result<Vec<Tablet>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM tablet WHERE custody = 'at-venue' AND custody_of = ?1
             ORDER BY length(number), number",
        )?;
        let rows = statement.query_map([venue.to_string()], tablet)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The place in the log of the last fact about this tablet.
    pub(super) fn tablet_version(&self, id: TabletId) -> Result<Option<u64>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT version FROM tablet WHERE tablet = ?1")?;
        let found = statement.query_row([id.to_string()], |row| row.get(0));
        Ok(found.optional()?)
    }

    /// The tablet, and the place in the log of its enrolment.
    pub(super) fn tablet_and_enrolment(
        &self,
        id: TabletId,
    ) -> Result<Option<(Tablet, u64)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM tablet WHERE tablet = ?1")?;
        let found = statement.query_row([id.to_string()], |row| {
            Ok((tablet(row)?, value(row, "enrolled_seq")?))
        });
        Ok(found.optional()?)
    }

    pub(super) fn number_taken(
        &self,
        id: TabletId,
        number: TabletNumber,
        tag: Digest,
    ) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM tablet WHERE tablet = ?1 OR number = ?2 OR tag = ?3")?;
        let keys = params![id.to_string(), number.to_string(), tag.to_string()];
        Ok(statement.exists(keys)?)
    }

    pub(super) fn serial_taken(&self, serial: &str) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM tablet WHERE serial = ?1")?;
        Ok(statement.exists([serial])?)
    }
}

/// A row of the table of tablets, read in the order of its columns.
pub(super) fn tablet(row: &Row<'_>) -> rusqlite::Result<Tablet> {
    Ok(Tablet {
        id: text(row, "tablet")?,
        number: text(row, "number")?,
        serial: value(row, "serial")?,
        model: value(row, "model")?,
        tag: text(row, "tag")?,
        custody: custody(row)?,
        custody_since: moment(row, "custody_since")?,
        epoch: Epoch(value(row, "epoch")?),
        reset: reset(row)?,
        order_counter: value(row, "order_counter")?,
        flags: Flags {
            part_missing: value(row, "part_missing")?,
            damaged: value(row, "damaged")?,
            withheld: named_option(row, "withheld")?,
        },
        put_aside: text_option(row, "put_aside")?,
        last_return: last_return(row)?,
        reported_back: value(row, "reported_back")?,
        kit: named_list(row, "kit")?,
        missing_parts: named_list(row, "missing_parts")?,
        lent_by_override: named_option(row, "lent_by_override")?,
        in_doubt: value(row, "in_doubt")?,
        lock: lock(row)?,
        renew_keys: value(row, "renew_keys")?,
        keys: keys(row)?,
    })
}

/// Both or none.
fn keys(row: &Row<'_>) -> rusqlite::Result<Option<TabletKeys>> {
    let Some(link) = key_option(row, "link_key")? else {
        return Ok(None);
    };
    let proof = key(row, "proof_key")?;
    Ok(Some(TabletKeys { link, proof }))
}

fn lock(row: &Row<'_>) -> rusqlite::Result<Option<Lock>> {
    let Some(locked) = value(row, "locked")? else {
        return Ok(None);
    };
    Ok(Some(Lock {
        locked,
        counter: value(row, "lock_counter")?,
        since: moment(row, "lock_since")?,
    }))
}

fn custody(row: &Row<'_>) -> rusqlite::Result<Custody> {
    let name = value_there(row, "custody")?.as_str()?;
    Ok(match name {
        "at-venue" => Custody::AtVenue(text(row, "custody_of")?),
        "on-loan" => Custody::OnLoan(text(row, "custody_of")?),
        "in-transit" => Custody::InTransit(text(row, "custody_of")?),
        "missing" => Custody::Missing,
        "lost" => Custody::Lost,
        "withdrawn" => Custody::Withdrawn,
        "gifted" => Custody::Gifted,
        _ => return Err(unreadable("custody")),
    })
}

fn reset(row: &Row<'_>) -> rusqlite::Result<Reset> {
    let name = value_there(row, "reset")?.as_str()?;
    Ok(match name {
        "dirty" => Reset::Dirty,
        "ordered" => Reset::Ordered(ResetOrder {
            order: text(row, "reset_order")?,
            nonce: text(row, "reset_nonce")?,
            image: text(row, "reset_image")?,
            counter: value(row, "reset_counter")?,
            failed_tries: value(row, "reset_tries")?,
            new_keys: value(row, "reset_new_keys")?,
        }),
        "proven" => Reset::Proven(Proof {
            image: text(row, "reset_image")?,
            kind: named(row, "proof_kind")?,
            receipt: text(row, "proof_receipt")?,
            proven_at: moment(row, "proven_at")?,
        }),
        "failed" => Reset::Failed {
            tries: value(row, "reset_tries")?,
        },
        _ => return Err(unreadable("reset")),
    })
}

fn last_return(row: &Row<'_>) -> rusqlite::Result<Option<LastReturn>> {
    let Some(loan) = text_option(row, "return_loan")? else {
        return Ok(None);
    };
    Ok(Some(LastReturn {
        loan,
        returned_at: moment(row, "returned_at")?,
        presence: named(row, "return_presence")?,
        answered: value(row, "return_answered")?,
    }))
}

/// A row of the table of loans.
pub(super) fn loan(row: &Row<'_>) -> rusqlite::Result<Loan> {
    Ok(Loan {
        id: text(row, "loan")?,
        tablet: text(row, "tablet")?,
        venue: text(row, "venue")?,
        checked_out_at: moment(row, "checked_out_at")?,
        due_on: text(row, "due_on")?,
        state: loan_state(row)?,
        renewals: value(row, "renewals")?,
    })
}

fn loan_state(row: &Row<'_>) -> rusqlite::Result<LoanState> {
    let name = value_there(row, "state")?.as_str()?;
    Ok(match name {
        "open" => LoanState::Open,
        "contested" => LoanState::Contested,
        "closed" => LoanState::Closed {
            closed_at: moment(row, "closed_at")?,
        },
        "voided" => LoanState::Voided {
            voided_at: moment(row, "closed_at")?,
        },
        _ => return Err(unreadable("state")),
    })
}
