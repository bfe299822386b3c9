//! Draws the shelf and what lies on it, as a camera above the counter sees it.
//! Lengths on the shelf are millimetres, (0, 0) is the middle of the picture.

use qrcodegen::QrCode;

use crate::frame::Luma;

use super::{HEIGHT, WIDTH};

/// Pixels to a millimetre in the middle of the picture.
const PIXELS_PER_MM: f32 = 4.7;
/// Distance of the eye, in pixels.
const FOCUS: f32 = 1150.0;
/// Width and height of a tablet, in millimetres.
const TABLET: (f32, f32) = (138.0, 224.0);
/// The side of the printed code, in millimetres.
const CODE: f32 = 30.0;

/// How a tablet lies under the camera.
#[derive(Clone, Copy)]
pub(super) struct Pose {
    /// How far above its place it still is, in millimetres.
    away: f32,
    /// Turned clockwise, in radians.
    turn: f32,
    /// Its far edge lifted, in radians.
    tilt: f32,
    /// Rows over which movement smears the picture.
    smear: usize,
}

impl Pose {
    /// Lying still.
    pub fn steady() -> Self {
        Self {
            away: 0.0,
            turn: 0.07,
            tilt: 0.16,
            smear: 0,
        }
    }

    /// Still `to_go` frames from lying still.
    pub fn arriving(to_go: usize) -> Self {
        let far = to_go as f32;
        Self {
            away: -22.0 * far,
            turn: 0.07 + 0.03 * far,
            tilt: 0.16 + 0.02 * far,
            smear: 9,
        }
    }

    /// The place on the shelf under a pixel of the picture.
    fn place(self, column: f32, row: f32) -> (f32, f32) {
        let (x, y) = (column - WIDTH as f32 / 2.0, row - HEIGHT as f32 / 2.0);
        let (sin, cos) = self.tilt.sin_cos();
        let down = FOCUS * y / (FOCUS * cos - y * sin);
        let across = x * (FOCUS + down * sin) / FOCUS;
        let (sin, cos) = self.turn.sin_cos();
        let (u, v) = (across * cos + down * sin, down * cos - across * sin);
        (u / PIXELS_PER_MM, v / PIXELS_PER_MM - self.away)
    }
}

/// A sticker in the middle of a tablet's back.
pub(super) struct Sticker {
    code: QrCode,
    /// How far the tablet lies right of the middle, in millimetres.
    right: f32,
    torn: bool,
}

impl Sticker {
    pub fn new(code: QrCode, right: f32) -> Self {
        let torn = false;
        Self { code, right, torn }
    }

    pub fn torn(mut self) -> Self {
        self.torn = true;
        self
    }

    /// Brightness of the tablet at a place on the shelf; `None` beside it.
    fn shade(&self, x: f32, y: f32) -> Option<f32> {
        let (x, y) = (x - self.right, y);
        if x.abs() > TABLET.0 / 2.0 || y.abs() > TABLET.1 / 2.0 {
            return None;
        }
        let lens = (x + 52.0).hypot(y + 95.0) < 5.0;
        let back = if lens { 18.0 } else { 66.0 };
        Some(self.sticker_shade(x, y).unwrap_or(back))
    }

    /// Paper, ink, or `None` where the sticker is not or is torn off.
    fn sticker_shade(&self, x: f32, y: f32) -> Option<f32> {
        let per_module = CODE / self.code.size() as f32;
        let half = CODE / 2.0 + 4.0 * per_module;
        if x.abs() > half || y.abs() > half + 2.0 {
            return None;
        }
        let (u, v) = (x + CODE / 2.0, y + CODE / 2.0);
        let (column, row) = ((u / per_module).floor(), (v / per_module).floor());
        let rough = 0.8 * (2.1 * y).sin();
        if self.torn && column + rough > 9.0 && row + rough > 9.0 {
            return None;
        }
        let ink = self.code.get_module(column as i32, row as i32);
        Some(if ink { 30.0 } else { 226.0 })
    }
}

/// The picture without noise.
pub(super) fn drawn(stickers: &[Sticker], pose: Pose) -> Luma {
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT);
    for row in 0..HEIGHT {
        for column in 0..WIDTH {
            pixels.push(pixel(stickers, pose, column as f32, row as f32));
        }
    }
    let soft = blurred(&blurred(&pixels, 1, 1), WIDTH, 1);
    let smeared = if pose.smear > 0 {
        blurred(&soft, WIDTH, pose.smear / 2)
    } else {
        soft
    };
    picture(smeared)
}

fn picture(pixels: Vec<u8>) -> Luma {
    match Luma::new(WIDTH, HEIGHT, pixels) {
        Ok(luma) => luma,
        Err(bad) => unreachable!("a picture of fixed size: {bad}"),
    }
}

/// The mean of four points in each pixel, in the light of a lamp on the left.
fn pixel(stickers: &[Sticker], pose: Pose, column: f32, row: f32) -> u8 {
    let lamp = 1.06 - 0.22 * column / WIDTH as f32;
    let quarters = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
    let light: f32 = quarters
        .into_iter()
        .map(|(right, down)| point(stickers, pose, column + right, row + down))
        .sum();
    (light / 4.0 * lamp).clamp(0.0, 255.0) as u8
}

fn point(stickers: &[Sticker], pose: Pose, column: f32, row: f32) -> f32 {
    let (x, y) = pose.place(column, row);
    let tablet = stickers.iter().find_map(|sticker| sticker.shade(x, y));
    tablet.unwrap_or_else(|| shelf(column, row))
}

/// Pale wood with long grain.
fn shelf(column: f32, row: f32) -> f32 {
    let wave = (row * 0.09 + (column * 0.004).sin() * 3.0).sin();
    168.0 + 9.0 * wave
}

/// Each pixel the mean of itself and `reach` neighbours on both sides, `step`
/// pixels apart: 1 along the rows, the width down the columns.
fn blurred(pixels: &[u8], step: usize, reach: usize) -> Vec<u8> {
    let last = pixels.len() - 1;
    let count = 2 * reach + 1;
    let mean = |at: usize| {
        let first = at.saturating_sub(reach * step);
        let sum: usize = (0..count)
            .map(|off| usize::from(pixels[(first + off * step).min(last)]))
            .sum();
        (sum / count) as u8
    };
    (0..pixels.len()).map(mean).collect()
}
