//! Seals a tree into a manifest: every path with its kind, rights, size and digest.
//! What git cannot hold (owners, rights, empty folders, links) stands in `tree.toml`.
//! The same tree gives the same bytes, on any machine.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use shared::{
    digest::Digest,
    image::{Entry, EntryKind, Manifest, ManifestError, TreePath},
};

/// Why a tree cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `tree.toml` is not of its form.
    #[error("tree.toml is not of its form: {0}", source)]
    Description {
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// An `[[entry]]` names what is not there.
    #[error("tree.toml speaks of `{path}`, which is not in the tree")]
    Unnamed {
        /// What it names.
        path: TreePath,
    },
    /// Two say what stands at one path.
    #[error("`{path}` is named twice")]
    Twice {
        /// The path.
        path: TreePath,
    },
    /// Neither a file nor a folder. Links stand in `tree.toml`.
    #[error("`{path}` is neither a file nor a folder; links stand in tree.toml")]
    Kind {
        /// The path.
        path: TreePath,
    },
    /// Rights that are not four octal digits.
    #[error("`{mode}` is not four octal digits")]
    Mode {
        /// As they were written.
        mode: String,
    },
    /// A name that is no text.
    #[error("{path} has a name that is no text")]
    Name {
        /// Where.
        path: PathBuf,
    },
    /// It breaks a rule of manifests.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    release: String,
    #[serde(default)]
    empty: Vec<TreePath>,
    defaults: Defaults,
    #[serde(default)]
    entry: Vec<Special>,
    #[serde(default)]
    symlink: Vec<Link>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    uid: u32,
    gid: u32,
    file_mode: String,
    dir_mode: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Special {
    path: TreePath,
    mode: Option<String>,
    uid: Option<u32>,
    gid: Option<u32>,
    #[serde(default)]
    xattr: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    path: TreePath,
    target: String,
}

/// Seals the image of this folder: its `tree` and its `tree.toml`.
pub fn seal(dir: &Path) -> Result<Manifest, SealError> {
    let described = dir.join("tree.toml");
    let text = fs::read_to_string(&described).map_err(fault(&described))?;
    let description: Description = toml::from_str(&text).map_err(|source| {
        let source = Box::new(source);
        SealError::Description { source }
    })?;
    let mut kinds = BTreeMap::new();
    walk(&dir.join("tree"), None, &mut kinds)?;
    for path in &description.empty {
        add(&mut kinds, path.clone(), EntryKind::Directory)?;
    }
    for Link { path, target } in &description.symlink {
        let target = target.clone();
        add(&mut kinds, path.clone(), EntryKind::Symlink { target })?;
    }
    let entries = entries(kinds, &description)?;
    Ok(Manifest::new(description.release, entries)?)
}

/// What every link says of its rights; nothing goes by it.
const LINK_MODE: u32 = 0o777;

type Kinds = BTreeMap<TreePath, EntryKind>;

fn add(kinds: &mut Kinds, path: TreePath, kind: EntryKind) -> Result<(), SealError> {
    match kinds.insert(path.clone(), kind) {
        None => Ok(()),
        Some(_) => Err(SealError::Twice { path }),
    }
}

fn walk(folder: &Path, within: Option<&TreePath>, kinds: &mut Kinds) -> Result<(), SealError> {
    for entry in fs::read_dir(folder).map_err(fault(folder))? {
        let entry = entry.map_err(fault(folder))?;
        let place = entry.path();
        let path = below(within, &place)?;
        let kind = entry.file_type().map_err(fault(&place))?;
        if kind.is_dir() {
            add(kinds, path.clone(), EntryKind::Directory)?;
            walk(&place, Some(&path), kinds)?;
        } else if kind.is_file() {
            add(kinds, path, file(&place)?)?;
        } else {
            return Err(SealError::Kind { path });
        }
    }
    Ok(())
}

fn below(within: Option<&TreePath>, place: &Path) -> Result<TreePath, SealError> {
    let name = place.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| SealError::Name {
        path: place.to_owned(),
    })?;
    let path = within.map_or_else(|| name.to_owned(), |within| format!("{within}/{name}"));
    Ok(path.parse()?)
}

fn file(place: &Path) -> Result<EntryKind, SealError> {
    let bytes = fs::read(place).map_err(fault(place))?;
    let size_bytes = u64::try_from(bytes.len()).expect("a file's length fits");
    let digest = Digest::of(&bytes);
    Ok(EntryKind::File { size_bytes, digest })
}

fn entries(kinds: Kinds, description: &Description) -> Result<Vec<Entry>, SealError> {
    let mut special = BTreeMap::new();
    for it in &description.entry {
        let path = it.path.clone();
        if !kinds.contains_key(&path) {
            return Err(SealError::Unnamed { path });
        }
        if special.insert(path.clone(), it).is_some() {
            return Err(SealError::Twice { path });
        }
    }
    kinds
        .into_iter()
        .map(|(path, kind)| {
            let special = special.get(&path).copied();
            entry(path, kind, special, &description.defaults)
        })
        .collect()
}

fn entry(
    path: TreePath,
    kind: EntryKind,
    special: Option<&Special>,
    defaults: &Defaults,
) -> Result<Entry, SealError> {
    let own = special.and_then(|it| it.mode.as_ref());
    let mode = match kind {
        EntryKind::Directory => octal(own.unwrap_or(&defaults.dir_mode))?,
        EntryKind::File { .. } => octal(own.unwrap_or(&defaults.file_mode))?,
        EntryKind::Symlink { .. } => LINK_MODE,
    };
    Ok(Entry {
        mode,
        uid: special.and_then(|it| it.uid).unwrap_or(defaults.uid),
        gid: special.and_then(|it| it.gid).unwrap_or(defaults.gid),
        xattrs: special.map(|it| it.xattr.clone()).unwrap_or_default(),
        path,
        kind,
    })
}

fn octal(mode: &str) -> Result<u32, SealError> {
    let error = || SealError::Mode {
        mode: mode.to_owned(),
    };
    if mode.len() != 4 {
        return Err(error());
    }
    u32::from_str_radix(mode, 8).map_err(|_| error())
}

fn fault(path: &Path) -> impl FnOnce(io::Error) -> SealError + '_ {
    |source| SealError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
