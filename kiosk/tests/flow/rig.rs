//! A kiosk in a test: a flow, a mirror with a few tablets, and a clock that is
//! moved by hand.

use kiosk::{
    flow::{Answer, Ask, Draft, Effect, Flow, Given, Input, Lookup, Sound, ToLend},
    mirror::{Mirror, Place},
    reader::{Code, Sight},
    screen::{Body, Button, Notice, Screen, Touch},
    view::{spoken, view},
};
use lang::Catalogue;
use shared::{
    badge::Badge,
    ids::{BorrowerId, CommandId, LoanId, OperatorId, StocktakeId, TabletId, VenueId},
    tablet::{ProofKind, StateWord},
    tag::{Tag, TagHost},
    time::{Day, Moment},
    venue::Calendar,
    wire::v1::{
        command::KioskAction,
        kiosk::{BorrowerCard, OperatorRow, ProofKindRow, ProofRow, Rows, RulesRow, TabletRow},
    },
};

pub const ON_LOAN: u32 = 42;
pub const READY: u32 = 7;
pub const IN_TRAY: u32 = 100;
pub const GIVEN_AWAY: u32 = 50;
pub const RETIRED: u32 = 51;
pub const RESETTING: u32 = 60;

/// A kiosk in a test.
pub struct Kiosk {
    pub flow: Flow,
    pub mirror: Mirror,
    pub now_ms: u64,
    pub clock_sure: bool,
    /// Everything that was to be done.
    pub done: Vec<Effect>,
    steps: u64,
    words: Catalogue,
}

pub fn venue() -> VenueId {
    VenueId::from_bytes([1; 16])
}

pub fn host() -> TagHost {
    "TABLETS.WIGAN".parse().unwrap()
}

pub fn tablet(number: u32) -> TabletId {
    TabletId::from_bytes(u128::from(number).to_be_bytes())
}

pub fn loan(number: u32) -> LoanId {
    LoanId::from_bytes(u128::from(number).to_be_bytes())
}

fn the_tag(number: u32) -> Tag {
    Tag::new(format!("WGN-{number:03}").parse().unwrap(), [7; 10])
}

/// What the sticker of this tablet says.
pub fn sticker(number: u32) -> String {
    the_tag(number).url(&host()).unwrap()
}

/// A sticker with a number of ours and another secret.
pub fn forged(number: u32) -> String {
    let tag = Tag::new(format!("WGN-{number:03}").parse().unwrap(), [8; 10]);
    tag.url(&host()).unwrap()
}

pub fn badge() -> Badge {
    Badge::new([9; 16])
}

pub fn colleagues_badge() -> Badge {
    Badge::new([10; 16])
}

pub fn row(number: u32, word: StateWord) -> TabletRow {
    let on_loan = word == StateWord::OnLoan;
    let gone = matches!(word, StateWord::Retired | StateWord::GivenAway);
    let proven = word == StateWord::Ready;
    let id = format!("WGN-{number:03}").parse().unwrap();
    TabletRow {
        venue: (!on_loan && !gone).then(venue),
        loan: on_loan.then(|| loan(number)),
        waits_in_tray: word == StateWord::BackNotYetReset,
        proof: proven.then(|| ProofRow {
            kind: ProofKind::TabletProven,
            proven_at: start(),
        }),
        ..TabletRow::new(tablet(number), id, the_tag(number).digest(), word)
    }
}

pub fn operators() -> Vec<OperatorRow> {
    let row = |at: u8, name: &str, badge: Badge| OperatorRow {
        operator: OperatorId::from_bytes([at; 16]),
        name: name.to_owned(),
        badge: badge.digest(),
    };
    vec![
        row(2, "Demo Librarian", badge()),
        row(3, "Demo Colleague", colleagues_badge()),
    ]
}

pub fn rows(tablets: Vec<TabletRow>, operators: Option<Vec<OperatorRow>>) -> Rows {
    Rows {
        tablets,
        operators,
        ..Rows::none(7, start())
    }
}

pub fn card() -> BorrowerCard {
    BorrowerCard {
        borrower: BorrowerId::from_bytes([5; 16]),
        short_name: "Demo B.".to_owned(),
        card_ends: "567".to_owned(),
        open_loans: 0,
        due_on: Day::new(2026, 12, 12).unwrap(),
    }
}

/// What a kiosk lends by while it is alone.
pub fn rules() -> RulesRow {
    RulesRow {
        loan_days: 21,
        proof_kinds: vec![ProofKindRow(ProofKind::TabletProven)],
        calendar: Calendar::default(),
        open_loans_max: Some(1),
    }
}

/// When every test begins: 21 November 2026, 10 in the morning.
pub fn start() -> Moment {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

impl Kiosk {
    /// At its first screen, connected.
    pub fn new() -> Self {
        let mut mirror = Mirror::new(Place {
            venue: venue(),
            venue_name: "Wigan Library".to_owned(),
            tag_host: host(),
        });
        let tablets = vec![
            row(ON_LOAN, StateWord::OnLoan),
            row(READY, StateWord::Ready),
            row(IN_TRAY, StateWord::BackNotYetReset),
            row(GIVEN_AWAY, StateWord::GivenAway),
            row(RETIRED, StateWord::Retired),
            row(RESETTING, StateWord::Resetting),
        ];
        mirror.apply(&rows(tablets, Some(operators())));
        let mut kiosk = Self {
            flow: Flow::new(),
            mirror,
            now_ms: 1_000,
            clock_sure: true,
            done: Vec::new(),
            steps: 0,
            words: Catalogue::english(),
        };
        kiosk.put(Input::Online(true));
        kiosk
    }

    /// With an operator signed in.
    pub fn staffed() -> Self {
        let mut kiosk = Self::new();
        kiosk.scan(&badge().text());
        kiosk
    }

    /// With a borrower found, ready for a tablet.
    pub fn with_borrower() -> Self {
        Self::with_borrower_of(0)
    }

    /// With one found who has so many tablets.
    pub fn with_borrower_of(open_loans: u32) -> Self {
        let mut kiosk = Self::staffed();
        kiosk.touch(Touch::StaffCheckOut);
        kiosk.scan("D1234567");
        kiosk.found(Lookup::Found(BorrowerCard {
            open_loans,
            ..card()
        }));
        kiosk
    }

    /// Knows what it needs to lend without its server.
    pub fn knows_rules(mut self) -> Self {
        self.hear_rules(rules());
        self
    }

    pub fn hear_rules(&mut self, rules: RulesRow) {
        self.mirror.apply(&Rows {
            rules: Some(rules),
            ..rows(Vec::new(), None)
        });
        self.put(Input::MirrorMoved);
    }

    /// With "Hand over" pressed and the command on the disk.
    pub fn lending() -> Self {
        let mut kiosk = Self::with_borrower();
        kiosk.scan(&sticker(READY));
        kiosk.touch(Touch::HandOver);
        kiosk.keep();
        kiosk
    }

    pub fn put(&mut self, input: Input) -> Vec<Effect> {
        self.steps += 1;
        let fresh = (u128::from(self.steps) << 64).to_be_bytes();
        let given = Given {
            now_ms: self.now_ms,
            time: start().plus_ms(i64::try_from(self.now_ms).unwrap()),
            clock_sure: self.clock_sure,
            command: CommandId::from_bytes(fresh),
            loan: LoanId::from_bytes(fresh),
            stocktake: StocktakeId::from_bytes(fresh),
        };
        let effects = self.flow.handle(input, &given, &self.mirror);
        self.done.extend(effects.iter().cloned());
        effects
    }

    pub fn touch(&mut self, touch: Touch) -> Vec<Effect> {
        self.put(Input::Touched(touch))
    }

    /// Presses the button with these words, as a person would: it must be there.
    pub fn press(&mut self, text: &str) -> Vec<Effect> {
        let touch = self.buttons().into_iter().find(|it| it.text == text);
        let Some(button) = touch else {
            panic!("no button {text:?} on:\n{}", self.says());
        };
        self.touch(button.touch)
    }

    /// A hand scanner's text.
    pub fn scan(&mut self, text: &str) -> Vec<Effect> {
        self.put(Input::Scanned(text.to_owned()))
    }

    /// The camera sees this code.
    pub fn see(&mut self, text: &str) -> Vec<Effect> {
        let corners = [
            (400.0, 400.0),
            (600.0, 400.0),
            (600.0, 600.0),
            (400.0, 600.0),
        ];
        let text = text.to_owned();
        self.put(Input::Saw(Sight::One(Code { text, corners })))
    }

    pub fn see_nothing(&mut self) {
        self.put(Input::Saw(Sight::Nothing));
    }

    pub fn type_all(&mut self, text: &str) {
        for key in text.chars() {
            self.touch(Touch::Digit(key));
        }
        self.touch(Touch::Enter);
    }

    /// Lets time pass, with a tick whenever the flow wants one.
    pub fn wait(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        while let Some(due) = self.flow.poll_timeout().filter(|due| *due <= end) {
            self.now_ms = self.now_ms.max(due);
            self.put(Input::Tick);
        }
        self.now_ms = end;
    }

    /// Every command that was to be kept.
    pub fn drafts(&self) -> Vec<&Draft> {
        let draft = |effect: &'_ Effect| matches!(effect, Effect::Keep(_));
        let drafts = self.done.iter().filter(|effect| draft(effect));
        drafts
            .filter_map(|effect| match effect {
                Effect::Keep(draft) => Some(draft),
                Effect::Lend(..)
                | Effect::FindBorrower { .. }
                | Effect::Speak(_)
                | Effect::Sound(_) => None,
            })
            .collect()
    }

    pub fn last(&self) -> Draft {
        (*self.drafts().last().unwrap()).clone()
    }

    /// The action that is to be kept; there must be exactly one so far.
    pub fn only(&self) -> KioskAction {
        assert_eq!(self.drafts().len(), 1);
        self.last().action
    }

    /// The disk has the last command.
    pub fn keep(&mut self) {
        self.put(Input::Kept(self.last().id));
    }

    /// The disk did not take it.
    pub fn keep_not(&mut self) {
        let draft = self.last();
        self.put(Input::NotKept(draft.id, draft.action));
    }

    /// The server answers the last command.
    pub fn answer(&mut self, answer: Answer) {
        let draft = self.last();
        self.put(Input::Answered(draft.id, draft.action, answer));
    }

    /// The check out that is to be noted as done, and the day that is told.
    pub fn lends(&self) -> Option<(CommandId, Day)> {
        let (command, it) = self.to_lend()?;
        Some((command, it.told))
    }

    /// The same, with all that the disk is asked for.
    pub fn to_lend(&self) -> Option<(CommandId, ToLend)> {
        let mut lends = self.done.iter().rev().filter_map(|effect| match effect {
            Effect::Lend(command, it) => Some((*command, *it)),
            Effect::Keep(_) | Effect::FindBorrower { .. } | Effect::Speak(_) | Effect::Sound(_) => {
                None
            }
        });
        lends.next()
    }

    /// The disk has it that the check out has happened.
    pub fn lent(&mut self) {
        let (command, _) = self.lends().unwrap();
        self.put(Input::Lent(command));
    }

    pub fn found(&mut self, lookup: Lookup) {
        self.put(Input::Borrower(self.ask(), lookup));
    }

    /// The last look-up.
    pub fn ask(&self) -> Ask {
        let mut asks = self.done.iter().rev().filter_map(|effect| match effect {
            Effect::FindBorrower { ask, .. } => Some(*ask),
            Effect::Keep(_) | Effect::Lend(..) | Effect::Speak(_) | Effect::Sound(_) => None,
        });
        asks.next().unwrap()
    }

    pub fn move_rows(&mut self, tablets: Vec<TabletRow>) {
        self.mirror.apply(&Rows {
            rules: self.mirror.rules().cloned(),
            ..rows(tablets, None)
        });
        self.put(Input::MirrorMoved);
    }

    pub fn screen(&self) -> Screen {
        let now = start().plus_ms(i64::try_from(self.now_ms).unwrap());
        view(self.flow.state(), &self.mirror, &self.words, now)
    }

    /// All that the screen says.
    pub fn says(&self) -> String {
        spoken(&self.screen())
    }

    #[track_caller]
    pub fn shows(&self, text: &str) {
        let says = self.says();
        assert!(says.contains(text), "{text:?} is not in:\n{says}");
    }

    #[track_caller]
    pub fn hides(&self, text: &str) {
        let says = self.says();
        assert!(!says.contains(text), "{text:?} is in:\n{says}");
    }

    #[track_caller]
    pub fn is_first(&self) {
        self.shows("Hello. What would you like to do?");
        assert!(self.flow.state().session.is_none());
    }

    #[track_caller]
    pub fn is_home(&self) {
        self.shows("In the tray");
    }

    pub fn heard(&self, sound: Sound) -> bool {
        self.done.contains(&Effect::Sound(sound))
    }

    fn buttons(&self) -> Vec<Button> {
        let screen = self.screen();
        let mut buttons = screen.header.buttons;
        buttons.extend(match screen.body {
            Body::First(first) => vec![
                first.borrow.button,
                first.bring_back.button,
                first.keep_longer.button,
                first.help.button,
            ],
            Body::Scan(scan) => scan.buttons,
            Body::ConfirmReturn(page) => {
                let kit = page.tablet.kit.into_iter();
                let kit = kit.filter_map(|part| Some(Button::new(part.text, part.touch?)));
                kit.chain([page.damaged.button, page.main]).collect()
            }
            Body::Sweep(page) => with(Some(page.main), page.others),
            Body::Choice(page) => with(Some(page.main), page.choices),
            Body::HandOver(page) => with(Some(page.main), page.others),
            Body::FindBorrower(page) | Body::TypeNumber(page) => with(Some(page.main), page.others),
            Body::StaffHome(home) => {
                let rows = home.tray.rows.into_iter().filter_map(|row| row.start);
                let tiles = [home.check_out.button, home.take_back.button];
                let tiles = tiles.into_iter().chain(home.others);
                rows.chain(tiles).chain(home.tray.more).collect()
            }
            Body::ConfirmBorrowerReturn(notice)
            | Body::Done(notice)
            | Body::Refer(notice)
            | Body::Question(notice)
            | Body::Wait(notice)
            | Body::CameraLost(notice) => of_notice(notice),
        });
        buttons
    }
}

fn of_notice(notice: Notice) -> Vec<Button> {
    with(notice.main, notice.others)
}

fn with(main: Option<Button>, others: Vec<Button>) -> Vec<Button> {
    main.into_iter().chain(others).collect()
}
