//! The whole fleet at a glance, as the page of the digital team shows it.

use rusqlite::Row;
use shared::{
    digest::Digest,
    ids::{DisputeId, LoanId, TabletId},
    loan::Loan,
    lost::Lock,
    refusal::Refusal,
    signed::receipt::FailedStep,
    tablet::{Flags, OverrideReason, Proof, ProofKind, Reset, StateWord, Tablet},
    tag::TabletNumber,
    time::{Day, Moment},
    wire::v1::agent::AgentState,
};

use super::{
    Fault, Reader,
    column::value,
    names::named_option,
    people::ShortName,
    row::{moment_option, refusal_option, text_option},
    tablets::{self, tablet},
};

/// Whose word makes a tablet ready, as far as the policy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VouchedBy {
    /// Its own agent's.
    Itself,
    /// Its device manager's.
    Manager,
    /// That of a person who goes through the checklist.
    Person,
    /// No agent runs on it, and nobody else's word is taken.
    Nobody,
}

/// One tablet of the fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetRow {
    /// Its id.
    pub tablet: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// The word that people see.
    pub word: StateWord,
    /// Since when it is where it is.
    pub since: Moment,
    /// The venue where it is; where it was lent, while it is out.
    pub venue: Option<String>,
    /// Who has it on loan, as the people tables know them: first name and initial.
    pub borrower: Option<ShortName>,
    /// What people flagged.
    pub flags: Flags,
    /// Tries of the present reset that failed.
    pub failed_tries: u8,
    /// The step at which the last of them failed.
    pub failed_at: Option<FailedStep>,
    /// Why the receipt of that try was not taken, where it failed by that.
    pub not_taken: Option<Refusal>,
    /// The proof for its epoch.
    pub proof: Option<Proof>,
    /// The receipt of the last reset that was taken as done, whatever followed.
    pub last_receipt: Option<Digest>,
    /// Its reset waits, and here a person's word that it is done is taken.
    pub may_be_confirmed: bool,
    /// Whose word makes it ready.
    pub vouched_by: VouchedBy,
    /// The loan that it is out on.
    pub loan: Option<LoanId>,
    /// The last day on which that loan is not late.
    pub due_on: Option<Day>,
    /// Whole days by which it is late; 0 when it is not.
    pub days_late: u32,
    /// It lies in a tray and waits for an operator's hand.
    pub waits_in_tray: bool,
    /// Somebody typed its number to say that it is back.
    pub reported_back: bool,
    /// It was lent against a rule, until its next proven reset (R2).
    pub lent_by_override: Option<OverrideReason>,
    /// The last day on which it is kept for somebody, while it is.
    pub put_aside_until: Option<Day>,
    /// The dispute about it that waits longest for a person.
    pub open_dispute: Option<DisputeId>,
    /// The last word to it on whether it is locked, since it was lost.
    pub lock: Option<Lock>,
    /// When its agent was last heard; none where it never was.
    pub last_seen_at: Option<Moment>,
    /// Where its agent is in a tablet's life.
    pub agent_state: Option<AgentState>,
    /// Charge of its battery in percent, where that is known.
    pub battery_percent: Option<u8>,
}

/// A row for each tablet, in the order in which its columns are read.
const ROWS: &str = "
SELECT tablet.*,
       loan.loan, loan.venue AS venue, checked_out_at, due_on, loan.state AS state, closed_at,
       renewals, failed_try.step AS failed_at, refused_receipt.refusal AS not_taken,
       venue.name AS venue_name, borrower.short_name,
       (SELECT receipt FROM proof WHERE proof.tablet = tablet.tablet
        ORDER BY seq DESC LIMIT 1) AS last_receipt,
       managed_tablet.managed, hold.until,
       (SELECT dispute FROM dispute
        WHERE dispute.tablet = tablet.tablet AND decision IS NULL
        ORDER BY raised_at LIMIT 1) AS open_dispute,
       last_heartbeat.seen_at, last_heartbeat.state AS agent_state, last_heartbeat.battery
FROM tablet
LEFT JOIN loan ON custody = 'on-loan' AND loan.loan = custody_of
LEFT JOIN loan_borrower ON loan_borrower.loan = loan.loan
LEFT JOIN borrower USING (borrower)
LEFT JOIN hold ON hold.hold = put_aside
LEFT JOIN venue ON venue.venue =
 CASE custody WHEN 'on-loan' THEN loan.venue ELSE custody_of END
LEFT JOIN last_heartbeat USING (tablet)
LEFT JOIN managed_tablet USING (tablet)
LEFT JOIN failed_try USING (tablet)
LEFT JOIN refused_receipt ON refused_receipt.tablet = failed_try.tablet
 AND refused_receipt.reset_order = failed_try.reset_order";

impl Reader {
    /// Every tablet, in the order of their numbers.
    pub fn fleet(&self, now: Moment) -> Result<Vec<FleetRow>, Fault> {
        let all = format!("{ROWS} ORDER BY length(number), number");
        let mut statement = self.connection.prepare_cached(&all)?;
        let (today, takes) = (now.day(), &self.policy().proof_kinds);
        let rows = statement.query_map([], |row| fleet_row(row, today, takes))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// These tablets, in this order.
    pub(super) fn fleet_of(
        &self,
        tablets: &[TabletId],
        now: Moment,
    ) -> Result<Vec<FleetRow>, Fault> {
        let one = format!("{ROWS} WHERE tablet.tablet = ?1");
        let mut statement = self.connection.prepare_cached(&one)?;
        let (today, takes) = (now.day(), &self.policy().proof_kinds);
        let mut row = |id: &TabletId| {
            statement.query_row([id.to_string()], |row| fleet_row(row, today, takes))
        };
        Ok(tablets.iter().map(&mut row).collect::<Result<_, _>>()?)
    }
}

fn fleet_row(row: &Row<'_>, today: Day, takes: &[ProofKind]) -> rusqlite::Result<FleetRow> {
    let tablet = tablet(row)?;
    let loan: Option<LoanId> = text_option(row, "loan")?;
    let loan: Option<Loan> = loan.map(|_| tablets::loan(row)).transpose()?;
    let failed_tries = failed_tries(&tablet.reset);
    let failed_at = named_option(row, "failed_at")?.filter(|_| failed_tries > 0);
    let not_taken = refusal_option(row, "not_taken")?;
    Ok(FleetRow {
        tablet: tablet.id,
        number: tablet.number,
        word: tablet.word(),
        since: tablet.custody_since,
        venue: value(row, "venue_name")?,
        borrower: value::<Option<String>>(row, "short_name")?.map(ShortName),
        flags: tablet.flags,
        failed_tries,
        failed_at,
        not_taken: not_taken.filter(|_| failed_at == Some(FailedStep::Proof)),
        proof: tablet.proof().copied(),
        last_receipt: text_option(row, "last_receipt")?,
        may_be_confirmed: takes.contains(&ProofKind::PersonConfirmed)
            && matches!(tablet.reset, Reset::Ordered(_)),
        vouched_by: vouched_by(row, &tablet, takes)?,
        loan: loan.as_ref().map(|loan| loan.id),
        due_on: loan.as_ref().map(|loan| loan.due_on),
        days_late: loan.as_ref().map_or(0, |loan| loan.days_late(today)),
        waits_in_tray: tablet.waits_in_tray(),
        reported_back: tablet.reported_back,
        lent_by_override: tablet.lent_by_override,
        put_aside_until: text_option(row, "until")?,
        open_dispute: text_option(row, "open_dispute")?,
        lock: tablet.lock,
        last_seen_at: moment_option(row, "seen_at")?,
        agent_state: named_option(row, "agent_state")?,
        battery_percent: value(row, "battery")?,
        serial: tablet.serial,
        model: tablet.model,
    })
}

fn vouched_by(row: &Row<'_>, tablet: &Tablet, takes: &[ProofKind]) -> rusqlite::Result<VouchedBy> {
    let managed = value::<Option<String>>(row, "managed")?.is_some();
    Ok(if tablet.keys.is_some() {
        VouchedBy::Itself
    } else if managed && takes.contains(&ProofKind::ManagerReported) {
        VouchedBy::Manager
    } else if takes.contains(&ProofKind::PersonConfirmed) {
        VouchedBy::Person
    } else {
        VouchedBy::Nobody
    })
}

const fn failed_tries(reset: &Reset) -> u8 {
    match reset {
        Reset::Ordered(order) => order.failed_tries,
        Reset::Failed { tries } => *tries,
        Reset::Dirty | Reset::Proven(_) => 0,
    }
}
