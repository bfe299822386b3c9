//! A tablet's own keys: new ones are made by a reset that was ordered after somebody
//! asked for them, and count from its receipt on. On demand alone, for a library that is
//! brought back from a backup knows no keys that were made since.

use super::{Decided, Given};
use crate::{
    command::RenewKeys,
    event::Event,
    refusal::Refusal,
    signed::{
        Envelope,
        receipt::{Outcome, Receipt},
    },
    tablet::{ResetOrder, Tablet},
};

/// What is read before new keys are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewKnown {
    /// The tablet.
    pub tablet: Tablet,
}

/// Has a tablet make new keys with its next reset.
pub fn renew(known: &RenewKnown, command: &RenewKeys, given: &Given) -> Decided {
    given.require_operator()?;
    if known.tablet.is_retired() {
        let word = known.tablet.word();
        return Err(Refusal::Retired { word });
    }
    if known.tablet.keys.is_none() {
        return Err(Refusal::NoAgent);
    }
    if known.tablet.renew_keys {
        return Err(Refusal::AlreadyThere);
    }
    let tablet = command.tablet;
    Ok(vec![Event::KeysRenewalAsked { tablet }])
}

/// The fact that a tablet made new keys, where its receipt names some. One that was to
/// make them and could not has proven its reset all the same, and is asked again.
///
/// # Errors
/// They were not asked for, the reset failed, or one of them signed nothing of it.
pub(super) fn renewed(
    pending: &ResetOrder,
    envelope: &Envelope,
    receipt: &Receipt,
) -> Result<Option<Event>, Refusal> {
    let Some(named) = &receipt.new_keys else {
        return Ok(None);
    };
    if !pending.new_keys || receipt.outcome != Outcome::Verified {
        return Err(Refusal::ReceiptWrongKeys);
    }
    let tablet = receipt.tablet;
    let keys = named
        .checked(envelope, tablet, receipt.order)
        .map_err(|_| Refusal::ReceiptWrongKeys)?;
    Ok(Some(Event::KeysRenewed { tablet, keys }))
}
