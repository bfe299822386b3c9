//! The rows of loans, and of the disputes about them.

use rusqlite::params;
use shared::{
    dispute::Dispute,
    event::Recorded,
    loan::{Loan, LoanState},
};

use crate::store::{Fault, Store, names::Named};

impl Store {
    pub(super) fn project_loan(&self, recorded: &Recorded) -> Result<(), Fault> {
        if let Some(loan) = Loan::from_check_out(recorded) {
            return self.insert_loan(&loan);
        }
        let Some((id, _)) = recorded.event.loan_change() else {
            return Ok(());
        };
        let seq = recorded.server_seq;
        let mut loan = self.read.loan(id)?.ok_or(Fault::Orphan { seq })?;
        loan.apply(recorded);
        self.update_loan(&loan)
    }

    fn insert_loan(&self, loan: &Loan) -> Result<(), Fault> {
        let (state, closed_at) = state(loan.state);
        self.read
            .connection
            .prepare_cached(
                "INSERT INTO loan
                 (loan, tablet, venue, checked_out_at, due_on, state, closed_at, renewals)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                loan.id.to_string(),
                loan.tablet.to_string(),
                loan.venue.to_string(),
                loan.checked_out_at.as_ms(),
                loan.due_on.to_string(),
                state,
                closed_at,
                loan.renewals,
            ])?;
        Ok(())
    }

    fn update_loan(&self, loan: &Loan) -> Result<(), Fault> {
        let (state, closed_at) = state(loan.state);
        self.read
            .connection
            .prepare_cached(
                "UPDATE loan SET state = ?2, closed_at = ?3, due_on = ?4, renewals = ?5
                 WHERE loan = ?1",
            )?
            .execute(params![
                loan.id.to_string(),
                state,
                closed_at,
                loan.due_on.to_string(),
                loan.renewals,
            ])?;
        Ok(())
    }

    pub(super) fn project_dispute(&self, recorded: &Recorded) -> Result<(), Fault> {
        if let Some(dispute) = Dispute::from_raised(recorded) {
            return self.insert_dispute(&dispute, recorded);
        }
        let shared::event::Event::DisputeClosed { dispute, .. } = recorded.event else {
            return Ok(());
        };
        let seq = recorded.server_seq;
        let mut dispute = self.read.dispute(dispute)?.ok_or(Fault::Orphan { seq })?;
        dispute.apply(recorded);
        self.read
            .connection
            .prepare_cached("UPDATE dispute SET decision = ?2 WHERE dispute = ?1")?
            .execute(params![
                dispute.id.to_string(),
                dispute.decision.map(Named::name)
            ])?;
        Ok(())
    }

    fn insert_dispute(&self, dispute: &Dispute, recorded: &Recorded) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached("INSERT INTO dispute VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                dispute.id.to_string(),
                dispute.cause.name(),
                dispute.tablet.to_string(),
                dispute.loan.map(|loan| loan.to_string()),
                dispute.decision.map(Named::name),
                recorded.recorded_at.as_ms(),
            ])?;
        Ok(())
    }
}

fn state(state: LoanState) -> (&'static str, Option<i64>) {
    match state {
        LoanState::Open => ("open", None),
        LoanState::Contested => ("contested", None),
        LoanState::Closed { closed_at } => ("closed", Some(closed_at.as_ms())),
        LoanState::Voided { voided_at } => ("voided", Some(voided_at.as_ms())),
    }
}
