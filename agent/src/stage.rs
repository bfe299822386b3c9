//! Has an image at hand before it is needed. Nothing of it is believed by where
//! it came from: the manifest is what the signed seal names, every blob what the
//! manifest names. Blobs that are here are not fetched again.

use anyhow::{Context, Result, ensure};
use shared::{signed::seal::Seal, wire::v1::manifest::MANIFEST_BYTES_MAX};

use crate::{
    images::Images,
    link::{Caller, Link},
};

/// Fetches what is missing of an image; how many blobs it fetched.
pub fn stage(link: &Link, caller: &Caller, images: &Images, seal: &Seal) -> Result<usize> {
    ensure!(
        seal.manifest_bytes <= MANIFEST_BYTES_MAX as u64,
        "the seal is on a manifest that is longer than any"
    );
    // A damaged manifest is fetched again like a missing one.
    let manifest = if let Ok(Some(manifest)) = images.manifest(seal.image) {
        manifest
    } else {
        let bytes = link.manifest(caller, seal.image, seal.manifest_bytes)?;
        images.store_manifest(seal.image, &bytes)?
    };
    kill_point::reached("agent:manifest-stored");
    let missing = images.missing(&manifest)?;
    for (digest, size_bytes) in &missing {
        let blob = link.blob(caller, *digest)?;
        images
            .store_blob(*digest, *size_bytes, blob)
            .with_context(|| format!("fetching blob {digest}"))?;
        kill_point::reached("agent:blob-stored");
    }
    Ok(missing.len())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::collections::BTreeMap;

    use shared::{
        digest::Digest,
        image::{Entry, EntryKind, Manifest},
        wire::v1::manifest::{image_id, to_bytes},
    };

    use super::*;
    use crate::link::double::Server;

    fn manifest_of(contents: &[&[u8]]) -> Vec<u8> {
        let entries = contents.iter().enumerate().map(|(index, bytes)| Entry {
            path: format!("file-{index}").parse().unwrap(),
            kind: EntryKind::File {
                size_bytes: bytes.len() as u64,
                digest: Digest::of(bytes),
            },
            mode: 0o644,
            uid: 0,
            gid: 0,
            xattrs: BTreeMap::new(),
        });
        to_bytes(&Manifest::new("t".into(), entries.collect()).unwrap())
    }

    fn seal(manifest: &[u8]) -> Seal {
        Seal {
            image: image_id(manifest),
            release: "t".into(),
            manifest_bytes: manifest.len() as u64,
        }
    }

    fn caller() -> Caller {
        Caller {
            id: "tb-1".to_owned(),
            key: shared::keys::SecretKey::from_seed(&[1; 32]),
        }
    }

    fn staged(images: &Images, manifest: &[u8], answers: &[&[u8]]) -> (Result<usize>, Vec<String>) {
        let answers = answers.iter().map(|bytes| (200, bytes.to_vec())).collect();
        let server = Server::answering(answers);
        let link = Link::to(&server.address).unwrap();
        let result = stage(&link, &caller(), images, &seal(manifest));
        let lines = server.requests().into_iter().map(|request| request.line);
        (result, lines.collect())
    }

    #[test]
    fn an_image_is_fetched_whole_and_not_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let images = Images::below(folder.path());
        let manifest = manifest_of(&[b"hello"]);
        let (result, lines) = staged(&images, &manifest, &[&manifest, b"hello"]);
        assert_eq!((result.unwrap(), lines.len()), (1, 2));
        assert!(images.is_whole(image_id(&manifest)).unwrap());
        assert_eq!(images.whole().unwrap(), [image_id(&manifest)]);
        let (result, lines) = staged(&images, &manifest, &[]);
        assert_eq!((result.unwrap(), lines.len()), (0, 0));
    }

    #[test]
    fn staging_that_was_interrupted_goes_on_with_the_next_blob() {
        let folder = tempfile::tempdir().unwrap();
        let images = Images::below(folder.path());
        let (one, two): (&[u8], &[u8]) = (b"one", b"three");
        let manifest = manifest_of(&[one, two]);
        let first = Digest::of(one).min(Digest::of(two));
        let (bytes, other) = if first == Digest::of(one) {
            (one, two)
        } else {
            (two, one)
        };
        let (result, _) = staged(&images, &manifest, &[&manifest, bytes]);
        assert!(result.is_err());
        let (result, lines) = staged(&images, &manifest, &[other]);
        assert_eq!((result.unwrap(), lines.len()), (1, 1));
    }

    #[test]
    fn a_blob_with_wrong_bytes_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let images = Images::below(folder.path());
        let manifest = manifest_of(&[b"hello"]);
        let (result, _) = staged(&images, &manifest, &[&manifest, b"hellO"]);
        assert!(result.is_err());
        assert!(!images.is_whole(image_id(&manifest)).unwrap());
    }

    #[test]
    fn a_manifest_that_the_seal_does_not_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let images = Images::below(folder.path());
        let (wanted, other) = (manifest_of(&[b"hello"]), manifest_of(&[b"hellO"]));
        let (result, _) = staged(&images, &wanted, &[&other]);
        assert!(result.is_err());
    }
}
