//! Edges made steeper, for pictures out of focus.

use crate::frame::Luma;

/// Each pixel moved away from the mean of the 5 × 5 around it by as much again
/// (an unsharp mask).
pub(super) fn sharpened(luma: &Luma) -> Luma {
    let (width, height) = (luma.width(), luma.height());
    let mut pixels = Vec::with_capacity(width * height);
    let mut sums = vec![0u16; width];
    for y in 0..height {
        column_sums(luma, y, &mut sums);
        sharpen_row(luma.row(y), &sums, &mut pixels);
    }
    Luma::new(width, height, pixels).unwrap_or_else(|_| luma.clone())
}

/// The sum of the five pixels above and below each pixel of a row.
fn column_sums(luma: &Luma, y: usize, sums: &mut [u16]) {
    sums.fill(0);
    for off in 0..5 {
        let near = (y + off).saturating_sub(2).min(luma.height() - 1);
        for (sum, &pixel) in sums.iter_mut().zip(luma.row(near)) {
            *sum += u16::from(pixel);
        }
    }
}

fn sharpen_row(row: &[u8], sums: &[u16], into: &mut Vec<u8>) {
    let last = row.len() - 1;
    for (x, &pixel) in row.iter().enumerate() {
        let around: i32 = if x >= 2 && x + 2 <= last {
            sums[x - 2..=x + 2].iter().map(|&sum| i32::from(sum)).sum()
        } else {
            i32::from(sums[x]) * 5
        };
        let sharp = 2 * i32::from(pixel) - around / 25;
        into.push(sharp.clamp(0, 255) as u8);
    }
}
