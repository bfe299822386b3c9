//! The whole eye with clips, pictures and cameras that misbehave.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use crate::clip::{self, Scene};
use crate::frame::Luma;
use crate::reader::Sight;

use super::choice::CameraChoice;
use super::eye::{Eye, News, Seen};
use super::outbox::Outbox;
use super::{Camera, CameraFault};

const TAG: &str = "HTTPS://DL.WIGAN.UK/WGN042ABCDEFGHJKMNPQRST";
const OTHER: &str = "HTTPS://DL.WIGAN.UK/WGN077TSRQPNMKJHGFEDCBA";
const LONG: Duration = Duration::from_mins(1);

fn start(choice: &str) -> (Eye, Receiver<News>) {
    let (to, from) = sync_channel(2);
    let eye = Eye::start(choice.parse().unwrap(), Instant::now(), to, |news| news).unwrap();
    (eye, from)
}

fn start_clip(file: &Path, scenes: &[Scene]) -> (Eye, Receiver<News>) {
    clip::write(file, scenes).unwrap();
    start(&CameraChoice::Clip(file.to_owned()).to_string())
}

/// The next sight that is wanted.
fn await_sight(from: &Receiver<News>, wanted: impl Fn(&Sight) -> bool) -> Seen {
    loop {
        match from.recv_timeout(LONG).unwrap() {
            News::Seen(seen) if wanted(&seen.sight) => return seen,
            News::Seen(_) => {}
            News::Lost(why) => panic!("lost: {why}"),
            News::Found => panic!("found without a loss"),
        }
    }
}

fn says(sight: &Sight, text: &str) -> bool {
    matches!(sight, Sight::One(code) if code.text == text)
}

#[test]
fn a_clip_is_read_tablet_after_tablet() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = [
        Scene::tablet(TAG, 4),
        Scene::empty(2),
        Scene::tablet(OTHER, 4),
    ];
    let (_eye, from) = start_clip(&folder.path().join("a.y4m"), &scenes);
    await_sight(&from, |sight| says(sight, TAG));
    await_sight(&from, |sight| *sight == Sight::Nothing);
    await_sight(&from, |sight| says(sight, OTHER));
    await_sight(&from, |sight| says(sight, TAG));
}

#[test]
fn two_tablets_and_a_torn_sticker_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = [Scene::two(TAG, OTHER, 3), Scene::torn(TAG, 3)];
    let (_eye, from) = start_clip(&folder.path().join("b.y4m"), &scenes);
    await_sight(&from, |sight| *sight == Sight::Several);
    await_sight(&from, |sight| *sight == Sight::Torn);
}

#[test]
fn the_preview_is_small_and_the_corners_lie_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_eye, from) = start_clip(&folder.path().join("c.y4m"), &[Scene::tablet(TAG, 1)]);
    let seen = await_sight(&from, |sight| says(sight, TAG));
    assert_eq!((seen.preview.width(), seen.preview.height()), (426, 240));
    let Sight::One(code) = seen.sight else {
        unreachable!("awaited")
    };
    let inside = |&(x, y): &(f32, f32)| (150.0..280.0).contains(&x) && (70.0..170.0).contains(&y);
    assert!(code.corners.iter().all(inside), "{:?}", code.corners);
}

#[test]
fn pictures_of_a_folder_come_by_name_and_the_last_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    for (name, scene) in [("2.pgm", Scene::tablet(TAG, 1)), ("1.pgm", Scene::empty(1))] {
        let shot = scene.shots(1).unwrap().next().unwrap();
        let head = format!("P5 {} {} 255\n", shot.width(), shot.height());
        let bytes = [head.as_bytes(), shot.pixels()].concat();
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let (_eye, from) = start(&format!("stills:{}", folder.path().display()));
    let first = await_sight(&from, |_| true);
    assert_eq!(first.sight, Sight::Nothing);
    for _ in 0..2 {
        await_sight(&from, |sight| says(sight, TAG));
    }
}

#[test]
fn a_file_that_is_no_clip_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.y4m");
    std::fs::write(&file, "hello").unwrap();
    let (to, _from) = sync_channel(1);
    let refused = Eye::start(CameraChoice::Clip(file), Instant::now(), to, |news| news);
    assert!(matches!(refused.err(), Some(CameraFault::Clip { .. })));
}

/// What a camera of a test does when it is asked.
enum Act {
    Frame,
    Panic,
    Break,
}

struct Scripted(std::vec::IntoIter<Act>);

impl Camera for Scripted {
    fn newest(&mut self, _: Duration) -> Result<Option<Luma>, CameraFault> {
        match self.0.next() {
            Some(Act::Frame) => Ok(Luma::new(8, 8, vec![200; 64]).ok()),
            Some(Act::Panic) => panic!("the library's own fault"),
            Some(Act::Break) => Err(CameraFault::Broken("unplugged".to_owned())),
            None => Ok(None),
        }
    }

    fn pace(&self) -> Duration {
        Duration::from_millis(20)
    }
}

/// An eye whose camera is opened once for each script.
fn start_scripted(scripts: Vec<Vec<Act>>) -> (Eye, Receiver<News>) {
    let (to, from) = sync_channel(8);
    let mut scripts = scripts.into_iter();
    let open = move || {
        let script = scripts.next().ok_or(CameraFault::NoCamera)?;
        let camera: Box<dyn Camera> = Box::new(Scripted(script.into_iter()));
        Ok(camera)
    };
    let outbox = Outbox::new(to, |news| news);
    let eye = Eye::start_with(Box::new(open), Instant::now(), outbox).unwrap();
    (eye, from)
}

/// The next news that is not a sight.
fn next_change(from: &Receiver<News>) -> News {
    loop {
        match from.recv_timeout(LONG).unwrap() {
            News::Seen(_) => {}
            change @ (News::Lost(_) | News::Found) => return change,
        }
    }
}

#[test]
fn a_camera_whose_library_panics_is_lost_and_found_again() {
    let (_eye, from) = start_scripted(vec![
        vec![Act::Frame, Act::Panic],
        vec![Act::Frame, Act::Frame],
    ]);
    assert!(matches!(next_change(&from), News::Lost(why) if why.contains("library")));
    assert_eq!(next_change(&from), News::Found);
}

#[test]
fn an_unplugged_camera_is_lost_and_found_when_it_is_back() {
    let (_eye, from) = start_scripted(vec![vec![Act::Frame, Act::Break], vec![Act::Frame]]);
    assert!(matches!(next_change(&from), News::Lost(why) if why.contains("unplugged")));
    assert_eq!(next_change(&from), News::Found);
}

#[test]
fn a_camera_that_falls_silent_is_lost() {
    let (_eye, from) = start_scripted(vec![vec![Act::Frame]]);
    assert!(matches!(next_change(&from), News::Lost(why) if why.contains("two seconds")));
}

#[test]
fn without_any_camera_the_eye_says_so() {
    let (_eye, from) = start_scripted(Vec::new());
    assert!(matches!(next_change(&from), News::Lost(why) if why.contains("plugged in")));
}

#[test]
fn the_eye_stops_when_it_is_dropped_even_when_nobody_listens() {
    let frames = || (0..500).map(|_| Act::Frame).collect();
    let (eye, from) = start_scripted(vec![frames()]);
    drop(eye);
    while from.try_recv().is_ok() {}
    let (eye, from) = start_scripted(vec![frames()]);
    drop(from);
    drop(eye);
}
