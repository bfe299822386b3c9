//! What goes over the wire: in order, one at a time, the same bytes until answered.

use std::{
    sync::{
        Arc, Barrier, Mutex,
        mpsc::{Receiver, sync_channel},
    },
    time::{Duration, Instant},
};

use kiosk::{
    clock::Clock,
    enrol::enrol,
    flow::{Answer, Ask, Lookup, ToLend},
    mirror::FactsKnown,
    store::Store,
    sync::{Courier, News, Timing},
};
use shared::{
    ids::{BorrowerId, KioskId, OperatorId},
    keys::SecretKey,
    refusal::Refusal,
    time::{Day, Moment},
    wire::v1::{
        command::KioskCommand,
        kiosk::{BorrowerCard, CommandAnswer, Enrolled, Rows, RowsRequest},
        refusal::RefusalBody,
    },
};
use tempfile::TempDir;

use crate::{
    double::{Came, Double, Say},
    facts::{check_out, id, identity, place, returned, server_key},
    store::later_rows,
};

pub const COMMAND: &str = "/v1/kiosk/command";
pub const ROWS: &str = "/v1/kiosk/rows";
const BORROWER: &str = "/v1/kiosk/borrower";

/// Quick enough for a test, with the proportions of the real ones.
const TIMING: Timing = Timing {
    pause: Duration::from_millis(10),
    pause_max: Duration::from_millis(80),
    call: Duration::from_secs(2),
    hold: Duration::from_millis(200),
    look_up: Duration::from_millis(300),
};

/// A kiosk's store, its courier, and what the courier tells.
pub struct Kiosk {
    pub store: Arc<Mutex<Store>>,
    courier: Courier,
    news: Receiver<News>,
    _folder: TempDir,
}

impl Kiosk {
    pub fn of(server: &Double, kept: &[kiosk::flow::Draft]) -> Self {
        Self::with(server, |store| {
            for draft in kept {
                store.keep(draft).unwrap();
            }
        })
    }

    /// One whose disk was made ready first.
    pub fn with(server: &Double, ready: impl FnOnce(&mut Store)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        ready(&mut store);
        let store = Arc::new(Mutex::new(store));
        let (to, news) = sync_channel(64);
        let identity = identity(&server.address);
        let clock = Clock::start();
        let courier = Courier::start(&identity, &store, &clock, TIMING, to, |news| news).unwrap();
        Self {
            store,
            courier,
            news,
            _folder: folder,
        }
    }

    /// Keeps a fact and says so, as the counter does.
    pub fn keep(&self, draft: &kiosk::flow::Draft) {
        self.store.lock().unwrap().keep(draft).unwrap();
        self.courier.kept();
    }

    /// The first news that `pick` takes.
    pub fn told<T>(&self, pick: impl Fn(News) -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let news = self.news.recv_timeout(left).unwrap();
            if let Some(picked) = pick(news) {
                return picked;
            }
        }
    }

    pub fn answered(&self) -> (shared::ids::CommandId, Answer) {
        self.told(|news| {
            let News::Answered(id, _, answer) = news else {
                return None;
            };
            Some((id, answer))
        })
    }

    fn online(&self) -> bool {
        self.told(|news| {
            let News::Online(online) = news else {
                return None;
            };
            Some(online)
        })
    }

    fn too_old(&self) {
        self.told(|news| matches!(news, News::TooOld).then_some(()));
    }

    fn halted(&self) {
        self.told(|news| matches!(news, News::Halted).then_some(()));
    }
}

fn double(mut commands: impl FnMut(usize, &Came) -> Say + Send + 'static) -> Double {
    let (mut count, mut taken) = (0, 0);
    Double::start(identity("").key.public(), move |came| {
        match came.path.as_str() {
            COMMAND => {
                count += 1;
                let say = commands(count, came);
                taken = taken_after(&say, came).unwrap_or(taken);
                say
            }
            ROWS => rows(taken),
            _ => Say::Cut,
        }
    })
}

/// How many facts a server has that says this.
fn taken_after(say: &Say, came: &Came) -> Option<u64> {
    let Say::Json(200, said) = say else {
        return None;
    };
    match serde_json::from_str(said).ok()? {
        CommandAnswer::Accepted { .. } => Some(seq(came)),
        CommandAnswer::Refused { refusal } => match refusal.0 {
            Refusal::FactsMissing { expected } => Some(expected - 1),
            Refusal::SeriesWentBack { .. } => None,
            _other => Some(seq(came)),
        },
    }
}

pub fn json(value: &impl serde::Serialize) -> Say {
    Say::Json(200, serde_json::to_string(value).unwrap())
}

pub fn accepted() -> Say {
    json(&CommandAnswer::Accepted { cursor: 8 })
}

pub fn refused(refusal: Refusal) -> Say {
    let refusal = RefusalBody(refusal);
    json(&CommandAnswer::Refused { refusal })
}

fn rows(facts_taken: u64) -> Say {
    json(&Rows {
        facts_taken,
        ..Rows::none(5, Moment::from_ms(1_800_000_000_000))
    })
}

pub fn seq(came: &Came) -> u64 {
    let command: KioskCommand = serde_json::from_slice(&came.body).unwrap();
    command.origin_seq
}

#[test]
fn a_lost_answer_is_asked_for_again_with_the_same_bytes_and_a_fresh_stamp() {
    let server = double(|count, _| if count < 3 { Say::Cut } else { accepted() });
    let kiosk = Kiosk::of(&server, &[returned(1)]);
    assert_eq!(kiosk.answered(), (id(1), Answer::Accepted));
    let came = server.wait_for(COMMAND, 3);
    assert!(came.iter().all(|it| it.body == came[0].body));
    let calls: Vec<_> = came.iter().map(|it| it.call.unwrap()).collect();
    assert!(calls.is_sorted_by(|a, b| a < b), "{calls:?}");
    assert!(
        kiosk
            .store
            .lock()
            .unwrap()
            .next_unanswered()
            .unwrap()
            .is_none()
    );
}

#[test]
fn facts_go_out_in_their_order_and_none_before_the_one_before_it_is_answered() {
    let server = double(|count, _| match count {
        1 | 4 => Say::Json(
            503,
            "{\"code\":\"busy\",\"title\":\"Try again.\"}".to_owned(),
        ),
        2 => Say::Cut,
        _ => accepted(),
    });
    let kiosk = Kiosk::of(&server, &[returned(7), returned(3), returned(5)]);
    let answered: Vec<_> = (0..3).map(|_| kiosk.answered().0).collect();
    assert_eq!(answered, [id(7), id(3), id(5)]);
    let came: Vec<u64> = server.wait_for(COMMAND, 6).iter().map(seq).collect();
    assert_eq!(came, [1, 1, 1, 2, 2, 3]);
}

#[test]
fn a_fact_kept_later_is_sent_at_once() {
    let server = double(|_, _| accepted());
    let kiosk = Kiosk::of(&server, &[]);
    assert!(kiosk.online());
    kiosk.store.lock().unwrap().keep(&returned(1)).unwrap();
    kiosk.courier.kept();
    assert_eq!(kiosk.answered(), (id(1), Answer::Accepted));
}

#[test]
fn a_refusal_is_an_answer_and_what_comes_after_it_goes_on() {
    let server = double(|count, _| match count {
        1 => refused(Refusal::TabletOnLoan),
        _ => accepted(),
    });
    let kiosk = Kiosk::of(&server, &[check_out(1), returned(2)]);
    let no = Answer::Refused(Refusal::TabletOnLoan);
    assert_eq!(kiosk.answered(), (id(1), no));
    assert_eq!(kiosk.answered(), (id(2), Answer::Accepted));
}

#[test]
fn facts_that_the_server_misses_are_sent_again_from_there() {
    let server = double(|count, _| match count {
        3 => refused(Refusal::FactsMissing { expected: 2 }),
        _ => accepted(),
    });
    let kiosk = Kiosk::of(&server, &[returned(1), returned(2), returned(3)]);
    let answered: Vec<_> = (0..4).map(|_| kiosk.answered().0).collect();
    assert_eq!(answered, [id(1), id(2), id(2), id(3)]);
    let came: Vec<u64> = server.wait_for(COMMAND, 5).iter().map(seq).collect();
    assert_eq!(came, [1, 2, 3, 2, 3]);
}

#[test]
fn another_fact_of_the_same_id_is_said_and_nothing_more_is_sent_but_facts_are_kept() {
    let server = double(|_, _| refused(Refusal::CommandIdReused));
    let kiosk = Kiosk::of(&server, &[returned(1)]);
    kiosk.halted();
    kiosk.keep(&returned(2));
    // Two more rounds of rows: time in which a fact would have been sent.
    let rounds = server.wait_for(ROWS, 1).len();
    server.wait_for(ROWS, rounds + 2);
    assert_eq!(server.wait_for(COMMAND, 1).len(), 1);
    let waits = kiosk.store.lock().unwrap().next_unanswered();
    assert_eq!(waits.unwrap().unwrap().command.origin_seq, 1);
}

#[test]
fn r6_a_no_to_what_was_asked_is_no_answer_to_what_has_happened_meanwhile() {
    let (asked, heard) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (at_server, lent) = (asked.clone(), heard.clone());
    let server = double(move |count, _| {
        if count > 1 {
            return accepted();
        }
        at_server.wait();
        lent.wait();
        refused(Refusal::PutAside)
    });
    let kiosk = Kiosk::of(&server, &[check_out(1)]);
    asked.wait();
    let it = ToLend {
        told: "2026-12-12".parse().unwrap(),
        others_max: None,
    };
    let lent = kiosk
        .store
        .lock()
        .unwrap()
        .lent(id(1), it, FactsKnown::default());
    assert!(lent.unwrap());
    heard.wait();
    assert_eq!(kiosk.answered(), (id(1), Answer::Accepted));
    let came = server.wait_for(COMMAND, 2);
    let said = |at: usize| String::from_utf8(came[at].body.clone()).unwrap();
    assert!(!said(0).contains("done") && said(1).contains("\"done\":true"));
}

#[test]
fn a_hotspots_page_is_no_answer_and_no_later_format() {
    let mut pages = 3;
    let server = Double::start(identity("").key.public(), move |came| {
        if pages > 0 {
            pages -= 1;
            return Say::Page(200, "<h1>Accept our terms</h1>");
        }
        match came.path.as_str() {
            COMMAND => accepted(),
            _ => rows(0),
        }
    });
    let kiosk = Kiosk::of(&server, &[returned(1)]);
    assert!(!kiosk.online());
    assert!(kiosk.online());
    assert_eq!(kiosk.answered(), (id(1), Answer::Accepted));
}

#[test]
fn an_answer_of_a_later_format_is_said_and_the_fact_waits() {
    let later = || Say::Json(200, "{\"answer\":\"maybe\"}".to_owned());
    let server = double(move |_, _| later());
    let kiosk = Kiosk::of(&server, &[returned(1)]);
    kiosk.too_old();
    assert!(
        kiosk
            .store
            .lock()
            .unwrap()
            .next_unanswered()
            .unwrap()
            .is_some()
    );
}

#[test]
fn rows_are_on_the_disk_before_they_are_told_and_carry_the_servers_time() {
    let server = double(|_, _| accepted());
    let kiosk = Kiosk::of(&server, &[]);
    let now = kiosk.told(|news| {
        let News::Rows(heard) = news else {
            return None;
        };
        Some(heard.rows.now)
    });
    assert_eq!(now, Moment::from_ms(1_800_000_000_000));
    assert_eq!(kiosk.store.lock().unwrap().cursor().unwrap(), 5);
    let asked = server.wait_for(ROWS, 2);
    assert!(asked[0].body.starts_with(b"{\"after\":0,\"wait_ms\":0"));
    assert!(asked[1].body.starts_with(b"{\"after\":5,\"wait_ms\":200"));
}

#[test]
fn the_server_is_told_once_that_a_row_cannot_be_read_and_facts_go_on() {
    let mut told = 0;
    let server = Double::start(identity("").key.public(), move |came| {
        if came.path == COMMAND {
            return accepted();
        }
        told += 1;
        if told == 1 {
            return Say::Json(200, later_rows(5));
        }
        rows(1)
    });
    let kiosk = Kiosk::of(&server, &[returned(1)]);
    kiosk.answered();
    let asked = server.wait_for(ROWS, 4);
    let unread = |came: &Came| {
        serde_json::from_slice::<RowsRequest>(&came.body)
            .unwrap()
            .unread
    };
    let unread: Vec<u32> = asked.iter().map(unread).collect();
    assert_eq!(unread[..4], [0, 1, 0, 0]);
}

fn looks_up(answer: impl Fn() -> Say + Send + 'static) -> Lookup {
    let server = Double::start(identity("").key.public(), move |came| {
        match came.path.as_str() {
            BORROWER => answer(),
            _ => rows(0),
        }
    });
    let kiosk = Kiosk::of(&server, &[]);
    let operator = OperatorId::from_bytes([1; 16]);
    kiosk.courier.find(Ask(3), "D1234567".to_owned(), operator);
    let (ask, lookup) = kiosk.told(|news| {
        let News::Borrower(ask, lookup) = news else {
            return None;
        };
        Some((ask, lookup))
    });
    assert_eq!(ask, Ask(3));
    lookup
}

#[test]
fn a_card_leads_to_a_borrower_to_nobody_or_to_the_word_that_nobody_answered_in_time() {
    let card = BorrowerCard {
        borrower: BorrowerId::from_bytes([1; 16]),
        short_name: "June B.".to_owned(),
        card_ends: "567".to_owned(),
        open_loans: 0,
        due_on: Day::new(2027, 1, 4).unwrap(),
    };
    let found = card.clone();
    assert!(looks_up(move || json(&card)) == Lookup::Found(found));
    let unknown = "{\"code\":\"borrower-unknown\",\"title\":\"x\",\"refusal\":{\"code\":\"borrower-unknown\"}}";
    assert!(looks_up(|| Say::Json(404, unknown.to_owned())) == Lookup::Unknown);
    assert!(looks_up(|| Say::Silence) == Lookup::Away);
}

/// Enrols against a double that says it is the server of this key.
fn enrols(key: &SecretKey, fingerprint: &str) -> (anyhow::Result<KioskId>, bool) {
    let place = place();
    let answer = Enrolled {
        kiosk: identity("").kiosk,
        venue: place.venue,
        venue_name: place.venue_name,
        tag_host: place.tag_host,
        server_key: key.public(),
    };
    let mut lost = false;
    let server = Double::start(identity("").key.public(), move |_| {
        if std::mem::replace(&mut lost, true) {
            json(&answer)
        } else {
            Say::Cut
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let mut once = || {
        let time = Duration::from_secs(2);
        enrol(&mut store, &server.address, "CODE", fingerprint, time)
    };
    assert!(once().is_err(), "its answer was lost");
    let enrolled = once().map(|identity| identity.kiosk);
    let came = server.wait_for("/v1/kiosk/enrol", 2);
    assert_eq!(came[0].body, came[1].body);
    (enrolled, store.identity().unwrap().is_some())
}

#[test]
fn a_kiosk_is_enrolled_by_asking_again_with_the_same_id_and_key() {
    let key = server_key();
    let (enrolled, stored) = enrols(&key, &key.public().id().to_string());
    assert_eq!(enrolled.unwrap(), identity("").kiosk);
    assert!(stored);
}

#[test]
fn a_server_with_another_key_than_the_fingerprint_says_is_refused_and_nothing_is_stored() {
    let (enrolled, stored) = enrols(
        &SecretKey::from_seed(&[1; 32]),
        &server_key().public().id().to_string(),
    );
    let why = enrolled.unwrap_err().to_string();
    assert!(why.contains("not the server that made the code"), "{why}");
    assert!(!stored);
}

#[test]
fn a_fingerprint_too_short_to_mean_anything_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let time = Duration::from_secs(1);
    let refused = enrol(&mut store, "http://127.0.0.1:9", "CODE", "ab", time);
    assert!(refused.unwrap_err().to_string().contains("fingerprint"));
    let refused = enrol(&mut store, "tablets.example", "CODE", &"0".repeat(64), time);
    assert!(refused.unwrap_err().to_string().contains("address"));
}
