//! A test double of the disk that keeps unsynced writes and renames apart, and
//! enumerates the states in which a power cut may leave it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io,
    rc::Rc,
};

use super::Disk;

type Files = BTreeMap<String, Vec<u8>>;

#[derive(Clone, Debug)]
enum Op {
    Write(String, Vec<u8>),
    /// A file's new bytes, and those that it had.
    Over(String, Vec<u8>, Vec<u8>),
    Rename(String, String),
    Exchange(String, String),
    Remove(String),
    Sync(String),
    SyncNames,
}

#[derive(Debug, Default)]
struct Shared {
    /// What is durable for sure.
    base: Files,
    /// What was done since, in order.
    ops: Vec<Op>,
    /// Power is cut before the operation of this number.
    cut_at: Option<usize>,
    /// No more room can be taken.
    full: bool,
}

/// A disk whose power can be cut; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Torn(Rc<RefCell<Shared>>);

impl Torn {
    fn with(base: Files) -> Self {
        let shared = Shared {
            base,
            ..Shared::default()
        };
        Self(Rc::new(RefCell::new(shared)))
    }

    /// Makes everything durable, as an orderly end does.
    pub fn settle(&self) {
        let mut shared = self.0.borrow_mut();
        shared.base = done(&shared.base, &shared.ops);
        shared.ops.clear();
    }

    /// Cuts the power before the operation of this number.
    pub fn cut_at(&self, op: usize) {
        self.0.borrow_mut().cut_at = Some(op);
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        self.0.borrow_mut().full = true;
    }

    /// How many operations were done.
    pub fn ops(&self) -> usize {
        self.0.borrow().ops.len()
    }

    /// Every disk that a power cut during these operations may leave.
    pub fn crash_images(&self) -> Vec<Self> {
        let count = self.ops();
        (0..=count).flat_map(|at| self.images_at(at)).collect()
    }

    /// The disks that a cut after the first `at` operations may leave: with
    /// nothing of what is unsynced, with all of it, with each part alone lost,
    /// and with each unsynced write half done.
    pub fn images_at(&self, at: usize) -> Vec<Self> {
        let shared = self.0.borrow();
        let ops = &shared.ops[..at];
        let mut kept: Vec<Vec<Op>> = vec![synced(ops), ops.to_vec()];
        for loose in (0..at).filter(|index| !is_synced(ops, *index)) {
            kept.extend(variants(ops, loose));
        }
        let found: BTreeSet<Files> = kept.iter().map(|ops| done(&shared.base, ops)).collect();
        found.into_iter().map(Self::with).collect()
    }

    fn push(&self, op: Op) -> io::Result<()> {
        let mut shared = self.0.borrow_mut();
        if shared.cut_at.is_some_and(|at| shared.ops.len() >= at) {
            return Err(io::Error::other("the power is cut"));
        }
        shared.ops.push(op);
        Ok(())
    }
}

/// The operations with the one at `loose` lost, or half done.
fn variants(ops: &[Op], loose: usize) -> Vec<Vec<Op>> {
    let mut lost = ops.to_vec();
    let op = lost.remove(loose);
    let half_done = match op {
        Op::Write(name, bytes) => Op::Write(name, bytes[..bytes.len() / 2].to_vec()),
        // In the middle of what differs: the rest is blank before and after.
        Op::Over(name, bytes, old) => {
            let differs = bytes.iter().zip(&old).rposition(|(new, old)| new != old);
            let at = differs.map_or(0, |last| last / 2 + 1);
            Op::Write(name, [&bytes[..at], &old[at..]].concat())
        }
        Op::Rename(..) | Op::Exchange(..) | Op::Remove(_) | Op::Sync(_) | Op::SyncNames => {
            return vec![lost];
        }
    };
    let mut half = ops.to_vec();
    half[loose] = half_done;
    vec![lost, half]
}

fn synced(ops: &[Op]) -> Vec<Op> {
    let kept = (0..ops.len()).filter(|index| is_synced(ops, *index));
    kept.map(|index| ops[index].clone()).collect()
}

fn is_synced(ops: &[Op], index: usize) -> bool {
    let mut later = ops[index + 1..].iter();
    match &ops[index] {
        Op::Write(name, _) | Op::Over(name, _, _) => {
            later.any(|op| matches!(op, Op::Sync(synced) if synced == name))
        }
        Op::Rename(..) | Op::Exchange(..) | Op::Remove(_) => {
            later.any(|op| matches!(op, Op::SyncNames))
        }
        Op::Sync(_) | Op::SyncNames => true,
    }
}

fn done(base: &Files, ops: &[Op]) -> Files {
    let mut files = base.clone();
    for op in ops {
        match op {
            Op::Write(name, bytes) | Op::Over(name, bytes, _) => {
                drop(files.insert(name.clone(), bytes.clone()));
            }
            Op::Exchange(one, other) => {
                // As with a rename, of what was lost there is a name and no bytes.
                let (first, second) = (files.remove(one), files.remove(other));
                files.insert(other.clone(), first.unwrap_or_default());
                files.insert(one.clone(), second.unwrap_or_default());
            }
            Op::Rename(from, to) => {
                // A write that was lost leaves a file with no bytes to rename.
                let bytes = files.remove(from).unwrap_or_default();
                files.insert(to.clone(), bytes);
            }
            Op::Remove(name) => drop(files.remove(name)),
            Op::Sync(_) | Op::SyncNames => {}
        }
    }
    files
}

impl Disk for Torn {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let shared = self.0.borrow();
        Ok(done(&shared.base, &shared.ops).remove(name))
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.0.borrow().full && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.push(Op::Write(name.to_owned(), bytes.to_vec()))
    }

    fn write_over(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let old = self.read(name)?.ok_or(io::ErrorKind::NotFound)?;
        // More than was there leaves nothing of it behind.
        let behind = old.get(bytes.len()..).unwrap_or_default();
        let new = [bytes, behind].concat();
        if self.0.borrow().full && new.len() > old.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.push(Op::Over(name.to_owned(), new, old))
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.push(Op::Sync(name.to_owned()))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.push(Op::Rename(from.to_owned(), to.to_owned()))
    }

    fn exchange(&mut self, one: &str, other: &str) -> io::Result<()> {
        for name in [one, other] {
            self.read(name)?.ok_or(io::ErrorKind::NotFound)?;
        }
        self.push(Op::Exchange(one.to_owned(), other.to_owned()))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.push(Op::Remove(name.to_owned()))
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.push(Op::SyncNames)
    }
}
