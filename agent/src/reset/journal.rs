//! What a reset remembers across power cuts: the order at work, the last step
//! that was done, the chain of its receipts, and when a home was last proven.

use serde::{Deserialize, Serialize};
use shared::{
    digest::Digest,
    image::ImageId,
    signed::{
        order::Task,
        receipt::{FailedStep, PolicyLine},
    },
    time::Moment,
};

use super::{Ended, backend::Kind, verify::Read};
use crate::{
    disk::{
        Disk,
        slots::{Slots, SlotsError},
    },
    orders::Begun,
};

/// The name of its two slots.
pub const NAME: &str = "journal";

/// The journal.
#[derive(Debug)]
pub struct Journal<D> {
    slots: Slots<D>,
    record: Record,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// Receipts signed so far.
    receipts: u64,
    /// The digest of the last one.
    previous: Option<Digest>,
    work: Option<Work>,
    /// Of the home that the last receipt is about, if it was walked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proven: Option<Proven>,
}

/// A home that was read whole and was its image. It proves nothing later on: it says only
/// which files are likely to be the image's still, so that the others are read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    /// Its image.
    pub image: ImageId,
    /// When the reading began, by the clock of the file system.
    pub from: Moment,
}

impl Proven {
    /// From when on changes count, if this tells anything of a home that is to become
    /// this image. Where the clock was set back since, it does not.
    pub fn of(self, image: ImageId, now: Moment) -> Option<Moment> {
        (self.image == image && self.from <= now).then_some(self.from)
    }
}

/// A reset that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Its order.
    pub begun: Begun,
    /// The last step that was done.
    pub done: Step,
    /// The way it goes, chosen when it is sealed.
    #[serde(default)]
    pub kind: Kind,
    /// When it began, by the wall clock.
    pub started_at: Moment,
    /// What was counted so far.
    pub tally: Tally,
    /// The step that failed, if one did.
    pub failed: Option<FailedStep>,
    /// How it ended, once its receipt is signed and kept.
    pub reported: Option<Reported>,
    /// What its verification found, of which nothing is remembered without its receipt.
    #[serde(skip)]
    pub proven: Option<Proven>,
}

/// The steps of a reset, each named after what is done when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The order was begun.
    Dirty,
    /// Nobody holds the home, and the image is here.
    Sealed,
    /// The key of the loan's layer is erased.
    KeyErased,
    /// The home shows the image and an empty layer.
    Swapped,
    /// Whatever is not of the image is gone from the home.
    Wiped,
    /// The home is written as the image says.
    Restored,
    /// What a loan leaves outside the home is gone.
    Swept,
    /// Everything was read again and is the image.
    Verified,
}

/// How a reset ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reported {
    /// Its receipt says verified.
    Verified,
    /// Its receipt says failed.
    Failed(FailedStep),
}

impl Reported {
    /// The same, as callers know it.
    pub const fn ended(self) -> Ended {
        match self {
            Self::Verified => Ended::Verified,
            Self::Failed(step) => Ended::Failed(step),
        }
    }
}

/// What a reset counts. An interrupted step counts again only what it still
/// finds, so deletions and restorations are counted at least.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Paths deleted.
    pub deleted: u64,
    /// Paths restored.
    pub restored: u64,
    /// Files read again.
    pub files: u64,
    /// Bytes read again.
    pub bytes: u64,
    /// Outside the home.
    pub policy: Vec<PolicyLine>,
    /// Whether the key of the loan's layer was erased, and looked for in vain.
    #[serde(default)]
    pub key_erased: bool,
}

impl Tally {
    /// Notes what a sweep found; a second sweep adds to the first.
    pub fn found(&mut self, lines: &[PolicyLine]) {
        for line in lines {
            match self.line(&line.item) {
                Some(known) => known.found += line.found,
                None => self.policy.push(line.clone()),
            }
        }
    }

    /// Notes what is left after the sweep.
    pub fn left(&mut self, lines: &[PolicyLine]) {
        for line in lines {
            match self.line(&line.item) {
                Some(known) => known.left = line.left,
                None => self.policy.push(line.clone()),
            }
        }
    }

    /// Notes what was read again.
    pub const fn read(&mut self, read: Read) {
        self.files = read.files;
        self.bytes = read.bytes;
    }

    fn line(&mut self, item: &str) -> Option<&mut PolicyLine> {
        self.policy.iter_mut().find(|line| line.item == item)
    }
}

impl Work {
    /// The image that the order names.
    pub const fn image(&self) -> Option<ImageId> {
        match self.begun.task {
            Task::Reset { image, .. } => Some(image),
            Task::BeginLoan { .. } | Task::Lock { .. } | Task::Unlock => None,
        }
    }
}

impl<D: Disk> Journal<D> {
    /// Reads the journal, or starts the first one of a tablet just enrolled.
    pub fn open(disk: D) -> Result<Self, SlotsError> {
        let (slots, loaded) = Slots::open(disk, NAME)?;
        let record = match loaded {
            None => Record::default(),
            Some(loaded) => {
                serde_json::from_slice(&loaded.body).map_err(|_| SlotsError::Damaged(NAME))?
            }
        };
        Ok(Self { slots, record })
    }

    /// The last order begun.
    pub fn last(&self) -> Option<&Begun> {
        self.record.work.as_ref().map(|work| &work.begun)
    }

    /// The reset at work, or the last one.
    pub const fn work(&self) -> Option<&Work> {
        self.record.work.as_ref()
    }

    /// How many receipts were signed.
    pub const fn receipts(&self) -> u64 {
        self.record.receipts
    }

    /// The number of the next receipt.
    pub const fn next_receipt(&self) -> u64 {
        self.record.receipts + 1
    }

    /// The home as it was proven last.
    pub const fn proven(&self) -> Option<Proven> {
        self.record.proven
    }

    /// The digest of the last receipt.
    pub const fn previous(&self) -> Option<Digest> {
        self.record.previous
    }

    /// Begins an order.
    pub fn begin(&mut self, begun: Begun, started_at: Moment) -> Result<(), SlotsError> {
        self.save_work(Work {
            begun,
            done: Step::Dirty,
            kind: Kind::default(),
            started_at,
            tally: Tally::default(),
            failed: None,
            reported: None,
            proven: None,
        })
    }

    /// Notes how far the work is.
    pub fn save_work(&mut self, work: Work) -> Result<(), SlotsError> {
        let work = Some(work);
        self.save(Record {
            work,
            ..self.record.clone()
        })
    }

    /// Notes that a receipt is signed and kept.
    pub fn reported(&mut self, work: Work, receipt: Digest) -> Result<(), SlotsError> {
        self.save(Record {
            receipts: self.record.receipts + 1,
            previous: Some(receipt),
            proven: work.proven,
            work: Some(work),
        })
    }

    fn save(&mut self, record: Record) -> Result<(), SlotsError> {
        let body = serde_json::to_vec(&record).map_err(|_| SlotsError::Damaged(NAME))?;
        self.slots.save(&body)?;
        self.record = record;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use serde_json::Value;
    use shared::{
        digest::Digest,
        ids::{Nonce, OrderId},
        keys::SecretKey,
    };

    use super::*;
    use crate::disk::torn::Torn;

    #[test]
    fn a_journal_of_before_there_were_layers_is_read_and_goes_on_as_it_began() {
        let disk = Torn::default();
        let mut journal = Journal::open(disk.clone()).unwrap();
        let task = Task::Reset {
            image: ImageId(Digest::of(b"image")),
            nonce: Nonce::from_bytes([1; 16]),
            proof_key: SecretKey::from_seed(&[3; 32]).public(),
            new_keys: false,
        };
        let begun = Begun {
            order: OrderId::from_bytes([2; 16]),
            counter: 7,
            epoch: 2,
            task,
        };
        journal.begin(begun, Moment::from_ms(0)).unwrap();
        let mut old: Value = serde_json::to_value(&journal.record).unwrap();
        let work = old["work"].as_object_mut().unwrap();
        work.remove("kind").unwrap();
        work["done"] = "wiped".into();
        let tally = work["tally"].as_object_mut().unwrap();
        tally.remove("key_erased").unwrap();
        let (mut slots, _) = Slots::open(disk.clone(), NAME).unwrap();
        slots.save(old.to_string().as_bytes()).unwrap();
        let journal = Journal::open(disk).unwrap();
        let work = journal.work().unwrap();
        assert_eq!((work.done, work.kind), (Step::Wiped, Kind::Manifest));
        assert!(!work.tally.key_erased);
    }
}
