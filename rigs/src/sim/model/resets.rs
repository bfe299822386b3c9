//! Resets: ordered only with the tablet in hand (R9, R19), carried out once (R10),
//! proven by the tablet itself (R2, R11), and nobody's data is left.

mod tablet;

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    command::Action,
    digest::Digest,
    event::{Event, Recorded},
    ids::{CommandId, LoanId, Nonce, OrderId, TabletId},
    image::ImageId,
    signed::receipt::{FailedStep, Outcome, Receipt},
    tablet::{Flag, RESET_TRIES_MAX, TabletKeys},
    time::Moment,
};

use super::{
    Broken, Rule, View,
    lending::{Lending, Whereabouts, leaves_open},
    said::{Alone, Saying, Sayings},
};
use crate::sim::{note::Note, truth::Place};
use tablet::{Clean, Lost, Tablet};

/// Every order and receipt.
#[derive(Default)]
pub struct Resets {
    tablets: BTreeMap<TabletId, Tablet>,
    orders: BTreeMap<OrderId, (TabletId, u32, Nonce, ImageId)>,
    begun: BTreeSet<OrderId>,
    /// Orders that two people agreed on: for a tablet wherever it is.
    by_two: BTreeSet<OrderId>,
    /// Orders whose return was undone.
    void: BTreeSet<OrderId>,
    /// Check outs that were told to be against a rule.
    overridden: BTreeSet<CommandId>,
    receipts: BTreeMap<Digest, Receipt>,
    verified: BTreeSet<Digest>,
    owed: Vec<(CommandId, String)>,
    unseen: u64,
}

impl Resets {
    pub fn hear(
        &mut self,
        note: &Note,
        view: &View,
        sayings: &Sayings,
        lending: &Lending,
    ) -> Broken {
        match note {
            Note::Logged(recorded, _) => {
                // Only a server that was brought back from a backup can be behind.
                if let Event::TabletAhead { tablet, .. } = recorded.event {
                    let told = format!("{tablet} knows of more than the server");
                    return Some((Rule::R5, told));
                }
                let saying = sayings.of_command(recorded.command)?;
                self.logged(recorded, saying, view, lending)
            }
            Note::ResetBegun(at, order) => self.begun(view, *at, *order),
            Note::Wiped(at) => self.wiped(view, *at),
            Note::Signed(at, receipt, digest) => self.signed(view, *at, receipt, *digest),
            Note::AgentReady(at) => self.agent_ready(view, *at),
            Note::LoanOpened(at, loan) => opened(view, *at, *loan, lending),
            Note::HandedOver(kiosk, at, borrower) => {
                let tablet = view.tablets[*at].body().id;
                let saying = sayings.last_check_out(*kiosk, tablet)?;
                self.handed_over(view, *at, *borrower, saying)
            }
            Note::ServerWrote(..) => self.undisputed(lending),
            Note::Said(_)
            | Note::LentAlone(..)
            | Note::RowsHeard(_)
            | Note::Decided(..)
            | Note::ServerStarted(..)
            | Note::KioskStarted(..)
            | Note::KioskSetBack(..)
            | Note::SeriesBegun(..)
            | Note::Heard(..)
            | Note::Shown(..)
            | Note::ScreenShown(_)
            | Note::Halted(..) => None,
        }
    }

    fn logged(
        &mut self,
        recorded: &Recorded,
        saying: &Saying,
        view: &View,
        lending: &Lending,
    ) -> Broken {
        match &recorded.event {
            Event::TabletEnrolled { tablet, .. } => {
                let epoch = 1;
                let enrolled = Tablet {
                    epoch,
                    ..Tablet::default()
                };
                self.tablets.insert(*tablet, enrolled);
                None
            }
            Event::CheckedOut { tablet, .. } => {
                self.checked_out(recorded, *tablet, saying, lending)
            }
            Event::DisputeRaised { tablet, cause, .. } => {
                self.tablets.get_mut(tablet)?.in_doubt |= leaves_open(*cause);
                None
            }
            Event::Returned { tablet, loan, .. } | Event::HandedOn { tablet, loan, .. } => {
                let from_loan = loan.map(|_| recorded.occurred_at);
                self.returned(*tablet, from_loan, is_in_hand(&recorded.event))
            }
            Event::MarkedLost { tablet }
            | Event::Received { tablet, .. }
            | Event::MarkedMissing { tablet }
            | Event::Sent { tablet, .. } => self.moved(*tablet, &recorded.event),
            Event::CheckOutCameLate { tablet, .. } => {
                self.was_lent_since(*tablet, recorded.occurred_at)
            }
            Event::RuleOverridden { .. } => self.overridden(recorded, saying),
            Event::LoanReopened { tablet, .. } => {
                self.tablets.get_mut(tablet)?.came_back_at = None;
                None
            }
            Event::CheckOutUndone { tablet, .. } => self.never_lent(*tablet),
            Event::ReturnUndone { tablet, .. } => self.never_back(*tablet),
            Event::WipeStarted { tablet, .. } => self.wipe_started(*tablet),
            Event::Gifted { tablet } => self.gifted(*tablet, lending),
            Event::ResetOrdered {
                tablet,
                order,
                epoch,
                nonce,
                counter,
                image,
                ..
            } => {
                let ordered = (*order, epoch.0, *nonce, *image);
                self.ordered(*tablet, ordered, *counter, (saying, lending))
            }
            Event::ResetVerified {
                tablet,
                order,
                receipt,
                ..
            } => self.is_verified(view, *tablet, *order, *receipt),
            Event::AgentEnrolled { tablet, .. } => self.agent_enrolled(*tablet),
            Event::KeysRenewed { tablet, keys } => self.keys_renewed(*tablet, *keys),
            Event::ResetFailed {
                tablet,
                order,
                tries,
                why,
            } => self.failed(*tablet, *order, *tries, *why),
            Event::FlagSet { tablet, flag } => self.flagged(*tablet, *flag, true),
            Event::FlagCleared { tablet, flag } => self.flagged(*tablet, *flag, false),
            Event::VenueOpened { .. }
            | Event::OperatorAppointed { .. }
            | Event::KioskEnrolled { .. }
            | Event::ImageReleased { .. }
            | Event::ReturnCameLate { .. }
            | Event::RetiredTabletSeen { .. }
            | Event::ReportedBack { .. }
            | Event::StillGotItAnswered { .. }
            | Event::DisputeClosed { .. }
            | Event::Withdrawn { .. }
            | Event::PutAside { .. }
            | Event::PutAsideEnded { .. }
            | Event::VenueChanged { .. }
            | Event::Renewed { .. }
            | Event::UnknownTabletSeen { .. }
            | Event::KitSet { .. }
            | Event::KeysRenewalAsked { .. }
            | Event::PartsMissed { .. }
            | Event::TransferBegan { .. }
            | Event::TransferEnded { .. }
            | Event::WrittenOff { .. }
            | Event::HoldPlaced { .. }
            | Event::HoldEnded { .. }
            | Event::TripPlanned { .. }
            | Event::TripEnded { .. }
            | Event::StockTaken { .. }
            | Event::WipeAsked { .. }
            | Event::WipeAgreed { .. }
            | Event::WipeCalledOff { .. }
            | Event::WipesStopped
            | Event::WipesAllowed
            | Event::TabletAhead { .. }
            | Event::SeriesRestarted { .. }
            | Event::CommandIdReused { .. } => None,
        }
    }

    /// The proof is used up.
    fn checked_out(
        &mut self,
        recorded: &Recorded,
        tablet: TabletId,
        saying: &Saying,
        lending: &Lending,
    ) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        let clean = it.clean;
        it.begins_anew();
        it.lost = Lost::No;
        it.came_back_at = None;
        let flagged = lending.is_flagged(tablet);
        if clean == Clean::Proven && !flagged {
            return None;
        }
        let what = format!("{tablet} is lent, {clean:?}, flagged: {flagged}");
        if saying.alone.is_some() || saying.overrides() {
            self.owed.push((recorded.command, what));
            return None;
        }
        Some((Rule::R2, what))
    }

    /// An operator lends against a rule: it is kept who and why.
    fn overridden(&mut self, recorded: &Recorded, saying: &Saying) -> Broken {
        self.overridden.insert(recorded.command);
        (!saying.overrides()).then(|| {
            let what = format!("{} overrides a rule, and nobody said so", recorded.command);
            (Rule::R2, what)
        })
    }

    /// What a kiosk has done without the server stands, and is disputed; what an
    /// operator did against a rule stands as that.
    fn undisputed(&mut self, lending: &Lending) -> Broken {
        let mut owed = std::mem::take(&mut self.owed).into_iter();
        let is_said = |command| lending.is_disputed(command) || self.overridden.contains(&command);
        let found = owed.find(|(command, _)| !is_said(*command));
        found.map(|(_, what)| (Rule::R2, what))
    }

    /// One that was thought clean may have been used.
    fn returned(&mut self, tablet: TabletId, from_loan: Option<Moment>, in_hand: bool) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        it.came_back_at = from_loan.or(it.came_back_at);
        let in_doubt = std::mem::take(&mut it.in_doubt);
        if it.lost != Lost::No && !in_hand {
            it.seen_while_lost();
        } else if in_doubt {
            it.begins_anew();
        } else {
            it.may_be_used();
        }
        if in_hand {
            it.lost = Lost::No;
        }
        None
    }

    /// A lost tablet is away until its sticker is seen at a venue.
    fn moved(&mut self, tablet: TabletId, event: &Event) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        if matches!(event, Event::Received { .. }) {
            it.seen_while_lost();
        } else if matches!(event, Event::MarkedLost { .. }) || it.lost == Lost::Seen {
            it.lost = Lost::Away;
        }
        None
    }

    /// Somebody has it who got it after its return: what that return ordered is void.
    fn was_lent_since(&mut self, tablet: TabletId, lent_at: Moment) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        let since = it.came_back_at.is_some_and(|back| back < lent_at);
        if since && matches!(it.clean, Clean::Ordered(_)) {
            it.clean = Clean::Dirty;
            it.tries = 0;
        }
        None
    }

    /// For a moment it was somebody's.
    fn never_lent(&mut self, tablet: TabletId) -> Broken {
        self.tablets.get_mut(&tablet)?.begins_anew();
        None
    }

    /// Its borrower's things are on it: the order is void.
    fn never_back(&mut self, tablet: TabletId) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        if let Clean::Ordered(order) = it.clean {
            self.void.insert(order);
        }
        it.clean = Clean::Dirty;
        it.came_back_at = None;
        it.tries = 0;
        None
    }

    /// Its proof is used up.
    fn wipe_started(&mut self, tablet: TabletId) -> Broken {
        self.tablets.get_mut(&tablet)?.may_be_used();
        None
    }

    /// Nobody is given what somebody else left on it.
    fn gifted(&self, tablet: TabletId, lending: &Lending) -> Broken {
        let clean = self.tablets.get(&tablet)?.clean;
        let fit = clean == Clean::Proven && !lending.is_flagged(tablet);
        (!fit).then(|| (Rule::R2, format!("{tablet} is given away, {clean:?}")))
    }

    /// Whether its reset is proven.
    pub fn is_proven(&self, tablet: TabletId) -> bool {
        let it = self.tablets.get(&tablet);
        it.is_some_and(|it| it.clean == Clean::Proven)
    }

    /// Whether it is proven clean, or will be with no more help.
    pub fn is_clean_soon(&self, tablet: TabletId) -> bool {
        let it = self.tablets.get(&tablet);
        it.is_some_and(|it| matches!(it.clean, Clean::Proven | Clean::Ordered(_)))
    }

    /// What anybody said of it before is used up, and its tries are its own.
    fn agent_enrolled(&mut self, tablet: TabletId) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        match it.clean {
            Clean::Dirty | Clean::Ordered(_) => {}
            Clean::Proven | Clean::Failed => it.begins_anew(),
        }
        None
    }

    /// A tablet is known by no key that it did not name itself, in its last proof.
    fn keys_renewed(&self, tablet: TabletId, keys: TabletKeys) -> Broken {
        let signed = self.tablets.get(&tablet)?.signed;
        let receipt = signed.and_then(|digest| self.receipts.get(&digest));
        let named = receipt.and_then(|receipt| receipt.new_keys.as_ref());
        let is_named = named.is_some_and(|named| named.proof == keys.proof);
        (!is_named).then(|| (Rule::R2, format!("{tablet} has keys that it did not name")))
    }

    fn ordered(
        &mut self,
        tablet: TabletId,
        (order, epoch, nonce, image): (OrderId, u32, Nonce, ImageId),
        counter: u64,
        (saying, lending): (&Saying, &Lending),
    ) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        let clean = std::mem::replace(&mut it.clean, Clean::Ordered(order));
        if it.lost == Lost::Seen {
            it.lost = Lost::No;
        }
        if counter <= std::mem::replace(&mut it.counter, counter) || epoch != it.epoch {
            return Some((
                Rule::R10,
                format!("{order} is not the next order of {tablet}"),
            ));
        }
        if self
            .orders
            .insert(order, (tablet, epoch, nonce, image))
            .is_some()
        {
            return Some((Rule::R10, format!("{order} is ordered twice")));
        }
        let is_retry = clean == Clean::Failed && it.tries < RESET_TRIES_MAX;
        let is_told = |what: &Action| matches!(what, Action::RecordReset(_) | Action::EndTry(_));
        let is_try_again = is_retry && is_told(&saying.said.what);
        it.by_two = match saying.said.what {
            // What is asked of that is told beside the wipe.
            Action::StartWipe(_) => true,
            _ => it.by_two && is_try_again,
        };
        if it.by_two {
            self.by_two.insert(order);
            return None;
        }
        let is_out = match lending.whereabouts(tablet) {
            Some(Whereabouts::At(_)) => false,
            Some(Whereabouts::Out(_)) | None => true,
            // Its presence was proven when it was first tried.
            Some(Whereabouts::Travelling(_) | Whereabouts::Gone | Whereabouts::Retired) => {
                !is_try_again
            }
        };
        if is_out {
            return Some((Rule::R9, format!("{tablet} is to be reset, and is out")));
        }
        if clean != Clean::Dirty && !is_retry {
            return Some((
                Rule::R9,
                format!("{tablet} is to be reset, and is {clean:?}"),
            ));
        }
        let is_first = matches!(
            saying.said.what,
            Action::EnrolTablet(_) | Action::EnrolAgent(_)
        );
        if is_try_again {
            return None;
        }
        if !is_first && saying.proves() != Some(tablet) {
            let what = format!("{tablet} is to be reset, and nothing proves that it is there");
            return Some((Rule::R19, what));
        }
        lending.was_lent_since(tablet, saying).then(|| {
            let what = format!("{tablet} is to be reset, and was lent since it was in hand");
            (Rule::R19, what)
        })
    }

    fn is_verified(
        &mut self,
        view: &View,
        tablet: TabletId,
        order: OrderId,
        digest: Digest,
    ) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        let clean = std::mem::replace(&mut it.clean, Clean::Proven);
        it.came_back_at = None;
        if clean != Clean::Ordered(order) {
            return Some((Rule::R2, format!("{tablet} is proven, and was {clean:?}")));
        }
        let Some(receipt) = self.receipts.get(&digest) else {
            return Some((
                Rule::R2,
                format!("{tablet} is proven by a receipt it did not sign"),
            ));
        };
        let ordered = self.orders.get(&order).copied();
        let proven = (receipt.tablet, receipt.epoch, receipt.nonce, receipt.image);
        if ordered != Some(proven) || receipt.outcome != Outcome::Verified {
            return Some((
                Rule::R2,
                format!("{tablet} is proven by a receipt of another order"),
            ));
        }
        self.verified.insert(digest);
        let at = view.place_of(tablet)?;
        left_on(view, at).map(|what| (Rule::R2, format!("{tablet} is proven, and {what}")))
    }

    fn failed(&mut self, tablet: TabletId, order: OrderId, tries: u8, why: FailedStep) -> Broken {
        let is_signed = self.receipts.values().any(|receipt| receipt.order == order);
        if why == FailedStep::Proof && !is_signed {
            let what = format!("{tablet} signed nothing for {order}, and that is refused");
            return Some((Rule::R11, what));
        }
        let it = self.tablets.get_mut(&tablet)?;
        let clean = std::mem::replace(&mut it.clean, Clean::Failed);
        it.tries += 1;
        let fits = clean == Clean::Ordered(order) && tries == it.tries;
        (!fits).then(|| {
            (
                Rule::R11,
                format!("try {tries} of {tablet} failed, it was {clean:?}"),
            )
        })
    }

    /// Clearing what five failed tries set lets the reset begin afresh.
    fn flagged(&mut self, tablet: TabletId, flag: Flag, on: bool) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        let Flag::Withheld(_) = flag else {
            return None;
        };
        it.withheld = on;
        if !on && it.clean == Clean::Failed {
            it.clean = Clean::Dirty;
            it.tries = 0;
        }
        None
    }

    /// Only an order of this tablet is begun, and only once.
    fn begun(&mut self, view: &View, at: usize, order: OrderId) -> Broken {
        let tablet = view.tablets[at].body().id;
        let ordered = self.orders.get(&order).map(|(tablet, ..)| *tablet);
        if ordered != Some(tablet) {
            return Some((
                Rule::R10,
                format!("{tablet} begins {order}, which is not its own"),
            ));
        }
        if self.void.contains(&order) {
            let what = format!("{tablet} begins {order}, whose return was undone");
            return Some((Rule::R19, what));
        }
        self.tablets.get_mut(&tablet)?.at_work = Some(order);
        let again = !self.begun.insert(order);
        again.then(|| (Rule::R10, format!("{tablet} begins {order} a second time")))
    }

    fn signed(&mut self, view: &View, at: usize, receipt: &Receipt, digest: Digest) -> Broken {
        let it = self.tablets.get_mut(&view.tablets[at].body().id)?;
        it.signed = Some(digest);
        self.receipts.insert(digest, receipt.clone());
        None
    }

    /// Tablets that were used since the kiosk that lent them by itself last heard.
    pub const fn unseen(&self) -> u64 {
        self.unseen
    }

    /// Whoever gets a tablet finds nobody's data on it. A kiosk without its server
    /// cannot know what was done elsewhere; of what it did itself it knows.
    fn handed_over(&mut self, view: &View, at: usize, borrower: usize, saying: &Saying) -> Broken {
        let unknowing = saying.alone == Some(Alone::Unknowing);
        let body = view.tablets[at].body();
        let number = body.number;
        if let Some(it) = self.tablets.get_mut(&body.id) {
            it.on_its_way = match it.clean {
                Clean::Ordered(order) if unknowing => Some(order),
                Clean::Dirty | Clean::Ordered(_) | Clean::Proven | Clean::Failed => None,
            };
        }
        let what = left_on(view, at)?;
        if saying.overrides() {
            return None;
        }
        if unknowing {
            self.unseen += 1;
            return None;
        }
        Some((
            Rule::R2,
            format!("borrower {borrower} gets {number}, and {what}"),
        ))
    }

    /// Nothing is erased unless somebody has the tablet at a venue, or two people
    /// agreed on it. A kiosk without its server cannot know of an order that is on
    /// its way, and the tablet not that it was lent.
    fn wiped(&mut self, view: &View, at: usize) -> Broken {
        let Place::With(borrower) = view.truth.places[at] else {
            return None;
        };
        let tablet = view.tablets[at].body();
        let it = self.tablets.get(&tablet.id)?;
        let (at_work, on_its_way) = (it.at_work, it.on_its_way);
        if at_work.is_some() && at_work == on_its_way {
            self.unseen += 1;
            return None;
        }
        let by_two = at_work.is_some_and(|order| self.by_two.contains(&order));
        let number = tablet.number;
        (!by_two).then(|| {
            let what = format!("{number} is wiped in the hands of borrower {borrower}");
            (Rule::R19, what)
        })
    }

    /// A tablet calls itself ready only when the server has taken its last receipt.
    fn agent_ready(&self, view: &View, at: usize) -> Broken {
        let tablet = view.tablets[at].body().id;
        let signed = self.tablets.get(&tablet)?.signed;
        let taken = signed.is_some_and(|digest| self.verified.contains(&digest));
        (!taken).then(|| (Rule::R11, format!("{tablet} calls itself ready too early")))
    }
}

fn opened(view: &View, at: usize, loan: LoanId, lending: &Lending) -> Broken {
    let tablet = view.tablets[at].body().id;
    let is_its = lending.is_loan_of(loan, tablet);
    (!is_its).then(|| {
        (
            Rule::R10,
            format!("{tablet} opens itself for {loan}, another's"),
        )
    })
}

fn left_on(view: &View, at: usize) -> Option<String> {
    let marks = view.tablets[at].marks();
    let first = marks.first()?;
    Some(format!("data of borrower {first} is on it"))
}

/// Whether somebody surely had the tablet in hand when it came back.
fn is_in_hand(event: &Event) -> bool {
    match event {
        Event::Returned { presence, .. } => presence.is_proven(),
        other => matches!(other, Event::HandedOn { .. }),
    }
}
