//! A small council behind a real listener, and its history, told in commands.

use std::{fs, net::SocketAddr, path::Path};

use server::{
    api::agent::Seen,
    auth::key::OperatorKey,
    chance, clock,
    config::{Config, Folder},
    http::{
        App,
        app::{HOLD_MS_MAX, Pace},
        listen::{self, Limits},
    },
    invite::WithoutAgent,
    keys_in_use::KeysInUse,
    routes,
    server_keys::ServerKeys,
    store::{
        Accepted, Code, CodeFor, Fault, Fresh, KeptKey, Reader, Readers, Settings, Store, Work,
    },
    writer::{Handle, Writer},
};
use shared::{
    borrower::CardNumber,
    command::{
        Action, AnswerStillGotIt, AppointOperator, CheckOut, Command, ReleaseImage, RenewKeys,
        ReportBack, Return,
    },
    digest::Digest,
    event::{Actor, Origin},
    ids::{BootId, BorrowerId, CommandId, KioskId, LoanId, OperatorId, TabletId, VenueId},
    image::ImageId,
    keys::SecretKey,
    policy::Policy,
    signed::receipt::Scope,
    tablet::{Presence, ProofKind, Tablet},
    tag::Tag,
    time::Moment,
    venue::{Calendar, Venue, VenueKind},
    wire::v1::agent::{AgentState, Heartbeat},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot, task::JoinHandle};

use crate::callers::{KioskCaller, Reply, StaffCaller, TabletCaller, send};

pub const LEIGH: VenueId = VenueId::from_bytes([1; 16]);
pub const WIGAN: VenueId = VenueId::from_bytes([2; 16]);
pub const OPERATOR: OperatorId = OperatorId::from_bytes([3; 16]);
pub const COLLEAGUE: OperatorId = OperatorId::from_bytes([4; 16]);
pub const BORROWER: BorrowerId = BorrowerId::from_bytes([6; 16]);
pub const LOST_MESSAGE: &str = "This tablet is lost. Please ring 01942 000000.";
pub const CARD: &str = "D1234567";
pub const MANIFEST: &[u8] = b"{\"a manifest\": \"as it was sealed\"}\n";
pub const BLOB: &[u8] = b"large print, plain words";

/// A server, answering on a port of its own until it is dropped.
pub struct World {
    pub address: SocketAddr,
    pub app: App,
    pub runtime: Runtime,
    handle: Handle,
    readers: Readers,
    folder: TempDir,
    ending: Option<(oneshot::Sender<()>, JoinHandle<()>, Writer)>,
}

impl World {
    /// A demo's server with two venues, an operator, an image and a borrower.
    pub fn start() -> Self {
        Self::start_taking(&[ProofKind::TabletProven])
    }

    /// The same, where these kinds of proof lend.
    pub fn start_taking(kinds: &[ProofKind]) -> Self {
        let pace = Pace {
            busy_ms: 100,
            rest_ms: 1000,
            hold_ms: HOLD_MS_MAX,
        };
        let world = Self::start_empty_taking(pace, kinds, Limits::default());
        world.open_venue(LEIGH, "Leigh");
        world.open_venue(WIGAN, "Wigan");
        world.appoint(OPERATOR, "Olu");
        world.release_image();
        let card: CardNumber = CARD.parse().unwrap();
        let added = world
            .handle
            .run(move |store| store.add_borrower(BORROWER, "Dora B.", &card));
        world.runtime.block_on(added).unwrap();
        world
    }

    /// A server that knows nothing yet.
    pub fn start_empty(pace: Pace) -> Self {
        Self::start_empty_taking(pace, &[ProofKind::TabletProven], Limits::default())
    }

    /// The same, whose connections have no more than this.
    pub fn start_within(limits: Limits) -> Self {
        Self::start_empty_taking(Pace::default(), &[ProofKind::TabletProven], limits)
    }

    fn start_empty_taking(pace: Pace, kinds: &[ProofKind], limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let config = config(folder.path(), address);
        let settings = settings(kinds);
        let store = Store::open(&config.folder.database(), settings.clone()).unwrap();
        let readers = Readers::new(config.folder.database(), settings);
        let writer = Writer::start(store).unwrap();
        let app = App::new(config, pace, readers.clone(), writer.handle());
        let (end, ended) = oneshot::channel();
        let serving = runtime.spawn({
            let app = app.clone();
            async move {
                let ended = async { drop(ended.await) };
                let router = routes::router(&app);
                listen::run(&app, router, listener, limits, ended)
                    .await
                    .unwrap();
            }
        });
        Self {
            address,
            handle: writer.handle(),
            ending: Some((end, serving, writer)),
            app,
            runtime,
            readers,
            folder,
        }
    }

    pub fn folder(&self) -> Folder {
        Folder::new(self.folder.path())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Has the server do something, at any time of its history.
    pub fn command(
        &self,
        actor: Actor,
        venue: Option<VenueId>,
        action: Action,
        now: Moment,
    ) -> Accepted {
        self.command_with(Fresh::draw(), actor, venue, action, now)
    }

    /// The same, where the ids that it may make are given.
    pub fn command_with(
        &self,
        fresh: Fresh,
        actor: Actor,
        venue: Option<VenueId>,
        action: Action,
        now: Moment,
    ) -> Accepted {
        let origin = match actor {
            Actor::Tablet(tablet) => Origin::Tablet(tablet),
            Actor::Operator(_) | Actor::SelfService(_) | Actor::Server => Origin::Server,
        };
        let command = Command {
            id: CommandId::from_bytes(chance::bytes()),
            origin,
            origin_seq: None,
            actor,
            venue,
            occurred_at: now,
            clock_sure: true,
            seen: 0,
            series: 0,
            action,
        };
        let work = Work {
            fresh,
            ..Work::new(command, now)
        };
        let committed = self.handle.commit(work);
        self.runtime.block_on(committed).unwrap().unwrap()
    }

    pub fn open_venue(&self, id: VenueId, name: &str) {
        self.open_venue_of(VenueKind::Library, id, name);
    }

    pub fn open_venue_of(&self, kind: VenueKind, id: VenueId, name: &str) {
        let venue = Venue {
            id,
            name: name.to_owned(),
            kind,
            calendar: Calendar::default(),
        };
        self.command(Actor::Server, None, Action::OpenVenue(venue), clock::now());
    }

    /// Lets somebody act at both venues.
    pub fn appoint(&self, operator: OperatorId, name: &str) {
        self.appoint_at(operator, name, &[LEIGH, WIGAN]);
    }

    pub fn appoint_at(&self, operator: OperatorId, name: &str, venues: &[VenueId]) {
        let appointed = Action::AppointOperator(AppointOperator {
            operator,
            name: name.to_owned(),
            venues: venues.to_vec(),
            badge: Digest::of(name.as_bytes()),
        });
        self.command(Actor::Server, None, appointed, clock::now());
    }

    pub fn release_image(&self) {
        let image = image();
        let blob = Digest::of(BLOB);
        for (path, bytes) in [
            (self.folder().manifest(&image), MANIFEST),
            (self.folder().blob(&blob), BLOB),
        ] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let released = Action::ReleaseImage(ReleaseImage {
            image,
            release: "2026.1".to_owned(),
            withdraw_on: None,
        });
        self.command(Actor::Server, None, released, clock::now());
    }

    /// A later image, from now on the one that resets are ordered with.
    pub fn release_next_image(&self) {
        let manifest = b"a later manifest";
        let image = ImageId(Digest::of(manifest));
        fs::write(self.folder().manifest(&image), manifest).unwrap();
        let released = Action::ReleaseImage(ReleaseImage {
            image,
            release: "2026.2".to_owned(),
            withdraw_on: None,
        });
        self.command(Actor::Server, None, released, clock::now());
    }

    /// A one-time code for a tablet of this number.
    pub fn tablet_code(&self, number: &str, expires_at: Moment) -> String {
        let number = number.parse().unwrap();
        let whom = CodeFor::Tablet {
            tablet: TabletId::from_bytes(chance::bytes()),
            number,
            venue: LEIGH,
            tag: Tag::new(number, chance::bytes()).digest(),
        };
        self.code(whom, expires_at)
    }

    pub fn kiosk_code(&self) -> String {
        let kiosk = KioskId::from_bytes(chance::bytes());
        let venue = LEIGH;
        self.code(CodeFor::Kiosk { kiosk, venue }, soon())
    }

    fn code(&self, whom: CodeFor, expires_at: Moment) -> String {
        let text = Digest::of(&chance::bytes::<16>()).to_string();
        self.code_of(&text, whom, expires_at);
        text
    }

    /// A one-time code that says this.
    pub fn code_of(&self, text: &str, whom: CodeFor, expires_at: Moment) {
        let code = Code {
            hash: Digest::of(text.as_bytes()),
            whom,
            expires_at,
        };
        let added = self.handle.run(move |store| store.add_code(&code));
        self.runtime.block_on(added).unwrap();
    }

    pub fn add_borrower(&self, id: BorrowerId, card: &str) {
        let card: CardNumber = card.parse().unwrap();
        let added = self
            .handle
            .run(move |store| store.add_borrower(id, "Demo B.", &card));
        self.runtime.block_on(added).unwrap();
    }

    /// A tablet that was enrolled by its own agent.
    pub fn tablet(&self, number: &str) -> TabletCaller<'_> {
        TabletCaller::enrol(self, number)
    }

    /// A tablet on which no agent runs.
    pub fn without_agent(&self, number: &str) -> Tablet {
        let enrolled = WithoutAgent {
            number: number.parse().unwrap(),
            serial: format!("SN-{number}"),
            model: "Demo tablet".to_owned(),
            venue: LEIGH,
        };
        let number = enrolled.number;
        let action = self.write(move |store| enrolled.enrolment(store));
        self.command(Actor::Server, Some(LEIGH), action, clock::now());
        self.read(|store| store.tablet_by_number(number)).unwrap()
    }

    /// A one-time code for an agent that comes to this tablet.
    pub fn agent_code(&self, tablet: &Tablet) -> String {
        let whom = CodeFor::Agent {
            tablet: tablet.id,
            number: tablet.number,
            venue: LEIGH,
        };
        self.code(whom, soon())
    }

    /// A tablet that is proven clean.
    pub fn ready_tablet(&self, number: &str) -> TabletCaller<'_> {
        let mut tablet = self.tablet(number);
        let order = tablet.heartbeat().reset_order();
        tablet.hand_in(&tablet.receipt_for(&order));
        tablet
    }

    /// A program with a fresh key of this operator, good for a minute.
    pub fn operator(&self, operator: OperatorId) -> StaffCaller<'_> {
        self.operator_until(operator, soon())
    }

    pub fn operator_until(&self, operator: OperatorId, expires_at: Moment) -> StaffCaller<'_> {
        let key = OperatorKey::new(chance::bytes());
        let kept = KeptKey {
            digest: key.digest(),
            operator,
            made_at: clock::now().plus_ms(-DAY_MS),
            expires_at,
        };
        let added = self.handle.run(move |store| store.add_operator_key(&kept));
        self.runtime.block_on(added).unwrap();
        StaffCaller::new(self, key.text())
    }

    pub fn revoke_keys(&self, operator: OperatorId) -> usize {
        let now = clock::now();
        let revoked = self
            .handle
            .run(move |store| store.revoke_operator_keys(operator, now));
        self.runtime.block_on(revoked).unwrap()
    }

    pub fn kiosk(&self) -> KioskCaller<'_> {
        KioskCaller::enrol(self)
    }

    /// Lends a tablet on a day of the past.
    pub fn lend(&self, tablet: TabletId, days_ago: i64) -> LoanId {
        let loan = LoanId::from_bytes(chance::bytes());
        // A new borrower each time, since one may have one tablet.
        let borrower = BorrowerId::from_bytes(chance::bytes());
        let card = format!("L{}", &Digest::of(borrower.as_bytes()).to_string()[..12]);
        let card: CardNumber = card.to_uppercase().parse().unwrap();
        let added = self
            .handle
            .run(move |store| store.add_borrower(borrower, "Demo B.", &card));
        let borrower = self.runtime.block_on(added).unwrap();
        let action = Action::CheckOut(CheckOut::new(tablet, loan, borrower));
        let then = clock::now().plus_ms(-days_ago * DAY_MS);
        self.command(Actor::Operator(OPERATOR), Some(LEIGH), action, then);
        loan
    }

    pub fn take_back(&self, tablet: TabletId, loan: Option<LoanId>, presence: Presence) {
        self.take_back_with(tablet, loan, presence, false);
    }

    pub fn take_back_with(
        &self,
        tablet: TabletId,
        loan: Option<LoanId>,
        presence: Presence,
        part_missing: bool,
    ) {
        let action = Action::Return(Return {
            part_missing,
            ..Return::new(tablet, loan, presence)
        });
        self.command(Actor::Operator(OPERATOR), Some(LEIGH), action, clock::now());
    }

    pub fn renew_keys(&self, tablet: TabletId) {
        let action = Action::RenewKeys(RenewKeys { tablet });
        self.command(Actor::Server, None, action, clock::now());
    }

    pub fn report_back(&self, tablet: TabletId) {
        let action = Action::ReportBack(ReportBack { tablet });
        self.command(Actor::Operator(OPERATOR), Some(LEIGH), action, clock::now());
    }

    /// A tablet's reading, at any time of its history.
    pub fn heard(&self, tablet: TabletId, then: Moment, state: AgentState) {
        let heartbeat = Heartbeat {
            seq: 1,
            boot: BootId::from_bytes([0; 16]),
            state,
            epoch: 1,
            order_counter: 0,
            battery_percent: Some(80),
            charging: Some(false),
            storage_free_bytes: None,
            modem: None,
            image: None,
            staged: None,
            last_used_ms_ago: None,
            answer: None,
            believes: None,
            agent_version: "1.0.0".to_owned(),
        };
        let heard = self
            .handle
            .run(move |store| store.heard(tablet, &heartbeat, then));
        self.runtime.block_on(heard).unwrap();
    }

    /// Somebody tells their tablet that it never came back.
    pub fn still_got_it(&self, tablet: TabletId, loan: LoanId) {
        let yes = true;
        let action = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
        self.command(Actor::Tablet(tablet), None, action, clock::now());
    }

    pub fn look(&self, tablet: TabletId) -> Tablet {
        let read = self.readers.read(|store| store.tablet(tablet));
        read.unwrap().unwrap()
    }

    /// What a heartbeat of this tablet is answered from.
    pub fn seen(&self, tablet: TabletId) -> Seen {
        let read = self.readers.read(|store| Seen::of(store, tablet));
        read.unwrap().unwrap()
    }

    pub fn position(&self) -> u64 {
        self.read(Reader::position)
    }

    pub fn read<T>(&self, read: impl FnMut(&Reader) -> Result<T, Fault>) -> T {
        self.readers.read(read).unwrap()
    }

    pub fn write<T: Send + 'static>(
        &self,
        verb: impl FnMut(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        self.runtime.block_on(self.handle.run(verb)).unwrap()
    }

    /// A page as the digital team sees it.
    pub fn team_page(&self, path: &str) -> String {
        self.team_call("GET", path, b"").text()
    }

    /// What the digital team's browser sends, and is answered.
    pub fn team_call(&self, method: &str, path: &str, form: &[u8]) -> Reply {
        let origin = format!("http://{}", self.address);
        let entered = send(self, "POST", &self.link(), &[("origin", &origin)], b"");
        let cookie = entered.headers["set-cookie"].split(';').next().unwrap();
        let headers = [
            ("cookie", cookie),
            ("origin", origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        send(self, method, path, &headers, form)
    }

    /// A link that signs in once.
    pub fn link(&self) -> String {
        let token = self.app.links().offer(chance::bytes(), clock::now());
        format!("/sign-in/{token}")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let Some((end, serving, writer)) = self.ending.take() else {
            return;
        };
        // Where nobody waits for it any more, it has ended already.
        if end.send(()).is_err() {
            return;
        }
        let ended = self.runtime.block_on(serving);
        // A test that failed says why itself.
        if !std::thread::panicking() {
            ended.unwrap();
            drop(writer.stop().unwrap());
        }
    }
}

pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub fn soon() -> Moment {
    clock::now().plus_ms(60_000)
}

pub fn image() -> ImageId {
    ImageId(Digest::of(MANIFEST))
}

/// The keys of the server, other bytes for each.
pub fn server_keys() -> ServerKeys {
    let mut seeds = [[9; 32], [10; 32], [11; 32]].into_iter();
    ServerKeys::begin(|| seeds.next().unwrap())
}

pub fn server_key() -> SecretKey {
    SecretKey::from_seed(&[9; 32])
}

fn config(folder: &Path, address: SocketAddr) -> Config {
    Config {
        folder: Folder::new(folder),
        listen: address,
        public_url: String::new(),
        tag_host: "TABLETS.WIGAN".parse().unwrap(),
        demo: true,
        keys: KeysInUse::new(Folder::new(folder).server_key(), server_keys()),
        manager: None,
    }
}

fn settings(kinds: &[ProofKind]) -> Settings {
    let proof_scopes = vec![Scope::Tablet, Scope::Directory];
    Settings {
        policy: Policy {
            proof_kinds: kinds.to_vec(),
            lost_message: LOST_MESSAGE.to_owned(),
            voucher_key: Some(server_key().public()),
            proof_scopes,
            ..Policy::default()
        },
        data_key: [7; 32],
    }
}
