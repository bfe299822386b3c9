//! The ground that worlds stand on: a folder, in memory where the machine has one,
//! with empty databases to begin from, since making tables takes longer than most
//! of what a world does with them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use server::store::{Settings, Store};
use shared::policy::Policy;
use tempfile::TempDir;

/// Where folders are in memory.
const IN_MEMORY: &str = "/dev/shm";

/// What keys the people's tables.
const DATA_KEY: [u8; 32] = [7; 32];

/// A folder for worlds, and the databases that they begin from.
#[derive(Debug)]
pub struct Ground {
    folder: TempDir,
}

impl Ground {
    /// A folder of its own.
    pub fn lay() -> Result<Self> {
        let in_memory = Path::new(IN_MEMORY);
        let folder = if in_memory.is_dir() {
            TempDir::with_prefix_in("library-sim-", in_memory)
        } else {
            TempDir::with_prefix("library-sim-")
        };
        let ground = Self {
            folder: folder.context("making a folder for the worlds")?,
        };
        drop(open_server(&ground.server(), Policy::default()).context("an empty server")?);
        drop(kiosk::store::Store::open(&ground.kiosk()).context("an empty kiosk")?);
        Ok(ground)
    }

    fn server(&self) -> PathBuf {
        self.folder.path().join("server.db")
    }

    fn kiosk(&self) -> PathBuf {
        self.folder.path().join("kiosk")
    }

    /// A folder for one world; it goes with the world.
    pub fn world(&self) -> Result<TempDir> {
        TempDir::with_prefix_in("world-", self.folder.path()).context("making a world's folder")
    }

    /// Puts an empty server's database there.
    pub fn place_server(&self, path: &Path) -> Result<()> {
        fs::copy(self.server(), path).context("copying an empty server")?;
        Ok(())
    }

    /// Puts an empty kiosk's folder there.
    pub fn place_kiosk(&self, folder: &Path) -> Result<()> {
        copy_folder(&self.kiosk(), folder).context("copying an empty kiosk")
    }
}

/// Opens a server's store. The one place where the rig does so.
pub fn open_server(path: &Path, policy: Policy) -> Result<Store> {
    let data_key = DATA_KEY;
    let settings = Settings { policy, data_key };
    Store::open(path, settings).context("opening the server's store")
}

/// Copies the files of a folder, in place of what is there.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
