//! A share of something that takes long, for a run that has less time. Which share it is
//! follows from the sources: what passed once passes again, and each change tries others.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One of several equal shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    which: u64,
    of: u64,
}

impl Shard {
    /// The share that the sources below these folders draw: the same sources always draw
    /// the same, and changed ones another.
    pub fn of_sources(folders: &[PathBuf], of: u64) -> Result<Self> {
        let mut files = Vec::new();
        for folder in folders {
            files_below(folder, &mut files)?;
        }
        files.sort();
        let mut sum = 0_u64;
        for file in files {
            let text = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            sum = text.iter().fold(sum, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
            });
        }
        let which = sum % of;
        Ok(Self { which, of })
    }

    /// What of these falls to this share, where they are dealt out one by one.
    pub fn part<T: Copy>(self, all: &[T]) -> Vec<T> {
        let numbered = (0_u64..).zip(all);
        let mine = numbered.filter(|(nth, _)| nth % self.of == self.which);
        mine.map(|(_, it)| *it).collect()
    }
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.which, self.of)
    }
}

impl std::str::FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a share is written like 3/20, with 3 from 0 to 19";
        let (which, of) = text.split_once('/').ok_or(wrong)?;
        let which = which.parse().map_err(|_| wrong)?;
        let of = of.parse().map_err(|_| wrong)?;
        (which < of).then_some(Self { which, of }).ok_or(wrong)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_sources_draw_the_same_share_and_changed_ones_another() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("decide");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("wipe.rs"), "a").unwrap();
        fs::write(folder.path().join("evolve.rs"), "b").unwrap();
        let folders = [folder.path().to_owned()];
        let drawn = || Shard::of_sources(&folders, 1000).unwrap();
        let before = drawn();
        assert_eq!(drawn(), before);
        fs::write(inner.join("wipe.rs"), "c").unwrap();
        assert_ne!(drawn(), before);
        assert!(drawn().which < 1000);
        assert!(Shard::of_sources(&[folder.path().join("none")], 20).is_err());
    }

    #[test]
    fn all_shares_together_are_everything_once() {
        let all: Vec<u32> = (0..23).collect();
        let shares = (0..5).map(|which| Shard { which, of: 5 }.part(&all));
        let parts: Vec<u32> = shares.flatten().collect();
        assert_eq!(parts.len(), all.len());
        assert_eq!(BTreeSet::from_iter(parts), BTreeSet::from_iter(all));
    }

    #[test]
    fn a_share_that_does_not_exist_is_none() {
        assert_eq!("3/20".parse(), Ok(Shard { which: 3, of: 20 }));
        for wrong in ["20/20", "1", "a/b", "1/0", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
