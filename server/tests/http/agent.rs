//! What a tablet's agent says, and is answered.

use rusqlite::Connection;
use server::{chance, clock, http::app::HOLD_MS_MAX};
use shared::{
    digest::Digest,
    ids::{CommandId, Nonce, OrderId},
    image::ImageId,
    keys::SecretKey,
    signed::{
        Envelope,
        new_keys::{NewKeys, NewLinkKey},
        order::{ORDER_VALID_MS, Task},
        receipt::{FailedStep, Outcome, Receipt},
        seal::Seal,
        verdict::Answer,
    },
    tablet::{Presence, ProofKind, StateWord},
    wire::v1::agent::{AgentState, EnrolRequest, Enrolled, ReceiptDelivery, StillGotItAnswer},
};

use crate::{
    callers::{Answered, TabletCaller, post},
    world::{MANIFEST, World, image, server_key, server_keys, soon},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[test]
fn a_code_enrols_one_tablet_once() {
    let world = World::start();
    let code = world.tablet_code("WGN-042", soon());
    let other = world.tablet("WGN-001");
    let request = EnrolRequest {
        serial: "SN-042".to_owned(),
        ..other.request(&code)
    };
    let enrolled: Enrolled = post(&world, "/v1/agent/enrol", &request).read();
    let again: Enrolled = post(&world, "/v1/agent/enrol", &request).read();
    assert_eq!(enrolled, again, "the same request gets the same answer");
    assert_eq!(world.look(enrolled.tablet).word(), StateWord::Resetting);
    let thief = EnrolRequest {
        id: CommandId::from_bytes(chance::bytes()),
        serial: "SN-043".to_owned(),
        ..request
    };
    let refused = post(&world, "/v1/agent/enrol", &thief);
    assert_eq!(refused.problem(), (403, "code-not-taken".into()));
}

#[test]
fn unknown_late_and_kiosks_codes_get_the_same_no() {
    let world = World::start();
    let tablet = world.tablet("WGN-001");
    let late = world.tablet_code("WGN-002", clock::now().plus_ms(-1));
    for code in ["", "made-up", &late, &world.kiosk_code()] {
        let refused = post(&world, "/v1/agent/enrol", &tablet.request(code));
        assert_eq!(refused.problem(), (403, "code-not-taken".into()));
    }
}

#[test]
fn an_enrolment_that_is_refused_leaves_its_code_good() {
    let world = World::start();
    let first = world.tablet("WGN-001");
    let code = world.tablet_code("WGN-002", soon());
    let same_serial = post(&world, "/v1/agent/enrol", &first.request(&code));
    assert_eq!(same_serial.problem(), (409, "serial-taken".into()));
    let request = EnrolRequest {
        serial: "another".to_owned(),
        ..first.request(&code)
    };
    assert_eq!(post(&world, "/v1/agent/enrol", &request).status, 200);
}

#[test]
fn a_heartbeat_is_answered_with_the_signed_order_bound_to_it() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let reading = tablet.reading();
    let answered = tablet.say(&reading);
    let order = answered.reset_order();
    assert_eq!(order.tablet, tablet.id);
    assert_eq!(
        (order.boot, order.heartbeat_seq),
        (reading.boot, reading.seq)
    );
    assert_eq!((order.epoch, order.counter), (1, 1));
    assert_eq!(order.valid_ms, ORDER_VALID_MS);
    assert!(answered.0.next_call_ms <= 100, "it has something to do");
    // The next heartbeat gets the same order, bound anew.
    let again = tablet.heartbeat().reset_order();
    assert_eq!((again.order, again.task), (order.order, order.task));
    assert_eq!(again.heartbeat_seq, reading.seq + 1);
}

#[test]
fn an_order_that_is_at_work_is_not_given_again_unless_it_failed() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    for (state, given) in [
        (AgentState::Resetting, false),
        (AgentState::Reported, false),
        (AgentState::Failed, true),
    ] {
        let mut reading = tablet.reading();
        reading.order_counter = 1;
        reading.state = state;
        assert_eq!(tablet.say(&reading).order().is_some(), given, "{state:?}");
    }
}

#[test]
fn r2_r10_a_tablet_that_knows_of_more_than_a_restored_server_is_caught_up_with() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let before = tablet.heartbeat().reset_order();
    // The order that it began was given after the backup was made.
    let mut reading = tablet.reading();
    reading.state = AgentState::Ready;
    reading.order_counter = before.counter + 4;
    let order = tablet.say(&reading).reset_order();
    assert_eq!((order.epoch, order.counter), (1, before.counter + 5));
    assert_ne!(order.order, before.order);
    // It was lent since: whatever was ordered is void, and it waits for a hand.
    let mut reading = tablet.reading();
    reading.state = AgentState::OnLoan;
    reading.epoch = 3;
    reading.order_counter = order.counter;
    assert!(tablet.say(&reading).order().is_none());
    let it = world.look(tablet.id);
    assert_eq!((it.epoch.0, it.word()), (3, StateWord::BackNotYetReset));
}

#[test]
fn a_tablet_whose_numbers_cannot_be_is_answered_like_any() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let mut reading = tablet.reading();
    (reading.epoch, reading.order_counter) = (u32::MAX, u64::MAX);
    let order = tablet.say(&reading).reset_order();
    assert_eq!((order.epoch, order.counter), (1, 1));
}

#[test]
fn a_tablet_that_believes_another_key_is_told_of_ours_first_and_sent_nothing_signed() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let ours = tablet.believes;
    tablet.believes = Some(SecretKey::from_seed(&[66; 32]).public().id());
    let Answered(answer) = tablet.heartbeat();
    assert_eq!(answer.keyrings, server_keys().keyrings());
    assert_eq!((answer.order, answer.stage), (None, None));
    // An order that it was not sent can still be called off with its return.
    let sent = || -> u32 {
        let database = Connection::open(world.folder().database()).unwrap();
        let count = "SELECT count(*) FROM order_delivered";
        database.query_row(count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(sent(), 0);
    tablet.believes = ours;
    let answered = tablet.heartbeat();
    assert_eq!(answered.0.keyrings, []);
    answered.reset_order();
    assert_eq!(sent(), 1);
    // An agent of before does not tell, and is sent what it is to do.
    tablet.believes = None;
    assert_eq!(tablet.heartbeat().0.keyrings, []);
}

#[test]
fn a_tablet_is_told_which_image_to_have_at_hand() {
    let world = World::start();
    let answered = world.tablet("WGN-001").heartbeat();
    let seal: Seal = answered
        .0
        .stage
        .unwrap()
        .open(&server_key().public())
        .unwrap();
    assert_eq!(seal.image, image());
    assert_eq!(seal.release, "2026.1");
    assert_eq!(seal.manifest_bytes, u64::try_from(MANIFEST.len()).unwrap());
}

#[test]
fn a_tablet_that_has_the_image_is_not_told_again_until_there_is_another() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let order = tablet.heartbeat().reset_order();
    assert_eq!(
        tablet.hand_in(&tablet.receipt_for(&order)),
        Answer::Accepted
    );
    tablet.state = AgentState::Ready;
    let mut told_to_stage = |staged| {
        let mut reading = tablet.reading();
        (reading.order_counter, reading.staged) = (order.counter, staged);
        tablet.say(&reading).0.stage.is_some()
    };
    assert!(told_to_stage(None));
    assert!(told_to_stage(Some(ImageId(Digest::of(b"other")))));
    assert!(!told_to_stage(Some(image())));
    world.release_next_image();
    assert!(told_to_stage(Some(image())));
}

#[test]
fn a_tablet_pays_for_no_headers_that_only_pages_need() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let reading = tablet.reading();
    let reply = tablet.link.post(&world, "/v1/agent/heartbeat", &reading);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert!(!reply.headers.contains_key("content-security-policy"));
}

#[test]
fn an_order_names_an_image_and_that_one_is_to_be_at_hand_also_after_a_later_release() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    world.release_next_image();
    let answered = tablet.heartbeat();
    let Task::Reset { image, .. } = answered.reset_order().task else {
        panic!("no reset");
    };
    let seal: Seal = answered
        .0
        .stage
        .unwrap()
        .open(&server_key().public())
        .unwrap();
    assert_eq!(seal.image, image);
}

#[test]
fn a_receipt_that_fits_makes_the_tablet_ready_and_is_answered_the_same_again() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let order = tablet.heartbeat().reset_order();
    let receipt = Envelope::sign(&tablet.receipt_for(&order), &tablet.proof).to_json();
    let delivery = ReceiptDelivery {
        id: CommandId::from_bytes(chance::bytes()),
        receipt,
    };
    let verdict = tablet.deliver(&delivery);
    assert_eq!(verdict.answer, Answer::Accepted);
    assert_eq!((verdict.tablet, verdict.order), (tablet.id, order.order));
    assert_eq!(verdict.receipt, Digest::of(&delivery.receipt));
    assert_eq!(tablet.deliver(&delivery), verdict);
    assert_eq!(world.look(tablet.id).word(), StateWord::Ready);
    tablet.state = AgentState::Ready;
    let answered = tablet.heartbeat();
    assert_eq!(answered.order(), None);
    assert!(answered.0.next_call_ms >= 1000, "it has nothing to do");
}

/// Hands in a receipt that was changed; the tablet must stay as it was.
fn refused(change: impl Fn(&mut Receipt)) -> String {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let order = tablet.heartbeat().reset_order();
    let mut receipt = tablet.receipt_for(&order);
    change(&mut receipt);
    let answer = tablet.hand_in(&receipt);
    assert_eq!(world.look(tablet.id).word(), StateWord::Resetting);
    let Answer::Refused { code } = answer else {
        panic!("{answer:?}");
    };
    code
}

#[test]
fn r2_a_receipt_that_does_not_fit_in_every_point_never_frees_a_tablet() {
    let nonce = Nonce::from_bytes([0; 16]);
    assert_eq!(refused(|it| it.nonce = nonce), "receipt-wrong-nonce");
    assert_eq!(refused(|it| it.epoch += 1), "receipt-wrong-epoch");
    let other = ImageId(Digest::of(b"other"));
    assert_eq!(refused(|it| it.image = other), "receipt-wrong-image");
    let order = OrderId::from_bytes([0; 16]);
    assert_eq!(refused(|it| it.order = order), "receipt-for-another-order");
    let serial = "SN-other".to_owned();
    assert_eq!(
        refused(|it| it.serial.clone_from(&serial)),
        "receipt-of-another-tablet"
    );
    let kind = ProofKind::PersonConfirmed;
    assert_eq!(refused(|it| it.kind = kind), "receipt-wrong-kind");
}

#[test]
fn r2_a_receipt_with_one_altered_byte_or_another_key_never_frees_a_tablet() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let order = tablet.heartbeat().reset_order();
    let receipt = tablet.receipt_for(&order);
    let good = Envelope::sign(&receipt, &tablet.proof).to_json();
    let mut altered = good.clone();
    let at = good.len() / 2;
    altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
    let by_link_key = Envelope::sign(&receipt, &tablet.link.key).to_json();
    let by_server = Envelope::sign(&receipt, &SecretKey::from_seed(&[1; 32])).to_json();
    for bytes in [altered, by_link_key, by_server, b"{}".to_vec(), Vec::new()] {
        let delivery = ReceiptDelivery {
            id: CommandId::from_bytes(chance::bytes()),
            receipt: bytes,
        };
        let code = "receipt-not-signed".to_owned();
        assert_eq!(tablet.deliver(&delivery).answer, Answer::Refused { code });
    }
    assert_eq!(world.look(tablet.id).word(), StateWord::Resetting);
    assert_eq!(tablet.hand_in(&receipt), Answer::Accepted);
}

#[test]
fn a_failed_reset_is_noted_and_ordered_again() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let order = tablet.heartbeat().reset_order();
    let mut receipt = tablet.receipt_for(&order);
    receipt.outcome = Outcome::Failed {
        why: FailedStep::Verify,
    };
    assert_eq!(tablet.hand_in(&receipt), Answer::Noted);
    let next = tablet.heartbeat().reset_order();
    assert_ne!(next.order, order.order);
    assert_eq!(next.counter, order.counter + 1);
}

#[test]
fn a_tablet_goes_on_with_new_keys_once_its_receipt_is_taken_and_those_of_before_open_nothing() {
    let world = World::start();
    let mut tablet = world.ready_tablet("WGN-042");
    world.renew_keys(tablet.id);
    let lent_and_back = |tablet| {
        let loan = world.lend(tablet, 0);
        world.take_back(tablet, Some(loan), Presence::InHand);
    };
    lent_and_back(tablet.id);
    let order = tablet.heartbeat().reset_order();
    let Task::Reset {
        proof_key,
        new_keys,
        ..
    } = order.task
    else {
        panic!("{order:?}");
    };
    assert_eq!((proof_key, new_keys), (tablet.proof.public(), true));
    let [link, proof] = [1, 2].map(|_| SecretKey::from_seed(&chance::bytes()));
    let paper = NewLinkKey {
        tablet: tablet.id,
        order: order.order,
        key: link.public(),
    };
    let receipt = Receipt {
        new_keys: Some(NewKeys {
            link: Envelope::sign(&paper, &link),
            proof: proof.public(),
        }),
        ..tablet.receipt_for(&order)
    };
    let receipt = Envelope::sign(&receipt, &tablet.proof).countersign(&proof);
    let delivery = ReceiptDelivery {
        id: CommandId::from_bytes(chance::bytes()),
        receipt: receipt.to_json(),
    };
    let verdict = tablet.deliver(&delivery);
    assert_eq!(verdict.answer, Answer::Accepted);
    // It heard nothing of it: by its old key it is nobody, by the new one it is told again.
    let reading = tablet.reading();
    let old = tablet.link.post(&world, "/v1/agent/heartbeat", &reading);
    assert_eq!(old.problem(), (401, "bad-stamp".into()));
    tablet.link.key = link;
    assert_eq!(tablet.deliver(&delivery), verdict);
    tablet.proof = proof;
    lent_and_back(tablet.id);
    let order = tablet.heartbeat().reset_order();
    let Task::Reset {
        proof_key,
        new_keys,
        ..
    } = order.task
    else {
        panic!("{order:?}");
    };
    assert_eq!((proof_key, new_keys), (tablet.proof.public(), false));
    assert_eq!(
        tablet.hand_in(&tablet.receipt_for(&order)),
        Answer::Accepted
    );
}

#[test]
fn a_lent_tablet_is_told_to_begin_the_loan_and_shows_when_it_is_due() {
    let world = World::start();
    let mut tablet = world.ready_tablet("WGN-001");
    let loan = world.lend(tablet.id, 0);
    tablet.state = AgentState::Ready;
    let answered = tablet.heartbeat();
    let order = answered.order().unwrap();
    let due_on = clock::now().day().plus_days(21);
    assert_eq!(
        order.task,
        Task::BeginLoan {
            loan,
            due_on,
            overridden: false
        }
    );
    assert_eq!(order.epoch, 2);
    assert_eq!(answered.0.loan.unwrap().due_on, due_on);
    assert_eq!(tablet.heartbeat().order().unwrap().order, order.order);
    // Open for an earlier loan it has not begun this one.
    let mut reading = tablet.reading();
    reading.state = AgentState::OnLoan;
    reading.epoch = 1;
    assert_eq!(tablet.say(&reading).order().unwrap().order, order.order);
    tablet.state = AgentState::OnLoan;
    let answered = tablet.heartbeat();
    assert_eq!(answered.order(), None);
    assert_eq!(answered.0.loan.unwrap().loan, loan);
}

/// A tablet that was returned by its sticker, and used an hour ago.
fn used_after_its_return(world: &World, used_ms_ago: u64) -> (TabletCaller<'_>, bool) {
    let mut tablet = world.ready_tablet("WGN-001");
    let loan = world.lend(tablet.id, 3);
    world.take_back(tablet.id, Some(loan), Presence::StickerOnly);
    tablet.state = AgentState::OnLoan;
    let mut reading = tablet.reading();
    reading.last_used_ms_ago = Some(used_ms_ago);
    let answered = tablet.say(&reading);
    assert_eq!(answered.order(), None, "a sticker alone erases nothing");
    let asked = answered.0.ask.is_some_and(|ask| ask.loan == loan);
    (tablet, asked)
}

#[test]
fn r19_a_tablet_used_after_its_return_is_asked_and_a_yes_reopens_the_loan() {
    let world = World::start();
    let (mut tablet, asked) = used_after_its_return(&world, 0);
    assert!(asked);
    let loan = world.look(tablet.id).last_return.unwrap().loan;
    let mut reading = tablet.reading();
    reading.answer = Some(StillGotItAnswer {
        id: CommandId::from_bytes(chance::bytes()),
        loan,
        yes: true,
    });
    let answered = tablet.say(&reading);
    assert_eq!(answered.0.ask, None);
    assert_eq!(answered.0.loan.unwrap().loan, loan);
    assert_eq!(world.look(tablet.id).word(), StateWord::OnLoan);
    // The answer said again with the next heartbeat changes nothing.
    let before = world.position();
    let again = tablet.reading();
    reading.seq = again.seq;
    tablet.say(&reading);
    assert_eq!(world.position(), before);
}

#[test]
fn a_tablet_that_was_not_used_since_its_return_is_asked_nothing() {
    let world = World::start();
    let (_, asked) = used_after_its_return(&world, 2 * DAY_MS);
    assert!(!asked);
}

#[test]
fn a_docked_tablets_answer_waits_for_start_now() {
    let world = World::start();
    let mut tablet = world.ready_tablet("WGN-001");
    let loan = world.lend(tablet.id, 3);
    world.take_back(tablet.id, Some(loan), Presence::StickerOnly);
    tablet.state = AgentState::OnLoan;
    let mut reading = tablet.reading();
    reading.charging = Some(true);
    let id = tablet.id;
    let order = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| tablet.say(&reading).reset_order());
        // Whether this comes before or after the call, the answer holds the order.
        world.take_back(id, None, Presence::InHand);
        waiting.join().unwrap()
    });
    assert_eq!((order.epoch, order.counter), (2, 2));
}

#[test]
fn a_docked_tablet_at_its_reset_is_answered_at_once_so_that_its_receipt_need_not_wait() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let reading = tablet.reading();
    let order = tablet.say(&reading).reset_order();
    let mut reading = tablet.reading();
    reading.charging = Some(true);
    reading.state = AgentState::Resetting;
    reading.order_counter = order.counter;
    let began = std::time::Instant::now();
    let answer = tablet.say(&reading);
    assert_eq!(answer.order(), None);
    let waited_ms = began.elapsed().as_millis();
    assert!(waited_ms < u128::from(HOLD_MS_MAX) / 2, "{waited_ms} ms");
}

#[test]
fn a_heartbeat_that_says_more_than_it_may_is_refused() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let mut reading = serde_json::to_value(tablet.reading()).unwrap();
    reading["location"] = "53.5, -2.6".into();
    let refused = tablet.link.post(&world, "/v1/agent/heartbeat", &reading);
    assert_eq!(refused.problem(), (400, "bad-body".into()));
}
