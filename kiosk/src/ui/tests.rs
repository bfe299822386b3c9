//! The window drawn and pressed without a display: every kind of screen.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{cell::RefCell, fs, path::PathBuf, rc::Rc};

use super::{samples, studio::*, *};
use crate::screen::{Corner, Look};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 800;

/// Where the made camera picture has its code, in thousandths.
pub const STICKER: [Corner; 4] = [
    Corner { x: 410, y: 300 },
    Corner { x: 590, y: 300 },
    Corner { x: 590, y: 620 },
    Corner { x: 410, y: 620 },
];

type Pressed = Rc<RefCell<Vec<Touch>>>;

fn studio() -> (Studio, Pressed) {
    let pressed = Pressed::default();
    let heard = pressed.clone();
    let studio = Studio::new(move |touch| heard.borrow_mut().push(touch)).unwrap();
    let (width, height) = (1280, 720);
    studio.window.show_frame(width, height, &camera_picture(width, height));
    (studio, pressed)
}

/// A tablet lying on the shelf with its sticker, as a camera would see it.
fn camera_picture(width: u32, height: u32) -> Vec<u8> {
    let code = qrcodegen::QrCode::encode_text("HTTPS://LEND.EXAMPLE/T/WGN-042", qrcodegen::QrCodeEcc::Medium);
    let code = code.unwrap();
    let at = |part: u16, whole: u32| i32::from(part) * i32::try_from(whole).unwrap() / 1000;
    let (left, right) = (at(STICKER[0].x, width), at(STICKER[2].x, width));
    let top = at(STICKER[0].y, height);
    let module = f64::from(right - left) / f64::from(code.size());
    let mut luma = Vec::new();
    for y in 0..i32::try_from(height).unwrap() {
        for x in 0..i32::try_from(width).unwrap() {
            let inside = |edge: i32| x > left - edge && x < right + edge;
            let column = (f64::from(x - left) / module).floor() as i32;
            let row = (f64::from(y - top) / module).floor() as i32;
            let dark = code.get_module(column, row);
            let sticker = inside(24) && y > top - 24 && y < top + (right - left) + 70;
            let tablet = inside(150) && y > top - 190 && y < top + (right - left) + 230;
            luma.push(match (sticker, tablet) {
                (true, _) => if dark { 30 } else { 235 },
                (false, true) => 34,
                (false, false) => u8::try_from(96 + y / 24).unwrap(),
            });
        }
    }
    luma
}

fn save(name: &str, picture: &Picture) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/pictures/kiosk");
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(folder, |dir| PathBuf::from(dir).join("pictures/kiosk"));
    fs::create_dir_all(&folder).unwrap();
    let file = fs::File::create(folder.join(format!("{name}.png"))).unwrap();
    let mut encoder = png::Encoder::new(file, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&picture.rgb).unwrap();
}

#[test]
fn every_screen_is_drawn() {
    let (studio, _) = studio();
    for sample in samples::all() {
        save(sample.name, &studio.picture(&sample.screen, WIDTH, HEIGHT));
    }
    let bigger = Look { bigger: true, ..Look::default() };
    for (name, screen) in samples::with(bigger, "-bigger") {
        save(&name, &studio.picture(&screen, WIDTH, HEIGHT));
    }
}
