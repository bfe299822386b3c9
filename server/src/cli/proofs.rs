//! `proofs`: which kinds of proof lend here.

use anyhow::Result;
use clap::Args;
use shared::tablet::ProofKind;

use super::{Data, house};

/// Show or say which kinds of proof make a tablet lendable: tablet-proven (its own
/// agent read it again), manager-reported (its device manager says so), and
/// person-confirmed (a member of staff went through the checklist). Where nothing was
/// said it is tablet-proven alone.
///
/// A server that runs takes it from its next start on. It is in no backup: a library
/// that was brought back takes tablet-proven alone until somebody says otherwise.
#[derive(Debug, Args)]
pub(super) struct Proofs {
    #[command(flatten)]
    data: Data,
    /// Take these kinds, and no other.
    #[arg(long, value_name = "KIND,...", value_delimiter = ',', value_parser = kind)]
    take: Vec<ProofKind>,
}

impl Proofs {
    pub(super) fn run(self) -> Result<()> {
        let folder = self.data.existing()?;
        if !self.take.is_empty() {
            let names: Vec<&str> = self.take.iter().map(|it| it.name()).collect();
            let names = format!("{}\n", names.join("\n"));
            house::write_whole(&folder.proof_kinds(), names.as_bytes())?;
        }
        for kind in house::proof_kinds(&folder)? {
            println!("{}", kind.name());
        }
        Ok(())
    }
}

fn kind(name: &str) -> Result<ProofKind, String> {
    ProofKind::of(name).ok_or_else(|| {
        let names = ProofKind::ALL.map(ProofKind::name).join(", ");
        format!("the kinds are {names}")
    })
}
