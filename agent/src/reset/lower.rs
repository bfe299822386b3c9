//! The trees of images on which the layers of loans lie. One is made once for each
//! image, ahead of time where that can be; what it holds is believed only when it was
//! read again through the home.

use std::{
    ffi::CString,
    fs::{self, File},
    io::{self, ErrorKind},
    os::unix::{ffi::OsStringExt as _, fs::DirBuilderExt as _, fs::symlink},
    path::{Path, PathBuf},
};

use shared::{
    image::{ImageId, Manifest},
    signed::receipt::{FailedStep, Owners},
};

use super::{
    StepFailed,
    restore::{Looks, restore},
    wipe::wipe,
};
use crate::{
    images::Images,
    ioctl,
    tree::{Deleted, Tree},
};

/// The folder of trees.
#[derive(Clone, Debug)]
pub struct Lower {
    folder: PathBuf,
}

/// What a tree is made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A directory.
    Directory,
    /// A subvolume, of which snapshots can be made.
    Subvolume,
}

impl Lower {
    /// The trees in this folder, which is made if it is not there.
    pub fn below(folder: PathBuf) -> io::Result<Self> {
        make_private(&folder)?;
        Ok(Self { folder })
    }

    /// The tree of an image.
    pub fn tree(&self, image: ImageId) -> PathBuf {
        self.folder.join(image.to_string())
    }

    fn mark(&self, image: ImageId) -> PathBuf {
        self.folder.join(format!("{image}.whole"))
    }

    /// Makes the tree of an image, unless it was made; how many paths were restored.
    pub fn prepare(
        &self,
        image: ImageId,
        manifest: &Manifest,
        images: &Images,
        owners: Owners,
        ground: Ground,
    ) -> Result<u64, StepFailed> {
        let fault = |why: io::Error| StepFailed::because(FailedStep::Restore, why);
        let mark = self.mark(image);
        if mark.try_exists().map_err(fault)? {
            return Ok(0);
        }
        let tree = self.ground(image, ground).map_err(fault)?;
        wipe(&tree, manifest)?;
        let restored = restore(&tree, manifest, images, owners, Looks::Same)?;
        let marked = File::create(mark).and_then(|mark| mark.sync_all());
        marked.and_then(|()| self.sync()).map_err(fault)?;
        Ok(restored)
    }

    fn ground(&self, image: ImageId, ground: Ground) -> io::Result<Tree> {
        let name = image.to_string();
        if Tree::open(&self.folder, &name)?.is_none() {
            match ground {
                Ground::Directory => make_private(&self.tree(image))?,
                Ground::Subvolume => {
                    ioctl::create_subvolume(File::open(&self.folder)?, name.as_bytes())?;
                }
            }
        }
        let tree = Tree::open(&self.folder, &name)?;
        tree.ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Has a tree made again: what it holds is not the image.
    pub fn doubt(&self, image: ImageId) -> io::Result<()> {
        match fs::remove_file(self.mark(image)) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(why),
            Err(_) | Ok(()) => self.sync(),
        }
    }

    /// Has the home stand on this image.
    pub fn stand_on(&self, image: ImageId) -> io::Result<()> {
        let fresh = self.folder.join("current.new");
        match fs::remove_file(&fresh) {
            Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
            Err(_) | Ok(()) => {}
        }
        symlink(image.to_string(), &fresh)?;
        fs::rename(fresh, self.folder.join("current"))?;
        self.sync()
    }

    /// Deletes the trees of other images.
    pub fn keep_only(&self, images: &[ImageId]) -> io::Result<Deleted> {
        let mut deleted = Deleted::default();
        let Some(folder) = Tree::open(&self.folder, ".")? else {
            return Ok(deleted);
        };
        let kept: Vec<String> = images.iter().map(ToString::to_string).collect();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let text = name.to_string_lossy();
            let stays = text == "current" || kept.iter().any(|image| text.starts_with(image));
            if !stays {
                // The mark goes with its tree, and must not outlive it.
                let name = CString::new(name.into_vec()).map_err(io::Error::other)?;
                deleted.add(folder.raze(&name));
            }
        }
        Ok(deleted)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

/// Makes a folder of root's alone, durable in the one that holds it.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(why) => Err(why),
        Ok(()) => File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all(),
    }
}
