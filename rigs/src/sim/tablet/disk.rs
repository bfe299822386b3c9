//! A disk on which everything is durable at once: that unsynced writes are kept
//! apart is what the power-cut rig is for.

use std::{collections::BTreeMap, io, io::ErrorKind};

use agent::disk::Disk;

/// Files in memory.
#[derive(Debug, Default)]
pub struct Memory(BTreeMap<String, Vec<u8>>);

impl Disk for Memory {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(name).cloned())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn write_over(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let held = self.0.get_mut(name).ok_or(ErrorKind::NotFound)?;
        held.resize(held.len().max(bytes.len()), 0);
        held[..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        if let Some(bytes) = self.0.remove(from) {
            self.0.insert(to.to_owned(), bytes);
        }
        Ok(())
    }

    fn exchange(&mut self, one: &str, other: &str) -> io::Result<()> {
        let first = self.0.remove(one).ok_or(ErrorKind::NotFound)?;
        let second = self.0.remove(other).ok_or(ErrorKind::NotFound)?;
        self.0.insert(other.to_owned(), first);
        self.0.insert(one.to_owned(), second);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.0.remove(name);
        Ok(())
    }

    fn sync_names(&mut self) -> io::Result<()> {
        Ok(())
    }
}
