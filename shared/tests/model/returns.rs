//! Returns: always taken (R3), about the loan that they are about and no other (R6),
//! and erasing nothing that nobody has in hand (R19).

use shared::{
    command::{Action, CheckOut, PlanTrip, Relocate, Return, Send, SetFlag, Whither},
    decide::Decided,
    dispute::{Decision, DisputeCause},
    event::{Actor, Event},
    ids::{LoanId, TransferId, TripId},
    loan::LoanState,
    tablet::{Custody, Flag, Presence, StateWord, WithheldReason},
    trip::{Errand, TripState},
};

use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, BOB, ELSEWHERE, day, orders_reset, tablet},
    },
    world::{OPERATOR, VENUE},
};

const BY_STAFF: Flag = Flag::Withheld(WithheldReason::ByStaff);
const LATE: LoanId = LoanId::from_bytes([0x71; 16]);

/// A return that an operator has in hand, of this loan if of any.
fn back(loan: Option<LoanId>) -> Action {
    Action::Return(Return::new(tablet(1), loan, Presence::InHand))
}

/// A tablet that is lent, with an earlier loan that waits for a person: word of it
/// came late.
fn with_a_contested_loan() -> Library {
    let mut library = Library::with_tablets(1);
    let lent_at = library.now;
    library.now = library.now.plus_ms(60_000);
    library.goes_round(1);
    let done = true;
    let lent = CheckOut {
        done,
        ..CheckOut::new(tablet(1), LATE, ANN)
    };
    let late = library.hears(lent_at, Action::CheckOut(lent));
    late.expect("taken");
    assert_eq!(library.loan_state(LATE), LoanState::Contested);
    library
}

fn returned(decided: &Decided) -> Option<LoanId> {
    let events = decided.as_ref().expect("a return is always taken");
    events.iter().find_map(|event| {
        let Event::Returned { loan, .. } = event else {
            return None;
        };
        *loan
    })
}

#[test]
fn r6_a_return_that_names_an_old_loan_is_here_and_contests_the_one_that_is_out() {
    let mut library = Library::with_tablets(1);
    let old = library.lend(1, ANN);
    library.goes_round(1);
    let out = library.lend(1, BOB);
    // A kiosk that has not heard of it yet takes the tablet from Bob.
    let events = library.does_at(ELSEWHERE, back(Some(old)));
    assert!(!orders_reset(&events), "whose it was is not known");
    assert_eq!(library.it(1).custody, Custody::AtVenue(ELSEWHERE));
    assert_eq!(library.word(1), StateWord::BackNotYetReset);
    assert_eq!(library.loan_state(out), LoanState::Contested);
    let dispute = library.open_dispute().expect("a person is asked");
    assert_eq!(dispute.cause, DisputeCause::ReturnContested);
    library.decides(Decision::ReturnedThen);
    assert_eq!(library.word(1), StateWord::BackNotYetReset, "it is here");
}

#[test]
fn r6_a_return_that_names_an_old_loan_by_an_unsure_clock_is_a_question() {
    let mut library = Library::with_tablets(1);
    let old = library.lend(1, ANN);
    library.goes_round(1);
    let out = library.lend(1, BOB);
    let now = library.now;
    let events = library.hears_unsure(now, back(Some(old))).expect("kept");
    assert!(matches!(
        events[..],
        [Event::ReturnCameLate { .. }, Event::DisputeRaised { .. }]
    ));
    assert_eq!(library.it(1).custody, Custody::OnLoan(out));
    assert_eq!(library.loan_state(out), LoanState::Contested);
}

#[test]
fn r6_a_scan_that_names_no_loan_ends_none_that_is_contested_elsewhere() {
    let mut library = with_a_contested_loan();
    let decided = library.at(VENUE, back(None));
    assert_eq!(returned(&decided), None);
    assert_eq!(library.loan_state(LATE), LoanState::Contested);

    let mut library = with_a_contested_loan();
    let now = library.now;
    let decided = library.hears_unsure(now, back(None));
    assert_eq!(returned(&decided), None);
    assert_eq!(library.loan_state(LATE), LoanState::Contested);
}

#[test]
fn r6_a_scan_that_names_a_contested_loan_ends_it_unless_the_tablet_moved_on_since() {
    let mut library = with_a_contested_loan();
    let mut late = library.clone();
    let decided = library.at(VENUE, back(Some(LATE)));
    assert_eq!(returned(&decided), Some(LATE));
    assert!(library.loans[&LATE].is_over());

    let before = late.it(1).custody_since.plus_ms(-1);
    let events = late.hears(before, back(Some(LATE))).expect("kept");
    assert!(matches!(events[..], [Event::ReturnCameLate { .. }]));
    assert_eq!(late.loan_state(LATE), LoanState::Contested);
    assert_eq!(late.word(1), StateWord::Ready);
}

#[test]
fn r6_a_lost_tablet_that_comes_back_ends_its_loan_named_or_not() {
    for names_loan in [false, true] {
        let mut library = Library::with_tablets(1);
        let loan = library.lend(1, ANN);
        let whither = Whither::Lost;
        let tablet = tablet(1);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        let decided = library.at(VENUE, back(names_loan.then_some(loan)));
        assert_eq!(returned(&decided), Some(loan));
        assert!(library.loans[&loan].is_over());
    }
}

#[test]
fn r19_a_hand_that_had_it_before_it_moved_on_erases_nothing() {
    let mut library = Library::with_tablets(1);
    let had_it = library.now;
    library.lend(1, BOB);
    // Bob shows the sticker, and takes the tablet away again.
    library.comes_back(1);
    let events = library.hears_unsure(had_it, back(None)).expect("taken");
    assert!(!orders_reset(&events));
    assert!(library.it(1).waits_in_tray());
    let last = library.it(1).last_return.expect("Bob's");
    assert_eq!(last.presence, Presence::StickerOnly);
}

#[test]
fn r19_the_server_itself_has_no_hands() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let events = library.by(Actor::Server, back(None)).expect("taken");
    assert!(!orders_reset(&events));
    assert!(library.it(1).waits_in_tray());
}

#[test]
fn a_collection_is_made_when_its_loan_ends_and_not_before() {
    let mut library = with_a_contested_loan();
    let trip = TripId::from_bytes([0x72; 16]);
    library.does(Action::PlanTrip(PlanTrip {
        trip,
        errand: Errand::Collect(LATE),
        on: day("2026-11-23"),
    }));
    library.does(back(None));
    assert_eq!(library.trips[&trip].state, TripState::Planned);
    library.does(back(Some(LATE)));
    assert_eq!(library.trips[&trip].state, TripState::Done);
}

#[test]
fn a_collection_of_one_loan_is_not_made_when_another_of_the_tablet_ends() {
    let mut library = Library::with_tablets(1);
    let out = library.lend(1, ANN);
    let now = library.now;
    // Another kiosk lent it too, about then, and Ann's return was about then as well.
    let lent = CheckOut {
        done: true,
        ..CheckOut::new(tablet(1), LATE, BOB)
    };
    let lent = library.hears_unsure(now.plus_ms(500), Action::CheckOut(lent));
    lent.expect("taken");
    library.hears_unsure(now, back(None)).expect("kept");
    for loan in [out, LATE] {
        assert_eq!(library.loan_state(loan), LoanState::Contested);
    }
    let trip = TripId::from_bytes([0x75; 16]);
    library.does(Action::PlanTrip(PlanTrip {
        trip,
        errand: Errand::Collect(LATE),
        on: day("2026-11-23"),
    }));
    library.does(back(None));
    assert!(library.loans[&out].is_over());
    assert_eq!(library.loan_state(LATE), LoanState::Contested);
    assert_eq!(library.trips[&trip].state, TripState::Planned);
}

#[test]
fn r3_word_of_a_return_elsewhere_while_it_travels_is_taken_if_it_is_not_late() {
    let mut library = Library::with_tablets(1);
    let transfer = TransferId::from_bytes([0x73; 16]);
    library.does(Action::Send(Send {
        transfer,
        to: ELSEWHERE,
        tablets: vec![tablet(1)],
    }));
    let sent_at = library.it(1).custody_since;
    let mut late = library.clone();
    let ask = |library: &mut Library, occurred_at| {
        let asked = Asked {
            occurred_at: Some(occurred_at),
            ..Asked::new(OPERATOR, VENUE, back(None))
        };
        library.ask(&asked).expect("taken")
    };
    ask(&mut library, sent_at);
    assert_eq!(library.it(1).custody, Custody::AtVenue(VENUE));
    let events = ask(&mut late, sent_at.plus_ms(-1));
    assert!(matches!(events[..], [Event::ReturnCameLate { .. }]));
    assert_eq!(late.word(1), StateWord::Travelling);
}

fn goes(library: &mut Library, whither: Whither) {
    let tablet = tablet(1);
    library.does(Action::Relocate(Relocate { tablet, whither }));
}

fn is_flagged(library: &mut Library, flag: Flag) {
    let tablet = tablet(1);
    library.does(Action::SetFlag(SetFlag { tablet, flag }));
}

/// How it came to be where it is thought to be, and the word for it after a staffed
/// return here.
type Whereabouts = (&'static str, fn(&mut Library), StateWord);

fn wherever() -> Vec<Whereabouts> {
    vec![
        ("ready", |_| {}, StateWord::Resetting),
        (
            "missing",
            |it| goes(it, Whither::Missing),
            StateWord::Resetting,
        ),
        ("lost", |it| goes(it, Whither::Lost), StateWord::Resetting),
        (
            "in a box",
            |it| {
                it.does(Action::Send(Send {
                    transfer: TransferId::from_bytes([0x74; 16]),
                    to: ELSEWHERE,
                    tablets: vec![tablet(1)],
                }));
            },
            StateWord::Resetting,
        ),
        (
            "put aside",
            |it| {
                it.waits(ANN);
            },
            StateWord::Resetting,
        ),
        (
            "withheld",
            |it| is_flagged(it, BY_STAFF),
            StateWord::NeedsAttention,
        ),
        (
            "withdrawn",
            |it| goes(it, Whither::Withdrawn),
            StateWord::Retired,
        ),
        (
            "gifted",
            |it| goes(it, Whither::Gifted),
            StateWord::GivenAway,
        ),
        (
            "elsewhere",
            |it| {
                let back = Return::new(tablet(1), None, Presence::InHand);
                it.does_at(ELSEWHERE, Action::Return(back));
            },
            StateWord::Resetting,
        ),
    ]
}

#[test]
fn r3_a_return_is_taken_wherever_the_tablet_is_thought_to_be() {
    for (what, change, word) in wherever() {
        let mut library = Library::with_tablets(1);
        change(&mut library);
        let events = library.does(back(None));
        assert_eq!(library.word(1), word, "{what}: {events:?}");
        let here = library.it(1).custody == Custody::AtVenue(VENUE);
        assert!(here || library.it(1).is_retired(), "{what}");
    }
}
