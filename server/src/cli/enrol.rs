//! `enrol`: one-time codes that give a tablet or a kiosk its identity, or a tablet its
//! agent; and tablets that have none.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use shared::{
    ids::{KioskId, VenueId},
    invitation::Invitation,
    refusal::Refusal,
    tablet::ProofKind,
    tag::TabletNumber,
};

use super::{
    Data,
    house::{self, House},
    no, tag,
};
use crate::{
    chance, clock,
    invite::{self, NotInvited, To, WithoutAgent},
    store::CodeFor,
};

#[derive(Debug, Subcommand)]
pub(super) enum Enrol {
    Tablet(EnrolTablet),
    /// Make a code for a kiosk.
    Kiosk(EnrolKiosk),
}

/// Make a code for a tablet of this number, or enrol one that has no agent
///
/// The code is for the agent on the tablet (`tablet-agent enrol`). A tablet that was
/// enrolled without an agent gains one with a code for its own number, and keeps its
/// number, its tag and its history.
///
/// A tablet on which no agent can run (an Android tablet, an iPad) is enrolled at once:
///   tablet-server enrol tablet --number WGN-101 --venue Leigh --without-agent \
///     --serial R52W70ABCDE --model "Galaxy Tab A9"
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct EnrolTablet {
    #[command(flatten)]
    data: Data,
    /// The tablet's number, like WGN-042.
    #[arg(long)]
    number: TabletNumber,
    /// Where it will be.
    #[arg(long, value_name = "NAME")]
    venue: String,
    /// Draw the code as a QR code, too: a file that ends in .png or .svg.
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
    /// No agent runs on it.
    #[arg(long, requires_all = ["serial", "model"], conflicts_with_all = ["qr", "public_url"])]
    without_agent: bool,
    /// The maker's serial number, of a tablet without an agent.
    #[arg(long, requires = "without_agent", value_parser = one_line)]
    serial: Option<String>,
    /// The maker's model, of a tablet without an agent.
    #[arg(long, requires = "without_agent", value_parser = one_line)]
    model: Option<String>,
    #[command(flatten)]
    reached: Reached,
}

#[derive(Debug, Args)]
pub(super) struct EnrolKiosk {
    #[command(flatten)]
    data: Data,
    /// Where it stands.
    #[arg(long, value_name = "NAME")]
    venue: String,
    #[command(flatten)]
    reached: Reached,
}

/// How the tablet or kiosk will reach the server.
#[derive(Debug, Args)]
struct Reached {
    /// What it will call the server by.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    public_url: String,
}

impl Enrol {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Tablet(it) => it.run(),
            Self::Kiosk(it) => it.run(),
        }
    }
}

impl EnrolTablet {
    fn run(self) -> Result<()> {
        let mut house = house::open(self.data.existing()?)?;
        let venue = house.venue(&self.venue)?.id;
        match (&self.serial, &self.model) {
            (Some(serial), Some(model)) => {
                let enrolled = WithoutAgent {
                    number: self.number,
                    serial: serial.clone(),
                    model: model.clone(),
                    venue,
                };
                at_once(&mut house, &enrolled)
            }
            (_, None) | (None, _) => self.invite(&mut house, venue),
        }
    }

    fn invite(&self, house: &mut House, venue: VenueId) -> Result<()> {
        let number = self.number;
        let to = To {
            server: &self.reached.public_url,
            key: &house.keys.public(),
            now: clock::now(),
        };
        let invited = to.tablet(&mut house.store, number, venue)?;
        let invitation = invited.map_err(|why| match why {
            NotInvited::NumberTaken => no(format!(
                "{number} is enrolled already. Take a number that is free."
            )),
            NotInvited::NotThere => no(format!(
                "{number} has no agent, and could gain one, but it is not at {}. Return it there \
                 first, or say where it is.",
                self.venue
            )),
            NotInvited::NoImage => super::refused(Refusal::NoImage),
        })?;
        if let Some(qr) = &self.qr {
            tag::draw_invitation(&invitation, number, qr)?;
        }
        tell(&invitation);
        Ok(())
    }
}

/// Enrols a tablet that has no agent, and says what makes it ready.
fn at_once(house: &mut House, enrolled: &WithoutAgent) -> Result<()> {
    let (number, venue) = (enrolled.number, enrolled.venue);
    let action = enrolled.enrolment(&mut house.store)?;
    house.command(Some(venue), action)?;
    println!("{number} is enrolled, and its first reset is ordered.");
    println!("Print its tag:  tag --tablet {number} --out {number}.svg");
    println!("No agent runs on it, so somebody must say each time that it was reset:");
    println!("  a person, who goes through the checklist on its line of the fleet page;");
    println!("  or its device manager:  managed --tablet {number} --name NAME");
    let takes = &house.settings.policy.proof_kinds;
    if *takes == [ProofKind::TabletProven] {
        println!("Neither lends before the council says so:  proofs --help");
    }
    Ok(())
}

fn one_line(text: &str) -> Result<String, String> {
    invite::one_line(text).ok_or_else(|| "it is one line, of 64 characters at most".to_owned())
}

impl EnrolKiosk {
    fn run(self) -> Result<()> {
        let mut house = house::open(self.data.existing()?)?;
        let venue = house.venue(&self.venue)?.id;
        let kiosk = KioskId::from_bytes(chance::bytes());
        let to = To {
            server: &self.reached.public_url,
            key: &house.keys.public(),
            now: clock::now(),
        };
        tell(&to.offer(&mut house.store, CodeFor::Kiosk { kiosk, venue })?);
        Ok(())
    }
}

/// The last line is one that a QR code can carry.
fn tell(invitation: &Invitation) {
    println!("code         {}", invitation.code);
    println!("server       {}", invitation.server);
    println!("fingerprint  {}", invitation.fingerprint);
    println!("good for 15 minutes and for one use");
    println!("{invitation}");
}
