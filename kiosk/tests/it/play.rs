//! The whole way through the test door: lines in, a made clip before the real
//! reader, the flow, the disk, the wire, and screens out.

use std::{
    io::{BufReader, Cursor},
    sync::mpsc::{Receiver, SyncSender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use kiosk::{
    clip::Scene,
    driver::{self, Driver, Face, FaceGone, News},
    frame::Luma,
    play::{Shelf, listen, make_clip},
    screen::{Body, Screen},
    store::{Fault as StoreFault, Store},
    sync::Timing,
};
use lang::{Catalogue, Key};
use shared::{
    ids::{LoanId, TabletId},
    tablet::{Presence, StateWord},
    tag::Tag,
    time::Moment,
    wire::v1::{
        command::{KioskAction, KioskCommand},
        kiosk::{CommandAnswer, Rows, TabletRow},
    },
};
use tempfile::TempDir;

use crate::{
    double::{Double, Say},
    facts::{identity, place, tablet},
};

/// A debug build reads a frame slowly.
const PATIENCE: Duration = Duration::from_mins(1);

/// A port below 1024 that no test binds: nobody answers there.
const NOBODY: &str = "http://127.0.0.1:9";

/// A face that hands its screens to the test.
struct Watched(std::sync::mpsc::Sender<Screen>);

impl Face for Watched {
    fn show(&mut self, screen: &Screen) -> Result<(), FaceGone> {
        self.0.send(screen.clone()).map_err(|_| FaceGone)
    }

    fn show_frame(&mut self, _: &Luma) {}

    fn close(&mut self) {}
}

/// A kiosk that is played.
struct Played {
    to: SyncSender<News>,
    screens: Receiver<Screen>,
    driver: JoinHandle<anyhow::Result<()>>,
    folder: TempDir,
}

impl Played {
    /// A kiosk that knows one tablet, on loan, and looks at an empty shelf.
    fn start(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        store.apply(&rows()).unwrap();
        let (to, inbox) = driver::channel();
        let (face, screens) = channel();
        let camera = clip(&folder, "empty.y4m", Shelf::default());
        let ends = (to.clone(), inbox);
        let faces: Vec<Box<dyn Face>> = vec![Box::new(Watched(face))];
        let who = identity(server);
        let camera = camera.parse().unwrap();
        let timing = Timing::default();
        let driver = Driver::start(store, &who, camera, timing, ends, faces).unwrap();
        let driver = thread::spawn(move || driver.run(|| Ok(())));
        Self {
            to,
            screens,
            driver,
            folder,
        }
    }

    fn line(&self, line: &str) {
        let lines = BufReader::new(Cursor::new(line.as_bytes().to_vec()));
        listen(lines, &self.to);
    }

    /// Puts these tablets before the camera.
    fn lay(&self, name: &str, things: Shelf) {
        let camera = clip(&self.folder, name, things);
        self.line(&serde_json::json!({ "camera": camera }).to_string());
    }

    /// The first screen that `fits`.
    fn screen(&self, fits: impl Fn(&Body) -> bool) -> Screen {
        loop {
            let screen = self.screens.recv_timeout(PATIENCE).unwrap();
            if fits(&screen.body) {
                return screen;
            }
        }
    }

    /// Stops it and gives back its disk.
    fn stop(self) -> (Store, TempDir) {
        self.to.send(News::Stop).unwrap();
        self.driver.join().unwrap().unwrap();
        (opened(&self.folder), self.folder)
    }
}

/// The disk, once the last call to the server that was under way has ended.
fn opened(folder: &TempDir) -> Store {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match Store::open(folder.path()) {
            Err(StoreFault::InUse(_)) if Instant::now() < deadline => thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

fn clip(folder: &TempDir, name: &str, mut shelf: Shelf) -> String {
    let path = folder.path().join(name);
    shelf.seconds = 1;
    make_clip(&path, &shelf).unwrap();
    format!("clip:{}", path.display())
}

fn tag() -> Tag {
    Tag::new("WGN-042".parse().unwrap(), [8; 10])
}

fn sticker() -> String {
    tag().url(&place().tag_host).unwrap()
}

fn loan() -> LoanId {
    LoanId::from_bytes([6; 16])
}

fn rows() -> Rows {
    let row = TabletRow {
        loan: Some(loan()),
        ..TabletRow::new(tablet(), tag().number(), tag().digest(), StateWord::OnLoan)
    };
    Rows {
        tablets: vec![row],
        ..Rows::none(5, Moment::from_ms(1_800_000_000_000))
    }
}

fn one_tablet() -> Shelf {
    Shelf {
        tablets: vec![sticker()],
        ..Shelf::default()
    }
}

/// The return that a person made by sticker alone.
fn is_the_return(command: &KioskCommand) -> bool {
    let expected = KioskAction::came_back(
        TabletId::from_bytes([1; 16]),
        Some(loan()),
        Presence::StickerOnly,
    );
    command.action == expected && command.origin_seq == 1 && command.operator.is_none()
}

fn return_one(kiosk: &Played) {
    kiosk.screen(|body| matches!(body, Body::First(_)));
    kiosk.lay("one.y4m", one_tablet());
    kiosk.screen(|body| matches!(body, Body::ConfirmBorrowerReturn(_)));
    kiosk.line("{\"touch\":\"yes\"}");
    kiosk.screen(|body| matches!(body, Body::Done(_)));
}

#[test]
fn a_return_is_taken_from_pixels_to_the_disk_without_a_server() {
    let kiosk = Played::start(NOBODY);
    return_one(&kiosk);
    let (store, _folder) = kiosk.stop();
    let waits = store.next_unanswered().unwrap().unwrap();
    assert!(is_the_return(&waits.command));
    assert!(!waits.command.clock_sure);
}

#[test]
fn a_return_reaches_a_server_that_answers() {
    let key = identity("").key.public();
    let server = Double::start(key, |came| match came.path.as_str() {
        "/v1/kiosk/command" => say(&CommandAnswer::Accepted { cursor: 6 }),
        _ => say(&rows()),
    });
    let kiosk = Played::start(&server.address);
    return_one(&kiosk);
    let came = server.wait_for("/v1/kiosk/command", 1);
    let command: KioskCommand = serde_json::from_slice(&came[0].body).unwrap();
    assert!(is_the_return(&command));
    kiosk.stop();
}

fn say(value: &impl serde::Serialize) -> Say {
    Say::Json(200, serde_json::to_string(value).unwrap())
}

#[test]
fn a_hand_scanners_text_starts_a_return_too() {
    let kiosk = Played::start(NOBODY);
    kiosk.screen(|body| matches!(body, Body::First(_)));
    kiosk.line(&serde_json::json!({ "text": sticker() }).to_string());
    kiosk.screen(|body| matches!(body, Body::ConfirmBorrowerReturn(_)));
    let (store, _folder) = kiosk.stop();
    assert!(
        store.next_unanswered().unwrap().is_none(),
        "nobody said yes"
    );
}

#[test]
fn two_tablets_at_once_start_no_return() {
    let kiosk = Played::start(NOBODY);
    kiosk.screen(|body| matches!(body, Body::First(_)));
    kiosk.line("{\"touch\":\"bring-back\"}");
    kiosk.screen(|body| matches!(body, Body::Scan(_)));
    let other = Tag::new("WGN-043".parse().unwrap(), [9; 10]);
    let other = other.url(&place().tag_host).unwrap();
    let both = Scene::two(&sticker(), &other, FRAMES);
    let lying = both.shots(1).unwrap().last().unwrap();
    let camera = still(&kiosk.folder, &lying);
    kiosk.line(&serde_json::json!({ "camera": camera }).to_string());
    let one_at_a_time = Catalogue::english().say(Key::RefusalTwoTags);
    kiosk
        .screen(|body| matches!(body, Body::Scan(scan) if scan.hint.text.contains(&one_at_a_time)));
    kiosk.stop();
}

/// Enough frames for both to have come to rest.
const FRAMES: usize = 20;

/// A folder with this one picture: a steady view.
fn still(folder: &TempDir, picture: &Luma) -> String {
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    let mut file = format!("P5 {} {} 255\n", picture.width(), picture.height()).into_bytes();
    file.extend(picture.pixels());
    std::fs::write(pictures.join("both.pgm"), file).unwrap();
    format!("stills:{}", pictures.display())
}
