//! A disk of its own for a measurement: a file in the target folder with a file system
//! on it, so that all that is compared lies on the same kind of ground, and nothing of
//! the machine's own is touched.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A mounted disk, unmounted when it is dropped, and its room given back.
pub struct Disk {
    at: PathBuf,
    file: PathBuf,
}

impl Disk {
    /// Makes a file system of this kind in `folder`, and mounts it there.
    pub fn make(folder: &Path, kind: &str, bytes: u64) -> Result<Self> {
        let file = folder.join(format!("{kind}.disk"));
        File::create(&file)
            .and_then(|file| file.set_len(bytes))
            .with_context(|| format!("making {}", file.display()))?;
        let name = file
            .to_str()
            .context("the target folder has a plain name")?;
        let at = folder.join(kind);
        fs::create_dir(&at).context("making the place of a disk")?;
        match kind {
            "ext4" => ran("mkfs.ext4", &["-q", "-O", "encrypt", name])?,
            _other => ran("mkfs.btrfs", &["-q", name])?,
        }
        let place = at.to_str().context("the target folder has a plain name")?;
        ran("mount", &["-o", "loop", name, place])?;
        Ok(Self { at, file })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.at
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let place = self.at.to_string_lossy();
        if let Err(why) = ran("umount", &["-R", &place]) {
            eprintln!("{place} is still mounted: {why:#}");
        }
        if let Err(why) = fs::remove_file(&self.file) {
            eprintln!("{} is left behind: {why}", self.file.display());
        }
    }
}

/// Runs a program to its end.
pub fn ran(program: &str, words: &[&str]) -> Result<()> {
    let done = Command::new(program).args(words).output();
    let done = done.with_context(|| format!("starting {program}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    bail!("{program} ended with {}: {}", done.status, said.trim());
}
