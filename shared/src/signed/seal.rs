//! The server's seal on an image: this digest is our release of this name. An
//! agent stages no image without it.

use serde::{Deserialize, Serialize};

use super::Document;
use crate::image::ImageId;

/// The server's seal on an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The manifest's digest.
    pub image: ImageId,
    /// The release's name.
    pub release: String,
    /// Length of the manifest, so that a reader can bound what it takes.
    pub manifest_bytes: u64,
}

impl Document for Seal {
    const TYPE: &'static str = "application/vnd.tablet-library.image.v1+json";
}
