//! Who makes up what a kiosk stores: a day at a counter, in an order thrown by dice.

use anyhow::Result;
use kiosk::{
    flow::Draft,
    mirror::Place,
    store::{Enrolling, Identity, Store},
};
use shared::{
    digest::Digest,
    head::Head,
    ids::{BorrowerId, CommandId, KioskId, LoanId, OperatorId, TabletId, VenueId},
    keys::SecretKey,
    tablet::{Flag, Presence, StateWord},
    time::Moment,
    wire::v1::{
        command::KioskAction,
        kiosk::{OperatorRow, Rows, TabletRow},
    },
};

use super::Act;
use crate::dice::Dice;

const VENUE: VenueId = VenueId::from_bytes([1; 16]);
const OPERATOR: OperatorId = OperatorId::from_bytes([3; 16]);
const TABLETS: u8 = 12;

/// The counter, as far as it knows what it did.
pub struct World {
    now: Moment,
    cursor: u64,
    begun: bool,
    /// Drafts that were kept and not answered yet.
    waiting: Vec<Draft>,
}

impl World {
    /// One that has done nothing with this store yet.
    pub(super) fn beside(store: &Store) -> Result<Self> {
        Ok(Self {
            // Later than anything in a database of an older format.
            now: "2026-12-01T10:00:00Z".parse()?,
            cursor: store.cursor()?,
            begun: false,
            waiting: Vec::new(),
        })
    }

    pub(super) fn make_up(&mut self, store: &Store, dice: &mut Dice) -> Result<Act> {
        self.now = self.now.plus_ms(60_000);
        if store.identity()?.is_none() {
            return Ok(self.enrolment(dice));
        }
        Ok(match dice.below(16) {
            0 => Act::Call,
            1 | 2 => self.rows(dice),
            3 if dice.one_in(4) => Act::BeginSeries(store.series()?),
            3 => Self::again_from(store, dice)?,
            4 if !self.waiting.is_empty() => Act::Keep(Box::new(dice.of(&self.waiting).clone())),
            5..11 => self.answer(store, dice)?,
            _ => self.fact(dice),
        })
    }

    fn enrolment(&mut self, dice: &mut Dice) -> Act {
        let key = SecretKey::from_seed(&dice.bytes());
        if !self.begun || dice.one_in(4) {
            self.begun = true;
            let id = CommandId::from_bytes(dice.bytes());
            let code = *dice.of(&["CODE-ONE", "CODE-TWO"]);
            return Act::Begin(code.to_owned(), Enrolling { id, key });
        }
        Act::Enrol(Box::new(Identity {
            kiosk: KioskId::from_bytes([5; 16]),
            key,
            server: "https://demo.example".to_owned(),
            server_key: SecretKey::from_seed(&[9; 32]).public(),
            place: Place {
                venue: VENUE,
                venue_name: "Demo Library".to_owned(),
                tag_host: "DEMO.EXAMPLE".parse().expect("a tag's host"),
            },
        }))
    }

    fn fact(&mut self, dice: &mut Dice) -> Act {
        let draft = Draft {
            id: CommandId::from_bytes(dice.bytes()),
            operator: (!dice.one_in(3)).then_some(OPERATOR),
            occurred_at: self.now,
            clock_sure: !dice.one_in(8),
            seen: self.cursor,
            action: action(dice),
        };
        self.waiting.push(draft.clone());
        Act::Keep(Box::new(draft))
    }

    /// The server's word on the next one; where none waits, one more fact.
    fn answer(&mut self, store: &Store, dice: &mut Dice) -> Result<Act> {
        let Some(next) = store.next_unanswered()? else {
            return Ok(self.fact(dice));
        };
        let id = next.command.id;
        self.waiting.retain(|draft| draft.id != id);
        Ok(Act::Answered(id))
    }

    fn again_from(store: &Store, dice: &mut Dice) -> Result<Act> {
        let back = u64::try_from(dice.below(4))?;
        Ok(Act::SendAgain(1 + store.last_fact()?.saturating_sub(back)))
    }

    fn rows(&mut self, dice: &mut Dice) -> Act {
        self.cursor += 1;
        let changed = *dice.of(&[0, 1, 1, 3, TABLETS]);
        let tablets = (0..changed).map(|_| row(dice)).collect();
        let operator = OperatorRow {
            operator: OPERATOR,
            name: "Demo Operator".to_owned(),
            badge: Digest::from_bytes(dice.bytes()),
        };
        Act::Apply(Rows {
            tablets,
            heads: self.heads(dice),
            operators: dice.one_in(3).then(|| vec![operator]),
            ..Rows::none(self.cursor, self.now)
        })
    }
}

impl World {
    /// The end of the log; now and then the server's log is another than before.
    fn heads(&self, dice: &mut Dice) -> Vec<Head> {
        let end = |hash| Head {
            seq: self.cursor,
            hash,
        };
        match dice.below(8) {
            0 => Vec::new(),
            1 => vec![Head {
                seq: self.cursor.saturating_sub(1),
                hash: Digest::from_bytes(dice.bytes()),
            }],
            _ => vec![end(Digest::of(&self.cursor.to_be_bytes()))],
        }
    }
}

fn action(dice: &mut Dice) -> KioskAction {
    let tablet = TabletId::from_bytes([100 + dice.number(TABLETS); 16]);
    let loan = LoanId::from_bytes(dice.bytes());
    match dice.below(8) {
        0 => KioskAction::ReportBack { tablet },
        1 => KioskAction::StartReset { tablet, code: None },
        2 => KioskAction::ClearFlag {
            tablet,
            flag: Flag::Damaged,
        },
        3 | 4 => KioskAction::came_back(tablet, dice.one_in(2).then_some(loan), Presence::InHand),
        _ => KioskAction::check_out(tablet, loan, BorrowerId::from_bytes(dice.bytes())),
    }
}

fn row(dice: &mut Dice) -> TabletRow {
    let number = dice.number(TABLETS);
    let text = format!("DEM-{number:03}");
    TabletRow {
        venue: Some(VENUE),
        waits_in_tray: dice.one_in(4),
        reported_back: dice.one_in(4),
        ..TabletRow::new(
            TabletId::from_bytes([100 + number; 16]),
            text.parse().expect("a tablet's number"),
            Digest::from_bytes([number; 32]),
            *dice.of(&[StateWord::Ready, StateWord::OnLoan, StateWord::Resetting]),
        )
    }
}
