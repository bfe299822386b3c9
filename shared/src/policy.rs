//! The council's policy: the figures that lending decides by.

use crate::{keys::PublicKey, signed::receipt::Scope, tablet::ProofKind};

/// The council's policy. Its version travels with what was decided by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Grows with every change.
    pub version: u32,
    /// Length of a loan, in civil days.
    pub loan_days: u16,
    /// Loans that one borrower may have open at once.
    pub open_loans_max: u32,
    /// How often a loan may be renewed.
    pub renewals_max: u8,
    /// A loan may be renewed from so many days before its due day on.
    pub renew_within_days: u16,
    /// Holds that one borrower may have at once.
    pub holds_max: u32,
    /// How long a tablet is kept for a hold, in civil days.
    pub hold_days: u16,
    /// Kinds of proof that make a tablet lendable.
    pub proof_kinds: Vec<ProofKind>,
    /// Whose signature a receipt has that no tablet's agent signed: this server's. With
    /// none, nobody's word is taken for a tablet's.
    pub voucher_key: Option<PublicKey>,
    /// What the screen of a lost tablet says, and whom to ring.
    pub lost_message: String,
    /// Scopes of a receipt that are taken: only a demo takes a directory's.
    pub proof_scopes: Vec<Scope>,
}

impl Default for Policy {
    /// Three weeks, twice renewed at most, one tablet and one hold a borrower, a
    /// week to fetch it, and only what a whole tablet proved.
    fn default() -> Self {
        Self {
            version: 1,
            loan_days: 21,
            open_loans_max: 1,
            renewals_max: 2,
            renew_within_days: 7,
            holds_max: 1,
            hold_days: 7,
            proof_kinds: vec![ProofKind::TabletProven],
            voucher_key: None,
            lost_message: String::new(),
            proof_scopes: vec![Scope::Tablet],
        }
    }
}
