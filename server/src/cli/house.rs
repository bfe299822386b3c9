//! A server's folder: its keys, made once and never silently again, and its kind.
//! A demo takes directories for tablets, so a demo's folder is never a library's.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use anyhow::{Context, Result};
use shared::{
    command::{Action, Command},
    event::{Actor, Origin},
    ids::{CommandId, VenueId},
    policy::Policy,
    signed::receipt::Scope,
    tablet::ProofKind,
    venue::Venue,
};

use super::{no, refused};
use crate::{
    backup::{BackupKey, Keys},
    chance, clock,
    config::Folder,
    server_keys::ServerKeys,
    store::{Accepted, Reader, Settings, Store, Work},
};

/// What a folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Real people and real tablets.
    Library,
    /// Made-up people, and directories that play tablets.
    Demo,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Demo => "demo",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Library, Self::Demo]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A server's folder, opened.
pub(super) struct House {
    pub(super) folder: Folder,
    pub(super) kind: Kind,
    pub(super) keys: ServerKeys,
    pub(super) settings: Settings,
    pub(super) store: Store,
}

/// Opens the folder of whatever kind it is; a library's where there is none.
pub(super) fn open(folder: Folder) -> Result<House> {
    let kind = kind_of(&folder)?.unwrap_or(Kind::Library);
    open_as(folder, kind)
}

/// Opens the folder as one of this kind, and refuses one of the other.
pub(super) fn open_as(folder: Folder, kind: Kind) -> Result<House> {
    make_folder(folder.path())?;
    match kind_of(&folder)? {
        None => write_whole(&folder.kind(), kind.name().as_bytes())?,
        Some(found) if found == kind => {}
        Some(found) => return Err(wrong_kind(&folder, found)),
    }
    let is_new = !folder.database().exists();
    let keys = if is_new && !folder.server_key().exists() {
        begin_server_keys(&folder)?
    } else {
        server_keys(&folder)?
    };
    let data_key = key_bytes(&folder.data_key(), is_new)?;
    let policy = policy(&folder, kind, &keys)?;
    let settings = Settings { policy, data_key };
    let store = Store::open(&folder.database(), settings.clone())
        .with_context(|| format!("opening {}", folder.database().display()))?;
    Ok(House {
        folder,
        kind,
        keys,
        settings,
        store,
    })
}

/// The folder as it is, for a reader: nothing is made and nothing brought up to date.
pub(super) fn reading(folder: &Folder) -> Result<(Kind, Reader)> {
    let kind = kind_of(folder)?.unwrap_or(Kind::Library);
    let data_key = key_bytes(&folder.data_key(), false)?;
    let policy = policy(folder, kind, &server_keys(folder)?)?;
    let reader = Reader::open(&folder.database(), Settings { policy, data_key })
        .with_context(|| format!("opening {}", folder.database().display()))?;
    Ok((kind, reader))
}

/// The keys that a library lives by, from the folder that holds them.
pub(super) fn keys(folder: &Folder) -> Result<Keys> {
    keys_with(folder, || server_keys(folder))
}

/// The same, with these keys for tablets to know the server by.
pub(super) fn keys_with(
    folder: &Folder,
    server: impl FnOnce() -> Result<ServerKeys>,
) -> Result<Keys> {
    Ok(Keys {
        backup: backup_key(folder)?,
        data: key_bytes(&folder.data_key(), false)?,
        server: server()?,
    })
}

fn begin_server_keys(folder: &Folder) -> Result<ServerKeys> {
    let keys = ServerKeys::begin(chance::bytes);
    keep_server_keys(folder, &keys)?;
    Ok(keys)
}

/// The keys by which tablets know the server. A key that stands alone, as it did before
/// there were three, becomes the one in use.
pub(super) fn server_keys(folder: &Folder) -> Result<ServerKeys> {
    let path = folder.server_key();
    match fs::read(&path) {
        Ok(bytes) if let Ok(seed) = <[u8; 32]>::try_from(bytes.as_slice()) => {
            let keys = ServerKeys::begin_with(&seed, chance::bytes);
            keep_server_keys(folder, &keys)?;
            Ok(keys)
        }
        Ok(bytes) => ServerKeys::from_bytes(&bytes)
            .map_err(|why| no(format!("{}: {why}. {BRING_BACK}", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(no(format!("{} is not there. {BRING_BACK}", path.display())))
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

const BRING_BACK: &str = "Bring it back from a copy; where there is none, `restore --recover` makes \
    new keys with the recovery key. With others, no tablet would know the server again.";

/// Keeps the keys, the old or the new, whatever happens meanwhile.
pub(super) fn keep_server_keys(folder: &Folder, keys: &ServerKeys) -> Result<()> {
    write_whole(&folder.server_key(), &keys.to_bytes())
}

/// The key of backups.
pub(super) fn backup_key(folder: &Folder) -> Result<BackupKey> {
    let path = folder.backup_key();
    match fs::read_to_string(&path) {
        Ok(text) => text
            .parse()
            .map_err(|why| no(format!("{}: {why}.", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(no(format!(
            "There is no {}. Where no backup was ever made, make the key: `backup-key --help`. \
             Else write the key that you kept into that file.",
            path.display()
        ))),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Puts the keys where a library is being made.
pub(super) fn write_keys(folder: &Folder, keys: &Keys) -> Result<()> {
    write_whole(&folder.data_key(), &keys.data)?;
    keep_server_keys(folder, &keys.server)?;
    let backup = format!("{}\n", keys.backup.text());
    write_whole(&folder.backup_key(), backup.as_bytes())
}

fn wrong_kind(folder: &Folder, found: Kind) -> anyhow::Error {
    let path = folder.path().display();
    no(match found {
        Kind::Demo => format!(
            "{path} is a demo's folder: its people are made up and folders play its tablets. \
             Say --demo, or take another folder."
        ),
        Kind::Library => format!(
            "{path} is a library's folder: a demo would take folders for its tablets. \
             Leave --demo out, or take another folder."
        ),
    })
}

fn kind_of(folder: &Folder) -> Result<Option<Kind>> {
    let path = folder.kind();
    match fs::read_to_string(&path) {
        Ok(text) => Kind::of(text.trim())
            .map(Some)
            .with_context(|| format!("{} says neither library nor demo", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

fn policy(folder: &Folder, kind: Kind, keys: &ServerKeys) -> Result<Policy> {
    let policy = Policy {
        proof_kinds: proof_kinds(folder)?,
        voucher_key: Some(keys.public()),
        ..Policy::default()
    };
    Ok(match kind {
        Kind::Library => policy,
        Kind::Demo => Policy {
            proof_scopes: vec![Scope::Tablet, Scope::Directory],
            ..policy
        },
    })
}

/// The kinds of proof that lend here: only a tablet's own where nobody said otherwise.
pub(super) fn proof_kinds(folder: &Folder) -> Result<Vec<ProofKind>> {
    let path = folder.proof_kinds();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(Policy::default().proof_kinds);
        }
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let names = text.lines().filter(|line| !line.trim().is_empty());
    let kinds = names.map(|name| {
        ProofKind::of(name.trim()).ok_or_else(|| {
            no(format!(
                "{} says “{name}”, which is no kind of proof.",
                path.display()
            ))
        })
    });
    kinds.collect()
}

fn make_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
        .create(path)
        .with_context(|| format!("making {}", path.display()))
}

/// Reads a key; makes it where the library itself is only being made.
fn key_bytes(path: &Path, is_new: bool) -> Result<[u8; 32]> {
    match fs::read(path) {
        Ok(bytes) => <[u8; 32]>::try_from(bytes).map_err(|_| {
            no(format!(
                "{} is no key: bring it back from a copy.",
                path.display()
            ))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound && is_new => {
            let bytes = chance::bytes();
            write_whole(path, &bytes)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(no(format!(
            "{} is not there, but the library is. Bring the key back from a copy: with a new \
             one, no card would be known again.",
            path.display()
        ))),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Writes a file for its owner alone, whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    write_part(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .and_then(|()| sync_folder(path))
        .with_context(|| format!("writing {}", path.display()))
}

fn write_part(part: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(part)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a file's name last.
pub(super) fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

impl House {
    /// Has the server itself do this.
    pub(super) fn command(&mut self, venue: Option<VenueId>, action: Action) -> Result<Accepted> {
        let now = clock::now();
        let command = Command {
            id: CommandId::from_bytes(chance::bytes()),
            origin: Origin::Server,
            origin_seq: None,
            actor: Actor::Server,
            venue,
            occurred_at: now,
            clock_sure: true,
            seen: self.store.read().position()?,
            series: 0,
            action,
        };
        let mut answers = self.store.commit_batch(&[Work::new(command, now)])?;
        let answer = answers.pop().context("one command has one answer")?;
        answer.map_err(refused)
    }

    /// The venue of this name, in any spelling of capitals.
    pub(super) fn venue(&self, name: &str) -> Result<Venue> {
        let venues = self.store.read().venues()?;
        let names: Vec<String> = venues.iter().map(|venue| venue.name.clone()).collect();
        let wanted = name.to_lowercase();
        let found = venues
            .into_iter()
            .find(|it| it.name.to_lowercase() == wanted);
        found.ok_or_else(|| {
            no(match names.as_slice() {
                [] => "There is no venue yet. Add one: `venue add`.".to_owned(),
                names => format!(
                    "No venue is called “{name}”. There are: {}.",
                    names.join(", ")
                ),
            })
        })
    }
}
