//! `keys`: the keys by which tablets know this server, and how they change.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use shared::{
    command::{self, Action},
    keys::SecretKey,
    tag::TabletNumber,
};

use super::{Data, house, no};
use crate::{
    chance,
    config::Folder,
    server_keys::ServerKeys,
    written_key::{self, Kind},
};

/// The keys by which tablets know this server, and how they change
///
/// A tablet believes three keys from the day on which it was enrolled: the one in use,
/// the one that comes after it, and the recovery key. The first two are in server.key;
/// the recovery key belongs on paper, in a safe.
///
/// On the first day: `keys recovery`, write it down, `keys recovery --kept`.
/// Once a year, and whenever somebody leaves who could read server.key: `keys rotate`.
/// When server.key was stolen or lost: `keys recover`, or `restore --recover`.
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment)]
pub(super) enum ChangeKeys {
    /// Say which keys are in use, and whether the recovery key was written down.
    Show(ShowKeys),
    Recovery(WriteRecovery),
    Rotate(RotateKeys),
    Recover(RecoverKeys),
    Renew(RenewKeys),
}

impl ChangeKeys {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Show(it) => it.run(),
            Self::Recovery(it) => it.run(),
            Self::Rotate(it) => it.run(),
            Self::Recover(it) => it.run(),
            Self::Renew(it) => it.run(),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ShowKeys {
    #[command(flatten)]
    data: Data,
}

/// Print the recovery key, or take it off this machine
///
/// It alone can bring the tablets back when server.key was stolen or lost, so it must
/// not lie where server.key lies. `backup` makes no backup before it was taken off.
///
/// On paper:
///   tablet-server keys recovery --data library          prints it: write it down
///   tablet-server keys recovery --data library --kept   asks for it, and deletes it here
/// On a stick that is then put into a safe:
///   tablet-server keys recovery --data library --to /media/stick/recovery.key
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct WriteRecovery {
    #[command(flatten)]
    data: Data,
    /// It was written down: read it from there (a line of standard input), and delete
    /// it here if it is right.
    #[arg(long, conflicts_with = "to")]
    kept: bool,
    /// Write it into this new file, read it back, and delete it here.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Put the next key into use
///
/// Tablets go on to it at their next call, also those that were away for years. What
/// was signed with the key of before counts on each until then. A server that runs takes
/// it up by itself. Copy server.key to where its copies are afterwards.
///
/// Where somebody else may have read server.key, this does not help: they have the next
/// key, too. Then say `keys recover`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct RotateKeys {
    #[command(flatten)]
    data: Data,
}

/// Replace all keys with the recovery key: server.key was stolen
///
/// Reads the recovery key from standard input. Whoever has the keys of before can do
/// nothing more with them to a tablet that has called since. A server that runs takes the
/// new ones up by itself. There is a new recovery key afterwards: `keys recovery`.
///
/// Where server.key was lost: `restore --recover`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct RecoverKeys {
    #[command(flatten)]
    data: Data,
}

/// Have tablets make new keys of their own with their next reset
///
/// A tablet has two: with one it calls, with the other it proves a reset. Once the
/// receipt that names the new ones is taken, nothing counts that those of before sign.
/// Say this where somebody may have read a tablet's keys: after a repair elsewhere, or when
/// it came back from where it was lost.
///
/// A library that is brought back from a backup of before does not know the new keys:
/// make a backup once they were made (`keys renew` alone says so), or enrol such a tablet again.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct RenewKeys {
    #[command(flatten)]
    data: Data,
    /// Of these, by their numbers, like WGN-042. Without it: which have not made them yet.
    #[arg(long, value_name = "NUMBER,...", value_delimiter = ',')]
    tablet: Vec<TabletNumber>,
}

const THEN: &str = "A server that runs takes it up before it answers the next call, and says so in \
    its log. Copy server.key to where its copies are.";

impl ShowKeys {
    fn run(self) -> Result<()> {
        let keys = house::server_keys(&self.data.existing()?)?;
        println!("in use       {}", keys.public().fingerprint());
        println!("changed      {} times", keys.keyrings().len() - 1);
        println!(
            "recovery key {}",
            match keys.recovery() {
                Some(_) => "still on this machine. Take it off: `keys recovery --help`",
                None => "written down, and not on this machine",
            }
        );
        Ok(())
    }
}

impl WriteRecovery {
    fn run(self) -> Result<()> {
        let folder = self.data.existing()?;
        let keys = house::server_keys(&folder)?;
        let Some(recovery) = keys.recovery() else {
            return Err(no(
                "The recovery key was written down and is not on this machine any more.",
            ));
        };
        let text = written_key::recovery_text(recovery);
        match (&self.to, self.kept) {
            (Some(to), _) => export(&folder, to, &text)?,
            (None, true) if typed()?.seed() == recovery.seed() => {}
            (None, true) => {
                return Err(no(
                    "This is not the recovery key of this library. Nothing was changed. Print it \
                     again: `keys recovery`.",
                ));
            }
            (None, false) => {
                println!("{text}");
                eprintln!(
                    "Write this key down and keep it in a safe, apart from server.key and from \
                     the backups. Then: `keys recovery --kept`."
                );
                return Ok(());
            }
        }
        house::keep_server_keys(&folder, &keys.written_down())?;
        println!(
            "The recovery key is kept, and is not in {} any more.",
            folder.path().display()
        );
        Ok(())
    }
}

/// Writes the key where it is to be kept, and makes sure that it can be read there.
fn export(folder: &Folder, to: &Path, text: &str) -> Result<()> {
    if to.exists() {
        return Err(no(format!(
            "{} is there already and is left as it is. Take another name.",
            to.display()
        )));
    }
    let beside = to
        .parent()
        .filter(|it| *it != Path::new(""))
        .unwrap_or(Path::new("."));
    let within = |it: &Path| {
        it.canonicalize()
            .with_context(|| format!("looking for {}", it.display()))
    };
    if within(beside)?.starts_with(within(folder.path())?) {
        return Err(no(
            "That is where server.key lies. Take a place that is kept apart from it.",
        ));
    }
    house::write_whole(to, format!("{text}\n").as_bytes())?;
    let read = fs::read_to_string(to).with_context(|| format!("reading {}", to.display()))?;
    if read.trim() != text {
        return Err(anyhow!(
            "{} does not keep what is written to it",
            to.display()
        ));
    }
    Ok(())
}

impl RotateKeys {
    fn run(self) -> Result<()> {
        let folder = self.data.existing()?;
        let keys = house::server_keys(&folder)?.rotate(chance::bytes());
        house::keep_server_keys(&folder, &keys)?;
        told(&keys);
        Ok(())
    }
}

impl RecoverKeys {
    fn run(self) -> Result<()> {
        let folder = self.data.existing()?;
        let keyrings = house::server_keys(&folder)?.keyrings().to_vec();
        let keys = ServerKeys::recover(keyrings, &typed()?, chance::bytes);
        let keys = keys.map_err(|why| no(format!("{why}. Nothing was changed.")))?;
        house::keep_server_keys(&folder, &keys)?;
        told(&keys);
        println!("There is a new recovery key. Write it down: `keys recovery --help`.");
        Ok(())
    }
}

impl RenewKeys {
    fn run(self) -> Result<()> {
        let mut house = house::open(self.data.existing()?)?;
        // All of them or none: a number that is not there is a mistake.
        let found = self.tablet.iter().map(|number| {
            let found = house.store.read().tablet_by_number(*number)?;
            match found {
                Some(tablet) if tablet.keys.is_some() => Ok(tablet),
                Some(_) => Err(no(format!("{number} has no agent. Nothing was changed."))),
                None => Err(no(format!(
                    "There is no tablet {number}. Nothing was changed."
                ))),
            }
        });
        for tablet in found.collect::<Result<Vec<_>>>()? {
            if !tablet.renew_keys {
                let tablet = tablet.id;
                house.command(None, Action::RenewKeys(command::RenewKeys { tablet }))?;
            }
        }
        let waiting = house.store.read().tablets_to_renew_keys()?;
        if waiting.is_empty() {
            println!("No tablet is to make new keys.");
            return Ok(());
        }
        println!("These make new keys with the next reset that is ordered from now on:");
        for number in waiting {
            println!("  {number}");
        }
        Ok(())
    }
}

fn told(keys: &ServerKeys) {
    println!("The key in use is now {}.", keys.public().fingerprint());
    println!("{THEN}");
}

/// The recovery key, as somebody types it from paper.
pub(super) fn typed() -> Result<SecretKey> {
    if io::stdin().is_terminal() {
        eprintln!("Type the recovery key, then Enter:");
    }
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    read.context("reading the recovery key")?;
    let seed = Kind::Recovery.read(&line);
    let seed = seed.map_err(|why| no(format!("{why}. Nothing was changed.")))?;
    Ok(SecretKey::from_seed(&seed))
}
