//! The server's commands: what can be asked for at a terminal, and how it ends.
//! 0: done. 1: something is broken. 2: not understood, or an expected "no".

mod audit;
mod backup;
mod certificate;
mod enrol;
mod house;
mod image;
mod keys;
mod managed;
mod people;
mod progress;
mod proofs;
mod restore;
mod serve;
mod tag;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use shared::refusal::Refusal;

use crate::config::Folder;

/// Tracks the tablets of a lending library: their loans, their resets, and what
/// needs somebody.
///
/// A first evening with it:
///   tablet-server venue add --data library --name "Leigh Library" --kind library
///   tablet-server image seal images/2026.1
///   tablet-server image release images/2026.1 --data library
///   tablet-server operator add --data library --name "Demo Librarian" --venue "Leigh Library" --badge-out badge.png
///   tablet-server serve --data library --listen 127.0.0.1:8080
///   tablet-server enrol tablet --data library --number WGN-042 --venue "Leigh Library"
///
/// Every night after it: `tablet-server backup --help`.
#[derive(Debug, Parser)]
#[command(name = "tablet-server", version, verbatim_doc_comment)]
struct Cli {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Answer kiosks, tablets and the digital team until asked to end.
    Serve(serve::Serve),
    /// Verify the log, show what puts it in doubt, or make anew what follows from it.
    #[command(subcommand)]
    Audit(audit::Audit),
    Backup(backup::Backup),
    BackupKey(backup::MakeBackupKey),
    #[command(subcommand)]
    Keys(keys::ChangeKeys),
    Restore(restore::Restore),
    Certificate(certificate::DrawCertificate),
    Proofs(proofs::Proofs),
    Managed(managed::Managed),
    /// Draw a tablet's sticker, or print what it says.
    Tag(tag::Tag),
    /// Places that lend.
    #[command(subcommand)]
    Venue(people::Venue),
    /// Members of staff who may act.
    #[command(subcommand)]
    Operator(people::Operator),
    /// People who borrow.
    #[command(subcommand)]
    Borrower(people::Borrower),
    /// Make a one-time code that gives a tablet or a kiosk its identity.
    #[command(subcommand)]
    Enrol(enrol::Enrol),
    /// What tablets are reset to.
    #[command(subcommand)]
    Image(image::Image),
    /// Fill a demo's folder with a made-up fleet.
    DemoFill(serve::DemoFill),
}

/// Where everything is kept.
#[derive(Debug, Args)]
struct Data {
    /// The folder in which the server keeps everything.
    #[arg(long, value_name = "DIR", env = "TABLET_SERVER_DATA")]
    data: PathBuf,
}

impl Data {
    fn folder(&self) -> Folder {
        Folder::new(&self.data)
    }

    /// The folder, where a library was begun in it.
    fn existing(&self) -> anyhow::Result<Folder> {
        let folder = self.folder();
        if folder.database().exists() {
            return Ok(folder);
        }
        Err(no(format!(
            "There is no library in {}. Begin one: `venue add --help`.",
            self.data.display()
        )))
    }
}

/// An expected "no": what it is, and what to do instead.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct No(String);

/// An expected "no" as an error.
fn no(sentence: impl Into<String>) -> anyhow::Error {
    No(sentence.into()).into()
}

/// What the rules refused, in words for whoever set it up.
fn refused(refusal: Refusal) -> anyhow::Error {
    let code = refusal.code();
    no(match refusal {
        Refusal::AlreadyThere => "It is there already. Nothing was changed.".to_owned(),
        Refusal::VenueUnknown => "There is no such venue. Add it: `venue add`.".to_owned(),
        Refusal::NumberTaken => "Another tablet has this number. Take one that is free.".to_owned(),
        Refusal::SerialTaken => {
            "Another tablet has this serial number. Read it once more from its back.".to_owned()
        }
        Refusal::NoImage => {
            "There is no image to reset tablets to. Release one: `image release`.".to_owned()
        }
        other => format!("This is refused ({code}): {other:?}."),
    })
}

/// Reads the words, does what they say, and tells how it ended.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Verb::Serve(it) => it.run(),
        Verb::Audit(it) => it.run(),
        Verb::Backup(it) => it.run(),
        Verb::BackupKey(it) => it.run(),
        Verb::Keys(it) => it.run(),
        Verb::Restore(it) => it.run(),
        Verb::Certificate(it) => it.run(),
        Verb::Proofs(it) => it.run(),
        Verb::Managed(it) => it.run(),
        Verb::Tag(it) => it.run(),
        Verb::Venue(it) => it.run(),
        Verb::Operator(it) => it.run(),
        Verb::Borrower(it) => it.run(),
        Verb::Enrol(it) => it.run(),
        Verb::Image(it) => it.run(),
        Verb::DemoFill(it) => it.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(&error),
    }
}

fn told(error: &anyhow::Error) -> ExitCode {
    eprintln!("{error:#}");
    ExitCode::from(if error.is::<No>() { 2 } else { 1 })
}
