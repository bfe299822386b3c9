//! Finds the three large squares of a code: dark, light, dark, light, dark in
//! widths 1:1:3:1:1 along a row, confirmed down, across and along a diagonal.

use super::bits::Bits;

/// Squares kept of one picture; a picture full of noise has many more.
const MAX_FINDERS: usize = 48;
/// Cross-checks made in one picture, so that noise cannot cost seconds.
const MAX_CHECKS: usize = 6000;

/// The middle of a square, the width of its modules and how many rows saw it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder {
    pub x: f32,
    pub y: f32,
    pub module: f32,
    pub votes: u32,
}

/// All squares of a picture, those seen by most rows first.
pub(super) fn find(bits: &Bits, step: usize) -> Vec<Finder> {
    let mut search = Search {
        bits,
        found: Vec::new(),
        checks: 0,
    };
    for y in (step / 2..bits.height).step_by(step) {
        search.row(y);
    }
    let mut found = search.found;
    found.sort_by_key(|finder| std::cmp::Reverse(finder.votes));
    found.truncate(MAX_FINDERS);
    found
}

struct Search<'a> {
    bits: &'a Bits,
    found: Vec<Finder>,
    checks: usize,
}

impl Search<'_> {
    /// Looks at every five runs of a row that begin and end dark.
    fn row(&mut self, y: usize) {
        let row = self.bits.row(y);
        let mut runs = [0usize; 5];
        let (mut start, mut colour) = (0, 0);
        while start < row.len() {
            let end = run_end(row, start, colour);
            runs.rotate_left(1);
            runs[4] = end - start;
            if colour == 1 {
                self.consider(runs, end, y);
            }
            start = end;
            colour ^= 1;
        }
    }

    fn consider(&mut self, runs: [usize; 5], end: usize, y: usize) {
        let Some(module) = module_of(runs, 0.6) else {
            return;
        };
        let tail = runs[3] + runs[4];
        let x = (end - tail) as f32 - runs[2] as f32 / 2.0;
        if self.checks >= MAX_CHECKS || self.vote(x, y as f32 + 0.5, module) {
            return;
        }
        self.checks += 1;
        if let Some(finder) = confirm(self.bits, x, y as f32 + 0.5, module) {
            self.keep(finder);
        }
    }

    /// A row through the middle of a square that is already known.
    fn vote(&mut self, x: f32, y: f32, module: f32) -> bool {
        let known = self.found.iter_mut().find(|known| {
            let reach = known.module;
            (known.x - x).abs() < reach
                && (known.y - y).abs() < 1.5 * reach
                && alike(known.module, module, 1.4)
        });
        known.map(|finder| finder.votes += 1).is_some()
    }

    fn keep(&mut self, new: Finder) {
        let near = self.found.iter_mut().find(|known| {
            let reach = 2.0 * known.module.max(new.module);
            (known.x - new.x).abs() < reach && (known.y - new.y).abs() < reach
        });
        match near {
            Some(known) => merge(known, new),
            None => self.found.push(new),
        }
    }
}

/// The mean of both places, the older one weighing as much as its votes.
fn merge(known: &mut Finder, new: Finder) {
    let (old, all) = (known.votes as f32, known.votes as f32 + 1.0);
    known.x = (known.x * old + new.x) / all;
    known.y = (known.y * old + new.y) / all;
    known.module = (known.module * old + new.module) / all;
    known.votes += 1;
}

pub(super) fn alike(a: f32, b: f32, most: f32) -> bool {
    a < b * most && b < a * most
}

/// Where the run of one colour that begins at `start` ends; eight pixels at a
/// time where they are all alike.
fn run_end(row: &[u8], start: usize, colour: u8) -> usize {
    let mut end = start;
    while row.get(end..end + 8) == Some(&[colour; 8]) {
        end += 8;
    }
    let rest = row[end..].iter().take_while(|&&cell| cell == colour);
    end + rest.count()
}

/// The width of one module where five runs are in 1:1:3:1:1, each off by at
/// most `slack` modules (the middle one three times that).
fn module_of(runs: [usize; 5], slack: f32) -> Option<f32> {
    let total: usize = runs.iter().sum();
    if total < 7 || runs.contains(&0) {
        return None;
    }
    let module = total as f32 / 7.0;
    let off = |at: usize, widths: f32| (runs[at] as f32 - widths * module).abs();
    let edge = slack * module + 0.4;
    let narrow = [0, 1, 3, 4].iter().all(|&at| off(at, 1.0) < edge);
    (narrow && off(2, 3.0) < 2.0 * edge).then_some(module)
}

/// Looks down, across and along both diagonals of a supposed square.
fn confirm(bits: &Bits, x: f32, y: f32, module: f32) -> Option<Finder> {
    let down = cross(bits, x, y, (0, 1), module)?;
    let y = y.floor() + 0.5 + down.shift;
    let across = cross(bits, x, y, (1, 0), module)?;
    let x = x.floor() + 0.5 + across.shift;
    let sides_alike = alike(down.module, across.module, 2.0);
    let diagonal = [(1, 1), (1, -1)]
        .into_iter()
        .any(|way| cross(bits, x, y, way, module).is_some());
    (sides_alike && diagonal).then_some(Finder {
        x,
        y,
        module: f32::midpoint(down.module, across.module),
        votes: 1,
    })
}

struct Cross {
    /// From the point given to the middle of the dark run, in pixels.
    shift: f32,
    module: f32,
}

/// The five runs through a point in one direction, if they are in 1:1:3:1:1.
fn cross(bits: &Bits, x: f32, y: f32, way: (i32, i32), module: f32) -> Option<Cross> {
    let (x, y) = (x.floor() as i32, y.floor() as i32);
    if !bits.dark(x, y) {
        return None;
    }
    let most = (module * 6.0) as usize + 3;
    let ahead = arms(bits, x, y, way, most)?;
    let behind = arms(bits, x, y, (-way.0, -way.1), most)?;
    let middle = ahead[0] + behind[0] + 1;
    let runs = [behind[2], behind[1], middle, ahead[1], ahead[2]];
    let own = module_of(runs, 0.8)?;
    alike(own, module, 2.2).then_some(Cross {
        shift: (ahead[0] as f32 - behind[0] as f32) / 2.0,
        module: own,
    })
}

/// Dark, light and dark pixels from a point outwards, itself not counted.
fn arms(bits: &Bits, x: i32, y: i32, way: (i32, i32), most: usize) -> Option<[usize; 3]> {
    let mut runs = [0; 3];
    let (mut x, mut y) = (x + way.0, y + way.1);
    for (run, dark) in runs.iter_mut().zip([true, false, true]) {
        while bits.dark(x, y) == dark {
            *run += 1;
            if *run > most {
                return None;
            }
            (x, y) = (x + way.0, y + way.1);
        }
    }
    (runs[1] > 0 && runs[2] > 0).then_some(runs)
}
