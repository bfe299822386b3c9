//! Images: given whole, to tablets alone, by the digest of their bytes.

use shared::digest::Digest;

use crate::world::{BLOB, MANIFEST, World, image};

#[test]
fn a_tablet_fetches_a_manifest_and_its_files() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let manifest = format!("/v1/images/{}", image());
    let manifest = tablet.link.call(&world, "GET", &manifest, b"");
    assert_eq!((manifest.status, &manifest.body[..]), (200, MANIFEST));
    assert!(manifest.headers["cache-control"].contains("immutable"));
    let blob = format!("/v1/blobs/{}", Digest::of(BLOB));
    let blob = tablet.link.call(&world, "GET", &blob, b"");
    assert_eq!((blob.status, &blob.body[..]), (200, BLOB));
    assert_eq!(blob.headers["content-length"], BLOB.len().to_string());
}

#[test]
fn a_large_file_comes_whole() {
    let world = World::start();
    let bytes: Vec<u8> = (0..1_000_003_u32).map(|n| n.to_le_bytes()[0]).collect();
    let digest = Digest::of(&bytes);
    let path = world.folder().blob(&digest);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, &bytes).unwrap();
    let mut tablet = world.tablet("WGN-001");
    let path = format!("/v1/blobs/{digest}");
    let blob = tablet.link.call(&world, "GET", &path, b"");
    assert_eq!(Digest::of(&blob.body), digest);
}

#[test]
fn what_is_no_digest_or_not_here_is_not_found() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let unknown = Digest::of(b"unknown").to_string();
    for name in [unknown.as_str(), "..%2Flibrary.db", "library.db", "%00"] {
        for kind in ["images", "blobs"] {
            let path = format!("/v1/{kind}/{name}");
            let reply = tablet.link.call(&world, "GET", &path, b"");
            assert_eq!(reply.problem(), (404, "not-found".into()), "{path}");
        }
    }
}
