//! The disk is full from any write on that takes room: nothing is half written, it is
//! said, and with room again the tablet goes on. Writes into room that was taken before
//! cannot fail, and `full_disk.rs` tries that on a disk that is really full.

use super::{
    library::Library,
    tablet::{LIFE, Step, Tablet, words},
};

/// What the test's door says when it was asked for room that there is not.
const FULL: &str = "kill point: the disk is full";

/// What the program says of it, for a person or a log.
const SAID: [&str; 3] = ["No space left", "the disk is full: no room", "not staged"];

#[test]
fn a_disk_that_is_full_at_any_write_is_said_and_with_room_again_life_goes_on() {
    let library = Library::open();
    let mut tablet = Tablet::new(&library);
    let mut tried = 0;
    for step in LIFE {
        tablet.begin(step);
        let before = tablet.copy();
        let writes = (1..).find(|at| !is_said_and_goes_on(&library, &before, step, *at));
        tried += writes.unwrap() - 1;
        tablet = Tablet::as_it_was(&library, &before);
        tablet.go_on(step);
    }
    println!("{tried} writes");
    assert!(tried > 30, "only {tried} writes take room in a whole life");
}

/// One step from its beginning with a disk that is full at this write of each program;
/// false where no program of its first turns comes to it.
fn is_said_and_goes_on(
    library: &Library,
    before: &super::tablet::Copy,
    step: Step,
    at: usize,
) -> bool {
    let tablet = Tablet::as_it_was(library, before);
    let full_at = at.to_string();
    let mut was_full = false;
    for _turn in 0..3 {
        if tablet.is_over(step) {
            break;
        }
        let turn = tablet.turn(step, &[(kill_point::FULL, &full_at)]);
        let said = words(&turn);
        if said.contains(FULL) {
            was_full = true;
            let is_said = said
                .lines()
                .any(|line| !line.contains(FULL) && SAID.iter().any(|word| line.contains(word)));
            assert!(is_said, "{step:?}, write {at}: {said}");
        }
        assert!(!said.contains("panicked"), "{step:?}, write {at}: {said}");
        tablet.never_ready_wrongly();
    }
    tablet.go_on(step);
    was_full
}
