//! A certificate says what was signed, and nothing where that does not hold.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use lang::Catalogue;
use shared::{
    command::{Action, RenewKeys},
    digest::Digest,
    keys::SecretKey,
    signed::{
        Envelope,
        chain::Break,
        new_keys::{NewKeys, NewLinkKey},
        receipt::{Outcome, PolicyLine, Receipt, Scope},
    },
};

use super::{words::Words, *};
use crate::store::tests::world::{World, council, loan_id, proof_key, tablet_id, take_back};

const KEY_CLAIM: &str = "Clear (logical), cryptographic erase of the loan layer, verified";

/// A tablet that was reset once, with a receipt that was changed so before it was
/// signed.
fn reset_once(change: impl FnOnce(&mut Receipt)) -> World {
    let mut world = council();
    world.enrol(1).unwrap();
    prove(&mut world, change);
    world
}

fn prove(world: &mut World, change: impl FnOnce(&mut Receipt)) -> Digest {
    let mut receipt = world.receipt(1, Outcome::Verified);
    change(&mut receipt);
    let (bytes, answer) = world.hand_in(1, &receipt);
    answer.unwrap();
    Digest::of(&bytes)
}

/// The same tablet goes out, comes back and is reset again.
fn reset_again(world: &mut World, loan: u8, change: impl FnOnce(&mut Receipt)) -> Digest {
    world.check_out(1, loan).unwrap();
    world.return_in_hand(1, loan).unwrap();
    prove(world, change)
}

fn newest(world: &World) -> StoredProof {
    let read = world.store.read();
    let row = read.proofs_of(tablet_id(1)).unwrap().remove(0);
    read.proof(row.receipt).unwrap().unwrap()
}

fn drawn(stored: StoredProof) -> (Certificate, Words) {
    let certificate = Certificate::of(stored, &[]);
    let now = "2026-11-27T09:05:00Z".parse().unwrap();
    let words = Words::of(&Catalogue::english(), &certificate, now);
    (certificate, words)
}

fn value<'a>(words: &'a Words, name: &str) -> &'a str {
    let mut lines = words.lines.iter();
    &lines.find(|line| line.name == name).unwrap().value
}

fn all_words(words: &Words) -> String {
    let lines = words
        .lines
        .iter()
        .map(|it| format!("{}: {}", it.name, it.value));
    let head = [words.headline.clone(), words.claim.clone()];
    let all: Vec<String> = head
        .into_iter()
        .chain(lines)
        .chain(words.statements.clone())
        .collect();
    all.join("\n")
}

#[test]
fn a_certificate_says_what_the_tablet_signed() {
    let world = reset_once(|receipt| {
        receipt.key_erased = true;
        receipt.policy = vec![PolicyLine {
            item: "wifi".to_owned(),
            found: 2,
            left: 0,
        }];
    });
    let (certificate, words) = drawn(newest(&world));
    assert!(words.holds);
    assert_eq!(certificate.breaks, []);
    assert_eq!(words.claim, KEY_CLAIM);
    assert_eq!(value(&words, "Tablet"), "WGN-001");
    assert_eq!(value(&words, "Serial number"), "S1");
    assert_eq!(value(&words, "Read again"), "12 files, 3,456 bytes");
    assert_eq!(value(&words, "Key of the loan"), "erased");
    assert_eq!(value(&words, "Receipt number"), "1");
    assert_eq!(
        value(&words, "Checked for this page"),
        "Friday 27 November 2026, 9:05am"
    );
    let key = proof_key(1).public().to_string();
    assert_eq!(value(&words, "Key that it is signed with"), key);
    let item = &words.policy[0];
    assert_eq!((item.item.as_str(), item.is_left), ("wifi", false));
    assert_eq!(item.counts, "found 2, left 0");
}

#[test]
fn a_summer_reset_is_told_on_londons_clock() {
    let at = "2026-07-01T11:05:00Z".parse().unwrap();
    let world = reset_once(|receipt| receipt.started_at = at);
    let (_, words) = drawn(newest(&world));
    assert_eq!(value(&words, "Started"), "Wednesday 1 July 2026, 12:05pm");
}

#[test]
fn each_way_of_resetting_has_its_own_words_and_none_claims_a_purge() {
    let mut claims = Vec::new();
    for backend in ["overlay", "btrfs", "manifest", "another make's"] {
        let world = reset_once(|receipt| receipt.backend = backend.to_owned());
        let (_, words) = drawn(newest(&world));
        assert!(words.claim.starts_with("Clear (logical), "), "{backend}");
        assert!(words.claim.ends_with(", verified"), "{backend}");
        assert!(!all_words(&words).to_lowercase().contains("purge"));
        assert!(!claims.contains(&words.claim), "{backend}");
        assert_ne!(words.claim, KEY_CLAIM);
        claims.push(words.claim);
    }
}

#[test]
fn a_certificate_says_that_a_software_key_proves_what_root_said_and_no_more() {
    let (_, words) = drawn(newest(&reset_once(|_| {})));
    let said = "It is signed with a software key. That proves that this tablet’s root said so.";
    assert!(words.statements.iter().any(|it| it == said));
}

#[test]
fn a_folder_that_plays_a_tablet_certifies_nothing_real_and_that_is_said_first() {
    let mut stored = newest(&reset_once(|_| {}));
    let bytes = stored.receipt.take().unwrap();
    let envelope = Envelope::from_json(&bytes).unwrap();
    let mut receipt: Receipt = envelope.open(&proof_key(1).public()).unwrap();
    receipt.scope = Scope::Directory;
    let bytes = Envelope::sign(&receipt, &proof_key(1)).to_json();
    stored.row.receipt = Digest::of(&bytes);
    stored.receipt = Some(bytes);
    let (_, words) = drawn(stored);
    assert!(words.statements[0].starts_with("This is a demo"));
}

#[test]
fn a_receipt_with_any_byte_altered_certifies_nothing() {
    let stored = newest(&reset_once(|_| {}));
    let bytes = stored.receipt.clone().unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let mut altered = stored.clone();
        altered.receipt.as_mut().unwrap()[at] ^= 1;
        let (certificate, words) = drawn(altered);
        assert_eq!(certificate.signed, Err(Broken::Altered), "byte {at}");
        assert!(!words.holds && words.policy.is_empty());
        assert!(words.headline.starts_with("There is no certificate"));
        assert!(
            !all_words(&words).contains("3,456"),
            "nothing in it is told"
        );
    }
}

#[test]
fn a_receipt_of_another_key_certifies_nothing_even_where_its_digest_was_altered_too() {
    let mut stored = newest(&reset_once(|_| {}));
    let envelope = Envelope::from_json(stored.receipt.as_ref().unwrap()).unwrap();
    let receipt: Receipt = envelope.open(&proof_key(1).public()).unwrap();
    let forged = Envelope::sign(&receipt, &SecretKey::from_seed(&[99; 32])).to_json();
    stored.row.receipt = Digest::of(&forged);
    stored.receipt = Some(forged);
    let (certificate, words) = drawn(stored);
    let why = Broken::NotSigned(SignedError::BadSignature);
    assert_eq!(certificate.signed, Err(why));
    assert!(!words.holds);
}

#[test]
fn a_receipt_that_is_gone_or_of_something_else_certifies_nothing() {
    let stored = newest(&reset_once(|_| {}));
    let gone = StoredProof {
        receipt: None,
        ..stored.clone()
    };
    assert_eq!(drawn(gone).0.signed, Err(Broken::Gone));
    let mut other = stored;
    other.row.tablet = tablet_id(2);
    assert_eq!(drawn(other).0.signed, Err(Broken::OfSomethingElse));
}

#[test]
fn the_receipts_of_a_tablet_are_a_chain_and_a_gap_or_fork_is_said() {
    let mut world = reset_once(|_| {});
    let first = newest(&world).row.receipt;
    let second = reset_again(&mut world, 1, |receipt| {
        (receipt.seq, receipt.previous) = (2, Some(first));
    });
    let (whole, words) = drawn(newest(&world));
    assert_eq!(whole.breaks, []);
    assert_eq!(value(&words, "Digest of the one before"), first.to_string());
    reset_again(&mut world, 2, |receipt| {
        (receipt.seq, receipt.previous) = (5, Some(second));
    });
    let (gap, words) = drawn(newest(&world));
    assert_eq!(gap.breaks, [Break::Gap { first: 3, last: 4 }]);
    let said = "Receipts 3 to 4 are not here: they were not taken, or were lost.";
    assert!(words.statements.iter().any(|it| it == said));
    reset_again(&mut world, 3, |receipt| {
        (receipt.seq, receipt.previous) = (2, Some(first));
    });
    let (forked, words) = drawn(newest(&world));
    assert!(forked.breaks.contains(&Break::Fork { seq: 2 }));
    assert!(
        words
            .statements
            .iter()
            .any(|it| it.contains("claims number 2"))
    );
}

/// The tablet is asked for new keys, and names this proof key with its next reset.
fn renewed(world: &mut World, first: Digest, new: &SecretKey) -> Digest {
    let tablet = tablet_id(1);
    let asked = Action::RenewKeys(RenewKeys { tablet });
    world.operator(asked).unwrap();
    world.check_out(1, 1).unwrap();
    world.return_in_hand(1, 1).unwrap();
    let mut receipt = world.receipt(1, Outcome::Verified);
    (receipt.seq, receipt.previous) = (2, Some(first));
    let (order, key) = (receipt.order, new.public());
    let paper = NewLinkKey { tablet, order, key };
    receipt.new_keys = Some(NewKeys {
        link: Envelope::sign(&paper, new),
        proof: key,
    });
    let signed = Envelope::sign(&receipt, &proof_key(1)).countersign(new);
    let (bytes, answer) = world.hand_in_signed(1, &signed);
    answer.unwrap();
    Digest::of(&bytes)
}

#[test]
fn a_chain_goes_on_under_new_keys_and_each_receipt_is_checked_by_the_key_of_its_day() {
    let mut world = reset_once(|_| {});
    let first = newest(&world).row.receipt;
    let new = SecretKey::from_seed(&[0x77; 32]);
    let second = renewed(&mut world, first, &new);
    let (certificate, _) = drawn(newest(&world));
    let by = |certificate: &Certificate| certificate.signed.as_ref().unwrap().key;
    assert_eq!(by(&certificate), proof_key(1).public());
    world.check_out(1, 2).unwrap();
    world.return_in_hand(1, 2).unwrap();
    let mut receipt = world.receipt(1, Outcome::Verified);
    (receipt.seq, receipt.previous) = (3, Some(second));
    let signed = Envelope::sign(&receipt, &new);
    world.hand_in_signed(1, &signed).1.unwrap();
    let (certificate, words) = drawn(newest(&world));
    assert_eq!(by(&certificate), new.public());
    assert_eq!(certificate.breaks, []);
    assert!(words.holds);
    let stored = world.store.read().proof(first).unwrap().unwrap();
    let (certificate, _) = drawn(stored);
    assert_eq!(by(&certificate), proof_key(1).public());
    assert_eq!(certificate.breaks, []);
}

#[test]
fn r13_no_certificate_names_a_person() {
    let mut world = reset_once(|_| {});
    world.check_out(1, 1).unwrap();
    let loan = loan_id(1).to_string();
    world
        .operator(take_back(1, Some(1), shared::tablet::Presence::InHand))
        .unwrap();
    let (certificate, words) = drawn(newest(&world));
    let text = all_words(&words);
    assert!(!text.contains(crate::store::tests::world::CANARY_NAME));
    assert!(!text.contains(&loan));
    assert!(certificate.signed.is_ok());
}
