//! What must survive a power cut is written through one small trait, so that a
//! test can keep unsynced writes and renames apart and enumerate every state in
//! which a disk may be found afterwards.

pub mod folder;
pub mod slots;
#[cfg(test)]
pub mod torn;

use std::io;

/// A flat folder of small files. Nothing is durable before it is synced: a
/// file's bytes by `sync`, its name by `sync_names`.
pub trait Disk {
    /// The bytes of a file; `None` where there is none.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;
    /// Writes a file's bytes anew.
    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Makes a file's bytes durable.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Gives a file another name, in place of whatever had it.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file, if it is there.
    fn remove(&mut self, name: &str) -> io::Result<()>;
    /// Makes names durable: what was created, renamed and removed.
    fn sync_names(&mut self) -> io::Result<()>;
}

/// Writes a file so that after a power cut it is there whole, old or new.
pub fn replace(disk: &mut impl Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = format!("{name}.new");
    disk.write(&fresh, bytes)?;
    disk.sync(&fresh)?;
    disk.rename(&fresh, name)?;
    disk.sync_names()
}

/// Removes a file so that it stays removed.
pub fn discard(disk: &mut impl Disk, name: &str) -> io::Result<()> {
    disk.remove(name)?;
    disk.sync_names()
}
