//! The test door: inputs as lines of JSON on standard input, each new screen as a
//! line of JSON on standard output. Frames still come from a camera or a clip, and
//! go through the real reader. Compiled out of what ships.
//!
//! In: `{"touch": "bring-back"}`, `{"text": "what a hand scanner types"}`,
//! `{"camera": "clip:FILE.y4m"}`. Out: `{"screen": {…}}`, or `{"refused": "why"}`
//! for a line that was not understood. The end of the input ends a kiosk that has
//! no window.

mod shelf;

use std::{
    io::{BufRead, Read, Write, stdout},
    sync::mpsc::SyncSender,
};

use serde::{Deserialize, Serialize};

use crate::{
    camera::{self, choice::CameraChoice},
    driver::{Face, FaceGone, News},
    frame::Luma,
    screen::{Screen, Touch},
};

pub use shelf::{Shelf, make_clip};

/// The longest line that is taken, in bytes.
const LINE_MAX: u64 = 4096;

/// What a line asks for.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    Touch(Touch),
    Text(String),
    Camera(String),
}

/// What a line tells.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Told<'a> {
    Screen(&'a Screen),
    Refused(&'a str),
}

/// Prints each screen.
pub struct Printer;

impl Face for Printer {
    fn show(&mut self, screen: &Screen) -> Result<(), FaceGone> {
        tell(&Told::Screen(screen))
    }

    fn show_frame(&mut self, _: &Luma) {}

    fn close(&mut self) {}
}

/// Reads lines until there are no more or nobody listens.
pub fn listen(mut lines: impl BufRead, to: &SyncSender<News>) {
    loop {
        let mut line = Vec::new();
        match lines.by_ref().take(LINE_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let heard = match understood(&line) {
            Ok(news) => to.send(news).map_err(|_| FaceGone),
            Err(why) => tell(&Told::Refused(&why)),
        };
        if heard.is_err() {
            return;
        }
    }
}

/// What a line asks for. A camera is opened once here, so that a clip that cannot
/// be read is told where it was asked for.
fn understood(line: &[u8]) -> Result<News, String> {
    match serde_json::from_slice(line).map_err(|why| why.to_string())? {
        Line::Touch(touch) => Ok(News::Touched(touch)),
        Line::Text(text) => Ok(News::Text(text)),
        Line::Camera(camera) => {
            let choice: CameraChoice = camera.parse().map_err(text_of)?;
            drop(camera::open(&choice).map_err(text_of)?);
            Ok(News::Camera(choice))
        }
    }
}

fn text_of(why: impl std::error::Error) -> String {
    why.to_string()
}

fn tell(told: &Told) -> Result<(), FaceGone> {
    let line = serde_json::to_string(told).expect("a screen has text keys only");
    let mut out = stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|_| FaceGone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_is_understood() {
        let touch = understood(br#"{"touch":"bring-back"}"#);
        assert!(matches!(touch, Ok(News::Touched(Touch::BringBack))));
        let part = understood(br#"{"touch":{"part-missing":"charger"}}"#);
        assert!(matches!(part, Ok(News::Touched(Touch::PartMissing(_)))));
        let text = understood(br#"{"text":"D1234"}"#);
        assert!(matches!(text, Ok(News::Text(text)) if text == "D1234"));
    }

    #[test]
    fn any_other_line_is_refused_with_why() {
        for line in [
            "",
            "{}",
            "{\"press\":1}",
            "{\"touch\":\"fly\"}",
            "{\"camera\":\"film\"}",
        ] {
            assert!(understood(line.as_bytes()).is_err(), "{line}");
        }
        let missing = understood(br#"{"camera":"clip:no-such.y4m"}"#).err();
        assert!(missing.is_some_and(|why| why.contains("no-such.y4m")));
    }
}
