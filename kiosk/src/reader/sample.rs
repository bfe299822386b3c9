//! From a placement to the text: one bit a module, then the decoder.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::MAX_TEXT_BYTES;
use super::bits::Bits;
use super::placement::Placement;
use super::plane::Map;

/// The text of a code laid onto the picture, if its modules say one. First
/// one point a module, then a vote of eleven.
pub(super) fn text_of(bits: &Bits, placement: &Placement) -> Option<String> {
    let map = Map::of_square(placement.side as f32, &placement.quad)?;
    let one = |u: f32, v: f32| {
        let at = map.at(u, v);
        bits.dark_at(at.x, at.y)
    };
    let vote = |u: f32, v: f32| votes_around(&one, u, v) > 5;
    decoded(placement.side, one).or_else(|| decoded(placement.side, vote))
}

/// Eleven votes: the middle three times, eight around it once.
fn votes_around(dark: &impl Fn(f32, f32) -> bool, u: f32, v: f32) -> u32 {
    const OFF: f32 = 0.24;
    let mut votes = 2 * u32::from(dark(u, v));
    for down in [-OFF, 0.0, OFF] {
        for across in [-OFF, 0.0, OFF] {
            votes += u32::from(dark(u + across, v + down));
        }
    }
    votes
}

/// The decoder's panics are caught: a picture must never end the kiosk.
fn decoded(side: usize, dark: impl Fn(f32, f32) -> bool) -> Option<String> {
    let grid = rqrr::SimpleGrid::from_func(side, |x, y| dark(x as f32 + 0.5, y as f32 + 0.5));
    let decode = || {
        let mut bytes = Vec::new();
        let read = rqrr::Grid::new(grid).decode_to(&mut bytes);
        read.ok().map(|_| bytes)
    };
    let bytes = catch_unwind(AssertUnwindSafe(decode)).ok()??;
    bounded(bytes)
}

/// Text that is neither empty nor too long.
pub(super) fn bounded(bytes: Vec<u8>) -> Option<String> {
    if bytes.is_empty() || bytes.len() > MAX_TEXT_BYTES {
        return None;
    }
    String::from_utf8(bytes).ok()
}
