//! Makes clips of what a counter's camera sees: a shelf, a tablet laid on it
//! with its sticker up, two tablets, a torn sticker. For the demo without a
//! camera and for tests of the whole way from pixels to text; so the pixels
//! are honest ones: perspective, blur, noise.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "brightness and places in a picture of fixed size"
)]

mod grain;
mod scenery;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};
use thiserror::Error;

use crate::frame::Luma;

use grain::Grain;
use scenery::{Pose, Sticker, drawn};

/// Width of a made clip in pixels.
pub const WIDTH: usize = 1280;
/// Height of a made clip in pixels.
pub const HEIGHT: usize = 720;
/// Frames a second of a made clip.
pub const FRAMES_PER_SECOND: usize = 10;
/// Frames in which a tablet slides into view.
const ARRIVAL: usize = 6;

/// Why a clip could not be made.
#[derive(Debug, Error)]
pub enum ClipError {
    /// A text that a version 3 quartile code cannot hold.
    #[error("{0:?} does not fit on a sticker (version 3, quartile)")]
    Text(String),
    /// The file could not be written.
    #[error("cannot write the clip: {0}")]
    File(#[from] std::io::Error),
}

/// A few seconds of the shelf.
#[derive(Clone, Debug)]
pub struct Scene {
    shown: Shown,
    frames: usize,
}

#[derive(Clone, Debug)]
enum Shown {
    Shelf,
    Tablet(String),
    Two(String, String),
    Torn(String),
}

impl Scene {
    /// The empty shelf.
    pub fn empty(frames: usize) -> Self {
        let shown = Shown::Shelf;
        Self { shown, frames }
    }

    /// A tablet comes into view and stays; its sticker says `text`.
    pub fn tablet(text: &str, frames: usize) -> Self {
        let shown = Shown::Tablet(text.to_owned());
        Self { shown, frames }
    }

    /// Two tablets side by side.
    pub fn two(left: &str, right: &str, frames: usize) -> Self {
        let shown = Shown::Two(left.to_owned(), right.to_owned());
        Self { shown, frames }
    }

    /// A tablet whose sticker has lost more than its code can spare.
    pub fn torn(text: &str, frames: usize) -> Self {
        let shown = Shown::Torn(text.to_owned());
        Self { shown, frames }
    }

    /// Every frame of the scene; `seed` decides the noise.
    pub fn shots(&self, seed: u64) -> Result<Shots, ClipError> {
        Ok(Shots {
            stickers: self.stickers()?,
            frames: self.frames,
            shot: 0,
            still: None,
            grain: Grain::new(seed),
        })
    }

    fn stickers(&self) -> Result<Vec<Sticker>, ClipError> {
        match &self.shown {
            Shown::Shelf => Ok(Vec::new()),
            Shown::Tablet(text) => Ok(vec![Sticker::new(code(text)?, 0.0)]),
            Shown::Two(left, right) => Ok(vec![
                Sticker::new(code(left)?, -72.0),
                Sticker::new(code(right)?, 72.0),
            ]),
            Shown::Torn(text) => Ok(vec![Sticker::new(code(text)?, 0.0).torn()]),
        }
    }
}

/// The code that a tag's sticker carries.
fn code(text: &str) -> Result<QrCode, ClipError> {
    let three = Version::new(3);
    let segments = QrSegment::make_segments(text);
    QrCode::encode_segments_advanced(&segments, QrCodeEcc::Quartile, three, three, None, false)
        .map_err(|_| ClipError::Text(text.to_owned()))
}

/// The frames of one scene, one after the other.
pub struct Shots {
    stickers: Vec<Sticker>,
    frames: usize,
    shot: usize,
    /// The steady view without its noise, drawn once.
    still: Option<Luma>,
    grain: Grain,
}

impl Iterator for Shots {
    type Item = Luma;

    fn next(&mut self) -> Option<Luma> {
        if self.shot >= self.frames {
            return None;
        }
        let arrival = ARRIVAL.min(self.frames / 2);
        let to_go = arrival.saturating_sub(self.shot);
        self.shot += 1;
        if to_go > 0 && !self.stickers.is_empty() {
            let arriving = drawn(&self.stickers, Pose::arriving(to_go));
            return Some(self.grain.over(&arriving));
        }
        let stickers = &self.stickers;
        let still = self
            .still
            .get_or_insert_with(|| drawn(stickers, Pose::steady()));
        Some(self.grain.over(still))
    }
}

/// Writes the scenes one after the other as a grey YUV4MPEG2 file.
pub fn write(path: &Path, scenes: &[Scene]) -> Result<(), ClipError> {
    let mut file = BufWriter::new(File::create(path)?);
    let head = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_SECOND}:1 Ip A1:1 Cmono\n");
    file.write_all(head.as_bytes())?;
    for (seed, scene) in (1..).zip(scenes) {
        for shot in scene.shots(seed)? {
            file.write_all(b"FRAME\n")?;
            file.write_all(shot.pixels())?;
        }
    }
    Ok(file.flush()?)
}
