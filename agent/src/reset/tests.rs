//! Stories of whole resets over real directories: a used home becomes exactly the
//! image, nothing outside is touched, and no power cut makes a reset lie.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

mod canaries;
mod keys;
mod layers;
mod loops;
mod power_cut;
mod proven;

use std::{
    collections::BTreeMap,
    fs::{self, File, Permissions},
    io::Write as _,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use data_encoding::BASE64;
use rustix::fs::{IFlags, Mode, XattrFlags, ioctl_setflags, mkfifoat, setxattr};
use shared::{
    digest::Digest,
    ids::{BootId, Nonce, OrderId, TabletId},
    image::{Entry, EntryKind, ImageId, Manifest},
    keys::SecretKey,
    signed::{
        Envelope, SignedError,
        order::{ORDER_VALID_MS, Order},
        receipt::{Outcome, Receipt, Scope},
    },
    wire::v1::manifest::{image_id, to_bytes},
};

use super::*;
use crate::{
    disk::{replace, torn::Torn},
    orders::Sent,
    own_keys::PROOF_KEY,
    trust::tests::identity_of,
};

const WELCOME: &[u8] = b"<h1>Welcome</h1>";
const BOOKMARKS: &[u8] = b"library council";

fn server() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn proof() -> SecretKey {
    SecretKey::from_seed(&[2; 32])
}

fn entry(path: &str, kind: EntryKind, mode: u32) -> Entry {
    Entry {
        path: path.parse().unwrap(),
        kind,
        mode,
        uid: 1000,
        gid: 1000,
        xattrs: BTreeMap::new(),
    }
}

fn file(path: &str, bytes: &[u8], mode: u32) -> Entry {
    let kind = EntryKind::File {
        size_bytes: bytes.len() as u64,
        digest: Digest::of(bytes),
    };
    entry(path, kind, mode)
}

fn image() -> Manifest {
    let target = "Desktop/welcome.html".to_owned();
    let mut marked = file("Desktop/welcome.html", WELCOME, 0o644);
    marked.xattrs.insert("user.origin".into(), "library".into());
    let entries = vec![
        entry("Desktop", EntryKind::Directory, 0o755),
        marked,
        entry("Documents", EntryKind::Directory, 0o700),
        entry("locked", EntryKind::Directory, 0o555),
        file("locked/bookmarks", BOOKMARKS, 0o444),
        entry("start", EntryKind::Symlink { target }, 0o777),
    ];
    Manifest::new("test".into(), entries).unwrap()
}

fn with_proof_key() -> Torn {
    let mut disk = Torn::default();
    let text = BASE64.encode(&proof().seed());
    replace(&mut disk, PROOF_KEY, text.as_bytes()).unwrap();
    disk
}

fn identity() -> Identity {
    identity_of(&server())
}

/// A tablet played by a directory, its image at hand, its home not there yet.
struct Tablet {
    folder: tempfile::TempDir,
    place: Place,
    image: ImageId,
    clock: Clock,
    keys: Torn,
    disk: Torn,
    receipts: Torn,
    wish: Wish,
}

impl Tablet {
    fn new() -> Self {
        Self::below(tempfile::tempdir().unwrap())
    }

    fn below(folder: tempfile::TempDir) -> Self {
        let place = Place::directory(folder.path()).unwrap();
        let images = Images::below(&place.link_dir());
        let bytes = to_bytes(&image());
        let image = image_id(&bytes);
        images.store_manifest(image, &bytes).unwrap();
        for blob in [WELCOME, BOOKMARKS] {
            let size_bytes = blob.len() as u64;
            images
                .store_blob(Digest::of(blob), size_bytes, blob)
                .unwrap();
        }
        fs::create_dir(folder.path().join("home")).unwrap();
        Self {
            folder,
            place,
            image,
            clock: Clock::system().unwrap(),
            keys: with_proof_key(),
            disk: Torn::default(),
            receipts: Torn::default(),
            wish: Wish::default(),
        }
    }

    fn home(&self, path: &str) -> PathBuf {
        self.folder.path().join("home").join(path)
    }

    fn reset(&self) -> Reset<Torn, Torn> {
        Reset {
            place: self.place.clone(),
            identity: identity(),
            trust: Trust::in_keyring(identity().keyring),
            keys: OwnKeys::new(self.keys.clone(), PROOF_KEY),
            clock: self.clock,
            journal: Journal::open(self.disk.clone()).unwrap(),
            receipts: self.receipts.clone(),
            wish: Ok(self.wish.clone()),
        }
    }

    fn order(&self, counter: u64) -> Order {
        Order {
            order: OrderId::from_bytes([u8::try_from(counter).unwrap(); 16]),
            tablet: identity().tablet,
            epoch: 1,
            counter,
            boot: self.clock.boot(),
            heartbeat_seq: 1,
            valid_ms: ORDER_VALID_MS,
            task: Task::Reset {
                image: self.image,
                nonce: Nonce::from_bytes([4; 16]),
                proof_key: proof().public(),
                new_keys: false,
            },
        }
    }

    fn handed(&self, order: &Order) -> Handed {
        let at_ms = self.clock.monotonic_ms();
        Handed {
            order: Envelope::sign(order, &server()),
            heartbeat: Sent { seq: 1, at_ms },
        }
    }

    fn carry_out(&self, counter: u64) -> Ended {
        let handed = self.handed(&self.order(counter));
        self.reset().carry_out(&handed).unwrap()
    }

    fn receipt(&self, seq: u64) -> Option<Receipt> {
        let bytes = self.receipts.read(&receipt::file_name(seq)).unwrap()?;
        let envelope = Envelope::from_json(&bytes).unwrap();
        Some(envelope.open(&proof().public()).unwrap())
    }

    /// The home is the image in everything; checked here on its own.
    fn assert_home_is_the_image(&self) {
        let found: Vec<String> = walk(&self.home(""));
        let expected: Vec<String> = image()
            .entries()
            .iter()
            .map(|it| it.path.to_string())
            .collect();
        assert_eq!(found, expected);
        for entry in image().entries() {
            let path = self.home(entry.path.as_str());
            let status = fs::symlink_metadata(&path).unwrap();
            match &entry.kind {
                EntryKind::File { digest, .. } => {
                    assert_eq!(Digest::of(&fs::read(&path).unwrap()), *digest, "{path:?}");
                    assert_eq!(
                        (status.mode() & 0o7777, status.nlink()),
                        (entry.mode, 1),
                        "{path:?}"
                    );
                }
                EntryKind::Directory => assert_eq!(status.mode() & 0o7777, entry.mode, "{path:?}"),
                EntryKind::Symlink { target } => {
                    assert_eq!(fs::read_link(&path).unwrap(), Path::new(target));
                }
            }
        }
    }
}

/// Says that a test was not run here, past the test runner, which keeps what a test
/// prints to itself; `cargo ci` counts these lines.
pub(crate) fn skipped(reason: impl std::fmt::Display) {
    let mut out = std::io::stdout();
    writeln!(out, "skipped: {reason}").unwrap();
}

/// Every path below a folder, in order.
fn walk(folder: &Path) -> Vec<String> {
    let mut waiting = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            }
            let below = entry.path().strip_prefix(folder).unwrap().to_owned();
            found.push(below.to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// What a borrower may leave behind, and a few things that only malice would.
fn use_home(tablet: &Tablet, canary: &Path) {
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    write(&tablet.home(".config/browser/history"), "secrets");
    write(&tablet.home("Desktop/sub/deeper/photo.jpg"), "me");
    symlink(canary, tablet.home("to-canary")).unwrap();
    symlink(canary.parent().unwrap(), tablet.home("Desktop/out")).unwrap();
    fs::hard_link(canary, tablet.home("Desktop/second-name")).unwrap();
    write(&tablet.home("Desktop/welcome.html"), "changed");
    fs::remove_file(tablet.home("start")).ok();
    symlink("../../etc/passwd", tablet.home("start")).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"not \xff text");
    fs::write(tablet.home("").join(name), "x").unwrap();
    write(&tablet.home("shut/inside"), "x");
    set_mode(&tablet.home("shut"), 0);
    let home = File::open(tablet.home("")).unwrap();
    mkfifoat(&home, "pipe", Mode::RWXU).unwrap();
    drop(UnixListener::bind(tablet.home("socket")).unwrap());
    // Something of another kind where the image has a directory or a file.
    write(&tablet.home("locked"), "a file");
    setxattr(
        tablet.home("Desktop"),
        "user.note",
        b"mine",
        XattrFlags::empty(),
    )
    .unwrap();
    set_mode(&tablet.home("Documents"), 0o777);
}

#[test]
fn a_used_home_becomes_exactly_the_image_and_nothing_outside_is_touched() {
    let tablet = Tablet::new();
    let outside = tempfile::tempdir_in(tablet.folder.path()).unwrap();
    let canary = outside.path().join("canary");
    write(&canary, "alive");
    set_mode(&canary, 0o640);
    use_home(&tablet, &canary);
    for path in [
        "tmp/download.pdf",
        "var/lib/bluetooth/AA/info",
        "var/lib/NetworkManager/seen",
    ] {
        write(&tablet.folder.path().join(path), "trace");
    }
    assert_eq!(tablet.carry_out(1), Ended::Verified);
    tablet.assert_home_is_the_image();
    assert_eq!(fs::read(&canary).unwrap(), b"alive");
    let canary = fs::metadata(&canary).unwrap();
    assert_eq!((canary.mode() & 0o777, canary.nlink()), (0o640, 1));
    let receipt = tablet.receipt(1).unwrap();
    assert_eq!(receipt.outcome, Outcome::Verified);
    assert_eq!(
        (receipt.scope, receipt.owners),
        (Scope::Directory, Owners::Mapped)
    );
    assert_eq!((receipt.files_verified, receipt.previous), (2, None));
    assert!(receipt.deleted >= 12, "{}", receipt.deleted);
    let traces = |name: &str| {
        receipt
            .policy
            .iter()
            .find(|line| line.item == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (
            traces("temporary files").found,
            traces("temporary files").left
        ),
        (1, 0)
    );
    assert_eq!(traces("bluetooth pairings").found, 2);
}

#[test]
fn tampering_of_the_same_size_and_time_is_found() {
    let tablet = Tablet::new();
    tablet.carry_out(1);
    let path = tablet.home("Desktop/welcome.html");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, b"<h1>Welc0me</h1>").unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(before)
        .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    let home = Tree::open(tablet.folder.path(), "home").unwrap().unwrap();
    let failed = verify::verify(&home, &image(), Owners::Mapped).unwrap_err();
    assert_eq!(failed.step, FailedStep::Verify);
    assert_eq!(tablet.carry_out(2), Ended::Verified);
    tablet.assert_home_is_the_image();
    assert_eq!(tablet.receipt(2).unwrap().restored, 1);
}

type Damage = (&'static str, fn(&Tablet));

#[test]
fn verification_finds_every_kind_of_difference() {
    let tablet = Tablet::new();
    let damages: &[Damage] = &[
        ("a new file", |it| write(&it.home("Documents/new"), "")),
        ("a new directory", |it| {
            fs::create_dir(it.home("new")).unwrap();
        }),
        ("a file gone", |it| {
            fs::remove_file(it.home("Desktop/welcome.html")).unwrap();
        }),
        ("a file that is a pipe", |it| {
            fs::remove_file(it.home("Desktop/welcome.html")).unwrap();
            let desktop = File::open(it.home("Desktop")).unwrap();
            mkfifoat(&desktop, "welcome.html", Mode::from_raw_mode(0o644)).unwrap();
        }),
        ("a mode", |it| set_mode(&it.home("Documents"), 0o750)),
        ("a set-uid bit", |it| {
            set_mode(&it.home("Desktop/welcome.html"), 0o4644);
        }),
        ("the home's mode", |it| set_mode(&it.home(""), 0o777)),
        ("a link's target", |it| {
            fs::remove_file(it.home("start")).unwrap();
            symlink("Documents", it.home("start")).unwrap();
        }),
        ("an attribute", |it| {
            let path = it.home("Desktop/welcome.html");
            setxattr(path, "user.origin", b"me", XattrFlags::empty()).unwrap();
        }),
        ("a second name", |it| {
            let other = it.folder.path().join("other-name");
            fs::hard_link(it.home("Desktop/welcome.html"), other).unwrap();
        }),
    ];
    for (index, (what, damage)) in damages.iter().enumerate() {
        let counter = index as u64 + 1;
        assert_eq!(tablet.carry_out(counter), Ended::Verified, "before {what}");
        damage(&tablet);
        let home = Tree::open(tablet.folder.path(), "home").unwrap().unwrap();
        let found = verify::verify(&home, &image(), Owners::Mapped);
        assert!(found.is_err(), "{what} was not found");
    }
}

#[test]
fn a_tree_deeper_than_any_path_is_deleted() {
    let tablet = Tablet::new();
    let mut dir = File::open(tablet.home("")).unwrap();
    for _level in 0..3000 {
        rustix::fs::mkdirat(&dir, "deeper-and-deeper", Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::DIRECTORY;
        dir = rustix::fs::openat(&dir, "deeper-and-deeper", flags, Mode::empty())
            .unwrap()
            .into();
    }
    drop(dir);
    assert_eq!(tablet.carry_out(1), Ended::Verified);
    tablet.assert_home_is_the_image();
    assert_eq!(tablet.receipt(1).unwrap().deleted, 3000);
}

#[test]
fn a_home_in_use_fails_and_is_reset_once_nobody_uses_it() {
    let tablet = Tablet::new();
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    let mut user = Command::new("cat")
        .current_dir(tablet.home("Documents"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(tablet.carry_out(1), Ended::Failed(FailedStep::Wipe));
    user.kill().unwrap();
    user.wait().unwrap();
    let receipt = tablet.receipt(1).unwrap();
    let why = FailedStep::Wipe;
    assert_eq!(receipt.outcome, Outcome::Failed { why });
    assert_eq!(tablet.carry_out(2), Ended::Verified);
    let first = tablet
        .receipts
        .read(&receipt::file_name(1))
        .unwrap()
        .unwrap();
    assert_eq!(
        tablet.receipt(2).unwrap().previous,
        Some(Digest::of(&first))
    );
}

/// Only root may make a file immutable, and not on every file system.
#[test]
fn what_cannot_be_deleted_fails_and_the_rest_is_gone() {
    let tablet = Tablet::new();
    write(&tablet.home("deep/er/stuck"), "x");
    write(&tablet.home("deep/er/letter"), "dear bank");
    let stuck = File::open(tablet.home("deep/er/stuck")).unwrap();
    if let Err(why) = ioctl_setflags(&stuck, IFlags::IMMUTABLE) {
        skipped(format_args!("nothing can be made immutable here: {why}"));
        return;
    }
    let ended = tablet.carry_out(1);
    ioctl_setflags(&stuck, IFlags::empty()).unwrap();
    drop(stuck);
    assert_eq!(ended, Ended::Failed(FailedStep::Wipe));
    assert!(
        !walk(&tablet.home(""))
            .iter()
            .any(|path| path.ends_with("letter"))
    );
    assert_eq!(tablet.carry_out(2), Ended::Verified);
    tablet.assert_home_is_the_image();
}

#[test]
fn without_the_whole_image_nothing_is_wiped() {
    let tablet = Tablet::new();
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    Images::below(&tablet.place.link_dir())
        .remove_blob(Digest::of(WELCOME))
        .unwrap();
    assert_eq!(tablet.carry_out(1), Ended::Failed(FailedStep::Image));
    assert!(tablet.home("Documents/letter.odt").exists());
}

#[test]
fn a_blob_that_went_bad_fails_and_is_removed_to_be_fetched_again() {
    let tablet = Tablet::new();
    let digest = Digest::of(WELCOME).to_string();
    let blob = tablet
        .place
        .link_dir()
        .join("blobs")
        .join(&digest[..2])
        .join(&digest);
    fs::write(&blob, b"<h1>Welc0me</h1>").unwrap();
    assert_eq!(tablet.carry_out(1), Ended::Failed(FailedStep::Image));
    assert!(!blob.exists());
}

#[test]
fn a_tablet_without_a_home_gets_one() {
    let tablet = Tablet::new();
    fs::remove_dir(tablet.home("")).unwrap();
    assert_eq!(tablet.carry_out(1), Ended::Verified);
    tablet.assert_home_is_the_image();
}

#[test]
fn a_home_that_is_a_link_elsewhere_fails_and_leaves_it_alone() {
    let tablet = Tablet::new();
    let elsewhere = tempfile::tempdir().unwrap();
    write(&elsewhere.path().join("canary"), "alive");
    fs::remove_dir(tablet.home("")).unwrap();
    symlink(elsewhere.path(), tablet.folder.path().join("home")).unwrap();
    assert_eq!(tablet.carry_out(1), Ended::Failed(FailedStep::Wipe));
    assert!(elsewhere.path().join("canary").exists());
}

#[test]
fn a_policy_folder_that_is_a_link_elsewhere_fails_and_leaves_it_alone() {
    let tablet = Tablet::new();
    let elsewhere = tempfile::tempdir().unwrap();
    write(&elsewhere.path().join("canary"), "alive");
    symlink(elsewhere.path(), tablet.folder.path().join("tmp")).unwrap();
    assert_eq!(tablet.carry_out(1), Ended::Failed(FailedStep::Policy));
    assert!(elsewhere.path().join("canary").exists());
}

#[test]
fn an_order_that_does_not_hold_wipes_nothing() {
    let tablet = Tablet::new();
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    let good = tablet.order(1);
    let boot = BootId::from_bytes([9; 16]);
    let other = TabletId::from_bytes([9; 16]);
    let forged = Envelope::sign(&good, &proof());
    let cases = [
        (
            tablet.handed(&Order {
                boot,
                ..good.clone()
            }),
            NotHeld::OtherBoot,
        ),
        (
            tablet.handed(&Order {
                tablet: other,
                ..good.clone()
            }),
            NotHeld::OtherTablet,
        ),
        (
            Handed {
                order: forged,
                ..tablet.handed(&good)
            },
            NotHeld::NotSigned(SignedError::BadSignature),
        ),
    ];
    for (handed, expected) in cases {
        let refused = tablet.reset().carry_out(&handed).unwrap_err();
        assert!(
            matches!(refused, ResetError::NotHeld(why) if why == expected),
            "{refused}"
        );
    }
    assert!(tablet.home("Documents/letter.odt").exists());
    assert_eq!(tablet.receipt(1), None);
}

#[test]
fn the_same_order_again_is_answered_by_the_same_receipt() {
    let tablet = Tablet::new();
    tablet.carry_out(1);
    let receipt = tablet.receipt(1);
    write(&tablet.home("Documents/after"), "next borrower's");
    assert_eq!(tablet.carry_out(1), Ended::Verified);
    assert_eq!((tablet.receipt(1), tablet.receipt(2)), (receipt, None));
    assert!(
        tablet.home("Documents/after").exists(),
        "a replay wiped a home"
    );
    let replayed = Order {
        order: OrderId::from_bytes([9; 16]),
        ..tablet.order(1)
    };
    let refused = tablet
        .reset()
        .carry_out(&tablet.handed(&replayed))
        .unwrap_err();
    assert!(
        matches!(refused, ResetError::NotHeld(NotHeld::Replayed)),
        "{refused}"
    );
}
