//! A transfer: a box of tablets on its way from one venue to another, with a count
//! that must match before the box is closed.

use crate::ids::{TransferId, VenueId};

/// Most tablets in one box (R16).
pub const BOX_MAX: usize = 50;

/// A box on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// Where it was packed.
    pub from: VenueId,
    /// Where it goes.
    pub to: VenueId,
    /// Tablets that were put in.
    pub sent: u32,
    /// Its count was said to match, or what is not there was named.
    pub ended: bool,
}
