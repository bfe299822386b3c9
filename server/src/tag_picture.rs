//! Pictures of tags and badges, to be printed: a QR code with its quiet zone, and
//! below it what people read. The letters are drawn as outlines, so that a picture
//! looks the same where our typeface is not installed.

mod lettering;
mod png;
mod svg;

use std::path::Path;

use qrcodegen::{DataTooLong, Mask, QrCode, QrCodeEcc, QrSegment, Version};
use shared::{
    badge::Badge,
    invitation::Invitation,
    tag::{TabletNumber, Tag, TagError, TagHost},
};

use lettering::{Face, Line};

/// White around a code, in modules (ISO/IEC 18004).
const QUIET: u32 = 4;
/// The version of every tag's and badge's code: 29 modules a side.
const VERSION: u8 = 3;
/// Width of a printed tag.
const TAG_WIDTH_MM: u32 = 30;
/// Width of a printed badge.
const BADGE_WIDTH_MM: u32 = 50;
/// Width of a printed invitation to enrol.
const INVITATION_WIDTH_MM: u32 = 70;
/// Height of what people read and the white below it, in modules.
const CAPTION: u32 = 7;
/// Height of a capital, in modules.
const CAPITAL: f32 = 4.5;

/// A code with what people read below it.
pub struct Picture {
    code: QrCode,
    caption: Line,
    width_mm: u32,
}

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines and areas: sharp at any size.
    Svg,
    /// Pixels, 600 to the inch.
    Png,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file's name says nothing that can be drawn.
    #[error("A picture's name ends in .svg or .png, and “{0}” does not.")]
    Extension(String),
    /// The tag's text does not fit.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// The text does not fit the code.
    #[error("this does not fit a code of version {VERSION}")]
    TooLong(#[from] DataTooLong),
    /// The picture could not be packed.
    #[error("the picture cannot be packed")]
    Png(#[from] ::png::EncodingError),
}

impl Format {
    /// What the file's name asks for.
    pub fn of(path: &Path) -> Result<Self, PictureError> {
        let extension = path.extension().and_then(|it| it.to_str()).unwrap_or("");
        match extension.to_ascii_lowercase().as_str() {
            "svg" => Ok(Self::Svg),
            "png" => Ok(Self::Png),
            _ => Err(PictureError::Extension(path.display().to_string())),
        }
    }
}

impl Picture {
    /// A tablet's sticker, 30 mm wide, with the tablet's number.
    pub fn of_tag(tag: &Tag, host: &TagHost) -> Result<Self, PictureError> {
        let code = code(&tag.url(host)?)?;
        let number = tag.number().to_string();
        Ok(Self::new(code, &number, Face::Numbers, TAG_WIDTH_MM))
    }

    /// An operator's badge, 50 mm wide, with their name.
    pub fn of_badge(badge: &Badge, name: &str) -> Result<Self, PictureError> {
        let code = code(&badge.text())?;
        Ok(Self::new(code, name, Face::Words, BADGE_WIDTH_MM))
    }

    /// What a tablet is enrolled with, 70 mm wide, with the number that it will have.
    pub fn of_invitation(
        invitation: &Invitation,
        number: TabletNumber,
    ) -> Result<Self, PictureError> {
        // As large as the text asks for: it is shown once, on a screen or a sheet.
        let code = QrCode::encode_text(&invitation.to_string(), QrCodeEcc::Medium)?;
        let number = number.to_string();
        Ok(Self::new(code, &number, Face::Numbers, INVITATION_WIDTH_MM))
    }

    fn new(code: QrCode, words: &str, face: Face, width_mm: u32) -> Self {
        let side = side(&code);
        let caption = Line::set(words, face, CAPITAL, modules(side));
        Self {
            code,
            caption,
            width_mm,
        }
    }

    /// The picture, written so.
    pub fn to_bytes(&self, format: Format) -> Result<Vec<u8>, PictureError> {
        match format {
            Format::Svg => Ok(svg::write(self).into_bytes()),
            Format::Png => png::write(self),
        }
    }

    /// Width, in modules.
    fn width(&self) -> u32 {
        side(&self.code) + 2 * QUIET
    }

    /// Height, in modules.
    fn height(&self) -> u32 {
        self.width() + CAPTION
    }

    /// Whether the module there is dark; the first one of the code is (4, 4).
    fn is_dark(&self, x: u32, y: u32) -> bool {
        let inside = |at: u32| at.checked_sub(QUIET).and_then(|at| i32::try_from(at).ok());
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.code.get_module(x, y),
            (Some(_) | None, Some(_) | None) => false,
        }
    }

    /// Where the caption's first letter stands: left edge and foot, in modules.
    fn caption_at(&self) -> (f32, f32) {
        let left = (modules(self.width()) - self.caption.width()) / 2.0;
        // The foot of the letters: a capital below the quiet zone's edge.
        (left, modules(self.width()) + CAPITAL)
    }
}

/// Version 3, quartile, and nothing stronger even where there is room: every
/// sticker of the fleet has modules of one size.
fn code(text: &str) -> Result<QrCode, DataTooLong> {
    let segments = [QrSegment::make_alphanumeric(text)];
    let version = Version::new(VERSION);
    let mask: Option<Mask> = None;
    let quartile = QrCodeEcc::Quartile;
    QrCode::encode_segments_advanced(&segments, quartile, version, version, mask, false)
}

fn side(code: &QrCode) -> u32 {
    u32::try_from(code.size()).expect("a code has a side")
}

fn modules(count: u32) -> f32 {
    f32::from(u16::try_from(count).expect("a picture has a few dozen modules"))
}

#[cfg(test)]
mod tests;
