//! The power goes in the middle of a reset, at every write of its records.

use shared::signed::receipt::Outcome;

use super::{Tablet, write};
use crate::{disk::torn::Torn, reset::Ended};

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
