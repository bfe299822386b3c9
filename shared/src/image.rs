//! An image: the golden state a tablet is reset to. Its manifest lists every
//! path; the digest of the manifest's bytes is the image's id, so an id names one
//! exact state for ever.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{digest::Digest, time::Day};

/// The digest of a sealed manifest's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId(pub Digest);

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ImageId {
    type Err = crate::digest::NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A released image, as the rules know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The manifest's digest.
    pub id: ImageId,
    /// The release's name, like `2026.1`.
    pub release: String,
    /// From this day on tablets proven on it are no longer lendable.
    pub withdraw_on: Option<Day>,
}

/// A path inside an image's tree: relative, `/` between parts, no `.` or `..`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

/// Why a manifest is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Absolute, empty, with `.`, `..` or a NUL, or too long.
    #[error("`{0}` is not a path inside the image's tree")]
    BadPath(String),
    /// Two entries for one path, or not in order.
    #[error("`{0}` stands twice or out of order")]
    OutOfOrder(String),
    /// Below something that is not a listed directory.
    #[error("`{0}` lies in no directory of the manifest")]
    NoDirectory(String),
    /// The link leads out of the tree.
    #[error("the link `{0}` leads out of the image's tree")]
    LinkLeavesTree(String),
    /// Bits beyond 0o7777.
    #[error("the mode of `{0}` has unknown bits")]
    BadMode(String),
    /// More entries than an image may have.
    #[error("an image has at most {ENTRIES_MAX} entries")]
    TooManyEntries,
}

/// Most entries that one image may have (R16).
pub const ENTRIES_MAX: usize = 200_000;
const PATH_BYTES_MAX: usize = 1024;
const PART_BYTES_MAX: usize = 255;

impl TreePath {
    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory that holds it; `None` at the top of the tree.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }
}

impl FromStr for TreePath {
    type Err = ManifestError;

    fn from_str(text: &str) -> Result<Self, ManifestError> {
        let good = |part: &str| {
            !matches!(part, "" | "." | "..") && part.len() <= PART_BYTES_MAX && !part.contains('\0')
        };
        (text.len() <= PATH_BYTES_MAX && text.split('/').all(good))
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| ManifestError::BadPath(text.chars().take(80).collect()))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file; its bytes are the blob of that digest.
    File {
        /// Its length.
        size_bytes: u64,
        /// SHA-256 of its bytes.
        digest: Digest,
    },
    /// A directory.
    Directory,
    /// A symbolic link whose target stays inside the tree.
    Symlink {
        /// Relative to the link's own directory.
        target: String,
    },
}

/// One path of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub path: TreePath,
    /// What.
    pub kind: EntryKind,
    /// Permission bits, at most `0o7777`; not used for links.
    pub mode: u32,
    /// Owner's number.
    pub uid: u32,
    /// Group's number.
    pub gid: u32,
    /// Extended attributes of the `user.` space.
    pub xattrs: BTreeMap<String, String>,
}

/// An image's list of paths, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    release: String,
    entries: Vec<Entry>,
}

impl Manifest {
    /// A manifest of these entries, which must be in order of their paths.
    ///
    /// # Errors
    /// The first entry that breaks a rule, so that a hostile manifest can never
    /// make the agent write outside its tree.
    pub fn new(release: String, entries: Vec<Entry>) -> Result<Self, ManifestError> {
        if entries.len() > ENTRIES_MAX {
            return Err(ManifestError::TooManyEntries);
        }
        let mut directories = std::collections::BTreeSet::new();
        let mut last: Option<&str> = None;
        for entry in &entries {
            check_entry(entry, last, &directories)?;
            if entry.kind == EntryKind::Directory {
                directories.insert(entry.path.as_str());
            }
            last = Some(entry.path.as_str());
        }
        Ok(Self { release, entries })
    }

    /// The release's name.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Every path, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

fn check_entry(
    entry: &Entry,
    last: Option<&str>,
    directories: &std::collections::BTreeSet<&str>,
) -> Result<(), ManifestError> {
    let path = || entry.path.as_str().to_owned();
    if last.is_some_and(|last| last >= entry.path.as_str()) {
        return Err(ManifestError::OutOfOrder(path()));
    }
    if entry
        .path
        .parent()
        .is_some_and(|p| !directories.contains(p))
    {
        return Err(ManifestError::NoDirectory(path()));
    }
    if entry.mode > 0o7777 {
        return Err(ManifestError::BadMode(path()));
    }
    match &entry.kind {
        EntryKind::Symlink { target } if !stays_inside(&entry.path, target) => {
            Err(ManifestError::LinkLeavesTree(path()))
        }
        EntryKind::Symlink { .. } | EntryKind::File { .. } | EntryKind::Directory => Ok(()),
    }
}

/// Whether following `target` from the link's directory never climbs above the
/// tree's top, at any step on the way.
fn stays_inside(link: &TreePath, target: &str) -> bool {
    if target.is_empty() || target.len() > PATH_BYTES_MAX || target.contains('\0') {
        return false;
    }
    let mut depth = link.as_str().matches('/').count();
    for part in target.split('/') {
        match part {
            "" => return false,
            "." => {}
            ".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, kind: EntryKind) -> Entry {
        Entry {
            path: path.parse().expect("a test's own path"),
            kind,
            mode: 0o644,
            uid: 0,
            gid: 0,
            xattrs: BTreeMap::new(),
        }
    }

    fn link(path: &str, target: &str) -> Entry {
        let target = target.to_owned();
        entry(path, EntryKind::Symlink { target })
    }

    fn manifest(entries: Vec<Entry>) -> Result<Manifest, ManifestError> {
        Manifest::new("test".into(), entries)
    }

    #[test]
    fn a_path_that_is_absolute_or_climbs_is_refused() {
        for bad in [
            "",
            "/etc/passwd",
            "../up",
            "a/../../b",
            "a//b",
            "a/.",
            "a\0b",
            "a/",
        ] {
            assert!(bad.parse::<TreePath>().is_err(), "{bad:?}");
        }
        assert!("Documents/a file.txt".parse::<TreePath>().is_ok());
    }

    #[test]
    fn a_link_out_of_the_tree_is_refused_and_one_inside_is_taken() {
        let leaves = ManifestError::LinkLeavesTree("a".into());
        for out in ["/etc", "..", "b/../../c", "", "x//y"] {
            assert_eq!(
                manifest(vec![link("a", out)]),
                Err(leaves.clone()),
                "{out:?}"
            );
        }
        let inside = vec![entry("a", EntryKind::Directory), link("a/b", "../c")];
        assert!(manifest(inside).is_ok());
    }

    #[test]
    fn entries_out_of_order_twice_or_below_a_link_are_refused() {
        let twice = vec![link("a", "b"), link("a", "b")];
        assert!(matches!(manifest(twice), Err(ManifestError::OutOfOrder(_))));
        let below_link = vec![link("a", "b"), link("a/c", "d")];
        assert!(matches!(
            manifest(below_link),
            Err(ManifestError::NoDirectory(_))
        ));
    }
}
