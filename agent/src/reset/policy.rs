//! What a loan leaves outside the home: one declarative list. Each line of it is
//! in the receipt, with what was found and what is left.

use std::{ffi::CString, os::fd::AsFd as _, path::Path};

use rustix::{
    fs::{FileType, fsync},
    io::Errno,
};
use shared::signed::receipt::{FailedStep, PolicyLine};

use super::StepFailed;
use crate::tree::{self, Tree};

/// One line of the list: a directory whose contents go, itself staying.
struct Line {
    name: &'static str,
    directory: &'static str,
}

const fn line(name: &'static str, directory: &'static str) -> Line {
    Line { name, directory }
}

/// The list. The network that the library set up is configuration of the tablet
/// (`etc/NetworkManager`) and stays; what is remembered of other networks
/// goes.
const LINES: &[Line] = &[
    line("temporary files", "tmp"),
    line("temporary files kept over a restart", "var/tmp"),
    line("shared memory", "dev/shm"),
    line("run-time folders of people", "run/user"),
    line("networks and leases", "var/lib/NetworkManager"),
    line("bluetooth pairings", "var/lib/bluetooth"),
    line("print jobs", "var/spool/cups"),
    line("timed jobs", "var/spool/cron/crontabs"),
    line("mail", "var/mail"),
    line("core dumps", "var/lib/systemd/coredump"),
    line("crash reports", "var/crash"),
    line("people who stay signed in", "var/lib/systemd/linger"),
    line(
        "accounts' pictures and languages",
        "var/lib/AccountsService/users",
    ),
];

fn fault(line: &Line, why: impl std::fmt::Display) -> StepFailed {
    StepFailed::because(FailedStep::Policy, format!("{}: {why}", line.name))
}

fn told(line: &Line, found: u64, left: u64) -> PolicyLine {
    let item = line.name.to_owned();
    PolicyLine { item, found, left }
}

/// Deletes what the list names; what was found of each line. What will not go is
/// counted when it is looked for again.
pub fn sweep(root: &Path) -> Result<Vec<PolicyLine>, StepFailed> {
    LINES.iter().map(|line| sweep_line(root, line)).collect()
}

fn sweep_line(root: &Path, line: &Line) -> Result<PolicyLine, StepFailed> {
    let opened = Tree::open(root, line.directory).map_err(|why| fault(line, why))?;
    let Some(tree) = opened else {
        return Ok(told(line, 0, 0));
    };
    let mut found = 0;
    for name in tree::names(tree.top()).map_err(|why| fault(line, why))? {
        let deleted = tree.delete(tree.top(), &name);
        found += deleted.gone + deleted.stuck;
    }
    if found > 0 {
        fsync(tree.top()).map_err(|why| fault(line, why))?;
    }
    Ok(told(line, found, 0))
}

/// Looks again at what is left of each line.
pub fn left(root: &Path) -> Result<Vec<PolicyLine>, StepFailed> {
    let look = |line| {
        let left = left_of(root, line)?;
        Ok(told(line, left, left))
    };
    LINES.iter().map(look).collect()
}

fn left_of(root: &Path, line: &Line) -> Result<u64, StepFailed> {
    let opened = Tree::open(root, line.directory).map_err(|why| fault(line, why))?;
    match opened {
        Some(tree) => count(&tree).map_err(|why| fault(line, why)),
        None => Ok(0),
    }
}

/// Counts the paths of a tree down to a bounded depth: more than none is enough
/// to fail, so nobody needs to know how much there is below.
fn count(tree: &Tree) -> Result<u64, Errno> {
    let names = tree::names(tree.top())?;
    let mut paths = names.len() as u64;
    for name in names {
        paths += inside(tree, &name)?;
    }
    Ok(paths)
}

fn inside(tree: &Tree, name: &CString) -> Result<u64, Errno> {
    if tree::kind(tree.top(), name)? != FileType::Directory {
        return Ok(0);
    }
    match tree.look(name.to_bytes()) {
        Ok(dir) => Ok(tree::names(dir.as_fd())?.len() as u64),
        // Another mount, or one that this program may not enter: it is left.
        Err(Errno::XDEV | Errno::ACCESS) => Ok(0),
        Err(why) => Err(why),
    }
}
