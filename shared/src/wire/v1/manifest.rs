//! A sealed image's manifest, as its bytes are digested: two-space indented JSON
//! and a final newline, so that a person can read what a tablet is reset to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    image::{Entry, EntryKind, ImageId, Manifest, ManifestError, TreePath},
};

/// Most bytes that a manifest may have (R16).
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024 * 1024;

const FORMAT: &str = "tablet-library-image-1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestV1 {
    format: String,
    release: String,
    entries: Vec<EntryV1>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryV1 {
    path: TreePath,
    #[serde(with = "EntryKindV1")]
    kind: EntryKind,
    mode: u32,
    uid: u32,
    gid: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    xattrs: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "EntryKind", rename_all = "kebab-case", deny_unknown_fields)]
enum EntryKindV1 {
    File { size_bytes: u64, digest: Digest },
    Directory,
    Symlink { target: String },
}

/// Why a manifest's bytes are refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestReadError {
    /// Not this format.
    #[error("this is not a manifest of format {FORMAT}: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Another format.
    #[error("this manifest says it is of format `{0}`")]
    OtherFormat(String),
    /// Longer than any image's.
    #[error("a manifest has at most {MANIFEST_BYTES_MAX} bytes")]
    TooLong,
    /// Readable, but it breaks a rule.
    #[error(transparent)]
    Broken(#[from] ManifestError),
}

/// The manifest's bytes; their digest is the image's id.
pub fn to_bytes(manifest: &Manifest) -> Vec<u8> {
    let line = ManifestV1 {
        format: FORMAT.to_owned(),
        release: manifest.release().to_owned(),
        entries: manifest
            .entries()
            .iter()
            .cloned()
            .map(EntryV1::from)
            .collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&line).expect("manifests have text keys only");
    bytes.push(b'\n');
    bytes
}

/// Reads and checks a manifest.
pub fn from_bytes(bytes: &[u8]) -> Result<Manifest, ManifestReadError> {
    if bytes.len() > MANIFEST_BYTES_MAX {
        return Err(ManifestReadError::TooLong);
    }
    let line: ManifestV1 = serde_json::from_slice(bytes)?;
    if line.format != FORMAT {
        return Err(ManifestReadError::OtherFormat(line.format));
    }
    let entries = line.entries.into_iter().map(Entry::from).collect();
    Ok(Manifest::new(line.release, entries)?)
}

/// The image's id: the digest of its manifest's bytes.
pub fn image_id(bytes: &[u8]) -> ImageId {
    ImageId(Digest::of(bytes))
}

impl From<Entry> for EntryV1 {
    fn from(entry: Entry) -> Self {
        let Entry {
            path,
            kind,
            mode,
            uid,
            gid,
            xattrs,
        } = entry;
        Self {
            path,
            kind,
            mode,
            uid,
            gid,
            xattrs,
        }
    }
}

impl From<EntryV1> for Entry {
    fn from(entry: EntryV1) -> Self {
        let EntryV1 {
            path,
            kind,
            mode,
            uid,
            gid,
            xattrs,
        } = entry;
        Self {
            path,
            kind,
            mode,
            uid,
            gid,
            xattrs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(path: &str) -> String {
        format!(
            r#"{{"format":"{FORMAT}","release":"t","entries":[{{"path":"{path}","kind":"directory","mode":493,"uid":0,"gid":0}}]}}"#
        )
    }

    #[test]
    fn a_manifest_is_read_back_from_its_own_bytes() {
        let read = from_bytes(manifest("Documents").as_bytes()).expect("a manifest");
        let bytes = to_bytes(&read);
        assert_eq!(from_bytes(&bytes).expect("a manifest"), read);
        assert_eq!(image_id(&bytes).0, Digest::of(&bytes));
    }

    #[test]
    fn a_manifest_with_a_climbing_or_absolute_path_is_refused() {
        for hostile in ["../etc", "/etc", "a/../../b"] {
            assert!(
                from_bytes(manifest(hostile).as_bytes()).is_err(),
                "{hostile}"
            );
        }
    }
}
