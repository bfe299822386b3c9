//! What this tablet can really do, found out by doing it in a folder of its own, and
//! for the rest why not, in words for whoever set it up.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, FsWord, StatxFlags, statfs, statx},
    io::Errno,
    mount::UnmountFlags,
    process::geteuid,
};
use shared::signed::receipt::Scope;

use super::{Kind, Wish};
use crate::{
    chance,
    disk::folder::make_all,
    ioctl::{self, KeyId, Removed},
    place::Place,
    reset::mounts::{Overlay, UNIT, is_plain},
};

/// Why a backend cannot be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotDo {
    /// It mounts, and this program may not.
    #[error("only root can do this")]
    NotRoot,
    /// The kernel would misread the name of a folder.
    #[error("the path of this tablet's folder has letters that the kernel reads as its own")]
    StrangePath,
    /// Nobody would mount the home at the tablet's start.
    #[error("the unit {UNIT} is not installed")]
    NoUnit,
    /// The kernel or the file system says no.
    #[error("an overlay cannot be mounted here: {0}")]
    NoOverlay(Errno),
    /// Another file system.
    #[error("/var/lib/tablet-reset is not on {0}")]
    NotOn(&'static str),
    /// The file system does not encrypt.
    #[error("the file system does not encrypt ({0}); for ext4: tune2fs -O encrypt")]
    NoEncryption(Errno),
    /// A snapshot would have to move from one mount to another.
    #[error("the home and /var/lib/tablet-reset are not on the same mount")]
    OtherMount,
    /// There is no program to run.
    #[error("no program is configured (agent.toml: command)")]
    NoCommand,
    /// The disk says no.
    #[error("it cannot be tried: {0}")]
    Disk(String),
}

impl From<io::Error> for CannotDo {
    fn from(why: io::Error) -> Self {
        Self::Disk(why.to_string())
    }
}

impl From<Errno> for CannotDo {
    fn from(why: Errno) -> Self {
        Self::Disk(why.to_string())
    }
}

/// Every backend, in the order in which they are tried, with why it cannot be used.
pub fn report(place: &Place, wish: &Wish) -> Vec<(Kind, Result<(), CannotDo>)> {
    let one = |kind| (kind, can_do(place, wish, kind));
    Kind::ALL.into_iter().map(one).collect()
}

/// The backend that the tablet names, or else the first that can be used. A directory
/// that plays a tablet is walked unless it names another: nobody unmounts it afterwards.
///
/// # Errors
/// The one that it names cannot be used: no other stands in for it.
pub fn choose(place: &Place, wish: &Wish) -> Result<Kind, (Kind, CannotDo)> {
    let named = wish.backend.or(match place.scope() {
        Scope::Directory => Some(Kind::Manifest),
        Scope::Tablet => None,
    });
    if let Some(kind) = named {
        return can_do(place, wish, kind)
            .map(|()| kind)
            .map_err(|why| (kind, why));
    }
    let mut all = Kind::ALL.into_iter();
    let first = all.find(|kind| can_do(place, wish, *kind).is_ok());
    // Any home can be walked.
    Ok(first.unwrap_or(Kind::Manifest))
}

fn can_do(place: &Place, wish: &Wish, kind: Kind) -> Result<(), CannotDo> {
    match kind {
        // What has a layer was done, and a disk that a loan filled leaves no room to try.
        Kind::CryptOverlay if is_encrypted(place) == Some(true) => Ok(()),
        Kind::Overlay if is_encrypted(place) == Some(false) => Ok(()),
        Kind::CryptOverlay => overlay(place).and_then(|()| encryption(place)),
        Kind::Overlay => overlay(place),
        Kind::Btrfs => btrfs(place),
        Kind::Command if wish.command.is_empty() => Err(CannotDo::NoCommand),
        Kind::Manifest | Kind::Command => Ok(()),
    }
}

/// Whether the layer of the loan at work is encrypted; `None` where there is none.
fn is_encrypted(place: &Place) -> Option<bool> {
    let layer = fs::File::open(place.layers_dir().join("current")).ok()?;
    Some(matches!(ioctl::key_of(layer), Ok(Some(_))))
}

fn overlay(place: &Place) -> Result<(), CannotDo> {
    if !geteuid().is_root() {
        return Err(CannotDo::NotRoot);
    }
    if !is_plain(place.root()) {
        return Err(CannotDo::StrangePath);
    }
    if place.scope() == Scope::Tablet && !has_unit(place) {
        return Err(CannotDo::NoUnit);
    }
    let trial = Trial::new(place)?;
    let overlay = Overlay {
        lower: trial.folder("lower")?,
        upper: trial.folder("upper")?,
        work: trial.folder("work")?,
    };
    let merged = trial.folder("merged")?;
    mounted(&overlay, &merged).map_err(|why| {
        let number = why.raw_os_error().map(Errno::from_raw_os_error);
        number.map_or_else(|| why.into(), CannotDo::NoOverlay)
    })
}

fn mounted(overlay: &Overlay, at: &Path) -> io::Result<()> {
    fs::write(overlay.lower.join("file"), "below")?;
    overlay.mount(at)?;
    let written = fs::write(at.join("file"), "above");
    rustix::mount::unmount(at, UnmountFlags::NOFOLLOW)?;
    written
}

fn has_unit(place: &Place) -> bool {
    ["etc", "usr/lib", "lib"].iter().any(|folder| {
        let folder = place.root().join(folder).join("systemd/system");
        folder.join(UNIT).exists()
    })
}

const EXT4: FsWord = 0xEF53;
const BTRFS: FsWord = 0x9123_683E;

/// Only where it was tried that an erased key stays erased: a file system that writes
/// every change elsewhere keeps what was written over.
fn encryption(place: &Place) -> Result<(), CannotDo> {
    let trial = Trial::new(place)?;
    if statfs(&trial.0)?.f_type != EXT4 {
        return Err(CannotDo::NotOn("ext4"));
    }
    let file_system = fs::File::open(&trial.0)?;
    ioctl::key_of(&file_system).map_err(CannotDo::NoEncryption)?;
    let id = ioctl::add_key(&file_system, &chance::bytes()?).map_err(CannotDo::NoEncryption)?;
    let written = encrypted(&trial, id);
    let removed = ioctl::remove_key(&file_system, id).map_err(CannotDo::NoEncryption)?;
    match removed {
        Removed::Wholly => written,
        Removed::FilesBusy => Err(CannotDo::NoEncryption(Errno::BUSY)),
    }
}

fn encrypted(trial: &Trial, id: KeyId) -> Result<(), CannotDo> {
    let folder = trial.folder("encrypted")?;
    let opened = fs::File::open(&folder)?;
    ioctl::encrypt_directory(&opened, id).map_err(CannotDo::NoEncryption)?;
    Ok(fs::write(folder.join("file"), "encrypted")?)
}

fn btrfs(place: &Place) -> Result<(), CannotDo> {
    if !geteuid().is_root() {
        return Err(CannotDo::NotRoot);
    }
    let folder = place.proof_dir();
    make_all(&folder)?;
    if statfs(&folder)?.f_type != BTRFS {
        return Err(CannotDo::NotOn("btrfs"));
    }
    let home = place.home_path();
    let above_home = home.parent().unwrap_or(Path::new("/"));
    if mount_of(&folder)? != mount_of(above_home)? {
        return Err(CannotDo::OtherMount);
    }
    Ok(())
}

fn mount_of(path: &Path) -> Result<u64, Errno> {
    let found = statx(rustix::fs::CWD, path, AtFlags::empty(), StatxFlags::MNT_ID)?;
    Ok(found.stx_mnt_id)
}

/// A folder in which something is tried, gone afterwards.
struct Trial(PathBuf);

impl Trial {
    fn new(place: &Place) -> io::Result<Self> {
        make_all(&place.proof_dir())?;
        let name = format!("trial-{}", std::process::id());
        let path = place.proof_dir().join(name);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.0) {
            eprintln!("{} is left behind: {why}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn each_backend_is_told_in_order_and_the_walk_can_always_be_done() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        let told = report(&place, &Wish::default());
        let kinds: Vec<Kind> = told.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, Kind::ALL);
        assert_eq!(told[3].1, Ok(()));
        assert_eq!(told[4].1, Err(CannotDo::NoCommand));
        let left = fs::read_dir(place.proof_dir()).unwrap().count();
        assert_eq!(left, 0, "a trial left something");
    }

    #[test]
    fn no_other_stands_in_for_a_backend_that_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        let named = |backend| Wish {
            backend: Some(backend),
            ..Wish::default()
        };
        let command = choose(&place, &named(Kind::Command));
        assert_eq!(command, Err((Kind::Command, CannotDo::NoCommand)));
        assert_eq!(choose(&place, &named(Kind::Manifest)), Ok(Kind::Manifest));
        assert_eq!(choose(&place, &Wish::default()), Ok(Kind::Manifest));
    }
}
