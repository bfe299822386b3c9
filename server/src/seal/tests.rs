//! Tests of sealing.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::{fs, os::unix::fs::symlink, path::Path};

use shared::{image::EntryKind, wire::v1::manifest};

use super::{SealError, seal};

const DEFAULTS: &str =
    "release = \"t\"\n[defaults]\nuid = 1\ngid = 2\nfile_mode = \"0644\"\ndir_mode = \"0755\"\n";

fn image(more: &str, empty: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("tree/a")).unwrap();
    fs::write(dir.path().join("tree/a/b"), "hello").unwrap();
    fs::write(dir.path().join("tree/a-c"), "").unwrap();
    let described = format!("empty = [{empty}]\n{DEFAULTS}{more}");
    fs::write(dir.path().join("tree.toml"), described).unwrap();
    dir
}

#[test]
fn our_own_image_can_be_sealed_and_twice_is_the_same_bytes() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/2026.1");
    let first = manifest::to_bytes(&seal(&dir).unwrap());
    let second = manifest::to_bytes(&seal(&dir).unwrap());
    assert_eq!(first, second);
    let read = manifest::from_bytes(&first).unwrap();
    assert!(read.entries().len() > 20);
}

#[test]
fn a_tree_is_sealed_with_its_rights_empty_folders_and_links() {
    let more = "[[entry]]\npath = \"a\"\nmode = \"0700\"\nuid = 7\nxattr = { \"user.note\" = \"x\" }\n\
                [[symlink]]\npath = \"link\"\ntarget = \"a/b\"\n";
    let sealed = seal(image(more, "\"none\"").path()).unwrap();
    let told: Vec<String> = sealed
        .entries()
        .iter()
        .map(|it| {
            format!(
                "{} {:o} {} {} {}",
                it.path,
                it.mode,
                it.uid,
                it.gid,
                it.xattrs.len()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "a 700 7 2 1",
            "a-c 644 1 2 0",
            "a/b 644 1 2 0",
            "link 777 1 2 0",
            "none 755 1 2 0"
        ]
    );
    let digest = shared::digest::Digest::of(b"hello");
    let hello = EntryKind::File {
        size_bytes: 5,
        digest,
    };
    assert_eq!(sealed.entries()[2].kind, hello);
}

#[test]
fn what_is_wrong_with_a_tree_is_said() {
    let wrong = |more: &str, empty: &str| seal(image(more, empty).path()).unwrap_err();
    let unnamed = wrong("[[entry]]\npath = \"nowhere\"\n", "");
    assert!(matches!(unnamed, SealError::Unnamed { .. }));
    assert!(matches!(wrong("", "\"a\""), SealError::Twice { .. }));
    let entry = "[[entry]]\npath = \"a\"\n";
    assert!(matches!(
        wrong(&entry.repeat(2), ""),
        SealError::Twice { .. }
    ));
    let leaves = "[[symlink]]\npath = \"link\"\ntarget = \"../up\"\n";
    assert!(matches!(wrong(leaves, ""), SealError::Manifest(_)));
    let mode = "[[entry]]\npath = \"a\"\nmode = \"999\"\n";
    assert!(matches!(wrong(mode, ""), SealError::Mode { .. }));
    assert!(matches!(
        wrong("colour = 1\n", ""),
        SealError::Description { .. }
    ));
}

#[test]
fn a_link_in_the_tree_itself_is_refused() {
    let dir = image("", "");
    symlink("/etc", dir.path().join("tree/etc")).unwrap();
    assert!(matches!(
        seal(dir.path()).unwrap_err(),
        SealError::Kind { .. }
    ));
}
