//! R9: a wipe outside the return flow needs two operators, ten minutes and nobody
//! who says stop; and it is never done to the next borrower.

use shared::{
    command::{Action, AgreeWipe, AskWipe, CallOffWipe, Relocate, StartWipe, Whither},
    decide::{
        Given,
        wipe::{AgreeKnown, AskKnown, Brakes, agree, ask},
    },
    event::{Actor, Event},
    ids::{DisputeId, Nonce, OperatorId, OrderId, WipeId},
    refusal::Refusal,
    tablet::{Reset, StateWord},
    wipe::WipeState,
};

use crate::{
    library::{
        Library,
        verbs::{ANN, BOB, COLLEAGUE, COLLEAGUE_ID, at, orders_reset, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

const WIPE: WipeId = WipeId::from_bytes([0xd1; 16]);
const THIRD: Actor = Actor::Operator(OperatorId::from_bytes([0xd2; 16]));
const MINUTE_MS: i64 = 60_000;

fn wipe_id(number: u8) -> WipeId {
    WipeId::from_bytes([number; 16])
}

fn asks(wipe: WipeId, number: u8) -> Action {
    let tablet = tablet(number);
    Action::AskWipe(AskWipe { wipe, tablet })
}

const AGREES: Action = Action::AgreeWipe(AgreeWipe { wipe: WIPE });
const CALLS_OFF: Action = Action::CallOffWipe(CallOffWipe { wipe: WIPE });
const STARTS: Action = Action::StartWipe(StartWipe { wipe: WIPE });

/// A tablet on loan of which two operators said that it is to be wiped.
fn agreed() -> Library {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.does(asks(WIPE, 1));
    library.by(COLLEAGUE, AGREES).expect("agreed");
    library
}

fn ten_minutes_pass(library: &mut Library) {
    library.now = library.now.plus_ms(10 * MINUTE_MS);
}

#[test]
fn r9_a_wipe_takes_two_operators_and_ten_minutes() {
    let mut library = agreed();
    let agreed_at = library.now;
    library.now = agreed_at.plus_ms(10 * MINUTE_MS - 1001);
    let early = library.by(Actor::Server, STARTS);
    assert_eq!(early, Err(Refusal::WipeNotDue));
    library.now = agreed_at.plus_ms(10 * MINUTE_MS - 1000);
    let events = library.by(Actor::Server, STARTS).expect("it is time");
    assert!(matches!(
        events[..],
        [Event::WipeStarted { .. }, Event::ResetOrdered { .. }]
    ));
    let at = library.now;
    assert_eq!(library.wipes[&WIPE].state, WipeState::Started { at });
    assert_eq!(library.word(1), StateWord::OnLoan, "it is still out");
    library.is_proven(1);
    let epoch = library.it(1).epoch;
    library.comes_back(1);
    assert_eq!(library.it(1).epoch, epoch.next(), "it was used since");
    assert!(library.it(1).waits_in_tray());
}

#[test]
fn r9_a_wipe_of_a_clean_tablet_begins_a_new_stretch_of_its_life() {
    let mut library = Library::with_tablets(1);
    let epoch = library.it(1).epoch;
    library.does(asks(WIPE, 1));
    library.by(COLLEAGUE, AGREES).expect("agreed");
    ten_minutes_pass(&mut library);
    library.by(Actor::Server, STARTS).expect("it is time");
    assert_eq!(library.it(1).epoch, epoch.next());
    assert_eq!(library.word(1), StateWord::Resetting);
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn r9_nobody_agrees_with_themselves_and_nobody_is_two() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.does(asks(WIPE, 1));
    assert_eq!(library.at(VENUE, AGREES), Err(Refusal::SameOperator));
    ten_minutes_pass(&mut library);
    let unagreed = library.by(Actor::Server, STARTS);
    assert_eq!(unagreed, Err(Refusal::WipeNotDue));
    library.by(COLLEAGUE, AGREES).expect("agreed");
    assert_eq!(library.wipes[&WIPE].agreed_by, Some(COLLEAGUE_ID));
    let again = library.by(THIRD, AGREES);
    assert_eq!(again, Err(Refusal::WipeOver));
}

#[test]
fn r9_only_named_operators_have_a_part_in_a_wipe() {
    let mut library = Library::with_tablets(2);
    library.does(asks(WIPE, 1));
    for actor in [SELF_SERVICE, Actor::Server, Actor::Tablet(tablet(1))] {
        for action in [
            asks(wipe_id(2), 2),
            AGREES,
            CALLS_OFF,
            Action::StopWipes,
            Action::AllowWipes,
        ] {
            let refused = library.by(actor, action.clone());
            assert_eq!(refused, Err(Refusal::NeedsOperator), "{action:?}");
        }
    }
    let refused = library.by(SELF_SERVICE, STARTS);
    assert_eq!(refused, Err(Refusal::NeedsOperator));
}

#[test]
fn r9_whatever_was_not_begun_may_be_called_off_by_anybody() {
    let mut asked = Library::with_tablets(1);
    asked.does(asks(WIPE, 1));
    for mut library in [asked, agreed()] {
        library.by(THIRD, CALLS_OFF).expect("called off");
        assert_eq!(library.wipes[&WIPE].state, WipeState::CalledOff);
        ten_minutes_pass(&mut library);
        for (actor, action) in [
            (Actor::Server, STARTS),
            (THIRD, CALLS_OFF),
            (COLLEAGUE, AGREES),
        ] {
            assert_eq!(library.by(actor, action), Err(Refusal::WipeOver));
        }
    }
}

#[test]
fn r9_what_has_begun_is_begun_once_and_not_called_off() {
    let mut library = agreed();
    ten_minutes_pass(&mut library);
    library.by(Actor::Server, STARTS).expect("it is time");
    let again = library.by(Actor::Server, STARTS);
    assert_eq!(again, Err(Refusal::WipeOver));
    assert_eq!(library.by(THIRD, CALLS_OFF), Err(Refusal::WipeOver));
}

#[test]
fn r9_a_wipe_that_two_agreed_on_is_never_done_to_the_next_borrower() {
    let mut library = agreed();
    library.goes_round(1);
    library.lend(1, BOB);
    ten_minutes_pass(&mut library);
    let events = library.by(Actor::Server, STARTS).expect("let be");
    assert!(matches!(events[..], [Event::WipeCalledOff { .. }]));
    assert_eq!(library.wipes[&WIPE].state, WipeState::CalledOff);
    assert_eq!(library.it(1).reset, Reset::Dirty);
}

#[test]
fn r9_a_tablet_that_came_back_meanwhile_goes_the_way_of_any_return() {
    for staffed in [false, true] {
        let mut library = agreed();
        if staffed {
            library.takes_back(1);
        } else {
            library.comes_back(1);
        }
        let before = library.it(1).reset;
        ten_minutes_pass(&mut library);
        let events = library.by(Actor::Server, STARTS).expect("let be");
        assert!(matches!(events[..], [Event::WipeCalledOff { .. }]));
        assert_eq!(library.it(1).reset, before);
    }
}

#[test]
fn r9_a_wipe_needs_an_image_to_reset_to() {
    let mut library = agreed();
    library.image = None;
    ten_minutes_pass(&mut library);
    let refused = library.by(Actor::Server, STARTS);
    assert_eq!(refused, Err(Refusal::NoImage));
}

#[test]
fn r9_stop_all_calls_off_what_waits_and_lets_nothing_begin() {
    let mut library = agreed();
    library.goes_round(1);
    let events = library.by(THIRD, Action::StopWipes).expect("stopped");
    assert!(matches!(
        events[..],
        [Event::WipesStopped, Event::WipeCalledOff { .. }]
    ));
    assert_eq!(library.wipes[&WIPE].state, WipeState::CalledOff);
    let again = library.at(VENUE, Action::StopWipes);
    assert_eq!(again, Err(Refusal::WipesStopped));
    let asked = library.at(VENUE, asks(wipe_id(2), 1));
    assert_eq!(asked, Err(Refusal::WipesStopped));
    // Somebody else than who stopped them lets them begin again.
    let same = library.by(THIRD, Action::AllowWipes);
    assert_eq!(same, Err(Refusal::SameOperator));
    library.does(Action::AllowWipes);
    let again = library.at(VENUE, Action::AllowWipes);
    assert_eq!(again, Err(Refusal::NothingStopped));
    library.does(asks(wipe_id(2), 1));
}

#[test]
fn r9_what_was_agreed_before_a_stop_does_not_begin_after_it() {
    let mut library = agreed();
    library.stopped_by = Some(COLLEAGUE_ID);
    ten_minutes_pass(&mut library);
    let refused = library.by(Actor::Server, STARTS);
    assert_eq!(refused, Err(Refusal::WipesStopped));
}

#[test]
fn r9_one_operator_has_a_part_in_three_wipes_an_hour() {
    let mut library = Library::with_tablets(5);
    for number in 1..=2 {
        library.does(asks(wipe_id(number), number));
    }
    library.by(COLLEAGUE, asks(WIPE, 3)).expect("asked");
    library.does(AGREES);
    let max = 3;
    let limit = Err(Refusal::WipeLimit { max });
    assert_eq!(library.at(VENUE, asks(wipe_id(4), 4)), limit);
    // To agree is to have a part as well.
    library.by(THIRD, asks(wipe_id(5), 5)).expect("asked");
    let agrees = Action::AgreeWipe(AgreeWipe { wipe: wipe_id(5) });
    assert_eq!(library.at(VENUE, agrees), limit);
    library.now = library.now.plus_ms(60 * MINUTE_MS);
    library.does(asks(wipe_id(4), 4));
}

#[test]
fn r9_ten_wipes_an_hour_may_be_asked_for_in_the_fleet() {
    let mut library = Library::with_tablets(11);
    for number in 1..=10 {
        let actor = Actor::Operator(OperatorId::from_bytes([number; 16]));
        let asked = library.by(actor, asks(wipe_id(number), number));
        asked.expect("asked");
    }
    let refused = library.by(THIRD, asks(wipe_id(11), 11));
    assert_eq!(refused, Err(Refusal::WipeLimit { max: 10 }));
    // All ten of them may be agreed to.
    let agrees = Action::AgreeWipe(AgreeWipe { wipe: wipe_id(10) });
    library.by(THIRD, agrees).expect("agreed");
}

#[test]
fn r9_wipes_are_not_saved_up_for_one_hour() {
    let mut library = Library::with_tablets(1);
    library.does(asks(WIPE, 1));
    let asked_at = library.wipes[&WIPE].asked_at;
    let mut late = library.clone();
    library.now = asked_at.plus_ms(60 * MINUTE_MS - 1001);
    library.by(COLLEAGUE, AGREES).expect("within the hour");
    late.now = asked_at.plus_ms(60 * MINUTE_MS - 1000);
    assert_eq!(late.by(COLLEAGUE, AGREES), Err(Refusal::WipeOver));
    late.by(COLLEAGUE, CALLS_OFF).expect("it may be asked anew");
    late.does(asks(wipe_id(2), 1));
}

/// What counts is when wipes begin, so asking ahead gains nobody a second three.
#[test]
fn r9_one_pair_never_has_more_than_three_wipes_begin_within_an_hour() {
    let mut library = Library::with_tablets(4);
    for number in 1..=3 {
        library.does(asks(wipe_id(number), number));
    }
    let agrees = |number| {
        let wipe = wipe_id(number);
        Action::AgreeWipe(AgreeWipe { wipe })
    };
    let starts = |number| {
        let wipe = wipe_id(number);
        Action::StartWipe(StartWipe { wipe })
    };
    library.now = library.now.plus_ms(50 * MINUTE_MS);
    for number in 1..=3 {
        library.by(COLLEAGUE, agrees(number)).expect("agreed");
    }
    let limit = Err(Refusal::WipeLimit { max: 3 });
    let later = |library: &Library, minutes| {
        let mut later = library.clone();
        later.now = later.now.plus_ms(minutes * MINUTE_MS);
        later.by(THIRD, asks(wipe_id(4), 4)).expect("asked");
        later.by(COLLEAGUE, agrees(4)).map(|_| ())
    };
    assert_eq!(later(&library, 55), limit, "none has begun, all three may");
    library.now = library.now.plus_ms(20 * MINUTE_MS);
    for number in 1..=3 {
        library.by(Actor::Server, starts(number)).expect("due");
    }
    assert_eq!(later(&library, 59), limit, "they began within the hour");
    assert_eq!(later(&library, 60), Ok(()), "and count no longer");
}

#[test]
fn a_wipe_that_is_asked_for_already_is_refused() {
    let mut library = Library::with_tablets(2);
    library.does(asks(WIPE, 1));
    let same_id = library.at(VENUE, asks(WIPE, 2));
    assert_eq!(same_id, Err(Refusal::AlreadyThere));
    let same_tablet = library.at(VENUE, asks(wipe_id(2), 1));
    assert_eq!(same_tablet, Err(Refusal::AlreadyThere));
}

#[test]
fn what_one_operators_hand_can_do_needs_no_second() {
    let mut library = Library::with_tablets(1);
    library.comes_back(1);
    let in_the_tray = library.at(VENUE, asks(WIPE, 1));
    assert_eq!(in_the_tray, Err(Refusal::WipeNotNeeded));
    library.starts_reset(1);
    let at_work = library.at(VENUE, asks(WIPE, 1));
    assert_eq!(at_work, Err(Refusal::AlreadyResetting));
    for _ in 0..5 {
        library.fails(1);
    }
    let failed = library.at(VENUE, asks(WIPE, 1));
    assert_eq!(failed, Err(Refusal::WipeNotNeeded));
}

#[test]
fn what_is_lost_with_somebodys_things_on_it_may_be_wiped_by_two() {
    for whither in [Whither::Lost, Whither::Missing] {
        let mut library = Library::with_tablets(1);
        library.comes_back(1);
        let tablet = tablet(1);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        library.does(asks(WIPE, 1));
        library.by(COLLEAGUE, AGREES).expect("agreed");
        ten_minutes_pass(&mut library);
        let events = library.by(Actor::Server, STARTS).expect("it is time");
        assert!(orders_reset(&events));
    }
}

#[test]
fn what_left_the_fleet_is_not_wiped() {
    let mut library = Library::with_tablets(1);
    let (tablet, whither) = (tablet(1), Whither::Withdrawn);
    library.does(Action::Relocate(Relocate { tablet, whither }));
    let word = StateWord::Retired;
    let refused = library.at(VENUE, asks(WIPE, 1));
    assert_eq!(refused, Err(Refusal::Retired { word }));
}

/// The figures themselves, whatever a store counts.
#[test]
fn r9_the_limits_are_three_and_ten() {
    let library = {
        let mut library = Library::with_tablets(1);
        library.does(asks(WIPE, 1));
        library
    };
    let given = Given {
        now: library.now,
        occurred_at: library.now,
        clock_sure: true,
        from_old_copy: false,
        actor: COLLEAGUE,
        order: OrderId::from_bytes([0xd3; 16]),
        nonce: Nonce::from_bytes([0xd3; 16]),
        dispute: DisputeId::from_bytes([0xd3; 16]),
    };
    let may_ask = |brakes| {
        let (exists, tablet) = (false, library.it(1).clone());
        let command = AskWipe {
            wipe: wipe_id(2),
            tablet: tablet.id,
        };
        let known = AskKnown {
            exists,
            tablet,
            brakes,
        };
        ask(&known, &command, &given).is_ok()
    };
    let may_agree = |brakes| {
        let wipe = library.wipes[&WIPE];
        let known = AgreeKnown { wipe, brakes };
        agree(&known, &AgreeWipe { wipe: WIPE }, &given).is_ok()
    };
    for (by_operator, in_fleet, asks, agrees) in [
        (2, 9, true, true),
        (3, 9, false, false),
        (2, 10, false, true),
        (3, 10, false, false),
    ] {
        let brakes = Brakes {
            by_operator,
            in_fleet,
            stopped_by: None,
        };
        assert_eq!(may_ask(brakes), asks, "{brakes:?}");
        assert_eq!(may_agree(brakes), agrees, "{brakes:?}");
    }
    let stopped = Brakes {
        stopped_by: Some(COLLEAGUE_ID),
        ..Brakes::default()
    };
    assert!(!may_ask(stopped) && !may_agree(stopped));
}

#[test]
fn r9_a_wipe_that_was_agreed_says_when_it_starts() {
    let mut library = Library::with_tablets(1);
    library.now = at("2026-11-21T12:59:59Z");
    library.does(asks(WIPE, 1));
    let events = library.by(COLLEAGUE, AGREES).expect("agreed");
    let starts_at = at("2026-11-21T13:10:01Z");
    let (wipe, tablet) = (WIPE, tablet(1));
    let agreed = Event::WipeAgreed {
        wipe,
        tablet,
        starts_at,
    };
    assert_eq!(events, [agreed]);
    let wipe = library.wipes[&WIPE];
    assert!(wipe.is_pending());
    assert_eq!(wipe.state, WipeState::Agreed { starts_at });
    assert!(wipe.involves(COLLEAGUE_ID));
    assert_eq!(Actor::Operator(wipe.asked_by), OPERATOR);
}
