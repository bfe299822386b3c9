//! The rows of tablets.

use rusqlite::named_params;
use shared::{
    event::Recorded,
    tablet::{Custody, Reset, Tablet},
};

use crate::store::{
    Fault, Store,
    names::{Named, list_of_names},
};

impl Store {
    pub(super) fn project_tablet(&self, recorded: &Recorded) -> Result<(), Fault> {
        let seq = recorded.server_seq;
        if let Some(tablet) = Tablet::from_enrolment(recorded) {
            return self.write_tablet(&tablet, seq, seq);
        }
        let Some(id) = recorded.event.tablet() else {
            return Ok(());
        };
        let (mut tablet, enrolled_seq) = self
            .read
            .tablet_and_enrolment(id)?
            .ok_or(Fault::Orphan { seq })?;
        tablet.apply(recorded);
        self.write_tablet(&tablet, enrolled_seq, seq)
    }

    fn write_tablet(&self, tablet: &Tablet, enrolled_seq: u64, version: u64) -> Result<(), Fault> {
        let (custody, custody_of) = custody(tablet.custody);
        let reset = ResetColumns::of(&tablet.reset);
        let last = tablet.last_return;
        // An update, not a replacement, where the tablet is there: its number and
        // serial must clash with another tablet's and never push it out.
        self.read
            .connection
            .prepare_cached(WRITE)?
            .execute(named_params! {
                ":tablet": tablet.id.to_string(),
                ":enrolled_seq": enrolled_seq,
                ":number": tablet.number.to_string(),
                ":serial": tablet.serial,
                ":model": tablet.model,
                ":tag": tablet.tag.to_string(),
                ":link_key": tablet.keys.map(|keys| keys.link.to_string()),
                ":proof_key": tablet.keys.map(|keys| keys.proof.to_string()),
                ":renew_keys": tablet.renew_keys,
                ":custody": custody,
                ":custody_of": custody_of,
                ":custody_since": tablet.custody_since.as_ms(),
                ":epoch": tablet.epoch.0,
                ":reset": reset.name,
                ":reset_order": reset.order,
                ":reset_nonce": reset.nonce,
                ":reset_image": reset.image,
                ":reset_counter": reset.counter,
                ":reset_tries": reset.tries,
                ":reset_new_keys": reset.new_keys,
                ":proof_kind": reset.proof_kind,
                ":proof_receipt": reset.proof_receipt,
                ":proven_at": reset.proven_at,
                ":order_counter": tablet.order_counter,
                ":part_missing": tablet.flags.part_missing,
                ":damaged": tablet.flags.damaged,
                ":withheld": tablet.flags.withheld.map(Named::name),
                ":put_aside": tablet.put_aside.map(|hold| hold.to_string()),
                ":return_loan": last.map(|last| last.loan.to_string()),
                ":returned_at": last.map(|last| last.returned_at.as_ms()),
                ":return_presence": last.map(|last| last.presence.name()),
                ":return_answered": last.map(|last| last.answered),
                ":reported_back": tablet.reported_back,
                ":kit": list_of_names(tablet.kit.iter().copied()),
                ":missing_parts": list_of_names(tablet.missing_parts.iter().copied()),
                ":lent_by_override": tablet.lent_by_override.map(Named::name),
                ":in_doubt": tablet.in_doubt,
                ":locked": tablet.lock.map(|lock| lock.locked),
                ":lock_counter": tablet.lock.map(|lock| lock.counter),
                ":lock_since": tablet.lock.map(|lock| lock.since.as_ms()),
                ":version": version,
            })?;
        Ok(())
    }
}

const WRITE: &str = "
INSERT INTO tablet (
    tablet, enrolled_seq, number, serial, model, tag, link_key, proof_key, renew_keys,
    custody, custody_of, custody_since, epoch,
    reset, reset_order, reset_nonce, reset_image, reset_counter, reset_tries,
    reset_new_keys, proof_kind, proof_receipt, proven_at, order_counter,
    part_missing, damaged, withheld, put_aside,
    return_loan, returned_at, return_presence, return_answered,
    reported_back, kit, missing_parts, lent_by_override, in_doubt, locked, lock_counter,
    lock_since, version
) VALUES (
    :tablet, :enrolled_seq, :number, :serial, :model, :tag, :link_key, :proof_key, :renew_keys,
    :custody, :custody_of, :custody_since, :epoch,
    :reset, :reset_order, :reset_nonce, :reset_image, :reset_counter, :reset_tries,
    :reset_new_keys, :proof_kind, :proof_receipt, :proven_at, :order_counter,
    :part_missing, :damaged, :withheld, :put_aside,
    :return_loan, :returned_at, :return_presence, :return_answered,
    :reported_back, :kit, :missing_parts, :lent_by_override, :in_doubt, :locked, :lock_counter,
    :lock_since, :version
)
ON CONFLICT (tablet) DO UPDATE SET
    link_key = :link_key, proof_key = :proof_key, renew_keys = :renew_keys,
    custody = :custody, custody_of = :custody_of, custody_since = :custody_since,
    epoch = :epoch, reset = :reset, reset_order = :reset_order,
    reset_nonce = :reset_nonce, reset_image = :reset_image,
    reset_counter = :reset_counter, reset_tries = :reset_tries,
    reset_new_keys = :reset_new_keys,
    proof_kind = :proof_kind, proof_receipt = :proof_receipt, proven_at = :proven_at,
    order_counter = :order_counter, part_missing = :part_missing, damaged = :damaged,
    withheld = :withheld, put_aside = :put_aside, return_loan = :return_loan,
    returned_at = :returned_at, return_presence = :return_presence,
    return_answered = :return_answered, reported_back = :reported_back,
    kit = :kit, missing_parts = :missing_parts, lent_by_override = :lent_by_override,
    in_doubt = :in_doubt, locked = :locked, lock_counter = :lock_counter,
    lock_since = :lock_since,
    version = :version";

fn custody(custody: Custody) -> (&'static str, Option<String>) {
    match custody {
        Custody::AtVenue(venue) => ("at-venue", Some(venue.to_string())),
        Custody::OnLoan(loan) => ("on-loan", Some(loan.to_string())),
        Custody::InTransit(to) => ("in-transit", Some(to.to_string())),
        Custody::Missing => ("missing", None),
        Custody::Lost => ("lost", None),
        Custody::Withdrawn => ("withdrawn", None),
        Custody::Gifted => ("gifted", None),
    }
}

/// The columns that a reset's state fills; those that it has no use for are empty.
#[derive(Default)]
struct ResetColumns {
    name: &'static str,
    order: Option<String>,
    nonce: Option<String>,
    image: Option<String>,
    counter: Option<u64>,
    tries: Option<u8>,
    new_keys: bool,
    proof_kind: Option<&'static str>,
    proof_receipt: Option<String>,
    proven_at: Option<i64>,
}

impl ResetColumns {
    fn of(reset: &Reset) -> Self {
        let empty = Self::default();
        match reset {
            Reset::Dirty => Self {
                name: "dirty",
                ..empty
            },
            Reset::Ordered(order) => Self {
                name: "ordered",
                order: Some(order.order.to_string()),
                nonce: Some(order.nonce.to_string()),
                image: Some(order.image.to_string()),
                counter: Some(order.counter),
                tries: Some(order.failed_tries),
                new_keys: order.new_keys,
                ..empty
            },
            Reset::Proven(proof) => Self {
                name: "proven",
                image: Some(proof.image.to_string()),
                proof_kind: Some(proof.kind.name()),
                proof_receipt: Some(proof.receipt.to_string()),
                proven_at: Some(proof.proven_at.as_ms()),
                ..empty
            },
            Reset::Failed { tries } => Self {
                name: "failed",
                tries: Some(*tries),
                ..empty
            },
        }
    }
}
