//! What staff ask at their desks, and the server of itself: holds, boxes, trips,
//! counts, wipes by two. It is thrown by dice; much of it is refused.

use shared::{
    command::{
        Action, AgreeWipe, AskWipe, CallOffTrip, CallOffWipe, CancelHold, EndTransfer, ExpireHold,
        HandOn, PlaceHold, PlanTrip, Receive, Relocate, Renew, Send, SetFlag, SetKit, StartWipe,
        TakeStock, Whither,
    },
    ids::{HoldId, LoanId, StocktakeId, TabletId, TransferId, TripId, WipeId},
    kit::{Kit, KitPart},
    tablet::Flag,
    time::Day,
    trip::Errand,
};

use super::council::{BORROWERS, VENUES, borrower_id, venue};
use crate::dice::Dice;

/// What was begun at the desks.
#[derive(Default)]
pub(super) struct Desk {
    holds: Vec<HoldId>,
    boxes: Vec<TransferId>,
    trips: Vec<TripId>,
    wipes: Vec<WipeId>,
}

impl Desk {
    /// Something about this tablet, or about something that was begun before.
    pub(super) fn ask(
        &mut self,
        tablet: TabletId,
        loan: Option<LoanId>,
        today: Day,
        dice: &mut Dice,
    ) -> Action {
        match dice.below(5) {
            0 => self.a_hold(dice),
            1 => self.a_box(tablet, dice),
            2 => self.a_trip(loan, today, dice),
            3 => self.a_wipe(tablet, dice),
            _ => about(tablet, loan, dice),
        }
    }

    fn a_hold(&mut self, dice: &mut Dice) -> Action {
        let begun = begun(&self.holds, dice).copied();
        match (begun, dice.below(4)) {
            (Some(hold), 0) => Action::CancelHold(CancelHold { hold }),
            (Some(hold), 1) => Action::ExpireHold(ExpireHold { hold }),
            (Some(_) | None, _) => {
                let hold = HoldId::from_bytes(dice.bytes());
                self.holds.push(hold);
                Action::PlaceHold(PlaceHold {
                    hold,
                    borrower: borrower_id(dice.number(BORROWERS)),
                    venue: VENUES[0],
                    needs: Kit::new(),
                })
            }
        }
    }

    fn a_box(&mut self, tablet: TabletId, dice: &mut Dice) -> Action {
        let begun = begun(&self.boxes, dice).copied();
        match (begun, dice.below(4)) {
            (Some(_), 0 | 1) => Action::Receive(Receive { tablet }),
            (Some(transfer), 2) => {
                let short = dice.one_in(2);
                Action::EndTransfer(EndTransfer { transfer, short })
            }
            (Some(_) | None, _) => {
                let transfer = TransferId::from_bytes(dice.bytes());
                self.boxes.push(transfer);
                let (to, tablets) = (VENUES[1], vec![tablet]);
                Action::Send(Send {
                    transfer,
                    to,
                    tablets,
                })
            }
        }
    }

    fn a_trip(&mut self, loan: Option<LoanId>, on: Day, dice: &mut Dice) -> Action {
        let hold = begun(&self.holds, dice).copied();
        let deliver = hold.map(Errand::Deliver);
        let errand = loan.map(Errand::Collect).or(deliver);
        match (errand, begun(&self.trips, dice).copied()) {
            (_, Some(trip)) if dice.one_in(3) => Action::CallOffTrip(CallOffTrip { trip }),
            (Some(errand), _) => {
                let trip = TripId::from_bytes(dice.bytes());
                self.trips.push(trip);
                Action::PlanTrip(PlanTrip { trip, errand, on })
            }
            (None, _) => self.a_hold(dice),
        }
    }

    fn a_wipe(&mut self, tablet: TabletId, dice: &mut Dice) -> Action {
        let begun = begun(&self.wipes, dice).copied();
        match (begun, dice.below(12)) {
            (Some(wipe), 0..4) => Action::AgreeWipe(AgreeWipe { wipe }),
            (Some(wipe), 4 | 5) => Action::StartWipe(StartWipe { wipe }),
            (Some(wipe), 6) => Action::CallOffWipe(CallOffWipe { wipe }),
            (_, 7) => Action::StopWipes,
            (_, 8 | 9) => Action::AllowWipes,
            (Some(_) | None, _) => {
                let wipe = WipeId::from_bytes(dice.bytes());
                self.wipes.push(wipe);
                Action::AskWipe(AskWipe { wipe, tablet })
            }
        }
    }
}

/// One of those that were begun, if there is one.
fn begun<'a, T>(these: &'a [T], dice: &mut Dice) -> Option<&'a T> {
    (!these.is_empty()).then(|| dice.of(these))
}

fn about(tablet: TabletId, loan: Option<LoanId>, dice: &mut Dice) -> Action {
    match (dice.below(8), loan) {
        (0..3, Some(loan)) => Action::Renew(Renew { loan }),
        (3, Some(_)) => Action::HandOn(HandOn { tablet }),
        (0 | 1, None) => Action::TakeStock(TakeStock {
            stocktake: StocktakeId::from_bytes(dice.bytes()),
            seen: vec![tablet],
        }),
        (4, _) => Action::ChangeVenue(venue(1, "Demo Partner, moved")),
        (5, _) => Action::SetKit(SetKit {
            tablet,
            kit: Kit::from([*dice.of(&KitPart::ALL)]),
        }),
        (6, _) => {
            let all = [Whither::Missing, Whither::Lost];
            let whither = *dice.of(&all);
            Action::Relocate(Relocate { tablet, whither })
        }
        _ => {
            let flag = *dice.of(&[Flag::Damaged, Flag::PartMissing]);
            Action::SetFlag(SetFlag { tablet, flag })
        }
    }
}
