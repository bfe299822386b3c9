//! Holds: first come first served, and what is kept for one goes to nobody else (R7).

use shared::{
    command::{
        Action, CancelHold, CheckOut, ClearFlag, ExpireHold, PlaceHold, Relocate, ServeQueue,
        SetFlag, SetKit, Whither,
    },
    decide::hold::{self, Queue},
    event::Event,
    hold::{HoldEnd, HoldState},
    ids::{HoldId, LoanId, VenueId},
    kit::{Kit, KitPart},
    refusal::Refusal,
    tablet::{Custody, Flag, Flags, Reset, StateWord, Tablet},
    time::Day,
};

use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, BOB, CYD, day, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

/// The last day on which a tablet is kept for this hold.
fn kept_until(library: &Library, hold: HoldId) -> Option<Day> {
    match library.hold_state(hold) {
        HoldState::PutAside { until, .. } => until,
        HoldState::Waiting | HoldState::Ended { .. } => None,
    }
}

fn check_out(number: u8, borrower: shared::ids::BorrowerId) -> Action {
    let loan = LoanId::from_bytes([0x51; 16]);
    Action::CheckOut(CheckOut::new(tablet(number), loan, borrower))
}

#[test]
fn a_ready_tablet_is_kept_at_once_for_a_week_and_to_an_open_day() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
    assert_eq!(library.word(1), StateWord::PutAside);
    assert_eq!(kept_until(&library, hold), Some(day("2026-11-28")));

    let mut library = Library::with_tablets(1);
    let venue = library.venues.get_mut(&VENUE).expect("it is there");
    venue.calendar.closed_weekdays.extend([5, 6]);
    let hold = library.waits(ANN);
    assert_eq!(kept_until(&library, hold), Some(day("2026-11-30")));
}

#[test]
fn r7_what_is_kept_for_one_borrower_is_lent_to_no_other() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    assert_eq!(library.at(VENUE, check_out(1, BOB)), Err(Refusal::PutAside));
    let events = library.does(check_out(1, ANN));
    let how = HoldEnd::Collected;
    assert!(
        matches!(
            &events[..],
            [Event::HoldEnded { .. }, Event::CheckedOut { .. }]
        ),
        "{events:?}"
    );
    assert_eq!(library.hold_state(hold), HoldState::Ended { how });
    assert_eq!(library.it(1).put_aside, None);
}

#[test]
fn r7_who_waits_first_is_served_first_and_needs_are_met() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let stylus = library.waits_for(BOB, Kit::from([KitPart::Stylus]));
    let first = library.waits(CYD);
    library.takes_back(1);
    assert_eq!(library.kept_for(first), Some(tablet(1)), "it has no stylus");
    assert!(
        library
            .hold(stylus)
            .is_some_and(shared::hold::Hold::is_waiting)
    );
}

#[test]
fn a_hold_that_ends_gives_its_tablet_to_the_next_who_waits() {
    let mut library = Library::with_tablets(1);
    let (first, second) = (library.waits(ANN), library.waits(BOB));
    let hold = first;
    library.does(Action::CancelHold(CancelHold { hold }));
    let how = HoldEnd::Cancelled;
    assert_eq!(library.hold_state(first), HoldState::Ended { how });
    assert_eq!(library.kept_for(second), Some(tablet(1)));
    let again = library.at(VENUE, Action::CancelHold(CancelHold { hold }));
    assert_eq!(again, Err(Refusal::HoldOver));
}

#[test]
fn a_tablet_that_is_not_fetched_is_kept_to_the_end_of_its_last_day() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    let expire = Action::ExpireHold(ExpireHold { hold });
    library.now = "2026-11-28T23:00:00Z".parse().expect("an instant");
    assert_eq!(library.at(VENUE, expire.clone()), Err(Refusal::NotExpired));
    library.now = "2026-11-29T00:00:00Z".parse().expect("an instant");
    library.does(expire.clone());
    let how = HoldEnd::Expired;
    assert_eq!(library.hold_state(hold), HoldState::Ended { how });
    assert_eq!(library.word(1), StateWord::Ready);
    assert_eq!(library.at(VENUE, expire), Err(Refusal::HoldOver));
}

#[test]
fn a_hold_that_still_waits_never_expires() {
    let mut library = Library::with_tablets(0);
    let hold = library.waits(ANN);
    library.now = "2030-01-01T00:00:00Z".parse().expect("an instant");
    let expire = Action::ExpireHold(ExpireHold { hold });
    assert_eq!(library.at(VENUE, expire), Err(Refusal::NotExpired));
}

#[test]
fn a_place_in_a_queue_is_refused_with_what_is_wrong() {
    let mut library = Library::with_tablets(0);
    let hold = library.waits(ANN);
    library.strangers.insert(CYD);
    let place = |hold: HoldId, borrower, venue| PlaceHold {
        hold,
        borrower,
        venue,
        needs: Kit::new(),
    };
    let other = HoldId::from_bytes([0x52; 16]);
    let nowhere = VenueId::from_bytes([0x53; 16]);
    let cases = [
        (place(hold, BOB, VENUE), Refusal::AlreadyThere),
        (place(other, BOB, nowhere), Refusal::VenueUnknown),
        (place(other, CYD, VENUE), Refusal::BorrowerUnknown),
        (place(other, ANN, VENUE), Refusal::HoldLimit { max: 1 }),
    ];
    for (command, refusal) in cases {
        let decided = library.at(VENUE, Action::PlaceHold(command.clone()));
        assert_eq!(decided, Err(refusal), "{command:?}");
    }
}

#[test]
fn only_an_operator_places_and_ends_holds() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    let (borrower, venue, needs) = (BOB, VENUE, Kit::new());
    let place = PlaceHold {
        hold: HoldId::from_bytes([0x52; 16]),
        borrower,
        venue,
        needs,
    };
    for action in [
        Action::PlaceHold(place),
        Action::CancelHold(CancelHold { hold }),
        Action::ExpireHold(ExpireHold { hold }),
    ] {
        let decided = library.by(SELF_SERVICE, action.clone());
        assert_eq!(decided, Err(Refusal::NeedsOperator), "{action:?}");
    }
}

#[test]
fn a_tablet_of_which_only_the_sticker_was_seen_is_kept_for_nobody_until_it_is_proven() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let hold = library.waits(BOB);
    library.comes_back(1);
    assert_eq!(library.kept_for(hold), None, "nobody had it in hand");
    library.starts_reset(1);
    library.is_proven(1);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
}

#[test]
fn a_tablet_in_the_tray_is_kept_for_nobody_when_its_flag_is_cleared() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let hold = library.waits(BOB);
    library.comes_back(1);
    let (tablet, flag) = (tablet(1), Flag::Damaged);
    library.does(Action::SetFlag(SetFlag { tablet, flag }));
    library.does(Action::ClearFlag(ClearFlag { tablet, flag }));
    assert_eq!(library.kept_for(hold), None);
}

#[test]
fn a_tablet_that_is_not_whole_is_kept_for_nobody_until_it_is() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    let (tablet, flag) = (tablet(1), Flag::Damaged);
    library.does(Action::SetFlag(SetFlag { tablet, flag }));
    assert_eq!(library.it(1).put_aside, None);
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
    library.does(Action::ClearFlag(ClearFlag { tablet, flag }));
    assert_eq!(library.kept_for(hold), Some(tablet));
}

#[test]
fn a_tablet_whose_reset_failed_for_good_is_kept_for_nobody() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let hold = library.waits(BOB);
    library.takes_back(1);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
    for _ in 1..5 {
        library.fails(1);
        assert_eq!(library.kept_for(hold), Some(tablet(1)), "it tries again");
    }
    library.fails(1);
    assert_eq!(library.it(1).put_aside, None);
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
}

#[test]
fn whoever_waits_is_served_from_what_is_ready_when_their_own_has_gone() {
    let mut library = Library::with_tablets(3);
    let first = library.waits(ANN);
    let whither = Whither::Missing;
    let gone = tablet(1);
    library.does(Action::Relocate(Relocate {
        tablet: gone,
        whither,
    }));
    assert_eq!(library.hold_state(first), HoldState::Waiting);
    let kit = Kit::from([KitPart::Stylus]);
    let tablet3 = tablet(3);
    library.does(Action::SetKit(SetKit {
        tablet: tablet3,
        kit: kit.clone(),
    }));
    let serve = Action::ServeQueue(ServeQueue { venue: VENUE });
    library.does(serve.clone());
    assert_eq!(library.kept_for(first), Some(tablet(2)));

    let none = library.at(VENUE, serve.clone());
    assert_eq!(none, Err(Refusal::HoldUnknown), "nobody waits");
    let refused = library.by(SELF_SERVICE, serve);
    assert_eq!(refused, Err(Refusal::NeedsOperator));
}

#[test]
fn a_queue_is_served_in_its_order_and_by_what_each_needs() {
    let mut library = Library::with_tablets(3);
    let (ann, bob, cyd) = (
        library.waits(ANN),
        library.waits_for(BOB, Kit::from([KitPart::Stylus])),
        library.waits(CYD),
    );
    for number in [1, 2] {
        let (tablet, flag) = (tablet(number), Flag::Damaged);
        library.does(Action::SetFlag(SetFlag { tablet, flag }));
    }
    assert_eq!(library.kept_for(cyd), None, "Ann's and Cyd's are damaged");
    let serve = Action::ServeQueue(ServeQueue { venue: VENUE });
    library.does(serve.clone());
    assert_eq!(library.kept_for(ann), Some(tablet(3)), "the first first");
    assert_eq!(library.kept_for(bob), None);
    assert_eq!(library.kept_for(cyd), None);

    for number in [1, 2] {
        let it = library.tablets.get_mut(&tablet(number)).expect("enrolled");
        it.flags = Flags::default();
    }
    let it = library.tablets.get_mut(&tablet(1)).expect("enrolled");
    it.kit.insert(KitPart::Stylus);
    library.does(serve);
    assert_eq!(library.kept_for(bob), Some(tablet(1)), "it has a stylus");
    assert_eq!(library.kept_for(cyd), Some(tablet(2)));
}

/// Tablets that are kept for nobody, each for one reason alone.
fn not_to_be_kept() -> Vec<Tablet> {
    let change = |change: fn(&mut Tablet)| {
        let mut it = Library::with_tablets(1).it(1).clone();
        change(&mut it);
        it
    };
    vec![
        change(|it| it.custody = Custody::OnLoan(LoanId::from_bytes([0x54; 16]))),
        change(|it| it.reset = Reset::Dirty),
        change(|it| it.reset = Reset::Failed { tries: 5 }),
        change(|it| it.flags.damaged = true),
        change(|it| it.put_aside = Some(HoldId::from_bytes([0x55; 16]))),
    ]
}

#[test]
fn what_is_elsewhere_or_unclean_or_flagged_or_kept_already_is_kept_for_nobody() {
    let mut library = Library::with_tablets(0);
    let hold = library.waits(ANN);
    let asked = Asked::new(OPERATOR, VENUE, Action::CancelHold(CancelHold { hold }));
    let given = library.given(&asked);
    for it in not_to_be_kept() {
        let queue = Queue {
            waiting: library.waiting(VENUE),
            ..Queue::default()
        };
        let ready = vec![it.clone()];
        let known = hold::ServeKnown { queue, ready };
        let served = hold::serve(&known, &ServeQueue { venue: VENUE }, &given);
        assert_eq!(served, Err(Refusal::HoldUnknown), "{it:?}");
    }
}
