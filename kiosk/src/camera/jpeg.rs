//! Grey pictures from JPEG: cameras that give no other format at this size,
//! and the measuring sets.

use thiserror::Error;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::frame::{BadFrame, Luma, MAX_SIDE};

/// Why bytes are not a JPEG picture.
#[derive(Debug, Error)]
pub enum BadJpeg {
    /// The decoder refused them.
    #[error("not a readable JPEG: {0}")]
    Bytes(String),
    /// The picture is too large, or not whole.
    #[error(transparent)]
    Frame(#[from] BadFrame),
}

/// The grey values of a JPEG; its colours are never decoded.
pub fn luma(bytes: &[u8]) -> Result<Luma, BadJpeg> {
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().map_err(refused)?;
    let (width, height) = decoder.dimensions().unwrap_or((0, 0));
    Ok(Luma::new(width, height, pixels)?)
}

fn refused(error: impl std::fmt::Debug) -> BadJpeg {
    BadJpeg::Bytes(format!("{error:?}"))
}
