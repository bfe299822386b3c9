//! The power goes in the middle of a reset, at every write of its records.

use std::collections::BTreeSet;

use shared::signed::receipt::Outcome;

use super::{Tablet, layers::tried, proven::after, write};
use crate::{
    disk::{Disk as _, torn::Torn},
    reset::{
        Ended,
        backend::Kind,
        journal::{Journal, Proven},
    },
};

/// Power is cut before each write of a whole reset, and the disk is found in each
/// state that such a cut may leave; the home is as far as the reset came.
#[test]
fn a_reset_cut_anywhere_goes_on_to_its_end_and_never_says_so_early() {
    let whole = Tablet::new();
    whole.carry_out(1);
    let (journal, receipts) = (whole.disk.ops(), whole.receipts.ops());
    assert!(journal > 10 && receipts > 3);
    let images: usize = (0..=journal)
        .map(|at| cut_and_go_on(|it| &it.disk, at))
        .chain((0..=receipts).map(|at| cut_and_go_on(|it| &it.receipts, at)))
        .sum();
    assert!(images > 40, "{images}");
}

/// How many states a cut before this write may leave; from each the reset goes on.
fn cut_and_go_on(which: fn(&Tablet) -> &Torn, at: usize) -> usize {
    for variant in 0.. {
        let mut tablet = Tablet::new();
        write(&tablet.home("Documents/letter.odt"), "dear bank");
        let handed = tablet.handed(&tablet.order(1));
        which(&tablet).cut_at(at);
        let cut = tablet.reset().carry_out(&handed);
        let Some((disk, receipts)) = found_after(&tablet).into_iter().nth(variant) else {
            return variant;
        };
        (tablet.disk, tablet.receipts) = (disk, receipts);
        if tablet.receipt(1).is_some() {
            tablet.assert_home_is_the_image();
        }
        assert_eq!(tablet.carry_out(1), Ended::Verified, "cut at {at}: {cut:?}");
        tablet.assert_home_is_the_image();
        let outcome = tablet.receipt(1).unwrap().outcome;
        assert_eq!((outcome, tablet.receipt(2)), (Outcome::Verified, None));
    }
    0
}

fn found_after(tablet: &Tablet) -> Vec<(Torn, Torn)> {
    let journals = tablet.disk.images_at(tablet.disk.ops());
    let receipts = tablet.receipts.images_at(tablet.receipts.ops());
    let pairs = journals
        .iter()
        .flat_map(|disk| receipts.iter().map(move |it| (disk, it)));
    pairs
        .map(|(disk, receipts)| (disk.clone(), receipts.clone()))
        .collect()
}

/// Of a second reset: whatever write it is cut before, what is remembered is the proof
/// of the first, or its own once its receipt is.
#[test]
fn a_cut_anywhere_leaves_the_last_proof_or_with_its_receipt_the_next() {
    let mut tablet = Tablet::new();
    tablet.carry_out(1);
    let ops = tablet.disk.ops();
    let mut found = BTreeSet::new();
    for (at, counter) in (0..=ops).zip(2..) {
        tablet.disk.settle();
        tablet.receipts.settle();
        let last = proven(&tablet.disk);
        after(last.unwrap().from);
        write(&tablet.home("Documents/letter.odt"), "dear bank");
        tablet.disk.cut_at(at);
        let handed = tablet.handed(&tablet.order(counter));
        let cut = tablet.reset().carry_out(&handed);
        for (disk, _receipts) in found_after(&tablet) {
            let journal = Journal::open(disk.clone()).unwrap();
            let is_next = journal.receipts() == counter;
            let is_reported = journal.work().unwrap().reported.is_some();
            assert_eq!(proven(&disk) != last, is_next, "cut at {at}: {cut:?}");
            assert!(!is_next || is_reported, "cut at {at}");
            found.insert(is_next);
        }
        (tablet.disk, tablet.receipts) = found_after(&tablet).swap_remove(0);
        assert_eq!(tablet.carry_out(counter), Ended::Verified, "cut at {at}");
        tablet.assert_home_is_the_image();
    }
    assert_eq!(found, BTreeSet::from([false, true]));
}

fn proven(disk: &Torn) -> Option<Proven> {
    Journal::open(disk.clone()).unwrap().proven()
}

/// As above, where what a loan wrote is exchanged: at some writes of the journal and at
/// all of the receipt, on disks of their own.
#[test]
fn an_exchange_cut_anywhere_goes_on_to_its_end_and_never_says_so_early() {
    for (kind, mut it) in tried([Kind::CryptOverlay, Kind::Overlay, Kind::Btrfs]) {
        let whole = it.tablet.carry_out(1);
        assert_eq!(whole, Ended::Verified, "{kind}");
        let (journal, receipts) = (it.tablet.disk.ops(), it.tablet.receipts.ops());
        assert!(journal > 10 && receipts > 3, "{journal}, {receipts}");
        let mut counter = 1;
        let cuts = (0..=journal).map(|at| (at, true));
        for (at, of_journal) in cuts.chain((0..=receipts).map(|at| (at, false))) {
            counter += 1;
            cut_one(&mut it.tablet, counter, at, of_journal);
        }
    }
}

/// A cut after so many writes since the last reset; the worst that may be found is that
/// nothing of what was not synced is there.
fn cut_one(tablet: &mut Tablet, counter: u64, at: usize, of_journal: bool) {
    tablet.disk.settle();
    tablet.receipts.settle();
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    let disk = if of_journal {
        &tablet.disk
    } else {
        &tablet.receipts
    };
    disk.cut_at(at);
    let cut = tablet
        .reset()
        .carry_out(&tablet.handed(&tablet.order(counter)));
    let (disk, receipts) = found_after(tablet).swap_remove(0);
    (tablet.disk, tablet.receipts) = (disk, receipts);
    if tablet.receipt(counter).is_some() {
        tablet.assert_home_is_the_image();
    }
    let ended = tablet.carry_out(counter);
    assert_eq!(ended, Ended::Verified, "cut at {at}: {cut:?}");
    tablet.assert_home_is_the_image();
    assert_eq!(tablet.receipt(counter).unwrap().outcome, Outcome::Verified);
    assert_eq!(tablet.receipt(counter + 1), None);
}

/// The journal as a disk might give it back: with any byte of both copies other than it
/// was written, or of one.
#[test]
fn a_journal_with_any_other_byte_is_refused_or_is_an_older_one_and_never_a_proof() {
    let tablet = Tablet::new();
    tablet.carry_out(1);
    write(&tablet.home("Documents/letter.odt"), "dear bank");
    let mut whole = tablet.disk.clone();
    for name in ["journal.a", "journal.b"] {
        let bytes = whole.read(name).unwrap().unwrap();
        // Behind the record lies the room that it may grow into.
        let written = bytes.trim_ascii_end().len() + 2;
        for at in 0..written {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            whole.write(name, &other).unwrap();
            if let Ok(journal) = Journal::open(whole.clone()) {
                let work = journal.work().unwrap();
                let is_older = journal.next_receipt() == 1 && work.reported.is_none();
                let is_newest = journal.next_receipt() == 2 && work.reported.is_some();
                assert!(is_older || is_newest, "{name}, byte {at}");
            }
        }
        whole.write(name, &bytes).unwrap();
    }
    for name in ["journal.a", "journal.b"] {
        whole.write(name, b"1 x\n{}").unwrap();
    }
    assert!(Journal::open(whole).is_err());
}
