//! Everything between this kiosk and the server, on three threads: facts go out in
//! their order, one at a time, the same bytes until they are answered; rows come in
//! by a call that waits; cards are looked up. Relies on `store` for what must
//! outlive the program; it is never held over a call.

pub mod backoff;
mod bell;
mod caller;
mod desk;
pub mod heard;
pub mod link;
mod look_up;
mod post;
mod presence;
mod recall;
mod rows;

use std::{
    io,
    sync::{Arc, Mutex, mpsc::SyncSender},
    thread,
    time::Duration,
};

use shared::{
    ids::{CommandId, OperatorId, TabletId},
    wire::v1::{command::KioskAction, kiosk::Rows},
};

use crate::{
    clock::Clock,
    flow::{Answer, Ask, Lookup},
    store::{Identity, Store},
};
use bell::Bell;
use caller::Caller;
pub use caller::OVERTAKEN_MAX;
use desk::Desk;
use link::Link;
use look_up::Questions;
use post::Post;
use presence::Presence;
use recall::Recall;
use rows::Listening;

/// What the threads tell.
#[derive(Clone)]
pub enum News {
    /// The server answers, or no longer does.
    Online(bool),
    /// Rows came and are stored.
    Rows(Box<Heard>),
    /// The server's word on a fact, which is stored.
    Answered(CommandId, KioskAction, Answer),
    /// Kiosk and server do not understand each other: nothing more is sent.
    TooOld,
    /// Trying again cannot put it right: no fact is sent any more.
    Halted,
    /// The server's log does not hold what was noted here of it: it was cut, written
    /// anew or brought back from a backup (R12).
    LogDenied,
    /// What a card led to.
    Borrower(Ask, Lookup),
}

/// Rows that came and are stored.
#[derive(Clone)]
pub struct Heard {
    /// The rows.
    pub rows: Rows,
    /// Tablets that the server no longer knows.
    pub gone: Vec<TabletId>,
    /// When they were heard, in milliseconds after the start.
    pub at_ms: u64,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The pause after a first failure; it doubles, up to `pause_max`.
    pub pause: Duration,
    /// The longest pause between two tries.
    pub pause_max: Duration,
    /// A call that the server answers at once.
    pub call: Duration,
    /// How long the server may hold the call for rows.
    pub hold: Duration,
    /// A card's look-up, from asking to the answer.
    pub look_up: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            pause: Duration::from_millis(500),
            pause_max: Duration::from_secs(15),
            call: Duration::from_secs(10),
            hold: Duration::from_secs(20),
            look_up: Duration::from_millis(1_500),
        }
    }
}

/// The running threads. They stop by themselves when this is dropped; nobody waits
/// for a call that is on its way, since what it leads to is stored or not at all.
pub struct Courier {
    bell: Arc<Bell>,
    questions: Arc<Questions>,
}

/// Where news go; an error once nobody listens.
type Sink = Arc<dyn Fn(News) -> Result<(), Stopped> + Send + Sync>;

/// The kiosk stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopped;

impl Courier {
    /// Starts to send, listen and look up. `clock` says when rows were heard.
    pub fn start<T: Send + 'static>(
        identity: &Identity,
        store: &Arc<Mutex<Store>>,
        clock: &Clock,
        timing: Timing,
        to: SyncSender<T>,
        wrap: fn(News) -> T,
    ) -> io::Result<Self> {
        let sink: Sink = Arc::new(move |news| to.send(wrap(news)).map_err(|_| Stopped));
        let (bell, questions) = (Arc::new(Bell::default()), Arc::new(Questions::default()));
        let presence = Arc::new(Presence::new(sink.clone(), bell.clone()));
        let caller = Caller::new(Link::new(identity), Desk::new(store));
        let recall = Arc::new(Recall::new(bell.clone()));
        let courier = Self { bell, questions };
        let post = Post::new(
            caller.clone(),
            courier.bell.clone(),
            presence.clone(),
            recall.clone(),
            timing,
        );
        spawn("post", move || post.run())?;
        let listening = Listening::new(caller.clone(), presence, recall, clock.clone(), timing);
        spawn("rows", move || listening.run())?;
        let questions = courier.questions.clone();
        spawn("look-up", move || {
            look_up::run(&questions, &caller, &sink, timing.look_up);
        })?;
        Ok(courier)
    }

    /// A fact was kept: it is to be sent.
    pub fn kept(&self) {
        self.bell.ring();
    }

    /// Looks a card up; a question that was not answered yet is dropped.
    pub fn find(&self, ask: Ask, card: String, operator: OperatorId) {
        self.questions.put(ask, card, operator);
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.bell.stop();
        self.questions.stop();
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map(drop)
}
