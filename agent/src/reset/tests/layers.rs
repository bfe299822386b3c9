//! Stories of the backends that exchange what a loan wrote, on disks of their own.

use std::{
    ffi::OsStr,
    io,
    time::{Duration, Instant},
};

use rustix::mount::{MountFlags, UnmountFlags};

use super::{
    loops::{self, Loop},
    *,
};
use crate::reset::{layers::Layers, mounts};

/// A tablet on a disk of its own, reset by one backend. What is mounted goes before its
/// folder does.
pub(super) struct Layered {
    pub disk: Loop,
    pub tablet: Tablet,
}

impl Layered {
    /// `None`, and said so, where this backend cannot be tried.
    pub fn by(kind: Kind) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file_system = match kind {
            Kind::Btrfs => loops::Kind::Btrfs,
            Kind::CryptOverlay | Kind::Overlay | Kind::Manifest | Kind::Command => {
                loops::Kind::Ext4
            }
        };
        let disk = Loop::mounted(file_system, folder.path())?;
        let mut tablet = Tablet::below(folder);
        tablet.wish.backend = Some(kind);
        if let Err((kind, why)) = probe::choose(&tablet.place, &tablet.wish) {
            skipped(format_args!("{kind} cannot be tried here: {why}"));
            return None;
        }
        Some(Self { disk, tablet })
    }

    fn is_mounted(&self) -> bool {
        mounts::is_home_of_loan(&self.tablet.place).unwrap()
    }
}

/// A tablet of its own for each backend that can be tried, one after the other.
pub(super) fn tried<const N: usize>(kinds: [Kind; N]) -> impl Iterator<Item = (Kind, Layered)> {
    let by = |kind| Some((kind, Layered::by(kind)?));
    kinds.into_iter().filter_map(by)
}

const EXCHANGED: [Kind; 3] = [Kind::CryptOverlay, Kind::Overlay, Kind::Btrfs];

/// What a borrower may leave behind, and what only malice would.
fn use_layer(tablet: &Tablet) {
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    write(&tablet.home("Desktop/sub/deeper/photo.jpg"), "me");
    fs::hard_link(
        tablet.home("Documents/letter.odt"),
        tablet.home("Desktop/second-name"),
    )
    .unwrap();
    write(&tablet.home("Desktop/welcome.html"), "changed");
    fs::remove_dir_all(tablet.home("locked")).unwrap();
    write(&tablet.home("locked"), "a file");
    fs::remove_file(tablet.home("start")).unwrap();
    symlink("loop", tablet.home("loop")).unwrap();
    symlink("../..", tablet.home("start")).unwrap();
    let name = OsStr::from_bytes(b"not \xff text");
    fs::write(tablet.home("").join(name), "x").unwrap();
    let home = File::open(tablet.home("")).unwrap();
    mkfifoat(&home, "pipe", Mode::RWXU).unwrap();
    drop(UnixListener::bind(tablet.home("socket")).unwrap());
    let attribute = |path, value: &[u8]| {
        setxattr(tablet.home(path), "user.note", value, XattrFlags::empty()).unwrap();
    };
    attribute("Desktop", b"mine");
    set_mode(&tablet.home("Documents"), 0o777);
    set_mode(&tablet.home(""), 0o755);
}

#[test]
fn each_backend_makes_a_used_home_exactly_the_image_again() {
    for (kind, it) in tried(EXCHANGED) {
        write(&it.tablet.home("before/there/were/layers"), "old");
        for counter in 1..=3 {
            assert_eq!(it.tablet.carry_out(counter), Ended::Verified, "{kind}");
            it.tablet.assert_home_is_the_image();
            let receipt = it.tablet.receipt(counter).unwrap();
            let key_erased = kind == Kind::CryptOverlay && counter > 1;
            assert_eq!(
                (receipt.backend.as_str(), receipt.key_erased),
                (kind.name(), key_erased)
            );
            assert_eq!(
                receipt.technique.contains("cryptographic erase"),
                key_erased
            );
            use_layer(&it.tablet);
        }
        let gone = it.tablet.place.layers_dir().join("gone");
        assert_eq!(fs::read_dir(gone).unwrap().count(), 0, "{kind}");
    }
}

#[test]
fn a_loan_outlives_a_restart_and_without_its_key_nothing_of_it_is_shown() {
    let Some(it) = Layered::by(Kind::CryptOverlay) else {
        return;
    };
    it.tablet.carry_out(1);
    let letter = it.tablet.home("Documents/letter.odt");
    write(&letter, "dear bank");
    it.disk.restart();
    assert!(mounts::mount_home(&it.tablet.place).is_err());
    unlock(&it.tablet.place).unwrap();
    mounts::mount_home(&it.tablet.place).unwrap();
    assert_eq!(fs::read(&letter).unwrap(), b"dear bank");
    it.disk.restart();
    let key = it.tablet.place.layers_dir().join("key");
    fs::write(&key, vec![7; fs::read(&key).unwrap().len()]).unwrap();
    let why = unlock(&it.tablet.place).unwrap_err();
    assert!(why.to_string().contains("not that of the loan"), "{why}");
    fs::remove_file(key).unwrap();
    let why = unlock(&it.tablet.place).unwrap_err();
    assert!(why.to_string().contains("lost its key"), "{why}");
    assert_eq!(it.tablet.carry_out(2), Ended::Verified);
    it.tablet.assert_home_is_the_image();
}

#[test]
fn a_reset_that_a_restart_interrupted_ends_on_an_unlocked_layer() {
    for (kind, mut it) in tried([Kind::CryptOverlay, Kind::Overlay]) {
        it.tablet.carry_out(1);
        use_layer(&it.tablet);
        let handed = it.tablet.handed(&it.tablet.order(2));
        // Cut before the record of the last step, and before that of its receipt.
        let before = it.tablet.disk.ops();
        it.tablet.receipts.cut_at(it.tablet.receipts.ops());
        let cut = it.tablet.reset().carry_out(&handed);
        assert!(cut.is_err() && it.tablet.disk.ops() > before);
        it.tablet.receipts = it.tablet.receipts.images_at(it.tablet.receipts.ops())[0].clone();
        it.disk.restart();
        assert!(!it.is_mounted());
        assert_eq!(it.tablet.carry_out(2), Ended::Verified, "{kind}");
        it.tablet.assert_home_is_the_image();
        assert!(it.is_mounted(), "{kind}");
    }
}

#[test]
fn what_no_key_protects_is_deleted_before_the_receipt_and_not_behind_it() {
    for (kind, it) in tried(EXCHANGED) {
        it.tablet.carry_out(1);
        use_layer(&it.tablet);
        it.tablet.receipts.cut_at(it.tablet.receipts.ops());
        let handed = it.tablet.handed(&it.tablet.order(2));
        assert!(it.tablet.reset().carry_out(&handed).is_err());
        let gone = it.tablet.place.layers_dir().join("gone");
        let left: Vec<_> = fs::read_dir(gone).unwrap().collect();
        assert_eq!(
            left.len(),
            usize::from(kind == Kind::CryptOverlay),
            "{kind}"
        );
        for layer in left {
            let layer = File::open(layer.unwrap().path()).unwrap();
            let key = crate::ioctl::key_of(&layer).unwrap().unwrap();
            assert!(crate::ioctl::is_key_absent(&layer, key).unwrap());
        }
    }
}

#[test]
fn an_image_that_was_tampered_with_is_found_and_made_again_before_it_is_lent() {
    for (kind, it) in tried(EXCHANGED) {
        it.tablet.carry_out(1);
        let tree = it
            .tablet
            .place
            .lower_dir()
            .join(it.tablet.image.to_string());
        let path = tree.join("Desktop/welcome.html");
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, b"<h1>Welc0me</h1>").unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(before).unwrap();
        drop(file);
        write(&tree.join("planted"), "a program");
        assert_eq!(it.tablet.carry_out(2), Ended::Verified, "{kind}");
        it.tablet.assert_home_is_the_image();
        assert_eq!(it.tablet.receipt(2).unwrap().restored, 1, "{kind}");
        assert!(!tree.join("planted").exists(), "{kind}");
    }
}

#[test]
fn an_image_that_cannot_be_made_again_fails_the_reset() {
    let Some(it) = Layered::by(Kind::Overlay) else {
        return;
    };
    it.tablet.carry_out(1);
    let tree = it
        .tablet
        .place
        .lower_dir()
        .join(it.tablet.image.to_string());
    let planted = tree.join("planted");
    write(&planted, "a program");
    let file = File::open(&planted).unwrap();
    ioctl_setflags(&file, IFlags::IMMUTABLE).unwrap();
    let ended = it.tablet.carry_out(2);
    ioctl_setflags(&file, IFlags::empty()).unwrap();
    assert_eq!(ended, Ended::Failed(FailedStep::Wipe));
    let why = FailedStep::Wipe;
    assert_eq!(
        it.tablet.receipt(2).unwrap().outcome,
        Outcome::Failed { why }
    );
    assert_eq!(it.tablet.carry_out(3), Ended::Verified);
}

#[test]
fn a_layer_that_somebody_reads_is_in_use_and_is_reset_once_nobody_does() {
    for (kind, it) in tried(EXCHANGED) {
        it.tablet.carry_out(1);
        write(&it.tablet.home("Documents/letter.odt"), "dear bank");
        let letter = File::open(it.tablet.home("Documents/letter.odt")).unwrap();
        let mut reader = Command::new("tail")
            .args(["-f", "/dev/null"])
            .stdin(Stdio::from(letter))
            .spawn()
            .unwrap();
        let holders = in_use::holders_of(&it.tablet.home("")).unwrap();
        let ended = it.tablet.carry_out(2);
        let letter = it.tablet.home("Documents/letter.odt");
        let is_there = letter.exists();
        reader.kill().unwrap();
        reader.wait().unwrap();
        assert_eq!(holders, ["tail"]);
        assert_eq!(ended, Ended::Failed(FailedStep::Wipe));
        assert!(is_there, "a home in use was taken away");
        assert_eq!(it.tablet.carry_out(3), Ended::Verified, "{kind}");
        it.tablet.assert_home_is_the_image();
    }
}

#[test]
fn something_mounted_inside_the_home_fails_the_reset_and_stays() {
    for (kind, it) in tried([
        Kind::CryptOverlay,
        Kind::Overlay,
        Kind::Btrfs,
        Kind::Manifest,
    ]) {
        it.tablet.carry_out(1);
        let inside = it.tablet.home("Documents/stick");
        fs::create_dir(&inside).unwrap();
        rustix::mount::mount("none", &inside, "tmpfs", MountFlags::empty(), None).unwrap();
        write(&inside.join("precious"), "alive");
        assert_eq!(
            it.tablet.carry_out(2),
            Ended::Failed(FailedStep::Wipe),
            "{kind}"
        );
        assert_eq!(fs::read(inside.join("precious")).unwrap(), b"alive");
        rustix::mount::unmount(&inside, UnmountFlags::empty()).unwrap();
        assert_eq!(it.tablet.carry_out(3), Ended::Verified, "{kind}");
        it.tablet.assert_home_is_the_image();
    }
}

#[test]
fn an_immutable_file_outlives_no_proven_reset() {
    for (kind, it) in tried([Kind::CryptOverlay, Kind::Overlay, Kind::Btrfs]) {
        it.tablet.carry_out(1);
        write(&it.tablet.home("Documents/stuck"), "x");
        let stuck = File::open(it.tablet.home("Documents/stuck")).unwrap();
        ioctl_setflags(&stuck, IFlags::IMMUTABLE).unwrap();
        drop(stuck);
        let ended = it.tablet.carry_out(2);
        if ended == Ended::Verified {
            it.tablet.assert_home_is_the_image();
        }
        let gone = it.tablet.place.layers_dir().join("gone");
        let left = fs::read_dir(gone).unwrap().count();
        assert_eq!(ended == Ended::Verified, left == 0, "{kind}: {ended:?}");
    }
}

#[test]
fn a_disk_that_a_loan_filled_to_its_last_byte_is_reset() {
    for (kind, it) in tried([
        Kind::CryptOverlay,
        Kind::Overlay,
        Kind::Btrfs,
        Kind::Manifest,
    ]) {
        it.tablet.carry_out(1);
        let mut film = File::create(it.tablet.home("Documents/film")).unwrap();
        let mut length = 1 << 20;
        while length > 0 {
            if film
                .write_all(&vec![7; length])
                .and_then(|()| film.sync_all())
                .is_err()
            {
                length /= 2;
            }
        }
        drop(film);
        assert_eq!(it.tablet.carry_out(2), Ended::Verified, "{kind}");
        it.tablet.assert_home_is_the_image();
    }
}

#[test]
fn a_home_with_a_hundred_thousand_files_is_reset() {
    for (kind, it) in tried([
        Kind::CryptOverlay,
        Kind::Overlay,
        Kind::Btrfs,
        Kind::Manifest,
    ]) {
        it.tablet.carry_out(1);
        for folder in 0..10 {
            let folder = it.tablet.home(&format!("many/{folder}"));
            fs::create_dir_all(&folder).unwrap();
            for number in 0..10_000 {
                File::create(folder.join(number.to_string())).unwrap();
            }
        }
        assert_eq!(it.tablet.carry_out(2), Ended::Verified, "{kind}");
        it.tablet.assert_home_is_the_image();
        assert!(it.tablet.receipt(2).unwrap().deleted >= 100_000 || kind != Kind::Manifest);
    }
}

#[test]
fn the_tree_of_the_next_image_is_made_when_nobody_waits_and_that_of_the_last_goes() {
    for (kind, mut it) in tried(EXCHANGED) {
        it.tablet.carry_out(1);
        let images = Images::below(&it.tablet.place.link_dir());
        let next = to_bytes(&Manifest::new("next".into(), image().entries().to_vec()).unwrap());
        images.store_manifest(image_id(&next), &next).unwrap();
        it.tablet.carry_out(2);
        let trees = it.tablet.place.lower_dir();
        let of_next = trees.join(image_id(&next).to_string());
        assert_eq!(
            fs::read(of_next.join("Desktop/welcome.html")).unwrap(),
            WELCOME
        );
        let of_last = trees.join(it.tablet.image.to_string());
        assert!(of_last.exists(), "the home stands on it");
        it.tablet.image = image_id(&next);
        assert_eq!(it.tablet.carry_out(3), Ended::Verified);
        it.tablet.assert_home_is_the_image();
        assert!(!of_last.exists(), "{kind}");
        let restored = it.tablet.receipt(3).unwrap().restored;
        assert_eq!(restored, 0, "it was made ahead");
    }
}

#[test]
fn a_tablet_that_leaves_layers_keeps_nothing_of_them() {
    for (kind, mut it) in tried(EXCHANGED) {
        it.tablet.carry_out(1);
        use_layer(&it.tablet);
        it.tablet.wish.backend = Some(Kind::Manifest);
        assert_eq!(it.tablet.carry_out(2), Ended::Verified, "{kind}");
        it.tablet.assert_home_is_the_image();
        assert!(!it.is_mounted());
        let receipt = it.tablet.receipt(2).unwrap();
        assert_eq!(receipt.key_erased, kind == Kind::CryptOverlay);
        let layers = Layers::of(&it.tablet.place).unwrap();
        assert!(!layers.has_current().unwrap());
    }
}

#[test]
fn a_backend_that_cannot_be_used_fails_the_reset_and_no_other_stands_in() {
    let mut tablet = Tablet::new();
    tablet.wish.backend = Some(Kind::Command);
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    assert_eq!(tablet.carry_out(1), Ended::Failed(FailedStep::Wipe));
    assert!(tablet.home("Documents/letter.odt").exists());
}

#[test]
fn whatever_the_vendors_program_says_what_is_read_again_decides() {
    let mut tablet = Tablet::new();
    tablet.carry_out(1);
    tablet.wish.backend = Some(Kind::Command);
    let by = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    tablet.wish.command = by(r#"echo '{"deleted":1}'"#);
    assert_eq!(tablet.carry_out(2), Ended::Failed(FailedStep::Verify));
    tablet.wish.command = by("exit 1");
    assert_eq!(tablet.carry_out(3), Ended::Failed(FailedStep::Wipe));
    let letter = tablet.home("Documents/letter.odt");
    tablet.wish.command = by(&format!(
        "/bin/rm {}; echo '{{\"deleted\":1}}'",
        letter.display()
    ));
    assert_eq!(tablet.carry_out(4), Ended::Verified);
    let receipt = tablet.receipt(4).unwrap();
    assert_eq!((receipt.backend.as_str(), receipt.deleted), ("command", 1));
}

#[test]
fn a_vendors_program_that_hangs_fails_the_reset_in_its_time() {
    let mut tablet = Tablet::new();
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    tablet.wish.backend = Some(Kind::Command);
    tablet.wish.command = ["/bin/sleep", "600"].map(str::to_owned).to_vec();
    tablet.wish.command_within = Duration::from_secs(1);
    let began = Instant::now();
    assert_eq!(tablet.carry_out(1), Ended::Failed(FailedStep::Wipe));
    assert!(began.elapsed() < Duration::from_mins(1));
    let why = FailedStep::Wipe;
    assert_eq!(tablet.receipt(1).unwrap().outcome, Outcome::Failed { why });
    tablet.wish = Wish::default();
    assert_eq!(tablet.carry_out(2), Ended::Verified);
}

#[test]
fn settings_that_are_not_right_fail_the_reset_and_nothing_is_wiped() {
    let tablet = Tablet::new();
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    let mut reset = tablet.reset();
    reset.wish = Err("agent.toml is not understood".to_owned());
    let ended = reset.carry_out(&tablet.handed(&tablet.order(1))).unwrap();
    assert_eq!(ended, Ended::Failed(FailedStep::Settings));
    let why = FailedStep::Settings;
    assert_eq!(tablet.receipt(1).unwrap().outcome, Outcome::Failed { why });
    assert!(tablet.home("Documents/letter.odt").exists());
    assert_eq!(tablet.carry_out(2), Ended::Verified);
}

#[test]
fn every_snapshot_of_a_home_goes_with_it() {
    let Some(it) = Layered::by(Kind::Btrfs) else {
        return;
    };
    it.tablet.carry_out(1);
    write(&it.tablet.home("Documents/letter.odt"), "dear bank");
    let root = it.tablet.folder.path();
    let snapshot = |of: &Path, folder: &Path, name: &str| -> io::Result<()> {
        let (of, folder) = (File::open(of)?, File::open(folder)?);
        Ok(crate::ioctl::snapshot(of, folder, name.as_bytes())?)
    };
    let home = it.tablet.home("");
    snapshot(&home, root, "kept").unwrap();
    snapshot(&root.join("kept"), root, "of\na snapshot").unwrap();
    snapshot(&home, &home, "inside").unwrap();
    crate::ioctl::create_subvolume(File::open(root).unwrap(), b"other").unwrap();
    write(&root.join("other/precious"), "alive");
    assert!(root.join("of\na snapshot/Documents/letter.odt").exists());
    assert_eq!(it.tablet.carry_out(2), Ended::Verified);
    it.tablet.assert_home_is_the_image();
    assert!(!root.join("kept").exists() && !root.join("of\na snapshot").exists());
    assert_eq!(fs::read(root.join("other/precious")).unwrap(), b"alive");
    assert!(it.tablet.receipt(2).unwrap().deleted >= 4);
    snapshot(&home, root, "kept").unwrap();
    let mut it = it;
    it.tablet.wish.backend = Some(Kind::Manifest);
    assert_eq!(it.tablet.carry_out(3), Ended::Verified);
    assert!(!root_of(&it.tablet).join("kept").exists());
}

fn root_of(tablet: &Tablet) -> PathBuf {
    tablet.folder.path().to_owned()
}
