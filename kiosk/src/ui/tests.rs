//! The window drawn and pressed without a display: every kind of screen.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels of pictures whose size is known"
)]

use std::{cell::RefCell, collections::BTreeSet, fs, path::PathBuf, rc::Rc};

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use slint::{
    ComponentHandle, LogicalPosition, SharedString,
    platform::{PointerEventButton, WindowEvent},
};

use super::{Picture, Studio, samples};
use crate::screen::{Body, Corner, KitPart, Look, Reason, Screen, Touch};

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
    studio
        .window
        .show_frame(width, height, &camera_picture(width, height));
    (studio, pressed)
}

/// A tablet lying on the shelf with its sticker, as a camera would see it.
fn camera_picture(width: u32, height: u32) -> Vec<u8> {
    let code = qrcodegen::QrCode::encode_text(
        "HTTPS://LEND.EXAMPLE/T/WGN-042",
        qrcodegen::QrCodeEcc::Medium,
    );
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
                (true, _) => {
                    if dark {
                        30
                    } else {
                        235
                    }
                }
                (false, true) => 34,
                (false, false) => u8::try_from(96 + y / 24).unwrap(),
            });
        }
    }
    luma
}

fn save(name: &str, picture: &Picture) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/pictures/kiosk");
    let folder = std::env::var_os("CARGO_TARGET_DIR")
        .map_or(folder, |dir| PathBuf::from(dir).join("pictures/kiosk"));
    fs::create_dir_all(&folder).unwrap();
    let file = fs::File::create(folder.join(format!("{name}.png"))).unwrap();
    let mut encoder = png::Encoder::new(file, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&picture.rgb)
        .unwrap();
}

fn bigger() -> Look {
    Look {
        bigger: true,
        ..Look::default()
    }
}

fn high_contrast() -> Look {
    Look {
        high_contrast: true,
        ..Look::default()
    }
}

/// Every kind of screen as it is, larger, and in high contrast.
fn every_screen() -> Vec<(String, Screen)> {
    let looks = [
        (Look::default(), ""),
        (bigger(), "-bigger"),
        (high_contrast(), "-contrast"),
    ];
    looks
        .into_iter()
        .flat_map(|(look, suffix)| samples::with(look, suffix))
        .collect()
}

fn sample(name: &str) -> Screen {
    let all = samples::all();
    all.into_iter()
        .find(|sample| sample.name == name)
        .unwrap()
        .screen
}

/// Every control once; an element is listed for each component it is made of.
fn controls(studio: &Studio) -> Vec<ElementHandle> {
    let query = ElementQuery::from_root(&studio.window.window).match_descendants();
    let mut all = query
        .match_accessible_role(AccessibleRole::Button)
        .find_all();
    let mut seen = BTreeSet::new();
    all.retain(|it| seen.insert((it.accessible_label(), bounds(it).map(f32::to_bits))));
    all
}

fn click(studio: &Studio, control: &ElementHandle) {
    let [left, top, right, bottom] = bounds(control);
    let position = LogicalPosition::new(f32::midpoint(left, right), f32::midpoint(top, bottom));
    let button = PointerEventButton::Left;
    let window = studio.window.window.window();
    window.dispatch_event(WindowEvent::PointerPressed { position, button });
    window.dispatch_event(WindowEvent::PointerReleased { position, button });
}

fn lay_out(studio: &Studio, screen: &Screen) {
    studio.show(screen, WIDTH, HEIGHT);
}

fn control(studio: &Studio, says: &str) -> ElementHandle {
    let all = controls(studio);
    let found = all
        .into_iter()
        .find(|it| it.accessible_label().unwrap() == says);
    found.unwrap_or_else(|| panic!("no control says {says:?}"))
}

fn texts(of: ElementQuery) -> Vec<ElementHandle> {
    of.match_inherits("Text").find_all()
}

fn text(studio: &Studio, begins: &str) -> ElementHandle {
    let all = ElementQuery::from_root(&studio.window.window).match_descendants();
    let says = |it: &ElementHandle| it.accessible_label().unwrap().starts_with(begins);
    let found = texts(all).into_iter().find(says);
    found.unwrap_or_else(|| panic!("no text begins with {begins:?}"))
}

/// Left, top, right, bottom in pixels.
fn bounds(element: &ElementHandle) -> [f32; 4] {
    let (at, size) = (element.absolute_position(), element.size());
    [at.x, at.y, at.x + size.width, at.y + size.height]
}

/// How many pixels `inner` reaches out of `outer`.
fn spill(inner: [f32; 4], outer: [f32; 4]) -> f32 {
    let out = [
        outer[0] - inner[0],
        outer[1] - inner[1],
        inner[2] - outer[2],
        inner[3] - outer[3],
    ];
    out.into_iter().fold(0.0, f32::max)
}

fn colour(picture: &Picture, x: f32, y: f32) -> [u8; 3] {
    let at = (y as usize * picture.width as usize + x as usize) * 3;
    picture.rgb[at..at + 3].try_into().unwrap()
}

fn count(picture: &Picture, colour: [u8; 3]) -> usize {
    picture
        .rgb
        .chunks_exact(3)
        .filter(|pixel| *pixel == colour)
        .count()
}

/// All touches that a screen offers, from its printed form.
fn offered(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if name == "touch" && !value.is_null() {
                    into.push(value.to_string());
                } else {
                    offered(value, into);
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| offered(value, into)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}

fn expected(screen: &Screen) -> Vec<String> {
    let mut touches = Vec::new();
    offered(&serde_json::to_value(screen).unwrap(), &mut touches);
    if let Body::FindBorrower(typing) | Body::TypeNumber(typing) = &screen.body {
        touches.extend(('0'..='9').map(|digit| printed(&Touch::Digit(digit))));
        touches.push(printed(&Touch::Backspace));
        touches.retain(|touch| typing.ready || *touch != printed(&Touch::Enter));
    }
    touches.sort();
    touches
}

fn printed(touch: &Touch) -> String {
    serde_json::to_string(touch).unwrap()
}

fn type_keys(studio: &Studio, keys: &[&str]) {
    for key in keys {
        let text = SharedString::from(*key);
        studio
            .window
            .window
            .window()
            .dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        studio
            .window
            .window
            .window()
            .dispatch_event(WindowEvent::KeyReleased { text });
    }
}

#[test]
fn every_screen_is_drawn_with_its_words_inside_it() {
    let (studio, _) = studio();
    let window = [0.0, 0.0, WIDTH as f32, HEIGHT as f32];
    let mut spilt = Vec::new();
    for (name, screen) in every_screen() {
        let picture = studio.picture(&screen, WIDTH, HEIGHT);
        save(&name, &picture);
        let all = ElementQuery::from_root(&studio.window.window).match_descendants();
        for text in texts(all) {
            let out = spill(bounds(&text), window);
            spilt.extend(
                (out > 0.5).then(|| format!("{name}: {:?} by {out}", text.accessible_label())),
            );
        }
        for control in controls(&studio) {
            let mut out = spill(bounds(&control), window);
            for text in texts(control.query_descendants()) {
                out = out.max(spill(bounds(&text), bounds(&control)));
            }
            spilt.extend(
                (out > 0.5)
                    .then(|| format!("{name}: in {:?} by {out}", control.accessible_label())),
            );
        }
    }
    assert!(spilt.is_empty(), "{spilt:#?}");
}

#[test]
fn every_control_has_words_and_is_large_enough_for_any_finger() {
    let (studio, _) = studio();
    for (name, screen) in every_screen() {
        lay_out(&studio, &screen);
        for control in controls(&studio) {
            let (says, size) = (control.accessible_label().unwrap(), control.size());
            assert!(!says.is_empty(), "{name}: a control without words");
            assert!(
                size.width >= 72.0 && size.height >= 72.0,
                "{name}: {says} is {size:?}"
            );
        }
    }
}

#[test]
fn pressing_every_control_sends_exactly_the_touches_that_the_screen_offers() {
    let (studio, pressed) = studio();
    for sample in samples::all() {
        lay_out(&studio, &sample.screen);
        pressed.borrow_mut().clear();
        for control in controls(&studio) {
            control.invoke_accessible_default_action();
        }
        let mut sent: Vec<_> = pressed.borrow().iter().map(printed).collect();
        sent.sort();
        assert_eq!(sent, expected(&sample.screen), "{}", sample.name);
    }
}

#[test]
fn the_main_button_is_green_at_its_place_and_a_finger_presses_it() {
    let (studio, pressed) = studio();
    let picture = studio.picture(&sample("hand-over"), WIDTH, HEIGHT);
    let button = control(&studio, "Hand over");
    let [left, top, _, bottom] = bounds(&button);
    assert_eq!(
        colour(&picture, left + 30.0, f32::midpoint(top, bottom)),
        [0x0b, 0x5c, 0x3b]
    );
    assert_eq!(
        colour(&picture, left + 60.0, bottom - 3.0),
        [0x05, 0x3a, 0x24]
    );
    click(&studio, &button);
    assert_eq!(*pressed.borrow(), [Touch::HandOver]);
}

#[test]
fn a_number_that_is_not_complete_cannot_be_sent() {
    let (studio, pressed) = studio();
    lay_out(&studio, &sample("find-borrower"));
    let find = control(&studio, "Find");
    assert_eq!(find.accessible_enabled(), Some(false));
    click(&studio, &find);
    assert_eq!(*pressed.borrow(), []);
}

#[test]
fn what_is_still_to_be_found_grows_with_all_that_is_read() {
    let (studio, _) = studio();
    let heights = |look| {
        let screen = Screen {
            look,
            ..sample("sweep")
        };
        lay_out(&studio, &screen);
        ["WGN-003", "and 84 more"].map(|begins| text(&studio, begins).size().height)
    };
    let (usual, large) = (heights(Look::default()), heights(bigger()));
    let all_grew = usual.iter().zip(&large).all(|(it, larger)| larger > it);
    assert!(all_grew, "{usual:?} became {large:?}");
}

#[test]
fn what_is_missing_is_marked_for_a_screen_reader_too() {
    let (studio, _) = studio();
    lay_out(&studio, &sample("confirm-return-marked"));
    assert_eq!(
        control(&studio, "charger: missing").accessible_checked(),
        Some(true)
    );
    assert_eq!(
        control(&studio, "bag: here").accessible_checked(),
        Some(false)
    );
    assert_eq!(control(&studio, "Damaged").accessible_checked(), Some(true));
}

#[test]
fn what_a_tablets_readiness_rests_on_is_small_and_there_for_a_screen_reader() {
    let (studio, _) = studio();
    lay_out(&studio, &sample("hand-over-reported"));
    let height = |begins| text(&studio, begins).size().height;
    let rests_on = height("Its device manager reported it.");
    assert!(rests_on > 0.0 && rests_on < height("Reported clean 30 September."));
    // Where there is nothing to say, nothing takes room.
    lay_out(&studio, &sample("hand-over-anyway"));
    let all = ElementQuery::from_root(&studio.window.window).match_descendants();
    let empty = |it: &ElementHandle| it.accessible_label().unwrap().is_empty();
    assert!(!texts(all).iter().any(empty));
}

#[test]
fn tab_and_enter_press_the_first_control_and_show_where_the_focus_is() {
    let (studio, pressed) = studio();
    let screen = sample("hand-over");
    let ring = [0xff, 0xdd, 0x00];
    assert_eq!(count(&studio.picture(&screen, WIDTH, HEIGHT), ring), 0);
    type_keys(&studio, &["\t"]);
    assert!(count(&studio.picture(&screen, WIDTH, HEIGHT), ring) > 500);
    type_keys(&studio, &["\n"]);
    assert_eq!(*pressed.borrow(), [Touch::Stop]);
}

#[test]
fn tab_goes_through_the_controls_in_reading_order() {
    let (studio, pressed) = studio();
    lay_out(&studio, &sample("hand-over"));
    type_keys(&studio, &["\t", " ", "\t", " ", "\t", " "]);
    assert_eq!(
        *pressed.borrow(),
        [Touch::Stop, Touch::HandOver, Touch::NotRight]
    );
}

#[test]
fn tab_goes_through_the_reasons_before_the_safe_way_on() {
    let (studio, pressed) = studio();
    lay_out(&studio, &sample("lend-anyway"));
    type_keys(&studio, &["\t", " "].repeat(5));
    let reasons = [Reason::ResetByHand, Reason::Urgent, Reason::TeamDecided];
    let mut expected = vec![Touch::Stop];
    expected.extend(reasons.map(Touch::Because));
    expected.push(Touch::TakeAnother);
    assert_eq!(*pressed.borrow(), expected);
}

#[test]
fn a_hand_scanner_types_and_presses_nothing_whatever_has_the_focus() {
    let (studio, pressed) = studio();
    lay_out(&studio, &sample("hand-over"));
    type_keys(&studio, &["\t", "4", " ", "2", "\n"]);
    assert_eq!(
        *pressed.borrow(),
        ['4', ' ', '2', '\n'].map(Touch::KeyTyped)
    );
}

#[test]
fn keys_still_arrive_after_the_screen_has_changed() {
    let (studio, pressed) = studio();
    for name in [
        "first",
        "find-borrower",
        "hand-over",
        "hand-over-done",
        "first",
    ] {
        lay_out(&studio, &sample(name));
        pressed.borrow_mut().clear();
        type_keys(&studio, &["7", "\n"]);
        assert_eq!(
            *pressed.borrow(),
            ['7', '\n'].map(Touch::KeyTyped),
            "{name}"
        );
    }
}

#[test]
fn the_focus_stays_where_it_was_while_the_same_screen_changes() {
    let (studio, pressed) = studio();
    lay_out(&studio, &sample("confirm-return"));
    type_keys(&studio, &["\t", "\t"]);
    lay_out(&studio, &sample("confirm-return-marked"));
    type_keys(&studio, &["\n"]);
    assert_eq!(*pressed.borrow(), [Touch::PartMissing(KitPart::Charger)]);
}

#[test]
fn the_frame_closes_on_the_code_that_was_found() {
    let (studio, _) = studio();
    let yellow = [0xff, 0xdd, 0x00];
    let found = studio.picture(&sample("scan-found"), WIDTH, HEIGHT);
    let looking = studio.picture(&sample("scan-looking"), WIDTH, HEIGHT);
    let middle_top =
        |picture: &Picture| (208..470).any(|y| colour(picture, 350.0, y as f32) == yellow);
    assert!(middle_top(&found), "closed above the code");
    assert!(!middle_top(&looking), "open above the middle");
    assert!(count(&looking, yellow) > 1000);
}

#[test]
fn a_large_frame_is_thinned_for_the_preview_and_a_short_one_is_black_below() {
    let pixels = super::grey(4, 2, &[1, 2, 3, 4, 5, 6]);
    let greys =
        |pixels: &super::Pixels| pixels.as_slice().iter().map(|it| it.g).collect::<Vec<_>>();
    assert_eq!(greys(&pixels), [1, 2, 3, 4, 0, 0, 0, 0]);
    let wide: Vec<u8> = (0..1280_u32 * 2).map(|at| (at % 251) as u8).collect();
    let thinned = super::grey(1280, 2, &wide);
    assert_eq!((thinned.width(), thinned.height()), (640, 1));
    assert_eq!(greys(&thinned)[..4], [0, 2, 4, 6]);
}

#[test]
fn the_window_grows_with_the_display() {
    let (studio, _) = studio();
    let large = studio.picture(&sample("first"), 1920, 1200);
    save("first-1920", &large);
    let size = control(&studio, "Read to me").size();
    assert!((size.height - 108.0).abs() < 1.0, "{size:?}");
    assert_eq!(
        (large.width, large.height, large.rgb.len()),
        (1920, 1200, 1920 * 1200 * 3)
    );
}
