//! Images at hand: manifests and content-addressed blobs, so that a reset needs
//! no network. Names are digests alone, so nothing that comes from outside can
//! ever name another place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use shared::{
    digest::Digest,
    image::{EntryKind, ImageId, Manifest},
    wire::v1::manifest::{self, MANIFEST_BYTES_MAX},
};

use crate::disk::folder::make_all;

/// The folder of manifests and blobs.
#[derive(Clone, Debug)]
pub struct Images {
    path: PathBuf,
}

/// Why an image's part is not taken, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ImageFault {
    /// The disk says no.
    #[error("the folder of images cannot be read or written")]
    Disk(#[from] io::Error),
    /// The bytes are not those that the digest names.
    #[error("the bytes of {0} are not those that its digest names")]
    WrongBytes(Digest),
    /// More or fewer bytes than the manifest says.
    #[error("{digest} should have {expected} bytes")]
    WrongSize {
        /// Which blob.
        digest: Digest,
        /// How long it should be.
        expected: u64,
    },
    /// A blob is not at hand.
    #[error("{0} is not on this tablet")]
    Missing(Digest),
    /// The manifest breaks a rule.
    #[error("the manifest is refused")]
    Manifest(#[from] manifest::ManifestReadError),
}

impl Images {
    /// The images below the folder of `run`.
    pub fn below(link_dir: &Path) -> Self {
        let path = link_dir.to_owned();
        Self { path }
    }

    fn manifest_path(&self, image: ImageId) -> PathBuf {
        self.path.join("manifests").join(image.to_string())
    }

    fn blob_path(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.path.join("blobs").join(&name[..2]).join(name)
    }

    /// The manifest of an image, checked again; `None` where it is not at hand.
    pub fn manifest(&self, image: ImageId) -> Result<Option<Manifest>, ImageFault> {
        let file = match File::open(self.manifest_path(image)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        file.take(MANIFEST_BYTES_MAX as u64 + 1)
            .read_to_end(&mut bytes)?;
        checked(image, &bytes).map(Some)
    }

    /// Keeps a manifest, once its bytes are those that its id names.
    pub fn store_manifest(&self, image: ImageId, bytes: &[u8]) -> Result<Manifest, ImageFault> {
        let manifest = checked(image, bytes)?;
        let size_bytes = bytes.len() as u64;
        store(&self.manifest_path(image), image.0, size_bytes, bytes)?;
        Ok(manifest)
    }

    /// Keeps a blob, read no further than its size, once its bytes are those that
    /// its digest names.
    pub fn store_blob(
        &self,
        digest: Digest,
        size_bytes: u64,
        from: impl Read,
    ) -> Result<(), ImageFault> {
        store(&self.blob_path(digest), digest, size_bytes, from)
    }

    /// Opens a blob. Its bytes are to be digested as they are read.
    pub fn open_blob(&self, digest: Digest) -> io::Result<File> {
        File::open(self.blob_path(digest))
    }

    /// Removes a blob that went bad, so that it is fetched again.
    pub fn remove_blob(&self, digest: Digest) -> io::Result<()> {
        fs::remove_file(self.blob_path(digest))
    }

    /// Whether a blob is at hand, by its length; its bytes are digested when used.
    pub fn has_blob(&self, digest: Digest, size_bytes: u64) -> io::Result<bool> {
        match fs::symlink_metadata(self.blob_path(digest)) {
            Ok(found) => Ok(found.is_file() && found.len() == size_bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The blobs of a manifest that are not at hand.
    pub fn missing(&self, manifest: &Manifest) -> io::Result<Vec<(Digest, u64)>> {
        let mut missing = Vec::new();
        for (digest, size_bytes) in blobs(manifest) {
            if !self.has_blob(digest, size_bytes)? {
                missing.push((digest, size_bytes));
            }
        }
        Ok(missing)
    }

    /// Whether an image is at hand whole.
    pub fn is_whole(&self, image: ImageId) -> Result<bool, ImageFault> {
        let Some(manifest) = self.manifest(image)? else {
            return Ok(false);
        };
        Ok(self.missing(&manifest)?.is_empty())
    }

    /// Every image that is at hand whole; a damaged one is not.
    pub fn whole(&self) -> io::Result<Vec<ImageId>> {
        let folder = self.path.join("manifests");
        let mut whole = Vec::new();
        let entries = match fs::read_dir(folder) {
            // Nothing was ever stored.
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(whole),
            entries => entries?,
        };
        for entry in entries {
            let name = entry?.file_name();
            let image = name.to_str().and_then(|name| name.parse().ok());
            whole.extend(image.filter(|image| self.is_whole(*image).unwrap_or(false)));
        }
        Ok(whole)
    }

    /// The image that came to be at hand whole last: most likely the next one to be
    /// reset to.
    pub fn newest(&self) -> io::Result<Option<ImageId>> {
        let mut newest = None;
        for image in self.whole()? {
            let came = fs::metadata(self.manifest_path(image))?.modified()?;
            newest = newest.max(Some((came, image)));
        }
        Ok(newest.map(|(_, image)| image))
    }
}

/// Every file's blob, each once.
fn blobs(manifest: &Manifest) -> std::collections::BTreeMap<Digest, u64> {
    let file = |kind: &EntryKind| match kind {
        EntryKind::File { size_bytes, digest } => Some((*digest, *size_bytes)),
        EntryKind::Directory | EntryKind::Symlink { .. } => None,
    };
    let entries = manifest.entries().iter();
    entries.filter_map(|entry| file(&entry.kind)).collect()
}

fn checked(image: ImageId, bytes: &[u8]) -> Result<Manifest, ImageFault> {
    if manifest::image_id(bytes) != image {
        return Err(ImageFault::WrongBytes(image.0));
    }
    Ok(manifest::from_bytes(bytes)?)
}

fn store(path: &Path, digest: Digest, size_bytes: u64, from: impl Read) -> Result<(), ImageFault> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    make_all(folder)?;
    let part = path.with_extension("part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o644);
    let mut file = options.open(&part)?;
    kill_point::room()?;
    copy(from, &mut file, digest, size_bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    Ok(File::open(folder)?.sync_all()?)
}

/// Copies exactly `size_bytes`, and refuses them unless they are those that the
/// digest names.
pub fn copy(
    from: impl Read,
    to: &mut impl Write,
    digest: Digest,
    size_bytes: u64,
) -> Result<(), ImageFault> {
    let mut from = from.take(size_bytes.saturating_add(1));
    let (read, found) = digest_of(&mut from, to)?;
    if read != size_bytes {
        return Err(ImageFault::WrongSize {
            digest,
            expected: size_bytes,
        });
    }
    (found == digest)
        .then_some(())
        .ok_or(ImageFault::WrongBytes(digest))
}

/// Length and digest of what is read, copied to `to` on the way.
pub fn digest_of(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, Digest)> {
    digest_by(&mut vec![0; 128 * 1024], from, to)
}

/// As `digest_of`, as much at once as the buffer takes.
pub fn digest_by(
    buffer: &mut [u8],
    from: &mut impl Read,
    to: &mut impl Write,
) -> io::Result<(u64, Digest)> {
    let mut hash = Sha256::new();
    let mut length = 0;
    loop {
        let count = match from.read(buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
        length += count as u64;
    }
    Ok((length, Digest::from_bytes(hash.finalize().into())))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn images() -> (tempfile::TempDir, Images) {
        let folder = tempfile::tempdir().unwrap();
        let images = Images::below(folder.path());
        (folder, images)
    }

    #[test]
    fn a_blob_with_other_bytes_than_its_digest_names_is_not_kept() {
        let (_folder, images) = images();
        let digest = Digest::of(b"hello");
        let wrong = images.store_blob(digest, 5, b"hellO".as_slice());
        assert!(matches!(wrong, Err(ImageFault::WrongBytes(_))));
        assert!(!images.has_blob(digest, 5).unwrap());
        images.store_blob(digest, 5, b"hello".as_slice()).unwrap();
        assert!(images.has_blob(digest, 5).unwrap());
    }

    #[test]
    fn a_blob_is_read_no_further_than_its_size() {
        let (_folder, images) = images();
        let digest = Digest::of(b"hello");
        let endless = io::repeat(b'x');
        let wrong = images.store_blob(digest, 5, endless);
        assert!(matches!(wrong, Err(ImageFault::WrongSize { .. })));
    }

    #[test]
    fn a_manifest_that_is_not_its_own_id_or_climbs_is_refused() {
        let (_folder, images) = images();
        let other = ImageId(Digest::of(b"other"));
        let wrong = images.store_manifest(other, b"{}");
        assert!(matches!(wrong, Err(ImageFault::WrongBytes(_))));
        for kind in [
            r#""path":"../up","kind":"directory""#,
            r#""path":"/etc","kind":"directory""#,
            r#""path":"a","kind":{"symlink":{"target":"../../etc"}}"#,
        ] {
            let bytes = format!(
                r#"{{"format":"tablet-library-image-1","release":"t","entries":[{{{kind},"mode":493,"uid":0,"gid":0}}]}}"#
            );
            let image = manifest::image_id(bytes.as_bytes());
            let wrong = images.store_manifest(image, bytes.as_bytes());
            assert!(
                matches!(
                    wrong,
                    Err(ImageFault::Manifest(
                        manifest::ManifestReadError::Broken(_)
                            | manifest::ManifestReadError::Unreadable(_)
                    ))
                ),
                "{wrong:?}"
            );
            assert!(images.manifest(image).unwrap().is_none());
        }
    }
}
