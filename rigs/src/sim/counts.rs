//! How often what went wrong, and which facts and refusals came of it: a rig that
//! ran in fair weather, or got nowhere, shows.

use std::collections::BTreeMap;

/// Something that went wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A message was lost.
    Lost,
    /// A message met a cut line.
    CutOff,
    /// A request arrived twice.
    Doubled,
    /// A message took long.
    Slow,
    /// A request was sent again by somebody else.
    Replayed,
    /// An earlier answer was played again.
    Stale,
    /// A kiosk lost power.
    KioskCut,
    /// A kiosk's disk was set back to an old copy.
    KioskSetBack,
    /// The server ended.
    ServerCut,
    /// The server's next key came into use.
    KeysChanged,
    /// A tablet lost power.
    TabletCut,
    /// A tablet's newest record was damaged.
    RecordDamaged,
    /// A wall clock was moved.
    ClockMoved,
    /// A step of a reset failed.
    ResetFailed,
    /// A receipt did not fit its order.
    Misfit,
    /// A disk did not take a write.
    DiskFailed,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::Lost => "messages lost",
            Self::CutOff => "messages into a cut line",
            Self::Doubled => "requests doubled",
            Self::Slow => "messages delayed",
            Self::Replayed => "requests replayed",
            Self::Stale => "answers replayed",
            Self::KioskCut => "kiosks cut",
            Self::KioskSetBack => "kiosks set back",
            Self::ServerCut => "servers cut",
            Self::KeysChanged => "keys changed",
            Self::TabletCut => "tablets cut",
            Self::RecordDamaged => "records damaged",
            Self::ClockMoved => "clocks moved",
            Self::ResetFailed => "resets failed",
            Self::Misfit => "receipts misfitted",
            Self::DiskFailed => "disks failed",
        }
    }
}

/// How often what went wrong, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    faults: BTreeMap<Fault, u64>,
    reached: BTreeMap<String, u64>,
}

impl Counts {
    /// One more fault.
    pub fn add(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// A kind of fact or of refusal was reached once more.
    pub fn reach(&mut self, what: &str) {
        match self.reached.get_mut(what) {
            Some(count) => *count += 1,
            None => drop(self.reached.insert(what.to_owned(), 1)),
        }
    }

    /// Adds those of another world.
    pub fn add_all(&mut self, other: &Self) {
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (what, count) in &other.reached {
            *self.reached.entry(what.clone()).or_default() += count;
        }
    }

    /// All faults together.
    pub fn faults(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Which faults, and how often each.
    pub fn told_faults(&self) -> String {
        let told = self.faults.iter();
        told.map(|(fault, count)| format!("{} {count}", fault.name()))
            .collect::<Vec<_>>()
            .join(" · ")
    }

    /// Which facts and refusals were reached, and how often each.
    pub fn told_reached(&self) -> String {
        let told = self.reached.iter();
        told.map(|(what, count)| format!("{what} {count}"))
            .collect::<Vec<_>>()
            .join(" · ")
    }
}
