//! Three squares that may be the corners of one code: near to a right angle
//! with legs alike, the squarest first.

use super::bits::Bits;
use super::finder::{Finder, alike};
use super::plane::Point;

/// Triples tried in one picture.
const MAX_TRIPLES: usize = 12;
/// Squares that triples are made of; those seen by most rows come first.
const MAX_SQUARES: usize = 22;

/// Three corners of a supposed code, turned so that the code reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Triple {
    pub corner: Point,
    pub right: Point,
    pub below: Point,
    /// How far it is from a square with equal modules; 0 is perfect.
    pub off: f32,
}

/// All likely triples, the squarest first.
pub(super) fn triples(finders: &[Finder]) -> Vec<Triple> {
    let count = finders.len().min(MAX_SQUARES);
    let mut all = Vec::new();
    for a in 0..count {
        for b in a + 1..count {
            if !alike(finders[a].module, finders[b].module, 1.8) {
                continue;
            }
            let thirds = b + 1..count;
            all.extend(thirds.filter_map(|c| triple(finders, [a, b, c])));
        }
    }
    all.sort_by(|a, b| a.off.total_cmp(&b.off));
    all.truncate(MAX_TRIPLES);
    all
}

fn place(finder: Finder) -> Point {
    Point {
        x: finder.x,
        y: finder.y,
    }
}

fn triple(finders: &[Finder], squares: [usize; 3]) -> Option<Triple> {
    let [a, b, c] = squares.map(|at| place(finders[at]));
    let sides = [b.to(c), a.to(c), a.to(b)].map(Point::length);
    let (corner, one, two) = if sides[0] >= sides[1] && sides[0] >= sides[2] {
        (a, b, c)
    } else if sides[1] >= sides[2] {
        (b, a, c)
    } else {
        (c, a, b)
    };
    let clockwise = corner.to(one).cross(corner.to(two)) > 0.0;
    let (right, below) = if clockwise { (one, two) } else { (two, one) };
    let off = off_square(corner.to(right), corner.to(below), finders, squares)?;
    Some(Triple {
        corner,
        right,
        below,
        off,
    })
}

/// How crooked three squares stand, or `None` where no tilt explains it.
fn off_square(right: Point, below: Point, finders: &[Finder], squares: [usize; 3]) -> Option<f32> {
    let (across, down) = (right.length(), below.length());
    let slant = right.dot(below).abs() / (across * down).max(1.0);
    let modules = squares.map(|at| finders[at].module);
    let least = modules.into_iter().fold(f32::MAX, f32::min);
    let most = modules.into_iter().fold(0.0, f32::max);
    let wide = across.min(down) / most;
    let fits = slant < 0.6 && alike(across, down, 2.2) && most < 1.8 * least;
    // Version 1 has its squares 14 modules apart, version 40 has 170.
    if !fits || !(8.0..260.0).contains(&wide) {
        return None;
    }
    let legs = across.max(down) / across.min(down) - 1.0;
    let seen = squares.map(|at| finders[at].votes).into_iter().min()?;
    let doubt = 0.3 / seen as f32;
    Some(slant + legs + (most / least - 1.0) + doubt)
}

/// How many modules the code has along each side, by the distance of its
/// squares and the width of their modules towards each other.
pub(super) fn modules_across(bits: &Bits, triple: &Triple) -> Option<f32> {
    let legs = [(triple.corner, triple.right), (triple.corner, triple.below)];
    let [across, down] = legs.map(|(from, to)| modules_between(bits, from, to));
    match (across, down) {
        (Some(one), Some(two)) if !alike(one, two, 1.35) => None,
        (Some(one), Some(two)) => Some(f32::midpoint(one, two) + 7.0),
        (one, two) => Some(one.or(two)? + 7.0),
    }
}

fn modules_between(bits: &Bits, from: Point, to: Point) -> Option<f32> {
    let way = from.to(to).normed();
    let one = width_along(bits, from, way);
    let two = width_along(bits, to, way);
    let width = match (one, two) {
        (Some(one), Some(two)) => f32::midpoint(one, two),
        (one, two) => one.or(two)?,
    };
    Some(from.to(to).length() * 7.0 / width)
}

/// The whole width of a square along a line through its middle.
fn width_along(bits: &Bits, middle: Point, way: Point) -> Option<f32> {
    let back = Point {
        x: -way.x,
        y: -way.y,
    };
    Some(edge_along(bits, middle, way)? + edge_along(bits, middle, back)?)
}

/// From the middle of a square to the outer edge of its ring, in steps of a
/// third of a pixel: dark, light, dark, then light again.
fn edge_along(bits: &Bits, middle: Point, way: Point) -> Option<f32> {
    let mut dark = true;
    let mut changes = 0;
    for step in 0..900u16 {
        let far = f32::from(step) / 3.0;
        let at = middle.plus(way, far);
        if bits.dark_at(at.x, at.y) != dark {
            dark = !dark;
            changes += 1;
            if changes == 3 {
                return Some(far);
            }
        }
    }
    None
}
