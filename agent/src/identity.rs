//! Who this tablet is, and whom it believed first: its ids, its two keys, and the keys of
//! the server that it pinned when it was enrolled.

use anyhow::{Context, Result, bail};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use shared::{
    ids::TabletId,
    keys::{PublicKey, SecretKey},
    signed::keyring::Keyring,
    tag::TabletNumber,
};

use crate::{
    chance,
    disk::{Disk, replace},
};

/// The file in which a role keeps who the tablet is.
pub const FILE: &str = "agent.json";
/// The secret key with which `run` signs requests.
pub const LINK_KEY: &str = "link.key";
/// The secret key with which `reset` signs receipts.
pub const PROOF_KEY: &str = "proof.key";

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
    /// The public half of `proof.key`.
    pub proof_key: PublicKey,
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

/// Reads a secret key.
pub fn key(disk: &impl Disk, name: &'static str) -> Result<SecretKey> {
    let Some(text) = disk.read(name).with_context(|| format!("reading {name}"))? else {
        bail!("{name} is not there. Enrol this tablet: `tablet-agent enrol --help`");
    };
    let seed = BASE64.decode(text.trim_ascii()).ok();
    let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
    let seed = seed.with_context(|| format!("{name} is damaged. Enrol this tablet again"))?;
    Ok(SecretKey::from_seed(&seed))
}

/// Reads a secret key, or makes and stores it.
pub fn key_or_new(disk: &mut impl Disk, name: &'static str) -> Result<SecretKey> {
    if disk.read(name)?.is_none() {
        let text = BASE64.encode(&chance::bytes::<32>()?);
        replace(disk, name, text.as_bytes()).with_context(|| format!("writing {name}"))?;
    }
    key(disk, name)
}
