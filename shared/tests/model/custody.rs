//! Missing, lost, withdrawn, gifted: where a tablet is when it is with nobody.

use shared::{
    command::{Action, Relocate, SetFlag, Whither},
    event::Event,
    loan::LoanState,
    refusal::Refusal,
    tablet::{Custody, Flag, StateWord},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, tablet},
    },
    world::{SELF_SERVICE, VENUE},
};

fn goes(whither: Whither) -> Action {
    let tablet = tablet(1);
    Action::Relocate(Relocate { tablet, whither })
}

const EVERYWHERE: [(Whither, Custody); 4] = [
    (Whither::Missing, Custody::Missing),
    (Whither::Lost, Custody::Lost),
    (Whither::Withdrawn, Custody::Withdrawn),
    (Whither::Gifted, Custody::Gifted),
];

#[test]
fn a_ready_tablet_may_go_anywhere_and_is_kept_for_nobody_there() {
    for (whither, custody) in EVERYWHERE {
        let mut library = Library::with_tablets(1);
        let hold = library.waits(ANN);
        library.does(goes(whither));
        assert_eq!(library.it(1).custody, custody);
        assert_eq!(library.it(1).put_aside, None, "{whither:?}");
        assert_eq!(library.kept_for(hold), None, "{whither:?}");
    }
}

#[test]
fn a_tablet_with_a_borrower_is_never_just_missing_nor_withdrawn() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    for whither in [Whither::Missing, Whither::Withdrawn] {
        let refused = library.at(VENUE, goes(whither));
        assert_eq!(refused, Err(Refusal::TabletOnLoan), "{whither:?}");
    }
    let word = StateWord::OnLoan;
    let refused = library.at(VENUE, goes(Whither::Gifted));
    assert_eq!(refused, Err(Refusal::TabletNotReady { word }));
}

#[test]
fn r1_what_was_lost_on_loan_is_not_just_missing_while_its_loan_is_open() {
    let mut library = Library::with_tablets(1);
    let loan = library.lend(1, ANN);
    library.does(goes(Whither::Lost));
    assert_eq!(library.loan_state(loan), LoanState::Open);
    let refused = library.at(VENUE, goes(Whither::Missing));
    assert_eq!(refused, Err(Refusal::TabletOnLoan));
}

#[test]
fn what_was_lost_from_a_shelf_may_be_looked_for_again() {
    let mut library = Library::with_tablets(1);
    library.does(goes(Whither::Lost));
    library.does(goes(Whither::Missing));
    assert_eq!(library.it(1).custody, Custody::Missing);
}

#[test]
fn a_lost_tablet_is_withdrawn_with_its_loan_written_off() {
    let mut library = Library::with_tablets(1);
    let loan = library.lend(1, ANN);
    library.does(goes(Whither::Lost));
    let events = library.does(goes(Whither::Withdrawn));
    let tablet = tablet(1);
    let written_off = Event::WrittenOff { tablet, loan };
    assert_eq!(events, [written_off, Event::Withdrawn { tablet }]);
    assert!(library.loans[&loan].is_over());
}

#[test]
fn a_tablet_that_is_missing_or_lost_already_is_said_to_be() {
    for whither in [Whither::Missing, Whither::Lost] {
        let mut library = Library::with_tablets(1);
        library.does(goes(whither));
        let refused = library.at(VENUE, goes(whither));
        assert_eq!(refused, Err(Refusal::AlreadyThere));
    }
}

#[test]
fn a_tablet_that_left_the_fleet_goes_nowhere() {
    for (left, word) in [
        (Whither::Withdrawn, StateWord::Retired),
        (Whither::Gifted, StateWord::GivenAway),
    ] {
        let mut library = Library::with_tablets(1);
        library.does(goes(left));
        for (whither, _) in EVERYWHERE {
            let refused = library.at(VENUE, goes(whither));
            assert_eq!(refused, Err(Refusal::Retired { word }));
        }
    }
}

#[test]
fn nobody_is_given_what_somebody_else_left_on_it() {
    let mut library = Library::with_tablets(1);
    library.comes_back(1);
    let word = StateWord::BackNotYetReset;
    let refused = library.at(VENUE, goes(Whither::Gifted));
    assert_eq!(refused, Err(Refusal::TabletNotReady { word }));

    let mut library = Library::with_tablets(1);
    let (tablet, flag) = (tablet(1), Flag::Damaged);
    library.does(Action::SetFlag(SetFlag { tablet, flag }));
    let word = StateWord::NeedsAttention;
    let refused = library.at(VENUE, goes(Whither::Gifted));
    assert_eq!(refused, Err(Refusal::TabletNotReady { word }));
}

#[test]
fn only_an_operator_says_where_a_tablet_went() {
    let mut library = Library::with_tablets(1);
    let refused = library.by(SELF_SERVICE, goes(Whither::Missing));
    assert_eq!(refused, Err(Refusal::NeedsOperator));
}
