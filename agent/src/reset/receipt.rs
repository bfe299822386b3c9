//! Signs the account of a reset and keeps it. Receipts are a chain: each names
//! the digest of the one before.

use std::io;

use planted::planted;
use shared::{
    digest::Digest,
    keys::PublicKey,
    signed::{
        Envelope,
        order::Task,
        receipt::{Outcome, Receipt},
    },
    tablet::ProofKind,
};

use super::{
    Ended, Reset, ResetError,
    journal::{Reported, Work},
};
use crate::disk::{Disk, folder::Folder};

/// In the words of NIST SP 800-88. Never Purge: what was erased is what the file system
/// can reach.
const TECHNIQUE: &str = "Clear (logical), verified";
const WITH_KEY: &str = "Clear (logical), cryptographic erase of the loan layer, verified";

/// The name under which a receipt is kept.
pub fn file_name(seq: u64) -> String {
    format!("{seq:06}.json")
}

/// The name under which a receipt is kept until the journal knows it.
fn hidden(name: &str) -> String {
    format!("{name}.new")
}

/// Whether a receipt is kept under this name.
pub fn is_file_name(name: &str) -> bool {
    let number = name.strip_suffix(".json");
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The newest receipt that is kept, byte for byte and as it reads, if it is signed with
/// this key.
pub fn newest(kept: &Folder, key: &PublicKey) -> io::Result<Option<(Vec<u8>, Receipt)>> {
    let names = kept.names()?.into_iter();
    let Some(newest) = names.filter(|name| is_file_name(name)).max() else {
        return Ok(None);
    };
    let Some(bytes) = kept.read(&newest)? else {
        return Ok(None);
    };
    let read = Envelope::from_json(&bytes).and_then(|it| it.open(key));
    Ok(read.ok().map(|read| (bytes, read)))
}

/// The key of a layer that was written before it was encrypted erases nothing.
const fn technique(work: &Work) -> &'static str {
    if work.tally.key_erased {
        WITH_KEY
    } else {
        TECHNIQUE
    }
}

impl<J: Disk, R: Disk> Reset<J, R> {
    /// Signs what the work came to, keeps it, and only then calls the work done.
    pub(super) fn report(&mut self, work: &Work, spent_ms: u64) -> Result<Ended, ResetError> {
        let Task::Reset { nonce, image, .. } = work.begun.task else {
            return Err(ResetError::NotAReset);
        };
        let signer = self.signer(&work.begun)?;
        let next = self.next_keys(work);
        let outcome = match work.failed {
            None => Outcome::Verified,
            Some(why) => Outcome::Failed { why },
        };
        let previous = self.journal.previous();
        let receipt = Receipt {
            order: work.begun.order,
            nonce,
            epoch: work.begun.epoch,
            tablet: self.identity.tablet,
            serial: self.identity.serial.clone(),
            model: self.identity.model.clone(),
            kind: ProofKind::TabletProven,
            scope: self.place.scope(),
            owners: self.owners(),
            technique: technique(work).to_owned(),
            backend: work.kind.name().to_owned(),
            agent_version: crate::VERSION.to_owned(),
            image,
            outcome,
            files_verified: work.tally.files,
            bytes_verified: work.tally.bytes,
            deleted: work.tally.deleted,
            restored: work.tally.restored,
            policy: work.tally.policy.clone(),
            key_erased: work.tally.key_erased,
            started_at: work.started_at,
            finished_at: self.clock.wall(),
            monotonic_ms: spent_ms,
            seq: self.journal.next_receipt(),
            previous: previous.filter(|_| !planted!(UnlinkedReceipt)),
            voucher: None,
            new_keys: next.as_ref().map(|next| next.named.clone()),
        };
        let mut envelope = Envelope::sign(&receipt, &signer);
        if let Some(next) = next {
            envelope = envelope.countersign(&next.proof);
        }
        self.keep(work.clone(), &receipt, &envelope.to_json())
    }

    /// A receipt is shown once the journal knows it, and not before: whoever finds one may
    /// rely on its reset being over, for the login gate and for the server alike.
    fn keep(&mut self, work: Work, receipt: &Receipt, bytes: &[u8]) -> Result<Ended, ResetError> {
        let hidden = hidden(&file_name(receipt.seq));
        let mut kept = self.receipts.write(&hidden, bytes);
        kept = kept.and_then(|()| self.receipts.sync(&hidden));
        kept = kept.and_then(|()| self.receipts.sync_names());
        kept.map_err(ResetError::Receipts)?;
        kill_point::reached("agent:reset-receipt-kept");
        let ended = self.note(work, receipt, bytes)?;
        self.show_receipt()?;
        Ok(ended)
    }

    /// The last receipt that the journal knows gets its name, if it has not yet.
    pub(super) fn show_receipt(&mut self) -> Result<(), ResetError> {
        let name = file_name(self.journal.receipts());
        let hidden = hidden(&name);
        let kept = self.receipts.read(&hidden).map_err(ResetError::Receipts)?;
        let kept = kept.map(|bytes| Digest::of(&bytes));
        // One that the journal does not know is signed anew.
        if kept.is_none() || kept != self.journal.previous() {
            return Ok(());
        }
        let shown = self.receipts.rename(&hidden, &name);
        shown
            .and_then(|()| self.receipts.sync_names())
            .map_err(ResetError::Receipts)
    }

    fn note(
        &mut self,
        mut work: Work,
        receipt: &Receipt,
        bytes: &[u8],
    ) -> Result<Ended, ResetError> {
        let reported = match receipt.outcome {
            Outcome::Verified => Reported::Verified,
            Outcome::Failed { why } => Reported::Failed(why),
        };
        work.reported = Some(reported);
        self.journal.reported(work, Digest::of(bytes))?;
        kill_point::reached("agent:reset-reported");
        Ok(reported.ended())
    }
}
