//! One line of letters as outlines, in the typeface made for low vision. Numbers
//! are set in its face with slashed zeros, words in the one without.

use ab_glyph::{Font, FontRef, OutlineCurve, Point};

const NUMBERS: &[u8] =
    include_bytes!("../../../kiosk/ui/fonts/AtkinsonHyperlegibleNumbers-Bold.ttf");
const WORDS: &[u8] = include_bytes!("../../../kiosk/ui/fonts/AtkinsonHyperlegibleNext-Bold.ttf");

/// Which face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// Capitals, digits and hyphens; the zero is slashed.
    Numbers,
    /// Everything people are called.
    Words,
}

impl Face {
    fn font(self) -> FontRef<'static> {
        let bytes = match self {
            Self::Numbers => NUMBERS,
            Self::Words => WORDS,
        };
        FontRef::try_from_slice(bytes).expect("the typeface that is built in can be read")
    }
}

/// A line of letters: outlines from its left edge and its foot, y downwards.
pub(super) struct Line {
    curves: Vec<OutlineCurve>,
    width: f32,
}

impl Line {
    /// Sets `text` with capitals of this height; smaller where it would be wider
    /// than `widest`.
    pub(super) fn set(text: &str, face: Face, capital: f32, widest: f32) -> Self {
        let font = face.font();
        let letters = place(text, &font);
        let natural = capital / capital_height(&font);
        let scale = natural.min(widest / letters.width.max(1.0));
        Self {
            curves: letters.curves.iter().map(|it| scaled(it, scale)).collect(),
            width: letters.width * scale,
        }
    }

    /// Its outlines.
    pub(super) fn curves(&self) -> &[OutlineCurve] {
        &self.curves
    }

    /// How wide it is.
    pub(super) const fn width(&self) -> f32 {
        self.width
    }
}

/// Letters one after another, in the typeface's own units.
fn place(text: &str, font: &FontRef<'_>) -> Line {
    let (mut curves, mut at) = (Vec::new(), 0.0);
    let mut before = None;
    for letter in text.chars() {
        let glyph = font.glyph_id(letter);
        if let Some(before) = before {
            at += font.kern_unscaled(before, glyph);
        }
        let outline = font.outline(glyph).map(|outline| outline.curves);
        curves.extend(outline.into_iter().flatten().map(|it| shifted(&it, at)));
        at += font.h_advance_unscaled(glyph);
        before = Some(glyph);
    }
    Line { curves, width: at }
}

fn capital_height(font: &FontRef<'_>) -> f32 {
    let outline = font.outline(font.glyph_id('H'));
    let bounds = outline.expect("every typeface has an H").bounds;
    (bounds.max.y - bounds.min.y).abs()
}

fn shifted(curve: &OutlineCurve, by: f32) -> OutlineCurve {
    moved(curve, |Point { x, y }| Point { x: x + by, y })
}

/// The typeface's y points upwards, a picture's downwards.
fn scaled(curve: &OutlineCurve, by: f32) -> OutlineCurve {
    moved(curve, |Point { x, y }| Point {
        x: x * by,
        y: y * -by,
    })
}

/// The curve with every point of it moved.
pub(super) fn moved(curve: &OutlineCurve, to: impl Fn(Point) -> Point) -> OutlineCurve {
    match *curve {
        OutlineCurve::Line(a, b) => OutlineCurve::Line(to(a), to(b)),
        OutlineCurve::Quad(a, b, c) => OutlineCurve::Quad(to(a), to(b), to(c)),
        OutlineCurve::Cubic(a, b, c, d) => OutlineCurve::Cubic(to(a), to(b), to(c), to(d)),
    }
}
