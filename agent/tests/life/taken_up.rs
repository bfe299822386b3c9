//! What `run` keeps for the privileged half comes there, also where the power goes before
//! anybody was told of it, and is not taken away again by whoever takes over `run`.

use std::fs;

use super::{
    library::Library,
    tablet::{Step, Tablet},
};

fn lent(library: &Library) -> Tablet<'_> {
    let tablet = Tablet::new(library);
    tablet.lives(&[Step::Enrolled, Step::FirstReset, Step::Lent]);
    tablet
}

fn begins_and_is_killed(tablet: &Tablet, step: Step, point: &str) {
    tablet.begin(step);
    tablet.turn(step, &[(kill_point::VARIABLE, point)]);
}

#[test]
fn keys_that_were_kept_as_the_power_went_are_taken_up_without_a_reset() {
    let library = Library::open();
    let tablet = lent(&library);
    begins_and_is_killed(&tablet, Step::Rekeyed, "agent:keyrings-kept");
    assert!(!tablet.is_over(Step::Rekeyed));
    tablet.go_on(Step::Rekeyed);
}

#[test]
fn a_lock_that_was_kept_as_the_power_went_is_taken_up_and_cannot_be_taken_away() {
    let library = Library::open();
    let tablet = lent(&library);
    begins_and_is_killed(&tablet, Step::Lost, "agent:lock-kept");
    tablet.go_on(Step::Lost);
    fs::remove_file(tablet.place().link_dir().join("lock.json")).unwrap();
    assert_eq!(tablet.gate(), None);
}
