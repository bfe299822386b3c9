//! Keys change, papers of before, and what `run` cannot take back.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use shared::{
    ids::{BootId, OrderId},
    keys::SecretKey,
    signed::verdict::{Answer, Verdict},
};

use super::*;
use crate::disk::torn::Torn;

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The keys of a server whose key in use this is.
pub fn keyring_of(current: &SecretKey) -> Keyring {
    Keyring {
        current: current.public(),
        next: key(102).public(),
        recovery: key(109).public(),
    }
}

fn server() -> SecretKey {
    key(101)
}

/// Hands over to the key that was pinned ahead.
fn handed_over() -> Envelope {
    let following = Keyring {
        current: key(102).public(),
        next: key(103).public(),
        ..keyring_of(&server())
    };
    following.hand_over(&server(), &key(102))
}

/// A tablet that believes this server.
pub fn identity_of(server: &SecretKey) -> Identity {
    Identity {
        tablet: TabletId::from_bytes([3; 16]),
        number: "WGN-042".parse().unwrap(),
        serial: "S1".into(),
        model: "M1".into(),
        server: "https://library.example".into(),
        keyring: keyring_of(server),
    }
}

fn identity() -> Identity {
    identity_of(&server())
}

fn verdict(order: u8, signer: &SecretKey) -> Envelope {
    let verdict = Verdict {
        tablet: identity().tablet,
        order: OrderId::from_bytes([order; 16]),
        receipt: Digest::of(b"receipt"),
        answer: Answer::Accepted,
    };
    Envelope::sign(&verdict, signer)
}

fn lock(counter: u64, task: Task, signer: &SecretKey) -> Envelope {
    let order = Order {
        order: OrderId::from_bytes([u8::try_from(counter).unwrap(); 16]),
        tablet: identity().tablet,
        epoch: 0,
        counter,
        boot: BootId::from_bytes([4; 16]),
        heartbeat_seq: 1,
        valid_ms: 1000,
        task,
    };
    Envelope::sign(&order, signer)
}

fn lost() -> Task {
    let message = "Please ring 01942 000000".to_owned();
    Task::Lock { message }
}

fn put(disk: &mut Torn, name: &str, envelope: &Envelope) {
    replace_in_reserve(disk, name, &envelope.to_json()).unwrap();
}

/// What `run` leaves after the server's key changed.
fn left() -> Torn {
    let mut left = Torn::default();
    put(&mut left, VERDICT, &verdict(1, &server()));
    keep(&mut left, &identity().keyring, &[handed_over()]).unwrap();
    left
}

#[test]
fn what_is_here_when_the_key_changes_counts_and_nothing_else_of_the_old_key() {
    let mut own = Torn::default();
    let trust = take_up(&left(), &mut own, &identity()).unwrap();
    assert_eq!(trust.keyring().current, key(102).public());
    assert_eq!(Trust::load(&own, &identity().keyring).unwrap(), trust);
    assert!(trust.open::<Verdict>(&verdict(1, &server())).is_ok());
    assert!(trust.open::<Verdict>(&verdict(2, &key(102))).is_ok());
    let since = trust.open::<Verdict>(&verdict(2, &server()));
    assert_eq!(since, Err(SignedError::BadSignature));
}

#[test]
fn a_forged_paper_is_no_paper_of_before() {
    let mut left = left();
    put(&mut left, LOAN, &verdict(2, &key(66)));
    let trust = take_up(&left, &mut Torn::default(), &identity()).unwrap();
    assert!(trust.open::<Verdict>(&verdict(2, &key(66))).is_err());
}

#[test]
fn whoever_takes_over_run_can_take_no_key_back() {
    let (mut left, mut own) = (left(), Torn::default());
    let trust = take_up(&left, &mut own, &identity()).unwrap();
    left.remove(KEYRINGS).unwrap();
    assert_eq!(take_up(&left, &mut own, &identity()).unwrap(), trust);
    // Nor lead astray with what the old key signs now.
    let astray = keyring_of(&server()).hand_over(&server(), &server());
    save(&mut left, KEYRINGS, &[astray]).unwrap();
    assert_eq!(take_up(&left, &mut own, &identity()).unwrap(), trust);
}

#[test]
fn after_two_changes_a_paper_of_the_first_key_still_counts() {
    let (mut left, mut own) = (left(), Torn::default());
    take_up(&left, &mut own, &identity()).unwrap();
    let third = Keyring {
        current: key(103).public(),
        next: key(104).public(),
        ..keyring_of(&server())
    };
    let third = third.hand_over(&key(102), &key(103));
    keep(&mut left, &identity().keyring, &[third]).unwrap();
    let trust = take_up(&left, &mut own, &identity()).unwrap();
    assert_eq!(trust.keyring().current, key(103).public());
    assert!(trust.open::<Verdict>(&verdict(1, &server())).is_ok());
    let run = keyring(&left, &identity().keyring).unwrap();
    assert_eq!(run.current, key(103).public());
}

#[test]
fn a_power_cut_while_keys_are_taken_up_loses_neither_them_nor_a_paper() {
    let left = left();
    let mut own = Torn::default();
    let whole = take_up(&left, &mut own, &identity()).unwrap();
    let images = own.crash_images();
    assert!(images.len() > 6, "{} images", images.len());
    for mut image in images {
        let again = take_up(&left, &mut image, &identity()).unwrap();
        assert_eq!(again, whole);
    }
}

#[test]
fn kept_keys_that_are_damaged_are_known_to_be_and_taken_up_anew() {
    let (left, mut own) = (left(), Torn::default());
    let whole = take_up(&left, &mut own, &identity()).unwrap();
    let kept = own.read(KEYRINGS).unwrap().unwrap();
    for at in 0..kept.trim_ascii_end().len() {
        let mut altered = kept.clone();
        altered[at] ^= 1;
        own.write(KEYRINGS, &altered).unwrap();
        let loaded = Trust::load(&own, &identity().keyring);
        // A key's short name is only a hint.
        assert!(
            loaded.as_ref().is_err() || loaded.unwrap() == whole,
            "byte {at}"
        );
    }
    for damaged in [b"".as_slice(), b"[", &kept[1..]] {
        own.write(KEYRINGS, damaged).unwrap();
        let again = take_up(&left, &mut own, &identity()).unwrap();
        assert_eq!(again.keyring(), whole.keyring());
    }
}

#[test]
fn the_word_that_it_is_lost_is_taken_up_and_only_a_later_one_takes_its_place() {
    let (mut left, mut own) = (Torn::default(), Torn::default());
    let kept = |own: &Torn| Envelope::from_json(own.read(LOCK).unwrap().unwrap().trim_ascii());
    let locked = lock(2, lost(), &server());
    put(&mut left, LOCK, &locked);
    take_up(&left, &mut own, &identity()).unwrap();
    let not_later = [
        lock(1, Task::Unlock, &server()),
        lock(2, Task::Unlock, &server()),
        lock(3, Task::Unlock, &key(66)),
    ];
    for word in not_later {
        put(&mut left, LOCK, &word);
        take_up(&left, &mut own, &identity()).unwrap();
        assert_eq!(kept(&own), Ok(locked.clone()));
    }
    let found = lock(3, Task::Unlock, &server());
    put(&mut left, LOCK, &found);
    take_up(&left, &mut own, &identity()).unwrap();
    assert_eq!(kept(&own), Ok(found));
}

#[test]
fn run_is_told_what_was_taken_up_and_asks_for_what_was_not() {
    let (mut left, mut own, mut beside) = (left(), Torn::default(), Torn::default());
    let kept = TakenUp {
        believes: key(102).public().id(),
        lock: Some(2),
    };
    let told = |beside: &Torn| TakenUp::told(beside, &identity().keyring).unwrap();
    let mut takes_up = |left: &Torn, beside: &mut Torn| {
        let trust = take_up(left, &mut own, &identity()).unwrap();
        tell(&own, beside, &trust, &identity()).unwrap();
    };
    assert!(told(&beside).is_behind(&kept));
    takes_up(&left, &mut beside);
    assert!(told(&beside).is_behind(&kept), "the keys, and not the lock");
    put(&mut left, LOCK, &lock(2, lost(), &key(102)));
    takes_up(&left, &mut beside);
    assert!(!told(&beside).is_behind(&kept));
    // Where `run` lost its newest record, `reset` is not behind.
    let before = TakenUp { lock: None, ..kept };
    assert!(!told(&beside).is_behind(&before));
    let writes = beside.ops();
    takes_up(&left, &mut beside);
    assert_eq!(beside.ops(), writes, "it was told already");
    beside.write(TAKEN_UP, b"{").unwrap();
    assert!(told(&beside).is_behind(&kept));
    takes_up(&left, &mut beside);
    assert!(!told(&beside).is_behind(&kept));
}
