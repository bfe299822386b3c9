//! Where a server keeps its things and how it is reached.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use shared::{digest::Digest, image::ImageId, tag::TagHost};

use crate::keys_in_use::KeysInUse;

/// What serving needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub folder: Folder,
    /// Where to listen.
    pub listen: SocketAddr,
    /// What people and programs call the server by, without a final slash.
    pub public_url: String,
    /// What every tag of this council begins with.
    pub tag_host: TagHost,
    /// A demo: plainly made-up people, and directories that play tablets.
    pub demo: bool,
    /// Sign orders, seals and verdicts.
    pub keys: KeysInUse,
    /// The device manager that resets what has no agent.
    pub manager: Option<ManagedAccess>,
}

/// How a device manager is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedAccess {
    /// Where its interface begins, without a final slash.
    pub url: String,
    /// The file in which whoever renews it keeps the access token.
    pub token_file: PathBuf,
}

/// The folder in which a server keeps everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.0.join("library.db")
    }

    /// The keys by which tablets know the server.
    pub fn server_key(&self) -> PathBuf {
        self.0.join("server.key")
    }

    /// The key of what must not be computed from a stolen database.
    pub fn data_key(&self) -> PathBuf {
        self.0.join("data.key")
    }

    /// The key of backups, as text. It opens them, so it is kept elsewhere, too.
    pub fn backup_key(&self) -> PathBuf {
        self.0.join("backup.key")
    }

    /// A copy of the database that is being backed up.
    pub fn copy(&self) -> PathBuf {
        self.0.join("copy.part")
    }

    /// Held while a backup is made.
    pub fn backup_lock(&self) -> PathBuf {
        self.0.join("backup.lock")
    }

    /// Where a library is put together that is being brought back.
    #[must_use]
    pub fn bringing_back(&self) -> Self {
        Self(self.0.join("restore.part"))
    }

    /// The kinds of proof that lend, one a line.
    pub fn proof_kinds(&self) -> PathBuf {
        self.0.join("proof.kinds")
    }

    /// Says whether the folder is a demo's.
    pub fn kind(&self) -> PathBuf {
        self.0.join("kind")
    }

    /// A file of an image, by the digest of its bytes.
    pub fn blob(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        let (first, rest) = name.split_at(2);
        self.0.join("blobs").join(first).join(rest)
    }

    /// A sealed manifest.
    pub fn manifest(&self, image: &ImageId) -> PathBuf {
        self.0.join("images").join(format!("{image}.json"))
    }
}
