//! One look at one picture: from black and white to the codes in it.

use super::Code;
use super::bits::Bits;
use super::finder::{self, Finder};
use super::placement::{Fixed, Placement, place};
use super::plane::{Point, Quad, inside};
use super::sample::text_of;
use super::triple::{Triple, modules_across, triples};

/// A placement that fits this well is decoded without moving its corners.
const FITS: f32 = 0.85;
/// One that fits less than this is no code.
const HOPELESS: f32 = 0.66;
/// One that fits this well is a code, whether or not it can be read.
const SURELY_A_CODE: f32 = 0.82;
/// Placements moved about in one look; each costs a millisecond or so.
const MAX_CLIMBS: usize = 2;

/// What all looks at one frame have found, in the frame's own pixels.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub codes: Vec<Code>,
    /// Something has a code's fixed patterns and says nothing.
    pub torn: bool,
}

impl Found {
    /// The same text twice is one code seen twice.
    pub fn add(&mut self, code: Code) {
        if self.codes.iter().all(|known| known.text != code.text) {
            self.codes.push(code);
        }
    }

    fn covers(&self, at: Point) -> bool {
        self.codes.iter().any(|code| {
            let quad = code.corners.map(|(x, y)| Point { x, y });
            inside(&quad, at)
        })
    }
}

/// Looks at a picture whose pixels are `scale` frame pixels wide.
pub(super) fn look(bits: &Bits, scale: f32, found: &mut Found) {
    let finders: Vec<Finder> = finder::find(bits, 2)
        .into_iter()
        .filter(|finder| !found.covers(in_frame(finder.x, finder.y, scale)))
        .collect();
    let mut look = Look {
        bits,
        scale,
        found,
        doubtful: Vec::new(),
        unread: false,
    };
    for triple in triples(&finders) {
        look.read(&triple);
    }
    look.read_doubtful();
    let unread = look.unread;
    found.torn = unread;
}

fn in_frame(x: f32, y: f32, scale: f32) -> Point {
    Point {
        x: x * scale,
        y: y * scale,
    }
}

struct Look<'a> {
    bits: &'a Bits,
    scale: f32,
    found: &'a mut Found,
    doubtful: Vec<(Fixed, Placement)>,
    unread: bool,
}

impl Look<'_> {
    fn read(&mut self, triple: &Triple) {
        let squares = [triple.corner, triple.right, triple.below];
        if squares.into_iter().any(|at| self.covers(at)) {
            return;
        }
        let Some(count) = modules_across(self.bits, triple) else {
            return;
        };
        for side in sides_near(count) {
            if self.read_as(triple, Fixed::of(side)) {
                return;
            }
        }
    }

    fn covers(&self, at: Point) -> bool {
        self.found.covers(in_frame(at.x, at.y, self.scale))
    }

    /// Reads at once what fits at once, and keeps the doubtful for later.
    fn read_as(&mut self, triple: &Triple, fixed: Fixed) -> bool {
        let Some(placed) = place(self.bits, triple, &fixed) else {
            return false;
        };
        if placed.fit > FITS && self.decode(&placed) {
            return true;
        }
        if placed.fit >= HOPELESS {
            self.doubtful.push((fixed, placed));
        }
        false
    }

    /// Moves the corners of the best of the doubtful until they say something.
    fn read_doubtful(&mut self) {
        let mut doubtful = std::mem::take(&mut self.doubtful);
        doubtful.sort_by(|a, b| b.1.fit.total_cmp(&a.1.fit));
        for (fixed, placed) in doubtful.into_iter().take(MAX_CLIMBS) {
            if self.covers(middle(&placed.quad)) {
                continue;
            }
            let climbed = fixed.climbed(self.bits, placed);
            let read = self.decode(&climbed);
            self.unread |= !read && climbed.fit >= SURELY_A_CODE;
        }
    }

    fn decode(&mut self, placement: &Placement) -> bool {
        let Some(text) = text_of(self.bits, placement) else {
            return false;
        };
        let corners = corners_in_frame(&placement.quad, self.scale);
        self.found.add(Code { text, corners });
        true
    }
}

fn middle(quad: &Quad) -> Point {
    quad[0].plus(quad[0].to(quad[2]), 0.5)
}

fn corners_in_frame(quad: &Quad, scale: f32) -> [(f32, f32); 4] {
    quad.map(|at| (at.x * scale, at.y * scale))
}

/// The sizes of code nearest to a measured number of modules, nearest first.
fn sides_near(count: f32) -> Vec<usize> {
    let version = ((count - 17.0) / 4.0).clamp(1.0, 40.0);
    let nearest = version.round();
    let other = if version > nearest { 1.0 } else { -1.0 };
    [nearest, nearest + other, nearest - other]
        .into_iter()
        .filter(|version| (1.0..=40.0).contains(version))
        .map(|version| 17 + 4 * version as usize)
        .collect()
}
