//! What must survive a power cut is written through one small trait, so that a
//! test can keep unsynced writes and renames apart and enumerate every state in
//! which a disk may be found afterwards. What must be saved on a full disk, too, is
//! written over room that was taken before.

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
    /// Writes over a file's bytes from its beginning; what is behind them stays, and no
    /// more room is taken.
    fn write_over(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Makes a file's bytes durable.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Gives a file another name, in place of whatever had it.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Gives two files each other's name.
    fn exchange(&mut self, one: &str, other: &str) -> io::Result<()>;
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

/// Room that is taken for each file that must be written on a full disk, too: more
/// than any order, verdict or record has.
pub const RESERVE_BYTES: usize = 32 << 10;

/// Takes the room in which `replace_in_reserve` writes a file that is not there yet: for
/// the file, and for the one that takes its place.
pub fn reserve(disk: &mut impl Disk, name: &str) -> io::Result<()> {
    for kept in [format!("{name}.new"), format!("{name}.spare")] {
        if room(disk, &kept)? < RESERVE_BYTES {
            disk.write(&kept, &padded(b"", RESERVE_BYTES))?;
            disk.sync(&kept)?;
        }
    }
    disk.sync_names()
}

/// Writes a file of JSON as `replace` does, in room that was taken before: old and new
/// change places, so neither ever gives its room back. The rest of it is blank.
pub fn replace_in_reserve(disk: &mut impl Disk, name: &str, json: &[u8]) -> io::Result<()> {
    let (fresh, spare) = (format!("{name}.new"), format!("{name}.spare"));
    if room(disk, &fresh)? < json.len() && room(disk, &spare)? >= json.len() {
        disk.rename(&spare, &fresh)?;
    }
    let room = room(disk, &fresh)?;
    if room >= json.len() {
        disk.write_over(&fresh, &padded(json, room))?;
    } else {
        disk.write(&fresh, &padded(json, RESERVE_BYTES))?;
    }
    disk.sync(&fresh)?;
    if disk.read(name)?.is_some() {
        disk.exchange(&fresh, name)?;
    } else {
        disk.rename(&fresh, name)?;
    }
    disk.sync_names()
}

fn room(disk: &impl Disk, name: &str) -> io::Result<usize> {
    Ok(disk.read(name)?.map_or(0, |bytes| bytes.len()))
}

fn padded(bytes: &[u8], room: usize) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(room.max(bytes.len()), b' ');
    padded
}

/// Removes a file so that it stays removed.
pub fn discard(disk: &mut impl Disk, name: &str) -> io::Result<()> {
    disk.remove(name)?;
    disk.sync_names()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::io::ErrorKind;

    use super::{torn::Torn, *};

    fn read(disk: &Torn) -> Vec<u8> {
        let bytes = disk.read("order").unwrap().unwrap();
        bytes.trim_ascii().to_vec()
    }

    /// A disk on which a file was written in its reserve, and all is durable.
    fn written(json: &[u8]) -> Torn {
        let mut disk = Torn::default();
        reserve(&mut disk, "order").unwrap();
        replace_in_reserve(&mut disk, "order", json).unwrap();
        disk.settle();
        disk
    }

    #[test]
    fn a_file_with_a_reserve_is_written_on_a_full_disk_as_often_as_need_be() {
        let mut disk = written(b"{}");
        disk.fill();
        assert!(replace(&mut disk, "other", b"1").is_err());
        for json in [
            b"{\"a\": 1}".as_slice(),
            b"[]",
            b"\"a longer text than before\"",
        ] {
            replace_in_reserve(&mut disk, "order", json).unwrap();
            assert_eq!(read(&disk), json);
        }
        let long = vec![b'1'; RESERVE_BYTES + 1];
        let refused = replace_in_reserve(&mut disk, "order", &long).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::StorageFull);
        assert_eq!(read(&disk), b"\"a longer text than before\"");
    }

    #[test]
    fn the_first_files_are_written_on_a_disk_that_was_full_since_their_reserve_was_taken() {
        let mut disk = Torn::default();
        reserve(&mut disk, "order").unwrap();
        disk.fill();
        for json in [b"{}", b"[]", b"12"] {
            replace_in_reserve(&mut disk, "order", json).unwrap();
            assert_eq!(read(&disk), json);
        }
    }

    #[test]
    fn after_a_power_cut_at_any_moment_a_file_with_a_reserve_is_the_old_or_the_new() {
        let mut disk = written(b"[1]");
        replace_in_reserve(&mut disk, "order", b"[2]").unwrap();
        replace_in_reserve(&mut disk, "order", b"[3]").unwrap();
        let images = disk.crash_images();
        assert!(images.len() > 6, "{} images", images.len());
        for image in &images {
            let found = read(image);
            assert!([b"[1]", b"[2]", b"[3]"].contains(&found.as_slice().try_into().unwrap()));
        }
        let last = disk.images_at(disk.ops());
        assert!(last.iter().all(|image| read(image) == b"[3]"));
    }
}
