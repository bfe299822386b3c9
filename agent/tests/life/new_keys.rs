//! A tablet's own keys change with a reset whose order asks for it: wherever the power
//! goes, the tablet has the keys by which the library knows it, and no others for long.

use agent::own_keys::{LINK_KEY, OwnKeys, PROOF_KEY};
use shared::tablet::TabletKeys;

use super::{
    library::Library,
    tablet::{Copy, Step, Tablet},
};

/// A tablet before the reset that asks for new keys.
fn found(library: &Library) -> Tablet<'_> {
    let tablet = Tablet::new(library);
    tablet.lives(&[Step::Enrolled, Step::FirstReset]);
    tablet
}

fn keys(tablet: &Tablet) -> TabletKeys {
    let (link, proof) = disks(tablet);
    TabletKeys {
        link: link.current().unwrap().public(),
        proof: proof.current().unwrap().public(),
    }
}

type Keys = OwnKeys<agent::disk::folder::Folder>;

fn disks(tablet: &Tablet) -> (Keys, Keys) {
    let place = tablet.place();
    (
        OwnKeys::new(place.link_disk().unwrap(), LINK_KEY),
        OwnKeys::new(place.proof_disk().unwrap(), PROOF_KEY),
    )
}

/// It has new keys once its next reset after that is proven: `reset` hears by its order
/// that the new proof key is the one.
fn goes_on_with_new_keys(library: &Library, tablet: &Tablet, before: &TabletKeys) {
    tablet.go_on(Step::ResetAgain);
    let known = library.books().keys();
    assert_ne!(known.link, before.link);
    assert_ne!(known.proof, before.proof);
    tablet.lives(&[Step::Lent, Step::Returned]);
    assert_eq!(keys(tablet), known);
    let (link, proof) = disks(tablet);
    let left = [link.next().unwrap(), proof.next().unwrap()];
    assert!(left.iter().all(Option::is_none), "keys are left over");
}

#[test]
fn the_keys_change_with_a_reset_that_asks_for_it_and_with_no_other() {
    let library = Library::open();
    let tablet = found(&library);
    let before = keys(&tablet);
    tablet.lives(&[Step::Lent, Step::Returned]);
    assert_eq!(keys(&tablet), before);
    tablet.begin(Step::ResetAgain);
    goes_on_with_new_keys(&library, &tablet, &before);
}

#[test]
fn wherever_the_power_goes_the_tablet_is_known_by_the_keys_that_it_has() {
    let library = Library::open();
    let tablet = found(&library);
    let before = keys(&tablet);
    let then: Copy = tablet.copy();
    for point in [
        "agent:link-key-offered",
        "agent:next-key-made",
        "agent:order-handed",
        "agent:reset-receipt-kept",
        "agent:reset-reported",
        "agent:receipt-before",
        // The library has the new keys, and the tablet has not heard of it.
        "agent:receipt-after",
        "agent:verdict-kept",
        "agent:saved-ready",
        "agent:key-renewed",
    ] {
        let tablet = Tablet::as_it_was(&library, &then);
        tablet.begin(Step::ResetAgain);
        let with = [(kill_point::VARIABLE, point)];
        let mut turns = (0..3).map(|_| tablet.turn(Step::ResetAgain, &with));
        assert!(turns.any(|turn| !turn.status.success()), "{point}");
        goes_on_with_new_keys(&library, &tablet, &before);
    }
}
