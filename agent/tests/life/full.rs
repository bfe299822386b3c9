//! The disk is full from any write on that takes room: nothing is half written, it is
//! said, and with room again the tablet goes on. Writes into room that was taken before
//! cannot fail, and `full_disk.rs` tries that on a disk that is really full.

use super::{
    library::Library,
    tablet::{Copy, LIFE, Step, Tablet, words},
};

/// More than any step takes room for.
const WRITES: usize = 100;

/// What the test's door says when it was asked for room that there is not.
const FULL: &str = "kill point: the disk is full";

/// What the program says of it, for a person or a log.
const SAID: [&str; 3] = ["No space left", "the disk is full: ", "not staged"];

#[test]
fn a_disk_that_is_full_at_any_write_is_said_and_with_room_again_life_goes_on() {
    let library = Library::open();
    let mut tablet = Tablet::new(&library);
    let mut tried = 0;
    for step in LIFE {
        tablet.begin(step);
        let before = tablet.copy();
        let full = |at: &usize| is_said_and_goes_on(&library, &before, step, *at);
        let writes = (1..WRITES).take_while(full).count();
        assert!(writes + 1 < WRITES, "{step:?} never ends");
        tried += writes;
        tablet = Tablet::as_it_was(&library, &before);
        tablet.go_on(step);
    }
    println!("{tried} writes");
    assert!(tried > 30, "only {tried} writes take room in a whole life");
}

/// One step from its beginning with a disk that is full at this write of each program;
/// false where no program of its first turns comes to it.
fn is_said_and_goes_on(library: &Library, before: &Copy, step: Step, at: usize) -> bool {
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
            let mut lines = said.lines().filter(|line| !line.contains(FULL));
            let is_said = lines.any(|line| SAID.iter().any(|word| line.contains(word)));
            assert!(is_said, "{step:?}, write {at}: {said}");
        }
        assert!(!said.contains("panicked"), "{step:?}, write {at}: {said}");
        tablet.never_ready_wrongly();
    }
    tablet.go_on(step);
    was_full
}

/// What shuts the gate is written into room that was taken before.
#[test]
fn a_full_disk_keeps_no_order_and_no_lock_from_shutting_the_gate() {
    let library = Library::open();
    let tablet = Tablet::new(&library);
    tablet.lives(&[Step::Enrolled, Step::FirstReset]);
    let ready = tablet.copy();
    tablet.lives(&[Step::Lent]);
    let lent = tablet.copy();
    for (before, step) in [(ready, Step::Lost), (lent, Step::Returned)] {
        let tablet = Tablet::as_it_was(&library, &before);
        assert!(tablet.gate().is_some(), "{step:?}");
        tablet.begin(step);
        let turn = tablet.turn(step, &[(kill_point::FULL, "1")]);
        assert!(words(&turn).contains(FULL), "{step:?}");
        assert!(tablet.gate().is_none(), "{step:?}");
        tablet.go_on(step);
    }
}
