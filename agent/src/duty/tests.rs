//! Stories of the duty: pure inputs, effects looked at as data, and power cut
//! between any two of them.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use shared::{
    digest::Digest,
    ids::{Nonce, OrderId},
    keys::SecretKey,
    signed::{
        order::{ORDER_VALID_MS, Order, Task},
        receipt::{FailedStep, Outcome, Owners, Receipt, Scope},
        verdict::{Answer, Verdict},
    },
    tablet::ProofKind,
    time::{Day, Moment},
};

use super::*;
use crate::{orders::NotHeld, trust::tests::keyring_of};

mod keys;
mod lost;
mod lost_order;
mod numbers;
mod on_loan;
mod question;
mod staged;

fn server() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn proof() -> SecretKey {
    SecretKey::from_seed(&[2; 32])
}

fn image() -> ImageId {
    ImageId(Digest::of(b"image"))
}

fn loan() -> LoanId {
    LoanId::from_bytes([5; 16])
}

fn due_on(day: i8) -> Day {
    Day::new(2026, 12, day).unwrap()
}

fn known() -> Known {
    Known {
        tablet: TabletId::from_bytes([3; 16]),
        boot: BootId::from_bytes([4; 16]),
        keyring: keyring_of(&server()),
    }
}

/// A duty, its last two durable records, and the last number it sent.
struct Agent {
    duty: Duty,
    durable: Record,
    before: Record,
    last_seq: u64,
    now_ms: u64,
}

impl Agent {
    fn with(record: Record) -> Self {
        Self {
            duty: Duty::new(known(), record.clone(), BTreeSet::from([image()])),
            before: record.clone(),
            durable: record,
            last_seq: 0,
            now_ms: 1000,
        }
    }

    fn new() -> Self {
        Self::with(Record::enrolled())
    }

    fn in_life(life: Life) -> Self {
        Self::with(Record {
            life,
            epoch: 1,
            ..Record::enrolled()
        })
    }

    /// Handles an input, and checks that every record is saved before what
    /// follows from it.
    fn handle(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.duty.handle(input, self.now_ms);
        let (mut word_kept, mut loan_kept) = (false, false);
        for effect in &effects {
            match effect {
                Effect::Save(record) => {
                    self.before = std::mem::replace(&mut self.durable, (**record).clone());
                    let (was, is) = (self.before.life.state(), record.life.state());
                    assert!(was == is || is != AgentState::Ready || word_kept);
                    assert!(was == is || is != AgentState::OnLoan || loan_kept);
                }
                Effect::KeepVerdict(_) => word_kept = true,
                Effect::KeepLoan(_) => loan_kept = true,
                Effect::Send(heartbeat) => self.gives(heartbeat.seq),
                Effect::Deliver { seq, delivery } => {
                    self.gives(*seq);
                    assert!(
                        matches!(&self.durable.life, Life::Reported(it) if it.delivery == *delivery)
                    );
                }
                Effect::StartReset(handed) => {
                    assert_eq!(
                        self.durable.life,
                        Life::Dirty {
                            handed: handed.clone()
                        }
                    );
                }
                Effect::ShowCard(card) => {
                    let LoanCard { loan, due_on } = *card;
                    assert_eq!(self.durable.life, Life::OnLoan { loan, due_on });
                }
                Effect::KeepLock(order) => {
                    let kept = self.durable.lock.as_ref().unwrap();
                    assert_eq!(kept.order, *order);
                }
                Effect::ShowLost(message) => {
                    assert_eq!(self.durable.message(), Some(message));
                }
                Effect::ClearCard
                | Effect::KeepKeyrings(_)
                | Effect::Stage(_)
                | Effect::Ask(_)
                | Effect::ClearQuestion
                | Effect::ClearLost
                | Effect::CallIn(_)
                | Effect::Say(_) => {}
            }
        }
        assert_eq!(
            *self.duty.record(),
            self.durable,
            "something is remembered that is not durable"
        );
        effects
    }

    fn beat(&mut self) -> Heartbeat {
        let effects = self.handle(Input::Beat(Readings::default()));
        let sent = effects.into_iter().find_map(|effect| {
            let Effect::Send(heartbeat) = effect else {
                return None;
            };
            Some(*heartbeat)
        });
        sent.unwrap()
    }

    /// A heartbeat, answered with this.
    fn answered(&mut self, fill: impl FnOnce(&Heartbeat, &mut HeartbeatAnswer)) -> Vec<Effect> {
        let heartbeat = self.beat();
        let mut answer = HeartbeatAnswer {
            now: Moment::from_ms(0),
            next_call_ms: 60_000,
            keyrings: Vec::new(),
            order: None,
            stage: None,
            ask: None,
            loan: None,
        };
        fill(&heartbeat, &mut answer);
        let (seq, answer) = (heartbeat.seq, Box::new(answer));
        self.handle(Input::Answered { seq, answer })
    }

    fn ordered(&mut self, order: Order) -> Vec<Effect> {
        self.answered(|heartbeat, answer| {
            let heartbeat_seq = heartbeat.seq;
            let bound = Order {
                heartbeat_seq,
                ..order
            };
            answer.order = Some(Envelope::sign(&bound, &server()));
        })
    }

    fn verdict(&mut self, answer: Answer, receipt: &[u8]) -> Vec<Effect> {
        let verdict = Verdict {
            tablet: known().tablet,
            order: OrderId::from_bytes([7; 16]),
            receipt: Digest::of(receipt),
            answer,
        };
        self.handle(Input::Verdict(Envelope::sign(&verdict, &server())))
    }

    /// Checks that a request's number is greater than any before and durably reserved.
    fn gives(&mut self, seq: u64) {
        assert!(seq > self.last_seq && seq <= self.durable.seq, "{seq}");
        self.last_seq = seq;
    }

    /// The power goes; what is durable is all that is left.
    fn power_cut(&mut self) {
        self.starts_with(self.durable.clone());
    }

    /// The power goes, and the newest record with it.
    fn newest_lost(&mut self) {
        self.starts_with(self.before.clone().fallen_back());
    }

    fn starts_with(&mut self, record: Record) {
        let last_seq = self.last_seq;
        *self = Self {
            last_seq,
            ..Self::with(record)
        };
    }
}

fn order(counter: u64, epoch: u32, task: Task) -> Order {
    Order {
        order: OrderId::from_bytes([u8::try_from(counter).unwrap(); 16]),
        tablet: known().tablet,
        epoch,
        counter,
        boot: known().boot,
        heartbeat_seq: 0,
        valid_ms: ORDER_VALID_MS,
        task,
    }
}

fn reset_order() -> Order {
    let task = Task::Reset {
        image: image(),
        nonce: Nonce::from_bytes([6; 16]),
        proof_key: proof().public(),
        new_keys: false,
    };
    order(7, 1, task)
}

fn loan_order(epoch: u32) -> Order {
    order(7, epoch, begin_loan(loan(), due_on(12), false))
}

const fn begin_loan(loan: LoanId, due_on: Day, overridden: bool) -> Task {
    Task::BeginLoan {
        loan,
        due_on,
        overridden,
    }
}

fn receipt(outcome: Outcome) -> Vec<u8> {
    let receipt = Receipt {
        order: reset_order().order,
        nonce: Nonce::from_bytes([6; 16]),
        epoch: 1,
        tablet: known().tablet,
        serial: "S1".into(),
        model: "M1".into(),
        kind: ProofKind::TabletProven,
        scope: Scope::Directory,
        owners: Owners::Mapped,
        technique: "t".into(),
        backend: "b".into(),
        agent_version: "v".into(),
        image: image(),
        outcome,
        files_verified: 1,
        bytes_verified: 1,
        deleted: 0,
        restored: 0,
        policy: Vec::new(),
        key_erased: false,
        started_at: Moment::from_ms(0),
        finished_at: Moment::from_ms(1),
        monotonic_ms: 1,
        seq: 1,
        previous: None,
        voucher: None,
        new_keys: None,
    };
    Envelope::sign(&receipt, &proof()).to_json()
}

fn ended(receipt: &[u8]) -> Input {
    Input::ResetEnded {
        receipt: receipt.to_vec(),
    }
}

fn says(effects: &[Effect], notice: &Notice) -> bool {
    effects
        .iter()
        .any(|it| matches!(it, Effect::Say(said) if said == notice))
}

fn starts_reset(effects: &[Effect]) -> bool {
    effects.iter().any(|it| matches!(it, Effect::StartReset(_)))
}

fn delivers(effects: &[Effect]) -> Option<ReceiptDelivery> {
    effects.iter().find_map(|it| {
        let Effect::Deliver { delivery, .. } = it else {
            return None;
        };
        Some(delivery.clone())
    })
}

#[test]
fn a_tablet_goes_from_new_to_ready_and_out_on_loan() {
    let mut agent = Agent::new();
    assert!(starts_reset(&agent.ordered(reset_order())));
    assert_eq!(agent.duty.state(), AgentState::Resetting);
    let receipt = receipt(Outcome::Verified);
    assert!(delivers(&agent.handle(ended(&receipt))).is_some());
    assert_eq!(agent.duty.state(), AgentState::Reported);
    agent.verdict(Answer::Accepted, &receipt);
    assert_eq!(agent.duty.state(), AgentState::Ready);
    let heartbeat = agent.beat();
    assert_eq!(
        (heartbeat.image, heartbeat.order_counter),
        (Some(image()), 7)
    );
    agent.ordered(loan_order(2));
    assert_eq!(agent.duty.state(), AgentState::OnLoan);
    assert_eq!(agent.beat().epoch, 2);
}

#[test]
fn a_reset_cut_at_any_moment_is_taken_up_and_never_ready_early() {
    let mut agent = Agent::new();
    agent.ordered(reset_order());
    agent.power_cut();
    assert!(starts_reset(&agent.handle(Input::Turn)));
    assert_eq!(agent.beat().state, AgentState::Resetting);
    let receipt = receipt(Outcome::Verified);
    let first = delivers(&agent.handle(ended(&receipt))).unwrap();
    agent.power_cut();
    let second = delivers(&agent.handle(Input::Turn)).unwrap();
    assert_eq!(
        first, second,
        "a receipt is always delivered under the same id"
    );
    assert_eq!(agent.beat().state, AgentState::Reported);
    agent.verdict(Answer::Accepted, &receipt);
    agent.power_cut();
    assert_eq!(agent.beat().state, AgentState::Ready);
}

#[test]
fn only_the_servers_word_on_this_very_receipt_makes_ready() {
    let receipt = receipt(Outcome::Verified);
    let mut agent = Agent::new();
    agent.ordered(reset_order());
    agent.handle(ended(&receipt));
    assert!(says(
        &agent.verdict(Answer::Accepted, b"another"),
        &Notice::VerdictNotHeld
    ));
    let verdict = Verdict {
        tablet: known().tablet,
        order: reset_order().order,
        receipt: Digest::of(&receipt),
        answer: Answer::Accepted,
    };
    for forged in [
        Envelope::sign(&verdict, &proof()),
        Envelope::sign(
            &Verdict {
                tablet: TabletId::from_bytes([9; 16]),
                ..verdict.clone()
            },
            &server(),
        ),
        Envelope::sign(
            &Verdict {
                order: OrderId::from_bytes([9; 16]),
                ..verdict
            },
            &server(),
        ),
    ] {
        assert!(says(
            &agent.handle(Input::Verdict(forged)),
            &Notice::VerdictNotHeld
        ));
    }
    assert_eq!(agent.duty.state(), AgentState::Reported);
}

#[test]
fn a_failed_or_refused_reset_waits_for_the_next_order() {
    let why = FailedStep::Verify;
    let refused = Answer::Refused {
        code: "receipt-wrong-nonce".into(),
    };
    for (outcome, answer) in [
        (Outcome::Failed { why }, Answer::Noted),
        (Outcome::Failed { why }, Answer::Accepted),
        (Outcome::Verified, refused),
    ] {
        let receipt = receipt(outcome);
        let mut agent = Agent::new();
        agent.ordered(reset_order());
        agent.handle(ended(&receipt));
        agent.verdict(answer, &receipt);
        assert_eq!(agent.duty.state(), AgentState::Failed);
        assert!(!starts_reset(&agent.ordered(reset_order())));
        let next = Order {
            counter: 8,
            order: OrderId::from_bytes([8; 16]),
            ..reset_order()
        };
        assert!(starts_reset(&agent.ordered(next)));
    }
}

#[test]
fn a_receipt_that_is_not_our_own_for_this_order_is_not_delivered() {
    let mut agent = Agent::new();
    agent.ordered(reset_order());
    let effects = agent.handle(ended(b"not a receipt"));
    assert_eq!(delivers(&effects), None);
    assert_eq!(agent.duty.state(), AgentState::Resetting);
}

#[test]
fn an_order_for_another_boot_tablet_or_heartbeat_does_nothing() {
    let order = reset_order();
    for (order, why) in [
        (
            Order {
                boot: BootId::from_bytes([9; 16]),
                ..order.clone()
            },
            NotHeld::OtherBoot,
        ),
        (
            Order {
                tablet: TabletId::from_bytes([9; 16]),
                ..order.clone()
            },
            NotHeld::OtherTablet,
        ),
    ] {
        let mut agent = Agent::new();
        assert!(says(&agent.ordered(order), &Notice::OrderNotHeld(why)));
        assert_eq!(agent.duty.state(), AgentState::New);
    }
    let mut agent = Agent::new();
    let effects = agent.answered(|_, answer| {
        answer.order = Some(Envelope::sign(&order, &server()));
    });
    assert!(says(
        &effects,
        &Notice::OrderNotHeld(NotHeld::OtherHeartbeat)
    ));
}

#[test]
fn a_replayed_order_does_nothing_and_the_same_order_again_is_the_same() {
    let receipt = receipt(Outcome::Verified);
    let mut agent = Agent::new();
    agent.ordered(reset_order());
    assert!(starts_reset(&agent.ordered(reset_order())));
    agent.handle(ended(&receipt));
    assert!(delivers(&agent.ordered(reset_order())).is_some());
    agent.verdict(Answer::Accepted, &receipt);
    assert!(!starts_reset(&agent.ordered(reset_order())));
    assert_eq!(agent.duty.state(), AgentState::Ready);
    let replayed = Order {
        order: OrderId::from_bytes([9; 16]),
        ..reset_order()
    };
    assert!(says(
        &agent.ordered(replayed),
        &Notice::OrderNotHeld(NotHeld::Replayed)
    ));
    assert_eq!(agent.duty.state(), AgentState::Ready);
}

#[test]
fn a_renewed_loan_shows_its_new_day_and_another_loans_card_nothing() {
    let (loan, old, new) = (loan(), due_on(12), due_on(19));
    let mut agent = Agent::in_life(Life::OnLoan { loan, due_on: old });
    let card = LoanCard { loan, due_on: new };
    let effects = agent.answered(|_, answer| answer.loan = Some(card));
    assert!(effects.contains(&Effect::ShowCard(card)));
    let other = LoanCard {
        loan: LoanId::from_bytes([9; 16]),
        due_on: old,
    };
    let effects = agent.answered(|_, answer| answer.loan = Some(other));
    assert!(!effects.iter().any(|it| matches!(it, Effect::ShowCard(_))));
}

#[test]
fn a_reset_waits_for_its_image_and_staging_goes_first() {
    let seal = Seal {
        image: image(),
        release: "2026.1".into(),
        manifest_bytes: 10,
    };
    let give = |heartbeat: &Heartbeat, answer: &mut HeartbeatAnswer| {
        let heartbeat_seq = heartbeat.seq;
        let bound = Order {
            heartbeat_seq,
            ..reset_order()
        };
        answer.order = Some(Envelope::sign(&bound, &server()));
        answer.stage = Some(Envelope::sign(&seal, &server()));
    };
    for whole in [true, false] {
        let mut agent = Agent::new();
        agent.duty = Duty::new(known(), Record::enrolled(), BTreeSet::new());
        let effects = agent.answered(give);
        assert!(effects.contains(&Effect::Stage(seal.clone())) && !starts_reset(&effects));
        let effects = agent.handle(Input::Staged {
            image: image(),
            whole,
        });
        assert_eq!(starts_reset(&effects), whole);
        assert_eq!(says(&effects, &Notice::ImageMissing(image())), !whole);
    }
}

#[test]
fn an_image_whose_seal_is_not_the_servers_is_not_staged() {
    let seal = Seal {
        image: ImageId(Digest::of(b"evil")),
        release: "2026.1".into(),
        manifest_bytes: 10,
    };
    let mut agent = Agent::new();
    let effects = agent.answered(|_, answer| answer.stage = Some(Envelope::sign(&seal, &proof())));
    assert!(says(&effects, &Notice::SealNotHeld));
    assert!(!effects.iter().any(|it| matches!(it, Effect::Stage(_))));
}

#[test]
fn the_server_can_neither_silence_a_tablet_nor_drive_it() {
    for (asked_ms, expected_ms) in [(0, 200), (60_000, 60_000), (u64::MAX, 3_600_000)] {
        let mut agent = Agent::new();
        let effects = agent.answered(|_, answer| answer.next_call_ms = asked_ms);
        assert!(effects.contains(&Effect::CallIn(expected_ms)));
    }
}
