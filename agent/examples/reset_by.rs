//! Resets a directory that plays a tablet by one backend and says how long each step
//! took: `cargo xtask bench reset` measures with it. Needs root, as a whole tablet's
//! reset does.
//!
//!     reset_by make ROOT FILES BYTES     an image of that many files, and a tree of it
//!                                        at ROOT/golden for others to copy
//!     reset_by reset ROOT BACKEND        a whole reset; its times as JSON
//!     reset_by forget ROOT               knows of no reset any more, as a tablet just
//!                                        enrolled
//!     reset_by verify ROOT               reads the home again; how long it took
//!     reset_by can ROOT                  each backend, and why it cannot be used

use std::{cell::RefCell, collections::BTreeMap, fs, io, path::Path, rc::Rc, time::Instant};

use agent::{
    clock::Clock,
    disk::{Disk, folder::Folder},
    identity::Identity,
    images::Images,
    orders::{Handed, Sent},
    own_keys::{OwnKeys, PROOF_KEY},
    place::Place,
    reset::{
        Ended, Reset,
        backend::{Kind, Wish, probe},
        journal::{Journal, NAME},
        restore::{Looks, restore},
        verify::verify,
    },
    tree::Tree,
    trust::Trust,
};
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use shared::{
    digest::Digest,
    ids::{Nonce, OrderId, TabletId},
    image::{Entry, EntryKind, ImageId, Manifest},
    keys::{PublicKey, SecretKey},
    signed::{
        Envelope,
        keyring::Keyring,
        order::{ORDER_VALID_MS, Order, Task},
    },
    wire::v1::manifest::{image_id, to_bytes},
};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", root, files, bytes] => make(&place(root)?, files.parse()?, bytes.parse()?),
        ["reset", root, backend] => reset(&place(root)?, backend.parse()?),
        ["forget", root] => forget(&place(root)?),
        ["verify", root] => again(&place(root)?),
        ["can", root] => {
            can(&place(root)?);
            Ok(())
        }
        _other => bail!(
            "make ROOT FILES BYTES · reset ROOT BACKEND · forget ROOT · verify ROOT · can ROOT"
        ),
    }
}

fn place(root: &str) -> Result<Place> {
    Ok(Place::directory(Path::new(root))?.with_owners())
}

fn can(place: &Place) {
    for (kind, can) in probe::report(place, &Wish::default()) {
        let why = can.err().map(|why| why.to_string());
        println!("{}", json!({ "backend": kind.name(), "cannot": why }));
    }
}

/// Files of different lengths whose bytes repeat nowhere, twenty to a directory, with
/// a link in each.
fn make(place: &Place, files: u64, bytes: u64) -> Result<()> {
    let images = Images::below(&place.link_dir());
    let mut entries = BTreeMap::new();
    let mut add = |path: String, kind, mode| -> Result<()> {
        let xattrs = if path.ends_with("00") {
            BTreeMap::from([("user.origin".to_owned(), "library".to_owned())])
        } else {
            BTreeMap::new()
        };
        let entry = Entry {
            path: path.parse()?,
            kind,
            mode,
            uid: 1000,
            gid: 1000,
            xattrs,
        };
        entries.insert(path, entry);
        Ok(())
    };
    let mean = bytes / files.max(1);
    for number in 0..files {
        let directory = format!("folder-{:04}", number / 20);
        if number % 20 == 0 {
            add(directory.clone(), EntryKind::Directory, 0o755)?;
            let target = format!("file-{number:06}");
            let link = format!("{directory}/link");
            add(link, EntryKind::Symlink { target }, 0o777)?;
        }
        // From a half to one and a half of the mean.
        let size_bytes = mean / 2 + mean * (number % 101) / 100;
        let content = content(number, size_bytes)?;
        let digest = Digest::of(&content);
        images.store_blob(digest, size_bytes, content.as_slice())?;
        let kind = EntryKind::File { size_bytes, digest };
        add(format!("{directory}/file-{number:06}"), kind, 0o644)?;
    }
    let manifest = Manifest::new("bench".into(), entries.into_values().collect())?;
    let written = to_bytes(&manifest);
    images.store_manifest(image_id(&written), &written)?;
    fs::create_dir_all(place.root().join("golden"))?;
    let golden = Tree::open(place.root(), "golden")?.context("there is no golden tree")?;
    restore(&golden, &manifest, &images, place.owners(), Looks::Same)?;
    Ok(())
}

/// Bytes that nothing can make smaller, by a small generator (xorshift).
fn content(seed: u64, length: u64) -> Result<Vec<u8>> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(usize::try_from(length)? + 8);
    while (bytes.len() as u64) < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(usize::try_from(length)?);
    Ok(bytes)
}

/// A folder that notes when each of its records was on the disk.
struct Timed {
    folder: Folder,
    times: Rc<RefCell<Vec<Instant>>>,
    /// A record was written in the room that it has: it is durable with its bytes.
    written_over: bool,
}

impl Disk for Timed {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.folder.read(name)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.folder.write(name, bytes)
    }

    fn write_over(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.folder.write_over(name, bytes)?;
        self.written_over = true;
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.folder.sync(name)?;
        if std::mem::take(&mut self.written_over) {
            self.times.borrow_mut().push(Instant::now());
        }
        Ok(())
    }

    fn exchange(&mut self, one: &str, other: &str) -> io::Result<()> {
        self.folder.exchange(one, other)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.folder.rename(from, to)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.folder.sync_names()?;
        self.times.borrow_mut().push(Instant::now());
        Ok(())
    }
}

fn reset(place: &Place, kind: Kind) -> Result<()> {
    let times = Rc::new(RefCell::new(Vec::new()));
    let clock = Clock::system()?;
    let disk = |times: &Rc<RefCell<_>>| -> Result<Timed> {
        Ok(Timed {
            folder: place.proof_disk()?,
            times: Rc::clone(times),
            written_over: false,
        })
    };
    let journal = Journal::open(disk(&times)?)?;
    let mut keys = OwnKeys::new(disk(&Rc::default())?, PROOF_KEY);
    // The very first record is saved twice, so that each slot has its room.
    let doubles = usize::from(journal.last().is_none());
    let counter = journal.last().map_or(0, |last| last.counter) + 1;
    let identity = identity();
    let proof_key = keys.current_or_new()?.public();
    let handed = handed(&clock, (identity.tablet, proof_key), counter, image(place)?);
    let mut reset = Reset {
        place: place.clone(),
        trust: Trust::in_keyring(identity.keyring),
        identity,
        keys,
        clock,
        journal,
        receipts: place.receipts_disk()?,
        wish: Ok(Wish {
            backend: Some(kind),
            ..Wish::default()
        }),
    };
    let started = Instant::now();
    let ended = reset.carry_out(&handed)?;
    let whole_s = started.elapsed().as_secs_f64();
    ensure!(
        ended == Ended::Verified,
        "the reset was not proven: {ended:?}"
    );
    // The first is of the order, the last of the receipt.
    let times = times.borrow_mut().split_off(doubles);
    let steps = times.windows(2).map(|two| two[1] - two[0]);
    let steps: Vec<f64> = steps.map(|step| step.as_secs_f64()).collect();
    let named: BTreeMap<&str, f64> = names(kind).into_iter().zip(steps).collect();
    println!("{}", json!({ "whole_s": whole_s, "steps_s": named }));
    Ok(())
}

/// What is over when each record but the first is on the disk.
fn names(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::CryptOverlay => vec!["sealed", "key_erased", "swapped", "swept", "verified"],
        Kind::Overlay | Kind::Btrfs => vec!["sealed", "swapped", "swept", "verified"],
        Kind::Manifest => vec!["sealed", "wiped", "restored", "swept", "verified"],
        Kind::Command => vec!["sealed", "restored", "swept", "verified"],
    }
}

fn again(place: &Place) -> Result<()> {
    let images = Images::below(&place.link_dir());
    let manifest = images.manifest(image(place)?)?;
    let manifest = manifest.context("the image is not here")?;
    let home = Tree::open(place.root(), place.home())?.context("there is no home")?;
    let started = Instant::now();
    let read = verify(&home, &manifest, place.owners())?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{}", json!({ "verify_s": seconds, "bytes": read.bytes }));
    Ok(())
}

/// The only one; an order names it, so that to look for it is no part of a reset.
fn image(place: &Place) -> Result<ImageId> {
    let manifests = fs::read_dir(place.link_dir().join("manifests"))?;
    let names = manifests.map(|it| Ok(it?.file_name()));
    let names = names.collect::<io::Result<Vec<_>>>()?;
    let mut images = names.iter().filter_map(|it| it.to_str()?.parse().ok());
    images.next().context("there is no image here")
}

fn forget(place: &Place) -> Result<()> {
    let mut disk = place.proof_disk()?;
    for name in disk.names()?.iter().filter(|it| it.starts_with(NAME)) {
        disk.remove(name)?;
    }
    Ok(disk.sync_names()?)
}

fn identity() -> Identity {
    Identity {
        tablet: TabletId::from_bytes([3; 16]),
        number: "WGN-042".parse().expect("a tablet's number"),
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

fn server() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn handed(
    clock: &Clock,
    (tablet, proof_key): (TabletId, PublicKey),
    counter: u64,
    image: ImageId,
) -> Handed {
    let number = counter.to_le_bytes();
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number);
    let order = Order {
        order: OrderId::from_bytes(id),
        tablet,
        epoch: 1,
        counter,
        boot: clock.boot(),
        heartbeat_seq: 1,
        valid_ms: ORDER_VALID_MS,
        task: Task::Reset {
            image,
            nonce: Nonce::from_bytes([4; 16]),
            proof_key,
            new_keys: false,
        },
    };
    let at_ms = clock.monotonic_ms();
    Handed {
        order: Envelope::sign(&order, &server()),
        heartbeat: Sent { seq: 1, at_ms },
    }
}
