//! Resets by the other backends, in a process of their own that ends with SIGKILL:
//! at each of their kill points, and at moments that nobody chose.

use std::{collections::BTreeSet, env, fs::File, io::Write as _, path::PathBuf, process::Output};

use agent::{
    clock::Clock,
    disk::Disk as _,
    orders::ORDER,
    reset::{
        Ended, Reset,
        backend::{Kind, Wish, probe},
    },
    trust::Trust,
};

use super::*;

const ROOT: &str = "PLAY_RESET_BELOW";
const BACKEND: &str = "PLAY_BACKEND";

/// What the vendor's program would be: it empties the home and copies the page.
const VENDOR: &str =
    "rm -rf $0/home/Documents && printf welcome > $0/home/page && chmod 700 $0/home";

/// The reset that the others kill: this very program, called again with a name. Called
/// without, there is nothing to do.
#[test]
fn a_reset_in_a_process_of_its_own() {
    let Some(root) = env::var_os(ROOT) else {
        return;
    };
    let place = Place::directory(Path::new(&root)).unwrap();
    let handed = place.link_disk().unwrap().read(ORDER).unwrap().unwrap();
    let handed: Handed = serde_json::from_slice(&handed).unwrap();
    let disk = place.proof_disk().unwrap();
    let vendor = ["/bin/sh", "-c", VENDOR, root.to_str().unwrap()];
    let identity = identity::load(&disk).unwrap().unwrap();
    let mut reset = Reset {
        trust: Trust::load(&disk, &identity.keyring).unwrap(),
        identity,
        keys: OwnKeys::new(disk.clone(), PROOF_KEY),
        clock: Clock::system().unwrap(),
        receipts: place.receipts_disk().unwrap(),
        journal: Journal::open(disk).unwrap(),
        wish: Ok(Wish {
            backend: Some(env::var(BACKEND).unwrap().parse().unwrap()),
            command: vendor.map(str::to_owned).to_vec(),
            ..Wish::default()
        }),
        place,
    };
    assert_eq!(reset.carry_out(&handed).unwrap(), Ended::Verified);
}

/// A tablet on a disk of its own, which goes when this is dropped.
struct OnDisk {
    tablet: Tablet,
    kind: Kind,
    counter: u64,
    _image: tempfile::TempDir,
}

impl OnDisk {
    /// `None`, and said so, where this cannot be tried.
    fn by(kind: Kind) -> Option<Self> {
        let (folder, image) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let made = match kind {
            Kind::Btrfs => mounted("mkfs.btrfs", &["-q"], image.path(), folder.path()),
            Kind::CryptOverlay | Kind::Overlay => {
                let words = ["-q", "-O", "encrypt"];
                mounted("mkfs.ext4", &words, image.path(), folder.path())
            }
            Kind::Manifest | Kind::Command => true,
        };
        if !made {
            return skipped(&format!("no disk for {kind} can be made and mounted here"));
        }
        let tablet = Tablet::below(folder);
        let wish = Wish {
            backend: Some(kind),
            command: vec!["/bin/sh".to_owned()],
            ..Wish::default()
        };
        let chosen = probe::choose(&tablet.place, &wish);
        let it = Self {
            tablet,
            kind,
            counter: 1,
            _image: image,
        };
        match chosen {
            Ok(_) => Some(it),
            Err((_, why)) => skipped(&format!("{kind} cannot be tried here: {why}")),
        }
    }

    fn command(&self, by: &[&str]) -> Command {
        let own: PathBuf = env::current_exe().unwrap();
        let mut words = by.to_vec();
        words.push(own.to_str().unwrap());
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command.args(["layers::a_reset_in_a_process_of_its_own", "--exact"]);
        command.env(ROOT, self.tablet.folder.path());
        command.env(BACKEND, self.kind.name());
        command
    }

    /// Kills it at this place; false where it came to its end without reaching it.
    fn is_killed_at(&self, place: &str) -> bool {
        let ended = self.command(&[]).env("KILL_AT", place).output().unwrap();
        ended.status.signal() == Some(9)
    }

    fn goes_on(&self) -> Output {
        self.command(&[]).env("KILL_AT", "").output().unwrap()
    }

    /// Whatever happened before: one receipt for each order, and none that came early.
    fn assert_it_ends(&self, what: &str) {
        let early = self.receipts_of_this().len();
        assert!(
            early == 0 || self.tablet.is_clean(),
            "{what}: a receipt came early"
        );
        let ended = self.goes_on();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success(), "{what}: {said}");
        assert!(self.tablet.is_clean(), "{what}");
        assert_eq!(self.receipts_of_this(), [Outcome::Verified], "{what}");
        let gone = self.tablet.place.layers_dir().join("gone");
        let left = fs::read_dir(gone).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{what}: a layer is left");
    }

    fn receipts_of_this(&self) -> Vec<Outcome> {
        let order = OrderId::from_bytes([u8::try_from(self.counter).unwrap(); 16]);
        let mut all = self.tablet.receipts();
        all.retain(|receipt| receipt.order == order);
        all.iter().map(|receipt| receipt.outcome).collect()
    }

    /// The next loan has come back.
    fn next(&mut self) {
        self.counter += 1;
        self.tablet.use_home();
        let image = store_image(&self.tablet.place);
        hand_order(&self.tablet.place, &self.tablet.proof, image, self.counter);
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        if self.kind.is_exchanged() {
            let mut umount = Command::new("umount");
            let at = self.tablet.folder.path();
            let ended = umount.arg("-R").arg(at).status();
            assert!(
                ended.is_ok_and(|status| status.success()),
                "{}",
                at.display()
            );
        }
    }
}

fn mounted(make: &str, words: &[&str], image: &Path, at: &Path) -> bool {
    if !rustix::process::geteuid().is_root() {
        return false;
    }
    let image = image.join("disk");
    let sized = File::create(&image).and_then(|file| file.set_len(256 << 20));
    sized.unwrap();
    let ran = |command: &mut Command| command.status().is_ok_and(|it| it.success());
    ran(Command::new(make)
        .args(words)
        .arg(&image)
        .stdout(Stdio::null()))
        && ran(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(at))
}

/// Past the test runner, which keeps what a test prints to itself.
fn skipped(why: &str) -> Option<OnDisk> {
    let mut out = std::io::stdout();
    writeln!(out, "skipped: {why}").unwrap();
    None
}

#[test]
fn an_exchange_killed_between_any_two_steps_goes_on_and_is_proven_once() {
    let mut reached: BTreeSet<&str> = places_of_reset().collect();
    let mut all_tried = true;
    for kind in [
        Kind::CryptOverlay,
        Kind::Overlay,
        Kind::Btrfs,
        Kind::Command,
    ] {
        let Some(mut it) = OnDisk::by(kind) else {
            all_tried = false;
            continue;
        };
        // Once from a home that was never a layer, then from loan to loan.
        for _time in 0..2 {
            for place in all_of_reset() {
                if it.is_killed_at(place) {
                    reached.insert(place);
                }
                it.assert_it_ends(&format!("{kind} at {place}"));
                it.next();
            }
        }
    }
    if all_tried {
        assert_eq!(reached, all_of_reset().collect());
    }
}

#[test]
fn an_exchange_killed_at_any_moment_goes_on_and_is_proven_once() {
    for kind in [Kind::CryptOverlay, Kind::Overlay, Kind::Btrfs] {
        let Some(mut it) = OnDisk::by(kind) else {
            continue;
        };
        for moment in 0..40 {
            let after = format!("0.{:04}", moment * 10 + 1);
            let killed = it.command(&["timeout", "-s", "KILL", &after]).output();
            killed.unwrap();
            it.assert_it_ends(&format!("{kind} killed after {after} s"));
            it.next();
        }
    }
}
