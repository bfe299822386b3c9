//! The log: nothing of it is lost (R5), and no person is in it (R13).

use shared::digest::Digest;

use super::{Broken, Rule};
use crate::sim::{note::Note, truth::Truth};

/// The log as it was last seen, and what must never be in it.
pub struct Ledger {
    head: Option<(u64, Digest)>,
    personal: Vec<String>,
}

impl Ledger {
    pub fn of(truth: &Truth) -> Self {
        let borrowers = truth.borrowers.iter().flat_map(|it| {
            let id = it.id.to_string();
            [id, it.name.clone(), it.card.as_str().to_owned()]
        });
        let operators = truth.operators.iter().flat_map(|it| {
            let badge = it.badge.text();
            [it.name.clone(), badge]
        });
        Self {
            head: None,
            personal: borrowers.chain(operators).collect(),
        }
    }

    pub fn hear(&mut self, note: &Note) -> Broken {
        match note {
            Note::ServerStarted(seq, hash) => self.started(*seq, *hash),
            Note::ServerWrote(seq, hash) => {
                self.head = Some((*seq, *hash));
                None
            }
            Note::Logged(recorded, bytes) => self.logged(recorded.server_seq, bytes),
            Note::Said(_)
            | Note::LentAlone(..)
            | Note::RowsHeard(_)
            | Note::Decided(..)
            | Note::KioskStarted(..)
            | Note::KioskSetBack(..)
            | Note::SeriesBegun(..)
            | Note::Heard(..)
            | Note::Shown(..)
            | Note::Halted(..)
            | Note::ResetBegun(..)
            | Note::Wiped(_)
            | Note::Signed(..)
            | Note::AgentReady(_)
            | Note::LoanOpened(..)
            | Note::ScreenShown(_)
            | Note::HandedOver(..) => None,
        }
    }

    fn started(&self, seq: u64, hash: Digest) -> Broken {
        let (before, its_hash) = self.head?;
        ((seq, hash) != (before, its_hash)).then(|| {
            let what = format!("the log ended at {before}, and after a start at {seq}");
            (Rule::R5, what)
        })
    }

    fn logged(&self, seq: u64, bytes: &[u8]) -> Broken {
        let text = String::from_utf8_lossy(bytes);
        let found = self.personal.iter().find(|it| text.contains(it.as_str()))?;
        Some((Rule::R13, format!("entry {seq} of the log says {found:?}")))
    }
}
