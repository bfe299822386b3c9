//! What was tried, counted.

use std::ops::AddAssign;

use super::story::Refused;

/// Counts of one story or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Stories told.
    pub stories: usize,
    /// Acts that were acknowledged in them.
    pub acts: usize,
    /// Operations on their disks.
    pub operations: usize,
    /// Images that were opened and checked.
    pub images: usize,
    /// Of these, by what the program was doing.
    pub during: During,
    /// Some write was kept in part.
    pub torn: usize,
    /// Something was kept although something before it was lost.
    pub reordered: usize,
    /// Pages were on their way from the log beside the database into it.
    pub checkpoint: usize,
    /// How often a disk refused something while it was switched on.
    pub refused: Refused,
    /// Promises that were not kept.
    pub violations: usize,
}

/// Images by what the program was doing when the power went off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct During {
    /// An act of its own.
    pub act: usize,
    /// Making its tables, or bringing them up to date.
    pub migration: usize,
    /// Opening tables that are up to date, closing them, or nothing.
    pub rest: usize,
    /// Coming up again after a cut before.
    pub recovery: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.stories += other.stories;
        self.acts += other.acts;
        self.operations += other.operations;
        self.images += other.images;
        self.during += other.during;
        self.torn += other.torn;
        self.reordered += other.reordered;
        self.checkpoint += other.checkpoint;
        self.refused += other.refused;
        self.violations += other.violations;
    }
}

impl AddAssign for During {
    fn add_assign(&mut self, other: Self) {
        self.act += other.act;
        self.migration += other.migration;
        self.rest += other.rest;
        self.recovery += other.recovery;
    }
}

impl AddAssign for Refused {
    fn add_assign(&mut self, other: Self) {
        self.full += other.full;
        self.writes += other.writes;
        self.syncs += other.syncs;
    }
}
