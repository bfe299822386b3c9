//! Holds, renewals, undo, boxes and wipes, told through the store: what the rules
//! decide is what the rows say.

use shared::{
    command::{
        Action, AgreeWipe, AppointOperator, AskWipe, CancelHold, EndTransfer, ExpireHold,
        PlaceHold, Receive, Relocate, Renew, Send, SetFlag, StartWipe, TakeStock, Undo, Whither,
    },
    digest::Digest,
    event::Actor,
    hold::{HoldEnd, HoldState},
    ids::{BorrowerId, CommandId, HoldId, OperatorId, StocktakeId, TransferId, WipeId},
    loan::LoanState,
    refusal::Refusal,
    tablet::{Flag, OverrideReason, Presence, Reset, StateWord},
    wire::v1::kiosk::BoxRow,
};

use super::world::{
    BORROWER, KIOSK, OPERATOR, OTHER_VENUE, VENUE, World, check_out, council, loan_id, refused,
    tablet_id, take_back,
};
use crate::store::Answer;

const COLLEAGUE: OperatorId = OperatorId::from_bytes([30; 16]);
const SECOND: BorrowerId = BorrowerId::from_bytes([60; 16]);
const MINUTE_MS: i64 = 60_000;

fn hold_id(number: u8) -> HoldId {
    HoldId::from_bytes([number; 16])
}

/// A council with a colleague and a second borrower.
fn lending_council() -> World {
    let mut world = council();
    world
        .server(Action::AppointOperator(AppointOperator {
            operator: COLLEAGUE,
            name: "Demo Colleague".to_owned(),
            venues: vec![VENUE],
            badge: Digest::of(b"colleague"),
        }))
        .unwrap();
    let card = "DEMO2".parse().unwrap();
    world.store.add_borrower(SECOND, "Demo S.", &card).unwrap();
    world
}

impl World {
    fn place_hold(&mut self, number: u8, borrower: BorrowerId) -> Answer {
        self.operator(Action::PlaceHold(PlaceHold {
            hold: hold_id(number),
            borrower,
            venue: VENUE,
            needs: [].into(),
        }))
    }

    /// What kiosks are told of the box in which each tablet is, by its id.
    fn told_on_its_way(&self) -> Vec<Option<BoxRow>> {
        let rows = self.store.read().rows_after(0, OTHER_VENUE, 10).unwrap();
        let mut tablets = rows.tablets;
        tablets.sort_by_key(|row| row.tablet);
        tablets.iter().map(|row| row.on_its_way).collect()
    }

    fn hold(&self, number: u8) -> HoldState {
        let hold = self.store.read().hold(hold_id(number)).unwrap();
        hold.unwrap().state
    }

    fn colleague(&mut self, action: Action) -> Answer {
        let command = self.command(Actor::Operator(COLLEAGUE), action);
        self.send(&command)
    }

    fn loan(&self, number: u8) -> shared::loan::Loan {
        self.store.read().loan(loan_id(number)).unwrap().unwrap()
    }

    fn lend_to(&mut self, number: u8, loan: u8, borrower: BorrowerId) -> Answer {
        let Action::CheckOut(mut it) = check_out(number, loan) else {
            panic!("a check out");
        };
        it.borrower = Some(borrower);
        self.operator(Action::CheckOut(it))
    }

    /// Done by the operator, under an id that can be undone.
    fn done(&mut self, action: Action) -> CommandId {
        let command = self.command(Actor::Operator(OPERATOR), action);
        self.send(&command).unwrap();
        command.id
    }
}

#[test]
fn r7_a_returned_tablet_is_put_aside_for_the_first_who_waits_and_goes_to_nobody_else() {
    let mut world = lending_council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    world.place_hold(1, SECOND).unwrap();
    world.return_in_hand(1, 1).unwrap();
    world.prove(1).unwrap();
    assert_eq!(world.word(1), StateWord::PutAside);
    assert_eq!(refused(world.check_out(1, 2)), Refusal::PutAside);
    world.lend_to(1, 3, SECOND).unwrap();
    let how = HoldEnd::Collected;
    assert_eq!(world.hold(1), HoldState::Ended { how });
}

#[test]
fn a_hold_on_a_ready_tablet_keeps_it_at_once_and_the_next_in_the_queue_gets_it_after() {
    let mut world = lending_council();
    world.ready(1);
    world.place_hold(1, BORROWER).unwrap();
    assert_eq!(world.word(1), StateWord::PutAside);
    world.place_hold(2, SECOND).unwrap();
    assert_eq!(world.hold(2), HoldState::Waiting);
    let hold = hold_id(1);
    let expire = || Action::ExpireHold(ExpireHold { hold });
    assert_eq!(refused(world.server(expire())), Refusal::NotExpired);
    world.now = world.now.plus_ms(9 * 24 * 60 * MINUTE_MS);
    assert_eq!(
        world.store.read().holds_expired(world.now.day()).unwrap(),
        [hold]
    );
    world.server(expire()).unwrap();
    let how = HoldEnd::Expired;
    assert_eq!(world.hold(1), HoldState::Ended { how });
    assert!(matches!(world.hold(2), HoldState::PutAside { .. }));
    assert_eq!(world.tablet(1).put_aside, Some(hold_id(2)));
    let cancel = Action::CancelHold(CancelHold { hold: hold_id(2) });
    world.operator(cancel).unwrap();
    assert_eq!(world.word(1), StateWord::Ready);
}

#[test]
fn r8_a_hold_blocks_renewal_and_without_one_the_due_day_moves_on() {
    let mut world = lending_council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let renew = || Action::Renew(Renew { loan: loan_id(1) });
    let early = refused(world.operator(renew()));
    assert!(matches!(early, Refusal::RenewTooEarly { .. }), "{early:?}");
    world.now = world.now.plus_ms(15 * 24 * 60 * MINUTE_MS);
    world.place_hold(1, SECOND).unwrap();
    assert_eq!(refused(world.operator(renew())), Refusal::HeldForOthers);
    let cancel = Action::CancelHold(CancelHold { hold: hold_id(1) });
    world.operator(cancel).unwrap();
    let before = world.loan(1).due_on;
    world.operator(renew()).unwrap();
    assert_eq!(world.loan(1).due_on, before.plus_days(21));
    assert_eq!(world.loan(1).renewals, 1);
}

#[test]
fn a_check_out_is_undone_by_who_did_it_and_its_hold_waits_again() {
    let mut world = lending_council();
    world.ready(1);
    world.place_hold(1, SECOND).unwrap();
    let Action::CheckOut(mut it) = check_out(1, 1) else {
        panic!("a check out");
    };
    it.borrower = Some(SECOND);
    let command = world.done(Action::CheckOut(it));
    let undo = || Action::Undo(Undo { command });
    assert_eq!(refused(world.colleague(undo())), Refusal::NotYours);
    world.operator(undo()).unwrap();
    assert!(matches!(world.loan(1).state, LoanState::Voided { .. }));
    assert_eq!(world.hold(1), HoldState::Waiting);
    assert_eq!(world.word(1), StateWord::BackNotYetReset);
    assert_eq!(refused(world.operator(undo())), Refusal::TooLateToUndo);
}

#[test]
fn a_check_out_is_not_undone_once_its_tablet_was_touched_whatever_was_put_aside() {
    let mut world = lending_council();
    world.ready(1);
    world.place_hold(1, SECOND).unwrap();
    assert_eq!(world.tablet(1).put_aside, Some(hold_id(1)));
    world.ready(2);
    let Action::CheckOut(mut it) = check_out(2, 2) else {
        panic!("a check out");
    };
    it.borrower = Some(SECOND);
    let tablet = it.tablet;
    let command = world.done(Action::CheckOut(it));
    let flag = Flag::Damaged;
    world
        .operator(Action::SetFlag(SetFlag { tablet, flag }))
        .unwrap();
    let undo = Action::Undo(Undo { command });
    assert_eq!(refused(world.operator(undo)), Refusal::TooLateToUndo);
}

#[test]
fn a_return_is_undone_until_its_order_was_delivered() {
    let mut world = lending_council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let command = world.done(take_back(1, Some(1), Presence::InHand));
    let undo = |command| Action::Undo(Undo { command });
    world.operator(undo(command)).unwrap();
    assert_eq!(world.word(1), StateWord::OnLoan);
    assert_eq!(world.loan(1).state, LoanState::Open);

    let command = world.done(take_back(1, Some(1), Presence::InHand));
    let Reset::Ordered(order) = world.tablet(1).reset else {
        panic!("no order waits");
    };
    assert!(world.store.deliver(tablet_id(1), order.order).unwrap());
    assert_eq!(
        refused(world.operator(undo(command))),
        Refusal::TooLateToUndo
    );
}

#[test]
fn r19_a_tablet_that_was_given_its_order_is_lent_for_no_reason() {
    let mut world = lending_council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    world
        .operator(take_back(1, Some(1), Presence::InHand))
        .unwrap();
    let Reset::Ordered(order) = world.tablet(1).reset else {
        panic!("no order waits");
    };
    assert!(world.store.deliver(tablet_id(1), order.order).unwrap());
    let Action::CheckOut(mut it) = check_out(1, 2) else {
        panic!("a check out");
    };
    it.overriding = Some(OverrideReason::Urgent);
    let lent = world.operator(Action::CheckOut(it));
    assert_eq!(refused(lent), Refusal::AlreadyResetting);
}

#[test]
fn an_order_that_was_taken_back_is_not_delivered() {
    let mut world = lending_council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let command = world.done(take_back(1, Some(1), Presence::InHand));
    let Reset::Ordered(order) = world.tablet(1).reset else {
        panic!("no order waits");
    };
    world.operator(Action::Undo(Undo { command })).unwrap();
    assert!(!world.store.deliver(tablet_id(1), order.order).unwrap());
}

#[test]
fn a_box_arrives_with_its_count_and_what_is_not_in_it_is_missing() {
    let mut world = lending_council();
    let transfer = TransferId::from_bytes([1; 16]);
    let tablets = vec![world.ready(1), world.ready(2)];
    world
        .operator(Action::Send(Send {
            transfer,
            to: OTHER_VENUE,
            tablets,
        }))
        .unwrap();
    assert_eq!(world.word(1), StateWord::Travelling);
    let on_its_way = Some(BoxRow {
        to: OTHER_VENUE,
        transfer,
    });
    assert_eq!(world.told_on_its_way(), [on_its_way; 2]);
    let receive = Action::Receive(Receive {
        tablet: tablet_id(1),
    });
    let mut command = world.command(Actor::Server, receive);
    command.venue = Some(OTHER_VENUE);
    world.send(&command).unwrap();
    assert_eq!(world.word(1), StateWord::Ready, "a box undoes no proof");
    assert_eq!(world.told_on_its_way(), [None, on_its_way]);
    let end = |short| Action::EndTransfer(EndTransfer { transfer, short });
    assert_eq!(
        refused(world.operator(end(false))),
        Refusal::BoxNotEmpty { left: 1 }
    );
    world.operator(end(true)).unwrap();
    assert_eq!(world.word(2), StateWord::Missing);
    assert_eq!(refused(world.operator(end(true))), Refusal::TransferOver);
}

#[test]
fn a_lost_tablet_is_written_off_with_its_loan_and_never_comes_back_by_itself() {
    let mut world = lending_council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let go = |whither| {
        Action::Relocate(Relocate {
            tablet: tablet_id(1),
            whither,
        })
    };
    assert_eq!(
        refused(world.operator(go(Whither::Withdrawn))),
        Refusal::TabletOnLoan
    );
    world.operator(go(Whither::Lost)).unwrap();
    assert_eq!(
        world.loan(1).state,
        LoanState::Open,
        "still theirs to bring"
    );
    world.operator(go(Whither::Withdrawn)).unwrap();
    assert_eq!(world.word(1), StateWord::Retired);
    assert!(matches!(world.loan(1).state, LoanState::Closed { .. }));
    let back = take_back(1, None, Presence::InHand);
    world.operator(back).unwrap();
    assert_eq!(world.word(1), StateWord::Retired);
}

fn wipe_id(number: u8) -> WipeId {
    WipeId::from_bytes([number; 16])
}

fn ask(number: u8) -> Action {
    let (wipe, tablet) = (wipe_id(number), tablet_id(number));
    Action::AskWipe(AskWipe { wipe, tablet })
}

fn agree(number: u8) -> Action {
    let wipe = wipe_id(number);
    Action::AgreeWipe(AgreeWipe { wipe })
}

fn start(number: u8) -> Action {
    let wipe = wipe_id(number);
    Action::StartWipe(StartWipe { wipe })
}

#[test]
fn r9_a_wipe_outside_the_return_flow_needs_two_people_and_ten_minutes() {
    let mut world = lending_council();
    world.ready(1);
    world.operator(ask(1)).unwrap();
    assert_eq!(refused(world.operator(agree(1))), Refusal::SameOperator);
    assert_eq!(refused(world.server(start(1))), Refusal::WipeNotDue);
    world.colleague(agree(1)).unwrap();
    world.now = world.now.plus_ms(8 * MINUTE_MS);
    assert_eq!(refused(world.server(start(1))), Refusal::WipeNotDue);
    assert_eq!(world.word(1), StateWord::Ready, "nothing has begun");
    world.now = world.now.plus_ms(2 * MINUTE_MS);
    world.server(start(1)).unwrap();
    assert_eq!(world.word(1), StateWord::Resetting);
}

#[test]
fn r9_three_wipes_an_hour_are_one_operators_limit_and_stop_all_stops_all() {
    let mut world = lending_council();
    for number in 1..=4 {
        world.ready(number);
    }
    for number in 1..=3 {
        world.operator(ask(number)).unwrap();
    }
    let limit = Refusal::WipeLimit { max: 3 };
    assert_eq!(refused(world.operator(ask(4))), limit);
    world.colleague(agree(1)).unwrap();
    world.colleague(Action::StopWipes).unwrap();
    world.now = world.now.plus_ms(11 * MINUTE_MS);
    assert_eq!(refused(world.server(start(1))), Refusal::WipeOver);
    assert_eq!(refused(world.colleague(ask(4))), Refusal::WipesStopped);
    let allow = Action::AllowWipes;
    assert_eq!(
        refused(world.colleague(allow.clone())),
        Refusal::SameOperator
    );
    world.operator(allow).unwrap();
    world.now = world.now.plus_ms(61 * MINUTE_MS);
    world.operator(ask(4)).unwrap();
}

/// The limits are of wipes that begin: one that is agreed on counts until it began,
/// and an hour longer.
#[test]
fn r9_wipes_that_are_agreed_on_or_began_within_the_hour_count() {
    let mut world = lending_council();
    for number in 1..=4 {
        world.ready(number);
    }
    for number in 1..=3 {
        world.operator(ask(number)).unwrap();
    }
    world.now = world.now.plus_ms(50 * MINUTE_MS);
    for number in 1..=3 {
        world.colleague(agree(number)).unwrap();
    }
    let limit = Refusal::WipeLimit { max: 3 };
    world.now = world.now.plus_ms(61 * MINUTE_MS);
    assert_eq!(refused(world.operator(ask(4))), limit, "none began");
    for number in 1..=3 {
        world.server(start(number)).unwrap();
    }
    world.now = world.now.plus_ms(50 * MINUTE_MS);
    assert_eq!(refused(world.operator(ask(4))), limit, "they just began");
    world.now = world.now.plus_ms(15 * MINUTE_MS);
    world.operator(ask(4)).unwrap();
}

#[test]
fn r9_what_two_agreed_on_is_never_done_to_the_next_borrowers_tablet() {
    let mut world = lending_council();
    world.ready(1);
    world.operator(ask(1)).unwrap();
    world.colleague(agree(1)).unwrap();
    world.check_out(1, 1).unwrap();
    world.now = world.now.plus_ms(11 * MINUTE_MS);
    world.server(start(1)).unwrap();
    assert_eq!(world.word(1), StateWord::OnLoan);
    assert_eq!(world.tablet(1).reset, Reset::Dirty);
    assert_eq!(refused(world.server(start(1))), Refusal::WipeOver);
}

#[test]
fn r9_nobody_but_a_named_operator_asks_for_a_wipe() {
    let mut world = lending_council();
    world.ready(1);
    assert_eq!(refused(world.server(ask(1))), Refusal::NeedsOperator);
    let command = world.command(Actor::SelfService(KIOSK), ask(1));
    assert_eq!(refused(world.send(&command)), Refusal::NeedsOperator);
}

#[test]
fn r16_a_second_loan_or_count_of_one_id_is_refused_and_no_fault() {
    let mut world = lending_council();
    world.ready(1);
    world.ready(2);
    world.check_out(1, 1).unwrap();
    let again = world.lend_to(2, 1, SECOND);
    assert_eq!(refused(again), Refusal::AlreadyThere);
    let count = Action::TakeStock(TakeStock {
        stocktake: StocktakeId::from_bytes([9; 16]),
        seen: vec![tablet_id(2)],
    });
    world.operator(count.clone()).unwrap();
    assert_eq!(refused(world.operator(count)), Refusal::AlreadyThere);
}
