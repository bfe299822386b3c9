//! A state file of either role with any byte other than it was written: a tablet that
//! waits for its proof is never ready by it, and one that is lent is never anything else.

use std::fs;

use agent::{gate::Open, status::status};
use shared::wire::v1::agent::AgentState;

use super::{
    library::Library,
    tablet::{Step, Tablet},
};

/// Moments of a life in which nothing must look like "ready".
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Enrolled, never reset.
    New,
    /// A reset was killed in its middle.
    AtWork,
    /// The receipt is signed, and the server has not heard of it.
    Unanswered,
    /// With a borrower.
    OnLoan,
    /// Lost, and locked.
    Lost,
}

/// A tablet as it is at this moment.
fn at(library: &Library, moment: Moment) -> Tablet<'_> {
    let tablet = Tablet::new(library);
    match moment {
        Moment::New => tablet.lives(&[Step::Enrolled]),
        Moment::AtWork => {
            tablet.lives(&[Step::Enrolled, Step::FirstReset, Step::Lent]);
            tablet.begin(Step::Returned);
            let kill = [(kill_point::VARIABLE, "agent:reset-restored")];
            tablet.turn(Step::Returned, &kill);
        }
        Moment::Unanswered => {
            tablet.lives(&[Step::Enrolled, Step::FirstReset, Step::Lent]);
            tablet.begin(Step::Returned);
            library.books().takes_receipts = false;
            tablet.turn(Step::Returned, &[]);
        }
        Moment::OnLoan => {
            tablet.lives(&[Step::Enrolled, Step::FirstReset, Step::Lent, Step::Rekeyed]);
        }
        Moment::Lost => tablet.lives(&[Step::Enrolled, Step::FirstReset, Step::Lost]),
    }
    tablet
}

fn never_ready_with_any_byte_flipped(moment: Moment) {
    let library = Library::open();
    let tablet = at(&library, moment);
    let place = tablet.place();
    let mut flips = 0;
    let is_wrong = || {
        let open = tablet.gate();
        let gate = match moment {
            Moment::OnLoan => open == Some(Open::Ready),
            Moment::New | Moment::AtWork | Moment::Unanswered | Moment::Lost => open.is_some(),
        };
        let status = status(&place).ok().and_then(|status| status.known);
        gate || status.is_some_and(|known| known.state == AgentState::Ready)
    };
    assert!(!is_wrong(), "{moment:?}: as it is");
    for path in tablet.state_files() {
        let whole = fs::read(&path).unwrap();
        // Behind a record lies the room that it may grow into.
        let end = (whole.trim_ascii_end().len() + 2).min(whole.len());
        for byte in (0..end).step_by(one_in(moment)) {
            let mut other = whole.clone();
            other[byte] ^= 1 << (byte % 8);
            fs::write(&path, &other).unwrap();
            assert!(!is_wrong(), "{moment:?}: {}, byte {byte}", path.display());
            flips += 1;
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(flips > 80, "only {flips} bytes");
}

/// Each test parses what it damaged many times; most are tried where only the server's
/// word is missing.
const fn one_in(moment: Moment) -> usize {
    match moment {
        Moment::Unanswered => 3,
        Moment::New | Moment::AtWork | Moment::OnLoan | Moment::Lost => 11,
    }
}

#[test]
fn a_new_tablet_is_never_ready_by_a_flipped_byte() {
    never_ready_with_any_byte_flipped(Moment::New);
}

#[test]
fn a_tablet_in_the_middle_of_its_reset_is_never_ready_by_a_flipped_byte() {
    never_ready_with_any_byte_flipped(Moment::AtWork);
}

#[test]
fn a_tablet_whose_receipt_nobody_answered_is_never_ready_by_a_flipped_byte() {
    never_ready_with_any_byte_flipped(Moment::Unanswered);
}

#[test]
fn a_tablet_that_is_lent_is_never_ready_by_a_flipped_byte() {
    never_ready_with_any_byte_flipped(Moment::OnLoan);
}

#[test]
fn a_lost_tablet_is_never_open_by_a_flipped_byte() {
    never_ready_with_any_byte_flipped(Moment::Lost);
}
