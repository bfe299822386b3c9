//! The one loop where everything meets: what the camera sees, what is touched or
//! typed and what the server says go into the flow, one after the other; what the
//! flow wants done is done here, and what it shows is shown on every face.

mod face;
mod gaze;
mod news;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use lang::Catalogue;
use shared::ids::{CommandId, LoanId, StocktakeId};

use crate::{
    camera::{choice::CameraChoice, eye},
    chance,
    clock::Clock,
    flow::{Draft, Effect, Flow, Given, Input, ToLend},
    mirror::Mirror,
    reader::Sight,
    screen::{Screen, Touch},
    speech::Voice,
    steady::Steady,
    store::{Identity, Store},
    sync::{self, Courier, Timing},
    view::{spoken, view},
    wedge::{Key, Typed, Wedge},
};

pub use face::{Face, FaceGone};
pub use news::News;

use gaze::Gaze;

/// Most news that wait for the loop (R16). The eye replaces a sight that finds no
/// room; other threads wait for it.
const NEWS_MAX: usize = 16;

/// A way to the driver, and its end of it.
pub fn channel() -> (SyncSender<News>, Receiver<News>) {
    sync_channel(NEWS_MAX)
}

/// The loop and all it holds.
pub struct Driver {
    inbox: Receiver<News>,
    clock: Clock,
    flow: Flow,
    mirror: Mirror,
    steady: Steady,
    wedge: Wedge,
    store: Arc<Mutex<Store>>,
    courier: Courier,
    gaze: Gaze,
    voice: Voice,
    /// What the flow asked of the voice for the screen that comes next.
    speak: Option<bool>,
    catalogue: Catalogue,
    faces: Vec<Box<dyn Face>>,
    shown: Option<Screen>,
}

impl Driver {
    /// Starts the threads of an enrolled kiosk.
    pub fn start(
        mut store: Store,
        identity: &Identity,
        camera: CameraChoice,
        timing: Timing,
        (to, inbox): (SyncSender<News>, Receiver<News>),
        faces: Vec<Box<dyn Face>>,
    ) -> Result<Self> {
        let clock = Clock::start();
        let mirror = store.mirror(identity.place.clone())?;
        let store = Arc::new(Mutex::new(store));
        let gaze = Gaze::start(camera, &clock, to.clone())?;
        let courier = Courier::start(identity, &store, &clock, timing, to, News::Sync)
            .context("starting the threads to the server")?;
        let flow = Flow::new();
        let catalogue = Catalogue::of(flow.state().language);
        Ok(Self {
            inbox,
            clock,
            flow,
            mirror,
            steady: Steady::default(),
            wedge: Wedge::new(),
            store,
            courier,
            gaze,
            voice: Voice::find(),
            speak: None,
            catalogue,
            faces,
            shown: None,
        })
    }

    /// Runs until it is told to stop or a face goes away. `ready` is called once,
    /// when the first screen is up and the kiosk knows its fleet: before that every
    /// badge and every tag would be a stranger's.
    pub fn run(mut self, ready: impl FnOnce() -> Result<()>) -> Result<()> {
        let ran = self.run_on(ready);
        for face in &mut self.faces {
            face.close();
        }
        ran
    }

    fn run_on(&mut self, ready: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut ready = Some(ready);
        if self.show().is_err() {
            return Ok(());
        }
        loop {
            if self.mirror.cursor() > 0
                && let Some(ready) = ready.take()
            {
                ready()?;
            }
            match self.next() {
                Some(News::Stop) => return Ok(()),
                Some(news) => self.take(news)?,
                None => self.tick()?,
            }
            if self.show().is_err() {
                tracing::info!("the screen is gone");
                return Ok(());
            }
        }
    }

    /// The next news; `None` when something is due before any came.
    fn next(&self) -> Option<News> {
        let due = [self.flow.poll_timeout(), self.wedge.poll_timeout()];
        let Some(due) = due.into_iter().flatten().min() else {
            return Some(self.inbox.recv().unwrap_or(News::Stop));
        };
        let wait = Duration::from_millis(due.saturating_sub(self.clock.now_ms()));
        match self.inbox.recv_timeout(wait) {
            Ok(news) => Some(news),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(News::Stop),
        }
    }

    fn tick(&mut self) -> Result<()> {
        let typed = self.wedge.handle_timeout(self.clock.now_ms());
        self.typed(typed)?;
        self.feed(Input::Tick)
    }

    fn take(&mut self, news: News) -> Result<()> {
        match news {
            News::Eye(news) => self.eye(news),
            News::Touched(Touch::KeyTyped(key)) => self.key(key),
            News::Touched(touch) => self.feed(Input::Touched(touch)),
            News::Sync(news) => self.heard(news),
            #[cfg(feature = "play")]
            News::Text(text) => text.chars().chain(['\n']).try_for_each(|key| self.key(key)),
            #[cfg(feature = "play")]
            News::Camera(camera) => self.look_at(camera),
            News::Stop => Ok(()),
        }
    }

    fn eye(&mut self, news: eye::News) -> Result<()> {
        match news {
            eye::News::Seen(seen) if self.gaze.is_past(seen.at_ms) => Ok(()),
            eye::News::Seen(seen) => {
                for face in &mut self.faces {
                    face.show_frame(&seen.preview);
                }
                let (width, height) = (seen.preview.width(), seen.preview.height());
                match self.steady.handle(seen.sight) {
                    Some(sight) => self.feed(Input::Saw(in_thousandths(sight, width, height))),
                    None => Ok(()),
                }
            }
            eye::News::Lost(why) => {
                tracing::warn!("the camera is lost: {why}");
                self.feed(Input::CameraLost)
            }
            eye::News::Found => {
                tracing::info!("the camera is found");
                self.feed(Input::CameraFound)
            }
        }
    }

    #[cfg(feature = "play")]
    fn look_at(&mut self, camera: CameraChoice) -> Result<()> {
        let Err(why) = self.gaze.turn_to(camera, &self.clock) else {
            return Ok(());
        };
        tracing::error!("{why}");
        self.feed(Input::CameraLost)
    }

    fn key(&mut self, key: char) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let key = match key {
            '\n' => Key::Enter,
            // No scanner rubs out, so whatever is held was typed before it.
            '\u{8}' => {
                let before = self.wedge.handle_timeout(u64::MAX);
                self.typed(before)?;
                return self.feed(Input::Touched(Touch::KeyTyped(key)));
            }
            key => Key::Character(key),
        };
        let typed = self.wedge.handle(key, now_ms);
        self.typed(typed)
    }

    fn typed(&mut self, typed: Option<Typed>) -> Result<()> {
        match typed {
            None => Ok(()),
            Some(Typed::Scanned(text)) => self.feed(Input::Scanned(text)),
            Some(Typed::TooLong) => self.feed(Input::ScanTooLong),
            Some(Typed::Keys(keys)) => keys.into_iter().try_for_each(|key| {
                let key = match key {
                    Key::Character(key) => key,
                    Key::Enter => '\n',
                };
                self.feed(Input::Touched(Touch::KeyTyped(key)))
            }),
        }
    }

    fn heard(&mut self, news: sync::News) -> Result<()> {
        match news {
            sync::News::Online(online) => self.feed(Input::Online(online)),
            sync::News::Rows(heard) => {
                self.clock.hear(heard.rows.now, heard.at_ms);
                self.mirror.apply(&heard.rows);
                self.mirror.forget(&heard.gone);
                self.feed(Input::MirrorMoved)
            }
            sync::News::Answered(id, action, answer) => {
                self.feed(Input::Answered(id, action, answer))
            }
            sync::News::TooOld => self.feed(Input::TooOld),
            sync::News::LogDenied => self.feed(Input::LogDenied),
            sync::News::Halted => self.feed(Input::Halted),
            sync::News::Borrower(ask, lookup) => self.feed(Input::Borrower(ask, lookup)),
        }
    }

    /// Gives the flow one input, does what it wants done, and gives it what came
    /// of that.
    fn feed(&mut self, input: Input) -> Result<()> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let given = self.given()?;
            for effect in self.flow.handle(input, &given, &self.mirror) {
                inputs.extend(self.carry_out(effect));
            }
        }
        Ok(())
    }

    fn given(&self) -> Result<Given> {
        Ok(Given {
            now_ms: self.clock.now_ms(),
            time: self.clock.time(),
            clock_sure: self.clock.is_sure(),
            command: CommandId::from_bytes(chance::bytes()?),
            loan: LoanId::from_bytes(chance::bytes()?),
            stocktake: StocktakeId::from_bytes(chance::bytes()?),
        })
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Keep(draft) => Some(self.keep(&draft)),
            Effect::Lend(command, it) => Some(self.lend(command, it)),
            Effect::FindBorrower {
                ask,
                card,
                operator,
            } => {
                self.courier.find(ask, card, operator);
                None
            }
            Effect::Speak(speak) => {
                self.speak = Some(speak);
                None
            }
            // The coded sounds are not recorded yet; words and shapes carry all.
            Effect::Sound(sound) => {
                tracing::debug!("sound: {sound:?}");
                None
            }
        }
    }

    fn keep(&mut self, draft: &Draft) -> Input {
        let kept = locked(&self.store).keep(draft);
        match kept {
            Ok(command) => {
                self.courier.kept();
                Input::Kept(command.id)
            }
            Err(fault) => {
                tracing::error!("a fact is not kept: {:#}", anyhow::Error::new(fault));
                Input::NotKept(draft.id, draft.action.clone())
            }
        }
    }

    fn lend(&self, command: CommandId, it: ToLend) -> Input {
        let known = self.mirror.facts_known();
        let lent = locked(&self.store).lent(command, it, known);
        match lent {
            Ok(true) => Input::Lent(command),
            Ok(false) => Input::NotLent(command),
            Err(fault) => {
                tracing::error!("a check out is not noted: {:#}", anyhow::Error::new(fault));
                Input::NotLent(command)
            }
        }
    }

    /// Shows what changed, and speaks where that was asked.
    fn show(&mut self) -> Result<(), FaceGone> {
        let state = self.flow.state();
        if self.catalogue.language() != state.language {
            self.catalogue = Catalogue::of(state.language);
        }
        let screen = view(state, &self.mirror, &self.catalogue, self.clock.time());
        let language = state.language.code;
        match self.speak.take() {
            Some(true) => self.voice.say(&spoken(&screen), language),
            Some(false) => self.voice.hush(),
            None => {}
        }
        if self.shown.as_ref() == Some(&screen) {
            return Ok(());
        }
        for face in &mut self.faces {
            face.show(&screen)?;
        }
        self.shown = Some(screen);
        Ok(())
    }
}

// Every verb of the store is one transaction: a panic leaves none half done.
fn locked(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same sight with its corners in thousandths of the picture.
fn in_thousandths(mut sight: Sight, width: usize, height: usize) -> Sight {
    if let Sight::One(code) = &mut sight {
        #[expect(
            clippy::cast_precision_loss,
            reason = "sides of a picture are at most 4096"
        )]
        let (width, height) = (width as f32, height as f32);
        let scaled = |(x, y)| (x * 1000.0 / width, y * 1000.0 / height);
        code.corners = code.corners.map(scaled);
    }
    sight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::Code;

    #[test]
    fn corners_are_told_in_thousandths_of_the_picture() {
        let code = Code {
            text: "X".to_owned(),
            corners: [(0.0, 0.0), (480.0, 0.0), (480.0, 270.0), (120.0, 135.0)],
        };
        let Sight::One(told) = in_thousandths(Sight::One(code), 480, 270) else {
            unreachable!("a sight stays what it is");
        };
        let whole = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (250.0, 500.0)];
        assert_eq!(told.corners, whole);
    }
}
