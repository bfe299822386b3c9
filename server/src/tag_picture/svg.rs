//! A picture as SVG, in millimetres on paper and modules inside.

use ab_glyph::{OutlineCurve, Point};

use super::{Picture, lettering::moved};

/// The whole file.
pub(super) fn write(picture: &Picture) -> String {
    let (width, height) = (picture.width(), picture.height());
    let width_mm = f64::from(picture.width_mm);
    let height_mm = width_mm * f64::from(height) / f64::from(width);
    let (dark, letters) = (dark(picture), letters(picture));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_mm}mm\" \
         height=\"{height_mm:.3}mm\" viewBox=\"0 0 {width} {height}\">\n\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}h-{width}z\"/>\n\
         <path id=\"code\" shape-rendering=\"crispEdges\" d=\"{dark}\"/>\n\
         <path id=\"caption\" d=\"{letters}\"/>\n\
         </svg>\n"
    )
}

/// One rectangle for each run of dark modules in a row.
fn dark(picture: &Picture) -> String {
    let rows = 0..picture.width();
    rows.map(|y| row(picture, y)).collect()
}

fn row(picture: &Picture, y: u32) -> String {
    let is_dark = |x: &u32| picture.is_dark(*x, y);
    let starts = (0..picture.width()).filter(|x| is_dark(x) && (*x == 0 || !is_dark(&(x - 1))));
    let runs = starts.map(|x| {
        let run = (x..picture.width()).take_while(is_dark).count();
        format!("M{x} {y}h{run}v1h-{run}z")
    });
    runs.collect()
}

fn letters(picture: &Picture) -> String {
    let (left, foot) = picture.caption_at();
    let place = |Point { x, y }| Point {
        x: x + left,
        y: y + foot,
    };
    let mut path = Path::default();
    for curve in picture.caption.curves() {
        path.add(&moved(curve, place));
    }
    path.text
}

#[derive(Default)]
struct Path {
    text: String,
    at: Option<Point>,
}

impl Path {
    fn add(&mut self, curve: &OutlineCurve) {
        match *curve {
            OutlineCurve::Line(from, to) => self.draw(from, 'L', &[to]),
            OutlineCurve::Quad(from, a, to) => self.draw(from, 'Q', &[a, to]),
            OutlineCurve::Cubic(from, a, b, to) => self.draw(from, 'C', &[a, b, to]),
        }
    }

    fn draw(&mut self, from: Point, letter: char, points: &[Point]) {
        if self.at != Some(from) {
            self.say('M', &[from]);
        }
        self.say(letter, points);
        self.at = points.last().copied();
    }

    fn say(&mut self, letter: char, points: &[Point]) {
        self.text.push(letter);
        let texts: Vec<String> = points
            .iter()
            .map(|it| format!("{:.3} {:.3}", it.x, it.y))
            .collect();
        self.text.push_str(&texts.join(" "));
    }
}
