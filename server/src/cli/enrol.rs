//! `enrol`: one-time codes that give a tablet or a kiosk its identity.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use data_encoding::BASE32_NOPAD;
use shared::{
    digest::Digest,
    ids::{KioskId, TabletId},
    keys::PublicKey,
    tag::{TabletNumber, Tag},
};

use super::{Data, house, house::House, no};
use crate::{
    chance, clock,
    store::{Code, CodeFor},
};

/// How long a one-time code can be used: 15 minutes.
const VALID_MS: i64 = 15 * 60 * 1000;

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
        let read = house.store.read();
        if read.tablet_by_number(number)?.is_some() {
            return Err(no(format!(
                "{number} is enrolled already. Take a number that is free."
            )));
        }
        if read.image_current()?.is_none() {
            return Err(super::refused(shared::refusal::Refusal::NoImage));
        }
        // A second code for a number that was never used up keeps the sticker that
        // may be printed already.
        let (tablet, tag) = match read.tag(number)? {
            Some(reserved) => reserved,
            None => reserve(&mut house, number)?,
        };
        let tag = tag.digest();
        let whom = CodeFor::Tablet {
            tablet,
            number,
            venue,
            tag,
        };
        offer(&mut house, whom, &self.reached)
    }
}

fn reserve(house: &mut House, number: TabletNumber) -> Result<(TabletId, Tag)> {
    let tablet = TabletId::from_bytes(chance::bytes());
    let tag = Tag::new(number, chance::bytes());
    house.store.keep_tag(tablet, &tag)?;
    Ok((tablet, tag))
}

impl EnrolKiosk {
    fn run(self) -> Result<()> {
        let mut house = house::open(self.data.existing()?)?;
        let venue = house.venue(&self.venue)?.id;
        let kiosk = KioskId::from_bytes(chance::bytes());
        offer(&mut house, CodeFor::Kiosk { kiosk, venue }, &self.reached)
    }
}

fn offer(house: &mut House, whom: CodeFor, reached: &Reached) -> Result<()> {
    let text = BASE32_NOPAD.encode(&chance::bytes::<16>());
    let expires_at = clock::now().plus_ms(VALID_MS);
    let hash = Digest::of(text.as_bytes());
    let code = Code {
        hash,
        whom,
        expires_at,
    };
    house.store.add_code(&code).context("keeping the code")?;
    tell(&text, &reached.public_url, &house.key.public());
    Ok(())
}

/// The last line is one that a QR code can carry.
fn tell(code: &str, url: &str, server: &PublicKey) {
    let fingerprint = Digest::of(server.as_bytes());
    let url = url.trim_end_matches('/');
    println!("code         {code}");
    println!("server       {url}");
    println!("fingerprint  {fingerprint}");
    println!("good for 15 minutes and for one use");
    println!("tablet-library-enrol: {url} {code} {fingerprint}");
}
