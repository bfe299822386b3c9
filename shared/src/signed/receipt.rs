//! A receipt: a tablet's own proof that it was reset (R2), signed with its proof
//! key after its disk was read again. The certificate is drawn from it.

use serde::{Deserialize, Serialize};

use super::{Document, new_keys::NewKeys};
use crate::{
    digest::Digest,
    ids::{Nonce, OperatorId, OrderId, TabletId},
    image::ImageId,
    tablet::ProofKind,
    time::Moment,
};

/// A tablet's account of one reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The order that it answers.
    pub order: OrderId,
    /// The order's nonce.
    pub nonce: Nonce,
    /// The order's epoch.
    pub epoch: u32,
    /// The tablet.
    pub tablet: TabletId,
    /// The maker's serial number, as the tablet reads it.
    pub serial: String,
    /// The maker's model, as the tablet reads it.
    pub model: String,
    /// Who vouches.
    #[serde(with = "ProofKindText")]
    pub kind: ProofKind,
    /// What the proof covers.
    pub scope: Scope,
    /// Whether owners of files were restored or only mapped.
    pub owners: Owners,
    /// The technique's name, in the words of NIST SP 800-88.
    pub technique: String,
    /// How the agent reset the tablet.
    pub backend: String,
    /// The agent's version.
    pub agent_version: String,
    /// The image that the disk was compared with.
    pub image: ImageId,
    /// How it ended.
    pub outcome: Outcome,
    /// Regular files whose bytes were read again.
    pub files_verified: u64,
    /// Bytes read again.
    pub bytes_verified: u64,
    /// Paths deleted because the image does not have them.
    pub deleted: u64,
    /// Paths restored because they differed.
    pub restored: u64,
    /// What the policy list found outside the home, and what is left of it.
    pub policy: Vec<PolicyLine>,
    /// Whether a loan's encryption key was destroyed.
    pub key_erased: bool,
    /// Start, by the tablet's wall clock (advisory).
    pub started_at: Moment,
    /// End, by the tablet's wall clock (advisory).
    pub finished_at: Moment,
    /// Duration by the tablet's monotonic clock.
    pub monotonic_ms: u64,
    /// Counts this tablet's receipts.
    pub seq: u64,
    /// The digest of the receipt before this one.
    pub previous: Option<Digest>,
    /// Whose word it is, where it is not the tablet's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<Voucher>,
    /// The keys with which the tablet goes on once the server has taken this, where its
    /// order asked for new ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_keys: Option<NewKeys>,
}

impl Document for Receipt {
    const TYPE: &'static str = "application/vnd.tablet-library.receipt.v1+json";
}

/// Whose word a receipt is that the server signed, because no agent of the tablet
/// could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Voucher {
    /// What a device manager reported of one command of ours.
    Manager {
        /// The manager's name.
        manager: String,
        /// The name under which it knows the tablet.
        managed: String,
        /// The name of the command that it reported done.
        command: String,
    },
    /// A member of staff who went through the checklist, known by id alone (R13).
    Person {
        /// Who.
        operator: OperatorId,
    },
}

/// What a proof covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// A whole tablet.
    Tablet,
    /// A directory that plays a tablet: taken by a demo's server alone.
    Directory,
}

/// What became of the owners of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owners {
    /// Set to what the image says, and checked.
    Restored,
    /// Left as the program's own user, because the program is not root.
    Mapped,
}

/// How a reset ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// The disk was read again and is the image, path by path.
    Verified,
    /// It is not.
    Failed {
        /// The step that failed.
        why: FailedStep,
    },
}

/// The step of a reset that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailedStep {
    /// The image was not on the tablet whole.
    Image,
    /// Something could not be deleted.
    Wipe,
    /// Something could not be written.
    Restore,
    /// Reading again found a difference.
    Verify,
    /// Something of the policy list is left.
    Policy,
    /// Its own settings are not right: nobody knows how it is to be reset.
    Settings,
    /// The server did not take what it proved. No receipt says so, the log alone does.
    Proof,
}

/// One item of the policy list, as the reset found and left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyLine {
    /// The item's name.
    pub item: String,
    /// Traces found.
    pub found: u64,
    /// Traces left.
    pub left: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ProofKind", rename_all = "kebab-case")]
enum ProofKindText {
    TabletProven,
    ManagerReported,
    PersonConfirmed,
}
