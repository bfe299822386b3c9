//! Each act, as it is asked for in a state.

use std::sync::LazyLock;

use shared::{
    command::{
        Action, AgreeWipe, AnswerStillGotIt, AskWipe, CallOffWipe, CancelHold, CheckOut, ClearFlag,
        CloseDispute, EndTransfer, EndTry, ExpireHold, HandOn, PlaceHold, Receive, RecordReset,
        Relocate, Renew, ReportBack, Return, Send, ServeQueue, SetFlag, StartReset, StartWipe,
        TakeStock, Undo,
    },
    dispute::Dispute,
    event::Actor,
    ids::{DisputeId, HoldId, LoanId, Nonce, OrderId, StocktakeId, TransferId, VenueId, WipeId},
    kit::{Condition, Kit},
    signed::{
        Envelope,
        receipt::{FailedStep, Outcome},
    },
    tablet::{Custody, Flag, OverrideReason, Presence, ProofKind, Reset, WithheldReason},
    time::Moment,
};

use super::acts::{Act, Borrower, Counter, DECISIONS, How, Names, When};
use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, COLLEAGUE, PARTNER, agent, signed, tablet},
    },
    proofs::{confirmed, server_key, takes},
    world::{OPERATOR, SELF_SERVICE, VENUE, fitting_receipt},
};

const DAY_MS: i64 = 86_400_000;

/// A library with one tablet, its first reset ordered, where a person's word is taken,
/// too. Any open loan may be renewed, so that a shape need not know the day.
pub fn library(enrolment: Action) -> Library {
    let mut library = Library::with_tablets(0);
    library.policy = takes(&[ProofKind::TabletProven, ProofKind::PersonConfirmed]);
    library.policy.renew_within_days = 365;
    library.policy.renewals_max = u8::MAX;
    library.does(enrolment);
    library
}

/// How long passes before the act.
pub fn wait_ms(act: Act) -> i64 {
    if act == Act::ExpireHold {
        30 * DAY_MS
    } else if act == Act::StartWipe {
        10 * 60 * 1000
    } else {
        0
    }
}

/// The act as it is asked for; none where there is nothing that it could be about.
#[expect(clippy::too_many_lines, reason = "one arm an act")]
pub fn asked(library: &Library, act: Act) -> Option<Asked> {
    let fresh = library.next_id();
    let here = |action| Some(Asked::new(OPERATOR, VENUE, action));
    let id = tablet(1);
    match act {
        Act::CheckOut(who) => here(Action::CheckOut(check_out(who, fresh))),
        Act::Override(who) => {
            let overriding = Some(OverrideReason::Urgent);
            let lent = check_out(who, fresh);
            here(Action::CheckOut(CheckOut { overriding, ..lent }))
        }
        Act::Done(who, when) => Some(at_time(library, done(who, fresh), OPERATOR, VENUE, when)),
        Act::DoneByOldCopy(when) => Some(Asked {
            from_old_copy: true,
            ..at_time(library, done(Borrower::Bob, fresh), OPERATOR, VENUE, when)
        }),
        Act::Return {
            at,
            how,
            names,
            when,
        } => Some(returns(library, at, how, names, when)),
        Act::ReturnDamaged => here(Action::Return(Return {
            condition: Condition::Damaged,
            ..Return::new(id, None, Presence::InHand)
        })),
        Act::HandOn(when) => {
            let action = Action::HandOn(HandOn { tablet: id });
            Some(at_time(library, action, OPERATOR, PARTNER, when))
        }
        Act::ReportBack => {
            let action = Action::ReportBack(ReportBack { tablet: id });
            Some(Asked::new(SELF_SERVICE, VENUE, action))
        }
        Act::Answer { yes } => answers(library, yes),
        Act::StartReset(how, when) => Some(starts(library, how, when)),
        Act::EnrolAgent => {
            let action = Action::EnrolAgent(agent(1));
            Some(Asked::new(Actor::Server, VENUE, action))
        }
        Act::Proves => Some(sends_receipt(library, Outcome::Verified)),
        Act::Confirms => confirms(library),
        Act::Fails => fails(library),
        Act::EndsTry => Some(ends_try(library)),
        Act::SetDamaged => here(Action::SetFlag(SetFlag {
            tablet: id,
            flag: Flag::Damaged,
        })),
        Act::ClearDamaged => here(Action::ClearFlag(ClearFlag {
            tablet: id,
            flag: Flag::Damaged,
        })),
        Act::ClearResetFailed => here(Action::ClearFlag(ClearFlag {
            tablet: id,
            flag: Flag::Withheld(WithheldReason::ResetFailed),
        })),
        Act::Close(decision) => {
            let about_it = dispute_about_it(library);
            let dispute = about_it.or_else(|| library.open_dispute())?.id;
            here(Action::CloseDispute(CloseDispute { dispute, decision }))
        }
        Act::PlaceHold => here(Action::PlaceHold(PlaceHold {
            hold: HoldId::from_bytes(fresh),
            borrower: ANN,
            venue: VENUE,
            needs: Kit::new(),
        })),
        Act::CancelHold => {
            let hold = library.holds.last()?.id;
            here(Action::CancelHold(CancelHold { hold }))
        }
        Act::ExpireHold => {
            let hold = library.holds.last()?.id;
            let action = Action::ExpireHold(ExpireHold { hold });
            Some(Asked::new(Actor::Server, VENUE, action))
        }
        Act::ServeQueue => {
            let action = Action::ServeQueue(ServeQueue { venue: VENUE });
            Some(Asked::new(Actor::Server, VENUE, action))
        }
        Act::Send => here(Action::Send(Send {
            transfer: TransferId::from_bytes(fresh),
            to: PARTNER,
            tablets: vec![id],
        })),
        Act::Receive(at) => {
            let action = Action::Receive(Receive { tablet: id });
            Some(Asked::new(OPERATOR, at.venue(), action))
        }
        Act::EndTransfer { short } => {
            let transfer = *library.transfers.keys().next_back()?;
            here(Action::EndTransfer(EndTransfer { transfer, short }))
        }
        Act::Relocate(whither) => here(Action::Relocate(Relocate {
            tablet: id,
            whither,
        })),
        Act::Sweep { at, seen } => {
            let action = Action::TakeStock(TakeStock {
                stocktake: StocktakeId::from_bytes(fresh),
                seen: if seen { vec![id] } else { vec![] },
            });
            Some(Asked::new(OPERATOR, at.venue(), action))
        }
        Act::Renew => {
            let loan = library.current_loan(id)?.id;
            here(Action::Renew(Renew { loan }))
        }
        Act::AskWipe => here(Action::AskWipe(AskWipe {
            wipe: WipeId::from_bytes(fresh),
            tablet: id,
        })),
        Act::AgreeWipe => {
            let wipe = pending(library)?;
            let action = Action::AgreeWipe(AgreeWipe { wipe });
            Some(Asked::new(COLLEAGUE, VENUE, action))
        }
        Act::CallOffWipe => {
            let wipe = pending(library)?;
            here(Action::CallOffWipe(CallOffWipe { wipe }))
        }
        Act::StartWipe => {
            let action = Action::StartWipe(StartWipe {
                wipe: pending(library)?,
            });
            Some(Asked::new(Actor::Server, VENUE, action))
        }
        Act::Undo => here(Action::Undo(Undo {
            command: library.last_command(),
        })),
    }
}

fn check_out(who: Borrower, fresh: [u8; 16]) -> CheckOut {
    CheckOut::new(tablet(1), LoanId::from_bytes(fresh), who.id())
}

fn done(who: Borrower, fresh: [u8; 16]) -> Action {
    Action::CheckOut(CheckOut {
        done: true,
        ..check_out(who, fresh)
    })
}

fn at_time(library: &Library, action: Action, actor: Actor, at: VenueId, when: When) -> Asked {
    Asked {
        occurred_at: when.is_late().then(|| before_its_last_move(library)),
        clock_sure: when.is_sure(),
        ..Asked::new(actor, at, action)
    }
}

fn before_its_last_move(library: &Library) -> Moment {
    library.it(1).custody_since.plus_ms(-1)
}

fn returns(library: &Library, at: Counter, how: How, names: Names, when: When) -> Asked {
    let current = library.current_loan(tablet(1)).map(|loan| loan.id);
    let loan = match names {
        Names::NoLoan => None,
        Names::Current => current,
        Names::Old => Some(LoanId::from_bytes([99; 16])),
    };
    let presence = match how {
        How::InHand | How::ByClaim => Presence::InHand,
        How::ByCode | How::BySticker => Presence::StickerOnly,
    };
    let shown = (how == How::ByCode).then(|| Library::shows(1, library.now));
    let action = Action::Return(Return {
        code: shown,
        ..Return::new(tablet(1), loan, presence)
    });
    at_time(library, action, how.actor(), at.venue(), when)
}

fn starts(library: &Library, how: How, when: When) -> Asked {
    let shown_at = if when.is_late() {
        before_its_last_move(library)
    } else {
        library.now
    };
    let code = (how == How::ByCode).then(|| Library::shows(1, shown_at));
    let tablet = tablet(1);
    let action = Action::StartReset(StartReset { tablet, code });
    at_time(library, action, how.actor(), VENUE, when)
}

fn answers(library: &Library, yes: bool) -> Option<Asked> {
    let tablet = tablet(1);
    let loan = library.it(1).last_return?.loan;
    let action = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
    Some(Asked::new(Actor::Tablet(tablet), VENUE, action))
}

/// A receipt that fits the order that is pending, or one of long ago if none is.
fn sends_receipt(library: &Library, outcome: Outcome) -> Asked {
    let it = library.it(1);
    let action = match it.reset {
        Reset::Ordered(_) => {
            let mut receipt = library.receipt(1);
            receipt.outcome = outcome;
            signed(it.id, &receipt)
        }
        Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. } => OLD_RECEIPT.clone(),
    };
    Asked::new(Actor::Tablet(it.id), VENUE, action)
}

/// The word of whoever went through the checklist.
fn confirms(library: &Library) -> Option<Asked> {
    let pending = matches!(library.it(1).reset, Reset::Ordered(_));
    let receipt = pending.then(|| Envelope::sign(&confirmed(library), &server_key()))?;
    let (tablet, receipt) = (tablet(1), receipt.to_json());
    let action = Action::RecordReset(RecordReset { tablet, receipt });
    Some(Asked::new(OPERATOR, VENUE, action))
}

static OLD_RECEIPT: LazyLock<Action> = LazyLock::new(|| {
    let (order, nonce) = (OrderId::from_bytes([0; 16]), Nonce::from_bytes([0; 16]));
    signed(tablet(1), &fitting_receipt(order, nonce, 1))
});

/// A dispute about the loan that it is out on.
pub fn dispute_about_it(library: &Library) -> Option<&Dispute> {
    let custody = library.it(1).custody;
    let out = |dispute: &&Dispute| dispute.loan.map(Custody::OnLoan) == Some(custody);
    let mut open = library.disputes.values().filter(|it| it.decision.is_none());
    open.find(out)
}

fn fails(library: &Library) -> Option<Asked> {
    let why = FailedStep::Wipe;
    let pending = matches!(library.it(1).reset, Reset::Ordered(_));
    pending.then(|| sends_receipt(library, Outcome::Failed { why }))
}

fn ends_try(library: &Library) -> Asked {
    let it = library.it(1);
    let (tablet, counter) = (it.id, it.order_counter);
    let action = Action::EndTry(EndTry { tablet, counter });
    Asked::new(Actor::Tablet(tablet), VENUE, action)
}

fn pending(library: &Library) -> Option<WipeId> {
    let pending = library.wipes.values().find(|wipe| wipe.is_pending());
    pending.map(|wipe| wipe.id)
}

/// Every decision that a person may take of this dispute.
pub fn decisions(dispute: DisputeId) -> impl Iterator<Item = Asked> {
    let asked = move |decision| {
        let action = Action::CloseDispute(CloseDispute { dispute, decision });
        Asked::new(OPERATOR, VENUE, action)
    };
    DECISIONS.into_iter().map(asked)
}
