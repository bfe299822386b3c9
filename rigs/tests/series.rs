//! A kiosk whose disk is set back to an old copy, with the server's real store and the
//! kiosk's: in whatever order it happens, the kiosk notices by itself, and everything
//! that it holds takes effect once (R4, R6).

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::{collections::BTreeMap, path::PathBuf};

use kiosk::{
    flow::Draft,
    store::Store as Disk,
    sync::heard::{Level, Told, Word, on_fact, on_rows},
};
use rigs::sim::ground::{Ground, copy_folder, open_server};
use server::{
    api::kiosk::{rows_of, told},
    store::{Doubt, Store, Work},
};
use shared::{
    command::{Action, AppointOperator, Command, EnrolKiosk, EnrolTablet, ReleaseImage},
    digest::Digest,
    event::{Actor, Event, Origin},
    ids::{CommandId, KioskId, OperatorId, TabletId, VenueId},
    image::ImageId,
    keys::SecretKey,
    policy::Policy,
    tablet::{Presence, TabletKeys},
    tag::Tag,
    time::Moment,
    venue::{Calendar, Venue, VenueKind},
    wire::v1::{command::KioskAction, kiosk::RowsRequest},
};
use tempfile::TempDir;

const VENUE: VenueId = VenueId::from_bytes([1; 16]);
const KIOSK: KioskId = KioskId::from_bytes([2; 16]);
const OPERATOR: OperatorId = OperatorId::from_bytes([3; 16]);
const TABLET: TabletId = TabletId::from_bytes([4; 16]);

/// Calls after which everything must have been told.
const CALLS_MAX: usize = 200;

struct World {
    server: Store,
    disk: Option<Disk>,
    now: Moment,
    facts: u8,
    folder: TempDir,
}

impl World {
    fn on(ground: &Ground) -> Self {
        let folder = ground.world().unwrap();
        ground
            .place_server(&folder.path().join("server.db"))
            .unwrap();
        ground.place_kiosk(&folder.path().join("kiosk")).unwrap();
        let server = open_server(&folder.path().join("server.db"), Policy::default()).unwrap();
        let disk = Disk::open(&folder.path().join("kiosk")).unwrap();
        let mut world = Self {
            server,
            disk: Some(disk),
            now: "2026-12-01T10:00:00Z".parse().unwrap(),
            facts: 0,
            folder,
        };
        for (nth, action) in (100..).zip(opening()) {
            world.open(nth, action);
        }
        world
    }

    fn open(&mut self, nth: u8, action: Action) {
        let command = Command {
            id: CommandId::from_bytes([nth; 16]),
            origin: Origin::Server,
            origin_seq: None,
            actor: Actor::Server,
            venue: Some(VENUE),
            occurred_at: self.now,
            clock_sure: true,
            seen: 0,
            series: 0,
            action,
        };
        let work = Work::new(command, self.now);
        self.server.commit_batch(&[work]).unwrap()[0]
            .clone()
            .unwrap();
    }

    fn disk(&mut self) -> &mut Disk {
        self.disk.as_mut().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Somebody shows the sticker so many times.
    fn happens(&mut self, times: usize) {
        for _ in 0..times {
            self.facts += 1;
            self.now = self.now.plus_ms(60_000);
            let draft = Draft {
                id: CommandId::from_bytes([self.facts; 16]),
                operator: None,
                occurred_at: self.now,
                clock_sure: true,
                seen: self.disk().cursor().unwrap(),
                action: KioskAction::came_back(TABLET, None, Presence::StickerOnly),
            };
            self.disk().keep(&draft).unwrap();
        }
    }

    fn copy(&mut self) {
        self.disk = None;
        copy_folder(&self.path("kiosk"), &self.path("copy")).unwrap();
        self.disk = Some(Disk::open(&self.path("kiosk")).unwrap());
    }

    fn set_back(&mut self) {
        self.disk = None;
        copy_folder(&self.path("copy"), &self.path("kiosk")).unwrap();
        self.disk = Some(Disk::open(&self.path("kiosk")).unwrap());
    }

    /// The kiosk hears rows, and does what they ask for.
    fn listen(&mut self) {
        let (after, head) = (
            self.disk().cursor().unwrap(),
            self.disk().newest_head().unwrap(),
        );
        let request = RowsRequest {
            after,
            wait_ms: 0,
            head: Some(head),
            unread: 0,
        };
        let answer = Told::read(self.disk()).unwrap();
        let rows = rows_of(self.server.read(), KIOSK, request, self.now).unwrap();
        let level = on_rows(self.disk(), &rows.unwrap(), answer).unwrap().1;
        match level {
            Level::Even => {}
            Level::LostFrom(from) => panic!("the server lost nothing, and misses {from}"),
            Level::WentBack(series) => {
                self.disk().begin_series_after(series).unwrap();
            }
        }
    }

    /// The kiosk tells what waits.
    fn tell(&mut self) {
        for _ in 0..CALLS_MAX {
            let Some(fact) = self.disk().next_unanswered().unwrap() else {
                return;
            };
            let command = fact.command.clone().into_command(KIOSK, VENUE);
            let work = Work::new(command, self.now);
            let answer = self.server.commit_batch(&[work]).unwrap().remove(0);
            match on_fact(Ok(told(answer))).unwrap() {
                Word::Answer(answer) => {
                    self.disk().settle(&fact, answer).unwrap();
                }
                Word::SendAgainFrom(from) => {
                    self.disk().send_again_from(from).unwrap();
                }
                Word::BeginSeries => {
                    let ended = fact.command.series;
                    self.disk().begin_series_after(ended).unwrap();
                }
                Word::Halt(why) => panic!("it sends nothing more: {why}"),
            }
        }
        panic!("it never comes to an end");
    }

    /// How often each fact took effect.
    fn effects(&self) -> BTreeMap<CommandId, usize> {
        let mut effects = BTreeMap::new();
        for told in self.server.read().story(TABLET, 0).unwrap() {
            if let Event::Returned { .. } = told.event {
                *effects.entry(told.command).or_default() += 1;
            }
        }
        effects
    }
}

fn opening() -> [Action; 5] {
    let venue = Venue {
        id: VENUE,
        name: "Demo Library".to_owned(),
        kind: VenueKind::Library,
        calendar: Calendar::default(),
    };
    let tag = Tag::new("DEM-001".parse().unwrap(), [1; 10]);
    let key = |seed| SecretKey::from_seed(&[seed; 32]).public();
    [
        Action::OpenVenue(venue),
        Action::AppointOperator(AppointOperator {
            operator: OPERATOR,
            name: "Demo Operator".to_owned(),
            venues: vec![VENUE],
            badge: Digest::of(b"a badge"),
        }),
        Action::EnrolKiosk(EnrolKiosk {
            kiosk: KIOSK,
            venue: VENUE,
            key: key(5),
        }),
        Action::ReleaseImage(ReleaseImage {
            image: ImageId(Digest::of(b"a manifest")),
            release: "2026.1".to_owned(),
            withdraw_on: None,
        }),
        Action::EnrolTablet(EnrolTablet {
            tablet: TABLET,
            number: tag.number(),
            serial: "S1".to_owned(),
            model: "Demo Tab 10".to_owned(),
            venue: VENUE,
            keys: Some(TabletKeys {
                link: key(6),
                proof: key(7),
            }),
            tag: tag.digest(),
        }),
    ]
}

/// What happens between a copy and the day on which it is put back.
#[derive(Clone, Copy, Debug)]
struct Order {
    /// Facts that were told before the copy, and that waited on it.
    before: usize,
    waiting: usize,
    /// Facts that were told after it, and are forgotten.
    forgotten: usize,
    /// Facts that come to be before the kiosk hears anything.
    new: usize,
    /// It hears rows before it tells a fact.
    rows_first: bool,
    /// The same copy is put back once more, and all of it happens again.
    twice: bool,
}

fn orders() -> impl Iterator<Item = Order> {
    (0..2 * 3 * 3 * 3 * 2 * 2).map(|nth| Order {
        before: nth % 2,
        waiting: nth / 2 % 3,
        forgotten: nth / 6 % 3,
        new: nth / 18 % 3,
        rows_first: nth / 54 % 2 == 0,
        twice: nth / 108 % 2 == 0,
    })
}

fn go_on_from_the_copy(world: &mut World, order: Order) {
    world.set_back();
    world.happens(order.new);
    if order.rows_first {
        world.listen();
    }
    world.tell();
    world.listen();
    world.tell();
}

#[test]
fn r6_a_kiosk_whose_disk_is_set_back_tells_everything_again_and_nothing_happens_twice() {
    let ground = Ground::lay().unwrap();
    let mut restarted = 0;
    for order in orders() {
        let mut world = World::on(&ground);
        world.listen();
        world.happens(order.before);
        world.tell();
        world.happens(order.waiting);
        world.copy();
        world.happens(order.forgotten);
        world.tell();
        go_on_from_the_copy(&mut world, order);
        if order.twice {
            go_on_from_the_copy(&mut world, order);
        }
        let effects = world.effects();
        let ids = (1..=world.facts).map(|fact| CommandId::from_bytes([fact; 16]));
        let once: BTreeMap<CommandId, usize> = ids.map(|id| (id, 1)).collect();
        assert_eq!(effects, once, "{order:?}");
        // Nothing that it holds is said to be lost.
        let doubts = world.server.read().doubts().unwrap();
        let gaps = doubts.iter().filter(|it| matches!(it, Doubt::Gap { .. }));
        assert_eq!(gaps.count(), 0, "{order:?}");
        // Both are even: the next fact needs nothing more.
        world.happens(1);
        world.tell();
        assert_eq!(world.effects().len(), usize::from(world.facts), "{order:?}");
        let series = world.server.read().kiosk_series(KIOSK).unwrap().series;
        assert_eq!(series, world.disk().series().unwrap(), "{order:?}");
        restarted += u32::from(series > 0);
    }
    assert!(restarted > 50, "only {restarted} began a series");
}
