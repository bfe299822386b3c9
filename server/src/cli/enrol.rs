//! `enrol`: one-time codes that give a tablet or a kiosk its identity.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use shared::{ids::KioskId, invitation::Invitation, refusal::Refusal, tag::TabletNumber};

use super::{Data, house, no, tag};
use crate::{
    chance, clock,
    invite::{NotInvited, To},
    store::CodeFor,
};

#[derive(Debug, Subcommand)]
pub(super) enum Enrol {
    /// Make a code for a tablet of this number.
    Tablet(EnrolTablet),
    /// Make a code for a kiosk.
    Kiosk(EnrolKiosk),
}

#[derive(Debug, Args)]
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
        let number = self.number;
        let mut house = house::open(self.data.existing()?)?;
        let venue = house.venue(&self.venue)?.id;
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
            NotInvited::NoImage => super::refused(Refusal::NoImage),
        })?;
        if let Some(qr) = &self.qr {
            tag::draw_invitation(&invitation, number, qr)?;
        }
        tell(&invitation);
        Ok(())
    }
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
