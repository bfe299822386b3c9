//! A disk in memory. It remembers every operation in its order, so that a power cut
//! can be tried after each of them, and gets into trouble when it is told to.

use std::{
    cell::UnsafeCell,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    locks::{Busy, Holder, Level, Locks},
    tape::{FileId, Op, Remains, change},
    trouble::{Asked, Kind, Mood, Trouble},
};

/// Bytes of the index in memory that connections map at once.
pub(super) const REGION_BYTES: usize = 32 * 1024;

/// Eight bytes a cell, so that `SQLite` finds its own words aligned.
type Region = Box<[UnsafeCell<u64>]>;

/// A disk, shared by those that have files of it open.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<String, FileId>,
    files: BTreeMap<FileId, Content>,
    files_made: usize,
    holders_made: usize,
    tape: Vec<Op>,
    mood: Mood,
}

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    /// It has no name and is gone when it is closed: no power cut leaves it.
    temporary: bool,
    locks: Locks,
    /// The index that connections share; it is in memory alone.
    index: Vec<Region>,
    index_users: BTreeSet<Holder>,
}

/// Why the disk did not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no file of that name.
    NoSuchFile,
    /// It is in trouble.
    Trouble(Kind),
    /// Somebody else holds a lock.
    Busy,
}

impl From<Busy> for Failure {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// It is made where there is none.
    pub create: bool,
    /// Its first sync is one of the folder too, so that its name stands.
    pub sync_folder: bool,
}

impl Disk {
    /// A disk on which these files stand.
    pub fn holding(remains: &Remains) -> Self {
        let mut state = State::default();
        for (name, bytes) in &remains.0 {
            let file = state.add(Content {
                bytes: bytes.clone(),
                ..Content::default()
            });
            state.names.insert(name.clone(), file);
        }
        Self(Arc::new(Mutex::new(state)))
    }

    /// Everything that was done to it, in order; it begins to count anew.
    pub fn take_tape(&self) -> Vec<Op> {
        std::mem::take(&mut self.state().tape)
    }

    /// How many operations were done to it.
    pub fn operations(&self) -> usize {
        self.state().tape.len()
    }

    /// Its files as a program sees them.
    pub fn files(&self) -> Remains {
        let state = self.state();
        let named = state.names.iter();
        let files = named.map(|(name, file)| (name.clone(), state.files[file].bytes.clone()));
        Remains(files.collect())
    }

    /// Gets it into trouble.
    pub fn trouble(&self, trouble: Trouble) {
        self.state().mood.begin(trouble);
    }

    /// Ends its trouble; how often it refused.
    pub fn calm(&self) -> usize {
        self.state().mood.end()
    }

    /// Opens the file of this name, or one without a name.
    pub fn open(&self, name: Option<&str>, how: How) -> Result<OpenFile, Failure> {
        let mut state = self.state();
        let known = name.and_then(|name| state.names.get(name).copied());
        let file = match (known, how.create) {
            (Some(file), _) => file,
            (None, true) => state.create(name)?,
            (None, false) => return Err(Failure::NoSuchFile),
        };
        state.holders_made += 1;
        Ok(OpenFile {
            disk: self.clone(),
            file,
            holder: Holder(state.holders_made),
            sync_folder: how.sync_folder,
        })
    }

    /// Deletes a file; `sync_folder` makes that stand.
    pub fn delete(&self, name: &str, sync_folder: bool) -> Result<(), Failure> {
        let mut state = self.state();
        if state.names.remove(name).is_none() {
            return Err(Failure::NoSuchFile);
        }
        let name = name.to_owned();
        state.tape.push(Op::Delete { name });
        if sync_folder {
            state.tape.push(Op::SyncFolder);
        }
        Ok(())
    }

    /// The length of the file of this name.
    pub fn length(&self, name: &str) -> Option<usize> {
        let state = self.state();
        let file = state.names.get(name)?;
        Some(state.files[file].bytes.len())
    }

    /// Nothing of ours panics while it holds the lock half-way through a change.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, content: Content) -> FileId {
        self.files_made += 1;
        let file = FileId(self.files_made);
        self.files.insert(file, content);
        file
    }

    fn create(&mut self, name: Option<&str>) -> Result<FileId, Failure> {
        self.ask(Asked::Create)?;
        let file = self.add(Content {
            temporary: name.is_none(),
            ..Content::default()
        });
        if let Some(name) = name {
            self.names.insert(name.to_owned(), file);
            let name = name.to_owned();
            self.tape.push(Op::Create { name, file });
        }
        Ok(file)
    }

    fn ask(&mut self, asked: Asked) -> Result<(), Failure> {
        match self.mood.meets(asked) {
            Some(kind) => Err(Failure::Trouble(kind)),
            None => Ok(()),
        }
    }

    fn content(&mut self, file: FileId) -> &mut Content {
        let content = self.files.get_mut(&file);
        content.expect("a file is there while it is open")
    }

    /// Does it, and remembers it where a power cut could leave it.
    fn done(&mut self, file: FileId, op: Op) {
        let content = self.content(file);
        change(&mut content.bytes, &op);
        if !content.temporary {
            self.tape.push(op);
        }
    }
}

/// A file of a disk, open.
#[derive(Debug)]
pub struct OpenFile {
    disk: Disk,
    file: FileId,
    holder: Holder,
    sync_folder: bool,
}

impl OpenFile {
    /// Reads from this place on; how many bytes there were.
    pub fn read(&self, at: usize, to: &mut [u8]) -> usize {
        let mut state = self.disk.state();
        let bytes = &state.content(self.file).bytes;
        // Behind its end a file has nothing to read, which is no fault (read(2)).
        let there = bytes.get(at..).unwrap_or_default();
        let length = there.len().min(to.len());
        to[..length].copy_from_slice(&there[..length]);
        length
    }

    /// Writes from this place on.
    pub fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Failure> {
        let mut state = self.disk.state();
        let asked = state.ask(Asked::Write);
        let done = match asked {
            Ok(()) => bytes,
            Err(_) => &bytes[..bytes.len() / 2],
        };
        if !done.is_empty() {
            let (file, bytes) = (self.file, done.to_vec());
            state.done(file, Op::Write { file, at, bytes });
        }
        asked
    }

    /// Cuts or grows it to this length.
    pub fn truncate(&self, length: usize) -> Result<(), Failure> {
        let mut state = self.disk.state();
        state.ask(Asked::Truncate)?;
        let file = self.file;
        state.done(file, Op::Truncate { file, length });
        Ok(())
    }

    /// Makes what was written stand.
    pub fn sync(&mut self) -> Result<(), Failure> {
        let mut state = self.disk.state();
        let file = self.file;
        if let Err(failure) = state.ask(Asked::Sync) {
            state.done(file, Op::SyncFailed { file });
            return Err(failure);
        }
        state.done(file, Op::Sync { file });
        if std::mem::take(&mut self.sync_folder) {
            state.tape.push(Op::SyncFolder);
        }
        Ok(())
    }

    /// Its length.
    pub fn length(&self) -> usize {
        self.disk.state().content(self.file).bytes.len()
    }

    /// Raises its lock.
    pub fn lock(&self, to: Level) -> Result<(), Failure> {
        let mut state = self.disk.state();
        Ok(state.content(self.file).locks.raise(self.holder, to)?)
    }

    /// Lowers its lock.
    pub fn unlock(&self, to: Level) {
        let mut state = self.disk.state();
        state.content(self.file).locks.lower(self.holder, to);
    }

    /// Whether somebody means to write to it.
    pub fn reserved(&self) -> bool {
        self.disk.state().content(self.file).locks.reserved()
    }

    /// Where a part of the shared index is in memory; `None` where it is not there
    /// and is not to be made.
    pub fn index(&self, region: usize, make: bool) -> Option<*mut u64> {
        let mut state = self.disk.state();
        let content = state.content(self.file);
        content.index_users.insert(self.holder);
        while make && content.index.len() <= region {
            let cells = (0..REGION_BYTES / size_of::<u64>()).map(|_| UnsafeCell::new(0));
            content.index.push(cells.collect());
        }
        let region = content.index.get(region)?;
        Some(UnsafeCell::raw_get(region.as_ptr()))
    }

    /// Takes locks of the shared index.
    pub fn index_take(&self, locks: u8, exclusive: bool) -> Result<(), Failure> {
        let mut state = self.disk.state();
        let taken = &mut state.content(self.file).locks;
        Ok(taken.take(self.holder, locks, exclusive)?)
    }

    /// Gives locks of the shared index back.
    pub fn index_give(&self, locks: u8) {
        let mut state = self.disk.state();
        state.content(self.file).locks.give(self.holder, locks);
    }

    /// Uses the shared index no more. It is gone with its last user.
    pub fn index_leave(&self) {
        let mut state = self.disk.state();
        let content = state.content(self.file);
        content.index_users.remove(&self.holder);
        if content.index_users.is_empty() {
            content.index.clear();
        }
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        let content = state.content(self.file);
        content.locks.forget(self.holder);
        content.index_users.remove(&self.holder);
        if content.temporary {
            state.files.remove(&self.file);
        }
    }
}
