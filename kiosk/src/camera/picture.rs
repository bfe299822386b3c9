//! Grey pictures from files: PNG, PGM and JPEG, known by their first bytes.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use thiserror::Error;

use crate::frame::{BadFrame, Luma, check_size};

use super::jpeg::{self, BadJpeg};

/// The largest picture file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Why a file is not a picture.
#[derive(Debug, Error)]
pub enum BadPicture {
    /// The file could not be read.
    #[error("cannot read it: {0}")]
    File(#[from] std::io::Error),
    /// Longer than [`MAX_FILE_BYTES`].
    #[error("longer than {MAX_FILE_BYTES} bytes")]
    Long,
    /// Not one of the kinds that are read.
    #[error("neither PNG, PGM (P5) nor JPEG")]
    Kind,
    /// A PNG that is broken or of a kind that cameras do not make.
    #[error("not a readable PNG: {0}")]
    Png(#[from] png::DecodingError),
    /// A PGM with a header that says something else.
    #[error("not a readable PGM: {0}")]
    Pgm(&'static str),
    /// A broken JPEG.
    #[error(transparent)]
    Jpeg(#[from] BadJpeg),
    /// Too large, or not whole.
    #[error(transparent)]
    Frame(#[from] BadFrame),
}

/// The grey values of a picture file.
pub fn read(path: &Path) -> Result<Luma, BadPicture> {
    let mut bytes = Vec::new();
    let read = File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if read as u64 > MAX_FILE_BYTES {
        return Err(BadPicture::Long);
    }
    parse(&bytes)
}

/// The grey values of a picture file's bytes.
pub fn parse(bytes: &[u8]) -> Result<Luma, BadPicture> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => png_luma(bytes),
        [b'P', b'5', rest @ ..] => pgm_luma(rest),
        [0xff, 0xd8, ..] => Ok(jpeg::luma(bytes)?),
        _ => Err(BadPicture::Kind),
    }
}

fn png_luma(bytes: &[u8]) -> Result<Luma, BadPicture> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    check_size(width, height)?;
    let length = reader.output_buffer_size().ok_or(BadPicture::Long)?;
    let mut pixels = vec![0; length];
    let info = reader.next_frame(&mut pixels)?;
    pixels.truncate(info.buffer_size());
    let grey = match info.color_type {
        png::ColorType::Grayscale => pixels,
        png::ColorType::GrayscaleAlpha => pixels.chunks_exact(2).map(|p| p[0]).collect(),
        png::ColorType::Rgb => pixels.chunks_exact(3).map(grey_of).collect(),
        png::ColorType::Rgba => pixels.chunks_exact(4).map(grey_of).collect(),
        png::ColorType::Indexed => return Err(BadPicture::Kind),
    };
    Ok(Luma::new(width, height, grey)?)
}

/// Brightness as the eye weighs the colours (BT.601).
fn grey_of(colours: &[u8]) -> u8 {
    let [red, green, blue] = [colours[0], colours[1], colours[2]].map(u32::from);
    let sum = (299 * red + 587 * green + 114 * blue) / 1000;
    u8::try_from(sum).unwrap_or(u8::MAX)
}

/// `P5`, width, height, 255, one white space, then the pixels.
fn pgm_luma(bytes: &[u8]) -> Result<Luma, BadPicture> {
    let mut rest = bytes;
    let width = pgm_number(&mut rest)?;
    let height = pgm_number(&mut rest)?;
    if pgm_number(&mut rest)? != 255 {
        return Err(BadPicture::Pgm("one byte a pixel only (a maximum of 255)"));
    }
    check_size(width, height)?;
    let pixels = rest
        .get(1..)
        .and_then(|pixels| pixels.get(..width * height))
        .ok_or(BadPicture::Pgm("it ends before its last pixel"))?;
    Ok(Luma::new(width, height, pixels.to_vec())?)
}

fn pgm_number(rest: &mut &[u8]) -> Result<usize, BadPicture> {
    let bad = BadPicture::Pgm("a number is missing in its header");
    *rest = rest.trim_ascii_start();
    while let [b'#', comment @ ..] = rest {
        let end = comment.iter().position(|&byte| byte == b'\n');
        *rest = comment[end.unwrap_or(comment.len())..].trim_ascii_start();
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 6 {
        return Err(bad);
    }
    let (number, after) = rest.split_at(digits);
    *rest = after;
    let number = std::str::from_utf8(number).ok();
    number.and_then(|number| number.parse().ok()).ok_or(bad)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pgm_with_a_comment_is_read() {
        let luma = parse(b"P5\n# from a phone\n2 1\n255\n\x07\x09").unwrap();
        assert_eq!((luma.width(), luma.pixels()), (2, &[7, 9][..]));
    }

    #[test]
    fn a_pgm_that_promises_more_than_it_has_is_refused() {
        assert!(matches!(parse(b"P5 9 9 255 1"), Err(BadPicture::Pgm(_))));
        assert!(matches!(
            parse(b"P5 999999 999999 255 "),
            Err(BadPicture::Frame(_))
        ));
    }

    #[test]
    fn a_coloured_png_becomes_grey() {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer
            .write_image_data(&[255, 255, 255, 0, 0, 255])
            .unwrap();
        writer.finish().unwrap();
        assert_eq!(parse(&file).unwrap().pixels(), [255, 29]);
    }

    proptest! {
        #[test]
        fn no_bytes_whatever_end_the_program(kind in 0..3usize, tail in any::<Vec<u8>>()) {
            let heads: [&[u8]; 3] = [b"P5 ", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"];
            let mut bytes = heads[kind].to_vec();
            bytes.extend(tail);
            drop(parse(&bytes));
        }
    }
}
