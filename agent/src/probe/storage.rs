//! Free bytes where a borrower's files go.

use rustix::fs::statvfs;

use crate::place::Place;

/// Bytes that a borrower's files may still take; `None` where there is no home.
pub fn free_bytes(place: &Place) -> Option<u64> {
    let found = statvfs(place.root().join(place.home())).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}
