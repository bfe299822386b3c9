//! Black and white from grey, in one pass over blocks of 8 × 8 pixels: each
//! block is split at the mean of the 5 × 5 blocks around it, so that a shadow
//! across the sticker does not matter.

use crate::frame::Luma;

const BLOCK: usize = 8;
/// A block with less contrast than this is all one colour.
const FLAT: u8 = 20;

/// A picture of black and white: 1 is dark.
pub(super) struct Bits {
    pub width: usize,
    pub height: usize,
    cells: Vec<u8>,
}

impl Bits {
    /// `None` where the picture is smaller than one block.
    pub fn of(luma: &Luma) -> Option<Self> {
        let (width, height) = (luma.width(), luma.height());
        if width < BLOCK || height < BLOCK {
            return None;
        }
        let blocks = Blocks::of(luma);
        let mut cells = vec![0; width * height];
        for y in 0..height {
            let limits = blocks.limits(y / BLOCK);
            let out = &mut cells[y * width..][..width];
            split_row(luma.row(y), limits, out);
        }
        Some(Self {
            width,
            height,
            cells,
        })
    }

    /// One row of ones (dark) and zeros.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.cells[y * self.width..][..self.width]
    }

    /// Whether the pixel is dark; outside of the picture all is light.
    #[inline]
    pub fn dark(&self, x: i32, y: i32) -> bool {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return false;
        };
        x < self.width && y < self.height && self.cells[y * self.width + x] == 1
    }

    /// The pixel under a point.
    #[inline]
    pub fn dark_at(&self, x: f32, y: f32) -> bool {
        self.dark(x.floor() as i32, y.floor() as i32)
    }

    /// Whether a point lies inside of the picture.
    pub fn holds(&self, x: f32, y: f32) -> bool {
        x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32
    }

    /// Dark for light.
    pub fn inverted(mut self) -> Self {
        for cell in &mut self.cells {
            *cell ^= 1;
        }
        self
    }
}

fn split_row(row: &[u8], limits: &[u8], out: &mut [u8]) {
    let blocks = row.chunks(BLOCK).zip(out.chunks_mut(BLOCK));
    for ((pixels, cells), &limit) in blocks.zip(limits) {
        for (cell, &pixel) in cells.iter_mut().zip(pixels) {
            *cell = u8::from(pixel <= limit);
        }
    }
}

/// The grey value at which each block is split.
struct Blocks {
    across: usize,
    limits: Vec<u8>,
}

impl Blocks {
    fn of(luma: &Luma) -> Self {
        let across = luma.width().div_ceil(BLOCK);
        let down = luma.height().div_ceil(BLOCK);
        let mut points = vec![0u8; across * down];
        for by in 0..down {
            let stats = block_row(luma, by, across);
            for (bx, stat) in stats.into_iter().enumerate() {
                points[by * across + bx] = stat.point(&points, bx, by, across);
            }
        }
        let limits = around(&points, across, down);
        Self { across, limits }
    }

    fn limits(&self, by: usize) -> &[u8] {
        &self.limits[by * self.across..][..self.across]
    }
}

#[derive(Clone)]
struct Stat {
    sum: u16,
    least: u8,
    most: u8,
}

impl Stat {
    /// A block of one colour takes after its neighbours: dark only where they
    /// were split higher than its darkest pixel.
    fn point(&self, points: &[u8], bx: usize, by: usize, across: usize) -> u8 {
        if self.most - self.least > FLAT {
            return (self.sum / 64) as u8;
        }
        let paper = self.least / 2;
        if bx == 0 || by == 0 {
            return paper;
        }
        let at = by * across + bx;
        let left = u16::from(points[at - 1]);
        let above = u16::from(points[at - across]);
        let corner = u16::from(points[at - across - 1]);
        let near = ((above + 2 * left + corner) / 4) as u8;
        if self.least < near { near } else { paper }
    }
}

/// Sum, least and most of each block of one row of blocks. The last block of a
/// row or column is moved inwards to be whole.
fn block_row(luma: &Luma, by: usize, across: usize) -> Vec<Stat> {
    let blank = Stat {
        sum: 0,
        least: u8::MAX,
        most: 0,
    };
    let mut stats = vec![blank; across];
    let top = (by * BLOCK).min(luma.height() - BLOCK);
    let last = luma.width() - BLOCK;
    for y in top..top + BLOCK {
        let row = luma.row(y);
        for (stat, pixels) in stats.iter_mut().zip(row.chunks_exact(BLOCK)) {
            add(stat, pixels);
        }
        if !luma.width().is_multiple_of(BLOCK) {
            add(&mut stats[across - 1], &row[last..]);
        }
    }
    stats
}

#[inline]
fn add(stat: &mut Stat, pixels: &[u8]) {
    for &pixel in pixels {
        stat.sum += u16::from(pixel);
        stat.least = stat.least.min(pixel);
        stat.most = stat.most.max(pixel);
    }
}

/// The mean of the 5 × 5 blocks around each block, moved inwards at the edge.
fn around(points: &[u8], across: usize, down: usize) -> Vec<u8> {
    let rows = sums_of_five(points, across);
    let mut limits = Vec::with_capacity(points.len());
    for by in 0..down {
        let (first, last) = window(by, down);
        for bx in 0..across {
            let (left, right) = window(bx, across);
            let count = (last - first + 1) * (right - left + 1);
            let sum: usize = (first..=last)
                .map(|y| usize::from(rows[y * across + bx]))
                .sum();
            limits.push((sum / count) as u8);
        }
    }
    limits
}

fn sums_of_five(points: &[u8], across: usize) -> Vec<u16> {
    let mut sums = Vec::with_capacity(points.len());
    for row in points.chunks_exact(across) {
        sums.extend((0..across).map(|bx| {
            let (left, right) = window(bx, across);
            row[left..=right].iter().map(|&p| u16::from(p)).sum::<u16>()
        }));
    }
    sums
}

/// The first and last of up to five in a row around `at`.
fn window(at: usize, count: usize) -> (usize, usize) {
    let first = at.saturating_sub(2).min(count.saturating_sub(5));
    (first, (first + 4).min(count - 1))
}
