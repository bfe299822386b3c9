//! Who this tablet is, and whom it believed first: its ids, and the keys of the server
//! that it pinned when it was enrolled.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use shared::{ids::TabletId, signed::keyring::Keyring, tag::TabletNumber};

use crate::disk::{Disk, replace};

/// The file in which a role keeps who the tablet is.
pub const FILE: &str = "agent.json";

/// Who this tablet is. Each role keeps its own copy, so that `reset` believes
/// nothing that `run` could have written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The tablet's id.
    pub tablet: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// Where the server is.
    pub server: String,
    /// The keys of the server that were pinned when it was enrolled; `trust` knows which
    /// followed.
    pub keyring: Keyring,
}

/// Reads who this tablet is; `None` before it is enrolled.
pub fn load(disk: &impl Disk) -> Result<Option<Identity>> {
    let Some(bytes) = disk.read(FILE).context("reading agent.json")? else {
        return Ok(None);
    };
    let identity = serde_json::from_slice(&bytes).context("agent.json is damaged")?;
    Ok(Some(identity))
}

/// Keeps who this tablet is.
pub fn save(disk: &mut impl Disk, identity: &Identity) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(identity)?;
    replace(disk, FILE, &bytes).context("writing agent.json")
}
