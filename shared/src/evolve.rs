//! The only place where an event becomes state. Total: every event is applied to
//! every state without fault, because the log may hold any order of facts.

use crate::{
    dispute::Dispute,
    event::{Actor, Event, LoanChange, Recorded},
    hold::{Hold, HoldState},
    ids::{LoanId, VenueId},
    kit::{self, Kit},
    loan::{Loan, LoanState},
    lost::Lock,
    tablet::{
        Custody, Epoch, Flag, Flags, LastReturn, Presence, Proof, Reset, ResetOrder, Tablet,
        TabletKeys,
    },
    time::Moment,
    transfer::Transfer,
    trip::{Trip, TripState},
    wipe::{Wipe, WipeState},
};

impl Tablet {
    /// The tablet that an enrolment makes; `None` for any other event.
    pub fn from_enrolment(recorded: &Recorded) -> Option<Self> {
        let Event::TabletEnrolled {
            tablet,
            number,
            serial,
            model,
            venue,
            keys,
            tag,
        } = &recorded.event
        else {
            return None;
        };
        Some(Self {
            id: *tablet,
            number: *number,
            serial: serial.clone(),
            model: model.clone(),
            tag: *tag,
            keys: *keys,
            renew_keys: false,
            custody: Custody::AtVenue(*venue),
            custody_since: recorded.occurred_at,
            epoch: Epoch(1),
            reset: Reset::Dirty,
            order_counter: 0,
            flags: Flags::default(),
            put_aside: None,
            last_return: None,
            reported_back: false,
            kit: kit::standard(),
            missing_parts: Kit::new(),
            lent_by_override: None,
            lock: None,
            in_doubt: false,
        })
    }

    /// What the tablet is after this event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::CheckedOut { loan, .. } => self.checked_out(*loan, at),
            Event::RuleOverridden { reason, .. } => self.lent_by_override = Some(*reason),
            Event::CheckOutUndone { venue, .. } => self.check_out_undone(*venue, at),
            Event::CheckOutCameLate { .. } => self.was_lent_since(at),
            Event::Returned {
                loan,
                venue,
                presence,
                ..
            } => {
                self.returned(*loan, *venue, *presence, at);
            }
            Event::HandedOn { loan, venue, .. } => {
                self.returned(*loan, *venue, Presence::InHand, at);
            }
            Event::ReturnUndone { loan, .. } => self.return_undone(*loan, at),
            Event::ReportedBack { .. } => self.reported_back = true,
            Event::StillGotItAnswered { .. } => self.answered(),
            Event::LoanReopened { loan, .. } => self.loan_reopened(*loan, at),
            Event::DisputeRaised { cause, .. } => self.in_doubt |= cause.contests_loan(),
            Event::KitSet { kit, .. } => self.set_kit(kit),
            Event::PartsMissed { parts, .. } => self.missing_parts.clone_from(parts),
            Event::FlagSet { flag, .. } => self.set_flag(*flag, true),
            Event::FlagCleared { flag, .. } => self.set_flag(*flag, false),
            Event::KeysRenewalAsked { .. } => self.renew_keys = true,
            Event::AgentEnrolled { keys, .. } => self.agent_enrolled(*keys, at),
            Event::KeysRenewed { keys, .. } => self.keys_renewed(*keys),
            Event::ResetOrdered {
                order,
                nonce,
                counter,
                image,
                new_keys,
                ..
            } => {
                let failed_tries = self.failed_tries();
                self.reset_ordered(ResetOrder {
                    order: *order,
                    nonce: *nonce,
                    image: *image,
                    counter: *counter,
                    failed_tries,
                    new_keys: *new_keys,
                });
            }
            Event::ResetVerified {
                image,
                kind,
                receipt,
                ..
            } => {
                self.reset_verified(Proof {
                    image: *image,
                    kind: *kind,
                    receipt: *receipt,
                    proven_at: recorded.recorded_at,
                });
            }
            Event::ResetFailed { tries, .. } => self.reset = Reset::Failed { tries: *tries },
            Event::TabletAhead { epoch, counter, .. } => self.caught_up(*epoch, *counter),
            Event::Sent { to, .. } => self.moved(Custody::InTransit(*to), at),
            Event::Received { venue, .. } => self.received(*venue, at),
            Event::WipeStarted { .. } => self.open_epoch_unless_pending(),
            Event::MarkedMissing { .. } => self.moved(Custody::Missing, at),
            Event::MarkedLost { .. } => self.moved(Custody::Lost, at),
            Event::Withdrawn { .. } => self.moved(Custody::Withdrawn, at),
            Event::Gifted { .. } => self.moved(Custody::Gifted, at),
            Event::PutAside { hold, .. } => self.put_aside = Some(*hold),
            Event::PutAsideEnded { .. } => self.put_aside = None,
            Event::VenueOpened { .. }
            | Event::VenueChanged { .. }
            | Event::OperatorAppointed { .. }
            | Event::KioskEnrolled { .. }
            | Event::ImageReleased { .. }
            | Event::TabletEnrolled { .. }
            | Event::Renewed { .. }
            | Event::ReturnCameLate { .. }
            | Event::UnknownTabletSeen { .. }
            | Event::RetiredTabletSeen { .. }
            | Event::DisputeClosed { .. }
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
            | Event::SeriesRestarted { .. }
            | Event::CommandIdReused { .. } => {}
        }
        self.apply_to_lock(recorded);
    }

    fn checked_out(&mut self, loan: LoanId, at: Moment) {
        self.moved(Custody::OnLoan(loan), at);
        self.open_epoch();
        self.put_aside = None;
        self.last_return = None;
        self.reported_back = false;
    }

    fn check_out_undone(&mut self, venue: VenueId, at: Moment) {
        self.moved(Custody::AtVenue(venue), at);
        self.open_epoch();
    }

    /// An order that was not delivered is void with it: the borrower's things are
    /// on the tablet.
    fn return_undone(&mut self, loan: LoanId, at: Moment) {
        self.moved(Custody::OnLoan(loan), at);
        self.reset = Reset::Dirty;
        self.last_return = None;
    }

    fn returned(&mut self, loan: Option<LoanId>, venue: VenueId, presence: Presence, at: Moment) {
        self.moved(Custody::AtVenue(venue), at);
        // Where a lost tablet's sticker was seen, the tablet may not be: what was ordered
        // before frees nothing, and it waits for a hand.
        if self.in_doubt || (self.is_locked() && !presence.is_proven()) {
            self.open_epoch();
        } else {
            self.open_epoch_unless_pending();
        }
        self.in_doubt = false;
        self.reported_back = false;
        if let Some(loan) = loan {
            self.last_return = Some(LastReturn {
                loan,
                returned_at: at,
                presence,
                answered: false,
            });
        } else if presence.is_proven() {
            self.seen_in_hand();
        }
    }

    /// Moves custody alone; but a lost tablet that came out of a box waits for a hand.
    fn received(&mut self, venue: VenueId, at: Moment) {
        self.moved(Custody::AtVenue(venue), at);
        if self.is_locked() {
            self.open_epoch();
        }
    }

    /// A hand had it at its return, and gave it away again, or did so in the same moment:
    /// where it is now nobody has proven, so what that return ordered is void (R19). What two operators agreed on
    /// rests on no return.
    fn was_lent_since(&mut self, at: Moment) {
        let since = self.last_return.is_some_and(|last| last.returned_at <= at);
        if since && matches!(self.reset, Reset::Ordered(_)) {
            self.reset = Reset::Dirty;
        }
    }

    fn answered(&mut self) {
        if let Some(last) = &mut self.last_return {
            last.answered = true;
        }
    }

    fn loan_reopened(&mut self, loan: LoanId, at: Moment) {
        self.moved(Custody::OnLoan(loan), at);
        self.last_return = None;
    }

    fn reset_ordered(&mut self, order: ResetOrder) {
        self.order_counter = order.counter;
        self.reset = Reset::Ordered(order);
        self.seen_in_hand();
    }

    /// Whoever put an agent on it had it in hand where it is, and in use: what anybody
    /// vouched for before is used up, and its tries are its own from here on.
    fn agent_enrolled(&mut self, keys: TabletKeys, at: Moment) {
        self.keys = Some(keys);
        self.moved(self.custody, at);
        match self.reset {
            Reset::Dirty | Reset::Ordered(_) => {}
            Reset::Proven(_) | Reset::Failed { .. } => self.open_epoch(),
        }
    }

    const fn keys_renewed(&mut self, keys: TabletKeys) {
        self.keys = Some(keys);
        self.renew_keys = false;
    }

    fn reset_verified(&mut self, proof: Proof) {
        self.reset = Reset::Proven(proof);
        self.last_return = None;
        self.lent_by_override = None;
    }

    /// What was proven or ordered before is about an earlier stretch of its life, where
    /// a later one has begun.
    fn caught_up(&mut self, epoch: Epoch, counter: u64) {
        if epoch > self.epoch {
            self.reset = Reset::Dirty;
        }
        self.epoch = epoch;
        self.order_counter = counter;
    }

    /// A lost tablet is to be locked until somebody surely has it in hand: what is
    /// reset where it lies is, and a lost one that is reset from afar is not.
    fn apply_to_lock(&mut self, recorded: &Recorded) {
        let (event, at) = (&recorded.event, recorded.recorded_at);
        let lost = matches!(event, Event::MarkedLost { .. });
        let in_hand = matches!(event, Event::CheckedOut { .. } | Event::HandedOn { .. })
            || matches!(event, Event::Returned { presence, .. } if presence.is_proven())
            || matches!(event, Event::ResetOrdered { .. } if self.venue().is_some());
        if lost || (in_hand && self.is_locked()) {
            self.lock = Some(Lock::after(self.lock, lost, at));
        }
    }

    fn seen_in_hand(&mut self) {
        if let Some(last) = &mut self.last_return {
            last.presence = Presence::InHand;
        }
    }

    /// What no longer belongs to a tablet is not missed.
    fn set_kit(&mut self, kit: &Kit) {
        self.kit.clone_from(kit);
        self.missing_parts.retain(|part| kit.contains(part));
    }

    fn set_flag(&mut self, flag: Flag, on: bool) {
        match flag {
            Flag::PartMissing => {
                self.flags.part_missing = on;
                if !on {
                    self.missing_parts.clear();
                }
            }
            Flag::Damaged => self.flags.damaged = on,
            Flag::Withheld(reason) => self.flags.withheld = on.then_some(reason),
        }
        // Clearing what five failed tries set lets the reset begin afresh.
        if !on
            && matches!(
                (flag, self.reset),
                (Flag::Withheld(_), Reset::Failed { .. })
            )
        {
            self.reset = Reset::Dirty;
        }
    }

    fn moved(&mut self, custody: Custody, at: Moment) {
        self.custody = custody;
        self.custody_since = self.custody_since.max(at);
    }

    fn open_epoch(&mut self) {
        self.epoch = self.epoch.next();
        self.reset = Reset::Dirty;
    }

    /// A second scan of a tablet whose reset is due or at work asks for nothing
    /// new; one that was thought clean may have been used.
    fn open_epoch_unless_pending(&mut self) {
        match self.reset {
            Reset::Dirty | Reset::Ordered(_) => {}
            Reset::Failed { .. } if self.flags.withheld.is_some() => {}
            Reset::Proven(_) | Reset::Failed { .. } => self.open_epoch(),
        }
    }

    const fn failed_tries(&self) -> u8 {
        match self.reset {
            Reset::Failed { tries } => tries,
            Reset::Dirty | Reset::Ordered(_) | Reset::Proven(_) => 0,
        }
    }
}

impl Loan {
    /// The loan that a check out makes, in time or late; `None` for any other event.
    pub fn from_check_out(recorded: &Recorded) -> Option<Self> {
        let (Event::CheckedOut {
            tablet,
            loan,
            venue,
            due_on,
        }
        | Event::CheckOutCameLate {
            tablet,
            loan,
            venue,
            due_on,
        }) = &recorded.event
        else {
            return None;
        };
        let mut made = Self {
            id: *loan,
            tablet: *tablet,
            venue: *venue,
            checked_out_at: recorded.occurred_at,
            due_on: *due_on,
            renewals: 0,
            state: LoanState::Open,
        };
        made.apply(recorded);
        Some(made)
    }

    /// What the loan is after this event, where the event names it.
    pub fn apply(&mut self, recorded: &Recorded) {
        match recorded.event.loan_change() {
            Some((loan, change)) if loan == self.id => self.change(change, recorded.occurred_at),
            Some(_) | None => {}
        }
    }

    fn change(&mut self, change: LoanChange, at: Moment) {
        match change {
            LoanChange::Began | LoanChange::WentOn => self.state = LoanState::Open,
            LoanChange::CameInDoubt => self.state = LoanState::Contested,
            // It ended when it first did.
            LoanChange::Ended if self.is_over() => {}
            LoanChange::Ended => self.state = LoanState::Closed { closed_at: at },
            LoanChange::NeverWas => self.state = LoanState::Voided { voided_at: at },
            LoanChange::Renewed(due_on) => {
                self.due_on = due_on;
                self.renewals = self.renewals.saturating_add(1);
            }
        }
    }
}

impl Dispute {
    /// The dispute that this event raises; `None` for any other event.
    pub fn from_raised(recorded: &Recorded) -> Option<Self> {
        let Event::DisputeRaised {
            dispute,
            cause,
            tablet,
            loan,
        } = recorded.event
        else {
            return None;
        };
        Some(Self {
            id: dispute,
            cause,
            tablet,
            loan,
            decision: None,
        })
    }

    /// What the dispute is after this event, where the event names it.
    pub fn apply(&mut self, recorded: &Recorded) {
        if let Event::DisputeClosed {
            dispute, decision, ..
        } = recorded.event
            && dispute == self.id
        {
            self.decision = Some(decision);
        }
    }
}

impl Hold {
    /// The hold that this event places; `None` for any other event.
    pub fn from_placed(recorded: &Recorded) -> Option<Self> {
        let Event::HoldPlaced { hold, venue, needs } = &recorded.event else {
            return None;
        };
        Some(Self {
            id: *hold,
            venue: *venue,
            needs: needs.clone(),
            placed_at: recorded.occurred_at,
            state: HoldState::Waiting,
        })
    }

    /// What the hold is after this event, where the event names it.
    pub fn apply(&mut self, recorded: &Recorded) {
        match recorded.event.hold_change() {
            Some((hold, state)) if hold == self.id => self.state = state,
            Some(_) | None => {}
        }
    }
}

impl Transfer {
    /// The box that this event packs; `None` for any other event.
    pub fn from_began(recorded: &Recorded) -> Option<Self> {
        let Event::TransferBegan {
            transfer,
            from,
            to,
            sent,
        } = recorded.event
        else {
            return None;
        };
        Some(Self {
            id: transfer,
            from,
            to,
            sent,
            ended: false,
        })
    }

    /// What the box is after this event, where the event names it.
    pub fn apply(&mut self, recorded: &Recorded) {
        if let Event::TransferEnded { transfer, .. } = recorded.event {
            self.ended |= transfer == self.id;
        }
    }
}

impl Trip {
    /// The trip that this event plans; `None` for any other event.
    pub fn from_planned(recorded: &Recorded) -> Option<Self> {
        let Event::TripPlanned {
            trip,
            errand,
            venue,
            on,
        } = recorded.event
        else {
            return None;
        };
        Some(Self {
            id: trip,
            errand,
            venue,
            on,
            state: TripState::Planned,
        })
    }

    /// What the trip is after this event, where the event names it.
    pub fn apply(&mut self, recorded: &Recorded) {
        let Event::TripEnded { trip, done } = recorded.event else {
            return;
        };
        if trip == self.id {
            self.state = if done {
                TripState::Done
            } else {
                TripState::CalledOff
            };
        }
    }
}

impl Wipe {
    /// The wipe that this event asks for; `None` for any other event.
    pub fn from_asked(recorded: &Recorded) -> Option<Self> {
        let (
            Event::WipeAsked {
                wipe,
                tablet,
                epoch,
            },
            Actor::Operator(asked_by),
        ) = (&recorded.event, recorded.actor)
        else {
            return None;
        };
        Some(Self {
            id: *wipe,
            tablet: *tablet,
            epoch: *epoch,
            asked_by,
            asked_at: recorded.recorded_at,
            agreed_by: None,
            state: WipeState::Asked,
        })
    }

    /// What the wipe is after this event, where the event concerns it.
    pub fn apply(&mut self, recorded: &Recorded) {
        let Some((wipe, state)) = recorded.event.wipe_change(recorded.recorded_at) else {
            return;
        };
        if wipe != self.id {
            return;
        }
        self.state = state;
        if let (WipeState::Agreed { .. }, Actor::Operator(operator)) = (state, recorded.actor) {
            self.agreed_by = Some(operator);
        }
    }
}
