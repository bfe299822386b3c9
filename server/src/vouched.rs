//! Receipts that the server signs, because no agent of the tablet could: what a
//! device manager reported, and what a person confirmed. They say whose word it is,
//! and nothing that only the tablet could know.

use shared::{
    signed::{
        chain::Link,
        receipt::{Outcome, Owners, PolicyLine, Receipt, Scope, Voucher},
    },
    tablet::{ProofKind, Reset, ResetOrder, Tablet},
    time::Moment,
};

/// What a person confirms, item by item; the names stand in receipts for ever.
pub const CHECKLIST: [&str; 7] = [
    "in-hand",
    "signed-out",
    "erased",
    "starts-new",
    "no-files",
    "no-networks",
    "no-messages",
];

/// Somebody's word that a tablet was reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whose.
    pub voucher: Voucher,
    /// When it was begun.
    pub started_at: Moment,
    /// When it was done.
    pub finished_at: Moment,
}

/// The order that this tablet's reset waits for, while it does.
pub const fn pending(tablet: &Tablet) -> Option<&ResetOrder> {
    match &tablet.reset {
        Reset::Ordered(order) => Some(order),
        Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. } => None,
    }
}

/// The receipt of this word, the first about its tablet.
pub fn receipt(tablet: &Tablet, order: &ResetOrder, word: Word) -> Receipt {
    let (kind, technique, policy) = of_kind(&word.voucher);
    let ms = word.finished_at.as_ms() - word.started_at.as_ms();
    Receipt {
        order: order.order,
        nonce: order.nonce,
        epoch: tablet.epoch.0,
        tablet: tablet.id,
        serial: tablet.serial.clone(),
        model: tablet.model.clone(),
        kind,
        scope: Scope::Tablet,
        owners: Owners::Mapped,
        technique: technique.to_owned(),
        backend: kind.name().to_owned(),
        agent_version: String::new(),
        image: order.image,
        outcome: Outcome::Verified,
        files_verified: 0,
        bytes_verified: 0,
        deleted: 0,
        restored: 0,
        policy,
        key_erased: false,
        started_at: word.started_at,
        finished_at: word.finished_at,
        monotonic_ms: u64::try_from(ms).unwrap_or(0),
        seq: 1,
        previous: None,
        voucher: Some(word.voucher),
        new_keys: None,
    }
}

/// The same receipt, in its place after the last one about its tablet.
pub fn after(receipt: Receipt, last: Option<Link>) -> Receipt {
    Receipt {
        seq: last.map_or(1, |last| last.seq + 1),
        previous: last.map(|last| last.digest),
        ..receipt
    }
}

fn of_kind(voucher: &Voucher) -> (ProofKind, &'static str, Vec<PolicyLine>) {
    match voucher {
        Voucher::Manager { .. } => (
            ProofKind::ManagerReported,
            "Reset by the device manager, as it reports",
            Vec::new(),
        ),
        Voucher::Person { .. } => (
            ProofKind::PersonConfirmed,
            "Reset by hand, as a person confirms",
            CHECKLIST.map(confirmed).into(),
        ),
    }
}

/// A person counts nothing; that nothing is left of it is their word.
fn confirmed(item: &str) -> PolicyLine {
    PolicyLine {
        item: item.to_owned(),
        found: 0,
        left: 0,
    }
}
