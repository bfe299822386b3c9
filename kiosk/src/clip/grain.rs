//! The noise of a cheap camera, the same for the same seed.

use crate::frame::Luma;

/// A small generator (xorshift64*): plenty for noise, nothing for secrets.
pub(super) struct Grain(u64);

impl Grain {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// The picture with each pixel up to seven greys lighter or darker, mostly
    /// less.
    pub fn over(&mut self, still: &Luma) -> Luma {
        let mut pixels = still.pixels().to_vec();
        for eight in pixels.chunks_mut(8) {
            let mut dice = self.next();
            for pixel in eight {
                let off = (dice & 7) as i16 - (dice >> 3 & 7) as i16;
                *pixel = (i16::from(*pixel) + off).clamp(0, 255) as u8;
                dice >>= 8;
            }
        }
        Luma::new(still.width(), still.height(), pixels).unwrap_or_else(|_| still.clone())
    }
}
