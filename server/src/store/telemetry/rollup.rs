//! What a stretch of time comes to. Pure: rolling up one reading after the other
//! gives what a count of them all gives, in whatever order they come.

use std::ops::Add;

use shared::{data_use::DataUse, wire::v1::agent::AgentState};

/// What is kept of one heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When, in seconds since 1970, by the server's clock.
    pub second: i64,
    /// Where the agent was in the tablet's life.
    pub state: AgentState,
    /// Charge of the battery in percent, where there is one.
    pub battery_percent: Option<u8>,
    /// Free MiB where a borrower's files go.
    pub free_mib: Option<u64>,
}

/// What the readings of a stretch of time come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollup {
    /// How many seconds brought a heartbeat.
    pub heartbeats: u64,
    /// The lowest charge of the battery in percent.
    pub battery_min: Option<u8>,
    /// The highest.
    pub battery_max: Option<u8>,
    /// How it stood at the end.
    pub last: Option<Last>,
    /// Data that was used.
    pub used: DataUse,
}

/// How the last reading of a stretch stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// When it was read.
    pub second: i64,
    /// Charge of the battery in percent.
    pub battery_percent: Option<u8>,
    /// Free MiB.
    pub free_mib: Option<u64>,
}

impl From<DataUse> for Rollup {
    fn from(used: DataUse) -> Self {
        Self {
            used,
            ..Self::default()
        }
    }
}

impl From<Reading> for Rollup {
    fn from(reading: Reading) -> Self {
        let Reading {
            second,
            battery_percent,
            free_mib,
            ..
        } = reading;
        Self {
            heartbeats: 1,
            battery_min: battery_percent,
            battery_max: battery_percent,
            last: Some(Last {
                second,
                battery_percent,
                free_mib,
            }),
            used: DataUse::default(),
        }
    }
}

impl Add for Rollup {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let both = |a: Option<u8>, b: Option<u8>| a.into_iter().chain(b);
        Self {
            heartbeats: self.heartbeats + other.heartbeats,
            battery_min: both(self.battery_min, other.battery_min).min(),
            battery_max: both(self.battery_max, other.battery_max).max(),
            last: self
                .last
                .into_iter()
                .chain(other.last)
                .max_by_key(|last| last.second),
            used: self.used + other.used,
        }
    }
}

impl std::iter::Sum for Rollup {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), Add::add)
    }
}
