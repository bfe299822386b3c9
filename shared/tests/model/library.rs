//! A whole small library in memory: everything that decisions read is kept by the
//! facts that they made, as a server keeps it in rows. One borrower is known by
//! each id; nothing here is a second opinion on a rule.

mod decides;
mod sound;
pub mod verbs;

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    borrower::BorrowerView,
    command::Action,
    decide::{
        Decided, Given,
        hold::Queue,
        undo::{self, Done},
        wipe::Brakes,
    },
    dispute::Dispute,
    event::{Actor, Event, Origin, Recorded},
    hold::{Hold, HoldState},
    ids::{
        BorrowerId, CommandId, DisputeId, HoldId, LoanId, Nonce, OperatorId, OrderId, StocktakeId,
        TabletId, TransferId, TripId, VenueId, WipeId,
    },
    image::ImageId,
    loan::{Loan, LoanState},
    policy::Policy,
    tablet::{StateWord, Tablet},
    time::{Day, Moment},
    transfer::Transfer,
    trip::{Errand, Trip, TripState},
    venue::{Calendar, Venue, VenueKind},
    wipe::{HOUR_MS, Wipe},
};

/// What is asked for, by whom, and in which circumstances.
#[derive(Clone, Debug)]
pub struct Asked {
    pub actor: Actor,
    pub venue: VenueId,
    /// None: this very moment.
    pub occurred_at: Option<Moment>,
    pub clock_sure: bool,
    pub from_old_copy: bool,
    pub action: Action,
}

impl Asked {
    /// As usual: at this very moment, by a clock that is sure of itself.
    pub fn new(actor: Actor, venue: VenueId, action: Action) -> Self {
        Self {
            actor,
            venue,
            occurred_at: None,
            clock_sure: true,
            from_old_copy: false,
            action,
        }
    }
}

/// Who did what, and which places of the log it took.
#[derive(Clone, Debug)]
struct Taken {
    actor: Actor,
    events: Vec<Event>,
    last: u64,
}

#[derive(Clone, Debug)]
pub struct Library {
    pub now: Moment,
    pub policy: Policy,
    pub venues: BTreeMap<VenueId, Venue>,
    pub image: Option<ImageId>,
    /// From this day on the image lends no more.
    pub withdraw_on: Option<Day>,
    pub strangers: BTreeSet<BorrowerId>,
    pub tablets: BTreeMap<TabletId, Tablet>,
    pub loans: BTreeMap<LoanId, Loan>,
    pub disputes: BTreeMap<DisputeId, Dispute>,
    /// In the order in which they were placed.
    pub holds: Vec<Hold>,
    pub transfers: BTreeMap<TransferId, Transfer>,
    pub trips: BTreeMap<TripId, Trip>,
    pub wipes: BTreeMap<WipeId, Wipe>,
    pub stocktakes: BTreeSet<StocktakeId>,
    pub stopped_by: Option<OperatorId>,
    /// Orders that a tablet was answered with.
    pub delivered: BTreeSet<OrderId>,
    loan_borrower: BTreeMap<LoanId, BorrowerId>,
    hold_borrower: BTreeMap<HoldId, BorrowerId>,
    box_of: BTreeMap<TabletId, TransferId>,
    taken: BTreeMap<CommandId, Taken>,
    /// The place in the log of the last fact about a tablet.
    touched: BTreeMap<TabletId, u64>,
    head: u64,
    drawn: u64,
}

impl Library {
    /// A library at noon with these venues and nothing in it.
    pub fn new(venues: impl IntoIterator<Item = (VenueId, VenueKind)>) -> Self {
        let venue = |(id, kind)| {
            let calendar = Calendar::default();
            let name = String::from("Demo");
            let venue = Venue {
                id,
                name,
                kind,
                calendar,
            };
            (id, venue)
        };
        Self {
            now: "2026-11-21T12:00:00Z".parse().expect("an instant"),
            policy: Policy::default(),
            venues: venues.into_iter().map(venue).collect(),
            image: Some(crate::world::image()),
            withdraw_on: None,
            strangers: BTreeSet::new(),
            tablets: BTreeMap::new(),
            loans: BTreeMap::new(),
            disputes: BTreeMap::new(),
            holds: Vec::new(),
            transfers: BTreeMap::new(),
            trips: BTreeMap::new(),
            wipes: BTreeMap::new(),
            stocktakes: BTreeSet::new(),
            stopped_by: None,
            delivered: BTreeSet::new(),
            loan_borrower: BTreeMap::new(),
            hold_borrower: BTreeMap::new(),
            box_of: BTreeMap::new(),
            taken: BTreeMap::new(),
            touched: BTreeMap::new(),
            head: 0,
            drawn: 0,
        }
    }

    /// A second passes, it is asked for, and what the rules made of it is kept.
    pub fn ask(&mut self, asked: &Asked) -> Decided {
        let given = self.given_next(asked, 0);
        let decided = self.decide(asked, &given);
        match &decided {
            Ok(events) => self.keep_next(asked, &given, events),
            Err(_) => self.tick(given.now),
        }
        decided
    }

    /// What would be given a second later, or so much later.
    pub fn given_next(&self, asked: &Asked, wait_ms: i64) -> Given {
        let now = self.now.plus_ms(1000).plus_ms(wait_ms);
        given(asked, now, self.next_id())
    }

    /// What is given at this moment.
    pub fn given(&self, asked: &Asked) -> Given {
        given(asked, self.now, bytes(self.drawn))
    }

    /// Keeps what the rules made of it.
    pub fn keep_next(&mut self, asked: &Asked, given: &Given, events: &[Event]) {
        self.tick(given.now);
        self.keep(self.last_command(), asked, given, events);
    }

    fn tick(&mut self, now: Moment) {
        self.now = now;
        self.drawn += 1;
    }

    /// The id of what was asked for last.
    pub fn last_command(&self) -> CommandId {
        CommandId::from_bytes(bytes(self.drawn))
    }

    /// What is over has no say any more, but for the loan that may be reopened.
    pub fn forget_what_is_over(&mut self) {
        let tablets = self.tablets.values();
        let last = tablets.filter_map(|it| it.last_return);
        let may_reopen: BTreeSet<LoanId> = last.map(|last| last.loan).collect();
        let goes_on = |loan: &Loan| !loan.is_over() || may_reopen.contains(&loan.id);
        self.loans.retain(|_, loan| goes_on(loan));
        let loans = &self.loans;
        self.loan_borrower.retain(|id, _| loans.contains_key(id));
        self.disputes.retain(|_, it| it.decision.is_none());
        let ended = |hold: &Hold| matches!(hold.state, HoldState::Ended { .. });
        self.holds.retain(|hold| !ended(hold));
        let holds: BTreeSet<HoldId> = self.holds.iter().map(|hold| hold.id).collect();
        self.hold_borrower.retain(|id, _| holds.contains(id));
        self.transfers.retain(|_, it| !it.ended);
        self.wipes.retain(|_, it| it.is_pending());
        self.taken.clear();
        self.stocktakes.clear();
    }

    /// A wipe of a stretch of its life that is over is called off when its time comes:
    /// it has no say any more.
    pub fn forget_wipes_of_another_stretch(&mut self) {
        let tablets = &self.tablets;
        self.wipes
            .retain(|_, it| tablets[&it.tablet].epoch == it.epoch);
    }

    /// An id that nothing has: for a loan, a hold, a box…
    pub fn fresh(&mut self) -> [u8; 16] {
        self.drawn += 1;
        bytes(self.drawn)
    }

    /// The id that the next command will have, and nothing has yet.
    pub fn next_id(&self) -> [u8; 16] {
        bytes(self.drawn + 1)
    }

    fn keep(&mut self, command: CommandId, asked: &Asked, given: &Given, events: &[Event]) {
        for event in events {
            self.head += 1;
            let event = event.clone();
            let recorded = recorded(self.head, command, asked, given, event);
            self.apply(&recorded);
        }
        self.keep_people(&asked.action);
        let taken = Taken {
            actor: asked.actor,
            events: events.to_vec(),
            last: self.head,
        };
        self.taken.insert(command, taken);
    }

    /// Who it is stands beside the log, under the loan's or the hold's id alone.
    fn keep_people(&mut self, action: &Action) {
        if let Action::CheckOut(it) = action
            && let Some(borrower) = it.borrower
        {
            self.loan_borrower.insert(it.loan, borrower);
        }
        if let Action::PlaceHold(it) = action {
            self.hold_borrower.insert(it.hold, it.borrower);
        }
    }

    /// A fact becomes state.
    pub fn apply(&mut self, recorded: &Recorded) {
        let event = &recorded.event;
        if let Some(id) = event.tablet() {
            self.touched.insert(id, recorded.server_seq);
        }
        if let Some(tablet) = event.tablet().and_then(|id| self.tablets.get_mut(&id)) {
            tablet.apply(recorded);
        }
        self.loans.values_mut().for_each(|it| it.apply(recorded));
        self.disputes.values_mut().for_each(|it| it.apply(recorded));
        self.holds.iter_mut().for_each(|it| it.apply(recorded));
        self.transfers
            .values_mut()
            .for_each(|it| it.apply(recorded));
        self.trips.values_mut().for_each(|it| it.apply(recorded));
        self.wipes.values_mut().for_each(|it| it.apply(recorded));
        self.begin(recorded);
        self.keep_the_rest(recorded);
    }

    /// What this fact is the beginning of.
    fn begin(&mut self, recorded: &Recorded) {
        let tablet = Tablet::from_enrolment(recorded);
        self.tablets.extend(tablet.map(|it| (it.id, it)));
        let loan = Loan::from_check_out(recorded);
        self.loans.extend(loan.map(|it| (it.id, it)));
        let dispute = Dispute::from_raised(recorded);
        self.disputes.extend(dispute.map(|it| (it.id, it)));
        self.holds.extend(Hold::from_placed(recorded));
        let transfer = Transfer::from_began(recorded);
        self.transfers.extend(transfer.map(|it| (it.id, it)));
        let trip = Trip::from_planned(recorded);
        self.trips.extend(trip.map(|it| (it.id, it)));
        let wipe = Wipe::from_asked(recorded);
        self.wipes.extend(wipe.map(|it| (it.id, it)));
    }

    fn keep_the_rest(&mut self, recorded: &Recorded) {
        if let Event::Sent {
            tablet,
            transfer: Some(transfer),
            ..
        } = recorded.event
        {
            self.box_of.insert(tablet, transfer);
        }
        if let Event::VenueChanged {
            venue,
            kind,
            calendar,
            ..
        } = &recorded.event
            && let Some(it) = self.venues.get_mut(venue)
        {
            it.kind = *kind;
            it.calendar = calendar.clone();
        }
        if let Event::StockTaken { stocktake, .. } = recorded.event {
            self.stocktakes.insert(stocktake);
        }
        if let (Event::WipesStopped, Actor::Operator(who)) = (&recorded.event, recorded.actor) {
            self.stopped_by = Some(who);
        }
        if recorded.event == Event::WipesAllowed {
            self.stopped_by = None;
        }
    }
}

fn given(asked: &Asked, now: Moment, drawn: [u8; 16]) -> Given {
    Given {
        now,
        occurred_at: asked.occurred_at.unwrap_or(now).min(now),
        clock_sure: asked.clock_sure,
        from_old_copy: asked.from_old_copy,
        actor: asked.actor,
        order: OrderId::from_bytes(drawn),
        nonce: Nonce::from_bytes(drawn),
        dispute: DisputeId::from_bytes(drawn),
    }
}

/// 16 bytes for the number of a draw.
fn bytes(drawn: u64) -> [u8; 16] {
    let mut bytes = [0xdd; 16];
    bytes[8..].copy_from_slice(&drawn.to_be_bytes());
    bytes
}

fn recorded(seq: u64, command: CommandId, asked: &Asked, given: &Given, event: Event) -> Recorded {
    Recorded {
        server_seq: seq,
        origin: Origin::Server,
        origin_seq: None,
        command,
        actor: asked.actor,
        venue: Some(asked.venue),
        occurred_at: given.occurred_at,
        recorded_at: given.now,
        clock_sure: asked.clock_sure,
        seen: 0,
        event,
    }
}

/// Reading what is kept.
impl Library {
    /// The loan of this tablet that is not over: an open one, else the latest.
    pub fn current_loan(&self, tablet: TabletId) -> Option<&Loan> {
        let of_it = self.loans.values().filter(|loan| loan.tablet == tablet);
        of_it
            .filter(|loan| !loan.is_over())
            .max_by_key(|loan| (loan.is_open(), loan.checked_out_at))
    }

    /// The dispute that was raised last and waits for a person.
    pub fn open_dispute(&self) -> Option<&Dispute> {
        let mut open = self.disputes.values().filter(|it| it.decision.is_none());
        open.next_back()
    }

    pub fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.id == id)
    }

    pub fn waiting(&self, venue: VenueId) -> Vec<Hold> {
        let here = self.holds.iter().filter(|hold| hold.venue == venue);
        here.filter(|hold| hold.is_waiting()).cloned().collect()
    }

    pub fn calendar(&self, venue: VenueId) -> Calendar {
        let calendar = self.venues.get(&venue).map(|it| it.calendar.clone());
        calendar.unwrap_or_default()
    }

    fn queue(&self, venue: VenueId) -> Queue {
        Queue {
            waiting: self.waiting(venue),
            calendar: self.calendar(venue),
            hold_days: self.policy.hold_days,
        }
    }

    fn queue_at(&self, tablet: &Tablet) -> Queue {
        let queue = tablet.venue().map(|venue| self.queue(venue));
        queue.unwrap_or_default()
    }

    fn tablets_at(&self, venue: VenueId) -> Vec<Tablet> {
        let here = |it: &&Tablet| it.venue() == Some(venue);
        self.tablets.values().filter(here).cloned().collect()
    }

    fn ready_at(&self, venue: VenueId) -> Vec<Tablet> {
        let mut here = self.tablets_at(venue);
        here.retain(|it| it.word() == StateWord::Ready);
        here
    }

    fn borrower(&self, id: BorrowerId) -> Option<BorrowerView> {
        let whose = |loan: &&Loan| self.loan_borrower.get(&loan.id) == Some(&id);
        let open = |loan: &&Loan| loan.state == LoanState::Open;
        let open_loans = self.loans.values().filter(open).filter(whose).count();
        let holds = self.holds_of(id).count();
        (!self.strangers.contains(&id)).then(|| BorrowerView {
            open_loans: u32::try_from(open_loans).expect("few"),
            holds: u32::try_from(holds).expect("few"),
        })
    }

    fn holds_of(&self, id: BorrowerId) -> impl Iterator<Item = &Hold> {
        let theirs = move |hold: &&Hold| self.hold_borrower.get(&hold.id) == Some(&id);
        let over = |hold: &&Hold| matches!(hold.state, HoldState::Ended { .. });
        self.holds.iter().filter(theirs).filter(move |it| !over(it))
    }

    /// The borrower's hold that a check out of this tablet serves.
    fn hold_served(&self, id: BorrowerId, tablet: &Tablet, venue: VenueId) -> Option<Hold> {
        let kept = |hold: &&Hold| Some(hold.id) == tablet.put_aside;
        let here = |hold: &&Hold| hold.venue == venue;
        let first = self.holds_of(id).find(kept);
        first.or_else(|| self.holds_of(id).find(here)).cloned()
    }

    fn trip_for(&self, errand: Errand) -> Option<TripId> {
        let planned = |it: &&Trip| it.errand == errand && it.state == TripState::Planned;
        self.trips.values().find(planned).map(|it| it.id)
    }

    fn brakes(&self, actor: Actor, now: Moment) -> Brakes {
        let since = now.plus_ms(-HOUR_MS);
        let recent = self.wipes.values().filter(|it| it.counts_since(since));
        let count = |it: usize| u32::try_from(it).expect("few");
        let involved = |it: &&Wipe| matches!(actor, Actor::Operator(who) if it.involves(who));
        Brakes {
            by_operator: count(recent.clone().filter(involved).count()),
            in_fleet: count(recent.count()),
            stopped_by: self.stopped_by,
        }
    }

    fn done(&self, command: CommandId) -> Option<Done> {
        let taken = self.taken.get(&command)?;
        let id = undo::tablet(&taken.events)?;
        let delivered = |event: &Event| matches!(event, Event::ResetOrdered { order, .. } if self.delivered.contains(order));
        Some(Done {
            actor: taken.actor,
            events: taken.events.clone(),
            tablet: self.tablets.get(&id)?.clone(),
            touched_since: self.touched.get(&id).is_some_and(|seq| *seq > taken.last),
            order_delivered: taken.events.iter().any(delivered),
            contested: taken.events.iter().any(|event| self.contests(event)),
        })
    }

    /// Whether the loan that this fact changed is contested by a dispute that is open.
    fn contests(&self, event: &Event) -> bool {
        let loan = event.loan_change().map(|(loan, _)| loan);
        let open = self.disputes.values().filter(|it| it.decision.is_none());
        let mut contesting = open.filter(|it| it.cause.contests_loan());
        loan.is_some() && contesting.any(|it| it.loan == loan)
    }
}
