//! `certificate`: the proof of a tablet's last reset, checked anew, in words or as
//! the signed document itself.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use lang::Catalogue;
use shared::{digest::Digest, tag::TabletNumber};

use super::{Data, house, no};
use crate::{
    certificate::{Certificate, words::Words},
    clock,
    store::{Reader, StoredProof},
};

/// Draw the certificate of a tablet's last reset from its signed receipt, checked
/// anew. Ends with 1 where the receipt is not what was signed.
#[derive(Debug, Args)]
pub(super) struct DrawCertificate {
    #[command(flatten)]
    data: Data,
    /// The tablet's number, like WGN-042.
    #[arg(long, value_name = "NUMBER")]
    tablet: TabletNumber,
    /// An earlier one, by the digest of its receipt.
    #[arg(long, value_name = "DIGEST")]
    receipt: Option<Digest>,
    /// Write it to this file: the signed document, byte for byte, where its name ends
    /// in .json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl DrawCertificate {
    pub(super) fn run(self) -> Result<()> {
        let house = house::open(self.data.existing()?)?;
        let stored = self.stored(house.store.read())?;
        let document = stored.receipt.clone();
        let certificate = Certificate::of(stored, &house.keys.ever());
        let words = Words::of(&Catalogue::english(), &certificate, clock::now());
        let text = told(&words);
        match &self.out {
            None => print!("{text}"),
            Some(out) if out.extension().is_some_and(|it| it == "json") => {
                let document = document.context("The receipt is not stored any more")?;
                house::write_whole(out, &document)?;
            }
            Some(out) => house::write_whole(out, text.as_bytes())?,
        }
        if words.holds {
            return Ok(());
        }
        Err(anyhow!("{} {}", words.claim, words.statements.join(" ")))
    }

    fn stored(&self, read: &Reader) -> Result<StoredProof> {
        let number = self.tablet;
        let tablet = read.tablet_by_number(number)?;
        let tablet = tablet.ok_or_else(|| no(format!("There is no tablet {number}.")))?;
        let mut proofs = read.proofs_of(tablet.id)?.into_iter();
        let wanted = |receipt: &Digest| self.receipt.is_none_or(|it| it == *receipt);
        let row = proofs.find(|row| wanted(&row.receipt));
        let stored = row.map(|row| read.proof(row.receipt)).transpose()?;
        stored
            .flatten()
            .ok_or_else(|| no(format!("No such reset of {number} was taken as done.")))
    }
}

/// A line each.
fn told(words: &Words) -> String {
    let mut text = format!("{}\n{}\n\n", words.headline, words.claim);
    let widest = words.lines.iter().map(|it| it.name.chars().count()).max();
    let width = widest.unwrap_or_default();
    for line in &words.lines {
        writeln!(text, "{:width$}  {}", line.name, line.value).expect("text grows");
    }
    text.push('\n');
    for line in &words.policy {
        writeln!(text, "{}: {}", line.item, line.counts).expect("text grows");
    }
    if !words.policy.is_empty() {
        text.push('\n');
    }
    for said in &words.statements {
        writeln!(text, "{said}").expect("text grows");
    }
    text
}
