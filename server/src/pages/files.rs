//! The files that pages bring along, built into the program. Their address holds
//! the digest of all of them, so that a browser may keep them for ever.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use shared::digest::Digest;

use crate::http::Problem;

struct File {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const WOFF2: &str = "font/woff2";

macro_rules! file {
    ($name:literal, $kind:expr) => {
        file!($name, $kind, "")
    };
    ($name:literal, $kind:expr, $folder:literal) => {
        File {
            name: $name,
            kind: $kind,
            bytes: include_bytes!(concat!("../../assets/", $folder, $name)),
        }
    };
}

const FILES: &[File] = &[
    file!("fleet.css", CSS),
    file!("live.js", SCRIPT),
    file!("mark.svg", SVG),
    file!("govuk-frontend.min.css", CSS, "vendor/govuk-frontend/"),
    file!("govuk-frontend.min.js", SCRIPT, "vendor/govuk-frontend/"),
    file!(
        "atkinson-hyperlegible-next-latin-wght-normal.woff2",
        WOFF2,
        "vendor/atkinson-hyperlegible-next/"
    ),
    file!(
        "atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
        WOFF2,
        "vendor/atkinson-hyperlegible-next/"
    ),
    file!(
        "plain-zero-regular.woff2",
        WOFF2,
        "vendor/atkinson-hyperlegible-next/"
    ),
    file!(
        "plain-zero-bold.woff2",
        WOFF2,
        "vendor/atkinson-hyperlegible-next/"
    ),
];

/// One version for all of them, since the style names the type by a path that is
/// relative to its own.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let bytes: Vec<&[u8]> = FILES.iter().map(|file| file.bytes).collect();
    Digest::of_parts(&bytes).to_string()[..16].to_owned()
});

/// The address of one of the files.
pub fn address(name: &str) -> String {
    debug_assert!(FILES.iter().any(|file| file.name == name), "{name}");
    format!("/assets/{}/{name}", *VERSION)
}

/// Gives one of the files.
pub async fn give(Path((version, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let file = FILES
        .iter()
        .find(|file| file.name == name && version == *VERSION)
        .ok_or(Problem::not_found())?;
    let headers = [
        (CONTENT_TYPE, file.kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, file.bytes).into_response())
}
