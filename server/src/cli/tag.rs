//! `tag`: a tablet's sticker, drawn or as text. Badges are drawn here too.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use shared::{
    badge::Badge,
    invitation::Invitation,
    tag::{TabletNumber, TagHost},
};

use super::{Data, house, no, serve::TAG_HOST};
use crate::tag_picture::{Format, Picture};

#[derive(Debug, Args)]
pub(super) struct Tag {
    #[command(flatten)]
    data: Data,
    /// The tablet's number, like WGN-042.
    #[arg(long, value_name = "NUMBER")]
    tablet: TabletNumber,
    /// Draw it, 30 mm wide: a file that ends in .png or .svg.
    #[arg(long, value_name = "FILE", required_unless_present = "text")]
    out: Option<PathBuf>,
    /// Print what it says. Whoever has that can print the sticker.
    #[arg(long)]
    text: bool,
    /// What every tag begins with, as the server was told.
    #[arg(long = "tag-host", value_name = "HOST", default_value = TAG_HOST)]
    host: TagHost,
}

impl Tag {
    pub(super) fn run(self) -> Result<()> {
        let house = house::open(self.data.existing()?)?;
        let found = house.store.read().tag(self.tablet)?;
        let (_, tag) = found.ok_or_else(|| {
            no(format!(
                "There is no {}. Make a code for it first: `enrol tablet`.",
                self.tablet
            ))
        })?;
        if let Some(out) = &self.out {
            let format = format(out)?;
            write(&Picture::of_tag(&tag, &self.host)?, format, out)?;
        }
        if self.text {
            println!("{}", tag.url(&self.host)?);
        }
        Ok(())
    }
}

/// What the file's name asks for.
pub(super) fn format(out: &Path) -> Result<Format> {
    Format::of(out).map_err(|error| no(error.to_string()))
}

/// Draws an operator's badge.
pub(super) fn draw_badge(badge: &Badge, name: &str, format: Format, out: &Path) -> Result<()> {
    write(&Picture::of_badge(badge, name)?, format, out)
}

/// Draws what a tablet is enrolled with.
pub(super) fn draw_invitation(
    invitation: &Invitation,
    number: TabletNumber,
    out: &Path,
) -> Result<()> {
    write(
        &Picture::of_invitation(invitation, number)?,
        format(out)?,
        out,
    )
}

fn write(picture: &Picture, format: Format, out: &Path) -> Result<()> {
    house::write_whole(out, &picture.to_bytes(format)?)
}
