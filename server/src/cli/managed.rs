//! `managed`: tablets that a device manager resets.

use anyhow::Result;
use clap::Args;
use shared::tag::TabletNumber;

use super::{Data, house, no};

/// Say under which name a device manager knows a tablet, so that its resets are asked
/// for there. What it reports lends only where `proofs` takes manager-reported.
#[derive(Debug, Args)]
pub(super) struct Managed {
    #[command(flatten)]
    data: Data,
    /// The tablet's number, like WGN-042.
    #[arg(long, value_name = "NUMBER")]
    tablet: TabletNumber,
    /// The manager's name for it, like enterprises/E/devices/D.
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: String,
}

impl Managed {
    pub(super) fn run(self) -> Result<()> {
        let mut house = house::open(self.data.existing()?)?;
        let found = house.store.read().tablet_by_number(self.tablet)?;
        let tablet = found.ok_or_else(|| no(format!("There is no tablet {}.", self.tablet)))?;
        if tablet.keys.is_some() {
            return Err(no(format!(
                "{} has an agent of its own, which resets it and would be erased with the rest.",
                self.tablet
            )));
        }
        house.store.manage(tablet.id, &self.name)?;
        println!("{} is {} to the device manager", self.tablet, self.name);
        Ok(())
    }
}

/// It becomes part of an address, so it says nothing but names and slashes.
fn name(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let plain = |part: &&str| {
        let of_name = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
        !part.is_empty() && part.chars().all(of_name) && !part.starts_with('.')
    };
    match parts.as_slice() {
        ["enterprises", _, "devices", _] if parts.iter().all(plain) => Ok(text.to_owned()),
        _other => Err("it is written enterprises/E/devices/D".to_owned()),
    }
}
