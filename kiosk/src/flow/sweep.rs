//! A sweep: tablets are scanned one after the other, to count a shelf or to unpack a
//! box. A tablet of a box is written down as it is scanned; a count when it is over.

use std::collections::BTreeSet;

use shared::{
    decide::stock::SEEN_MAX,
    ids::{TabletId, TransferId},
    refusal::Refusal,
    tablet::StateWord,
    wire::v1::{command::KioskAction, kiosk::TabletRow},
};

use super::{
    At, Flow, Sound,
    problem::Problem,
    state::{Done, Fact, Page, Purpose, Then},
};
use crate::mirror::Mirror;

/// Tablets that are scanned one after the other.
#[derive(Clone, PartialEq, Eq)]
pub struct Sweep {
    /// What for.
    pub what: Sweeping,
    /// What the last scan was.
    pub last: Option<(TabletId, Find)>,
    expected: BTreeSet<TabletId>,
    seen: BTreeSet<TabletId>,
}

/// What tablets are scanned one after the other for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweeping {
    /// To count what is at the venue.
    Stock,
    /// To unpack this box, once it is clear which it is.
    Box(Option<TransferId>),
}

/// What a scan was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find {
    /// It belongs here.
    Found,
    /// It was scanned before.
    Again,
    /// It should be somewhere else.
    Unexpected,
    /// It did not come out of a box: it was here already.
    HereAlready,
    /// It cannot come out of a box: it is to be returned.
    ToReturn,
}

/// How many of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Tablets that belong here, and are.
    pub found: usize,
    /// Tablets that belong here, and were not scanned.
    pub missing: usize,
    /// Tablets that should be somewhere else.
    pub unexpected: usize,
}

impl Sweep {
    fn of_shelf(mirror: &Mirror) -> Self {
        Self::new(Sweeping::Stock, here(mirror))
    }

    /// The one box that is on its way here; of several, the first tablet says which.
    fn of_box(mirror: &Mirror) -> Self {
        let boxes: BTreeSet<_> = mirror.on_their_way().map(|(_, it)| it).collect();
        let only = boxes.first().copied().filter(|_| boxes.len() == 1);
        let expected = only.map_or_else(BTreeSet::new, |it| packed(it, mirror));
        Self::new(Sweeping::Box(only), expected)
    }

    const fn new(what: Sweeping, expected: BTreeSet<TabletId>) -> Self {
        Self {
            what,
            last: None,
            expected,
            seen: BTreeSet::new(),
        }
    }

    fn see(&mut self, row: &TabletRow, mirror: &Mirror) -> Find {
        if self.what == Sweeping::Box(None)
            && let Some(it) = row.on_its_way
            && it.to == mirror.place().venue
        {
            self.what = Sweeping::Box(Some(it.transfer));
            self.expected = packed(it.transfer, mirror);
        }
        let find = self.find(row, mirror);
        self.seen.insert(row.tablet);
        self.last = Some((row.tablet, find));
        find
    }

    fn find(&self, row: &TabletRow, mirror: &Mirror) -> Find {
        if self.seen.contains(&row.tablet) {
            return Find::Again;
        }
        if self.expected.contains(&row.tablet) {
            return Find::Found;
        }
        match self.what {
            Sweeping::Stock => Find::Unexpected,
            Sweeping::Box(_) => beside_a_box(row, mirror),
        }
    }

    /// The tablets that belong here and were not scanned.
    pub fn missing(&self) -> impl Iterator<Item = TabletId> {
        self.expected.difference(&self.seen).copied()
    }

    /// How many of each.
    pub fn tally(&self) -> Tally {
        Tally {
            found: self.expected.intersection(&self.seen).count(),
            missing: self.missing().count(),
            unexpected: self.seen.difference(&self.expected).count(),
        }
    }
}

impl Flow {
    /// "Count the shelf".
    pub(super) fn count_shelf(&mut self, at: At) {
        if let Page::Home = self.state.page {
            let sweep = Sweep::of_shelf(at.mirror);
            self.scan_next(Purpose::Sweep(sweep), at);
        }
    }

    /// "A box came".
    pub(super) fn unpack_box(&mut self, at: At) {
        if let Page::Home = self.state.page {
            let sweep = Sweep::of_box(at.mirror);
            self.scan_next(Purpose::Sweep(sweep), at);
        }
    }

    /// One more tablet was scanned.
    pub(super) fn sweep(&mut self, row: &TabletRow, mut sweep: Sweep, at: At) {
        if sweep.seen.len() >= SEEN_MAX {
            let max = u32::try_from(SEEN_MAX).expect("a small number");
            let problem = Problem::Refused(Refusal::TooMany { max });
            return self.trouble(problem, None, Then::Scan(Purpose::Sweep(sweep)), at);
        }
        let find = sweep.see(row, at.mirror);
        self.sound(match find {
            Find::Found | Find::Again => Sound::Good,
            Find::Unexpected | Find::HereAlready | Find::ToReturn => Sound::OursToFix,
        });
        let unpacks = matches!(sweep.what, Sweeping::Box(_));
        if unpacks && matches!(find, Find::Found | Find::Unexpected) {
            let tablet = row.tablet;
            self.keep(KioskAction::Receive { tablet }, at);
        }
        self.open_scan(Purpose::Sweep(sweep), at);
    }

    /// "I have scanned them all".
    pub(super) fn sweep_over(&mut self, at: At) {
        let Page::Scan(scan) = &self.state.page else {
            return;
        };
        let Purpose::Sweep(sweep) = &scan.purpose else {
            return;
        };
        let sweep = sweep.clone();
        if sweep.seen.is_empty() {
            // A shelf that nobody looked at is not empty.
            self.start_again(at.now());
        } else if sweep.missing().next().is_some() {
            self.go(Page::SweepShort(sweep), at.now());
        } else {
            self.report(sweep, at);
        }
    }

    /// "They are not here".
    pub(super) fn report_missing(&mut self, at: At) {
        if let Page::SweepShort(sweep) = &self.state.page {
            let sweep = sweep.clone();
            self.report(sweep, at);
        }
    }

    fn report(&mut self, sweep: Sweep, at: At) {
        let (what, tally) = (sweep.what, sweep.tally());
        let fact = Fact::Counted { what, tally };
        match what {
            Sweeping::Stock => {
                let (stocktake, seen) = (at.given.stocktake, sweep.seen.into_iter().collect());
                self.write(KioskAction::TakeStock { stocktake, seen }, fact, at);
            }
            Sweeping::Box(Some(transfer)) => {
                let short = tally.missing > 0;
                self.write(KioskAction::EndTransfer { transfer, short }, fact, at);
            }
            // Nobody had said that there is a box: each tablet is written down, and
            // that is all.
            Sweeping::Box(None) => self.done(Done::Counted { what, tally }, at),
        }
    }

    /// The sweep that goes on, whichever of its screens is shown.
    pub(super) const fn sweep_mut(&mut self) -> Option<&mut Sweep> {
        let purpose = match &mut self.state.page {
            Page::SweepShort(sweep) => return Some(sweep),
            Page::Scan(scan) => &mut scan.purpose,
            Page::TypeNumber(typing) => &mut typing.purpose,
            Page::Problem(trouble) => match &mut trouble.then {
                Then::Scan(purpose) => purpose,
                Then::Start | Then::FindBorrower => return None,
            },
            Page::First
            | Page::Goodbye(_)
            | Page::ConfirmReturn(_)
            | Page::FindBorrower(_)
            | Page::LookingUp(_)
            | Page::LendAnyway(_)
            | Page::HandOver(_)
            | Page::Writing(_)
            | Page::Lending(_)
            | Page::Undoing(_)
            | Page::Done(_)
            | Page::Refer(_)
            | Page::Home
            | Page::News(_) => return None,
        };
        match purpose {
            Purpose::Sweep(sweep) => Some(sweep),
            Purpose::BringBack | Purpose::Return | Purpose::CheckOut(_) => None,
        }
    }

    /// Rows changed: what belongs on the shelf may be something else.
    pub(super) fn check_shelf(&mut self, at: At) {
        if let Some(sweep) = self.sweep_mut()
            && sweep.what == Sweeping::Stock
        {
            sweep.expected = here(at.mirror);
        }
    }

    /// The disk did not take it that this tablet came out of a box: it is to be
    /// scanned again. Whether the sweep goes on.
    pub(super) fn scan_again(&mut self, action: &KioskAction, at: At) -> bool {
        let (KioskAction::Receive { tablet }, Some(sweep)) = (action, self.sweep_mut()) else {
            return false;
        };
        sweep.seen.remove(tablet);
        sweep.last = None;
        let then = Then::Scan(Purpose::Sweep(sweep.clone()));
        self.trouble(Problem::NotKept, Some(*tablet), then, at);
        true
    }
}

fn here(mirror: &Mirror) -> BTreeSet<TabletId> {
    mirror.here().map(|row| row.tablet).collect()
}

fn packed(transfer: TransferId, mirror: &Mirror) -> BTreeSet<TabletId> {
    let in_it = mirror.on_their_way().filter(|(_, it)| *it == transfer);
    in_it.map(|(row, _)| row.tablet).collect()
}

/// What a tablet is that nobody had put into the box: the server takes it for one of
/// it, unless it was here, or is to be returned.
fn beside_a_box(row: &TabletRow, mirror: &Mirror) -> Find {
    if row.venue == Some(mirror.place().venue) {
        return Find::HereAlready;
    }
    match row.word {
        StateWord::OnLoan
        | StateWord::Missing
        | StateWord::Lost
        | StateWord::Retired
        | StateWord::GivenAway => Find::ToReturn,
        StateWord::Travelling
        | StateWord::NeedsAttention
        | StateWord::Resetting
        | StateWord::BackNotYetReset
        | StateWord::PutAside
        | StateWord::Ready => Find::Unexpected,
    }
}
