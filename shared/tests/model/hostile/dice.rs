//! Commands made of throws of dice: ids of what is there, of what is not, and of what
//! is something else's; times around the moment and far from it.

use std::collections::BTreeSet;

use shared::{
    command::{
        Action, AgreeWipe, AnswerStillGotIt, AppointOperator, AskWipe, CallOffTrip, CallOffWipe,
        CancelHold, CatchUp, CheckOut, ClearFlag, CloseDispute, EndTransfer, EndTry, EnrolAgent,
        EnrolKiosk, ExpireHold, HandOn, PlaceHold, PlanTrip, Receive, RecordReset, ReleaseImage,
        Relocate, Renew, RenewKeys, ReportBack, Return, Send, ServeQueue, SetFlag, SetKit,
        StartReset, StartWipe, TakeStock, Undo, Whither,
    },
    digest::Digest,
    dispute::Decision,
    event::Actor,
    ids::{
        CommandId, DisputeId, HoldId, KioskId, LoanId, OperatorId, StocktakeId, TabletId,
        TransferId, TripId, VenueId, WipeId,
    },
    image::ImageId,
    keys::SecretKey,
    kit::{Condition, Kit, KitPart},
    signed::receipt::{FailedStep, Outcome},
    tablet::{Epoch, Flag, OverrideReason, Presence, Reset, WithheldReason},
    time::{Day, Moment},
    trip::Errand,
    venue::{Calendar, VenueKind},
};

use super::{MOMENTS, VENUES};
use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, BOB, COLLEAGUE, CYD, agent, enrolment, signed, tablet, without_agent},
    },
    world::{OPERATOR, SELF_SERVICE},
};

const DAY_MS: i64 = 86_400_000;

/// The throws of one command, used up one by one; then they are all naughts.
pub struct Dice<'a> {
    left: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    pub fn new(throws: &'a [u8]) -> Self {
        Self {
            left: throws.iter(),
        }
    }

    fn throw(&mut self) -> u8 {
        self.left.next().copied().unwrap_or(0)
    }

    fn below(&mut self, sides: usize) -> usize {
        usize::from(self.throw()) % sides
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn says(&mut self) -> bool {
        self.one_of(&[true, false])
    }

    fn maybe<T>(&mut self, it: T) -> Option<T> {
        self.says().then_some(it)
    }

    /// One of these, or something that is none of them.
    fn id<T: Copy>(&mut self, of: impl IntoIterator<Item = T>, none: fn([u8; 16]) -> T) -> T {
        let mut all: Vec<T> = of.into_iter().collect();
        let throw = self.throw();
        all.push(none([throw; 16]));
        self.one_of(&all)
    }

    /// How long passes before it: nothing, minutes, a day, weeks.
    pub fn passing_ms(&mut self) -> i64 {
        self.one_of(&[
            0,
            0,
            0,
            60_000,
            11 * 60_000,
            DAY_MS,
            9 * DAY_MS,
            20 * DAY_MS,
        ])
    }

    pub fn asked(&mut self, library: &Library) -> Asked {
        let venue = self.one_of(&VENUES).0;
        Asked {
            actor: self.actor(),
            venue,
            occurred_at: self.occurred_at(library),
            clock_sure: self.below(4) > 0,
            from_old_copy: self.below(8) == 0,
            action: self.action(library),
        }
    }

    fn actor(&mut self) -> Actor {
        match self.below(10) {
            0..=4 => OPERATOR,
            5 | 6 => COLLEAGUE,
            7 => SELF_SERVICE,
            8 => Actor::Server,
            _ => Actor::Tablet(tablet(1)),
        }
    }

    fn occurred_at(&mut self, library: &Library) -> Option<Moment> {
        match self.below(6) {
            0..=3 => None,
            4 => Some(self.moment()),
            _ => {
                let since = library.tablets.values().map(|it| it.custody_since);
                let moved_at = since.max().unwrap_or(library.now);
                Some(moved_at.plus_ms(self.one_of(&[-2000, -1, 0, 1])))
            }
        }
    }

    fn moment(&mut self) -> Moment {
        self.one_of(&MOMENTS).parse().expect("an instant")
    }

    fn day(&mut self, library: &Library) -> Day {
        let today = library.now.day();
        match self.below(4) {
            0 => today.plus_days(u16::from(self.throw())),
            1 => today.minus_days(u16::from(self.throw())),
            2 => today.plus_days(20 + u16::from(self.throw() % 4)),
            _ => self.moment().day(),
        }
    }

    fn tablet(&mut self, library: &Library) -> TabletId {
        self.id(library.tablets.keys().copied(), TabletId::from_bytes)
    }

    fn tablets(&mut self, library: &Library) -> Vec<TabletId> {
        (0..self.below(4)).map(|_| self.tablet(library)).collect()
    }

    fn loan(&mut self, library: &Library) -> LoanId {
        self.id(library.loans.keys().copied(), LoanId::from_bytes)
    }

    fn hold(&mut self, library: &Library) -> HoldId {
        let holds = library.holds.iter().map(|hold| hold.id);
        self.id(holds, HoldId::from_bytes)
    }

    fn wipe(&mut self, library: &Library) -> WipeId {
        self.id(library.wipes.keys().copied(), WipeId::from_bytes)
    }

    fn trip(&mut self, library: &Library) -> TripId {
        self.id(library.trips.keys().copied(), TripId::from_bytes)
    }

    fn venue(&mut self) -> VenueId {
        self.id(VENUES.map(|(id, _)| id), VenueId::from_bytes)
    }

    fn parts(&mut self) -> Kit {
        let parts = (0..self.below(3)).map(|_| self.one_of(&KitPart::ALL));
        parts.collect()
    }

    fn flag(&mut self) -> Flag {
        self.one_of(&[
            Flag::PartMissing,
            Flag::Damaged,
            Flag::Withheld(WithheldReason::ByStaff),
            Flag::Withheld(WithheldReason::ResetFailed),
        ])
    }

    /// Each command is as likely as any, but for those that tablets live by.
    fn action(&mut self, library: &Library) -> Action {
        match self.below(48) {
            0..=3 => self.check_out(library),
            4..=6 => self.returns(library),
            7..=9 => self.receipt(library),
            10 | 11 => self.place_hold(library),
            12 | 13 => Action::StartReset(StartReset {
                tablet: self.tablet(library),
                code: self.code(library),
            }),
            14 => Action::ChangeVenue(self.venue_changed(library)),
            15 => Action::OpenVenue(self.venue_changed(library)),
            16 => Action::AppointOperator(AppointOperator {
                operator: OperatorId::from_bytes([self.throw(); 16]),
                name: "Demo".into(),
                venues: vec![self.venue(), self.venue()],
                badge: Digest::of(b"badge"),
            }),
            17 => Action::EnrolKiosk(EnrolKiosk {
                kiosk: KioskId::from_bytes([self.throw(); 16]),
                venue: self.venue(),
                key: SecretKey::from_seed(&[9; 32]).public(),
            }),
            18 => Action::ReleaseImage(ReleaseImage {
                image: ImageId(Digest::of(&[self.throw()])),
                release: "2026.1".into(),
                withdraw_on: Some(self.day(library)),
            }),
            19 => self.enrolment(),
            20..=27 => self.of_a_tablet(library),
            28..=35 => self.of_custody(library),
            36..=38 => self.undo(library),
            _ => self.of_disputes_and_wipes(library),
        }
    }

    fn enrolment(&mut self) -> Action {
        let number = self.throw();
        if self.says() {
            enrolment(number)
        } else {
            without_agent(number)
        }
    }

    fn check_out(&mut self, library: &Library) -> Action {
        let fresh = LoanId::from_bytes(library.next_id());
        let loan = if self.below(8) == 0 {
            self.loan(library)
        } else {
            fresh
        };
        let borrower = self.one_of(&[ANN, BOB, CYD]);
        let day = self.day(library);
        let reason = self.one_of(&[OverrideReason::Urgent, OverrideReason::HolderAgreed]);
        Action::CheckOut(CheckOut {
            tablet: self.tablet(library),
            loan,
            borrower: (self.below(8) > 0).then_some(borrower),
            done: self.says(),
            told_due_on: self.maybe(day),
            overriding: (self.below(4) == 0).then_some(reason),
        })
    }

    fn returns(&mut self, library: &Library) -> Action {
        let tablet = self.tablet(library);
        let current = library.current_loan(tablet).map(|loan| loan.id);
        let any = self.loan(library);
        let named = self.one_of(&[None, current, current, Some(any)]);
        Action::Return(Return {
            code: self.code(library),
            part_missing: self.below(8) == 0,
            missing_parts: self.parts(),
            condition: self.one_of(&[Condition::Good, Condition::Worn, Condition::Damaged]),
            ..Return::new(tablet, named, self.presence())
        })
    }

    fn presence(&mut self) -> Presence {
        self.one_of(&[Presence::InHand, Presence::StickerOnly, Presence::CodeShown])
    }

    fn code(&mut self, library: &Library) -> Option<shared::signed::presence::PresenceCode> {
        let number = self.one_of(&[1, 2, 3]);
        let shown_at = library.now.plus_ms(self.one_of(&[0, 0, -90_000, 90_000]));
        (self.below(3) == 0).then(|| Library::shows(number, shown_at))
    }

    /// A receipt that fits an order, or bytes that are none.
    fn receipt(&mut self, library: &Library) -> Action {
        let pending = |number: &u8| {
            let it = library.tablets.get(&tablet(*number));
            it.is_some_and(|it| matches!(it.reset, Reset::Ordered(_)))
        };
        let Some(number) = (1..=3).find(pending).filter(|_| self.below(8) > 0) else {
            return Action::RecordReset(RecordReset {
                tablet: self.tablet(library),
                receipt: vec![self.throw(), self.throw()],
            });
        };
        let mut receipt = library.receipt(number);
        if self.below(4) == 0 {
            let why = FailedStep::Verify;
            receipt.outcome = Outcome::Failed { why };
        }
        signed(tablet(number), &receipt)
    }

    fn place_hold(&mut self, library: &Library) -> Action {
        let fresh = HoldId::from_bytes(library.next_id());
        let old = self.hold(library);
        Action::PlaceHold(PlaceHold {
            hold: self.one_of(&[fresh, fresh, fresh, old]),
            borrower: self.one_of(&[ANN, BOB, CYD]),
            venue: self.venue(),
            needs: self.parts(),
        })
    }

    fn venue_changed(&mut self, library: &Library) -> shared::venue::Venue {
        let (id, kind) = self.one_of(&VENUES);
        let other = self.venue();
        let day = self.day(library);
        let calendar = Calendar {
            closed_weekdays: (0..self.below(8))
                .map(|it| u8::try_from(it).expect("few"))
                .collect(),
            closures: BTreeSet::from([day, day.plus_days(1)]),
            ..library.calendar(id)
        };
        let kinds = [kind, VenueKind::Partner];
        super::venue(self.one_of(&[id, other]), self.one_of(&kinds), calendar)
    }

    fn of_a_tablet(&mut self, library: &Library) -> Action {
        let tablet = self.tablet(library);
        match self.below(10) {
            9 => self.agent(library, tablet),
            8 => Action::RenewKeys(RenewKeys { tablet }),
            0 => Action::SetKit(SetKit {
                tablet,
                kit: self.parts(),
            }),
            1 => Action::HandOn(HandOn { tablet }),
            2 => Action::ReportBack(ReportBack { tablet }),
            3 => Action::SetFlag(SetFlag {
                tablet,
                flag: self.flag(),
            }),
            4 | 5 => Action::ClearFlag(ClearFlag {
                tablet,
                flag: self.flag(),
            }),
            _ => Action::Renew(Renew {
                loan: self.loan(library),
            }),
        }
    }

    /// An agent that runs on it, or on another.
    fn agent(&mut self, library: &Library, tablet: TabletId) -> Action {
        let venue = self.venue();
        let other = agent(self.throw());
        let serial = library.tablets.get(&tablet).map(|it| it.serial.clone());
        let serial = serial
            .filter(|_| self.below(4) > 0)
            .unwrap_or(other.serial.clone());
        Action::EnrolAgent(EnrolAgent {
            tablet,
            serial,
            venue,
            ..other
        })
    }

    fn undo(&mut self, library: &Library) -> Action {
        let other = CommandId::from_bytes([self.throw(); 16]);
        let last = library.last_command();
        Action::Undo(Undo {
            command: self.one_of(&[last, last, last, other]),
        })
    }

    fn of_custody(&mut self, library: &Library) -> Action {
        let tablet = self.tablet(library);
        match self.below(9) {
            0 | 1 => Action::Send(Send {
                transfer: self.transfer(library),
                to: self.venue(),
                tablets: self.tablets(library),
            }),
            2 | 3 => Action::Receive(Receive { tablet }),
            4 => Action::EndTransfer(EndTransfer {
                transfer: self.transfer(library),
                short: self.says(),
            }),
            5 => Action::Relocate(Relocate {
                tablet,
                whither: self.one_of(&[
                    Whither::Missing,
                    Whither::Missing,
                    Whither::Lost,
                    Whither::Lost,
                    Whither::Withdrawn,
                    Whither::Gifted,
                ]),
            }),
            6 => Action::TakeStock(TakeStock {
                stocktake: StocktakeId::from_bytes([self.throw(); 16]),
                seen: self.tablets(library),
            }),
            7 => self.plan_trip(library),
            _ => Action::CallOffTrip(CallOffTrip {
                trip: self.trip(library),
            }),
        }
    }

    fn transfer(&mut self, library: &Library) -> TransferId {
        self.id(library.transfers.keys().copied(), TransferId::from_bytes)
    }

    fn plan_trip(&mut self, library: &Library) -> Action {
        let deliver = Errand::Deliver(self.hold(library));
        let collect = Errand::Collect(self.loan(library));
        Action::PlanTrip(PlanTrip {
            trip: self.trip(library),
            errand: self.one_of(&[deliver, collect]),
            on: self.day(library),
        })
    }

    fn of_disputes_and_wipes(&mut self, library: &Library) -> Action {
        match self.below(17) {
            0..=2 => Action::CloseDispute(CloseDispute {
                dispute: self.id(library.disputes.keys().copied(), DisputeId::from_bytes),
                decision: self.one_of(&[
                    Decision::ReturnedThen,
                    Decision::StillOut,
                    Decision::EnteredInError,
                    Decision::WriteOff,
                ]),
            }),
            3 => self.answer(library),
            4 => self.ahead(library),
            5 => Action::CancelHold(CancelHold {
                hold: self.hold(library),
            }),
            6 => Action::ExpireHold(ExpireHold {
                hold: self.hold(library),
            }),
            7 => Action::ServeQueue(ServeQueue {
                venue: self.venue(),
            }),
            8 | 9 => Action::AskWipe(AskWipe {
                wipe: self.wipe(library),
                tablet: self.tablet(library),
            }),
            10..=12 => Action::AgreeWipe(AgreeWipe {
                wipe: self.wipe(library),
            }),
            13 | 14 => Action::StartWipe(StartWipe {
                wipe: self.wipe(library),
            }),
            15 => self.end_try(library),
            _ => self.stopping(library),
        }
    }

    fn answer(&mut self, library: &Library) -> Action {
        let tablet = self.tablet(library);
        let last = library.tablets.get(&tablet).and_then(|it| it.last_return);
        Action::AnswerStillGotIt(AnswerStillGotIt {
            tablet,
            loan: last.map_or_else(|| self.loan(library), |last| last.loan),
            yes: self.says(),
        })
    }

    fn ahead(&mut self, library: &Library) -> Action {
        let tablet = self.tablet(library);
        let known = library.tablets.get(&tablet);
        let epoch = known.map_or(0, |it| it.epoch.0);
        let counter = known.map_or(0, |it| it.order_counter);
        Action::CatchUp(CatchUp {
            tablet,
            epoch: Epoch(self.one_of(&[0, epoch, epoch.saturating_add(1), u32::MAX])),
            counter: self.one_of(&[0, counter, counter.saturating_add(1), u64::MAX]),
        })
    }

    fn end_try(&mut self, library: &Library) -> Action {
        let tablet = self.tablet(library);
        let known = library.tablets.get(&tablet);
        let counter = known.map_or(0, |it| it.order_counter);
        Action::EndTry(EndTry {
            tablet,
            counter: self.one_of(&[0, counter, counter, counter.saturating_add(1)]),
        })
    }

    fn stopping(&mut self, library: &Library) -> Action {
        match self.below(8) {
            0 => Action::StopWipes,
            1..=5 => Action::AllowWipes,
            _ => Action::CallOffWipe(CallOffWipe {
                wipe: self.wipe(library),
            }),
        }
    }
}
