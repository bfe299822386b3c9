//! What an operator's own program says, and is answered.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use server::{chance, clock};
use shared::{
    ids::{CommandId, HoldId, LoanId, OperatorId, TabletId, WipeId},
    kit::{Condition, Kit, KitPart},
    refusal::Refusal,
    tablet::{Flag, OverrideReason, Presence, StateWord, WithheldReason},
    wire::v1::{
        refusal::RefusalBody,
        staff::{StaffAction, StaffCommand},
    },
};

use crate::{
    callers::Reply,
    world::{BORROWER, COLLEAGUE, LEIGH, OPERATOR, WIGAN, World},
};

pub fn lend(tablet: TabletId, loan: LoanId) -> StaffAction {
    StaffAction::CheckOut {
        tablet,
        loan,
        borrower: BORROWER,
        overriding: None,
    }
}

fn back(tablet: TabletId, presence: Presence) -> StaffAction {
    StaffAction::Return {
        tablet,
        loan: None,
        presence,
        code: None,
        missing_parts: Kit::new(),
        condition: Condition::Good,
    }
}

pub fn loan() -> LoanId {
    LoanId::from_bytes(chance::bytes())
}

/// The status of a refused command, and the refusal as a program reads it.
pub fn refused(reply: &Reply) -> (u16, Refusal) {
    let (status, code) = reply.problem();
    let details: Value = serde_json::from_slice(&reply.body).unwrap();
    let body: RefusalBody = serde_json::from_value(details["refusal"].clone()).unwrap();
    assert_eq!(body.0.code(), code);
    (status, body.0)
}

#[test]
fn an_operators_program_lends_a_tablet_and_takes_it_back_in_hand() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let desk = world.operator(OPERATOR);
    let lent_at = desk.does(lend(tablet, loan()));
    assert_eq!(lent_at, world.position());
    assert_eq!(world.look(tablet).word(), StateWord::OnLoan);
    desk.does(back(tablet, Presence::InHand));
    assert_eq!(world.look(tablet).word(), StateWord::Resetting);
}

#[test]
fn a_return_names_the_parts_that_are_missing() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let desk = world.operator(OPERATOR);
    desk.does(lend(tablet, loan()));
    desk.does(StaffAction::Return {
        tablet,
        loan: None,
        presence: Presence::InHand,
        code: None,
        missing_parts: Kit::from([KitPart::Charger]),
        condition: Condition::Damaged,
    });
    let tablet = world.look(tablet);
    assert!(tablet.flags.part_missing && tablet.flags.damaged);
    assert_eq!(tablet.missing_parts, Kit::from([KitPart::Charger]));
}

#[test]
fn r4_the_same_command_again_is_the_same_answer_and_another_body_is_refused() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let desk = world.operator(OPERATOR);
    let command = desk.command(lend(tablet, loan()));
    let first = desk.send(&command);
    let position = world.position();
    assert_eq!(desk.send(&command).body, first.body);
    assert_eq!(world.position(), position);
    let other = StaffCommand {
        action: StaffAction::ReportBack { tablet },
        ..command
    };
    let reused = (409, Refusal::CommandIdReused);
    assert_eq!(refused(&desk.send(&other)), reused);
}

#[test]
fn r4_somebody_elses_command_is_not_theirs_to_repeat() {
    let world = World::start();
    world.appoint(COLLEAGUE, "Demo Colleague");
    let tablet = world.ready_tablet("WGN-001").id;
    let desk = world.operator(OPERATOR);
    let command = desk.command(lend(tablet, loan()));
    assert_eq!(desk.send(&command).status, 200);
    let again = world.operator(COLLEAGUE).send(&command);
    assert_eq!(refused(&again), (409, Refusal::CommandIdReused));
}

#[test]
fn a_refusal_tells_a_program_its_code_and_a_person_what_to_do() {
    let world = World::start();
    let tablet = world.tablet("WGN-001").id;
    let reply = world.operator(OPERATOR).asks(lend(tablet, loan()));
    let details: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        details,
        json!({
            "type": "urn:tablet-library:problem:tablet-not-ready",
            "title": "This tablet is not ready to lend: Resetting.",
            "status": 409,
            "detail": "Take one that says Ready. Leave this one on charge.",
            "code": "tablet-not-ready",
            "refusal": {"code": "tablet-not-ready", "word": "resetting"},
        })
    );
}

#[test]
fn what_there_is_not_is_404_and_what_one_may_not_do_is_403() {
    let world = World::start();
    let desk = world.operator(OPERATOR);
    let hold = HoldId::from_bytes([9; 16]);
    let unknown = desk.asks(StaffAction::CancelHold { hold });
    assert_eq!(refused(&unknown), (404, Refusal::HoldUnknown));
    let nobody = TabletId::from_bytes([9; 16]);
    let unknown = desk.asks(lend(nobody, loan()));
    assert_eq!(refused(&unknown), (404, Refusal::TabletUnknown));
    let tablet = world.ready_tablet("WGN-001").id;
    let wipe = WipeId::from_bytes([1; 16]);
    desk.does(StaffAction::AskWipe { wipe, tablet });
    let own = desk.asks(StaffAction::AgreeWipe { wipe });
    assert_eq!(refused(&own), (403, Refusal::SameOperator));
}

#[test]
fn r9_a_wipe_takes_two_operators_keys() {
    let world = World::start();
    world.appoint(COLLEAGUE, "Demo Colleague");
    let tablet = world.ready_tablet("WGN-001").id;
    let wipe = WipeId::from_bytes([1; 16]);
    let (one, two) = (world.operator(OPERATOR), world.operator(COLLEAGUE));
    one.does(StaffAction::AskWipe { wipe, tablet });
    two.does(StaffAction::AgreeWipe { wipe });
    assert_eq!(world.look(tablet).word(), StateWord::Ready);
    one.does(StaffAction::StopWipes {});
    let stopped = one.asks(StaffAction::AllowWipes {});
    assert_eq!(refused(&stopped), (403, Refusal::SameOperator));
    two.does(StaffAction::AllowWipes {});
}

#[test]
fn r2_an_override_says_why_and_is_shown_on_the_tablet() {
    let world = World::start();
    let tablet = world.tablet("WGN-001").id;
    let desk = world.operator(OPERATOR);
    desk.does(StaffAction::CheckOut {
        tablet,
        loan: loan(),
        borrower: BORROWER,
        overriding: Some(OverrideReason::Urgent),
    });
    let why = world.look(tablet).lent_by_override;
    assert_eq!(why, Some(OverrideReason::Urgent));
}

#[test]
fn an_operator_acts_only_where_they_were_appointed() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    world.appoint_at(COLLEAGUE, "Demo Colleague", &[WIGAN]);
    let elsewhere = world.operator(COLLEAGUE).asks(lend(tablet, loan()));
    assert_eq!(refused(&elsewhere), (403, Refusal::WrongVenue));
}

/// What an operator of another venue would do to this one's tablet and hold.
fn to_somebody_elses(tablet: TabletId, hold: HoldId) -> [StaffAction; 7] {
    let (wipe, flag) = (WipeId::from_bytes([7; 16]), Flag::Damaged);
    let (code, whither) = (None, shared::command::Whither::Withdrawn);
    [
        StaffAction::CancelHold { hold },
        StaffAction::SetFlag { tablet, flag },
        StaffAction::ClearFlag {
            tablet,
            flag: Flag::Withheld(WithheldReason::ByStaff),
        },
        StaffAction::StartReset { tablet, code },
        StaffAction::Relocate { tablet, whither },
        StaffAction::AskWipe { wipe, tablet },
        StaffAction::SetKit {
            tablet,
            parts: Kit::new(),
        },
    ]
}

#[test]
fn nobody_acts_on_what_belongs_to_a_venue_that_is_not_theirs() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let hold = HoldId::from_bytes([1; 16]);
    world.operator(OPERATOR).does(StaffAction::PlaceHold {
        hold,
        borrower: BORROWER,
        needs: Kit::new(),
    });
    world.appoint_at(COLLEAGUE, "Demo Colleague", &[WIGAN]);
    let before = world.position();
    let other = world.operator(COLLEAGUE).at(WIGAN);
    for action in to_somebody_elses(tablet, hold) {
        let told = format!("{action:?}");
        let reply = other.asks(action);
        assert_eq!(refused(&reply), (403, Refusal::WrongVenue), "{told}");
    }
    assert_eq!(world.position(), before);
    // Whoever may act there too may do so from here.
    let flag = Flag::Damaged;
    let both = world.operator(OPERATOR).at(WIGAN);
    both.does(StaffAction::SetFlag { tablet, flag });
}

#[test]
fn a_key_ends_at_its_time_and_a_revoked_one_at_once_and_both_look_like_none() {
    let world = World::start();
    let late = world.operator_until(OPERATOR, clock::now());
    let good = world.operator(OPERATOR);
    let unknown = (401, "key-not-taken".to_owned());
    let report = |caller: &crate::callers::StaffCaller| {
        let tablet = TabletId::from_bytes([9; 16]);
        caller.asks(StaffAction::ReportBack { tablet })
    };
    assert_eq!(report(&late).problem(), unknown);
    assert_eq!(report(&good).status, 404);
    assert_eq!(world.revoke_keys(OPERATOR), 1);
    let revoked = report(&good);
    assert_eq!(revoked.problem(), unknown);
    assert_eq!(revoked.headers["www-authenticate"], "Bearer");
    let made_up = crate::callers::StaffCaller::new(&world, "TLKEY".to_owned());
    assert_eq!(report(&made_up).body, revoked.body);
    assert_eq!(report(&late).body, revoked.body);
}

#[test]
fn the_key_of_somebody_who_was_never_appointed_does_nothing() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let nobody = world.operator(OperatorId::from_bytes([9; 16]));
    let reply = nobody.asks(lend(tablet, loan()));
    assert_eq!(refused(&reply), (403, Refusal::OperatorUnknown));
}

#[test]
fn a_body_that_is_not_taken_says_where_it_is_wrong() {
    let world = World::start();
    let desk = world.operator(OPERATOR);
    let id = CommandId::from_bytes([1; 16]);
    let at = |action: Value| json!({"id": id, "venue": LEIGH, "action": action});
    let detail = |body: &Value| {
        let reply = desk.send(body);
        assert_eq!(reply.problem(), (400, "bad-body".into()), "{body}");
        let details: Value = serde_json::from_slice(&reply.body).unwrap();
        details["detail"].as_str().unwrap().to_owned()
    };
    assert!(detail(&at(json!({"kind": "open-venue"}))).contains("open-venue"));
    let loan = "tb-00000000000000000000000000000000";
    assert!(detail(&at(json!({"kind": "renew", "loan": loan}))).contains("LoanId"));
    let more = json!({"kind": "stop-wipes", "really": true});
    assert!(detail(&at(more)).contains("really"));
    let whose = json!({"id": id, "venue": LEIGH, "operator": OPERATOR,
        "action": {"kind": "stop-wipes"}});
    assert!(detail(&whose).contains("operator"));
}

#[test]
fn a_count_of_more_tablets_than_there_may_be_is_refused() {
    let world = World::start();
    let desk = world.operator(OPERATOR);
    let many: BTreeSet<TabletId> = (0..=500_u16)
        .map(|n| TabletId::from_bytes([n.to_be_bytes(); 8].concat().try_into().unwrap()))
        .collect();
    let stocktake = shared::ids::StocktakeId::from_bytes([1; 16]);
    let seen = many.into_iter().collect();
    let reply = desk.asks(StaffAction::TakeStock { stocktake, seen });
    assert_eq!(refused(&reply), (409, Refusal::TooMany { max: 500 }));
}
