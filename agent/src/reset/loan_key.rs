//! The key of a loan's layer. It must outlive a restart of the tablet, so it is made
//! from random bytes in a file that only root reads; they are written over and read
//! again when it is erased. Every one of those bytes counts for the key, and they are
//! many, so a disk that kept a part of them elsewhere kept nothing. A disk that kept
//! them all would have kept the key: the claim is Clear and never Purge.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
};

use planted::planted;
use rustix::fs::{Advice, fadvise};
use sha2::{Digest as _, Sha512};

use crate::{chance, ioctl::KEY_BYTES};

/// As many bytes as no inode and no record of a file system's journal holds.
const MATERIAL: usize = 64 * 1024;

/// Where the bytes are.
#[derive(Clone, Debug)]
pub struct LoanKey {
    folder: PathBuf,
}

impl LoanKey {
    /// The key of the layers in this folder.
    pub const fn below(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("key")
    }

    /// Makes a new key: on the disk when this returns.
    ///
    /// # Errors
    /// There is one: it is erased first.
    pub fn make(&self) -> io::Result<[u8; KEY_BYTES]> {
        let material: [u8; MATERIAL] = chance::bytes()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(self.path())?;
        file.write_all(&material)?;
        file.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        Ok(from(&material))
    }

    /// The key; `None` where there is none.
    pub fn read(&self) -> io::Result<Option<[u8; KEY_BYTES]>> {
        match fs::read(self.path()) {
            Ok(material) if material.len() == MATERIAL => Ok(Some(from(&material))),
            // Cut off while it was made, so nothing was ever written with it.
            Ok(_) => Ok(None),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Writes over the bytes, reads from the disk that they are gone, and removes the
    /// file. Where there is none, there is none.
    pub fn erase(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = match options.read(true).write(true).open(self.path()) {
            Ok(file) => file,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
            Err(why) => return Err(why),
        };
        if planted!(KeyLeft) {
            return fs::remove_file(self.path());
        }
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
        let mut found = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut found)?;
        if found.len() != length || found.iter().any(|byte| *byte != 0) {
            return Err(io::Error::other("the key could not be written over"));
        }
        fs::remove_file(self.path())?;
        File::open(&self.folder)?.sync_all()
    }
}

fn from(material: &[u8]) -> [u8; KEY_BYTES] {
    let mut hash = Sha512::new();
    hash.update(b"tablet library: key of a loan\n");
    hash.update(material);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn a_key_is_kept_until_it_is_erased_and_every_byte_counts_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let key = LoanKey::below(folder.path().to_owned());
        assert_eq!(key.read().unwrap(), None);
        let made = key.make().unwrap();
        assert_eq!(key.read().unwrap(), Some(made));
        assert_eq!(fs::metadata(key.path()).unwrap().mode() & 0o777, 0o600);
        assert!(key.make().is_err(), "a key that is in use was replaced");
        let mut material = fs::read(key.path()).unwrap();
        material[MATERIAL - 1] ^= 1;
        fs::write(key.path(), &material).unwrap();
        assert_ne!(key.read().unwrap(), Some(made));
        let kept = folder.path().join("second-name");
        fs::hard_link(key.path(), &kept).unwrap();
        key.erase().unwrap();
        assert_eq!(key.read().unwrap(), None);
        assert_eq!(fs::read(kept).unwrap(), vec![0; MATERIAL]);
        key.erase().unwrap();
    }

    #[test]
    fn a_key_that_was_cut_off_while_it_was_made_is_none_and_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        let key = LoanKey::below(folder.path().to_owned());
        fs::write(key.path(), "half").unwrap();
        assert_eq!(key.read().unwrap(), None);
        key.erase().unwrap();
        key.make().unwrap();
    }
}
