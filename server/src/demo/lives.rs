//! The made-up lives of tablets: each is enrolled, reset and lent as real ones are,
//! and signs its own receipts with a key that is thrown away.

use shared::{
    command::{Action, AnswerStillGotIt, CheckOut, EnrolTablet, RecordReset, ReportBack, Return},
    digest::Digest,
    event::{Actor, Origin},
    ids::{BootId, CommandId, DisputeId, LoanId, Nonce, OrderId, TabletId},
    image::ImageId,
    keys::SecretKey,
    kit::Condition,
    signed::{
        Envelope,
        receipt::{FailedStep, Outcome, Owners, Receipt, Scope},
    },
    tablet::{Presence, ProofKind, TabletKeys},
    tag::{TabletNumber, Tag},
    time::Moment,
    wire::v1::agent::{AgentState, Heartbeat},
};

use super::{
    council::{Council, DAY_MS, Place},
    dice::Dice,
    plan::{Plan, Step},
};
use crate::store::Fresh;

const MINUTE_MS: i64 = 60_000;
/// The numbers before this one are for agents that really run.
const FIRST_NUMBER: u16 = 4;
const MODELS: [&str; 3] = ["Demo Tab 8", "Demo Tab 10", "Demo Tab 10 Plus"];

/// How far a tablet's life has come today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Out since so many days.
    OnLoan { days: i64 },
    /// Out, and somebody typed its number to say that it is back.
    SaidToBeBack,
    /// Came back by its sticker alone, and is used on.
    Contested,
    /// Never lent yet, or lent once and proven again.
    Ready { lent_before: bool },
    /// In the tray.
    Back,
    /// A reset is at work, after so many failed tries.
    Resetting { failed: u8 },
    /// Came back with something broken.
    Damaged,
    /// Came back without its charger.
    PartMissing,
    /// Its reset failed five times.
    GivenUp,
}

/// The lives of a fleet of this size, as on the page that the team sketched.
pub(super) fn lives(tablets: u16) -> Vec<Life> {
    let some = |of_97: u16| (u32::from(tablets) * u32::from(of_97)).div_ceil(97);
    let times = |life: Life, of_97: u16| {
        std::iter::repeat_n(life, usize::try_from(some(of_97)).unwrap_or(0))
    };
    // The rare ones first, so that a small fleet shows them too.
    let late = [9, 5, 3, 2].map(|late| Life::OnLoan { days: 21 + late });
    let rare = [
        Life::Damaged,
        Life::PartMissing,
        Life::GivenUp,
        Life::Contested,
        Life::SaidToBeBack,
        Life::Resetting { failed: 2 },
    ];
    let mut all: Vec<Life> = rare.into_iter().chain(late).collect();
    all.extend(times(Life::PartMissing, 1));
    all.extend(times(Life::Back, 7));
    all.extend(times(Life::Resetting { failed: 0 }, 4));
    all.extend(times(Life::Ready { lent_before: false }, 12));
    all.extend(times(Life::Ready { lent_before: true }, 22));
    let rest = usize::from(tablets).saturating_sub(all.len());
    all.extend((0..rest).map(|nth| Life::OnLoan {
        days: i64::try_from(nth % 20).unwrap_or(0),
    }));
    all.truncate(usize::from(tablets));
    all
}

/// What is kept beside the log.
type Heard = (TabletId, Heartbeat, Moment);

/// Makes up the lives of a fleet.
pub(super) struct Fleet<'a> {
    council: &'a Council,
    dice: &'a mut Dice,
    image: ImageId,
    now: Moment,
    tags: Vec<(TabletId, Tag)>,
    heard: Vec<Heard>,
}

impl<'a> Fleet<'a> {
    pub(super) fn new(
        council: &'a Council,
        dice: &'a mut Dice,
        image: Option<ImageId>,
        now: Moment,
    ) -> Self {
        Self {
            council,
            dice,
            // Without an image the first enrolment is refused and says so.
            image: image.unwrap_or(ImageId(Digest::of(b""))),
            now,
            tags: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// Lets so many tablets live until today.
    pub(super) fn live(&mut self, tablets: u16, plan: &mut Plan) {
        let mut lives = lives(tablets);
        // Mixed, so that the list of numbers is not a list of states.
        for at in (1..lives.len()).rev() {
            let high = i64::try_from(at + 1).unwrap_or(i64::MAX);
            let with = usize::try_from(self.dice.between(0, high)).unwrap_or(0);
            lives.swap(at, with);
        }
        for (nth, life) in (0..tablets).zip(lives) {
            let mut tablet = self.enrol(nth, plan);
            self.lead(&mut tablet, life, plan);
        }
    }

    /// The tags, and what was heard of each tablet.
    pub(super) fn aside(self) -> (Vec<(TabletId, Tag)>, Vec<Heard>) {
        (self.tags, self.heard)
    }

    fn enrol(&mut self, nth: u16, plan: &mut Plan) -> Made {
        let number: TabletNumber = format!("WGN-{:03}", FIRST_NUMBER + nth)
            .parse()
            .expect("the demo's own number");
        let at = self
            .now
            .plus_ms(-140 * DAY_MS + i64::from(nth) * 10 * MINUTE_MS);
        let made = Made {
            id: TabletId::from_bytes(self.dice.bytes()),
            borrower: nth + 1,
            place: usize::from(nth) % self.council.venues.len(),
            serial: format!("DEMO-{nth:05}"),
            model: MODELS[usize::from(nth) % MODELS.len()],
            proof: SecretKey::from_seed(&self.dice.bytes()),
            epoch: 1,
            order: None,
            receipts: 0,
        };
        let tag = Tag::new(number, self.dice.bytes());
        let link = SecretKey::from_seed(&self.dice.bytes()).public();
        let enrolment = Action::EnrolTablet(EnrolTablet {
            tablet: made.id,
            number,
            serial: made.serial.clone(),
            model: made.model.to_owned(),
            venue: self.place(&made).venue.id,
            keys: Some(TabletKeys {
                link,
                proof: made.proof.public(),
            }),
            tag: tag.digest(),
        });
        self.tags.push((made.id, tag));
        let mut made = made;
        let fresh = self.by_server(at, enrolment, plan);
        made.order = Some(fresh);
        self.prove(&mut made, at.plus_ms(40 * MINUTE_MS), plan);
        made
    }

    fn lead(&mut self, made: &mut Made, life: Life, plan: &mut Plan) {
        let minutes = self.dice.between(3, 170);
        let today = self.now.plus_ms(-minutes * MINUTE_MS);
        match life {
            Life::OnLoan { days } => self.on_loan(made, days, plan),
            Life::SaidToBeBack => self.said_to_be_back(made, today, plan),
            Life::Contested => self.contested(made, today, plan),
            Life::Ready { lent_before } => self.ready(made, lent_before, plan),
            Life::Back => self.back(made, today, plan),
            Life::Resetting { failed } => self.resetting(made, failed, plan),
            Life::Damaged => self.flagged(made, today, (false, true), plan),
            Life::PartMissing => self.flagged(made, today, (true, false), plan),
            Life::GivenUp => self.given_up(made, today, plan),
        }
    }

    fn on_loan(&mut self, made: &mut Made, days: i64, plan: &mut Plan) {
        let hours = self.dice.between(1, 7);
        let at = self.now.plus_ms(-days * DAY_MS - hours * 60 * MINUTE_MS);
        self.check_out(made, at, plan);
        // Two are out and silent for more than a week.
        let silent = days == 30 || days == 23;
        let ago = if silent {
            9 * 1440
        } else {
            self.dice.between(2, 1700)
        };
        self.hear(made, AgentState::OnLoan, ago.min(days * 1440 + 30));
    }

    fn said_to_be_back(&mut self, made: &mut Made, today: Moment, plan: &mut Plan) {
        self.check_out(made, self.now.plus_ms(-12 * DAY_MS), plan);
        let report = Action::ReportBack(ReportBack { tablet: made.id });
        self.at_kiosk(made, today, None, report, plan);
        self.hear(made, AgentState::OnLoan, 55);
    }

    fn contested(&mut self, made: &mut Made, today: Moment, plan: &mut Plan) {
        let out = self.now.plus_ms(-9 * DAY_MS);
        let loan = self.check_out(made, out, plan);
        self.take_back(
            made,
            loan,
            self.now.plus_ms(-DAY_MS),
            None,
            (false, false),
            plan,
        );
        let (tablet, yes) = (made.id, true);
        let answer = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
        self.by_tablet(made, today, answer, plan);
        self.hear(made, AgentState::OnLoan, 12);
    }

    fn ready(&mut self, made: &mut Made, lent_before: bool, plan: &mut Plan) {
        if lent_before {
            let days = self.dice.between(2, 25);
            let back = self.now.plus_ms(-days * DAY_MS);
            let loan = self.check_out(made, back.plus_ms(-19 * DAY_MS), plan);
            self.take_back_in_hand(made, loan, back, (false, false), plan);
            let minutes = self.dice.between(21, 55);
            self.prove(made, back.plus_ms(minutes * MINUTE_MS), plan);
        }
        let ago = self.dice.between(1, 50);
        self.hear(made, AgentState::Ready, ago);
    }

    fn back(&mut self, made: &mut Made, today: Moment, plan: &mut Plan) {
        let loan = self.check_out(made, self.now.plus_ms(-14 * DAY_MS), plan);
        self.take_back(made, loan, today, None, (false, false), plan);
        self.hear(made, AgentState::OnLoan, 200);
    }

    fn resetting(&mut self, made: &mut Made, failed: u8, plan: &mut Plan) {
        let minutes = self.dice.between(25, 45);
        let back = self.now.plus_ms(-minutes * MINUTE_MS);
        let loan = self.check_out(made, self.now.plus_ms(-17 * DAY_MS), plan);
        self.take_back_in_hand(made, loan, back, (false, false), plan);
        for nth in 1..=i64::from(failed) {
            self.fail(made, back.plus_ms(nth * 9 * MINUTE_MS), plan);
        }
        self.hear(made, AgentState::Resetting, 1);
    }

    fn flagged(&mut self, made: &mut Made, today: Moment, flags: (bool, bool), plan: &mut Plan) {
        let back = today.plus_ms(-DAY_MS);
        let loan = self.check_out(made, self.now.plus_ms(-20 * DAY_MS), plan);
        self.take_back_in_hand(made, loan, back, flags, plan);
        self.prove(made, back.plus_ms(33 * MINUTE_MS), plan);
        self.hear(made, AgentState::Ready, 8);
    }

    fn given_up(&mut self, made: &mut Made, today: Moment, plan: &mut Plan) {
        let back = today.plus_ms(-DAY_MS);
        let loan = self.check_out(made, self.now.plus_ms(-18 * DAY_MS), plan);
        self.take_back_in_hand(made, loan, back, (false, false), plan);
        for nth in 1..=5 {
            self.fail(made, back.plus_ms(nth * 20 * MINUTE_MS), plan);
        }
        self.hear(made, AgentState::Failed, 4);
    }

    fn check_out(&mut self, made: &mut Made, at: Moment, plan: &mut Plan) -> LoanId {
        let loan = LoanId::from_bytes(self.dice.bytes());
        let borrower = self.council.borrower(made.borrower);
        let tablet = made.id;
        let action = Action::CheckOut(CheckOut::new(tablet, loan, borrower));
        self.by_librarian(made, at, action, plan);
        made.epoch += 1;
        loan
    }

    fn take_back_in_hand(
        &mut self,
        made: &mut Made,
        loan: LoanId,
        at: Moment,
        flags: (bool, bool),
        plan: &mut Plan,
    ) {
        let by = Some(self.council.librarian);
        let fresh = self.take_back(made, loan, at, by, flags, plan);
        made.order = Some(fresh);
    }

    fn take_back(
        &mut self,
        made: &Made,
        loan: LoanId,
        at: Moment,
        by: Option<shared::ids::OperatorId>,
        (part_missing, damaged): (bool, bool),
        plan: &mut Plan,
    ) -> Fresh {
        let presence = by.map_or(Presence::StickerOnly, |_| Presence::InHand);
        let mut back = Return::new(made.id, Some(loan), presence);
        back.part_missing = part_missing;
        if damaged {
            back.condition = Condition::Damaged;
        }
        let action = Action::Return(back);
        self.at_kiosk(made, at, by, action, plan)
    }

    fn prove(&mut self, made: &mut Made, at: Moment, plan: &mut Plan) {
        self.hand_in(made, at, Outcome::Verified, plan);
        made.order = None;
    }

    fn fail(&mut self, made: &mut Made, at: Moment, plan: &mut Plan) {
        let why = FailedStep::Wipe;
        let fresh = self.hand_in(made, at, Outcome::Failed { why }, plan);
        made.order = Some(fresh);
    }

    fn hand_in(&mut self, made: &mut Made, at: Moment, outcome: Outcome, plan: &mut Plan) -> Fresh {
        made.receipts += 1;
        let receipt = made.receipt(at, outcome, self.image);
        let receipt = Envelope::sign(&receipt, &made.proof).to_json();
        let tablet = made.id;
        let action = Action::RecordReset(RecordReset { tablet, receipt });
        self.by_tablet(made, at, action, plan)
    }

    fn by_librarian(&mut self, made: &Made, at: Moment, action: Action, plan: &mut Plan) -> Fresh {
        let by = Some(self.council.librarian);
        self.at_kiosk(made, at, by, action, plan)
    }

    fn at_kiosk(
        &mut self,
        made: &Made,
        at: Moment,
        by: Option<shared::ids::OperatorId>,
        action: Action,
        plan: &mut Plan,
    ) -> Fresh {
        let place = self.place(made);
        let (kiosk, venue) = (place.kiosk, place.venue.id);
        let actor = by.map_or(Actor::SelfService(kiosk), Actor::Operator);
        self.step(at, Origin::Kiosk(kiosk), actor, Some(venue), action, plan)
    }

    fn by_tablet(&mut self, made: &Made, at: Moment, action: Action, plan: &mut Plan) -> Fresh {
        let (origin, actor) = (Origin::Tablet(made.id), Actor::Tablet(made.id));
        self.step(at, origin, actor, None, action, plan)
    }

    fn by_server(&mut self, at: Moment, action: Action, plan: &mut Plan) -> Fresh {
        self.step(at, Origin::Server, Actor::Server, None, action, plan)
    }

    fn step(
        &mut self,
        at: Moment,
        origin: Origin,
        actor: Actor,
        venue: Option<shared::ids::VenueId>,
        action: Action,
        plan: &mut Plan,
    ) -> Fresh {
        let fresh = Fresh {
            order: OrderId::from_bytes(self.dice.bytes()),
            nonce: Nonce::from_bytes(self.dice.bytes()),
            dispute: DisputeId::from_bytes(self.dice.bytes()),
        };
        let id = CommandId::from_bytes(self.dice.bytes());
        plan.add(Step {
            at,
            id,
            origin,
            actor,
            venue,
            fresh,
            action,
        });
        fresh
    }

    fn hear(&mut self, made: &Made, state: AgentState, minutes_ago: i64) {
        let battery = u8::try_from(self.dice.between(31, 101)).ok();
        let used_ms = u64::try_from(self.dice.between(1, 300) * MINUTE_MS).ok();
        let heartbeat = Heartbeat {
            seq: 1,
            boot: BootId::from_bytes(self.dice.bytes()),
            state,
            epoch: made.epoch,
            order_counter: made.receipts,
            battery_percent: battery,
            charging: Some(state != AgentState::OnLoan),
            storage_free_bytes: Some(21 << 30),
            modem: None,
            image: Some(self.image),
            staged: Some(self.image),
            last_used_ms_ago: used_ms,
            answer: None,
            believes: None,
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let at = self.now.plus_ms(-minutes_ago * MINUTE_MS);
        self.heard.push((made.id, heartbeat, at));
    }

    fn place(&self, made: &Made) -> &Place {
        &self.council.venues[made.place]
    }
}

/// A tablet while its life is made up.
struct Made {
    id: TabletId,
    /// Who borrows it: one tablet a person.
    borrower: u16,
    place: usize,
    serial: String,
    model: &'static str,
    proof: SecretKey,
    epoch: u32,
    order: Option<Fresh>,
    receipts: u64,
}

impl Made {
    fn receipt(&self, at: Moment, outcome: Outcome, image: ImageId) -> Receipt {
        let order = self.order.expect("a receipt answers an order");
        Receipt {
            order: order.order,
            nonce: order.nonce,
            epoch: self.epoch,
            tablet: self.id,
            serial: self.serial.clone(),
            model: self.model.to_owned(),
            kind: ProofKind::TabletProven,
            scope: Scope::Directory,
            owners: Owners::Mapped,
            technique: "clear".to_owned(),
            backend: "made-up".to_owned(),
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            image,
            outcome,
            files_verified: 0,
            bytes_verified: 0,
            deleted: 0,
            restored: 0,
            policy: Vec::new(),
            key_erased: false,
            started_at: at.plus_ms(-8 * MINUTE_MS),
            finished_at: at,
            monotonic_ms: 480_000,
            seq: self.receipts,
            previous: None,
            voucher: None,
            new_keys: None,
        }
    }
}
