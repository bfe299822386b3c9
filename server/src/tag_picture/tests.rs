//! Tests of the pictures: what is drawn is the code, and it has its size.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::path::Path;

use shared::{
    badge::Badge,
    invitation::Invitation,
    tag::{Tag, TagHost},
};

use super::{Format, Picture, PictureError};

fn host() -> TagHost {
    "TABLETS.WIGAN".parse().unwrap()
}

fn picture() -> Picture {
    let tag = Tag::new("WGN-042".parse().unwrap(), [7; 10]);
    Picture::of_tag(&tag, &host()).unwrap()
}

fn svg(picture: &Picture) -> String {
    String::from_utf8(picture.to_bytes(Format::Svg).unwrap()).unwrap()
}

/// The path of this name.
fn path<'a>(svg: &'a str, id: &str) -> &'a str {
    let after = svg.split(&format!("id=\"{id}\"")).nth(1).unwrap();
    after
        .split(" d=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
}

/// The dark modules that the path paints.
fn painted(path: &str) -> Vec<(u32, u32)> {
    let runs = path.split('M').skip(1);
    runs.flat_map(|run| {
        let (at, rest) = run.split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y): (u32, u32) = (x.parse().unwrap(), y.parse().unwrap());
        let run: u32 = rest.split('v').next().unwrap().parse().unwrap();
        (x..x + run).map(move |x| (x, y))
    })
    .collect()
}

#[test]
fn the_svgs_modules_are_the_codes_with_a_quiet_zone_of_four_around_it() {
    let picture = picture();
    let svg = svg(&picture);
    let painted = painted(path(&svg, "code"));
    let dark = (0..37).flat_map(|y| (0..37).map(move |x| (x, y)));
    let dark: Vec<_> = dark.filter(|(x, y)| picture.is_dark(*x, *y)).collect();
    assert_eq!(painted, dark);
    assert!(
        painted
            .iter()
            .all(|(x, y)| (4..33).contains(x) && (4..33).contains(y))
    );
    assert_eq!(picture.code.version().value(), 3);
    assert_eq!(
        picture.code.error_correction_level(),
        qrcodegen::QrCodeEcc::Quartile
    );
}

#[test]
fn the_svg_is_30_mm_wide_and_needs_no_typeface() {
    let svg = svg(&picture());
    assert!(svg.contains("width=\"30mm\" height=\"35.676mm\" viewBox=\"0 0 37 44\""));
    assert!(!svg.contains("<text") && !svg.contains("font"));
    assert!(path(&svg, "caption").starts_with('M'));
}

#[test]
fn the_caption_stands_below_the_quiet_zone_inside_the_picture() {
    let picture = picture();
    let (left, foot) = picture.caption_at();
    for curve in picture.caption.curves() {
        super::lettering::moved(curve, |point| {
            assert!((0.0..37.0).contains(&(point.x + left)), "{point:?}");
            assert!((37.0..44.0).contains(&(point.y + foot + 0.1)), "{point:?}");
            point
        });
    }
}

struct Pixels {
    info: png::Info<'static>,
    grey: Vec<u8>,
}

fn pixels(picture: &Picture) -> Pixels {
    let bytes = picture.to_bytes(Format::Png).unwrap();
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let mut reader = decoder.read_info().unwrap();
    let mut grey = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut grey).unwrap();
    let info = reader.info().clone();
    Pixels { info, grey }
}

#[test]
fn the_pngs_modules_are_the_codes_to_the_pixel() {
    let picture = picture();
    let Pixels { info, grey } = pixels(&picture);
    let width = usize::try_from(info.width).unwrap();
    let module = width / 37;
    let margin = (width - module * 37) / 2;
    for y in 0..module * 37 {
        for x in 0..module * 37 {
            let (at_x, at_y) = (
                u32::try_from(x / module).unwrap(),
                u32::try_from(y / module).unwrap(),
            );
            let expected = if picture.is_dark(at_x, at_y) { 0 } else { 255 };
            assert_eq!(grey[(y + margin) * width + x + margin], expected, "{x} {y}");
        }
    }
}

#[test]
fn a_reader_of_another_make_reads_the_printed_tag_and_a_badge() {
    let tag = Tag::new("WGN-042".parse().unwrap(), [7; 10]);
    let badge = Badge::new([3; 16]);
    let drawn = [
        (picture(), tag.url(&host()).unwrap()),
        (
            Picture::of_badge(&badge, "Demo Librarian").unwrap(),
            badge.text(),
        ),
    ];
    for (picture, says) in drawn {
        let Pixels { info, grey } = pixels(&picture);
        let (width, height) = (
            info.width.try_into().unwrap(),
            info.height.try_into().unwrap(),
        );
        let at = |x: usize, y: usize| grey[y * width + x];
        let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width, height, at);
        let (meta, read) = seen.detect_grids()[0].decode().unwrap();
        assert_eq!(read, says);
        assert_eq!(meta.version.0, 3);
    }
}

#[test]
fn the_png_is_30_mm_wide_at_600_pixels_to_the_inch() {
    let Pixels { info, grey } = pixels(&picture());
    let dims = info.pixel_dims.unwrap();
    assert_eq!((dims.xppu, dims.unit), (23_622, png::Unit::Meter));
    let width_mm = f64::from(info.width) * 1000.0 / f64::from(dims.xppu);
    assert!((29.9..30.1).contains(&width_mm), "{width_mm}");
    let rows = usize::try_from(info.height).unwrap();
    let caption = &grey[grey.len() - grey.len() / rows * 120..];
    assert!(caption.contains(&0), "the number is printed in black");
}

#[test]
fn a_badge_shows_its_name_however_long_it_is() {
    for name in [
        "Jo",
        "Demo Librarian With A Very Long Name Indeed Of The North",
    ] {
        let badge = Picture::of_badge(&Badge::new([3; 16]), name).unwrap();
        assert!(badge.caption.width() < 29.01);
        assert!(svg(&badge).contains("width=\"50mm\""));
    }
}

#[test]
fn the_files_name_decides_and_another_one_is_refused_with_a_sentence() {
    assert_eq!(Format::of(Path::new("a/tag.SVG")).unwrap(), Format::Svg);
    assert_eq!(Format::of(Path::new("tag.png")).unwrap(), Format::Png);
    for other in ["tag.pdf", "tag", "svg"] {
        let refused = Format::of(Path::new(other)).unwrap_err();
        assert!(matches!(refused, PictureError::Extension(_)));
        assert!(refused.to_string().contains(".svg or .png"));
    }
}

#[test]
fn an_invitation_to_enrol_is_read_from_its_picture_as_it_was_written() {
    let invitation = Invitation {
        server: "https://tablets.example.org".to_owned(),
        code: "ABCDEFGHIJKLMNOPQRSTUVWX23".to_owned(),
        fingerprint: shared::digest::Digest::of(b"key"),
    };
    let number = "WGN-042".parse().unwrap();
    let picture = Picture::of_invitation(&invitation, number).unwrap();
    let Pixels { info, grey } = pixels(&picture);
    let (width, height): (usize, usize) = (
        info.width.try_into().unwrap(),
        info.height.try_into().unwrap(),
    );
    let at = |x: usize, y: usize| grey[y * width + x];
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width, height, at);
    let (_, read) = seen.detect_grids()[0].decode().unwrap();
    assert_eq!(read.parse(), Ok(invitation));
}
