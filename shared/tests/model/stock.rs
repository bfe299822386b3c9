//! Stocktake: found, missing, unexpected; a sweep sees stickers only.

use shared::{
    command::{Action, Relocate, Send, TakeStock, Whither},
    event::Event,
    hold::HoldState,
    ids::{StocktakeId, TabletId, TransferId},
    loan::LoanState,
    refusal::Refusal,
    tablet::{Custody, StateWord},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, ELSEWHERE, orders_reset, tablet},
    },
    world::{SELF_SERVICE, VENUE},
};

fn sweep(numbers: &[u8]) -> Action {
    let count = u8::try_from(numbers.len()).expect("few");
    Action::TakeStock(TakeStock {
        stocktake: StocktakeId::from_bytes([count; 16]),
        seen: numbers.iter().map(|number| tablet(*number)).collect(),
    })
}

/// What the count says: found, missing, unexpected.
fn count(events: &[Event]) -> (u32, Vec<TabletId>, Vec<TabletId>) {
    match events.last() {
        Some(Event::StockTaken {
            found,
            missing,
            unexpected,
            ..
        }) => (*found, missing.clone(), unexpected.clone()),
        other => panic!("no count: {other:?}"),
    }
}

#[test]
fn what_is_where_it_should_be_is_found_and_nothing_changes() {
    let mut library = Library::with_tablets(2);
    let before = library.it(1).clone();
    let events = library.does(sweep(&[1, 2, 2]));
    assert_eq!(count(&events), (2, vec![], vec![]));
    assert_eq!(events.len(), 1);
    assert_eq!(library.it(1), &before);
}

#[test]
fn what_is_not_there_is_missing_and_kept_for_nobody() {
    let mut library = Library::with_tablets(2);
    let hold = library.waits(ANN);
    let events = library.does(sweep(&[2]));
    assert_eq!(count(&events), (1, vec![tablet(1)], vec![]));
    assert_eq!(library.word(1), StateWord::Missing);
    assert_eq!(library.it(1).put_aside, None);
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
}

#[test]
fn what_should_be_elsewhere_only_moved() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    let events = library.does_at(ELSEWHERE, sweep(&[1]));
    assert_eq!(count(&events), (0, vec![], vec![tablet(1)]));
    assert_eq!(library.it(1).custody, Custody::AtVenue(ELSEWHERE));
    assert_eq!(
        library.word(1),
        StateWord::Ready,
        "it is as clean as it was"
    );
    assert_eq!(library.hold_state(hold), HoldState::Waiting);
}

#[test]
fn what_was_missing_lost_or_on_its_way_is_found_and_may_have_been_used() {
    let send = Action::Send(Send {
        transfer: TransferId::from_bytes([0xc2; 16]),
        to: ELSEWHERE,
        tablets: vec![tablet(1)],
    });
    let goes = |whither| {
        let tablet = tablet(1);
        Action::Relocate(Relocate { tablet, whither })
    };
    for gone in [goes(Whither::Missing), goes(Whither::Lost), send] {
        let mut library = Library::with_tablets(1);
        library.does(gone);
        let events = library.does(sweep(&[1]));
        assert_eq!(count(&events), (0, vec![], vec![tablet(1)]));
        assert!(!orders_reset(&events), "only its sticker was seen");
        assert!(library.it(1).waits_in_tray());
    }
}

#[test]
fn r19_a_sweep_closes_no_loan_it_only_reports() {
    for lost in [false, true] {
        let mut library = Library::with_tablets(1);
        let loan = library.lend(1, ANN);
        if lost {
            let (tablet, whither) = (tablet(1), Whither::Lost);
            library.does(Action::Relocate(Relocate { tablet, whither }));
        }
        let before = library.it(1).custody;
        let events = library.does(sweep(&[1]));
        let tablet = tablet(1);
        assert_eq!(events[0], Event::ReportedBack { tablet });
        assert!(library.it(1).reported_back);
        assert_eq!(library.it(1).custody, before);
        assert_eq!(library.loan_state(loan), LoanState::Open);
    }
}

#[test]
fn what_left_the_fleet_is_seen_and_stays_away() {
    for whither in [Whither::Withdrawn, Whither::Gifted] {
        let mut library = Library::with_tablets(1);
        let (tablet, venue) = (tablet(1), VENUE);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        let events = library.does(sweep(&[1]));
        assert_eq!(events[0], Event::RetiredTabletSeen { tablet, venue });
        assert!(library.it(1).is_retired());
    }
}

#[test]
fn r6_a_late_sweep_says_nothing_of_what_moved_since() {
    let mut library = Library::with_tablets(3);
    library.does_at(ELSEWHERE, sweep(&[2, 2]));
    let swept_at = library.now;
    // Since then one came home, one was lent, and one came back.
    library.does(sweep(&[1, 2, 3]));
    library.lend(1, ANN);
    library.takes_back(3);
    let events = library.hears(swept_at, sweep(&[1])).expect("counted");
    assert_eq!(count(&events), (0, vec![], vec![]));
    assert_eq!(library.word(1), StateWord::OnLoan);
    assert!(!library.it(1).reported_back);
    assert_eq!(library.word(2), StateWord::Ready);
    assert_eq!(library.word(3), StateWord::Resetting);
}

#[test]
fn a_sweep_at_the_moment_of_a_move_counts_it() {
    let mut library = Library::with_tablets(1);
    let enrolled_at = library.it(1).custody_since;
    let events = library.hears(enrolled_at, sweep(&[])).expect("counted");
    assert_eq!(count(&events).1, [tablet(1)]);
}

#[test]
fn r16_more_than_may_be_counted_at_once_is_refused() {
    let mut library = Library::with_tablets(0);
    let seen = |count: u16| {
        let id = |number: u16| {
            let mut bytes = [0xc3; 16];
            bytes[..2].copy_from_slice(&number.to_be_bytes());
            TabletId::from_bytes(bytes)
        };
        Action::TakeStock(TakeStock {
            stocktake: StocktakeId::from_bytes([0xc1; 16]),
            seen: (0..count).map(id).collect(),
        })
    };
    let refused = library.at(VENUE, seen(501));
    assert_eq!(refused, Err(Refusal::TooMany { max: 500 }));
    let events = library.does(seen(500));
    assert_eq!(count(&events), (0, vec![], vec![]), "none of them is ours");
}

#[test]
fn only_an_operator_counts() {
    let mut library = Library::with_tablets(1);
    let refused = library.by(SELF_SERVICE, sweep(&[1]));
    assert_eq!(refused, Err(Refusal::NeedsOperator));
}

#[test]
fn one_count_is_taken_once() {
    let mut library = Library::with_tablets(1);
    library.does(sweep(&[1]));
    let again = library.at(VENUE, sweep(&[1]));
    assert_eq!(again, Err(Refusal::AlreadyThere));
}
