//! A picture as PNG, 600 pixels to the inch and saying so, each module a whole
//! number of pixels so that no edge is grey.

use ab_glyph::{GlyphId, Outline, OutlineCurve, OutlinedGlyph, Point, PxScaleFactor, Rect};
use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit};

use super::{Picture, PictureError, lettering::moved, modules};

/// 600 to the inch.
const PIXELS_A_METRE: u32 = 23_622;
const WHITE: u8 = 255;

/// The whole file.
pub(super) fn write(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    let canvas = Canvas::draw(picture);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, canvas.width, canvas.height);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: PIXELS_A_METRE,
        yppu: PIXELS_A_METRE,
        unit: Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&canvas.pixels)?;
    writer.finish()?;
    Ok(bytes)
}

struct Canvas {
    width: u32,
    height: u32,
    /// Pixels a module.
    module: u32,
    /// White on the left and above, where the modules do not fill the width.
    margin: u32,
    pixels: Vec<u8>,
}

impl Canvas {
    fn draw(picture: &Picture) -> Self {
        let width = picture.width_mm * PIXELS_A_METRE / 1000 + 1;
        let module = width / picture.width();
        let margin = (width - module * picture.width()) / 2;
        let height = module * picture.height() + 2 * margin;
        let mut canvas = Self {
            width,
            height,
            module,
            margin,
            pixels: vec![WHITE; index(width) * index(height)],
        };
        canvas.code(picture);
        canvas.caption(picture);
        canvas
    }

    fn code(&mut self, picture: &Picture) {
        let side = self.module * picture.width();
        for y in 0..side {
            for x in 0..side {
                if picture.is_dark(x / self.module, y / self.module) {
                    self.set(x + self.margin, y + self.margin, 0);
                }
            }
        }
    }

    fn caption(&mut self, picture: &Picture) {
        let (left, foot) = picture.caption_at();
        let (module, margin) = (modules(self.module), modules(self.margin));
        // In pixels, but with y upwards, as a typeface's own outlines have it.
        let place = |Point { x, y }| Point {
            x: (x + left) * module + margin,
            y: -((y + foot) * module + margin),
        };
        let curves = picture.caption.curves().iter();
        self.ink(curves.map(|it| moved(it, place)).collect());
    }

    fn ink(&mut self, curves: Vec<OutlineCurve>) {
        let bounds = Rect {
            min: Point { x: 0.0, y: 0.0 },
            max: Point {
                x: modules(self.width),
                y: -modules(self.height),
            },
        };
        let outline = Outline { bounds, curves };
        let unscaled = PxScaleFactor {
            horizontal: 1.0,
            vertical: 1.0,
        };
        let drawn = OutlinedGlyph::new(GlyphId(0).with_scale(1.0), outline, unscaled);
        drawn.draw(|x, y, cover| {
            if cover > 0.0 {
                self.set(x, y, grey(cover));
            }
        });
    }

    fn set(&mut self, x: u32, y: u32, grey: u8) {
        let at = index(y) * index(self.width) + index(x);
        self.pixels[at] = grey;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a byte holds"
)]
fn grey(cover: f32) -> u8 {
    (f32::from(WHITE) * (1.0 - cover.clamp(0.0, 1.0))) as u8
}

fn index(pixels: u32) -> usize {
    usize::try_from(pixels).expect("a picture fits in memory")
}
