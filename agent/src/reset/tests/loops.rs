//! File systems of their own for tests: a file that plays a disk, mounted where a
//! tablet is played. What is on that disk, byte by byte, can be read as well.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::geteuid;

use super::skipped;
use crate::reset::mounts;

/// A file system on a file that plays a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ext4 that can encrypt.
    Ext4,
    /// btrfs.
    Btrfs,
}

/// What file systems write at once.
pub const BLOCK: usize = 4096;

/// A disk that is mounted until this is dropped.
pub struct Loop {
    disk: tempfile::TempDir,
    at: PathBuf,
}

impl Loop {
    /// A new file system at this place; `None`, and said so, where there can be none.
    pub fn mounted(kind: Kind, at: &Path) -> Option<Self> {
        if !geteuid().is_root() {
            skipped("only root can mount a disk for a test");
            return None;
        }
        let made = Self {
            disk: tempfile::tempdir().unwrap(),
            at: at.to_owned(),
        };
        File::create(made.image())
            .and_then(|file| file.set_len(256 << 20))
            .unwrap();
        let image = made.image();
        let image = image.to_str().unwrap();
        let words: &[&str] = match kind {
            Kind::Ext4 => &["mkfs.ext4", "-q", "-O", "encrypt", "-N", "150000", image],
            Kind::Btrfs => &["mkfs.btrfs", "-q", image],
        };
        if !ran(words) {
            skipped(format_args!("{} does not work here", words[0]));
            return None;
        }
        if !made.mount() {
            skipped("a disk that is a file cannot be mounted here");
            return None;
        }
        Some(made)
    }

    fn image(&self) -> PathBuf {
        self.disk.path().join("disk")
    }

    fn mount(&self) -> bool {
        let (image, at) = (self.image(), self.at.clone());
        ran(&[
            "mount",
            "-o",
            "loop",
            image.to_str().unwrap(),
            at.to_str().unwrap(),
        ])
    }

    /// Everything that is mounted here, and the disk itself, is unmounted and mounted
    /// again: what only the kernel knew is lost, as at a restart.
    pub fn restart(&self) {
        assert!(self.unmount());
        assert!(self.mount());
    }

    /// Has ext4's own tool change what is on the disk while it is not mounted.
    pub fn edit(&self, command: &str) {
        assert!(self.unmount());
        let image = self.image();
        assert!(ran(&[
            "debugfs",
            "-w",
            "-R",
            command,
            image.to_str().unwrap()
        ]));
        assert!(self.mount());
    }

    /// What is on the disk, once it is unmounted: every block of it that is not empty.
    pub fn bytes(&self) -> Vec<u8> {
        assert!(self.unmount());
        let all = fs::read(self.image()).unwrap();
        let blocks = all.chunks(BLOCK).filter(|block| **block != [0; BLOCK]);
        blocks.flatten().copied().collect()
    }

    fn unmount(&self) -> bool {
        ran(&["umount", "-R", self.at.to_str().unwrap()])
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        if mounts::at(&self.at).is_ok_and(|mounted| mounted.is_some()) {
            self.unmount();
        }
    }
}

fn ran(words: &[&str]) -> bool {
    Command::new(words[0])
        .args(&words[1..])
        .status()
        .is_ok_and(|status| status.success())
}
