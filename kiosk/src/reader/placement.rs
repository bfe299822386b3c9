//! A supposed code laid onto the picture: how well its fixed patterns (the
//! squares, the dotted lines, the small square) fit, and how to make them fit
//! better by moving its four corners.

use super::bits::Bits;
use super::plane::{Map, Point, Quad};
use super::triple::Triple;

/// Where the small square is looked for, at most this many of the best.
const MAX_STARTS: usize = 3;

/// A code of `side` modules whose corners lie at `quad`.
#[derive(Clone, Debug)]
pub(super) struct Placement {
    pub side: usize,
    pub quad: Quad,
    /// The share of its fixed modules that fit, 0 to 1.
    pub fit: f32,
}

/// The best way to lay a code of `side` modules onto three squares.
pub(super) fn place(bits: &Bits, triple: &Triple, fixed: &Fixed) -> Option<Placement> {
    let side = fixed.side as f32;
    let grid = Flat::of(triple, side);
    let far = side - 6.5;
    let mut starts = grid.small_squares(bits, far, (side / 6.0).clamp(4.0, 8.0));
    starts.push(grid.at(far, far));
    let flat =
        [(3.5, 3.5), (side - 3.5, 3.5), (far, far), (3.5, side - 3.5)].map(|(x, y)| Point { x, y });
    starts
        .into_iter()
        .filter_map(|fourth| {
            let seen = [triple.corner, triple.right, fourth, triple.below];
            let map = Map::between(&flat, &seen)?;
            let ends = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)];
            fixed.placed(bits, ends.map(|(u, v)| map.at(u, v)))
        })
        .max_by(|a, b| a.fit.total_cmp(&b.fit))
}

/// The picture of a code without perspective: what three squares alone tell.
struct Flat {
    corner: Point,
    right: Point,
    below: Point,
}

impl Flat {
    fn of(triple: &Triple, side: f32) -> Self {
        let origin = Point { x: 0.0, y: 0.0 };
        let per = 1.0 / (side - 7.0);
        Self {
            corner: triple.corner,
            right: origin.plus(triple.corner.to(triple.right), per),
            below: origin.plus(triple.corner.to(triple.below), per),
        }
    }

    fn at(&self, u: f32, v: f32) -> Point {
        self.corner
            .plus(self.right, u - 3.5)
            .plus(self.below, v - 3.5)
    }

    /// The best places for the middle of the small square, in steps of half a
    /// module around where it should be.
    fn small_squares(&self, bits: &Bits, far: f32, reach: f32) -> Vec<Point> {
        let steps = (reach * 2.0) as i16;
        let mut best: Vec<(u32, f32, f32)> = Vec::new();
        for down in -steps..=steps {
            for across in -steps..=steps {
                let (u, v) = (far + f32::from(across) / 2.0, far + f32::from(down) / 2.0);
                let fits = self.small_square_fits(bits, u, v);
                if fits >= 20 {
                    keep_best(&mut best, (fits, u, v));
                }
            }
        }
        best.into_iter().map(|(_, u, v)| self.at(u, v)).collect()
    }

    /// How many of the 25 modules around a place look like the small square.
    fn small_square_fits(&self, bits: &Bits, u: f32, v: f32) -> u32 {
        let mut fits = 0;
        for (row, dark_row) in SMALL_SQUARE.iter().enumerate() {
            for (column, &dark) in dark_row.iter().enumerate() {
                let at = self.at(u + column as f32 - 2.0, v + row as f32 - 2.0);
                fits += u32::from(bits.dark_at(at.x, at.y) == dark);
            }
        }
        fits
    }
}

const SMALL_SQUARE: [[bool; 5]; 5] = [
    [true, true, true, true, true],
    [true, false, false, false, true],
    [true, false, true, false, true],
    [true, false, false, false, true],
    [true, true, true, true, true],
];

/// Keeps a few of the best places that are more than a module apart.
fn keep_best(best: &mut Vec<(u32, f32, f32)>, new: (u32, f32, f32)) {
    let near = |old: &(u32, f32, f32)| (old.1 - new.1).abs() <= 1.0 && (old.2 - new.2).abs() <= 1.0;
    match best.iter_mut().find(|old| near(old)) {
        Some(old) if old.0 < new.0 => *old = new,
        Some(_) => {}
        None => best.push(new),
    }
    best.sort_by_key(|place| std::cmp::Reverse(place.0));
    best.truncate(MAX_STARTS);
}

/// The modules that are the same in every code of one size, each with its
/// middle, its colour and its weight.
pub(super) struct Fixed {
    pub side: usize,
    modules: Vec<(f32, f32, bool, f32)>,
    whole: f32,
}

impl Fixed {
    /// The fixed modules of a code of `side` modules (21, 25 … 177).
    pub fn of(side: usize) -> Self {
        let mut fixed = Self {
            side,
            modules: Vec::new(),
            whole: 0.0,
        };
        for (left, top) in [(0, 0), (side - 7, 0), (0, side - 7)] {
            fixed.add_square(left, top);
        }
        for at in 8..side - 8 {
            fixed.add(at, 6, at % 2 == 0, 2.0);
            fixed.add(6, at, at % 2 == 0, 2.0);
        }
        if side > 21 {
            fixed.add_small_square();
        }
        fixed
    }

    /// A large square with the light edge that parts it from the rest.
    fn add_square(&mut self, left: usize, top: usize) {
        let last = self.side;
        for y in (top.max(1) - 1)..(top + 8).min(last) {
            for x in (left.max(1) - 1)..(left + 8).min(last) {
                let ring = x.abs_diff(left + 3).max(y.abs_diff(top + 3));
                self.add(x, y, ring != 2 && ring != 4, 1.0);
            }
        }
    }

    fn add_small_square(&mut self) {
        let first = self.side - 9;
        for (row, colours) in SMALL_SQUARE.iter().enumerate() {
            for (column, &dark) in colours.iter().enumerate() {
                self.add(first + column, first + row, dark, 3.0);
            }
        }
    }

    fn add(&mut self, x: usize, y: usize, dark: bool, weight: f32) {
        let middle = (x as f32 + 0.5, y as f32 + 0.5);
        self.modules.push((middle.0, middle.1, dark, weight));
        self.whole += weight;
    }

    /// A placement with its fit; `None` where the corners span no code inside
    /// of the picture.
    pub fn placed(&self, bits: &Bits, quad: Quad) -> Option<Placement> {
        let middle = quad[0].plus(quad[0].to(quad[2]), 0.5);
        let turned = quad[0].to(quad[1]).cross(quad[0].to(quad[3])) <= 0.0;
        if turned || !bits.holds(middle.x, middle.y) {
            return None;
        }
        let map = Map::of_square(self.side as f32, &quad)?;
        let mut fits = 0.0;
        for &(u, v, dark, weight) in &self.modules {
            let at = map.at(u, v);
            if bits.dark_at(at.x, at.y) == dark {
                fits += weight;
            }
        }
        Some(Placement {
            side: self.side,
            quad,
            fit: fits / self.whole,
        })
    }

    /// Moves one corner at a time, in ever smaller steps, while it fits better.
    pub fn climbed(&self, bits: &Bits, start: Placement) -> Placement {
        let mut best = start;
        for step in [0.6, 0.3, 0.15] {
            let module = best.quad[0].to(best.quad[2]).length() / (1.41 * self.side as f32);
            for _ in 0..4 {
                if !self.climb_round(bits, &mut best, step * module) {
                    break;
                }
            }
        }
        best
    }

    fn climb_round(&self, bits: &Bits, best: &mut Placement, step: f32) -> bool {
        let before = best.fit;
        for corner in 0..4 {
            for (x, y) in WAYS {
                let mut quad = best.quad;
                quad[corner] = quad[corner].plus(Point { x, y }, step);
                if let Some(moved) = self.placed(bits, quad)
                    && moved.fit > best.fit
                {
                    *best = moved;
                }
            }
        }
        best.fit > before
    }
}

const WAYS: [(f32, f32); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.0, -1.0),
    (0.7, 0.7),
    (-0.7, 0.7),
    (0.7, -0.7),
    (-0.7, -0.7),
];
