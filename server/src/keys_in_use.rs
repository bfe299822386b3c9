//! The keys that a server signs with while it runs. `keys rotate` and `keys recover` change
//! their file: it is looked at before anything is answered, and what is whole there and
//! follows on from the keys that tablets know is taken up at once, all of it or nothing.
//! Anything else changes nothing, and is said once.

use std::{
    fmt, fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use crate::server_keys::{NotServerKeys, ServerKeys};

/// The keys of a server that runs; cheap to clone.
#[derive(Clone)]
pub struct KeysInUse(Arc<Inner>);

struct Inner {
    path: PathBuf,
    held: RwLock<Held>,
}

struct Held {
    keys: Arc<ServerKeys>,
    /// The file that was looked at last, where it was.
    looked_at: Option<Looked>,
}

/// Keys that were found in the file and are not in use yet.
#[derive(Debug)]
pub struct Changed {
    /// The keys.
    pub keys: ServerKeys,
    file: Looked,
}

/// A file as it stood; none where there was none.
type Looked = Option<Stamp>;

/// Other bytes in the file, or another file in its place, are another stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    changed_at: (i64, i64),
}

/// Why what is in the file is not taken up.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error(transparent)]
    NotKeys(#[from] NotServerKeys),
    #[error("they do not follow on from the keys that tablets know")]
    OtherKeys,
}

impl KeysInUse {
    /// These keys, which were read from the file at `path`.
    pub fn new(path: PathBuf, keys: ServerKeys) -> Self {
        let (keys, looked_at) = (Arc::new(keys), None);
        let held = RwLock::new(Held { keys, looked_at });
        Self(Arc::new(Inner { path, held }))
    }

    /// The keys, all of one moment.
    pub fn get(&self) -> Arc<ServerKeys> {
        Arc::clone(&self.held().keys)
    }

    /// The keys that the file holds, where it was changed. As long as it was not, this
    /// costs one question to the kernel.
    pub fn changed(&self) -> Option<Changed> {
        let path = &self.0.path;
        // Before it is read: what changes meanwhile is another stamp the next time.
        let file = Stamp::of(path);
        if self.held().looked_at == Some(file) {
            return None;
        }
        let before = self.get();
        match read(path, &before) {
            Ok(keys) if keys.to_bytes() != before.to_bytes() => Some(Changed { keys, file }),
            Ok(_same) => {
                self.held_mut().looked_at = Some(file);
                None
            }
            Err(why) => {
                self.held_mut().looked_at = Some(file);
                let path = path.display();
                tracing::warn!("{path} is not taken up, and the keys in use stay: {why}");
                None
            }
        }
    }

    /// Uses these keys from now on.
    pub fn take_up(&self, changed: Changed) {
        *self.held_mut() = Held {
            keys: Arc::new(changed.keys),
            looked_at: Some(changed.file),
        };
    }

    /// Whoever held the lock set one field whole.
    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.0.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_mut(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KeysInUse {
    // No secret reaches a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeysInUse({})", self.0.path.display())
    }
}

impl Stamp {
    fn of(path: &Path) -> Looked {
        let file = fs::metadata(path).ok()?;
        Some(Self {
            inode: file.ino(),
            bytes: file.len(),
            changed_at: (file.ctime(), file.ctime_nsec()),
        })
    }
}

/// The keys in the file, where tablets that know the ones of before go on to them.
fn read(path: &Path, before: &ServerKeys) -> Result<ServerKeys, NotTaken> {
    let keys = ServerKeys::from_bytes(&fs::read(path)?)?;
    let follows = keys.keyrings().starts_with(before.keyrings());
    follows.then_some(keys).ok_or(NotTaken::OtherKeys)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use tempfile::TempDir;

    use super::*;

    fn begun(first: u8) -> ServerKeys {
        let mut seeds = first..;
        ServerKeys::begin(|| [seeds.next().unwrap(); 32])
    }

    /// Keys in use, and their file.
    fn running(keys: &ServerKeys) -> (TempDir, KeysInUse, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.key");
        fs::write(&path, keys.to_bytes()).unwrap();
        (folder, KeysInUse::new(path.clone(), keys.clone()), path)
    }

    fn looks(in_use: &KeysInUse) -> bool {
        let changed = in_use.changed();
        let is_new = changed.is_some();
        if let Some(changed) = changed {
            in_use.take_up(changed);
        }
        is_new
    }

    #[test]
    fn what_a_command_put_into_the_file_is_taken_up_once() {
        let first = begun(1);
        let (_folder, in_use, path) = running(&first);
        assert!(!looks(&in_use), "these are in use");
        let second = first.clone().rotate([50; 32]);
        let beside = path.with_extension("part");
        fs::write(&beside, second.to_bytes()).unwrap();
        fs::rename(&beside, &path).unwrap();
        assert!(looks(&in_use) && !looks(&in_use));
        assert_eq!(in_use.get().public(), second.public());
        let recovery = first.recovery().unwrap();
        let drawn = || [60; 32];
        let recovered = ServerKeys::recover(second.keyrings().to_vec(), recovery, drawn).unwrap();
        fs::write(&path, recovered.to_bytes()).unwrap();
        assert!(looks(&in_use) && !looks(&in_use));
        assert_eq!(in_use.get().public(), recovered.public());
        fs::write(&path, recovered.written_down().to_bytes()).unwrap();
        assert!(looks(&in_use));
        assert!(
            in_use.get().recovery().is_none(),
            "it is gone from here, too"
        );
    }

    #[test]
    fn what_is_not_whole_or_another_librarys_changes_nothing_until_it_is_put_right() {
        let first = begun(1);
        let (_folder, in_use, path) = running(&first);
        let second = first.clone().rotate([50; 32]).to_bytes();
        let half = &second[..second.len() / 2];
        let others = begun(100).to_bytes();
        for bad in [half, b"", &[7; 32], &others] {
            fs::write(&path, bad).unwrap();
            assert!(!looks(&in_use));
            assert_eq!(in_use.get().to_bytes(), first.to_bytes());
        }
        fs::remove_file(&path).unwrap();
        assert!(!looks(&in_use));
        assert_eq!(in_use.get().to_bytes(), first.to_bytes());
        fs::write(&path, &second).unwrap();
        assert!(looks(&in_use));
        assert_eq!(in_use.get().to_bytes(), second);
    }

    #[test]
    fn what_was_found_and_not_taken_up_is_found_again() {
        let first = begun(1);
        let (_folder, in_use, path) = running(&first);
        fs::write(&path, first.rotate([50; 32]).to_bytes()).unwrap();
        assert!(in_use.changed().is_some());
        assert!(looks(&in_use));
    }
}
