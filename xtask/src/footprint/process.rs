//! What the kernel says of a running program: the memory that it holds, and how often it
//! was woken.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A running program.
#[derive(Debug)]
pub struct Process(PathBuf);

impl Process {
    /// The program of this number.
    pub fn of(pid: i32) -> Self {
        Self(Path::new("/proc").join(pid.to_string()))
    }

    /// Memory that it holds, its own code included.
    pub fn rss_bytes(&self) -> Result<u64> {
        let kib = field(&read(&self.0.join("status"))?, "VmRSS")?;
        Ok(kib * 1024)
    }

    /// How often each of its threads gave way to wait for something. A thread that has
    /// ended took its number with it.
    pub fn wakeups(&self) -> Result<u64> {
        let threads = fs::read_dir(self.0.join("task")).context("listing its threads")?;
        let each = threads.map(|thread| {
            let status = read(&thread?.path().join("status"))?;
            field(&status, "voluntary_ctxt_switches")
        });
        each.sum()
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// The number behind a name in a file of `/proc`.
fn field(status: &str, name: &str) -> Result<u64> {
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(key, _)| *key == name);
    let (_, value) = found.with_context(|| format!("the kernel tells no {name}"))?;
    let number = value.split_whitespace().next().unwrap_or_default();
    number.parse().with_context(|| format!("{name} is {value}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn the_kernels_own_figures_are_read() {
        let status = "Name:\ta\nVmRSS:\t    3700 kB\nvoluntary_ctxt_switches:\t12\n";
        assert_eq!(field(status, "VmRSS").unwrap(), 3700);
        assert_eq!(field(status, "voluntary_ctxt_switches").unwrap(), 12);
        assert!(field(status, "Vm").is_err());
        let myself = Process::of(std::process::id().try_into().unwrap());
        assert!(myself.rss_bytes().unwrap() > 100_000);
        assert!(myself.wakeups().is_ok());
    }
}
