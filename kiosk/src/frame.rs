//! One picture from a camera, grey values only: what the reader sees and the
//! preview shows. Sizes are bounded here, so every file below may trust them.

#![expect(
    clippy::cast_possible_truncation,
    reason = "means of bytes and bounded pixel sums"
)]

use thiserror::Error;

/// The longest side of a picture, in pixels.
pub const MAX_SIDE: usize = 4096;

/// Why bytes are not a picture.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadFrame {
    /// A side is 0 or longer than [`MAX_SIDE`] pixels.
    #[error("a picture of {width} × {height} pixels; each side must be 1 to {MAX_SIDE}")]
    Size {
        /// Width asked for, in pixels.
        width: usize,
        /// Height asked for, in pixels.
        height: usize,
    },
    /// The bytes do not fill the picture, or overfill it.
    #[error("a picture needs {needed} bytes, {found} came")]
    Length {
        /// Bytes that the size needs.
        needed: usize,
        /// Bytes that were given.
        found: usize,
    },
}

/// A grey picture: one byte a pixel, row by row, 0 is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Luma {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Luma {
    /// A picture of exactly `width` × `height` bytes.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, BadFrame> {
        check_size(width, height)?;
        let needed = width * height;
        if pixels.len() != needed {
            let found = pixels.len();
            return Err(BadFrame::Length { needed, found });
        }
        Ok(Self {
            width,
            height,
            pixels,
        })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// One row of pixels; `y` must be below the height.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..][..self.width]
    }

    /// The picture at half its size, each pixel the mean of four; `None` where
    /// a side would vanish.
    pub fn half(&self) -> Option<Self> {
        self.shrunk(2)
    }

    /// The picture shrunk by a whole number so that it fits into `width` ×
    /// `height`, for the preview. A picture that fits is returned as it is.
    #[must_use]
    pub fn fitted(&self, width: usize, height: usize) -> Self {
        let across = self.width.div_ceil(width.max(1));
        let down = self.height.div_ceil(height.max(1));
        self.shrunk(across.max(down))
            .unwrap_or_else(|| self.clone())
    }

    /// Each pixel the mean of a square of `by` × `by`; a rest at the edge is cut.
    fn shrunk(&self, by: usize) -> Option<Self> {
        let (width, height) = (self.width / by, self.height / by);
        if by < 2 || width == 0 || height == 0 {
            return None;
        }
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            if by == 2 {
                halve_rows(self.row(2 * y), self.row(2 * y + 1), &mut pixels);
            } else {
                self.shrink_row(y, by, &mut pixels);
            }
        }
        Some(Self {
            width,
            height,
            pixels,
        })
    }

    fn shrink_row(&self, y: usize, by: usize, into: &mut Vec<u8>) {
        let mut sums = vec![0u32; self.width / by];
        for row in 0..by {
            let squares = self.row(y * by + row).chunks_exact(by);
            for (sum, square) in sums.iter_mut().zip(squares) {
                *sum += square.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
            }
        }
        let area = (by * by) as u32;
        into.extend(sums.into_iter().map(|sum| (sum / area) as u8));
    }
}

fn halve_rows(upper: &[u8], lower: &[u8], into: &mut Vec<u8>) {
    let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
    into.extend(pairs.map(|(a, b)| {
        let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
        ((sum + 2) / 4) as u8
    }));
}

/// Refuses a size before any memory is asked for it.
pub fn check_size(width: usize, height: usize) -> Result<(), BadFrame> {
    let fits = |side: usize| (1..=MAX_SIDE).contains(&side);
    if fits(width) && fits(height) {
        return Ok(());
    }
    Err(BadFrame::Size { width, height })
}

/// A picture and when it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    luma: Luma,
    at_ms: u64,
}

impl Frame {
    /// A picture taken `at_ms` milliseconds after the program's start.
    pub fn new(luma: Luma, at_ms: u64) -> Self {
        Self { luma, at_ms }
    }

    /// The picture.
    pub fn luma(&self) -> &Luma {
        &self.luma
    }

    /// When it was taken, in milliseconds after the program's start.
    pub fn at_ms(&self) -> u64 {
        self.at_ms
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::*;

    #[test]
    fn a_picture_has_as_many_bytes_as_pixels() {
        let short = Luma::new(2, 2, vec![0; 3]);
        let (needed, found) = (4, 3);
        assert_eq!(short, Err(BadFrame::Length { needed, found }));
    }

    #[test]
    fn a_picture_without_pixels_or_too_large_is_refused() {
        assert!(Luma::new(0, 5, Vec::new()).is_err());
        assert!(Luma::new(MAX_SIDE + 1, 1, vec![0; MAX_SIDE + 1]).is_err());
        assert!(check_size(usize::MAX, usize::MAX).is_err());
    }

    #[test]
    fn half_a_picture_is_the_mean_of_each_four() {
        let whole = Luma::new(4, 2, vec![0, 4, 8, 8, 4, 8, 8, 8]).unwrap();
        assert_eq!(whole.half().unwrap().pixels(), [4, 8]);
    }

    #[test]
    fn a_preview_fits_its_frame() {
        let whole = Luma::new(1280, 720, vec![7; 1280 * 720]).unwrap();
        let preview = whole.fitted(320, 240);
        assert_eq!((preview.width(), preview.height()), (320, 180));
        assert!(preview.pixels().iter().all(|&pixel| pixel == 7));
    }

    #[test]
    fn a_small_picture_is_its_own_preview() {
        let small = Luma::new(3, 3, vec![1; 9]).unwrap();
        assert_eq!(small.fitted(320, 240), small);
    }
}
