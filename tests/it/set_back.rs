//! A library that is brought back from a backup while a kiosk knows more than the
//! backup: the kiosk levels itself with it, tells again what it can, and what it
//! cannot is said and stands in nobody's way.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kiosk::clock::Clock;
use kiosk::enrol::enrol;
use kiosk::flow::{Answer, Ask, Draft, Lookup};
use kiosk::mirror::Mirror;
use kiosk::store::{Heads, Store};
use kiosk::sync::{Courier, News, Timing};
use server::store::{Doubt, Reader, Settings};
use shared::badge::Badge;
use shared::event::Event;
use shared::ids::{BorrowerId, CommandId, KioskId, LoanId, OperatorId, TabletId};
use shared::policy::Policy;
use shared::tablet::{Presence, StateWord};
use shared::wire::v1::command::KioskAction;
use tempfile::TempDir;
use tests::programs;
use xtask::children::Children;
use xtask::programs::Programs;
use xtask::world::{CARD, VENUE, World};

const WITHIN: Duration = Duration::from_mins(1);

/// The server's program and its folder.
struct Library {
    world: World,
    folder: TempDir,
}

impl Library {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = programs::path("tablet-server").unwrap();
        let programs = Programs::found([("tablet-server".to_owned(), server)]);
        let children = Children::new(&folder.path().join("log")).unwrap();
        let mut world = World::new(programs, folder.path().to_owned(), children).unwrap();
        world.furnish(40).unwrap();
        world.start_server(None).unwrap();
        Self { world, folder }
    }

    fn read<T>(&self, read: impl FnOnce(&Reader) -> Result<T, server::store::Fault>) -> T {
        let settings = Settings {
            policy: Policy::default(),
            data_key: [0; 32],
        };
        let path = self.world.server_folder().join("library.db");
        read(&Reader::open(&path, settings).unwrap()).unwrap()
    }

    fn backup(&self) -> PathBuf {
        let backup = self.folder.path().join("day.backup");
        self.world.server(&["backup-key"]).unwrap();
        let recovery = self.folder.path().join("recovery.key");
        let words = ["keys", "recovery", "--to", recovery.to_str().unwrap()];
        self.world.server(&words).unwrap();
        let words = ["backup", "--to", backup.to_str().unwrap()];
        self.world.server(&words).unwrap();
        backup
    }

    /// The machine is lost; on another one the library is brought back.
    fn lose_and_bring_back(&mut self, backup: &Path) {
        self.world.children.kill("server").unwrap();
        let lost = self.folder.path().join("lost");
        fs::rename(self.world.server_folder(), &lost).unwrap();
        let (from, keys) = (backup.to_str().unwrap(), lost.to_str().unwrap());
        let words = ["restore", "--from", from, "--keys", keys];
        self.world.server(&words).unwrap();
    }

    fn has_event(&self, tablet: TabletId, is: fn(&Event) -> bool) -> bool {
        let story = self.read(|read| read.story(tablet, 0));
        story.iter().rev().take(2).any(|told| is(&told.event))
    }
}

/// A kiosk without a face: its disk and its threads.
struct Counter {
    store: Arc<Mutex<Store>>,
    courier: Courier,
    news: Receiver<News>,
    mirror: Mirror,
    kiosk: KioskId,
    operator: OperatorId,
    folder: PathBuf,
}

impl Counter {
    fn enrol(library: &Library) -> Self {
        let folder = library.world.kiosk_folder();
        let printed = library
            .world
            .server(&["enrol", "kiosk", "--venue", VENUE])
            .unwrap();
        let line = printed.lines().last().unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let url = format!("http://{}", library.world.address());
        let mut store = Store::open(&folder).unwrap();
        let identity = enrol(&mut store, &url, words[2], words[3], WITHIN).unwrap();
        let store = Arc::new(Mutex::new(store));
        let (to, news) = sync_channel(64);
        let timing = Timing {
            pause: Duration::from_millis(20),
            pause_max: Duration::from_millis(200),
            ..Timing::default()
        };
        let clock = Clock::start();
        let courier = Courier::start(&identity, &store, &clock, timing, to, |it| it).unwrap();
        let mut counter = Self {
            store,
            courier,
            news,
            mirror: Mirror::new(identity.place.clone()),
            kiosk: identity.kiosk,
            operator: OperatorId::from_bytes([0; 16]),
            folder,
        };
        let badge: Badge = library.world.badge().unwrap().parse().unwrap();
        counter.until("its rows", |it, _| it.mirror.operator(&badge).is_some());
        counter.operator = counter.mirror.operator(&badge).unwrap().0;
        counter
    }

    /// The next news, if any came soon; rows are taken.
    fn next(&mut self) -> Option<News> {
        let news = self.news.recv_timeout(Duration::from_millis(100)).ok()?;
        if let News::Rows(heard) = &news {
            self.mirror.apply(&heard.rows);
            self.mirror.forget(&heard.gone);
        }
        Some(news)
    }

    /// Takes news until one of them, or what they led to, is what was waited for.
    fn until(&mut self, what: &str, mut is_so: impl FnMut(&Self, Option<News>) -> bool) {
        let until = Instant::now() + WITHIN;
        loop {
            let news = self.next();
            if is_so(self, news) {
                return;
            }
            assert!(Instant::now() < until, "{what} did not come");
        }
    }

    fn keep(&self, number: u8, action: KioskAction) -> CommandId {
        let id = CommandId::from_bytes([number; 16]);
        let draft = Draft {
            id,
            operator: Some(self.operator),
            occurred_at: server::clock::now(),
            clock_sure: true,
            seen: self.mirror.cursor(),
            action,
        };
        self.store.lock().unwrap().keep(&draft).unwrap();
        self.courier.kept();
        id
    }

    /// Keeps a fact and waits until the server took it.
    fn tell(&mut self, number: u8, action: KioskAction) {
        let id = self.keep(number, action);
        self.until("the server's word", |_, news| match news {
            Some(News::Answered(it, _, answer)) if it == id => {
                assert_eq!(answer, Answer::Accepted, "fact {number}");
                true
            }
            Some(_) | None => false,
        });
    }

    fn borrower(&mut self) -> BorrowerId {
        self.courier.find(Ask(1), CARD.to_owned(), self.operator);
        let mut found = None;
        self.until("the borrower", |_, news| {
            if let Some(News::Borrower(_, Lookup::Found(card))) = news {
                found = Some(card.borrower);
            }
            found.is_some()
        });
        found.unwrap()
    }

    /// The first so many tablets in this state.
    fn tablets<const N: usize>(&self, word: StateWord) -> [TabletId; N] {
        let numbers = (1..=60).map(|number| format!("WGN-{number:03}").parse().unwrap());
        let rows = numbers.filter_map(|number| self.mirror.by_number(number));
        let found = rows.filter(|row| row.word == word).map(|row| row.tablet);
        let found: Vec<TabletId> = found.take(N).collect();
        found.try_into().unwrap()
    }

    fn came_back(&self, tablet: TabletId) -> KioskAction {
        let loan = self.mirror.tablet(tablet).unwrap().loan;
        KioskAction::came_back(tablet, loan, Presence::StickerOnly)
    }
}

const fn is_return(event: &Event) -> bool {
    matches!(event, Event::Returned { .. })
}

#[test]
fn a_kiosk_levels_itself_with_a_library_that_was_brought_back_from_a_backup() {
    let mut library = Library::start();
    let mut counter = Counter::enrol(&library);
    let [first, second, third] = counter.tablets(StateWord::OnLoan);
    let [lent] = counter.tablets(StateWord::Ready);
    let borrower = counter.borrower();
    let back = counter.came_back(first);
    counter.tell(1, back);
    let backup = library.backup();

    // What is told from here on is not in the backup.
    let loan = LoanId::from_bytes([9; 16]);
    let tablet = lent;
    let check_out = KioskAction::check_out(tablet, loan, borrower);
    counter.tell(2, check_out);
    let back = counter.came_back(second);
    counter.tell(3, back);
    let position = library.read(Reader::position);
    assert!(counter.mirror.tablet(lent).is_some());
    counter.until("the end of the log", |it, _| it.mirror.cursor() == position);
    let noted = library.read(Reader::head);
    library.lose_and_bring_back(&backup);
    assert!(library.read(Reader::position) < noted.seq);
    // A return is taken while the server is away (R3).
    counter.keep(4, counter.came_back(third));
    library.world.start_server(None).unwrap();

    let kiosk = counter.kiosk;
    counter.until("every fact", |_, _| {
        library.read(|read| read.kiosk_facts_taken(kiosk)) == 4
    });
    assert!(library.has_event(second, is_return), "told again");
    assert!(library.has_event(third, is_return), "told at last");
    let is_gap = |it: &Doubt| {
        matches!(
            it,
            Doubt::Gap {
                first: 2,
                last: 2,
                ..
            }
        )
    };
    let is_head = |it: &Doubt| matches!(it, Doubt::DeniedHead { head, .. } if *head == noted);
    counter.until("both doubts", |_, _| {
        let doubts = library.read(Reader::doubts);
        doubts.iter().any(is_gap) && doubts.iter().any(is_head)
    });
    let position = library.read(Reader::position);
    counter.until("the rows of now", |it, _| {
        it.mirror.cursor() == position && it.mirror.tablet(lent).unwrap().loan.is_none()
    });
    let heads = Heads::of(&counter.folder).unwrap();
    assert_eq!(heads.kept.last(), Some(&library.read(Reader::head)));
    assert!(heads.denied.iter().any(|(head, _, _)| *head == noted));

    // Until somebody looked into it, a verification says so.
    let said = library.world.server(&["audit", "verify"]).unwrap_err();
    assert!(said.to_string().contains("audit doubts"), "{said}");
    let told = library
        .world
        .server(&["audit", "doubts", "--settle"])
        .unwrap();
    assert!(
        told.contains("brought back at") && told.contains(&noted.to_string()),
        "{told}"
    );
    library.world.server(&["audit", "verify"]).unwrap();
}
