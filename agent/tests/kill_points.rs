//! The real program's `reset`, ended with SIGKILL at each of its kill points: it
//! says nothing early, goes on when it is started again, and proves it once. The
//! backends that exchange a home are killed in a test of their own.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

#[path = "kill_points/layers.rs"]
mod layers;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

use agent::{
    KILL_POINTS, KILL_POINTS_OF_EXCHANGE,
    clock::Clock,
    disk::replace,
    identity::{self, Identity},
    images::Images,
    orders::{Handed, Sent},
    own_keys::{OwnKeys, PROOF_KEY},
    place::Place,
    reset::journal::Journal,
};
use shared::{
    digest::Digest,
    ids::{Nonce, OrderId, TabletId},
    image::{Entry, EntryKind, ImageId, Manifest},
    keys::SecretKey,
    signed::{
        Envelope,
        keyring::Keyring,
        order::{ORDER_VALID_MS, Order, Task},
        receipt::{FailedStep, Outcome, Receipt},
    },
    wire::v1::manifest::{image_id, to_bytes},
};

const PAGE: &[u8] = b"welcome";

fn server() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

/// A directory that plays a used tablet, with an order to reset it.
struct Tablet {
    folder: tempfile::TempDir,
    place: Place,
    proof: SecretKey,
}

impl Tablet {
    fn new() -> Self {
        Self::below(tempfile::tempdir().unwrap())
    }

    fn below(folder: tempfile::TempDir) -> Self {
        let place = Place::directory(folder.path()).unwrap();
        let mut disk = place.proof_disk().unwrap();
        let mut keys = OwnKeys::new(disk.clone(), PROOF_KEY);
        let proof = keys.current_or_new().unwrap();
        identity::save(&mut disk, &identity()).unwrap();
        let image = store_image(&place);
        hand_order(&place, &proof, image, 1);
        let tablet = Self {
            folder,
            place,
            proof,
        };
        tablet.use_home();
        tablet
    }

    fn use_home(&self) {
        let home = self.folder.path().join("home");
        fs::create_dir_all(home.join("Documents/private")).unwrap();
        fs::write(home.join("Documents/private/letter"), "dear bank").unwrap();
        fs::write(home.join("page"), "changed").unwrap();
    }

    fn reset(&self, kill_at: &str) -> ExitStatus {
        let mut reset = Command::new(env!("CARGO_BIN_EXE_tablet-agent"));
        reset.arg("reset").arg("--root").arg(self.folder.path());
        reset.env("KILL_AT", kill_at).stdout(Stdio::null());
        reset.stderr(Stdio::null()).status().unwrap()
    }

    fn receipts(&self) -> Vec<Receipt> {
        let disk = self.place.receipts_disk().unwrap();
        let mut names = disk.names().unwrap();
        names.retain(|name| agent::reset::receipt::is_file_name(name));
        let read = |name: &String| fs::read(self.place.receipts_dir().join(name)).unwrap();
        let open = |bytes: Vec<u8>| {
            let envelope = Envelope::from_json(&bytes).unwrap();
            envelope.open(&self.proof.public()).unwrap()
        };
        names.iter().map(read).map(open).collect()
    }

    fn knows_its_receipt(&self) -> bool {
        let journal = Journal::open(self.place.proof_disk().unwrap()).unwrap();
        journal.work().is_some_and(|work| work.reported.is_some())
    }

    fn is_clean(&self) -> bool {
        let home = self.folder.path().join("home");
        let names = fs::read_dir(&home).unwrap().count();
        names == 1 && fs::read(home.join("page")).unwrap() == PAGE
    }
}

fn identity() -> Identity {
    Identity {
        tablet: TabletId::from_bytes([3; 16]),
        number: "WGN-042".parse().unwrap(),
        serial: "S1".into(),
        model: "M1".into(),
        server: "https://library.example".into(),
        keyring: Keyring {
            current: server().public(),
            next: SecretKey::from_seed(&[102; 32]).public(),
            recovery: SecretKey::from_seed(&[109; 32]).public(),
        },
    }
}

fn store_image(place: &Place) -> ImageId {
    let digest = Digest::of(PAGE);
    let size_bytes = PAGE.len() as u64;
    let page = Entry {
        path: "page".parse().unwrap(),
        kind: EntryKind::File { size_bytes, digest },
        mode: 0o644,
        uid: 0,
        gid: 0,
        xattrs: BTreeMap::new(),
    };
    let bytes = to_bytes(&Manifest::new("test".into(), vec![page]).unwrap());
    let images = Images::below(&place.link_dir());
    images.store_manifest(image_id(&bytes), &bytes).unwrap();
    images.store_blob(digest, size_bytes, PAGE).unwrap();
    image_id(&bytes)
}

fn hand_order(place: &Place, proof: &SecretKey, image: ImageId, counter: u64) {
    let clock = Clock::system().unwrap();
    let order = Order {
        order: OrderId::from_bytes([u8::try_from(counter).unwrap(); 16]),
        tablet: TabletId::from_bytes([3; 16]),
        epoch: 1,
        counter,
        boot: clock.boot(),
        heartbeat_seq: 1,
        valid_ms: ORDER_VALID_MS,
        task: Task::Reset {
            image,
            nonce: Nonce::from_bytes([5; 16]),
            proof_key: proof.public(),
            new_keys: false,
        },
    };
    let handed = Handed {
        order: Envelope::sign(&order, &server()),
        heartbeat: Sent {
            seq: 1,
            at_ms: clock.monotonic_ms(),
        },
    };
    let bytes = serde_json::to_vec(&handed).unwrap();
    replace(
        &mut place.link_disk().unwrap(),
        agent::orders::ORDER,
        &bytes,
    )
    .unwrap();
}

/// `agent:reset-ended` is a place of `run`, after its `reset` has ended.
fn all_of_reset() -> impl Iterator<Item = &'static str> {
    let places = KILL_POINTS.iter().copied();
    places.filter(|it| it.starts_with("agent:reset-") && *it != "agent:reset-ended")
}

fn places_of_reset() -> impl Iterator<Item = &'static str> {
    all_of_reset().filter(|it| !KILL_POINTS_OF_EXCHANGE.contains(it))
}

#[test]
fn a_reset_whose_settings_are_not_right_says_so_in_its_receipt() {
    let tablet = Tablet::new();
    let settings = tablet.folder.path().join("etc/tablet-agent");
    fs::create_dir_all(&settings).unwrap();
    fs::write(settings.join("agent.toml"), "backend = \"rsync\"").unwrap();
    assert_eq!(tablet.reset("").code(), Some(4), "it was not proven");
    let why = FailedStep::Settings;
    let outcomes: Vec<_> = tablet.receipts().iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed { why }]);
    assert!(!tablet.is_clean(), "nothing was wiped");
}

#[test]
fn a_reset_killed_between_any_two_steps_goes_on_and_is_proven_once() {
    assert!(Path::new(env!("CARGO_BIN_EXE_tablet-agent")).exists());
    for place in places_of_reset() {
        let tablet = Tablet::new();
        let killed = tablet.reset(place);
        assert_eq!(killed.signal(), Some(9), "{place} was never reached");
        if !tablet.receipts().is_empty() {
            assert!(tablet.is_clean(), "{place}: a receipt came early");
            // Else `run` would hand in what the gate does not know, and `reset` be done.
            assert!(tablet.knows_its_receipt(), "{place}");
        }
        assert_eq!(tablet.reset("").code(), Some(0), "{place}");
        assert!(tablet.is_clean(), "{place}");
        let outcomes: Vec<_> = tablet.receipts().iter().map(|it| it.outcome).collect();
        assert_eq!(outcomes, [Outcome::Verified], "{place}");
    }
}
