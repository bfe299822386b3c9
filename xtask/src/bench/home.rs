//! A home after a loan: what the borrower wrote, and what somebody tampered with so
//! that neither length nor time shows it.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};

/// Fills a home with as many files, fifty to a folder.
pub fn fill(home: &Path, files: u64, bytes: u64) -> Result<()> {
    let noise = noise();
    let mean = usize::try_from(bytes / files.max(1))?;
    for number in 0..files {
        let folder = home.join(format!("loan/{:05}", number / 50));
        if number % 50 == 0 {
            fs::create_dir_all(&folder)?;
        }
        // From a half to one and a half of the mean, each of other bytes.
        let step = usize::try_from(number % 101)?;
        let mut left = mean / 2 + mean * step / 100;
        let mut file = File::create(folder.join(format!("{number:06}.jpg")))?;
        let mut from = usize::try_from(number * 4099)? % (noise.len() / 2);
        while left > 0 {
            let part = left.min(noise.len() - from);
            file.write_all(&noise[from..from + part])?;
            left -= part;
            from = 0;
        }
    }
    Ok(())
}

/// Bytes that nothing can make smaller, by a small generator (xorshift).
fn noise() -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(8 << 20);
    while bytes.len() < 8 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes
}

/// One thing that is changed in a home.
type Tamper = (&'static str, fn(&Path) -> Result<()>);

/// What is changed, each in a file of its own.
const TAMPERS: [Tamper; 7] = [
    ("folder-0000/file-000001", other_bytes),
    ("folder-0000/file-000002", |it| mode(it, 0o666)),
    ("folder-0000/file-000003", |it| mode(it, 0o4644)),
    ("folder-0000/file-000004", |it| {
        Ok(chown(it, Some(1001), None)?)
    }),
    ("folder-0000/file-000005", |it| {
        Ok(setxattr(it, "user.note", b"mine", XattrFlags::empty())?)
    }),
    ("folder-0000/file-000000", |it| {
        Ok(setxattr(
            it,
            "user.origin",
            b"elsewhere",
            XattrFlags::empty(),
        )?)
    }),
    ("folder-0000/link", |it| {
        fs::remove_file(it)?;
        Ok(symlink("file-000019", it)?)
    }),
];

/// How many of them are files with other bytes of the same length and time, beside the
/// first of `TAMPERS`.
const OTHER_BYTES: u64 = 8;

/// Tampers with a home.
pub fn tamper(home: &Path) -> Result<()> {
    for (path, change) in TAMPERS {
        change(&home.join(path)).with_context(|| format!("changing {path}"))?;
    }
    for path in more() {
        other_bytes(&home.join(path))?;
    }
    Ok(())
}

/// How many were changed.
pub fn tampers() -> u64 {
    TAMPERS.len() as u64 + OTHER_BYTES
}

fn more() -> impl Iterator<Item = String> {
    (0..OTHER_BYTES).map(|number| format!("folder-0000/file-{:06}", number + 6))
}

/// How many are not as the golden tree has them.
pub fn missed(home: &Path, golden: &Path) -> Result<u64> {
    let mut missed = 0;
    let paths = TAMPERS.iter().map(|(path, _)| (*path).to_owned());
    for path in paths.chain(more()) {
        missed += u64::from(look(&home.join(&path))? != look(&golden.join(&path))?);
    }
    Ok(missed)
}

/// Other bytes of the same length, with the time that the file had.
fn other_bytes(path: &Path) -> Result<()> {
    let before = fs::metadata(path)?.modified()?;
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes)?;
    Ok(File::options()
        .write(true)
        .open(path)?
        .set_modified(before)?)
}

fn mode(path: &Path, mode: u32) -> Result<()> {
    Ok(fs::set_permissions(path, Permissions::from_mode(mode))?)
}

/// All that counts of a file or a link.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    mode: u32,
    owner: (u32, u32),
    target: Option<PathBuf>,
    bytes: Vec<u8>,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

fn look(path: &Path) -> Result<Look> {
    let found = fs::symlink_metadata(path).with_context(|| format!("{}", path.display()))?;
    let is_file = found.is_file();
    Ok(Look {
        mode: found.mode(),
        owner: (found.uid(), found.gid()),
        target: found
            .is_symlink()
            .then(|| fs::read_link(path))
            .transpose()?,
        bytes: if is_file { fs::read(path)? } else { Vec::new() },
        attributes: if is_file {
            attributes(path)?
        } else {
            Vec::new()
        },
    })
}

fn attributes(path: &Path) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut names = vec![0; 4096];
    let length = listxattr(path, names.as_mut_slice())?;
    names.truncate(length);
    let mut all = Vec::new();
    for name in names.split(|byte| *byte == 0).filter(|it| !it.is_empty()) {
        let mut value = vec![0; 4096];
        let length = getxattr(path, name, value.as_mut_slice())?;
        value.truncate(length);
        all.push((name.to_vec(), value));
    }
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn golden(folder: &Path) {
        fs::create_dir_all(folder.join("folder-0000")).unwrap();
        for number in 0..20 {
            let path = folder.join(format!("folder-0000/file-{number:06}"));
            fs::write(path, format!("file {number}")).unwrap();
        }
        symlink("file-000000", folder.join("folder-0000/link")).unwrap();
    }

    #[test]
    fn each_tampering_is_seen_where_it_is_left_and_none_where_it_is_not() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (home, other) = (folder.path().join("home"), folder.path().join("golden"));
        golden(&home);
        golden(&other);
        assert_eq!(missed(&home, &other).unwrap(), 0);
        tamper(&home).unwrap();
        assert_eq!(missed(&home, &other).unwrap(), tampers());
        let lengths = |of: &Path| {
            fs::metadata(of.join("folder-0000/file-000001"))
                .unwrap()
                .len()
        };
        assert_eq!(lengths(&home), lengths(&other));
    }

    #[test]
    fn a_home_has_as_many_files_as_was_asked_and_about_as_many_bytes() {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path(), 101, 101_000).unwrap();
        let mut sum = (0, 0);
        for inner in fs::read_dir(folder.path().join("loan")).unwrap() {
            for file in fs::read_dir(inner.unwrap().path()).unwrap() {
                sum = (sum.0 + 1, sum.1 + file.unwrap().metadata().unwrap().len());
            }
        }
        assert_eq!(sum, (101, 101_000));
    }
}
