//! `restore`: brings a library back from a backup into an empty folder, or only tries
//! whether it could.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufReader, BufWriter},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::{ArgGroup, Args};
use data_encoding::HEXLOWER;
use shared::head::Head;

use super::{audit, house, house::House, keys, no, progress::Progress};
use crate::{
    backup::{Backup, BackupError, Header, Keys},
    chance, clock,
    config::Folder,
    server_keys::ServerKeys,
    store::{Fault, Holdings, Restored, SCHEMA},
};

/// Bring a library back from a backup, or try whether it could be
///
/// Both need the three keys that `backup-key` told you to keep, as files in one
/// folder: backup.key, data.key and server.key. Where server.key was lost, --recover
/// makes new keys with the recovery key. The seal is opened, the database
/// checked page by page, brought up to date, its log verified, and every row that
/// follows from the log compared with the log.
///
/// Try it, and change nothing (the data folder itself holds the keys):
///   tablet-server restore --check monday.backup --keys library
///
/// Bring it back into a new folder, on a new machine:
///   tablet-server restore --from monday.backup --keys usb-stick --data library
///
/// What happened after the backup was made is not in it. Kiosks tell again what they
/// still know, as soon as the server runs; what was enrolled since is to be enrolled
/// again. Kiosks note heads of the log that the backup cannot hold: `audit doubts`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, group = ArgGroup::new("what").required(true))]
pub(super) struct Restore {
    /// The backup to bring back; needs --data.
    #[arg(long, value_name = "FILE", group = "what", requires = "data")]
    from: Option<PathBuf>,
    /// Only try whether this backup could be brought back.
    #[arg(long, value_name = "FILE", group = "what", conflicts_with = "data")]
    check: Option<PathBuf>,
    /// The folder in which the server is to keep everything: a new or an empty one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The folder with backup.key, data.key and server.key.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// server.key was lost: read the recovery key from standard input, and make keys
    /// that tablets go on to by it.
    #[arg(long)]
    recover: bool,
    /// A head that was noted before the backup was made, by `audit verify` or a kiosk:
    /// SEQ:HASH. May be given more than once.
    #[arg(long = "head", value_name = "SEQ:HASH")]
    heads: Vec<Head>,
}

impl Restore {
    pub(super) fn run(self) -> Result<()> {
        let folder = Folder::new(&self.keys);
        let keys = |file: &Path| {
            if self.recover {
                house::keys_with(&folder, || recovered(file))
            } else {
                house::keys(&folder)
            }
        };
        match (self.from, self.check, self.data) {
            (Some(from), _, Some(data)) => bring_back(&from, &keys(&from)?, &self.heads, &data),
            (None, Some(check), None) => try_out(&check, &keys(&check)?, &self.heads),
            // The words themselves are checked before they come here.
            (Some(_) | None, _, _) => Err(no("Say --from FILE --data DIR, or --check FILE.")),
        }
    }
}

/// New keys for the server that was backed up, by its recovery key.
fn recovered(file: &Path) -> Result<ServerKeys> {
    let keyrings = begin(file)?.header.keyrings;
    let keys = ServerKeys::recover(keyrings, &keys::typed()?, chance::bytes);
    keys.map_err(|why| no(format!("{why}. Nothing was changed.")))
}

fn try_out(file: &Path, keys: &Keys, heads: &[Head]) -> Result<()> {
    let name = format!("tablet-server-{}", HEXLOWER.encode(&chance::bytes::<8>()));
    let place = Place::make(std::env::temp_dir().join(name))?;
    let (header, house) = put_together(file, keys, heads, &place.0)?;
    tell(&header, &house)?;
    println!("this backup can be brought back; nothing was changed");
    Ok(())
}

fn bring_back(file: &Path, keys: &Keys, heads: &[Head], data: &Path) -> Result<()> {
    let folder = Folder::new(data);
    let place = folder.bringing_back();
    refuse_what_is_there(&folder, place.path())?;
    let place = Place::make(place.path().to_owned())?;
    let (header, mut house) = put_together(file, keys, heads, &place.0)?;
    house.store.note_restored(&Restored {
        restored_at: clock::now(),
        made_at: header.made_at,
        head: header.head,
    })?;
    tell(&header, &house)?;
    let from = house.folder.clone();
    house.store.close()?;
    move_in(&from, &folder)?;
    println!("brought back into {}", data.display());
    println!(
        "Now bring image files back with `image release`, start the server, and enrol again what \
         was enrolled after {}.",
        header.made_at
    );
    Ok(())
}

/// Only a new folder or an empty one is taken: what is in another may be the last
/// there is of a library.
fn refuse_what_is_there(folder: &Folder, place: &Path) -> Result<()> {
    let path = folder.path();
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(why).with_context(|| format!("reading {}", path.display())),
    };
    for entry in entries {
        let found = entry?.path();
        // Left by a restore that a power cut ended.
        if found != place {
            return Err(no(format!(
                "{} is not empty: it holds {}. Nothing was changed. Take a new folder.",
                path.display(),
                found.display()
            )));
        }
    }
    Ok(())
}

/// A private folder in which a library is put together; gone afterwards.
struct Place(PathBuf);

impl Place {
    fn make(path: PathBuf) -> Result<Self> {
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("deleting {}", path.display()))?;
        }
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&path);
        made.with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.0) {
            eprintln!(
                "{} could not be deleted: {why}. Delete it: it is not sealed.",
                self.0.display()
            );
        }
    }
}

const USELESS: &str = "This backup cannot be brought back, and nothing of it was kept. Take another \
    copy of it, or the backup before it";

/// Opens the seal and makes sure of everything, in this place.
fn put_together(file: &Path, keys: &Keys, heads: &[Head], place: &Path) -> Result<(Header, House)> {
    let folder = Folder::new(place);
    let header = unseal(file, keys, &folder.database())?;
    house::write_whole(&folder.kind(), header.kind.as_bytes())?;
    house::write_keys(&folder, keys)?;
    let (_, reader) = house::reading(&folder)?;
    reader.check_whole().context(USELESS)?;
    drop(reader);
    let mut house = house::open(folder)?;
    let heads: Vec<Head> = [&[header.head], heads].concat();
    audit::verify(house.store.read(), &heads).context(USELESS)?;
    replay(&mut house)?;
    Ok((header, house))
}

fn begin(file: &Path) -> Result<Backup<BufReader<File>>> {
    let from = File::open(file).with_context(|| format!("opening {}", file.display()))?;
    Backup::begin(BufReader::new(from)).map_err(|why| told(file, why))
}

fn unseal(file: &Path, keys: &Keys, to: &Path) -> Result<Header> {
    let backup = begin(file)?;
    backup.header.check(keys).map_err(|why| told(file, why))?;
    let schema = backup.header.schema;
    if schema > SCHEMA {
        return Err(no(format!(
            "{} was made by a later version of this program (tables {schema}, this one knows \
             {SCHEMA}). Take that version.",
            file.display()
        )));
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let database = options.open(to);
    let mut database =
        BufWriter::new(database.with_context(|| format!("making {}", to.display()))?);
    let header = backup
        .open(&keys.backup, &mut database)
        .map_err(|why| told(file, why))?;
    let database = database
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    database.sync_all()?;
    Ok(header)
}

/// What is wrong, and what to do about it.
fn told(file: &Path, why: BackupError) -> anyhow::Error {
    let file = file.display();
    match why {
        BackupError::Io(why) => anyhow::Error::from(why).context(format!("reading {file}")),
        BackupError::NotABackup | BackupError::LaterForm(_) => no(format!("{file}: {why}.")),
        BackupError::OtherBackupKey | BackupError::OtherDataKey | BackupError::OtherServerKey => {
            no(format!(
                "{file}: {why}. Nothing was changed. Look for the keys that were kept when the \
                 library was begun."
            ))
        }
        BackupError::Header(_) | BackupError::Damaged { .. } => {
            anyhow::Error::from(why).context(format!("{file}. {USELESS}"))
        }
    }
}

/// Every row that follows from the log is what follows from it.
fn replay(house: &mut House) -> Result<()> {
    let progress = Progress::new("facts replayed", house.store.read().position()?);
    let other = house
        .store
        .find_other_than_replayed(&|done| progress.show(done));
    drop(progress);
    match other.context("replaying the log")? {
        None => Ok(()),
        Some(table) => {
            let what = format!("the rows of {table} do not follow from the log");
            Err(Fault::NotWhole(what)).context(USELESS)
        }
    }
}

fn tell(header: &Header, house: &House) -> Result<()> {
    let read = house.store.read();
    let Holdings {
        tablets,
        open_loans,
    } = read.holdings()?;
    println!("made {}", header.made_at);
    println!("tables {}, brought up to {}", header.schema, read.schema()?);
    println!("{tablets} tablets, {open_loans} open loans");
    Ok(())
}

/// Moves everything from the place where it was put together; the database last, since
/// a folder without one is no library yet.
fn move_in(from: &Folder, to: &Folder) -> Result<()> {
    let files = [
        (from.kind(), to.kind()),
        (from.server_key(), to.server_key()),
        (from.data_key(), to.data_key()),
        (from.backup_key(), to.backup_key()),
        (from.database(), to.database()),
    ];
    for (here, there) in files {
        fs::rename(&here, &there).with_context(|| format!("moving {}", there.display()))?;
        house::sync_folder(&there)?;
    }
    Ok(())
}
