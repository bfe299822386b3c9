//! Signs the account of a reset and keeps it. Receipts are a chain: each names
//! the digest of the one before.

use std::io;

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
use crate::disk::{Disk, folder::Folder, replace};

/// In the words of NIST SP 800-88. Never Purge: what was erased is what the file system
/// can reach.
const TECHNIQUE: &str = "Clear (logical), verified";
const WITH_KEY: &str = "Clear (logical), cryptographic erase of the loan layer, verified";

/// The name under which a receipt is kept.
pub fn file_name(seq: u64) -> String {
    format!("{seq:06}.json")
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
        let Task::Reset { nonce, image } = work.begun.task else {
            return Err(ResetError::NotAReset);
        };
        let outcome = match work.failed {
            None => Outcome::Verified,
            Some(why) => Outcome::Failed { why },
        };
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
            previous: self.journal.previous(),
            voucher: None,
        };
        self.keep(work.clone(), &receipt)
    }

    fn keep(&mut self, work: Work, receipt: &Receipt) -> Result<Ended, ResetError> {
        let bytes = Envelope::sign(receipt, &self.key).to_json();
        replace(&mut self.receipts, &file_name(receipt.seq), &bytes)
            .map_err(ResetError::Receipts)?;
        kill_point::reached("agent:reset-receipt-kept");
        self.note(work, receipt, &bytes)
    }

    /// A receipt that was kept just before the power went is the one: somebody may
    /// have read it already.
    pub(super) fn adopt_receipt(&mut self) -> Result<(), ResetError> {
        let Some(work) = self.journal.work().filter(|work| work.reported.is_none()) else {
            return Ok(());
        };
        let work = work.clone();
        let name = file_name(self.journal.next_receipt());
        let kept = self.receipts.read(&name).map_err(ResetError::Receipts)?;
        let read = kept.and_then(|bytes| Some((self.open_own(&bytes)?, bytes)));
        match read {
            Some((receipt, bytes)) if receipt.order == work.begun.order => {
                self.note(work, &receipt, &bytes).map(|_ended| ())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn open_own(&self, bytes: &[u8]) -> Option<Receipt> {
        let envelope = Envelope::from_json(bytes).ok()?;
        envelope.open(&self.key.public()).ok()
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
