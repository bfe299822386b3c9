//! `backup`: seals the whole database into one file while the server runs, and
//! `backup-key`: makes the key that opens it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use sha2::{Digest as _, Sha256};
use shared::time::Moment;

use super::{Data, audit, house, no};
use crate::{
    backup::{self, BackupKey, Header, Keys},
    chance, clock,
    config::Folder,
    server_keys::ServerKeys,
    store::Reader,
};

const DAMAGED: &str = "No backup was made, since what would be in it is damaged. Stop the server, \
    keep this folder as it is, and bring back the last backup: `restore --help`";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Make the key that seals backups, or print it again
///
/// Without it no backup can ever be opened. It stays in the data folder as
/// backup.key, so that `backup` can run by itself; keep a copy where the backups
/// are not: on paper, in a safe.
///
/// Keep two more files of the data folder apart from it and from the backups:
///   data.key     without it no card is known again
///   server.key   without it only the recovery key makes tablets believe the server again
/// `restore` asks for all three. Copy server.key anew whenever `keys` changed it.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct MakeBackupKey {
    #[command(flatten)]
    data: Data,
}

/// Seal the whole library into one file, while the server runs
///
/// The database is copied as it is at one moment, verified, sealed and read back
/// before the file is given its name. The keys are not in it: `backup-key --help`
/// says what to keep besides, and none is made before the recovery key was written
/// down: `keys recovery --help`. Images are not in it either: `image release` brings
/// their files back.
///
/// Every night, for example:
///   tablet-server backup --data library --to /mnt/backups/$(date +%F).backup --keep-days 30
///
/// Try a backup out before you need it: `restore --help`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Backup {
    #[command(flatten)]
    data: Data,
    /// The file to write; one that is there already is left as it is.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Afterwards delete backups of this library that are older, in the same folder.
    /// At most 30: what people had forgotten must not live on in a backup.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u8).range(1..=30))]
    keep_days: Option<u8>,
}

impl MakeBackupKey {
    pub(super) fn run(self) -> Result<()> {
        let folder = self.data.existing()?;
        let path = folder.backup_key();
        if !path.exists() {
            let key = BackupKey::from_bytes(chance::bytes());
            house::write_whole(&path, format!("{}\n", key.text()).as_bytes())?;
        }
        println!("{}", house::backup_key(&folder)?.text());
        eprintln!(
            "Write this key down and keep it where the backups are not: without it none of them \
             can be opened. Keep copies of {} and {} there, too.",
            folder.data_key().display(),
            folder.server_key().display()
        );
        Ok(())
    }
}

impl Backup {
    pub(super) fn run(self) -> Result<()> {
        let folder = self.data.existing()?;
        let keys = house::keys(&folder)?;
        if keys.server.recovery().is_some() {
            return Err(no(
                "The recovery key is only on this machine: with it, whoever brings this backup \
                 back could not make tablets believe the server again. Write it down first: \
                 `keys recovery --help`.",
            ));
        }
        if self.to.exists() {
            return Err(no(format!(
                "{} is there already and is left as it is. Take another name.",
                self.to.display()
            )));
        }
        let _lock = lock(&folder)?;
        let (kind, reader) = house::reading(&folder)?;
        let copy = Copy::make(&folder, &reader)?;
        let reader = Reader::open(&copy.0, reader.settings().clone())?;
        reader.check_whole().context(DAMAGED)?;
        audit::verify(&reader, &[]).context(DAMAGED)?;
        let made = (clock::now(), kind.name());
        let header = Header::new(
            made,
            reader.schema()?,
            reader.head()?,
            &keys,
            chance::bytes(),
        );
        drop(reader);
        write_sealed(&self.to, &header, &keys, &copy.0)?;
        println!("backed up to {}", self.to.display());
        match self.keep_days {
            Some(days) => delete_older(&self.to, &keys.server, days),
            None => Ok(()),
        }
    }
}

fn lock(folder: &Folder) -> Result<File> {
    let path = folder.backup_lock();
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path);
    let file = file.with_context(|| format!("opening {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(no(
            "Another backup is being made. Wait until it is done.".to_owned(),
        )),
        Err(TryLockError::Error(why)) => Err(why).context("taking the backup's lock"),
    }
}

/// A copy of the database in the data folder, gone when it was sealed. One that a
/// power cut left behind is gone before.
struct Copy(PathBuf);

impl Copy {
    fn make(folder: &Folder, reader: &Reader) -> Result<Self> {
        let copy = Self(folder.copy());
        remove_if_there(&copy.0)?;
        reader.copy_to(&copy.0).context("copying the database")?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(why) = remove_if_there(&self.0) {
            eprintln!("{why:#}. Delete it: it is not sealed.");
        }
    }
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(why).with_context(|| format!("deleting {}", path.display())),
    }
}

/// Seals the copy into a file beside its place, reads it back, and only then gives it
/// its name.
fn write_sealed(to: &Path, header: &Header, keys: &Keys, copy: &Path) -> Result<()> {
    let part = with_ending(to, "part");
    let written = seal_into(&part, header, &keys.backup, copy)
        .and_then(|()| read_back(&part, &keys.backup, copy))
        .and_then(|()| name(&part, to));
    if written.is_err() {
        // Why it could not be written says more than why it could not be deleted.
        drop(fs::remove_file(&part));
    }
    written.with_context(|| format!("writing {}", to.display()))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn seal_into(part: &Path, header: &Header, key: &BackupKey, copy: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut to = BufWriter::new(options.open(part)?);
    let mut from = File::open(copy)?;
    backup::seal(header, key, &mut from, &mut to)?;
    let file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(file.sync_all()?)
}

fn read_back(part: &Path, key: &BackupKey, copy: &Path) -> Result<()> {
    let mut opened = Hash(Sha256::new());
    backup::Backup::begin(BufReader::new(File::open(part)?))?.open(key, &mut opened)?;
    let mut copied = Hash(Sha256::new());
    io::copy(&mut File::open(copy)?, &mut copied)?;
    if opened.0.finalize() == copied.0.finalize() {
        return Ok(());
    }
    anyhow::bail!("what was read back is not what was written: the disk may be failing")
}

fn name(part: &Path, to: &Path) -> Result<()> {
    fs::rename(part, to)?;
    Ok(house::sync_folder(to)?)
}

/// Hashes what is written to it.
struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Deletes backups of the library with these keys that are older, beside this file.
/// What cannot be read as one is left.
fn delete_older(beside: &Path, keys: &ServerKeys, days: u8) -> Result<()> {
    let folder = match beside.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let oldest = clock::now().plus_ms(-i64::from(days) * DAY_MS);
    let files = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for file in files {
        let path = file?.path();
        if let Some(made_at) = made_at(&path, keys)
            && made_at < oldest
        {
            fs::remove_file(&path).with_context(|| format!("deleting {}", path.display()))?;
            println!("deleted {}, made on {}", path.display(), made_at.day());
        }
    }
    Ok(())
}

/// When this backup was made, where it is one of this library.
fn made_at(path: &Path, keys: &ServerKeys) -> Option<Moment> {
    let file = File::open(path).ok()?;
    file.metadata().ok()?.is_file().then_some(())?;
    let header = backup::Backup::begin(BufReader::new(file).take(u64::MAX))
        .ok()?
        .header;
    header.is_known_by(keys).then_some(header.made_at)
}
