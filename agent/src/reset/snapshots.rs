//! The home as a snapshot of the image's tree, on btrfs. What else was ever made of it
//! goes with it: snapshots of it wherever they are, snapshots of those, and subvolumes
//! inside any of them, which a borrower may make. The kernel says which those are; no
//! name of them is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt as _, chown},
    path::Path,
};

use rustix::fs::{FsWord, fstatfs};

use crate::ioctl::{self, Found};

const BTRFS: FsWord = 0x9123_683E;
/// The number that the top of every subvolume has.
const TOP: u64 = 256;
const ROOT_ITEM: u32 = 132;
const ROOT_BACKREF: u32 = 144;

type Uuid = [u8; 16];

/// What the kernel knows of one subvolume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Subvolume {
    uuid: Uuid,
    /// What it was a snapshot of.
    origin: Uuid,
    /// The subvolume that it is in; `None` of one that is deleted already.
    inside: Option<u64>,
}

/// The number of the subvolume whose top this is; `None` where it is none.
pub fn number_of(path: &Path) -> io::Result<Option<u64>> {
    let opened = match File::open(path) {
        Ok(opened) => opened,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let is_top = opened.metadata()?.ino() == TOP && fstatfs(&opened)?.f_type == BTRFS;
    if is_top {
        return Ok(Some(ioctl::subvolume_of(&opened)?));
    }
    Ok(None)
}

/// Deletes these subvolumes with all that was made of them; how many.
pub fn destroy(folder: &Path, numbers: &[u64]) -> io::Result<u64> {
    destroy_but(folder, numbers, None)
}

/// Deletes all that was made of a subvolume, and not itself; how many.
pub fn destroy_made_of(folder: &Path, number: u64) -> io::Result<u64> {
    destroy_but(folder, &[number], Some(number))
}

fn destroy_but(folder: &Path, numbers: &[u64], kept: Option<u64>) -> io::Result<u64> {
    let file_system = File::open(folder)?;
    let known = known(&ioctl::subvolumes(&file_system, ROOT_ITEM, ROOT_BACKREF)?);
    let mut doomed = doomed(&known, numbers);
    doomed.retain(|number| Some(*number) != kept);
    for number in &doomed {
        ioctl::destroy_subvolume(&file_system, *number)?;
    }
    Ok(doomed.len() as u64)
}

/// Puts a snapshot of `tree` in the place of the home, and what was there `aside`. The
/// home belongs to whom it belonged.
pub fn exchange(tree: &Path, home: &Path, aside: &Path) -> io::Result<()> {
    let owner = fs::metadata(home)?;
    let folder = aside.parent().unwrap_or(Path::new("/"));
    let fresh = folder.join("new");
    ioctl::snapshot(File::open(tree)?, File::open(folder)?, b"new")?;
    chown(&fresh, Some(owner.uid()), Some(owner.gid()))?;
    fs::rename(home, aside)?;
    fs::rename(fresh, home)?;
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

fn known(found: &[Found]) -> BTreeMap<u64, Subvolume> {
    let mut known: BTreeMap<u64, Subvolume> = BTreeMap::new();
    for found in found {
        let it = known.entry(found.object).or_default();
        if found.kind == ROOT_BACKREF {
            it.inside = Some(found.offset);
        } else if found.kind == ROOT_ITEM {
            it.uuid = uuid(&found.bytes, 247);
            it.origin = uuid(&found.bytes, 263);
        }
    }
    known
}

/// Items of the oldest kernels are shorter: what they made has no uuid.
fn uuid(item: &[u8], at: usize) -> Uuid {
    let bytes = item.get(at..at + 16);
    bytes.map_or_else(Uuid::default, |bytes| {
        let mut uuid = Uuid::default();
        uuid.copy_from_slice(bytes);
        uuid
    })
}

/// These and all that was made of them, the innermost first.
fn doomed(known: &BTreeMap<u64, Subvolume>, numbers: &[u64]) -> Vec<u64> {
    let live: BTreeMap<u64, Subvolume> = known
        .iter()
        .filter_map(|(number, it)| it.inside.map(|_| (*number, *it)))
        .collect();
    let mut doomed: BTreeSet<u64> = numbers
        .iter()
        .copied()
        .filter(|it| live.contains_key(it))
        .collect();
    loop {
        let uuids: BTreeSet<Uuid> = doomed.iter().map(|it| live[it].uuid).collect();
        let is_made_of = |it: &Subvolume| {
            let snapshot = it.origin != Uuid::default() && uuids.contains(&it.origin);
            snapshot || it.inside.is_some_and(|outer| doomed.contains(&outer))
        };
        let more: Vec<u64> = live
            .iter()
            .filter(|(number, it)| !doomed.contains(number) && is_made_of(it))
            .map(|(number, _)| *number)
            .collect();
        if more.is_empty() {
            break;
        }
        doomed.extend(more);
    }
    innermost_first(&live, doomed)
}

fn innermost_first(live: &BTreeMap<u64, Subvolume>, mut waiting: BTreeSet<u64>) -> Vec<u64> {
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let outer: BTreeSet<u64> = waiting.iter().filter_map(|it| live[it].inside).collect();
        let inner: Vec<u64> = waiting.difference(&outer).copied().collect();
        // Nothing is inside itself, so there is always one.
        assert!(!inner.is_empty(), "subvolumes inside each other");
        waiting.retain(|it| !inner.contains(it));
        ordered.extend(inner);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subvolume(uuid: u8, origin: u8, inside: Option<u64>) -> Subvolume {
        Subvolume {
            uuid: [uuid; 16],
            origin: [origin; 16],
            inside,
        }
    }

    #[test]
    fn all_that_was_made_of_a_home_goes_the_innermost_first_and_nothing_else() {
        let known = BTreeMap::from([
            (5, subvolume(0, 0, None)),
            (256, subvolume(1, 0, Some(5))),
            (257, subvolume(2, 1, Some(5))),
            (258, subvolume(3, 2, Some(5))),
            (259, subvolume(4, 3, Some(258))),
            (260, subvolume(5, 0, Some(257))),
            (261, subvolume(6, 5, Some(5))),
            (262, subvolume(7, 2, None)),
            (263, subvolume(8, 1, Some(5))),
            (264, subvolume(0, 0, Some(5))),
        ]);
        let doomed = doomed(&known, &[257]);
        let set: BTreeSet<u64> = doomed.iter().copied().collect();
        assert_eq!(set, BTreeSet::from([257, 258, 259, 260, 261]));
        let at = |number| doomed.iter().position(|it| *it == number);
        assert!(at(259) < at(258) && at(260) < at(257), "{doomed:?}");
    }

    #[test]
    fn an_item_of_an_old_kernel_has_no_uuid() {
        assert_eq!(uuid(&[1; 239], 247), Uuid::default());
        assert_eq!(uuid(&[1; 439], 247), [1; 16]);
    }
}
