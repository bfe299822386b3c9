//! Who makes up what the server is asked: everything a council does, in an order
//! thrown by dice, what makes sense and what is refused.

mod verbs;

use std::collections::BTreeMap;

use anyhow::Result;
use server::store::{Fresh, Reader, Store, Work};
use shared::{
    command::{
        Action, AnswerStillGotIt, CheckOut, ClearFlag, CloseDispute, Command, RecordReset,
        ReportBack, Return, StartReset, Undo,
    },
    digest::Digest,
    dispute::Decision,
    event::{Actor, Origin},
    ids::{CommandId, DisputeId, KioskId, LoanId, Nonce, OrderId, TabletId},
    kit::Condition,
    signed::Envelope,
    tablet::{Flag, Presence, Reset, ResetOrder, Tablet},
    time::Moment,
};

use super::{
    Act,
    council::{
        BORROWERS, KIOSKS, OPERATORS, STRANGER, VENUES, borrower_id, enrolment, key, opening,
        receipt, tablet_id,
    },
    desk::Desk,
};
use crate::dice::Dice;

const TABLETS_MAX: u8 = 6;
/// A full batch is rare, as it is in a library.
const BATCHES: [usize; 9] = [1, 1, 1, 1, 2, 3, 5, 12, 64];

/// What is done in a turn.
#[derive(Clone, Copy)]
enum Turn {
    Borrower,
    Code,
    Tag,
    Call,
    Heartbeat,
    Forgetting,
    Order,
    Key,
    Doubt,
    Commands,
}

/// What has its turns before anything has more: commands most often.
const TURNS: [Turn; 18] = [
    Turn::Borrower,
    Turn::Borrower,
    Turn::Borrower,
    Turn::Code,
    Turn::Tag,
    Turn::Call,
    Turn::Heartbeat,
    Turn::Heartbeat,
    Turn::Forgetting,
    Turn::Order,
    Turn::Key,
    Turn::Doubt,
    Turn::Commands,
    Turn::Commands,
    Turn::Commands,
    Turn::Commands,
    Turn::Commands,
    Turn::Commands,
];

/// The council, as far as it knows what it did.
pub struct World {
    now: Moment,
    /// What has its turn before everything begins anew.
    turns: Vec<Turn>,
    /// Each kiosk's series, and the next of its facts there.
    next_fact: BTreeMap<KioskId, (u32, u64)>,
    tablets: u8,
    /// One-time codes that nobody used yet.
    codes: Vec<Digest>,
    sent: Vec<Work>,
    desk: Desk,
}

impl World {
    /// One that has done nothing with this store yet.
    pub(super) fn beside(store: &Store) -> Result<Self> {
        // Later than anything in a database of an older format.
        let now: Moment = "2026-12-01T10:00:00Z".parse()?;
        let tablets = store.read().fleet(now)?.len();
        Ok(Self {
            now,
            turns: Vec::new(),
            next_fact: BTreeMap::new(),
            tablets: u8::try_from(tablets)?,
            codes: Vec::new(),
            sent: Vec::new(),
            desk: Desk::default(),
        })
    }

    pub(super) fn make_up(&mut self, read: &Reader, dice: &mut Dice) -> Result<Act> {
        self.now = self.now.plus_ms(60_000);
        if read.venues()?.is_empty() {
            return Ok(Act::Commit(self.opening(dice)));
        }
        if self.turns.is_empty() {
            self.turns.extend(TURNS);
        }
        let nth = dice.below(self.turns.len());
        Ok(match self.turns.swap_remove(nth) {
            Turn::Borrower => Self::a_borrower(dice),
            Turn::Code => self.a_code(dice),
            Turn::Tag => self.a_tag(dice),
            Turn::Call => self.a_call(dice)?,
            Turn::Heartbeat => self.a_heartbeat(dice)?,
            Turn::Forgetting => self.forgetting(),
            Turn::Order => self.an_order(read, dice)?,
            Turn::Key => self.a_key(dice),
            Turn::Doubt => self.a_doubt(read, dice)?,
            Turn::Commands => Act::Commit(self.batch(read, dice)?),
        })
    }

    fn opening(&mut self, dice: &mut Dice) -> Vec<Work> {
        let tablets = [self.enrol(), self.enrol()];
        let all = opening().chain(tablets);
        all.map(|action| self.work(Actor::Server, action, dice))
            .collect()
    }

    fn enrol(&mut self) -> Action {
        self.tablets = TABLETS_MAX.min(self.tablets + 1);
        Action::EnrolTablet(enrolment(self.tablets))
    }

    fn batch(&mut self, read: &Reader, dice: &mut Dice) -> Result<Vec<Work>> {
        for kiosk in KIOSKS {
            let series = read.kiosk_series(kiosk)?.series;
            let next = read.kiosk_facts_taken(kiosk)? + 1;
            self.next_fact.insert(kiosk, (series, next));
        }
        let length = *dice.of(&BATCHES);
        (0..length).map(|_| self.next_work(read, dice)).collect()
    }

    fn next_work(&mut self, read: &Reader, dice: &mut Dice) -> Result<Work> {
        self.now = self.now.plus_ms(1_000);
        if !self.sent.is_empty() && dice.one_in(6) {
            return Ok(self.sent_before(dice));
        }
        let number = dice.number(self.tablets);
        let tablet = read.tablet(tablet_id(number))?;
        let work = match tablet {
            None => self.an_enrolment(dice),
            Some(_) if dice.one_in(16) => self.an_enrolment(dice),
            Some(tablet) if dice.one_in(16) => self.nonsense(&tablet, dice),
            Some(tablet) => self.what_fits(read, &tablet, number, dice)?,
        };
        self.sent.push(work.clone());
        Ok(work)
    }

    /// What somebody would do about a tablet in this state.
    fn what_fits(
        &mut self,
        read: &Reader,
        tablet: &Tablet,
        number: u8,
        dice: &mut Dice,
    ) -> Result<Work> {
        let dispute = read.disputes_open()?.first().map(|row| row.dispute.id);
        let asked = tablet.last_return.map(|last| last.loan);
        let out_on = read.current_loan(tablet.id)?.map(|loan| loan.id);
        Ok(match (&tablet.reset, flag_set(tablet), dispute, asked) {
            _ if dice.one_in(4) => self.at_a_desk(tablet.id, out_on, dice),
            (Reset::Ordered(order), ..) if !dice.one_in(4) => {
                self.a_receipt(number, tablet, order, dice)
            }
            (_, Some(flag), ..) if dice.one_in(2) => self.a_cleared_flag(tablet.id, flag, dice),
            (_, _, Some(dispute), _) if dice.one_in(4) => self.a_decision(dispute, dice),
            (.., Some(loan)) if dice.one_in(4) => self.an_answer(tablet.id, loan, dice),
            _ => self.a_kiosks_fact(tablet.id, out_on, dice),
        })
    }

    fn at_a_desk(&mut self, tablet: TabletId, loan: Option<LoanId>, dice: &mut Dice) -> Work {
        let by_themselves = OPERATORS.map(Actor::Operator);
        let actor = match dice.below(5) {
            0 => Actor::Server,
            nth => by_themselves[nth % 2],
        };
        let action = match self.sent.last() {
            Some(last) if dice.one_in(6) => Action::Undo(Undo {
                command: last.command.id,
            }),
            Some(_) | None => self.desk.ask(tablet, loan, self.now.day(), dice),
        };
        self.work(actor, action, dice)
    }

    /// What is refused in any state, or nearly.
    fn nonsense(&self, tablet: &Tablet, dice: &mut Dice) -> Work {
        match dice.below(4) {
            0 => self.a_decision(DisputeId::from_bytes(dice.bytes()), dice),
            1 => self.an_answer(tablet.id, LoanId::from_bytes(dice.bytes()), dice),
            2 => self.a_cleared_flag(tablet.id, Flag::PartMissing, dice),
            _ => {
                let (tablet, receipt) = (tablet.id, b"{}".to_vec());
                let action = Action::RecordReset(RecordReset { tablet, receipt });
                self.tablets_own(tablet, action, dice)
            }
        }
    }

    /// The same once more, or something else under its id.
    fn sent_before(&self, dice: &mut Dice) -> Work {
        let mut again = dice.of(&self.sent).clone();
        again.now = self.now;
        if dice.one_in(3) {
            let tablet = tablet_id(1);
            again.command.action = Action::ReportBack(ReportBack { tablet });
        }
        again
    }

    fn an_enrolment(&mut self, dice: &mut Dice) -> Work {
        let action = self.enrol();
        let mut work = self.work(Actor::Operator(OPERATORS[0]), action, dice);
        work.code = self.codes.pop();
        work
    }

    fn a_decision(&self, dispute: DisputeId, dice: &mut Dice) -> Work {
        let all = [
            Decision::ReturnedThen,
            Decision::StillOut,
            Decision::WriteOff,
        ];
        let decision = *dice.of(&all);
        let action = Action::CloseDispute(CloseDispute { dispute, decision });
        self.work(Actor::Operator(OPERATORS[0]), action, dice)
    }

    fn a_cleared_flag(&self, tablet: TabletId, flag: Flag, dice: &mut Dice) -> Work {
        let action = Action::ClearFlag(ClearFlag { tablet, flag });
        self.work(Actor::Operator(OPERATORS[0]), action, dice)
    }

    fn an_answer(&self, tablet: TabletId, loan: LoanId, dice: &mut Dice) -> Work {
        let yes = dice.one_in(2);
        let action = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
        self.tablets_own(tablet, action, dice)
    }

    /// Signed by the tablet's proof key, or by another's.
    fn a_receipt(&self, number: u8, tablet: &Tablet, order: &ResetOrder, dice: &mut Dice) -> Work {
        let receipt = receipt(tablet, order, self.now, !dice.one_in(4));
        let forged = u8::from(dice.one_in(8));
        let receipt = Envelope::sign(&receipt, &key(number + forged)).to_json();
        let tablet = tablet.id;
        let action = Action::RecordReset(RecordReset { tablet, receipt });
        self.tablets_own(tablet, action, dice)
    }

    fn tablets_own(&self, tablet: TabletId, action: Action, dice: &mut Dice) -> Work {
        let mut work = self.work(Actor::Tablet(tablet), action, dice);
        work.command.origin = Origin::Tablet(tablet);
        work.command.venue = None;
        work
    }

    /// The next of a kiosk's facts, or one that comes too early. A kiosk may have been
    /// restored from an old copy, and then begins another series.
    fn a_kiosks_fact(&mut self, tablet: TabletId, loan: Option<LoanId>, dice: &mut Dice) -> Work {
        let kiosk = *dice.of(&KIOSKS);
        let actor = match dice.below(8) {
            0 => Actor::Operator(STRANGER),
            1 | 2 => Actor::SelfService(kiosk),
            _ => Actor::Operator(*dice.of(&OPERATORS)),
        };
        let action = at_the_counter(tablet, loan, dice);
        let mut work = self.work(actor, action, dice);
        let (series, next) = self.next_fact.entry(kiosk).or_insert((0, 1));
        if dice.one_in(24) {
            (*series, *next) = (*series + 1, 1);
        }
        work.command.origin = Origin::Kiosk(kiosk);
        work.command.series = *series;
        work.command.origin_seq = Some(*next);
        if dice.one_in(16) {
            work.command.origin_seq = Some(*next + 3);
        } else {
            *next += 1;
        }
        work
    }

    fn work(&self, actor: Actor, action: Action, dice: &mut Dice) -> Work {
        Work {
            command: Command {
                id: CommandId::from_bytes(dice.bytes()),
                origin: Origin::Server,
                origin_seq: None,
                actor,
                venue: Some(VENUES[0]),
                occurred_at: self.now,
                clock_sure: true,
                seen: 0,
                series: 0,
                action,
            },
            now: self.now,
            fresh: Fresh {
                order: OrderId::from_bytes(dice.bytes()),
                nonce: Nonce::from_bytes(dice.bytes()),
                dispute: DisputeId::from_bytes(dice.bytes()),
            },
            code: None,
        }
    }
}

/// Mostly what fits where the tablet is.
fn at_the_counter(id: TabletId, loan: Option<LoanId>, dice: &mut Dice) -> Action {
    let fits = !dice.one_in(8);
    match (dice.below(12), loan.is_some() == fits) {
        (0, _) => Action::ReportBack(ReportBack { tablet: id }),
        (1, _) => Action::StartReset(StartReset {
            tablet: id,
            code: None,
        }),
        (_, true) => Action::Return(Return {
            part_missing: dice.one_in(8),
            condition: *dice.of(&[Condition::Good, Condition::Good, Condition::Damaged]),
            ..Return::new(
                id,
                loan,
                *dice.of(&[Presence::InHand, Presence::StickerOnly]),
            )
        }),
        (_, false) => Action::CheckOut(CheckOut {
            done: dice.one_in(8),
            ..CheckOut::new(
                id,
                LoanId::from_bytes(dice.bytes()),
                borrower_id(dice.number(BORROWERS)),
            )
        }),
    }
}

fn flag_set(tablet: &Tablet) -> Option<Flag> {
    let flags = &tablet.flags;
    let part_missing = flags.part_missing.then_some(Flag::PartMissing);
    let damaged = flags.damaged.then_some(Flag::Damaged);
    part_missing
        .or(damaged)
        .or(flags.withheld.map(Flag::Withheld))
}
