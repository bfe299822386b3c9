//! Resets: ordered only with the tablet proven present (R19), proven only by a
//! receipt that fits its order in every point (R2).

use planted::planted;

use super::{
    Decided, Given,
    hold::{Queue, no_longer_put_aside},
    keys,
};
use crate::{
    command::{ClearFlag, EndTry, RecordReset, SetFlag, StartReset},
    digest::Digest,
    event::{Actor, Event},
    image::ImageId,
    keys::PublicKey,
    policy::Policy,
    refusal::Refusal,
    signed::{
        Envelope, SignedError,
        presence::PresenceCode,
        receipt::{FailedStep, Outcome, Receipt, Voucher},
    },
    tablet::{
        Custody, Flag, Proof, ProofKind, RESET_TRIES_MAX, Reset, ResetOrder, Tablet, TabletKeys,
        WithheldReason,
    },
};

/// What is read before an operator's "Start now".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartKnown {
    /// The tablet.
    pub tablet: Tablet,
    /// The image that tablets are reset to.
    pub image: Option<ImageId>,
}

/// Starts the reset of a tablet that is surely there (R19).
pub fn start(known: &StartKnown, command: &StartReset, given: &Given) -> Decided {
    check_presence(&known.tablet, command, given)?;
    let word = known.tablet.word();
    match known.tablet.custody {
        Custody::AtVenue(_) => {}
        Custody::OnLoan(_) => return Err(Refusal::NeedsTwoOperators),
        Custody::InTransit(_) | Custody::Missing | Custody::Lost => {
            return Err(Refusal::NotInHand { word });
        }
        Custody::Withdrawn | Custody::Gifted => return Err(Refusal::Retired { word }),
    }
    match known.tablet.reset {
        Reset::Dirty => {}
        Reset::Ordered(_) => return Err(Refusal::AlreadyResetting),
        Reset::Proven(_) => return Err(Refusal::NeedsTwoOperators),
        Reset::Failed { .. } => return Err(Refusal::Withheld),
    }
    let image = known.image.ok_or(Refusal::NoImage)?;
    Ok(vec![order(&known.tablet, image, given)])
}

/// Whoever had it in hand before it last moved has not now; and the server has no
/// hands.
fn check_presence(tablet: &Tablet, command: &StartReset, given: &Given) -> Result<(), Refusal> {
    let word = tablet.word();
    match command.code {
        Some(code) if shows(tablet, &code, given) => {}
        Some(_) => return Err(Refusal::CodeNotTaken),
        None => {
            given.named_operator()?;
        }
    }
    (given.occurred_at >= tablet.custody_since)
        .then_some(())
        .ok_or(Refusal::NotInHand { word })
}

/// Whether the tablet's own screen showed this code when it was scanned; a clock
/// that is not sure of itself cannot tell an old code from a new one, and one without
/// an agent shows none.
pub(super) fn shows(tablet: &Tablet, code: &PresenceCode, given: &Given) -> bool {
    let fits = |keys: TabletKeys| code.check(tablet.id, &keys.link, given.occurred_at).is_ok();
    given.clock_sure && tablet.keys.is_some_and(fits)
}

/// The fact that a reset of this tablet, as it is now, was ordered.
pub(super) fn order(tablet: &Tablet, image: ImageId, given: &Given) -> Event {
    let step = u64::from(!planted!(OrderNumberStands));
    Event::ResetOrdered {
        tablet: tablet.id,
        order: given.order,
        epoch: tablet.epoch,
        nonce: given.nonce,
        counter: tablet.order_counter + step,
        image,
        new_keys: tablet.renew_keys,
    }
}

/// What is read before a receipt is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordKnown {
    /// The tablet that sent it.
    pub tablet: Tablet,
    /// Which proofs are taken.
    pub policy: Policy,
    /// Who waits where it is.
    pub queue: Queue,
}

/// Takes a tablet's account of a reset: proven, or failed and ordered again.
pub fn record(known: &RecordKnown, command: &RecordReset, given: &Given) -> Decided {
    let tablet = &known.tablet;
    let envelope = command.envelope().map_err(Refusal::ReceiptNotSigned)?;
    let receipt = signed_by_whom_it_says(&envelope, known)?;
    check_voucher(&receipt, given)?;
    let pending = answered_order(tablet, &receipt)?;
    check_against_policy(&receipt, &known.policy)?;
    let renewed = keys::renewed(&pending, &envelope, &receipt)?;
    match receipt.outcome {
        Outcome::Verified => {
            let verified = verified(tablet, &receipt, Digest::of(&command.receipt));
            let proven = with_whoever_waits(tablet, verified, &known.queue, given);
            // After the proof, which holds by the key of before.
            Ok(proven.into_iter().chain(renewed).collect())
        }
        Outcome::Failed { why } => Ok(failed(tablet, &pending, why, given)),
    }
}

/// A tablet's own proof is signed with its proof key, and somebody's word about it
/// with the server's: neither key can sign the other's, and what has no key signs nothing.
fn signed_by_whom_it_says(envelope: &Envelope, known: &RecordKnown) -> Result<Receipt, Refusal> {
    let by = |key: Option<PublicKey>| {
        let key = key.ok_or(SignedError::BadSignature)?;
        envelope.open::<Receipt>(&key)
    };
    let own = by(known.tablet.keys.map(|keys| keys.proof));
    let vouched = by(known.policy.voucher_key);
    let (receipt, is_own) = match (own, vouched) {
        (Ok(receipt), _) => (receipt, true),
        (Err(_), Ok(receipt)) => (receipt, false),
        (Err(why), Err(_)) => return Err(Refusal::ReceiptNotSigned(why)),
    };
    (is_own == (receipt.kind == ProofKind::TabletProven))
        .then_some(receipt)
        .ok_or(Refusal::ReceiptWrongKind)
}

/// Each kind has its own voucher, and nobody hands in another's word: a manager's
/// report comes from the server itself, a person's from that very person.
fn check_voucher(receipt: &Receipt, given: &Given) -> Result<(), Refusal> {
    let fits = match (receipt.kind, &receipt.voucher) {
        (ProofKind::TabletProven, None) => true,
        (ProofKind::ManagerReported, Some(Voucher::Manager { .. })) => given.actor == Actor::Server,
        (ProofKind::PersonConfirmed, Some(Voucher::Person { operator })) => {
            given.actor == Actor::Operator(*operator)
        }
        (
            ProofKind::TabletProven | ProofKind::ManagerReported | ProofKind::PersonConfirmed,
            Some(Voucher::Manager { .. } | Voucher::Person { .. }) | None,
        ) => false,
    };
    fits.then_some(()).ok_or(Refusal::ReceiptWrongKind)
}

/// The order that the receipt answers, if it fits it in every point.
fn answered_order(tablet: &Tablet, receipt: &Receipt) -> Result<ResetOrder, Refusal> {
    let Reset::Ordered(pending) = tablet.reset else {
        return Err(Refusal::ReceiptWithoutOrder);
    };
    if receipt.tablet != tablet.id || receipt.serial != tablet.serial {
        return Err(Refusal::ReceiptOfAnotherTablet);
    }
    if receipt.order != pending.order {
        return Err(Refusal::ReceiptForAnotherOrder);
    }
    if receipt.nonce != pending.nonce && !planted!(SkipNonce) {
        return Err(Refusal::ReceiptWrongNonce);
    }
    if receipt.epoch != tablet.epoch.0 {
        return Err(Refusal::ReceiptWrongEpoch);
    }
    if receipt.image != pending.image {
        return Err(Refusal::ReceiptWrongImage);
    }
    Ok(pending)
}

fn check_against_policy(receipt: &Receipt, policy: &Policy) -> Result<(), Refusal> {
    if !policy.proof_kinds.contains(&receipt.kind) {
        return Err(Refusal::ReceiptWrongKind);
    }
    if !policy.proof_scopes.contains(&receipt.scope) {
        return Err(Refusal::ReceiptWrongScope);
    }
    Ok(())
}

fn verified(tablet: &Tablet, receipt: &Receipt, digest: Digest) -> Event {
    Event::ResetVerified {
        tablet: tablet.id,
        order: receipt.order,
        epoch: tablet.epoch,
        image: receipt.image,
        kind: receipt.kind,
        receipt: digest,
    }
}

/// The fact, and that the tablet is put aside for whoever waits for one like it.
fn with_whoever_waits(tablet: &Tablet, fact: Event, queue: &Queue, given: &Given) -> Vec<Event> {
    let after = given.after(tablet, std::slice::from_ref(&fact));
    let kept = queue.put_aside(&after, given);
    std::iter::once(fact).chain(kept).collect()
}

/// A failed try is ordered again at once, since the tablet's presence is proven
/// for this epoch; after the fifth, people must look at it, and nobody waits for it.
fn failed(tablet: &Tablet, pending: &ResetOrder, why: FailedStep, given: &Given) -> Vec<Event> {
    let tries = pending.failed_tries + 1;
    let failed = Event::ResetFailed {
        tablet: tablet.id,
        order: pending.order,
        tries,
        why,
    };
    if tries < RESET_TRIES_MAX {
        let after = given.after(tablet, std::slice::from_ref(&failed));
        return vec![failed, order(&after, pending.image, given)];
    }
    let flag = Flag::Withheld(WithheldReason::ResetFailed);
    let mut events = vec![failed];
    events.push(Event::FlagSet {
        tablet: tablet.id,
        flag,
    });
    events.extend(no_longer_put_aside(tablet));
    events
}

/// What is read before a try is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndKnown {
    /// The tablet.
    pub tablet: Tablet,
    /// Which proofs are taken.
    pub policy: Policy,
}

/// The order that waits in vain for its proof, where the tablet says that it carried out
/// the one of this number and that its receipt was refused. Where no tablet's own proof
/// counts it waits for somebody else's word, and is not over.
pub fn waits_in_vain(tablet: &Tablet, policy: &Policy, counter: u64) -> Option<ResetOrder> {
    let own_proof_counts = policy.proof_kinds.contains(&ProofKind::TabletProven);
    match tablet.reset {
        Reset::Ordered(pending) if pending.counter == counter && own_proof_counts => Some(pending),
        Reset::Ordered(_) | Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. } => None,
    }
}

/// Ends a try whose receipt was refused as one that failed. The receipt itself changes
/// nothing, whoever signed it: the tablet's word that the order is over for it does, and
/// that can only keep it from being lent.
pub fn end_try(known: &EndKnown, command: &EndTry, given: &Given) -> Decided {
    let tablet = &known.tablet;
    if given.actor != Actor::Tablet(tablet.id) {
        return Err(Refusal::NeedsOperator);
    }
    let pending = waits_in_vain(tablet, &known.policy, command.counter);
    let pending = pending.ok_or(Refusal::NotAhead)?;
    Ok(failed(tablet, &pending, FailedStep::Proof, given))
}

/// What is read before a flag is set or cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagKnown {
    /// The tablet.
    pub tablet: Tablet,
    /// Who waits where it is.
    pub queue: Queue,
}

/// Sets a flag; nobody waits for a tablet that people must look at first.
pub fn set_flag(known: &FlagKnown, command: &SetFlag, given: &Given) -> Decided {
    given.require_operator()?;
    let (tablet, flag) = (known.tablet.id, command.flag);
    if known.tablet.is_retired() {
        let word = known.tablet.word();
        return Err(Refusal::Retired { word });
    }
    // Five failed tries set it, and nobody else.
    if is_set(&known.tablet, flag) || flag == Flag::Withheld(WithheldReason::ResetFailed) {
        return Err(Refusal::AlreadyThere);
    }
    let freed = no_longer_put_aside(&known.tablet);
    let set = Event::FlagSet { tablet, flag };
    Ok(std::iter::once(set).chain(freed).collect())
}

/// Clears a flag that is set.
pub fn clear_flag(known: &FlagKnown, command: &ClearFlag, given: &Given) -> Decided {
    given.require_operator()?;
    let (tablet, flag) = (known.tablet.id, command.flag);
    if !is_set(&known.tablet, flag) {
        return Err(Refusal::FlagNotSet);
    }
    let cleared = Event::FlagCleared { tablet, flag };
    Ok(with_whoever_waits(
        &known.tablet,
        cleared,
        &known.queue,
        given,
    ))
}

fn is_set(tablet: &Tablet, flag: Flag) -> bool {
    let flags = tablet.flags;
    match flag {
        Flag::PartMissing => flags.part_missing,
        Flag::Damaged => flags.damaged,
        Flag::Withheld(reason) => flags.withheld == Some(reason),
    }
}

/// Whether a proof still lends under this policy.
pub(super) fn proof_is_allowed(proof: &Proof, policy: &Policy) -> bool {
    policy.proof_kinds.contains(&proof.kind)
}
