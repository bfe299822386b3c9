//! This tablet's own keys, each in the folder of the role that alone can read it: the one
//! by which the server knows it, and the one that is to follow. The server decides when:
//! it names the proof key in each order, and takes calls by the link key that it knows.
//! Until then both are kept, so that no power cut leaves a tablet that nobody knows.

use anyhow::{Context, Result, bail};
use data_encoding::BASE64;
use shared::keys::{PublicKey, SecretKey};

use crate::{
    chance,
    disk::{Disk, replace},
};

/// The secret key with which `run` signs requests.
pub const LINK_KEY: &str = "link.key";
/// The secret key with which `reset` signs receipts.
pub const PROOF_KEY: &str = "proof.key";

/// A role's key, and the one that is to follow.
#[derive(Debug)]
pub struct OwnKeys<D> {
    disk: D,
    name: &'static str,
    next: String,
}

impl<D: Disk> OwnKeys<D> {
    /// The key of this name in a role's folder.
    pub fn new(disk: D, name: &'static str) -> Self {
        let next = format!("{name}.next");
        Self { disk, name, next }
    }

    /// The key by which the server knew this tablet last.
    pub fn current(&self) -> Result<SecretKey> {
        let name = self.name;
        let Some(text) = self.read(name)? else {
            bail!("{name} is not there. Enrol this tablet: `tablet-agent enrol --help`");
        };
        parsed(&text).with_context(|| format!("{name} is damaged. Enrol this tablet again"))
    }

    /// The same, made and stored where there is none yet.
    pub fn current_or_new(&mut self) -> Result<SecretKey> {
        if self.read(self.name)?.is_some() {
            return self.current();
        }
        let name = self.name;
        make(&mut self.disk, name)
    }

    /// The key that is to follow, if there is one. One that is damaged signs nothing, and
    /// is none.
    pub fn next(&self) -> Result<Option<SecretKey>> {
        Ok(self.read(&self.next)?.and_then(|text| parsed(&text)))
    }

    /// The same, made and stored where there is none yet.
    pub fn next_or_new(&mut self) -> Result<SecretKey> {
        if let Some(key) = self.next()? {
            return Ok(key);
        }
        let key = make(&mut self.disk, &self.next)?;
        kill_point::reached("agent:next-key-made");
        Ok(key)
    }

    /// The server knows this tablet by the key that was to follow: it takes the place of
    /// the one before, which is gone.
    pub fn go_on(&mut self) -> Result<()> {
        let renamed = self.disk.rename(&self.next, self.name);
        let renamed = renamed.and_then(|()| self.disk.sync_names());
        renamed.with_context(|| format!("putting the next key in the place of {}", self.name))?;
        kill_point::reached("agent:key-renewed");
        Ok(())
    }

    /// The key that the server calls this tablet's; none where this tablet has it not.
    pub fn of(&mut self, known: &PublicKey) -> Result<Option<SecretKey>> {
        let current = self.current()?;
        if current.public() == *known {
            return Ok(Some(current));
        }
        let next = self.next()?.filter(|next| next.public() == *known);
        if next.is_some() {
            self.go_on()?;
        }
        Ok(next)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let read = self.disk.read(name);
        read.with_context(|| format!("reading {name}"))
    }
}

fn make(disk: &mut impl Disk, name: &str) -> Result<SecretKey> {
    let seed = chance::bytes::<32>()?;
    let text = BASE64.encode(&seed);
    replace(disk, name, text.as_bytes()).with_context(|| format!("writing {name}"))?;
    Ok(SecretKey::from_seed(&seed))
}

fn parsed(text: &[u8]) -> Option<SecretKey> {
    let seed = BASE64.decode(text.trim_ascii()).ok()?;
    let seed: [u8; 32] = seed.try_into().ok()?;
    Some(SecretKey::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;
    use crate::disk::torn::Torn;

    fn keys(disk: &Torn) -> OwnKeys<Torn> {
        OwnKeys::new(disk.clone(), PROOF_KEY)
    }

    #[test]
    fn the_key_that_the_server_names_is_the_one_from_then_on_and_the_other_is_gone() {
        let disk = Torn::default();
        let first = keys(&disk).current_or_new().unwrap().public();
        let second = keys(&disk).next_or_new().unwrap().public();
        assert_ne!(first, second);
        assert_eq!(keys(&disk).next_or_new().unwrap().public(), second);
        assert_eq!(keys(&disk).of(&first).unwrap().unwrap().public(), first);
        assert!(keys(&disk).next().unwrap().is_some(), "it may follow yet");
        assert_eq!(keys(&disk).of(&second).unwrap().unwrap().public(), second);
        assert!(keys(&disk).next().unwrap().is_none());
        assert!(keys(&disk).of(&first).unwrap().is_none(), "it is gone");
        assert_eq!(keys(&disk).current().unwrap().public(), second);
    }

    #[test]
    fn after_a_power_cut_at_any_moment_the_tablet_has_the_key_that_the_server_knows() {
        let disk = Torn::default();
        let first = keys(&disk).current_or_new().unwrap().public();
        disk.settle();
        let second = keys(&disk).next_or_new().unwrap().public();
        // Until its receipt is on the disk, nobody was told of it.
        let named = disk.ops();
        let told = keys(&disk).of(&second).unwrap();
        assert!(told.is_some());
        for at in 0..=disk.ops() {
            for image in disk.images_at(at) {
                let known = if at < named { first } else { second };
                let found = keys(&image).of(&known).unwrap();
                assert_eq!(found.unwrap().public(), known, "{at}");
            }
        }
    }

    #[test]
    fn a_key_that_is_damaged_is_never_made_anew_and_one_that_is_to_follow_is() {
        let mut disk = Torn::default();
        let found = keys(&disk).current().unwrap_err().to_string();
        assert!(found.contains("not there"), "{found}");
        replace(&mut disk, PROOF_KEY, b"not a key").unwrap();
        let found = keys(&disk).current_or_new().unwrap_err().to_string();
        assert!(found.contains("damaged"), "{found}");
        replace(&mut disk, "proof.key.next", b"not a key").unwrap();
        assert!(keys(&disk).next().unwrap().is_none());
        let made = keys(&disk).next_or_new().unwrap().public();
        assert_eq!(keys(&disk).next().unwrap().unwrap().public(), made);
    }
}
