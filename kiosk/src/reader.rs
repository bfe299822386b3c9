//! From a picture to the text of the codes in it. It reads text only: what the
//! text means is for the tag's grammar, and nothing it says is ever opened.
//!
//! Cheap looks first (half size, full size, half size sharpened), then one
//! costly look a frame, in turn, so that an empty shelf costs little.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in pictures whose sides are bounded by MAX_SIDE"
)]

mod bits;
mod finder;
mod hard;
mod pass;
mod placement;
mod plane;
mod sample;
mod sharpen;
mod triple;

#[cfg(test)]
mod tests;

use crate::frame::Luma;

use bits::Bits;
use pass::{Found, look};

/// The longest text taken from a code, in bytes; a tag has 47.
pub const MAX_TEXT_BYTES: usize = 512;

/// A code that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// Its text, 1 to [`MAX_TEXT_BYTES`] bytes.
    pub text: String,
    /// Its corners in pixels of the frame, clockwise from the code's own upper
    /// left.
    pub corners: [(f32, f32); 4],
}

/// What is to be seen in one frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// No code.
    Nothing,
    /// One code, which was read.
    One(Code),
    /// Two or more codes with different texts.
    Several,
    /// The squares and dotted lines of a code, but it does not say anything:
    /// torn, dirty, covered or (for a frame or two) moving.
    Torn,
}

impl Sight {
    /// The same sight for a picture shrunk by a whole number.
    #[must_use]
    pub fn shrunk(mut self, by: usize) -> Self {
        if let Self::One(code) = &mut self {
            let scale = 1.0 / by.max(1) as f32;
            code.corners = code.corners.map(|(x, y)| (x * scale, y * scale));
        }
        self
    }
}

/// Reads frames one after the other. It remembers only which costly look is
/// next.
#[derive(Debug, Default)]
pub struct Reader {
    turn: usize,
}

impl Reader {
    /// A reader at its first frame.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is to be seen in a frame of a running camera: all cheap looks and
    /// one of the costly ones.
    pub fn read(&mut self, luma: &Luma) -> Sight {
        let mut found = Found::default();
        if !cheap_looks(luma, &mut found) {
            let costly = COSTLY_LOOKS[self.turn % COSTLY_LOOKS.len()];
            self.turn = self.turn.wrapping_add(1);
            costly(luma, &mut found);
        }
        sight(found)
    }

    /// What is to be seen in a picture that comes once: every look.
    pub fn read_still(&mut self, luma: &Luma) -> Sight {
        let mut found = Found::default();
        if !cheap_looks(luma, &mut found) {
            for costly in COSTLY_LOOKS {
                costly(luma, &mut found);
                if done(&found) {
                    break;
                }
            }
        }
        sight(found)
    }
}

fn sight(mut found: Found) -> Sight {
    match (found.codes.len(), found.torn) {
        (0, false) => Sight::Nothing,
        (0, true) => Sight::Torn,
        (1, _) => Sight::One(found.codes.remove(0)),
        _ => Sight::Several,
    }
}

/// Something was read and nothing else looks like a code.
fn done(found: &Found) -> bool {
    !found.codes.is_empty() && !found.torn
}

fn cheap_looks(luma: &Luma, found: &mut Found) -> bool {
    let half = luma.half();
    if let Some(half) = &half {
        look_at(half, 2.0, found);
    }
    if !done(found) {
        look_at(luma, 1.0, found);
    }
    if let Some(half) = &half
        && !done(found)
    {
        look_at(&sharpen::sharpened(half), 2.0, found);
    }
    done(found)
}

fn look_at(luma: &Luma, scale: f32, found: &mut Found) {
    if let Some(bits) = Bits::of(luma) {
        look(&bits, scale, found);
    }
}

type CostlyLook = fn(&Luma, &mut Found);

const COSTLY_LOOKS: [CostlyLook; 4] = [
    look_by_library,
    look_at_quarter,
    look_sharpened,
    look_inverted,
];

fn look_by_library(luma: &Luma, found: &mut Found) {
    for code in hard::library_codes(luma) {
        found.add(code);
    }
}

fn look_at_quarter(luma: &Luma, found: &mut Found) {
    if let Some(quarter) = luma.half().and_then(|half| half.half()) {
        look_at(&quarter, 4.0, found);
    }
}

fn look_sharpened(luma: &Luma, found: &mut Found) {
    look_at(&sharpen::sharpened(luma), 1.0, found);
}

fn look_inverted(luma: &Luma, found: &mut Found) {
    if let Some(bits) = Bits::of(luma) {
        look(&bits.inverted(), 1.0, found);
    }
}
