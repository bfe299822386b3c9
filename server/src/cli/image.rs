//! `image`: seals a tree into a manifest, and releases it to tablets.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use shared::{
    command::{Action, ReleaseImage},
    image::{EntryKind, ImageId, Manifest},
    time::Day,
    wire::v1::manifest,
};

use super::{Data, house, house::House, no, refused};
use crate::seal::{self, SealError};

#[derive(Debug, Subcommand)]
pub(super) enum Image {
    /// Seal DIR/tree with DIR/tree.toml: write the manifest whose digest is the
    /// image's id.
    Seal(Seal),
    /// Store an image's files and let tablets be reset to it.
    Release(Release),
}

#[derive(Debug, Args)]
pub(super) struct Seal {
    /// The image's folder, with `tree` and `tree.toml`.
    dir: PathBuf,
    /// Where to write the manifest; DIR/manifest.json where nothing is said.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    /// The image's folder, with `tree` and `tree.toml`.
    dir: PathBuf,
    #[command(flatten)]
    data: Data,
    /// From this day on tablets that were proven on it are no longer lendable.
    #[arg(long, value_name = "DAY")]
    withdraw_on: Option<Day>,
}

impl Image {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Seal(it) => it.run(),
            Self::Release(it) => it.run(),
        }
    }
}

impl Seal {
    fn run(self) -> Result<()> {
        let manifest = sealed(&self.dir)?;
        let bytes = manifest::to_bytes(&manifest);
        let out = self.out.unwrap_or_else(|| self.dir.join("manifest.json"));
        fs::write(&out, &bytes).with_context(|| format!("writing {}", out.display()))?;
        println!("{} entries in {}", manifest.entries().len(), out.display());
        println!("image {}", manifest::image_id(&bytes));
        Ok(())
    }
}

impl Release {
    fn run(self) -> Result<()> {
        let mut house = house::open(self.data.folder())?;
        match release_until(&mut house, &self.dir, self.withdraw_on)? {
            Released::Now(image) => println!("image {image} is what tablets are reset to"),
            Released::Before(image) => println!("files of image {image} were brought back"),
        }
        Ok(())
    }
}

/// Stores an image's files and its manifest, then releases it.
pub(super) fn release(house: &mut House, dir: &Path) -> Result<()> {
    release_until(house, dir, None).map(drop)
}

/// What a release did.
enum Released {
    /// Tablets may be reset to the image.
    Now(ImageId),
    /// They might before; files of it were gone, as after a restore.
    Before(ImageId),
}

fn release_until(house: &mut House, dir: &Path, withdraw_on: Option<Day>) -> Result<Released> {
    let manifest = sealed(dir)?;
    let bytes = manifest::to_bytes(&manifest);
    let image = manifest::image_id(&bytes);
    let mut stored = store_blobs(house, &dir.join("tree"), &manifest)?;
    let path = house.folder.manifest(&image);
    if !path.exists() {
        make_parent(&path)?;
        house::write_whole(&path, &bytes)?;
        stored += 1;
    }
    if house.store.read().image(image)?.is_some() {
        return match stored {
            0 => Err(refused(shared::refusal::Refusal::AlreadyThere)),
            _files => Ok(Released::Before(image)),
        };
    }
    let release = manifest.release().to_owned();
    let action = Action::ReleaseImage(ReleaseImage {
        image,
        release,
        withdraw_on,
    });
    house.command(None, action)?;
    Ok(Released::Now(image))
}

/// Every file under its digest. What is there already is left: it has the same
/// bytes, or its digest would be another. Gives back how many were not there.
fn store_blobs(house: &House, tree: &Path, manifest: &Manifest) -> Result<usize> {
    let mut stored = 0;
    for entry in manifest.entries() {
        let EntryKind::File { digest, .. } = &entry.kind else {
            continue;
        };
        let blob = house.folder.blob(digest);
        if blob.exists() {
            continue;
        }
        let from = tree.join(entry.path.as_str());
        let bytes = fs::read(&from).with_context(|| format!("reading {}", from.display()))?;
        if shared::digest::Digest::of(&bytes) != *digest {
            return Err(no(format!(
                "{} changed meanwhile. Try again.",
                from.display()
            )));
        }
        make_parent(&blob)?;
        house::write_whole(&blob, &bytes)?;
        stored += 1;
    }
    Ok(stored)
}

fn make_parent(path: &Path) -> Result<()> {
    let folder = path.parent().context("a file stands in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))
}

fn sealed(dir: &Path) -> Result<Manifest> {
    seal::seal(dir).map_err(|error| match error {
        SealError::File { .. } => error.into(),
        SealError::Description { .. }
        | SealError::Unnamed { .. }
        | SealError::Twice { .. }
        | SealError::Kind { .. }
        | SealError::Mode { .. }
        | SealError::Name { .. }
        | SealError::Manifest(_) => no(format!("{}: {error}.", dir.display())),
    })
}
