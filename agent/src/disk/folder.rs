//! The real disk: a folder of the file system.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, lchown,
    },
    path::{Path, PathBuf},
};

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};

use super::Disk;

/// No file that the agent keeps or is told by is as long (R16).
pub const FILE_BYTES_MAX: u64 = 4 << 20;

/// Who may read what a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Everybody.
    All,
}

/// A folder of the file system.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    readers: Readers,
}

impl Folder {
    /// The folder at `path`, made if it is not there.
    pub fn open(path: &Path, readers: Readers) -> io::Result<Self> {
        make_all(path)?;
        let path = path.to_owned();
        Ok(Self { path, readers })
    }

    /// The folder at `path` for whoever only looks: nothing is made, and where it is
    /// not there it holds nothing.
    pub fn to_look_at(path: &Path) -> Self {
        let (path, readers) = (path.to_owned(), Readers::Owner);
        Self { path, readers }
    }

    /// The names of its files.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.path) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?.collect::<io::Result<Vec<_>>>()?,
        };
        let names = entries.into_iter().map(|entry| entry.file_name());
        Ok(names.filter_map(|name| name.into_string().ok()).collect())
    }

    /// Gives every file in it to whoever the folder belongs to: what root made in it,
    /// its role must be able to read.
    pub fn hand_over(&self) -> io::Result<()> {
        let owner = fs::metadata(&self.path)?;
        for entry in fs::read_dir(&self.path)? {
            lchown(entry?.path(), Some(owner.uid()), Some(owner.gid()))?;
        }
        Ok(())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Disk for Folder {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match read_plain(&self.at(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mode = match self.readers {
            Readers::Owner => 0o600,
            Readers::All => 0o644,
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(mode);
        options.custom_flags(flags(OFlags::NOFOLLOW));
        let mut file = options.open(self.at(name))?;
        // Whatever the unit of a role takes away, its readers are those that are meant.
        file.set_permissions(Permissions::from_mode(mode))?;
        if let Err(full) = kill_point::room() {
            // A disk that is full takes what it still can.
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(full);
        }
        file.write_all(bytes)
    }

    fn write_over(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).custom_flags(flags(OFlags::NOFOLLOW));
        let mut file = options.open(self.at(name))?;
        if file.metadata()?.len() < bytes.len() as u64 {
            kill_point::room()?;
        }
        file.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        // Its times need not be durable, and to wait for them wakes the tablet once more.
        File::open(self.at(name))?.sync_data()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.at(from), self.at(to))
    }

    fn exchange(&mut self, one: &str, other: &str) -> io::Result<()> {
        let (one, other) = (self.at(one), self.at(other));
        Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.at(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    fn sync_names(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

/// The bytes of a plain file of bounded length. Others may write into the folder: no
/// link is followed, and nothing is waited for, as a FIFO would have us do.
fn read_plain(path: &Path) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.read(true).custom_flags(flags(careful));
    let file = match options.open(path) {
        Err(error) if error.raw_os_error() == Some(LOOP) => return Err(not_plain()),
        opened => opened?,
    };
    if !file.metadata()?.is_file() {
        return Err(not_plain());
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is too long"));
    }
    Ok(bytes)
}

/// What the kernel says of a link that must not be followed.
const LOOP: i32 = rustix::io::Errno::LOOP.raw_os_error();

fn not_plain() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is not a plain file")
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

/// Makes a folder and those above it, each durable in the one that holds it.
pub fn make_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    make_all(parent)?;
    kill_point::room()?;
    match DirBuilder::new().mode(0o755).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        Err(_) => {}
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o755))?,
    }
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::os::unix::fs::symlink;

    use rustix::{
        fs::{Mode, mkfifoat},
        process::umask,
    };

    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Folder::open(folder.path(), Readers::All).unwrap();
        (folder, disk)
    }

    #[test]
    fn a_link_is_neither_read_nor_written_through() {
        let (outer, mut disk) = folder();
        fs::write(outer.path().join("secret"), "s").unwrap();
        symlink("secret", outer.path().join("answer")).unwrap();
        let refused = disk.read("answer").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidData);
        assert!(disk.write("answer", b"x").is_err());
        assert_eq!(fs::read(outer.path().join("secret")).unwrap(), b"s");
    }

    #[test]
    fn a_fifo_and_a_folder_are_not_waited_for_and_not_read() {
        let (outer, disk) = folder();
        mkfifoat(CWD, outer.path().join("fifo"), Mode::from_raw_mode(0o666)).unwrap();
        fs::create_dir(outer.path().join("folder")).unwrap();
        for name in ["fifo", "folder"] {
            let refused = disk.read(name).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidData, "{name}");
        }
    }

    #[test]
    fn a_file_is_read_up_to_a_length_and_no_further() {
        let (outer, disk) = folder();
        let file = File::create(outer.path().join("file")).unwrap();
        file.set_len(FILE_BYTES_MAX).unwrap();
        let read = disk.read("file").unwrap().unwrap();
        assert_eq!(read.len() as u64, FILE_BYTES_MAX);
        file.set_len(FILE_BYTES_MAX + 1).unwrap();
        assert!(disk.read("file").is_err());
    }

    #[test]
    fn whatever_its_unit_takes_away_a_receipt_can_be_read_by_whoever_delivers_it() {
        let before = umask(Mode::from_raw_mode(0o077));
        let outer = tempfile::tempdir().unwrap();
        let made = outer.path().join("receipts");
        let mut disk = Folder::open(&made, Readers::All).unwrap();
        disk.write("1.json", b"{}").unwrap();
        umask(before);
        let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let found = (rights(&made), rights(&made.join("1.json")));
        assert_eq!(found, (0o755, 0o644));
    }

    #[test]
    fn whoever_only_looks_makes_nothing() {
        let (outer, _disk) = folder();
        let there = outer.path().join("not/there");
        assert_eq!(Folder::to_look_at(&there).read("file").unwrap(), None);
        assert!(Folder::to_look_at(&there).names().unwrap().is_empty());
        assert!(!outer.path().join("not").exists());
    }
}
