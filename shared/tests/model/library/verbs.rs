//! What people do in a story, in few words. A verb that is refused ends the test:
//! what may be refused is asked for with [`Library::by`].

use shared::{
    command::{
        Action, CheckOut, CloseDispute, EnrolAgent, EnrolTablet, PlaceHold, RecordReset, Return,
        StartReset,
    },
    decide::Decided,
    digest::Digest,
    dispute::Decision,
    event::{Actor, Event},
    hold::HoldState,
    ids::{BorrowerId, CommandId, HoldId, LoanId, OperatorId, TabletId, VenueId},
    keys::SecretKey,
    kit::Kit,
    loan::LoanState,
    signed::{
        Envelope,
        presence::PresenceCode,
        receipt::{FailedStep, Outcome, Receipt},
    },
    tablet::{Presence, Reset, StateWord, Tablet, TabletKeys},
    time::{Day, Moment},
    venue::VenueKind,
};

use super::{Asked, Library};
use crate::world::{OPERATOR, SELF_SERVICE, VENUE, fitting_receipt, proof_key};

pub const ELSEWHERE: VenueId = VenueId::from_bytes([0x21; 16]);
pub const PARTNER: VenueId = VenueId::from_bytes([0x22; 16]);
pub const ANN: BorrowerId = BorrowerId::from_bytes([0x31; 16]);
pub const BOB: BorrowerId = BorrowerId::from_bytes([0x32; 16]);
pub const CYD: BorrowerId = BorrowerId::from_bytes([0x33; 16]);
pub const COLLEAGUE: Actor = Actor::Operator(COLLEAGUE_ID);
pub const COLLEAGUE_ID: OperatorId = OperatorId::from_bytes([0x41; 16]);

/// The tablet of this number.
pub const fn tablet(number: u8) -> TabletId {
    TabletId::from_bytes([number; 16])
}

pub fn day(text: &str) -> Day {
    text.parse().expect("a test's own day")
}

pub fn at(text: &str) -> Moment {
    text.parse().expect("a test's own instant")
}

fn link_key() -> SecretKey {
    SecretKey::from_seed(&[8; 32])
}

impl Library {
    /// Two libraries and a partner, and so many tablets, ready at the first.
    pub fn with_tablets(count: u8) -> Self {
        let mut library = Self::new([
            (VENUE, VenueKind::Library),
            (ELSEWHERE, VenueKind::Library),
            (PARTNER, VenueKind::Partner),
        ]);
        for number in 1..=count {
            library.does(enrolment(number));
            library.is_proven(number);
        }
        library
    }

    /// Somebody asks for it at the first venue, and may be refused.
    pub fn by(&mut self, actor: Actor, action: Action) -> Decided {
        self.ask(&Asked::new(actor, VENUE, action))
    }

    /// An operator asks for it at this venue, and may be refused.
    pub fn at(&mut self, venue: VenueId, action: Action) -> Decided {
        self.ask(&Asked::new(OPERATOR, venue, action))
    }

    /// An operator does it at the first venue.
    pub fn does(&mut self, action: Action) -> Vec<Event> {
        self.does_at(VENUE, action)
    }

    pub fn does_at(&mut self, venue: VenueId, action: Action) -> Vec<Event> {
        let told = format!("{action:?}");
        let decided = self.at(venue, action);
        decided.unwrap_or_else(|refusal| panic!("{told}: {refusal:?}"))
    }

    /// Word comes of what an operator did at this time, at the first venue.
    pub fn hears(&mut self, occurred_at: Moment, action: Action) -> Decided {
        self.ask(&Asked {
            occurred_at: Some(occurred_at),
            ..Asked::new(OPERATOR, VENUE, action)
        })
    }

    /// As [`Self::hears`], but the kiosk's clock had not heard the server's.
    pub fn hears_unsure(&mut self, occurred_at: Moment, action: Action) -> Decided {
        self.ask(&Asked {
            occurred_at: Some(occurred_at),
            clock_sure: false,
            ..Asked::new(OPERATOR, VENUE, action)
        })
    }

    pub fn lend(&mut self, number: u8, borrower: BorrowerId) -> LoanId {
        let loan = LoanId::from_bytes(self.fresh());
        self.does(Action::CheckOut(CheckOut::new(
            tablet(number),
            loan,
            borrower,
        )));
        loan
    }

    /// "All here": an operator has it in hand.
    pub fn takes_back(&mut self, number: u8) -> Vec<Event> {
        let loan = self.current_loan(tablet(number)).map(|loan| loan.id);
        let back = Return::new(tablet(number), loan, Presence::InHand);
        self.does(Action::Return(back))
    }

    /// A borrower shows the sticker to the kiosk.
    pub fn comes_back(&mut self, number: u8) -> Vec<Event> {
        let loan = self.current_loan(tablet(number)).map(|loan| loan.id);
        let back = Return::new(tablet(number), loan, Presence::StickerOnly);
        let taken = self.by(SELF_SERVICE, Action::Return(back));
        taken.expect("a return is always taken")
    }

    pub fn starts_reset(&mut self, number: u8) {
        let (tablet, code) = (tablet(number), None);
        self.does(Action::StartReset(StartReset { tablet, code }));
    }

    /// The code that the tablet's screen shows at this time.
    pub fn shows(number: u8, when: Moment) -> PresenceCode {
        PresenceCode::sign(tablet(number), when, &link_key())
    }

    pub fn is_proven(&mut self, number: u8) -> Vec<Event> {
        self.sends_receipt(number, Outcome::Verified)
    }

    pub fn fails(&mut self, number: u8) -> Vec<Event> {
        let why = FailedStep::Wipe;
        self.sends_receipt(number, Outcome::Failed { why })
    }

    fn sends_receipt(&mut self, number: u8, outcome: Outcome) -> Vec<Event> {
        let mut receipt = self.receipt(number);
        receipt.outcome = outcome;
        let action = signed(tablet(number), &receipt);
        let taken = self.by(Actor::Tablet(tablet(number)), action);
        taken.expect("it fits the order")
    }

    /// A receipt that fits the order that is pending.
    pub fn receipt(&self, number: u8) -> Receipt {
        let it = self.it(number);
        let Reset::Ordered(pending) = it.reset else {
            panic!("no order waits for tablet {number}");
        };
        let mut receipt = fitting_receipt(pending.order, pending.nonce, it.epoch.0);
        receipt.tablet = it.id;
        receipt.serial.clone_from(&it.serial);
        receipt
    }

    /// Back, reset and proven.
    pub fn goes_round(&mut self, number: u8) {
        self.takes_back(number);
        self.is_proven(number);
    }

    pub fn waits(&mut self, borrower: BorrowerId) -> HoldId {
        self.waits_for(borrower, Kit::new())
    }

    pub fn waits_for(&mut self, borrower: BorrowerId, needs: Kit) -> HoldId {
        let hold = HoldId::from_bytes(self.fresh());
        let venue = VENUE;
        self.does(Action::PlaceHold(PlaceHold {
            hold,
            borrower,
            venue,
            needs,
        }));
        hold
    }

    pub fn decides(&mut self, decision: Decision) -> Vec<Event> {
        let dispute = self.open_dispute().expect("a dispute is open").id;
        self.does(Action::CloseDispute(CloseDispute { dispute, decision }))
    }

    pub fn undoes(&mut self, actor: Actor, command: CommandId) -> Decided {
        self.by(actor, Action::Undo(shared::command::Undo { command }))
    }
}

/// What is looked at.
impl Library {
    pub fn it(&self, number: u8) -> &Tablet {
        &self.tablets[&tablet(number)]
    }

    pub fn word(&self, number: u8) -> StateWord {
        self.it(number).word()
    }

    pub fn loan_state(&self, loan: LoanId) -> LoanState {
        self.loans[&loan].state
    }

    pub fn hold_state(&self, hold: HoldId) -> HoldState {
        self.hold(hold).expect("it was placed").state
    }

    /// The tablet that is kept for this hold.
    pub fn kept_for(&self, hold: HoldId) -> Option<TabletId> {
        match self.hold_state(hold) {
            HoldState::PutAside { tablet, .. } => Some(tablet),
            HoldState::Waiting | HoldState::Ended { .. } => None,
        }
    }
}

pub fn signed(tablet: TabletId, receipt: &Receipt) -> Action {
    let receipt = Envelope::sign(receipt, &proof_key()).to_json();
    Action::RecordReset(RecordReset { tablet, receipt })
}

pub fn enrolment(number: u8) -> Action {
    Action::EnrolTablet(EnrolTablet {
        tablet: tablet(number),
        number: format!("WGN-{number:03}").parse().expect("a number"),
        serial: format!("S-{number:03}"),
        model: "Model".into(),
        venue: VENUE,
        keys: Some(agent_keys()),
        tag: Digest::of(&[number]),
    })
}

/// An enrolment of a tablet on which no agent runs.
pub fn without_agent(number: u8) -> Action {
    match enrolment(number) {
        Action::EnrolTablet(it) => Action::EnrolTablet(EnrolTablet { keys: None, ..it }),
        other => panic!("{other:?}"),
    }
}

/// An agent comes to speak for the tablet, which is in hand at the first venue.
pub fn agent(number: u8) -> EnrolAgent {
    EnrolAgent {
        tablet: tablet(number),
        serial: format!("S-{number:03}"),
        venue: VENUE,
        keys: agent_keys(),
    }
}

pub fn agent_keys() -> TabletKeys {
    TabletKeys {
        link: link_key().public(),
        proof: proof_key().public(),
    }
}

pub fn orders_reset(events: &[Event]) -> bool {
    let ordered = |event: &Event| matches!(event, Event::ResetOrdered { .. });
    events.iter().any(ordered)
}
