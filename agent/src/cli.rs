//! What the program is asked on its command line, and how it ends.

mod help;
mod options;

use std::{
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use anyhow::{Context, Result};

use crate::{
    clock::Clock,
    disk::Disk as _,
    doctor,
    enrol::{Asked, Enrolment, OtherServer, enrol},
    gate, identity,
    link::LinkError,
    mount::mount,
    orders::{Handed, ORDER},
    own_keys::{OwnKeys, PROOF_KEY},
    place::{Lock, Place},
    reset::{Ended, Reset, ResetError, journal::Journal},
    run::{Options, Turn, run, say, take_room},
    settings::Settings,
    status::status,
    trust,
};
use options::Command;

/// How the program ends; the numbers are part of what it promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked.
    Done = 0,
    /// Something is broken.
    Fault = 1,
    /// It was asked in words that it does not know.
    Usage = 2,
    /// A rule says no.
    Refused = 3,
    /// The reset ended, and its receipt says failed.
    NotProven = 4,
    /// Another one is at work.
    Busy = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Does what these arguments ask.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    match options::parse(arguments) {
        Ok(command) => carry_out(command).unwrap_or_else(|fault| {
            eprintln!("tablet-agent: {fault:#}");
            exit_of(&fault)
        }),
        Err(why) => {
            eprintln!("tablet-agent: {why}\nSee `tablet-agent --help`.");
            Exit::Usage
        }
    }
}

fn carry_out(command: Command) -> Result<Exit> {
    match command {
        Command::Help(text) => say(text.trim_end()).map(|()| Exit::Done),
        Command::Enrol { place, asked } => enrol_at(&place, &asked),
        Command::Run { place, options } => run_at(place, options),
        Command::Reset { place } => reset_at(place),
        Command::Gate { place, who } => gate_at(&place, who.as_deref()),
        Command::Mount { place } => say(mount(&place)?).map(|()| Exit::Done),
        Command::Doctor { place, json } => doctor_at(&place, json),
        Command::Status { place, json } => {
            let status = status(&place)?;
            if json {
                say(serde_json::to_string(&status)?)?;
            } else {
                say(status)?;
            }
            Ok(Exit::Done)
        }
    }
}

/// A refusal is not a fault: nothing is broken, and trying again will not help.
fn exit_of(fault: &anyhow::Error) -> Exit {
    let refused = matches!(
        fault.downcast_ref(),
        Some(LinkError::Refused { .. } | LinkError::BadAddress(_))
    ) || matches!(
        fault.downcast_ref(),
        Some(ResetError::NotHeld(_) | ResetError::NotAReset)
    ) || fault.is::<OtherServer>();
    if refused { Exit::Refused } else { Exit::Fault }
}

fn enrol_at(place: &Place, asked: &Asked) -> Result<Exit> {
    let Some(_lock) = Lock::take(&place.link_dir(), "run.lock")? else {
        return busy("run");
    };
    match enrol(place, asked)? {
        Enrolment::Done(identity) => say(format_args!("enrolled as {}", identity.number))?,
        Enrolment::Already(identity) => {
            say(format_args!(
                "this tablet is enrolled already, as {}",
                identity.number
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn run_at(place: Place, options: Options) -> Result<Exit> {
    let Some(_lock) = Lock::take(&place.link_dir(), "run.lock")? else {
        return busy("run");
    };
    match run(place, options)? {
        Turn::Answered => Ok(Exit::Done),
        Turn::Unanswered => Ok(Exit::Fault),
    }
}

fn busy(role: &str) -> Result<Exit> {
    say(format_args!(
        "another `{role}` is at work on this tablet. End it first"
    ))?;
    Ok(Exit::Busy)
}

/// A second reset waits for the first, and then finds its work done.
fn reset_at(place: Place) -> Result<Exit> {
    let _lock = Lock::wait(&place.proof_dir(), "reset.lock")?;
    let (link_disk, mut proof_disk) = (place.link_disk()?, place.proof_disk()?);
    let identity = identity::load(&proof_disk)?
        .context("this tablet is not enrolled. Enrol it: `tablet-agent enrol --help`")?;
    take_room(&mut proof_disk, &trust::WRITTEN_BY_RESET)?;
    let trust = trust::take_up(&link_disk, &mut proof_disk, &identity)?;
    if let Err(why) = trust::tell(&proof_disk, &mut place.told_disk()?, &trust, &identity) {
        // A full disk keeps no reset from its work: `run` asks again, and is told then.
        eprintln!("reset: {:#}", anyhow::Error::from(why));
    }
    let Some(handed) = link_disk.read(ORDER)? else {
        say("reset: there is no order")?;
        return Ok(Exit::Done);
    };
    let handed: Handed = serde_json::from_slice(&handed).context("the order cannot be read")?;
    // Said in the receipt: nobody reads the log of a tablet that is on a shelf.
    let wish = Settings::load(&place).map(Settings::wish);
    let mut reset = Reset {
        keys: OwnKeys::new(proof_disk.clone(), PROOF_KEY),
        clock: Clock::system()?,
        receipts: place.receipts_disk()?,
        journal: Journal::open(proof_disk)?,
        wish: wish.map_err(|why| why.to_string()),
        identity,
        trust,
        place,
    };
    match reset.carry_out(&handed)? {
        Ended::Verified => Ok(Exit::Done),
        Ended::Failed(_) => Ok(Exit::NotProven),
    }
}

fn doctor_at(place: &Place, json: bool) -> Result<Exit> {
    let report = doctor::examine(place, &Clock::system()?);
    if json {
        say(serde_json::to_string(&report)?)?;
    } else {
        say(&report)?;
    }
    Ok(if report.lendable {
        Exit::Done
    } else {
        Exit::Refused
    })
}

/// Everybody but the borrower passes: whoever looks after the tablet must never be
/// shut out of it.
fn gate_at(place: &Place, who: Option<&OsStr>) -> Result<Exit> {
    if who.is_some_and(|who| who != place.borrower()) {
        say("not the borrower: the gate is not asked")?;
        return Ok(Exit::Done);
    }
    match gate::look(place) {
        Ok(open) => say(open).map(|()| Exit::Done),
        Err(shut) => {
            // Only what broke has a cause below it.
            say(format_args!("shut: {:#}", anyhow::Error::from(shut)))?;
            Ok(Exit::Refused)
        }
    }
}
