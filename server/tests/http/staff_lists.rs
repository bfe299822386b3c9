//! What an operator's own program reads before it acts.

use serde_json::{Value, json};
use server::clock;
use shared::{
    ids::{HoldId, TabletId, TransferId, WipeId},
    kit::Kit,
    readiness::{Matter, Warning},
    refusal::Refusal,
    tablet::{OverrideReason, Presence, StateWord},
    wire::v1::{
        agent::AgentState,
        kiosk::BorrowerCard,
        lists::{Disputes, Holds, Me, StaffTablet, TabletPage, Transfers, Wipes},
        staff::{FindBorrower, StaffAction},
    },
};

use crate::{
    callers::StaffCaller,
    staff::{lend, loan, refused},
    world::{BORROWER, CARD, COLLEAGUE, DAY_MS, LEIGH, OPERATOR, WIGAN, World},
};

fn tablet(desk: &StaffCaller, number: &str) -> StaffTablet {
    let page: TabletPage = desk
        .get(&format!("/v1/staff/tablets?number={number}"))
        .read();
    assert_eq!(page.next, None);
    page.tablets.into_iter().next().unwrap()
}

fn place_hold(desk: &StaffCaller) -> HoldId {
    let hold = HoldId::from_bytes([1; 16]);
    desk.does(StaffAction::PlaceHold {
        hold,
        borrower: BORROWER,
        needs: Kit::new(),
    });
    hold
}

#[test]
fn a_program_learns_whose_key_it_has_and_where_they_may_act() {
    let world = World::start();
    let me: Me = world.operator(OPERATOR).get("/v1/staff/me").read();
    assert_eq!(me.operator, OPERATOR);
    let venues: Vec<_> = me.venues.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(venues, ["Leigh", "Wigan"]);
}

#[test]
fn a_tablet_says_whether_it_is_ready_and_what_should_be_known_first() {
    let world = World::start();
    let id = world.ready_tablet("WGN-001").id;
    let desk = world.operator(OPERATOR);
    let ready = tablet(&desk, "WGN-001").readiness;
    assert_eq!((ready.word, ready.refusals.len()), (StateWord::Ready, 0));
    assert_eq!(ready.warnings, []);
    let unknown: Vec<_> = ready.not_known.iter().map(|it| it.matter).collect();
    assert_eq!(unknown, [Matter::Sim, Matter::ChargerCheck]);
    world.heard(id, clock::now().plus_ms(-8 * DAY_MS), AgentState::Ready);
    let ready = tablet(&desk, "WGN-001").readiness;
    assert_eq!(ready.warnings[0].warning, Warning::Silent { days: 8 });
    let said = (&ready.warnings[0].sentence, &ready.warnings[0].next);
    assert_eq!(said.0, "We have not heard from it for 8 days.");
    assert_eq!(said.1, "Switch it on and see if it connects.");
    desk.does(lend(id, loan()));
    let out = tablet(&desk, "WGN-001");
    assert_eq!(out.readiness.refusals[0].refusal.0, Refusal::TabletOnLoan);
    assert!(out.loan.is_some() && out.due_on.is_some() && out.venue.is_none());
}

#[test]
fn a_tablet_that_was_never_heard_is_not_known_and_not_warned_of() {
    let world = World::start();
    world.tablet("WGN-001");
    let ready = tablet(&world.operator(OPERATOR), "WGN-001").readiness;
    let unknown: Vec<_> = ready.not_known.iter().map(|it| it.matter).collect();
    assert_eq!(unknown[..2], [Matter::Battery, Matter::Agent]);
    assert_eq!(ready.warnings, []);
}

#[test]
fn the_fleet_comes_page_by_page_each_tablet_once() {
    let world = World::start();
    for n in 1..=3 {
        world.tablet(&format!("WGN-{n:03}"));
    }
    let desk = world.operator(OPERATOR);
    let numbers = |path: &str| {
        let page: TabletPage = desk.get(path).read();
        let numbers = page.tablets.iter().map(|it| it.number.to_string());
        (numbers.collect::<Vec<_>>(), page.next)
    };
    let all = ["WGN-001", "WGN-002", "WGN-003"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(numbers("/v1/staff/tablets"), (all.clone(), None));
    let after = numbers("/v1/staff/tablets?after=WGN-001");
    assert_eq!(after, (all[1..].to_vec(), None));
    let none = desk.get("/v1/staff/tablets?number=WGN-009");
    assert_eq!(refused(&none), (404, Refusal::TabletUnknown));
    for query in ["?number=42", "?page=2", "?after="] {
        let reply = desk.get(&format!("/v1/staff/tablets{query}"));
        assert_eq!(reply.problem(), (400, "bad-query".into()), "{query}");
    }
}

#[test]
fn r13_initials_are_shown_at_the_holds_own_venue_and_nowhere_else() {
    let world = World::start();
    world.ready_tablet("WGN-001");
    let desk = world.operator(OPERATOR);
    let hold = place_hold(&desk);
    let path = format!("/v1/staff/holds?venue={LEIGH}");
    let holds: Holds = desk.get(&path).read();
    assert_eq!(holds.holds[0].hold, hold);
    assert_eq!(holds.holds[0].initials.as_deref(), Some("D.B."));
    assert_eq!(holds.holds[0].tablet.unwrap().to_string(), "WGN-001");
    let here = tablet(&desk, "WGN-001").put_aside.unwrap();
    assert_eq!(here.initials.as_deref(), Some("D.B."));
    world.appoint_at(COLLEAGUE, "Demo Colleague", &[WIGAN]);
    let other = world.operator(COLLEAGUE);
    let elsewhere = tablet(&other, "WGN-001").put_aside.unwrap();
    assert_eq!((elsewhere.initials, elsewhere.until), (None, here.until));
    assert_eq!(refused(&other.get(&path)), (403, Refusal::WrongVenue));
}

#[test]
fn a_borrower_is_found_by_card_only_where_the_operator_may_act() {
    let world = World::start();
    world.appoint_at(COLLEAGUE, "Demo Colleague", &[WIGAN]);
    let find = |desk: &StaffCaller, card: &str| {
        let (card, venue) = (card.to_owned(), LEIGH);
        let body = serde_json::to_vec(&FindBorrower { card, venue }).unwrap();
        desk.call("POST", "/v1/staff/borrower", &body)
    };
    let desk = world.operator(OPERATOR);
    let found: BorrowerCard = find(&desk, "d 1234 567").read();
    assert_eq!(found.borrower, BORROWER);
    let (none, not_ours) = (find(&desk, "?"), find(&desk, "D7654321"));
    assert_eq!(refused(&none), (404, Refusal::BorrowerUnknown));
    assert_eq!(none.body, not_ours.body);
    let elsewhere = find(&world.operator(COLLEAGUE), CARD);
    assert_eq!(refused(&elsewhere), (403, Refusal::WrongVenue));
}

#[test]
fn disputes_wipes_and_boxes_are_listed_until_they_are_dealt_with() {
    let world = World::start();
    let [one, two, three] = [1, 2, 3].map(|n| world.ready_tablet(&format!("WGN-00{n}")).id);
    let desk = world.operator(OPERATOR);
    let lent = world.lend(one, 1);
    world.take_back(one, Some(lent), Presence::StickerOnly);
    world.still_got_it(one, lent);
    let disputes: Disputes = desk.get("/v1/staff/disputes").read();
    assert_eq!(disputes.disputes[0].loan, Some(lent));
    let decision = disputes.disputes[0].allowed[0].0;
    let dispute = disputes.disputes[0].dispute;
    desk.does(StaffAction::CloseDispute { dispute, decision });
    let disputes: Disputes = desk.get("/v1/staff/disputes").read();
    assert_eq!((disputes.disputes, disputes.more), (vec![], false));

    let wipe = WipeId::from_bytes([1; 16]);
    desk.does(StaffAction::AskWipe { wipe, tablet: two });
    let wipes: Wipes = desk.get("/v1/staff/wipes").read();
    assert_eq!((wipes.wipes[0].wipe, wipes.stopped_by), (wipe, None));
    desk.does(StaffAction::StopWipes {});
    let wipes: Wipes = desk.get("/v1/staff/wipes").read();
    assert_eq!((wipes.wipes, wipes.stopped_by), (vec![], Some(OPERATOR)));

    let (transfer, tablets) = (TransferId::from_bytes([1; 16]), vec![three]);
    desk.does(StaffAction::Send {
        transfer,
        to: WIGAN,
        tablets,
    });
    let still_in = || {
        let boxes: Transfers = desk.get("/v1/staff/transfers").read();
        boxes.transfers.iter().map(|it| it.left).collect::<Vec<_>>()
    };
    assert_eq!(still_in(), [1]);
    world
        .operator(OPERATOR)
        .at(WIGAN)
        .does(StaffAction::Receive { tablet: three });
    assert_eq!(still_in(), [0]);
    desk.does(StaffAction::EndTransfer {
        transfer,
        short: false,
    });
    assert_eq!(still_in(), [0_u32; 0]);
}

#[test]
fn r2_an_override_is_shown_wherever_the_tablet_is_shown() {
    let world = World::start();
    let id: TabletId = world.tablet("WGN-001").id;
    let desk = world.operator(OPERATOR);
    let overriding = Some(OverrideReason::Urgent);
    desk.does(StaffAction::CheckOut {
        tablet: id,
        loan: loan(),
        borrower: BORROWER,
        overriding,
    });
    assert_eq!(tablet(&desk, "WGN-001").lent_by_override, overriding);
    let page = world.team_page("/");
    assert!(
        page.contains("Lent against a rule: it was urgent"),
        "{page}"
    );
}

#[test]
fn the_fleet_page_says_until_when_a_tablet_is_put_aside() {
    let world = World::start();
    world.ready_tablet("WGN-001");
    place_hold(&world.operator(OPERATOR));
    let page = world.team_page("/");
    assert!(page.contains("Put aside until "), "{page}");
}

#[test]
fn no_list_names_more_of_a_person_than_initials() {
    let world = World::start();
    world.ready_tablet("WGN-001");
    let desk = world.operator(OPERATOR);
    place_hold(&desk);
    let holds = format!("/v1/staff/holds?venue={LEIGH}");
    for path in ["/v1/staff/tablets", &holds, "/v1/staff/me"] {
        let text = desk.get(path).text();
        assert!(!text.contains("Dora") && !text.contains(CARD), "{text}");
        let whole: Value = serde_json::from_str(&text).unwrap();
        assert_ne!(whole, json!({}), "{path}");
    }
}
