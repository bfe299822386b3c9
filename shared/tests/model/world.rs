//! One tablet with its loans and disputes, moved by real decisions alone.

use shared::{
    borrower::BorrowerView,
    command::{
        AnswerStillGotIt, CheckOut, ClearFlag, CloseDispute, EnrolTablet, RecordReset, ReportBack,
        Return, StartReset,
    },
    decide::{self, Decided, Given, hold::Queue},
    digest::Digest,
    dispute::{Decision, Dispute},
    event::{Actor, Event, Origin, Recorded},
    ids::{
        BorrowerId, CommandId, DisputeId, HoldId, KioskId, LoanId, Nonce, OperatorId, OrderId,
        TabletId, VenueId,
    },
    image::ImageId,
    keys::SecretKey,
    kit::{Condition, Kit},
    loan::{Loan, LoanState},
    policy::Policy,
    signed::{
        Envelope,
        receipt::{FailedStep, Outcome, Owners, Receipt, Scope},
    },
    tablet::{Flag, Presence, ProofKind, Reset, Tablet, TabletKeys, WithheldReason},
    time::Moment,
    venue::Calendar,
};

pub const VENUE: VenueId = VenueId::from_bytes([1; 16]);
pub const TABLET: TabletId = TabletId::from_bytes([2; 16]);
pub const KIOSK: KioskId = KioskId::from_bytes([3; 16]);
pub const OPERATOR: Actor = Actor::Operator(OperatorId::from_bytes([4; 16]));
pub const SELF_SERVICE: Actor = Actor::SelfService(KIOSK);
pub const HOLD: HoldId = HoldId::from_bytes([5; 16]);

/// What a person, a kiosk or a tablet may do at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    CheckOut,
    Return {
        actor: Actor,
        presence: Presence,
        names_loan: bool,
        missing: bool,
        damaged: bool,
    },
    /// Word of a return that happened before the tablet's last move.
    LateReturn {
        names_old_loan: bool,
        clock_sure: bool,
    },
    ReportBack,
    Answer {
        yes: bool,
    },
    StartReset,
    Receipt {
        fails: bool,
    },
    Clear(Flag),
    Close(Decision),
    /// What later issues decide; the facts exist today.
    Happens(Happening),
}

/// Facts about custody and holds that no command of today makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    Sent,
    Received,
    MarkedMissing,
    MarkedLost,
    Withdrawn,
    Gifted,
    PutAside,
    PutAsideEnded,
    WithheldByStaff,
}

#[derive(Clone, Debug)]
pub struct World {
    pub tablet: Tablet,
    pub loans: Vec<Loan>,
    pub disputes: Vec<Dispute>,
    pub now: Moment,
    drawn: u8,
}

pub fn image() -> ImageId {
    ImageId(Digest::of(b"image"))
}

pub fn proof_key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

impl World {
    /// A tablet, just enrolled.
    pub fn new() -> Self {
        let command = enrolment();
        let known = decide::enrol::Known {
            number_taken: false,
            serial_taken: false,
            venue_exists: true,
            image: Some(image()),
        };
        let now = Moment::from_ms(1_000_000);
        let given = given(OPERATOR, now, true, 0);
        let events = decide::enrol::enrol(&known, &command, &given).expect("it is new");
        let first = recorded(events[0].clone(), OPERATOR, now);
        let tablet = Tablet::from_enrolment(&first).expect("an enrolment");
        let mut world = Self {
            tablet,
            loans: vec![],
            disputes: vec![],
            now,
            drawn: 0,
        };
        world.take(&events, OPERATOR);
        world
    }

    /// Lets it happen, if the rules do; tells what the rules said.
    pub fn act(&mut self, act: Act) -> Decided {
        self.now = self.now.plus_ms(1000);
        self.drawn = self.drawn.wrapping_add(1);
        let actor = actor(act);
        let decided = self.decide(act, &self.given(act, actor));
        if let Ok(events) = &decided {
            self.take(&events.clone(), actor);
        }
        decided
    }

    /// Loans and disputes that are over have no say any more, but for the loan
    /// that may be reopened.
    pub fn forget_what_is_over(&mut self) {
        let may_reopen = self.tablet.last_return.map(|last| last.loan);
        let over = |loan: &Loan| matches!(loan.state, LoanState::Closed { .. });
        self.loans
            .retain(|loan| !over(loan) || Some(loan.id) == may_reopen);
        self.disputes.retain(|dispute| dispute.decision.is_none());
    }

    pub fn current_loan(&self) -> Option<&Loan> {
        let going_on = self.loans.iter().filter(|loan| !loan.is_over());
        going_on.max_by_key(|loan| (loan.is_open(), loan.checked_out_at))
    }

    pub fn open_dispute(&self) -> Option<&Dispute> {
        self.disputes
            .iter()
            .find(|dispute| dispute.decision.is_none())
    }

    /// A receipt that fits the pending order, or any order at all if none is.
    pub fn receipt(&self) -> Receipt {
        let (order, nonce) = match self.tablet.reset {
            Reset::Ordered(pending) => (pending.order, pending.nonce),
            Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. } => {
                (OrderId::from_bytes([0; 16]), Nonce::from_bytes([0; 16]))
            }
        };
        fitting_receipt(order, nonce, self.tablet.epoch.0)
    }

    pub fn record(&self, receipt: &Receipt, key: &SecretKey) -> Decided {
        self.record_bytes(Envelope::sign(receipt, key).to_json())
    }

    pub fn record_bytes(&self, receipt: Vec<u8>) -> Decided {
        let known = decide::reset::RecordKnown {
            tablet: self.tablet.clone(),
            policy: Policy::default(),
            queue: Queue::default(),
        };
        let command = RecordReset {
            tablet: TABLET,
            receipt,
        };
        let given = given(Actor::Tablet(TABLET), self.now, true, self.drawn);
        decide::reset::record(&known, &command, &given)
    }

    pub fn take(&mut self, events: &[Event], actor: Actor) {
        for event in events {
            let recorded = recorded(event.clone(), actor, self.now);
            self.tablet.apply(&recorded);
            self.loans.iter_mut().for_each(|loan| loan.apply(&recorded));
            self.loans.extend(Loan::from_check_out(&recorded));
            self.disputes
                .iter_mut()
                .for_each(|dispute| dispute.apply(&recorded));
            self.disputes.extend(Dispute::from_raised(&recorded));
        }
    }

    fn given(&self, act: Act, actor: Actor) -> Given {
        let before_the_last_move = Moment::from_ms(self.tablet.custody_since.as_ms() - 1);
        match act {
            Act::LateReturn { clock_sure, .. } => {
                let mut given = given(actor, self.now, clock_sure, self.drawn);
                given.occurred_at = before_the_last_move;
                given
            }
            _ => given(actor, self.now, true, self.drawn),
        }
    }

    fn decide(&self, act: Act, given: &Given) -> Decided {
        let tablet = self.tablet.clone();
        let id = TABLET;
        match act {
            Act::CheckOut => self.check_out(given),
            Act::Return {
                presence,
                names_loan,
                missing,
                damaged,
                ..
            } => {
                let loan = self
                    .current_loan()
                    .map(|loan| loan.id)
                    .filter(|_| names_loan);
                self.returns(loan, presence, (missing, damaged), given)
            }
            Act::LateReturn { names_old_loan, .. } => {
                let old = LoanId::from_bytes([99; 16]);
                let loan = names_old_loan.then_some(old);
                self.returns(loan, Presence::InHand, (false, false), given)
            }
            Act::ReportBack => {
                let known = decide::report::Known { tablet };
                decide::report::report_back(&known, &ReportBack { tablet: id }, given)
            }
            Act::Answer { yes } => {
                let loan = tablet.last_return.map(|last| last.loan);
                let loan = loan.unwrap_or(LoanId::from_bytes([98; 16]));
                let known = decide::dispute::AnswerKnown { tablet };
                let command = AnswerStillGotIt {
                    tablet: id,
                    loan,
                    yes,
                };
                decide::dispute::answer(&known, &command, given)
            }
            Act::StartReset => {
                let known = decide::reset::StartKnown {
                    tablet,
                    image: Some(image()),
                };
                decide::reset::start(
                    &known,
                    &StartReset {
                        tablet: id,
                        code: None,
                    },
                    given,
                )
            }
            Act::Receipt { fails } => {
                let mut receipt = self.receipt();
                if fails {
                    receipt.outcome = Outcome::Failed {
                        why: FailedStep::Wipe,
                    };
                }
                self.record(&receipt, &proof_key())
            }
            Act::Clear(flag) => {
                let known = decide::reset::FlagKnown {
                    tablet,
                    queue: Queue::default(),
                };
                decide::reset::clear_flag(&known, &ClearFlag { tablet: id, flag }, given)
            }
            Act::Close(decision) => self.close(decision, given),
            Act::Happens(happening) => Ok(vec![happened(happening)]),
        }
    }

    fn check_out(&self, given: &Given) -> Decided {
        let known = decide::check_out::Known {
            tablet: self.tablet.clone(),
            open_loan: self.current_loan().filter(|loan| loan.is_open()).cloned(),
            borrower: Some(BorrowerView {
                open_loans: 0,
                holds: 0,
            }),
            their_hold: None,
            delivery: None,
            image_withdraw_on: None,
            venue: VENUE,
            calendar: Calendar::default(),
            policy: Policy::default(),
        };
        let loan = LoanId::from_bytes([self.drawn; 16]);
        let borrower = BorrowerId::from_bytes([6; 16]);
        let command = CheckOut {
            tablet: TABLET,
            loan,
            borrower: Some(borrower),
            done: false,
            told_due_on: None,
            overriding: None,
        };
        decide::check_out::check_out(&known, &command, given)
    }

    fn returns(
        &self,
        loan: Option<LoanId>,
        presence: Presence,
        (part_missing, damaged): (bool, bool),
        given: &Given,
    ) -> Decided {
        let known = decide::returns::Known {
            tablet: self.tablet.clone(),
            current: self.current_loan().cloned(),
            venue: VENUE,
            image: Some(image()),
            queue: Queue::default(),
            collection: None,
        };
        let command = Return {
            tablet: TABLET,
            loan,
            presence,
            code: None,
            part_missing,
            missing_parts: Kit::new(),
            condition: if damaged {
                Condition::Damaged
            } else {
                Condition::Good
            },
        };
        decide::returns::take(&known, &command, given)
    }

    fn close(&self, decision: Decision, given: &Given) -> Decided {
        let dispute = self.open_dispute().or(self.disputes.last()).cloned();
        let dispute = dispute.ok_or(shared::refusal::Refusal::DisputeUnknown)?;
        let command = CloseDispute {
            dispute: dispute.id,
            decision,
        };
        let known = decide::dispute::CloseKnown {
            dispute,
            tablet: Some(self.tablet.clone()),
        };
        decide::dispute::close(&known, &command, given)
    }
}

fn actor(act: Act) -> Actor {
    match act {
        Act::Return { actor, .. } => actor,
        Act::ReportBack => SELF_SERVICE,
        Act::Answer { .. } | Act::Receipt { .. } => Actor::Tablet(TABLET),
        Act::CheckOut
        | Act::LateReturn { .. }
        | Act::StartReset
        | Act::Clear(_)
        | Act::Close(_)
        | Act::Happens(_) => OPERATOR,
    }
}

pub fn happened(happening: Happening) -> Event {
    let tablet = TABLET;
    match happening {
        Happening::Sent => Event::Sent {
            tablet,
            to: VENUE,
            transfer: None,
        },
        Happening::Received => Event::Received {
            tablet,
            venue: VENUE,
        },
        Happening::MarkedMissing => Event::MarkedMissing { tablet },
        Happening::MarkedLost => Event::MarkedLost { tablet },
        Happening::Withdrawn => Event::Withdrawn { tablet },
        Happening::Gifted => Event::Gifted { tablet },
        Happening::PutAside => Event::PutAside {
            tablet,
            hold: HOLD,
            until: None,
        },
        Happening::PutAsideEnded => Event::PutAsideEnded {
            tablet,
            hold: Some(HOLD),
        },
        Happening::WithheldByStaff => Event::FlagSet {
            tablet,
            flag: Flag::Withheld(WithheldReason::ByStaff),
        },
    }
}

fn enrolment() -> EnrolTablet {
    EnrolTablet {
        tablet: TABLET,
        number: "WGN-042".parse().expect("a number"),
        serial: "S-042".into(),
        model: "Model".into(),
        venue: VENUE,
        keys: TabletKeys {
            link: SecretKey::from_seed(&[8; 32]).public(),
            proof: proof_key().public(),
        },
        tag: Digest::of(b"tag"),
    }
}

fn given(actor: Actor, now: Moment, clock_sure: bool, drawn: u8) -> Given {
    Given {
        now,
        occurred_at: now,
        clock_sure,
        from_old_copy: false,
        actor,
        order: OrderId::from_bytes([drawn; 16]),
        nonce: Nonce::from_bytes([drawn; 16]),
        dispute: DisputeId::from_bytes([drawn; 16]),
    }
}

pub fn recorded(event: Event, actor: Actor, now: Moment) -> Recorded {
    Recorded {
        server_seq: 1,
        origin: Origin::Server,
        origin_seq: None,
        command: CommandId::from_bytes([9; 16]),
        actor,
        venue: Some(VENUE),
        occurred_at: now,
        recorded_at: now,
        clock_sure: true,
        seen: 0,
        event,
    }
}

pub fn fitting_receipt(order: OrderId, nonce: Nonce, epoch: u32) -> Receipt {
    Receipt {
        order,
        nonce,
        epoch,
        tablet: TABLET,
        serial: "S-042".into(),
        model: "Model".into(),
        kind: ProofKind::TabletProven,
        scope: Scope::Tablet,
        owners: Owners::Restored,
        technique: "Clear (logical), verified".into(),
        backend: "manifest".into(),
        agent_version: "0".into(),
        image: image(),
        outcome: Outcome::Verified,
        files_verified: 12,
        bytes_verified: 3456,
        deleted: 2,
        restored: 1,
        policy: vec![],
        key_erased: false,
        started_at: Moment::from_ms(1),
        finished_at: Moment::from_ms(2),
        monotonic_ms: 1,
        seq: 1,
        previous: None,
    }
}
