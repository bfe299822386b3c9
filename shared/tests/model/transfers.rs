//! Transfers: a box, a count that matches, and nothing else that changes.

use shared::{
    command::{Action, EndTransfer, Receive, Relocate, Send, Whither},
    event::Event,
    hold::HoldState,
    ids::{TabletId, TransferId, VenueId},
    refusal::Refusal,
    tablet::{Custody, StateWord},
    transfer::BOX_MAX,
};

use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, BOB, ELSEWHERE, PARTNER, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

const BOX: TransferId = TransferId::from_bytes([0xb1; 16]);

fn send(to: VenueId, numbers: &[u8]) -> Action {
    Action::Send(Send {
        transfer: BOX,
        to,
        tablets: numbers.iter().map(|number| tablet(*number)).collect(),
    })
}

const fn receive(number: u8) -> Action {
    let tablet = tablet(number);
    Action::Receive(Receive { tablet })
}

const fn end(short: bool) -> Action {
    let transfer = BOX;
    Action::EndTransfer(EndTransfer { transfer, short })
}

#[test]
fn a_box_goes_from_venue_to_venue_and_what_is_proven_stays_so() {
    let mut library = Library::with_tablets(2);
    let events = library.does(send(ELSEWHERE, &[1, 2]));
    let began = Event::TransferBegan {
        transfer: BOX,
        from: VENUE,
        to: ELSEWHERE,
        sent: 2,
    };
    assert_eq!(events.last(), Some(&began));
    for number in [1, 2] {
        assert_eq!(library.it(number).custody, Custody::InTransit(ELSEWHERE));
        library.does_at(ELSEWHERE, receive(number));
        assert_eq!(library.it(number).custody, Custody::AtVenue(ELSEWHERE));
        assert_eq!(library.word(number), StateWord::Ready);
    }
    let missing = 0;
    let ended = Event::TransferEnded {
        transfer: BOX,
        missing,
    };
    assert_eq!(library.does_at(ELSEWHERE, end(false)), [ended]);
    assert!(library.transfers[&BOX].ended);
}

#[test]
fn a_box_is_closed_when_its_count_matches_or_what_is_not_there_is_missing() {
    let mut library = Library::with_tablets(3);
    library.does(send(ELSEWHERE, &[1, 2, 3]));
    library.does_at(ELSEWHERE, receive(1));
    let refused = library.at(ELSEWHERE, end(false));
    assert_eq!(refused, Err(Refusal::BoxNotEmpty { left: 2 }));
    assert!(!library.transfers[&BOX].ended);
    let events = library.does_at(ELSEWHERE, end(true));
    let missing = 2;
    let ended = Event::TransferEnded {
        transfer: BOX,
        missing,
    };
    assert_eq!(events.last(), Some(&ended));
    assert_eq!(library.word(1), StateWord::Ready);
    assert_eq!(library.word(2), StateWord::Missing);
    assert_eq!(library.word(3), StateWord::Missing);
    let again = library.at(ELSEWHERE, end(true));
    assert_eq!(again, Err(Refusal::TransferOver));
}

#[test]
fn what_is_put_into_a_box_is_kept_for_nobody_here_and_for_whoever_waits_there() {
    let mut library = Library::with_tablets(1);
    let here = library.waits(ANN);
    library.does(send(ELSEWHERE, &[1]));
    assert_eq!(library.it(1).put_aside, None);
    assert_eq!(library.hold_state(here), HoldState::Waiting);
    let there = shared::ids::HoldId::from_bytes([0xb2; 16]);
    library.does(Action::PlaceHold(shared::command::PlaceHold {
        hold: there,
        borrower: BOB,
        venue: ELSEWHERE,
        needs: shared::kit::Kit::new(),
    }));
    library.does_at(ELSEWHERE, receive(1));
    assert_eq!(library.kept_for(there), Some(tablet(1)));
    assert_eq!(library.kept_for(here), None);
}

#[test]
fn a_box_that_cannot_be_is_refused_with_what_is_wrong() {
    let mut library = Library::with_tablets(2);
    let nowhere = VenueId::from_bytes([0xb3; 16]);
    let many: Vec<u8> = (0..=u8::try_from(BOX_MAX).expect("small")).collect();
    let max = 50;
    for (action, refusal) in [
        (send(ELSEWHERE, &many), Refusal::TooMany { max }),
        (send(nowhere, &[1]), Refusal::VenueUnknown),
        (send(VENUE, &[1]), Refusal::SameVenue),
        (send(ELSEWHERE, &[]), Refusal::TabletUnknown),
        (send(ELSEWHERE, &[1, 9]), Refusal::TabletUnknown),
    ] {
        assert_eq!(library.at(VENUE, action), Err(refusal));
    }
    library.does(send(ELSEWHERE, &[1, 1]));
    assert_eq!(library.transfers[&BOX].sent, 1, "each counts once");
    let again = library.at(VENUE, send(ELSEWHERE, &[2]));
    assert_eq!(again, Err(Refusal::AlreadyThere));
}

#[test]
fn as_many_as_a_box_holds_may_be_named_and_no_more() {
    let mut library = Library::with_tablets(0);
    let many: Vec<u8> = (0..u8::try_from(BOX_MAX).expect("small")).collect();
    let refused = library.at(VENUE, send(ELSEWHERE, &many));
    assert_eq!(refused, Err(Refusal::TabletUnknown), "not too many");
}

#[test]
fn only_what_is_here_is_put_into_a_box() {
    let mut library = Library::with_tablets(1);
    let word = StateWord::Ready;
    let elsewhere = library.at(PARTNER, send(ELSEWHERE, &[1]));
    assert_eq!(elsewhere, Err(Refusal::NotInHand { word }));
    library.lend(1, ANN);
    let lent = library.at(VENUE, send(ELSEWHERE, &[1]));
    assert_eq!(lent, Err(Refusal::TabletOnLoan));
    for (whither, refusal) in [
        (
            Whither::Lost,
            Refusal::NotInHand {
                word: StateWord::Lost,
            },
        ),
        (
            Whither::Withdrawn,
            Refusal::Retired {
                word: StateWord::Retired,
            },
        ),
    ] {
        let tablet = tablet(1);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        assert_eq!(library.at(VENUE, send(ELSEWHERE, &[1])), Err(refusal));
    }
}

#[test]
fn what_nobody_said_was_sent_is_taken_out_of_a_box_all_the_same() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    library.does_at(ELSEWHERE, receive(1));
    assert_eq!(library.it(1).custody, Custody::AtVenue(ELSEWHERE));
    assert_eq!(library.word(1), StateWord::Ready, "it only moved");
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
    let again = library.at(ELSEWHERE, receive(1));
    assert_eq!(again, Err(Refusal::SameVenue));
}

#[test]
fn r6_late_word_of_a_box_moves_no_tablet_from_where_it_went_since() {
    let mut library = Library::with_tablets(1);
    library.does(send(ELSEWHERE, &[1]));
    let unpacked_at = library.it(1).custody_since;
    let mut in_time = library.clone();
    let ask = |library: &mut Library| {
        library.ask(&Asked {
            occurred_at: Some(unpacked_at),
            ..Asked::new(OPERATOR, ELSEWHERE, receive(1))
        })
    };
    ask(&mut in_time).expect("taken");
    assert_eq!(in_time.it(1).custody, Custody::AtVenue(ELSEWHERE));
    library.does_at(PARTNER, receive(1));
    let word = StateWord::Ready;
    assert_eq!(ask(&mut library), Err(Refusal::NotInHand { word }));
    assert_eq!(library.it(1).custody, Custody::AtVenue(PARTNER));
}

#[test]
fn what_was_not_in_a_box_is_refused_with_where_it_is() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let refused = library.at(ELSEWHERE, receive(1));
    assert_eq!(refused, Err(Refusal::TabletOnLoan));
    for (whither, word) in [
        (Whither::Lost, StateWord::Lost),
        (Whither::Withdrawn, StateWord::Retired),
    ] {
        let tablet = tablet(1);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        let refusal = match whither {
            Whither::Withdrawn | Whither::Gifted => Refusal::Retired { word },
            Whither::Missing | Whither::Lost => Refusal::NotInHand { word },
        };
        assert_eq!(library.at(ELSEWHERE, receive(1)), Err(refusal));
    }
    let unknown = Action::Receive(Receive {
        tablet: TabletId::from_bytes([0xb4; 16]),
    });
    assert_eq!(library.at(VENUE, unknown), Err(Refusal::TabletUnknown));
}

#[test]
fn only_an_operator_packs_and_unpacks() {
    let mut library = Library::with_tablets(2);
    library.does(send(ELSEWHERE, &[1]));
    let other = Action::Send(Send {
        transfer: TransferId::from_bytes([0xb5; 16]),
        to: ELSEWHERE,
        tablets: vec![tablet(2)],
    });
    for (venue, action) in [
        (VENUE, other),
        (ELSEWHERE, receive(1)),
        (ELSEWHERE, end(true)),
    ] {
        let refused = library.ask(&Asked::new(SELF_SERVICE, venue, action));
        assert_eq!(refused, Err(Refusal::NeedsOperator));
    }
}
