//! The steps of the backends that exchange what a loan wrote instead of walking
//! through it. The image's tree below is not believed to be the image: the home is
//! read through the layer, and a tree that differs is made again from the blobs.

use std::{fs, io};

use shared::{
    image::Manifest,
    signed::receipt::{FailedStep, Scope},
};

use super::{
    Reset, StepFailed,
    backend::Kind,
    in_use,
    journal::{Proven, Step, Work},
    layers::{Erased, Layers, Writing},
    lower::{Ground, Lower},
    mounts,
    restore::{self, Looks},
    snapshots,
    vendor::{self, Told},
    verify::{self, Compared, Read},
    wipe,
};
use crate::{
    disk::Disk,
    ioctl,
    tree::{Deleted, Tree},
};

/// How often a home that nobody uses is tried to be unmounted: for a moment something
/// may hold it that is no program, or is just ending.
const TIMES: u32 = 50;

/// How often a home that is walked is written anew where it differs: other bytes show
/// only once all else is right.
const MENDINGS: u32 = 2;

/// What would not go, in words that name no path.
fn refuse_stuck(deleted: Deleted) -> Result<u64, StepFailed> {
    match deleted.why {
        None => Ok(deleted.gone),
        Some(why) => Err(wipe_failed(format!(
            "{} paths could not be deleted: {why}",
            deleted.stuck
        ))),
    }
}

fn wipe_failed(why: impl std::fmt::Display) -> StepFailed {
    StepFailed::because(FailedStep::Wipe, why)
}

impl<J: Disk, R: Disk> Reset<J, R> {
    /// The key of the loan's layer is nowhere any more.
    pub(super) fn erase_key(&self, work: &mut Work) -> Result<Step, StepFailed> {
        self.unmount()?;
        let layers = self.layers()?;
        let erased = layers.erase_key().map_err(|why| still_open(&why))?;
        kill_point::reached("agent:reset-key-erased");
        work.tally.key_erased |= erased == Erased::Gone;
        match erased {
            Erased::Gone => println!("reset: the key of the loan's layer is erased"),
            Erased::NoKey => println!("reset: the loan's layer had no key"),
        }
        Ok(Step::KeyErased)
    }

    /// The home shows the image again, and takes what the next loan writes.
    pub(super) fn swap(&self, work: &mut Work) -> Result<Step, StepFailed> {
        let manifest = self.manifest(work)?;
        match work.kind {
            Kind::Btrfs => self.swap_snapshot(work, &manifest)?,
            Kind::CryptOverlay => self.swap_layer(work, &manifest, Writing::Encrypted)?,
            Kind::Overlay | Kind::Manifest | Kind::Command => {
                self.swap_layer(work, &manifest, Writing::Plain)?;
            }
        }
        kill_point::reached("agent:reset-swapped");
        println!("reset: the home is exchanged");
        Ok(Step::Swapped)
    }

    fn swap_layer(
        &self,
        work: &mut Work,
        manifest: &Manifest,
        writing: Writing,
    ) -> Result<(), StepFailed> {
        self.retire_layer(work)?;
        // Beneath a mount lies nothing, whatever way the tablet was reset before.
        work.tally.deleted += self.empty_home()?;
        if let Err(failed) = self.make_layer(work, manifest, writing) {
            // What was kept to be deleted later may be what fills the disk.
            println!("reset: {failed}; what is left of layers is deleted first");
            self.retire_layer(work)?;
            self.clear_gone(work)?;
            self.make_layer(work, manifest, writing)?;
        }
        kill_point::reached("agent:reset-layer-made");
        self.mount()
    }

    fn make_layer(
        &self,
        work: &mut Work,
        manifest: &Manifest,
        writing: Writing,
    ) -> Result<(), StepFailed> {
        self.stand_on_image(work, manifest, Ground::Directory)?;
        let owner = fs::metadata(self.place.home_path()).map_err(wipe_failed)?;
        let made = self.layers()?.make(&owner, writing);
        made.map_err(|why| StepFailed::because(FailedStep::Restore, why))
    }

    fn swap_snapshot(&self, work: &mut Work, manifest: &Manifest) -> Result<(), StepFailed> {
        self.retire_layer(work)?;
        self.stand_on_image(work, manifest, Ground::Subvolume)?;
        let home = self.place.home_path();
        self.refuse_mounts_inside()?;
        let holders = in_use::holders_of(&home).map_err(wipe_failed)?;
        if !holders.is_empty() {
            return Err(in_use_by(&holders));
        }
        let was = snapshots::number_of(&home).map_err(wipe_failed)?;
        if was.is_none() {
            work.tally.deleted += self.empty_home()?;
        }
        let tree = self.lower()?.tree(work.image().ok_or_else(no_image)?);
        let layers = self.layers()?;
        let aside = layers.free_place().map_err(wipe_failed)?;
        snapshots::exchange(&tree, &home, &aside).map_err(wipe_failed)?;
        kill_point::reached("agent:reset-layer-made");
        self.clear_gone(work)
    }

    /// Moves the layer of the loan aside; what is not encrypted of it is deleted now,
    /// for nothing else makes it unreadable.
    fn retire_layer(&self, work: &mut Work) -> Result<(), StepFailed> {
        self.unmount()?;
        let layers = self.layers()?;
        self.clear_gone(work)?;
        layers.erase_key().map_err(|why| still_open(&why))?;
        let writing = layers.retire().map_err(wipe_failed)?;
        kill_point::reached("agent:reset-layer-retired");
        match writing {
            Writing::Encrypted => Ok(()),
            Writing::Plain => self.clear_gone(work),
        }
    }

    /// What layers left is deleted, with all that was made of it.
    fn clear_gone(&self, work: &mut Work) -> Result<(), StepFailed> {
        let layers = self.layers()?;
        let destroyed = layers.destroy_gone().map_err(wipe_failed)?;
        let deleted = layers.clear_gone().map_err(wipe_failed)?;
        work.tally.deleted += destroyed + refuse_stuck(deleted)?;
        Ok(())
    }

    /// What a tablet that was reset by layers before is left with, when it is not any
    /// more.
    pub(super) fn leave_layers(&self, work: &mut Work) -> Result<(), StepFailed> {
        if !self.place.layers_dir().try_exists().map_err(wipe_failed)? {
            return Ok(());
        }
        self.erase_key(work)?;
        self.retire_layer(work)?;
        self.clear_gone(work)
    }

    /// Snapshots of a home that is walked would keep what is deleted from it.
    pub(super) fn destroy_snapshots(&self) -> Result<u64, StepFailed> {
        let number = snapshots::number_of(&self.place.home_path()).map_err(wipe_failed)?;
        let destroyed = number.map(|number| snapshots::destroy_made_of(self.place.root(), number));
        destroyed.unwrap_or(Ok(0)).map_err(wipe_failed)
    }

    fn empty_home(&self) -> Result<u64, StepFailed> {
        self.make_home()?;
        let nothing = Manifest::new(String::new(), Vec::new());
        let nothing = nothing.map_err(wipe_failed)?;
        wipe::wipe(&self.home(FailedStep::Wipe)?, &nothing)
    }

    fn stand_on_image(
        &self,
        work: &mut Work,
        manifest: &Manifest,
        ground: Ground,
    ) -> Result<(), StepFailed> {
        let image = work.image().ok_or_else(no_image)?;
        let lower = self.lower()?;
        let prepared = lower.prepare(image, manifest, &self.images(), self.owners(), ground);
        work.tally.restored += prepared?;
        kill_point::reached("agent:reset-image-prepared");
        let stands = lower.stand_on(image);
        stands.map_err(|why| StepFailed::because(FailedStep::Restore, why))
    }

    /// The vendor's program does what it does.
    pub(super) fn command(&self, work: &mut Work) -> Result<Step, StepFailed> {
        self.leave_layers(work)?;
        self.make_home()?;
        let (home, images) = (self.place.home_path(), self.place.link_dir());
        let told = Told {
            order: work.begun.order,
            tablet: self.identity.tablet,
            epoch: work.begun.epoch,
            image: work.image().ok_or_else(no_image)?,
            home: &home.to_string_lossy(),
            images: &images.to_string_lossy(),
        };
        let wish = self.wish()?;
        let called = vendor::call(&wish.command, &told, wish.command_within);
        let report = called.map_err(|why| wipe_failed(format!("{why:#}")))?;
        kill_point::reached("agent:reset-commanded");
        work.tally.deleted += report.deleted;
        work.tally.restored += report.restored;
        println!("reset: the vendor's program has ended");
        Ok(Step::Restored)
    }

    /// Reads the home again. One that stands on a tree which differs from the image is
    /// exchanged once more, on a tree that is made again.
    pub(super) fn read_again(
        &self,
        work: &mut Work,
        manifest: &Manifest,
    ) -> Result<Read, StepFailed> {
        match work.kind {
            Kind::Manifest => return self.read_and_mend(work, manifest),
            Kind::Command => return self.read_home(manifest),
            Kind::CryptOverlay | Kind::Overlay | Kind::Btrfs => {}
        }
        self.stand(work)?;
        let failed = match self.read_home(manifest) {
            Ok(read) => return Ok(read),
            Err(failed) => failed,
        };
        println!("reset: {failed}; the image's tree is made again");
        let image = work.image().ok_or_else(no_image)?;
        self.lower()?
            .doubt(image)
            .map_err(|why| StepFailed::because(FailedStep::Verify, why))?;
        self.swap(work)?;
        self.read_home(manifest)
    }

    /// Whatever differs is written, and then everything is read again: nothing is written
    /// after the reading in which nothing differed.
    fn read_and_mend(&self, work: &mut Work, manifest: &Manifest) -> Result<Read, StepFailed> {
        let home = self.home(FailedStep::Verify)?;
        let mut compared = verify::compare(&home, manifest, self.owners());
        for _time in 0..MENDINGS {
            if matches!(&compared, Ok(compared) if compared.wrong.is_empty()) {
                break;
            }
            self.mend(work, &home, manifest, compared)?;
            compared = verify::compare(&home, manifest, self.owners());
        }
        let compared = compared?;
        let from = compared.from;
        work.proven = work.image().map(|image| Proven { image, from });
        compared.nothing_wrong()
    }

    fn mend(
        &self,
        work: &mut Work,
        home: &Tree,
        manifest: &Manifest,
        compared: Result<Compared, StepFailed>,
    ) -> Result<(), StepFailed> {
        let (images, owners) = (self.images(), self.owners());
        work.tally.restored += match compared {
            Ok(Compared { wrong, .. }) => {
                println!("reset: {} files have other bytes", wrong.len());
                restore::rewrite(home, manifest, &images, owners, &wrong)?
            }
            // What a power cut left of a file that was written here is not of the image.
            Err(failed) => {
                println!("reset: {failed}; the home is restored once more");
                work.tally.deleted += wipe::wipe(home, manifest)?;
                restore::restore(home, manifest, &images, owners, Looks::Right)?
            }
        };
        kill_point::reached("agent:reset-rewritten");
        Ok(())
    }

    fn read_home(&self, manifest: &Manifest) -> Result<Read, StepFailed> {
        let home = self.home(FailedStep::Verify)?;
        verify::verify(&home, manifest, self.owners())
    }

    /// A home that a restart of the tablet left without its layer gets it back.
    fn stand(&self, work: &mut Work) -> Result<(), StepFailed> {
        let failed = |why: io::Error| StepFailed::because(FailedStep::Verify, why);
        if work.kind == Kind::Btrfs {
            return Ok(());
        }
        if mounts::is_home_of_loan(&self.place).map_err(failed)? {
            return Ok(());
        }
        let layers = self.layers()?;
        if layers.has_current().map_err(failed)? {
            layers.unlock().map_err(failed)?;
            return self.mount();
        }
        self.swap(work).map(|_| ())
    }

    /// What may be done after the receipt: what is left of an encrypted layer says only
    /// how much there was; trees of other images, and blocks that hold nothing, say
    /// nothing of a loan.
    pub(super) fn clear_behind(&self, work: &Work) -> Result<(), StepFailed> {
        if self.place.layers_dir().try_exists().map_err(wipe_failed)? {
            let layers = self.layers()?;
            refuse_stuck(layers.clear_gone().map_err(wipe_failed)?)?;
            self.prepare_ahead(work)?;
        }
        kill_point::reached("agent:reset-cleared");
        // A directory that plays a tablet is on somebody else's disk.
        if self.place.scope() == Scope::Tablet || work.kind.is_exchanged() {
            self.trim();
        }
        Ok(())
    }

    /// The tree of the image that came last is made while nobody waits for it; those of
    /// others go.
    fn prepare_ahead(&self, work: &Work) -> Result<(), StepFailed> {
        let Some(image) = work.image().filter(|_| work.kind.is_exchanged()) else {
            return Ok(());
        };
        let failed = |why: io::Error| StepFailed::because(FailedStep::Restore, why);
        let lower = self.lower()?;
        let next = self.images().newest().map_err(failed)?.unwrap_or(image);
        refuse_stuck(lower.keep_only(&[image, next]).map_err(failed)?)?;
        let ground = match work.kind {
            Kind::Btrfs => Ground::Subvolume,
            Kind::CryptOverlay | Kind::Overlay | Kind::Manifest | Kind::Command => {
                Ground::Directory
            }
        };
        let manifest = self.read_manifest(next)?;
        lower
            .prepare(next, &manifest, &self.images(), self.owners(), ground)
            .map(|_restored| ())
    }

    /// A disk that is told forgets what was deleted; not every disk can be told, and
    /// not every file system tells.
    fn trim(&self) {
        let trimmed = fs::File::open(self.place.root()).and_then(|root| {
            rustix::fs::syncfs(&root)?;
            Ok(ioctl::trim(&root)?)
        });
        match trimmed {
            Ok(bytes) => println!("reset: the disk was told of {bytes} free bytes"),
            Err(why) => println!("reset: the disk was not told what is free: {why}"),
        }
    }

    fn mount(&self) -> Result<(), StepFailed> {
        let mounted = mounts::mount_home(&self.place);
        mounted.map_err(|why| StepFailed::because(FailedStep::Restore, why))
    }

    /// Nobody may hold anything of the home, or it cannot be unmounted: whoever does is
    /// told by name.
    fn unmount(&self) -> Result<(), StepFailed> {
        let home = self.place.home_path();
        if !mounts::is_home_of_loan(&self.place).map_err(wipe_failed)? {
            return Ok(());
        }
        let inside = mounts::inside(&home).map_err(wipe_failed)?;
        if !inside.is_empty() {
            let why = format!(
                "something is mounted at {} places of the home",
                inside.len()
            );
            return Err(wipe_failed(why));
        }
        for _time in 0..TIMES {
            match mounts::unmount_home(&self.place) {
                Ok(()) => return Ok(()),
                Err(why) if why.kind() == io::ErrorKind::ResourceBusy => {
                    let holders = in_use::holders_of(&home).map_err(wipe_failed)?;
                    if !holders.is_empty() {
                        return Err(in_use_by(&holders));
                    }
                }
                Err(why) => return Err(wipe_failed(why)),
            }
        }
        Err(wipe_failed(
            "the home is in use, and no program can be found that uses it",
        ))
    }

    fn refuse_mounts_inside(&self) -> Result<(), StepFailed> {
        let inside = mounts::inside(&self.place.home_path()).map_err(wipe_failed)?;
        if inside.is_empty() {
            return Ok(());
        }
        let why = format!(
            "something is mounted at {} places of the home",
            inside.len()
        );
        Err(wipe_failed(why))
    }

    fn make_home(&self) -> Result<(), StepFailed> {
        Tree::make(self.place.root(), self.place.home()).map_err(wipe_failed)
    }

    fn layers(&self) -> Result<Layers, StepFailed> {
        Layers::of(&self.place).map_err(wipe_failed)
    }

    fn lower(&self) -> Result<Lower, StepFailed> {
        let lower = Lower::below(self.place.lower_dir());
        lower.map_err(|why| StepFailed::because(FailedStep::Restore, why))
    }
}

fn in_use_by(holders: &[String]) -> StepFailed {
    wipe_failed(format!("the home is in use by {}", holders.join(", ")))
}

/// The kernel does not say who holds a file of a layer that is unmounted.
fn still_open(why: &io::Error) -> StepFailed {
    if why.kind() == io::ErrorKind::ResourceBusy {
        return wipe_failed("something of the loan's layer is still open");
    }
    wipe_failed(why)
}

fn no_image() -> StepFailed {
    StepFailed::because(FailedStep::Image, "the order names no image")
}
