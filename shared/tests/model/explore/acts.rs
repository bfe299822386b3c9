//! What a person, a kiosk, a tablet or the server may do at any time.

use shared::{
    command::Whither,
    dispute::Decision,
    event::Actor,
    ids::{BorrowerId, VenueId},
};

use crate::{
    library::verbs::{ANN, BOB, PARTNER},
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

/// One act, whatever the ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    CheckOut(Borrower),
    Override(Borrower),
    /// A kiosk lent it without its server.
    Done(Borrower, When),
    /// An old copy of a kiosk did.
    DoneByOldCopy(When),
    Return {
        at: Counter,
        how: How,
        names: Names,
        when: When,
    },
    ReturnDamaged,
    HandOn(When),
    ReportBack,
    Answer {
        yes: bool,
    },
    StartReset(How, When),
    /// An agent comes to speak for it.
    EnrolAgent,
    Proves,
    /// A person goes through the checklist.
    Confirms,
    Fails,
    /// Its receipt was refused, and it says so.
    EndsTry,
    SetDamaged,
    ClearDamaged,
    ClearResetFailed,
    Close(Decision),
    PlaceHold,
    CancelHold,
    ExpireHold,
    ServeQueue,
    Send,
    Receive(Counter),
    EndTransfer {
        short: bool,
    },
    Relocate(Whither),
    Sweep {
        at: Counter,
        seen: bool,
    },
    Renew,
    AskWipe,
    AgreeWipe,
    CallOffWipe,
    /// Ten minutes pass, and the server orders what was agreed on.
    StartWipe,
    /// Whoever did what was done last undoes it.
    Undo,
}

/// The one whose hold it is, and another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Borrower {
    Ann,
    Bob,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    Now,
    /// Before the tablet's last move.
    Late,
    /// So too, by a clock that had not heard the server's.
    LateUnsure,
    Unsure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    Here,
    Partner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    InHand,
    ByCode,
    BySticker,
    /// A kiosk that claims a hand without an operator.
    ByClaim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Names {
    NoLoan,
    /// The loan that is not over.
    Current,
    /// One of which nobody knows any more.
    Old,
}

impl How {
    const ALL: [Self; 4] = [Self::InHand, Self::ByCode, Self::BySticker, Self::ByClaim];

    pub const fn actor(self) -> Actor {
        match self {
            Self::InHand => OPERATOR,
            Self::ByCode | Self::BySticker | Self::ByClaim => SELF_SERVICE,
        }
    }
}

impl When {
    const ALL: [Self; 4] = [Self::Now, Self::Late, Self::LateUnsure, Self::Unsure];

    pub const fn is_late(self) -> bool {
        matches!(self, Self::Late | Self::LateUnsure)
    }

    pub const fn is_sure(self) -> bool {
        matches!(self, Self::Now | Self::Late)
    }
}

impl Counter {
    pub const fn venue(self) -> VenueId {
        match self {
            Self::Here => VENUE,
            Self::Partner => PARTNER,
        }
    }
}

impl Borrower {
    pub const fn id(self) -> BorrowerId {
        match self {
            Self::Ann => ANN,
            Self::Bob => BOB,
        }
    }
}

impl Act {
    /// Where and when a tablet was brought back, if it was.
    pub const fn brought_back(self) -> Option<(Counter, When)> {
        if let Self::Return { at, when, .. } = self {
            return Some((at, when));
        }
        if let Self::ReturnDamaged = self {
            return Some((Counter::Here, When::Now));
        }
        None
    }

    /// When it happened and which loan it named, where word of it may come late.
    pub const fn told(self) -> Option<(When, Names)> {
        if let Self::Return { when, names, .. } = self {
            return Some((when, names));
        }
        if let Self::Done(_, when) | Self::DoneByOldCopy(when) | Self::HandOn(when) = self {
            return Some((when, Names::NoLoan));
        }
        None
    }

    /// Whether it is refused wherever it is tried (R19).
    pub const fn is_forbidden(self) -> bool {
        matches!(
            self,
            Self::StartReset(How::BySticker | How::ByClaim, _) | Self::StartReset(_, When::Late)
        )
    }

    /// Whether it may end the hold that Ann has.
    pub const fn may_end_a_hold(self) -> bool {
        matches!(
            self,
            Self::CancelHold
                | Self::ExpireHold
                | Self::CheckOut(Borrower::Ann)
                | Self::Override(Borrower::Ann)
                | Self::Done(Borrower::Ann, _)
        )
    }

    /// What may follow at once, before anything else is done to the tablet.
    pub const fn follow_up(self) -> Option<Self> {
        match self {
            Self::CheckOut(_) | Self::Override(_) | Self::Done(_, _) | Self::Return { .. } => {
                Some(Self::Undo)
            }
            Self::Fails => Some(Self::Fails),
            Self::EndsTry => Some(Self::EndsTry),
            Self::AskWipe => Some(Self::AgreeWipe),
            Self::DoneByOldCopy(_)
            | Self::ReturnDamaged
            | Self::HandOn(_)
            | Self::ReportBack
            | Self::Answer { .. }
            | Self::StartReset(_, _)
            | Self::EnrolAgent
            | Self::Proves
            | Self::Confirms
            | Self::SetDamaged
            | Self::ClearDamaged
            | Self::ClearResetFailed
            | Self::Close(_)
            | Self::PlaceHold
            | Self::CancelHold
            | Self::ExpireHold
            | Self::ServeQueue
            | Self::Send
            | Self::Receive(_)
            | Self::EndTransfer { .. }
            | Self::Relocate(_)
            | Self::Sweep { .. }
            | Self::Renew
            | Self::AgreeWipe
            | Self::CallOffWipe
            | Self::StartWipe
            | Self::Undo => None,
        }
    }
}

/// Every act but those that only follow another.
pub fn acts() -> Vec<Act> {
    let mut acts = vec![
        Act::ReturnDamaged,
        Act::HandOn(When::Now),
        Act::HandOn(When::Late),
        Act::HandOn(When::Unsure),
        Act::ReportBack,
        Act::EnrolAgent,
        Act::Proves,
        Act::Confirms,
        Act::Fails,
        Act::EndsTry,
        Act::SetDamaged,
        Act::ClearDamaged,
        Act::ClearResetFailed,
        Act::PlaceHold,
        Act::CancelHold,
        Act::ExpireHold,
        Act::ServeQueue,
        Act::Send,
        Act::Receive(Counter::Here),
        Act::Receive(Counter::Partner),
        Act::Renew,
        Act::AskWipe,
        Act::CallOffWipe,
        Act::StartWipe,
    ];
    acts.extend(lending());
    acts.extend(returning());
    acts.extend(How::ALL.map(|how| Act::StartReset(how, When::Now)));
    acts.extend([How::InHand, How::ByCode].map(|how| Act::StartReset(how, When::Late)));
    acts.extend([true, false].map(|yes| Act::Answer { yes }));
    acts.extend([true, false].map(|short| Act::EndTransfer { short }));
    acts.extend([true, false].map(|seen| Act::Sweep {
        at: Counter::Here,
        seen,
    }));
    let (at, seen) = (Counter::Partner, true);
    acts.push(Act::Sweep { at, seen });
    acts.extend(DECISIONS.map(Act::Close));
    acts.extend(
        [
            Whither::Missing,
            Whither::Lost,
            Whither::Withdrawn,
            Whither::Gifted,
        ]
        .map(Act::Relocate),
    );
    acts
}

fn lending() -> impl Iterator<Item = Act> {
    [Borrower::Ann, Borrower::Bob].into_iter().flat_map(|who| {
        let done = When::ALL.map(|when| Act::Done(who, when));
        let old = [When::Now, When::Late].map(Act::DoneByOldCopy);
        [Act::CheckOut(who), Act::Override(who)]
            .into_iter()
            .chain(done)
            .chain(old)
    })
}

fn returning() -> impl Iterator<Item = Act> {
    let (here, partner) = (Counter::Here, Counter::Partner);
    let every_name = [Names::NoLoan, Names::Current, Names::Old];
    let now = [How::InHand, How::BySticker]
        .into_iter()
        .flat_map(move |how| {
            every_name.map(|names| Act::Return {
                at: here,
                how,
                names,
                when: When::Now,
            })
        });
    let unnamed = [How::ByCode, How::ByClaim].map(|how| Act::Return {
        at: here,
        how,
        names: Names::NoLoan,
        when: When::Now,
    });
    let elsewhere = [How::InHand, How::BySticker].map(|how| Act::Return {
        at: partner,
        how,
        names: Names::NoLoan,
        when: When::Now,
    });
    let late = [When::Late, When::LateUnsure, When::Unsure]
        .into_iter()
        .flat_map(move |when| {
            every_name.map(|names| Act::Return {
                at: here,
                how: How::InHand,
                names,
                when,
            })
        });
    now.chain(unnamed).chain(elsewhere).chain(late)
}

/// Every decision of a dispute.
pub const DECISIONS: [Decision; 4] = [
    Decision::ReturnedThen,
    Decision::StillOut,
    Decision::EnteredInError,
    Decision::WriteOff,
];
