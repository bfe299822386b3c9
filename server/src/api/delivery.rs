//! What a heartbeat is answered with: pure functions of the tablet, its loan and
//! what its agent just said.

use shared::{
    command::{Action, CatchUp, EndTry},
    decide::{catch_up::is_ahead, reset::waits_in_vain},
    digest::Digest,
    ids::{LoanId, OrderId, TabletId},
    loan::Loan,
    lost::Lock,
    policy::Policy,
    signed::order::{ORDER_VALID_MS, Order, Task},
    tablet::{Epoch, Reset, ResetOrder, Tablet},
    time::Moment,
    wire::v1::agent::{AgentState, Heartbeat, LoanCard, StillGotIt},
};

/// The order that this heartbeat is answered with, if there is one: bound to the
/// heartbeat and to the start of the tablet's kernel, so that it cannot be played
/// to another.
pub fn order(
    tablet: &Tablet,
    loan: Option<&Loan>,
    heartbeat: &Heartbeat,
    lost_message: &str,
) -> Option<Order> {
    let bound = |order, counter, task| Order {
        order,
        tablet: tablet.id,
        epoch: tablet.epoch.0,
        counter,
        boot: heartbeat.boot,
        heartbeat_seq: heartbeat.seq,
        valid_ms: ORDER_VALID_MS,
        task,
    };
    if let Some(lock) = tablet
        .lock
        .filter(|lock| lock.locked != is_locked(heartbeat))
    {
        return Some(bound(
            lock_order(tablet.id, lock.counter),
            lock.counter,
            lock_task(lock, lost_message),
        ));
    }
    match (&tablet.reset, loan) {
        (Reset::Ordered(pending), _) if !is_at_work(pending, heartbeat) => {
            let task = Task::Reset {
                image: pending.image,
                nonce: pending.nonce,
                proof_key: tablet.keys?.proof,
                new_keys: pending.new_keys,
            };
            Some(bound(pending.order, pending.counter, task))
        }
        (_, Some(loan)) if !has_begun(tablet, heartbeat) && !is_locked(heartbeat) => {
            let (id, due_on) = (loan.id, loan.due_on);
            let task = Task::BeginLoan {
                loan: id,
                due_on,
                overridden: tablet.lent_by_override.is_some(),
            };
            Some(bound(begin_loan(id), tablet.order_counter, task))
        }
        (Reset::Ordered(_) | Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. }, _) => None,
    }
}

fn is_locked(heartbeat: &Heartbeat) -> bool {
    heartbeat.state == AgentState::Locked
}

fn lock_task(lock: Lock, lost_message: &str) -> Task {
    if lock.locked {
        let message = lost_message.to_owned();
        Task::Lock { message }
    } else {
        Task::Unlock
    }
}

/// Known by its number: the same word again is the same order.
fn lock_order(tablet: TabletId, counter: u64) -> OrderId {
    let counter = counter.to_be_bytes();
    order_id(&[b"lock.v1", tablet.as_bytes(), &counter])
}

/// What a tablet tells of itself that is not in the log: it is further than it is known
/// to be, or its try is over.
pub fn told(tablet: &Tablet, policy: &Policy, heartbeat: &Heartbeat) -> Option<Action> {
    let (id, epoch, counter) = (tablet.id, heartbeat.epoch, heartbeat.order_counter);
    if is_ahead(tablet, epoch, counter) {
        return Some(Action::CatchUp(CatchUp {
            tablet: id,
            epoch: Epoch(epoch),
            counter,
        }));
    }
    let in_vain = waits_in_vain(tablet, policy, counter).is_some();
    (in_vain && refused_order(tablet, heartbeat).is_some()).then_some(Action::EndTry(EndTry {
        tablet: id,
        counter,
    }))
}

/// Whether the agent has begun this very order and still has something to say of
/// it. One that has ended in another way is given it again.
fn is_at_work(pending: &ResetOrder, heartbeat: &Heartbeat) -> bool {
    heartbeat.order_counter == pending.counter
        && match heartbeat.state {
            // Locked, it does not say more: the same order again is the same order.
            AgentState::Resetting | AgentState::Reported | AgentState::Locked => true,
            AgentState::New | AgentState::OnLoan | AgentState::Ready | AgentState::Failed => false,
        }
}

/// The order to reset that the agent carried out to its end, and whose receipt was
/// refused: it is over for the tablet and not for the library.
pub fn refused_order(tablet: &Tablet, heartbeat: &Heartbeat) -> Option<OrderId> {
    let Reset::Ordered(pending) = &tablet.reset else {
        return None;
    };
    let is_over = heartbeat.state == AgentState::Failed;
    (is_over && heartbeat.order_counter == pending.counter).then_some(pending.order)
}

/// Whether the agent has opened the tablet for its present loan. Open for an earlier
/// one it has not: a tablet may be lent again before it was reset, where a kiosk had
/// no server to ask (R6).
fn has_begun(tablet: &Tablet, heartbeat: &Heartbeat) -> bool {
    heartbeat.state == AgentState::OnLoan && heartbeat.epoch >= tablet.epoch.0
}

/// A loan begins once, so the order to begin it is known by the loan: the same
/// again is the same order. It stands outside the count of resets, whose last
/// number it repeats.
fn begin_loan(loan: LoanId) -> OrderId {
    order_id(&[b"begin-loan.v1", loan.as_bytes()])
}

fn order_id(about: &[&[u8]]) -> OrderId {
    let digest = Digest::of_parts(about);
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    OrderId::from_bytes(id)
}

/// What the home screen shows of a loan.
pub fn card(loan: &Loan) -> LoanCard {
    LoanCard {
        loan: loan.id,
        due_on: loan.due_on,
    }
}

/// The question for whoever has the tablet, where somebody used it after it was
/// reported back (R19).
pub fn question(tablet: &Tablet, heartbeat: &Heartbeat, now: Moment) -> Option<StillGotIt> {
    let ms = i64::try_from(heartbeat.last_used_ms_ago?).unwrap_or(i64::MAX);
    let asked = tablet.return_to_ask_about(now.plus_ms(ms.saturating_neg()))?;
    Some(StillGotIt { loan: asked.loan })
}

/// Whether the tablet has something to do, or should be near when it has.
pub fn is_busy(tablet: &Tablet, heartbeat: &Heartbeat) -> bool {
    let ordered = matches!(tablet.reset, Reset::Ordered(_));
    let ordered = ordered && refused_order(tablet, heartbeat).is_none();
    let lock_waits = tablet
        .lock
        .is_some_and(|lock| lock.locked != is_locked(heartbeat));
    ordered || lock_waits || heartbeat.charging == Some(true)
}
