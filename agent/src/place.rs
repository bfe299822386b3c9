//! Where things lie: on a whole tablet from `/`, or below a directory that plays
//! a tablet (`--root DIR`), whose receipts say so.

use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use shared::signed::receipt::{Owners, Scope};

use crate::disk::folder::{Folder, Readers, make_all};

/// A tablet's file system, as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    root: PathBuf,
    scope: Scope,
    owners: Owners,
}

impl Place {
    /// The tablet that this program runs on.
    pub fn tablet() -> Self {
        let root = PathBuf::from("/");
        let (scope, owners) = (Scope::Tablet, Owners::Restored);
        Self {
            root,
            scope,
            owners,
        }
    }

    /// A directory that plays a tablet.
    pub fn directory(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        let (scope, owners) = (Scope::Directory, Owners::Mapped);
        Ok(Self {
            root,
            scope,
            owners,
        })
    }

    /// The same with the owners of files restored, which only root can do.
    #[must_use]
    pub fn with_owners(self) -> Self {
        let owners = Owners::Restored;
        Self { owners, ..self }
    }

    /// What becomes of the owners of files.
    pub const fn owners(&self) -> Owners {
        self.owners
    }

    /// The top of the tablet's file system.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What a proof covers here.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// The borrower's home, below the root.
    pub const fn home(&self) -> &'static str {
        match self.scope {
            Scope::Tablet => "home/borrower",
            Scope::Directory => "home",
        }
    }

    /// Where the borrower's home is.
    pub fn home_path(&self) -> PathBuf {
        self.root.join(self.home())
    }

    /// What `run` keeps: `link.key`, the state, the order for the reset.
    pub fn link_dir(&self) -> PathBuf {
        self.root.join("var/lib/tablet-agent")
    }

    /// What `reset` alone keeps: `proof.key`, the journal, the receipts.
    pub fn proof_dir(&self) -> PathBuf {
        self.root.join("var/lib/tablet-reset")
    }

    /// Signed receipts, which `run` reads.
    pub fn receipts_dir(&self) -> PathBuf {
        self.proof_dir().join("receipts")
    }

    /// Images as trees, on which the layers of loans lie: one by its id, and `current`.
    pub fn lower_dir(&self) -> PathBuf {
        self.proof_dir().join("lower")
    }

    /// What loans write: `current`, and what is to be deleted.
    pub fn layers_dir(&self) -> PathBuf {
        self.proof_dir().join("layers")
    }

    /// The account in which a borrower signs in.
    pub const fn borrower(&self) -> &'static str {
        "borrower"
    }

    /// What the home screen shows: the session reads it.
    pub fn screen_dir(&self) -> PathBuf {
        match self.scope {
            Scope::Tablet => self.root.join("run/tablet-agent/screen"),
            Scope::Directory => self.root.join("screen"),
        }
    }

    /// What the session writes: a folder of its own, so that nothing that it puts
    /// there can stand where the agent writes.
    pub fn answers_dir(&self) -> PathBuf {
        match self.scope {
            Scope::Tablet => self.root.join("run/tablet-agent/answers"),
            Scope::Directory => self.root.join("answers"),
        }
    }

    /// The file that the session touches while somebody uses the tablet.
    pub fn activity(&self) -> PathBuf {
        self.answers_dir().join("activity")
    }

    /// The folder of `run`.
    pub fn link_disk(&self) -> io::Result<Folder> {
        Folder::open(&self.link_dir(), Readers::Owner)
    }

    /// The folder of `reset`.
    pub fn proof_disk(&self) -> io::Result<Folder> {
        Folder::open(&self.proof_dir(), Readers::Owner)
    }

    /// The folder of `reset`, for the one file in it that everybody may read.
    pub fn told_disk(&self) -> io::Result<Folder> {
        Folder::open(&self.proof_dir(), Readers::All)
    }

    /// The folder of receipts.
    pub fn receipts_disk(&self) -> io::Result<Folder> {
        Folder::open(&self.receipts_dir(), Readers::All)
    }

    /// The folder of the screen.
    pub fn screen_disk(&self) -> io::Result<Folder> {
        Folder::open(&self.screen_dir(), Readers::All)
    }

    /// The folder of the session.
    pub fn answers_disk(&self) -> io::Result<Folder> {
        Folder::open(&self.answers_dir(), Readers::All)
    }
}

/// Whether somebody else than root could have written what root is to believe.
pub fn others_may_write(found: &Metadata) -> bool {
    found.uid() != 0 || found.mode() & 0o022 != 0
}

/// Held while a role is at work, so that no two of them ever are.
#[derive(Debug)]
pub struct Lock {
    _held: File,
}

impl Lock {
    /// Takes the lock, or `None` while another program holds it.
    pub fn take(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        make_all(folder)?;
        let file = File::create(folder.join(name))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _held: file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until the lock is free, then takes it.
    pub fn wait(folder: &Path, name: &str) -> io::Result<Self> {
        make_all(folder)?;
        let file = File::create(folder.join(name))?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(Self { _held: file })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn a_lock_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take(folder.path(), "run.lock").unwrap();
        assert!(held.is_some());
        assert!(Lock::take(folder.path(), "run.lock").unwrap().is_none());
        drop(held);
        assert!(Lock::take(folder.path(), "run.lock").unwrap().is_some());
    }
}
