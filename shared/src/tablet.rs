//! A tablet: three facts, not one (where it is, whether it is proven clean, and
//! what people flagged), and the one word that people see.

use crate::{
    digest::Digest,
    ids::{HoldId, LoanId, Nonce, OrderId, TabletId, VenueId},
    image::ImageId,
    keys::PublicKey,
    kit::Kit,
    lost::Lock,
    tag::TabletNumber,
    time::Moment,
};

/// Where a tablet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Custody {
    /// At a venue.
    AtVenue(VenueId),
    /// With a borrower.
    OnLoan(LoanId),
    /// In a box on its way to a venue.
    InTransit(VenueId),
    /// Not where it should be; somebody is looking.
    Missing,
    /// Given up for lost.
    Lost,
    /// Taken out of service for good.
    Withdrawn,
    /// Given away for good.
    Gifted,
}

/// Counts the stretches of a tablet's life between which it must be reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Who vouches for a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProofKind {
    /// A: the tablet's own agent read its disk again and signed.
    TabletProven,
    /// B: the manager of an Android or iPad fleet said so.
    ManagerReported,
    /// C: a named operator went through the checklist.
    PersonConfirmed,
}

impl ProofKind {
    /// Every kind, the strongest first.
    pub const ALL: [Self; 3] = [
        Self::TabletProven,
        Self::ManagerReported,
        Self::PersonConfirmed,
    ];

    /// Its stable name, as settings know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TabletProven => "tablet-proven",
            Self::ManagerReported => "manager-reported",
            Self::PersonConfirmed => "person-confirmed",
        }
    }

    /// The kind of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An order to reset that is on its way or at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResetOrder {
    /// Its id.
    pub order: OrderId,
    /// Born with the order; a receipt must repeat it.
    pub nonce: Nonce,
    /// What the tablet is to be reset to.
    pub image: ImageId,
    /// The tablet's order number; it only grows (R10).
    pub counter: u64,
    /// Tries in this epoch that failed before this one.
    pub failed_tries: u8,
    /// It is to make new keys with it.
    pub new_keys: bool,
}

/// A reset that was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proof {
    /// What the tablet was reset to.
    pub image: ImageId,
    /// Who vouches for it.
    pub kind: ProofKind,
    /// The digest of the receipt's bytes.
    pub receipt: Digest,
    /// When the server took the receipt.
    pub proven_at: Moment,
}

/// Whether a tablet is proven clean, for its current epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reset {
    /// Somebody may have used it.
    Dirty,
    /// A reset was ordered. "Sent" is never "done" (R11).
    Ordered(ResetOrder),
    /// Proven clean.
    Proven(Proof),
    /// Every try failed.
    Failed {
        /// How many.
        tries: u8,
    },
}

/// Tries of a reset after which people must look at a tablet.
pub const RESET_TRIES_MAX: u8 = 5;

/// Why a tablet is withheld from lending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WithheldReason {
    /// Its reset failed five times.
    ResetFailed,
    /// A person said so.
    ByStaff,
}

/// What people flagged, and only people clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags {
    /// Some of its kit is not there.
    pub part_missing: bool,
    /// Something is broken.
    pub damaged: bool,
    /// It must not be lent.
    pub withheld: Option<WithheldReason>,
}

impl Flags {
    /// Whether any flag is set.
    pub fn any(&self) -> bool {
        self.part_missing || self.damaged || self.withheld.is_some()
    }
}

/// One flag, to set or to clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Some of its kit is not there.
    PartMissing,
    /// Something is broken.
    Damaged,
    /// It must not be lent.
    Withheld(WithheldReason),
}

/// Whether somebody had the tablet in hand when it came back (R19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// A named operator had it in hand.
    InHand,
    /// Its own screen showed a code that it had signed a moment before.
    CodeShown,
    /// Only its sticker was seen.
    StickerOnly,
}

impl Presence {
    /// Whether the tablet was surely there: only then may it be erased.
    pub const fn is_proven(self) -> bool {
        match self {
            Self::InHand | Self::CodeShown => true,
            Self::StickerOnly => false,
        }
    }
}

/// Why a named operator lent a tablet against a rule (R2, R7). A list and not a
/// text, so that nothing personal is ever written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverrideReason {
    /// Somebody would be cut off from help without it.
    Urgent,
    /// The operator reset the tablet by hand and saw it empty.
    ResetByHand,
    /// Whoever it was put aside for has agreed.
    HolderAgreed,
    /// The digital team said so.
    TeamDecided,
}

/// The last time a tablet came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LastReturn {
    /// The loan that the return closed.
    pub loan: LoanId,
    /// When, on the skew-corrected clock of where it happened.
    pub returned_at: Moment,
    /// Whether somebody had it in hand, then or since.
    pub presence: Presence,
    /// The tablet was asked "Have you still got it?", and answered.
    pub answered: bool,
}

/// The two keys of a tablet's agent: one speaks, one proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TabletKeys {
    /// Signs heartbeats.
    pub link: PublicKey,
    /// Signs receipts; only the reset itself can read it (R2).
    pub proof: PublicKey,
}

/// One tablet of the fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tablet {
    /// Its id.
    pub id: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// The digest of its tag.
    pub tag: Digest,
    /// Its keys; none where no agent runs on it, and nothing is taken as its own word.
    pub keys: Option<TabletKeys>,
    /// It is to make new ones with its next reset.
    pub renew_keys: bool,
    /// Where it is.
    pub custody: Custody,
    /// When it last moved: word of a return before that is late and moves nothing.
    pub custody_since: Moment,
    /// Its stretch of life.
    pub epoch: Epoch,
    /// Whether it is proven clean for that stretch.
    pub reset: Reset,
    /// Order number of the last order; the next is greater.
    pub order_counter: u64,
    /// What people flagged.
    pub flags: Flags,
    /// The hold for which it is put aside.
    pub put_aside: Option<HoldId>,
    /// The last return, until the reset after it is proven.
    pub last_return: Option<LastReturn>,
    /// Somebody typed its number to say it is back: for staff to confirm.
    pub reported_back: bool,
    /// What goes with it.
    pub kit: Kit,
    /// What of it is not there.
    pub missing_parts: Kit,
    /// It was lent against a rule, until its next proven reset: shown wherever the
    /// tablet is shown (R2).
    pub lent_by_override: Option<OverrideReason>,
    /// The last word to it on whether it is locked, since it was lost.
    pub lock: Option<Lock>,
    /// Facts about it do not fit: its next return opens a new epoch, whatever is
    /// on its way.
    pub in_doubt: bool,
}

/// The one word that people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateWord {
    /// Taken out of service.
    Retired,
    /// Given away for good.
    GivenAway,
    /// Given up for lost.
    Lost,
    /// Not where it should be.
    Missing,
    /// With a borrower.
    OnLoan,
    /// In a box.
    Travelling,
    /// People must look at it.
    NeedsAttention,
    /// A reset is on its way or at work.
    Resetting,
    /// Back, and somebody may have used it.
    BackNotYetReset,
    /// For the next in the queue.
    PutAside,
    /// It can be lent.
    Ready,
}

impl StateWord {
    /// Every word, in the order in which they are tried.
    pub const ALL: [Self; 11] = [
        Self::Retired,
        Self::GivenAway,
        Self::Lost,
        Self::Missing,
        Self::OnLoan,
        Self::Travelling,
        Self::NeedsAttention,
        Self::Resetting,
        Self::BackNotYetReset,
        Self::PutAside,
        Self::Ready,
    ];

    /// The word's stable name, as catalogues and wire formats know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retired => "retired",
            Self::GivenAway => "given-away",
            Self::Lost => "lost",
            Self::Missing => "missing",
            Self::OnLoan => "on-loan",
            Self::Travelling => "travelling",
            Self::NeedsAttention => "needs-attention",
            Self::Resetting => "resetting",
            Self::BackNotYetReset => "back-not-yet-reset",
            Self::PutAside => "put-aside",
            Self::Ready => "ready",
        }
    }

    /// Whether anybody still expects to hear of the tablet.
    pub const fn is_looked_after(self) -> bool {
        match self {
            Self::Retired | Self::GivenAway | Self::Lost => false,
            Self::Missing
            | Self::OnLoan
            | Self::Travelling
            | Self::NeedsAttention
            | Self::Resetting
            | Self::BackNotYetReset
            | Self::PutAside
            | Self::Ready => true,
        }
    }

    /// Whether the word alone says that a person has to do something.
    pub const fn needs_somebody(self) -> bool {
        match self {
            Self::NeedsAttention | Self::BackNotYetReset => true,
            Self::Retired
            | Self::GivenAway
            | Self::Lost
            | Self::Missing
            | Self::OnLoan
            | Self::Travelling
            | Self::Resetting
            | Self::PutAside
            | Self::Ready => false,
        }
    }
}

impl Tablet {
    /// Whether it is to be locked.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some_and(|lock| lock.locked)
    }

    /// The word that people see: a pure function of the facts.
    pub fn word(&self) -> StateWord {
        match self.custody {
            Custody::Withdrawn => StateWord::Retired,
            Custody::Gifted => StateWord::GivenAway,
            Custody::Lost => StateWord::Lost,
            Custody::Missing => StateWord::Missing,
            Custody::OnLoan(_) => StateWord::OnLoan,
            Custody::InTransit(_) => StateWord::Travelling,
            Custody::AtVenue(_) => self.word_at_venue(),
        }
    }

    fn word_at_venue(&self) -> StateWord {
        if self.flags.any() {
            return StateWord::NeedsAttention;
        }
        match self.reset {
            Reset::Failed { .. } => StateWord::NeedsAttention,
            Reset::Ordered(_) => StateWord::Resetting,
            Reset::Dirty => StateWord::BackNotYetReset,
            Reset::Proven(_) if self.put_aside.is_some() => StateWord::PutAside,
            Reset::Proven(_) => StateWord::Ready,
        }
    }

    /// The proof for this epoch, if there is one.
    pub const fn proof(&self) -> Option<&Proof> {
        match &self.reset {
            Reset::Proven(proof) => Some(proof),
            Reset::Dirty | Reset::Ordered(_) | Reset::Failed { .. } => None,
        }
    }

    /// The venue where it is, if it is at one.
    pub const fn venue(&self) -> Option<VenueId> {
        match self.custody {
            Custody::AtVenue(venue) => Some(venue),
            Custody::OnLoan(_)
            | Custody::InTransit(_)
            | Custody::Missing
            | Custody::Lost
            | Custody::Withdrawn
            | Custody::Gifted => None,
        }
    }

    /// The loan that it is out on, if it is out.
    pub const fn loan_out(&self) -> Option<LoanId> {
        match self.custody {
            Custody::OnLoan(loan) => Some(loan),
            Custody::AtVenue(_)
            | Custody::InTransit(_)
            | Custody::Missing
            | Custody::Lost
            | Custody::Withdrawn
            | Custody::Gifted => None,
        }
    }

    /// Whether it left the fleet for good.
    pub const fn is_retired(&self) -> bool {
        matches!(self.custody, Custody::Withdrawn | Custody::Gifted)
    }

    /// Whether it lies in a tray and waits for an operator's hand (R19).
    pub const fn waits_in_tray(&self) -> bool {
        matches!(self.custody, Custody::AtVenue(_)) && matches!(self.reset, Reset::Dirty)
    }

    /// The last return, while its borrower may still have the tablet: only its sticker
    /// was seen, it was not asked yet, and nobody has had it in hand since. It may be
    /// missing by then: that its borrower has it is the likeliest reason.
    pub fn return_in_question(&self) -> Option<LastReturn> {
        let elsewhere = matches!(self.custody, Custody::OnLoan(_)) || self.is_retired();
        self.last_return.filter(|last| {
            !elsewhere
                && self.reset == Reset::Dirty
                && last.presence == Presence::StickerOnly
                && !last.answered
        })
    }

    /// The return after which the tablet should be asked "Have you still got
    /// it?": one in question, and it was used since (R19).
    pub fn return_to_ask_about(&self, last_used_at: Moment) -> Option<LastReturn> {
        self.return_in_question()
            .filter(|last| last_used_at > last.returned_at)
    }
}
