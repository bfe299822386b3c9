//! The council's policy: the figures that lending decides by.

use crate::{signed::receipt::Scope, tablet::ProofKind};

/// The council's policy. Its version travels with what was decided by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Grows with every change.
    pub version: u32,
    /// Length of a loan, in civil days.
    pub loan_days: u16,
    /// Loans that one borrower may have open at once.
    pub open_loans_max: u32,
    /// Kinds of proof that make a tablet lendable.
    pub proof_kinds: Vec<ProofKind>,
    /// Scopes of a receipt that are taken: only a demo takes a directory's.
    pub proof_scopes: Vec<Scope>,
}

impl Default for Policy {
    /// Three weeks, one tablet a borrower, and only what a whole tablet proved.
    fn default() -> Self {
        Self {
            version: 1,
            loan_days: 21,
            open_loans_max: 1,
            proof_kinds: vec![ProofKind::TabletProven],
            proof_scopes: vec![Scope::Tablet],
        }
    }
}
