//! What a kiosk says, and is answered.

use server::clock;
use shared::{
    ids::OperatorId,
    refusal::Refusal,
    tablet::{Presence, StateWord},
    wire::v1::{
        command::{KioskAction, KioskCommand},
        kiosk::{BorrowerCard, CommandAnswer},
        refusal::RefusalBody,
    },
};

use crate::world::{BORROWER, CARD, LEIGH, OPERATOR, World};

fn refused(refusal: Refusal) -> CommandAnswer {
    let refusal = RefusalBody(refusal);
    CommandAnswer::Refused { refusal }
}

#[test]
fn a_new_kiosk_gets_every_tablet_and_every_operator_of_its_venue() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let rows = world.kiosk().rows(0, 0);
    assert_eq!(rows.tablets.len(), 1);
    assert_eq!(rows.tablets[0].tablet, tablet);
    assert_eq!(rows.tablets[0].word, StateWord::Ready);
    assert_eq!(rows.tablets[0].venue, Some(LEIGH));
    let operators = rows.operators.unwrap();
    assert_eq!(operators[0].operator, OPERATOR);
    assert_eq!((rows.cursor, rows.more), (world.position(), false));
    assert_eq!(rows.facts_taken, 0);
}

#[test]
fn a_kiosk_that_knows_all_waits_and_hears_of_the_next_change() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let mut kiosk = world.kiosk();
    let known = kiosk.rows(0, 0).cursor;
    let nothing = kiosk.rows(known, 0);
    assert_eq!((nothing.cursor, nothing.tablets.len()), (known, 0));
    assert_eq!(nothing.operators, None);
    let news = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| kiosk.rows(known, 20_000));
        world.lend(tablet, 0);
        waiting.join().unwrap()
    });
    assert!(news.cursor > known);
    assert_eq!(news.tablets[0].word, StateWord::OnLoan);
}

#[test]
fn a_server_that_ends_lets_nobody_wait() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let known = kiosk.rows(0, 0).cursor;
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| kiosk.rows(known, 20_000));
        world.app.stop();
        assert_eq!(waiting.join().unwrap().cursor, known);
    });
}

#[test]
fn a_borrower_is_found_by_card_and_shown_with_as_little_as_will_do() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let card: BorrowerCard = kiosk.find("d 1234 567").read();
    assert_eq!(card.borrower, BORROWER);
    assert_eq!(
        (card.short_name.as_str(), card.card_ends.as_str()),
        ("Dora B.", "567")
    );
    assert_eq!(card.open_loans, 0);
    assert_eq!(card.due_on, clock::now().day().plus_days(21));
}

#[test]
fn a_card_that_is_none_and_a_card_that_is_not_ours_get_the_same_answer() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let (none, not_ours) = (kiosk.find("?"), kiosk.find("D7654321"));
    assert_eq!(none.problem(), (404, "borrower-unknown".into()));
    assert_eq!(none.body, not_ours.body);
}

#[test]
fn an_operator_of_another_place_finds_nobody() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    kiosk.operator = Some(OperatorId::from_bytes([9; 16]));
    assert_eq!(kiosk.find(CARD).problem(), (403, "operator-unknown".into()));
}

#[test]
fn r4_a_command_takes_effect_once_and_its_id_with_another_body_is_refused() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let mut kiosk = world.kiosk();
    let fact = kiosk.fact(KioskAction::came_back(tablet, None, Presence::InHand));
    let taken = kiosk.tell(&fact);
    let CommandAnswer::Accepted { cursor } = taken else {
        panic!("{taken:?}");
    };
    assert_eq!(kiosk.tell(&fact), taken);
    assert_eq!(world.position(), cursor);
    let other = KioskCommand {
        action: KioskAction::ReportBack { tablet },
        ..fact
    };
    assert_eq!(kiosk.tell(&other), refused(Refusal::CommandIdReused));
    assert_eq!(kiosk.rows(0, 0).facts_taken, 1);
}

#[test]
fn r6_a_fact_whose_forerunner_is_missing_waits() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let mut kiosk = world.kiosk();
    let first = kiosk.fact(KioskAction::ReportBack { tablet });
    let second = kiosk.fact(KioskAction::ReportBack { tablet });
    let waits = refused(Refusal::FactsMissing { expected: 1 });
    assert_eq!(kiosk.tell(&second), waits);
    assert!(matches!(kiosk.tell(&first), CommandAnswer::Accepted { .. }));
    assert!(matches!(
        kiosk.tell(&second),
        CommandAnswer::Accepted { .. }
    ));
}

#[test]
fn r1_the_second_of_two_kiosks_that_lend_one_tablet_is_refused() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let (mut one, mut two) = (world.kiosk(), world.kiosk());
    let (_, first) = one.check_out(tablet);
    assert!(matches!(first, CommandAnswer::Accepted { .. }), "{first:?}");
    let (_, second) = two.check_out(tablet);
    assert_eq!(second, refused(Refusal::TabletOnLoan));
}

#[test]
fn r19_a_return_that_nobody_had_in_hand_orders_no_reset() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let mut kiosk = world.kiosk();
    let (loan, _) = kiosk.check_out(tablet);
    kiosk.operator = None;
    // Even where the kiosk says so: nobody is named who could have.
    let presence = Presence::InHand;
    let fact = kiosk.fact(KioskAction::came_back(tablet, Some(loan), presence));
    let taken = kiosk.tell(&fact);
    assert!(matches!(taken, CommandAnswer::Accepted { .. }), "{taken:?}");
    assert_eq!(world.look(tablet).word(), StateWord::BackNotYetReset);
    let start = kiosk.fact(KioskAction::StartReset { tablet, code: None });
    assert_eq!(kiosk.tell(&start), refused(Refusal::NeedsOperator));
    kiosk.operator = Some(OPERATOR);
    let start = kiosk.fact(KioskAction::StartReset { tablet, code: None });
    assert!(matches!(kiosk.tell(&start), CommandAnswer::Accepted { .. }));
    assert_eq!(world.look(tablet).word(), StateWord::Resetting);
}
