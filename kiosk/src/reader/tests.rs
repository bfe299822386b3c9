//! The reader against made pictures of the shelf and against noise.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use proptest::prelude::*;

use crate::clip::Scene;
use crate::frame::Luma;

use super::{MAX_TEXT_BYTES, Reader, Sight, sample};

const TAG: &str = "HTTPS://DL.WIGAN.UK/WGN042ABCDEFGHJKMNPQRST";
const OTHER: &str = "HTTPS://DL.WIGAN.UK/WGN077TSRQPNMKJHGFEDCBA";

/// The steady view of a scene.
fn view(scene: &Scene) -> Luma {
    scene.shots(7).unwrap().last().unwrap()
}

fn read(luma: &Luma) -> Sight {
    Reader::new().read(luma)
}

#[test]
fn a_sticker_on_the_shelf_is_read() {
    let Sight::One(code) = read(&view(&Scene::tablet(TAG, 1))) else {
        panic!("not read");
    };
    assert_eq!(code.text, TAG);
}

#[test]
fn the_corners_of_a_code_run_clockwise_around_its_middle() {
    let Sight::One(code) = read(&view(&Scene::tablet(TAG, 1))) else {
        panic!("not read");
    };
    let [first, _, third, _] = code.corners;
    let x = f32::midpoint(first.0, third.0);
    let y = f32::midpoint(first.1, third.1);
    assert!(
        (x - 640.0).abs() < 12.0 && (y - 360.0).abs() < 12.0,
        "{x} {y}"
    );
    let twice_the_area: f32 = (0..4)
        .map(|at| (code.corners[at], code.corners[(at + 1) % 4]))
        .map(|(from, to)| from.0 * to.1 - to.0 * from.1)
        .sum();
    assert!(
        (30_000.0..52_000.0).contains(&twice_the_area),
        "{twice_the_area}"
    );
}

#[test]
fn an_empty_shelf_shows_nothing() {
    assert_eq!(read(&view(&Scene::empty(1))), Sight::Nothing);
}

#[test]
fn two_tablets_in_view_are_several() {
    assert_eq!(read(&view(&Scene::two(TAG, OTHER, 1))), Sight::Several);
}

#[test]
fn two_stickers_with_one_text_are_one_code() {
    let sight = read(&view(&Scene::two(TAG, TAG, 1)));
    assert!(matches!(sight, Sight::One(code) if code.text == TAG));
}

#[test]
fn a_torn_sticker_is_seen_to_be_torn() {
    assert_eq!(read(&view(&Scene::torn(TAG, 1))), Sight::Torn);
}

#[test]
fn a_sticker_sliding_into_view_never_says_another_text() {
    let mut reader = Reader::new();
    for shot in Scene::tablet(TAG, 8).shots(3).unwrap() {
        match reader.read(&shot) {
            Sight::One(code) => assert_eq!(code.text, TAG),
            Sight::Nothing | Sight::Torn => {}
            Sight::Several => panic!("one tablet only"),
        }
    }
}

#[test]
fn a_sticker_upside_down_or_on_its_side_is_read() {
    let mut luma = view(&Scene::tablet(TAG, 1));
    for turn in 1..4 {
        luma = quarter_turn(&luma);
        let sight = read(&luma);
        assert!(
            matches!(sight, Sight::One(code) if code.text == TAG),
            "turn {turn}"
        );
    }
}

fn quarter_turn(luma: &Luma) -> Luma {
    let (width, height) = (luma.height(), luma.width());
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        pixels.extend((0..width).map(|x| luma.row(width - 1 - x)[y]));
    }
    Luma::new(width, height, pixels).unwrap()
}

#[test]
fn white_on_black_is_read_within_a_few_frames() {
    let luma = view(&Scene::tablet(TAG, 1));
    let pixels = luma.pixels().iter().map(|pixel| 255 - pixel).collect();
    let negative = Luma::new(luma.width(), luma.height(), pixels).unwrap();
    let mut reader = Reader::new();
    let seen = (0..4).any(|_| matches!(reader.read(&negative), Sight::One(_)));
    assert!(seen);
}

#[test]
fn a_text_beyond_the_bound_is_no_text() {
    assert!(sample::bounded(vec![b'A'; MAX_TEXT_BYTES]).is_some());
    assert!(sample::bounded(vec![b'A'; MAX_TEXT_BYTES + 1]).is_none());
    assert!(sample::bounded(Vec::new()).is_none());
    assert!(sample::bounded(vec![0xff, 0xfe]).is_none());
}

#[test]
fn a_picture_smaller_than_a_code_shows_nothing() {
    for (width, height) in [(1, 1), (7, 300), (8, 8), (21, 9)] {
        let speck = Luma::new(width, height, vec![90; width * height]).unwrap();
        assert_eq!(Reader::new().read_still(&speck), Sight::Nothing);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn noise_is_never_read_and_never_ends_the_kiosk(
        width in 1..90usize,
        height in 1..90usize,
        grey in 0..3u8,
        seed in prop::collection::vec(any::<u8>(), 64),
    ) {
        let pixel = |at: usize| {
            let dice = seed[at % 64].wrapping_mul(seed[at / 64 % 64] | 1);
            match grey { 0 => dice, 1 => dice & 128, _ => dice / 16 }
        };
        let pixels = (0..width * height).map(pixel).collect();
        let luma = Luma::new(width, height, pixels).unwrap();
        let sight = Reader::new().read_still(&luma);
        prop_assert!(!matches!(sight, Sight::One(_) | Sight::Several));
    }

    #[test]
    fn a_spoilt_sticker_says_its_own_text_or_none(
        left in 520..700usize,
        top in 250..430usize,
        side in 20..90usize,
        grey in any::<u8>(),
    ) {
        thread_local! { static WHOLE: Luma = view(&Scene::tablet(TAG, 1)); }
        let mut pixels = WHOLE.with(|whole| whole.pixels().to_vec());
        for y in top..top + side {
            pixels[y * 1280 + left..][..side].fill(grey);
        }
        let luma = Luma::new(1280, 720, pixels).unwrap();
        if let Sight::One(code) = read(&luma) {
            prop_assert_eq!(code.text, TAG);
        }
    }
}
