//! What joins the places of a world: one time, one queue of what is due, and a
//! network that loses, doubles, delays and reorders. Everything that happens passes
//! through here, so everything follows from the seed.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
};

use super::{
    chance::Chance,
    counts::{Counts, Fault},
    node::Node,
    note::Note,
    plan::Weather,
    story::Story,
};

/// A request on its way to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who calls.
    pub from: Node,
    /// Which of all calls it is.
    pub call: u64,
    /// Where it goes.
    pub path: &'static str,
    /// The stamp, as its header says it.
    pub stamp: String,
    /// The body.
    pub body: Vec<u8>,
    /// Sent by somebody else, or a second time: nobody waits for the answer.
    pub copied: bool,
}

/// What the server says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP's number.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The body's kind, as its header says it.
    pub const fn kind(&self) -> &'static str {
        if self.status < 300 {
            "application/json"
        } else {
            "application/problem+json"
        }
    }
}

/// What is due at a place by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// It has power again.
    PowerUp,
    /// A call takes too long.
    GiveUp(u64),
    /// The kiosk's machine has something to do.
    Tick,
    /// Facts are to be sent.
    Post,
    /// Rows are to be asked for.
    Rows,
    /// What was gathered is to be written.
    Write,
    /// The server has something to do by itself.
    Due,
    /// An answer was held back long enough.
    Held(u64),
    /// The agent is to call.
    Turn,
    /// The next step of a reset is done.
    Reset,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A step of the plan.
    Step(usize),
    /// A request reaches the server.
    Asked(Request),
    /// An answer reaches whoever asked.
    Told(Node, u64, Response),
    /// Something at a place, in this one of its lives.
    Timer(Node, u32, Timer),
    /// A person goes on.
    Person(usize),
}

/// What is due, and when; the first is the earliest, and of two at one time the
/// one that was there first.
struct Waiting {
    at: Reverse<(u64, u64)>,
    due: Due,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

/// Requests that somebody may send again.
const OVERHEARD_MAX: usize = 64;
/// Answers that somebody may play to a tablet again.
const STALE_MAX: usize = 6;
/// A message takes at least this long.
const FAST_MS: u64 = 5;

/// What joins the places of a world.
pub struct Wires {
    /// Milliseconds since the world began.
    pub now_ms: u64,
    /// What happened.
    pub story: Story,
    /// How often what went wrong.
    pub counts: Counts,
    /// What the reference model has not heard yet.
    pub notes: Vec<Note>,
    weather: Weather,
    waiting: BinaryHeap<Waiting>,
    seq: u64,
    calls: u64,
    seed: u64,
    chances: BTreeMap<Node, Chance>,
    cut_off: BTreeMap<Node, u64>,
    overheard: VecDeque<Request>,
    answers: BTreeMap<Node, VecDeque<Response>>,
}

impl Wires {
    /// Wires in this weather.
    pub fn new(seed: u64, weather: Weather, story: Story) -> Self {
        Self {
            now_ms: 0,
            story,
            counts: Counts::default(),
            notes: Vec::new(),
            weather,
            waiting: BinaryHeap::new(),
            seq: 0,
            calls: 0,
            seed,
            chances: BTreeMap::new(),
            cut_off: BTreeMap::new(),
            overheard: VecDeque::new(),
            answers: BTreeMap::new(),
        }
    }

    /// What goes wrong by itself.
    pub const fn weather(&self) -> Weather {
        self.weather
    }

    /// From here on nothing goes wrong by itself.
    pub fn calm_down(&mut self) {
        self.weather = Weather::CALM;
        self.cut_off.clear();
    }

    /// The chance of this place.
    pub fn chance(&mut self, node: Node) -> &mut Chance {
        let seed = self.seed;
        let begin = || Chance::of(seed, &node.to_string());
        self.chances.entry(node).or_insert_with(begin)
    }

    /// Tells what happens at a place.
    pub fn say(&mut self, node: Node, what: impl FnOnce() -> String) {
        self.story.say(self.now_ms, node, what);
    }

    /// Lets the reference model hear what happened.
    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Something went wrong.
    pub fn fault(&mut self, fault: Fault) {
        self.counts.add(fault);
    }

    /// This is due so much later.
    pub fn after(&mut self, ms: u64, due: Due) {
        self.seq += 1;
        let at = Reverse((self.now_ms.saturating_add(ms), self.seq));
        self.waiting.push(Waiting { at, due });
    }

    /// What is due next; time goes on to it.
    pub fn pop(&mut self) -> Option<Due> {
        let Waiting { at, due } = self.waiting.pop()?;
        let Reverse((at_ms, _)) = at;
        self.now_ms = at_ms;
        Some(due)
    }

    /// Time goes on to this moment, before which nothing is due.
    pub fn wait_until(&mut self, ms: u64) {
        self.now_ms = self.now_ms.max(ms);
    }

    /// When something is due next.
    pub fn next_ms(&self) -> Option<u64> {
        let Reverse((at_ms, _)) = self.waiting.peek()?.at;
        Some(at_ms)
    }

    /// Cuts a place off from the others for so long.
    pub fn cut_off(&mut self, node: Node, ms: u64) {
        let until = self.now_ms + ms;
        let cut = self.cut_off.entry(node).or_default();
        *cut = until.max(*cut);
    }

    /// Whether nothing reaches this place.
    pub fn is_cut_off(&self, node: Node) -> bool {
        let is_cut = |node| self.cut_off.get(&node).is_some_and(|it| *it > self.now_ms);
        is_cut(node) || is_cut(Node::Server)
    }

    /// A number for a new call.
    pub const fn call(&mut self) -> u64 {
        self.calls += 1;
        self.calls
    }

    /// Sends a request.
    pub fn ask(&mut self, request: Request) {
        self.overhear(&request);
        let doubled = self.weather.doubled;
        if self.chance(request.from).happens(doubled) {
            self.fault(Fault::Doubled);
            let copied = true;
            self.on_the_way(Request {
                copied,
                ..request.clone()
            });
        }
        self.on_the_way(request);
    }

    fn on_the_way(&mut self, request: Request) {
        if let Some(ms) = self.delay(request.from) {
            self.after(ms, Due::Asked(request));
        }
    }

    /// Sends an answer to whoever asked.
    pub fn tell(&mut self, request: &Request, response: Response) {
        if request.copied {
            return;
        }
        let response = self.perhaps_stale(request.from, response);
        if let Some(ms) = self.delay(request.from) {
            self.after(ms, Due::Told(request.from, request.call, response));
        }
    }

    /// How long a message takes, if it arrives at all.
    fn delay(&mut self, node: Node) -> Option<u64> {
        let Weather { lost, slow, .. } = self.weather;
        if self.is_cut_off(node) {
            self.fault(Fault::CutOff);
            return None;
        }
        let chance = self.chance(node);
        if chance.happens(lost) {
            self.fault(Fault::Lost);
            return None;
        }
        let ms = FAST_MS + chance.below(300);
        if self.chance(node).happens(slow) {
            self.fault(Fault::Slow);
            return Some(ms + self.chance(node).below(120_000));
        }
        Some(ms)
    }

    fn overhear(&mut self, request: &Request) {
        if self.overheard.len() == OVERHEARD_MAX {
            self.overheard.pop_front();
        }
        let copied = true;
        self.overheard.push_back(Request {
            copied,
            ..request.clone()
        });
    }

    /// Somebody sends again what they overheard.
    pub fn replay(&mut self, chance: &mut Chance) {
        let place = chance.place(self.overheard.len());
        if let Some(request) = self.overheard.get(place).cloned() {
            self.say(request.from, || {
                format!("somebody sends call {} again", request.call)
            });
            self.fault(Fault::Replayed);
            self.after(FAST_MS, Due::Asked(request));
        }
    }

    /// Somebody between a tablet and the server may play an earlier answer again.
    fn perhaps_stale(&mut self, node: Node, response: Response) -> Response {
        if !matches!(node, Node::Tablet(_)) || response.status >= 300 {
            return response;
        }
        let stale = self.weather.stale;
        let (now, place) = (
            self.chance(node).happens(stale),
            self.chance(node).place(STALE_MAX),
        );
        let answers = self.answers.entry(node).or_default();
        let earlier = answers.get(place).filter(|_| now).cloned();
        if answers.len() == STALE_MAX {
            answers.pop_front();
        }
        answers.push_back(response.clone());
        match earlier {
            Some(earlier) => {
                self.fault(Fault::Stale);
                self.say(node, || "is played an earlier answer".to_owned());
                earlier
            }
            None => response,
        }
    }
}
