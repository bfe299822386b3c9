//! What a seed stands for, drawn before anything runs: how large the world is,
//! how bad its weather, and what happens when. Each seed leaves some acts and
//! faults out and makes much of others, so that ten thousand seeds go to places
//! that one mean mix would never reach. The list of steps is also what is cut down
//! when the shortest story is looked for.

use shared::time::Moment;

use super::chance::Chance;

/// What a seed stands for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How large the world is.
    pub size: Size,
    /// What goes wrong by itself.
    pub weather: Weather,
    /// The server's time when the world begins.
    pub begins_at: Moment,
    /// What happens, in the order of time.
    pub steps: Vec<Step>,
}

/// How large a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Places that lend.
    pub venues: usize,
    /// Kiosks, spread over the venues.
    pub kiosks: usize,
    /// Tablets, spread over the venues.
    pub tablets: usize,
    /// People with a card.
    pub borrowers: usize,
    /// Members of staff.
    pub operators: usize,
}

/// What goes wrong by itself; the figures are so many in a thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Messages that are lost.
    pub lost: u64,
    /// Requests that arrive twice.
    pub doubled: u64,
    /// Messages that take up to two minutes.
    pub slow: u64,
    /// Answers to a tablet that are an earlier one, played again.
    pub stale: u64,
    /// Steps of a reset that fail.
    pub reset_fails: u64,
    /// Receipts that do not fit their order, and are refused.
    pub misfits: u64,
    /// Writes of a kiosk's disk that fail.
    pub disk_fails: u64,
    /// Things a person does at a counter just before its line breaks.
    pub breaks: u64,
    /// How long the server gathers commands before it writes them together.
    pub gather_ms: u64,
    /// How far a wall clock may stand from the time.
    pub skew_ms: u64,
}

impl Weather {
    /// Nothing goes wrong.
    pub const CALM: Self = Self {
        lost: 0,
        doubled: 0,
        slow: 0,
        stale: 0,
        reset_fails: 0,
        misfits: 0,
        disk_fails: 0,
        breaks: 0,
        gather_ms: 0,
        skew_ms: 0,
    };
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, since the world began.
    pub at_ms: u64,
    /// Decides whatever the step leaves open.
    pub salt: u64,
    /// What.
    pub what: Happening,
}

/// Everything that can happen: what people do, then what goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// An operator lends a tablet.
    Lend,
    /// A borrower brings a tablet back, unattended.
    BringBack,
    /// An operator takes a tablet back.
    TakeBack,
    /// Somebody shows a photograph of a sticker.
    ShowPhoto,
    /// Somebody types a number to say that a tablet is back.
    Report,
    /// An operator goes through the tray.
    StartReset,
    /// Whoever has a tablet uses it.
    Use,
    /// Whoever has a tablet answers its question.
    AnswerQuestion,
    /// The digital team clears a flag.
    ClearFlag,
    /// The digital team closes a dispute.
    CloseDispute,
    /// A tablet is carried to another venue.
    Carry,
    /// Somebody presses and shows whatever there is.
    Poke,
    /// A tablet is put on a charger or taken off.
    Charge,
    /// A new image is released.
    ReleaseImage,
    /// The digital team asks for new keys of a tablet's own.
    RenewKeys,
    /// An operator goes through the checklist of a tablet that has no agent.
    Confirm,
    /// An agent comes to a tablet that has none.
    EnrolAgent,
    /// Somebody shows photographs of sticker after sticker.
    Burst,
    /// Somebody takes a place in a queue.
    PlaceHold,
    /// Somebody gives theirs up.
    CancelHold,
    /// A borrower keeps a tablet for longer.
    Renew,
    /// An operator asks for a wipe outside the return flow.
    AskWipe,
    /// An operator agrees to one.
    AgreeWipe,
    /// Somebody calls one off.
    CallOffWipe,
    /// Somebody says "Stop all", or lets them begin again.
    StopWipes,
    /// An operator undoes what they did.
    Undo,
    /// A tablet of a placement goes to the next person.
    HandOn,
    /// The digital team says that a tablet is missing, lost or gone for good.
    LoseSight,
    /// The tablets of a venue are counted.
    TakeStock,
    /// A box is packed.
    PackBox,
    /// A tablet is taken out of a box.
    Unpack,
    /// A box is said to be empty.
    CloseBox,
    /// A place is cut off from the others for a while.
    CutOff,
    /// A counter loses its line, and then its power for a moment: it goes on with a
    /// clock that nobody has confirmed.
    Outage,
    /// A kiosk loses power.
    KioskCut,
    /// A kiosk's disk is copied.
    KioskCopied,
    /// A kiosk's disk is set back to the copy.
    KioskSetBack,
    /// The server ends and starts again.
    ServerCut,
    /// A tablet loses power.
    TabletCut,
    /// A tablet's newest record is damaged.
    RecordDamaged,
    /// A wall clock is set wrong.
    ClockMoved,
    /// A request that was sent before is sent again by somebody else.
    Replay,
}

impl Happening {
    /// Everything that can happen, with how often beside the others.
    pub const ALL: [(Self, u64); 42] = [
        (Self::Lend, 24),
        (Self::BringBack, 10),
        (Self::TakeBack, 12),
        (Self::ShowPhoto, 5),
        (Self::Report, 3),
        (Self::StartReset, 8),
        (Self::Use, 18),
        (Self::AnswerQuestion, 12),
        (Self::ClearFlag, 4),
        (Self::CloseDispute, 3),
        (Self::Carry, 4),
        (Self::Poke, 4),
        (Self::Charge, 3),
        (Self::ReleaseImage, 1),
        (Self::RenewKeys, 3),
        (Self::Confirm, 14),
        (Self::EnrolAgent, 4),
        (Self::Burst, 2),
        (Self::PlaceHold, 9),
        (Self::CancelHold, 2),
        (Self::Renew, 7),
        (Self::AskWipe, 5),
        (Self::AgreeWipe, 12),
        (Self::CallOffWipe, 1),
        (Self::StopWipes, 1),
        (Self::Undo, 5),
        (Self::HandOn, 4),
        (Self::LoseSight, 4),
        (Self::TakeStock, 3),
        (Self::PackBox, 4),
        (Self::Unpack, 6),
        (Self::CloseBox, 5),
        (Self::CutOff, 6),
        (Self::Outage, 4),
        (Self::KioskCut, 6),
        (Self::KioskCopied, 3),
        (Self::KioskSetBack, 2),
        (Self::ServerCut, 4),
        (Self::TabletCut, 8),
        (Self::RecordDamaged, 1),
        (Self::ClockMoved, 3),
        (Self::Replay, 4),
    ];

    /// Whether this is a fault and no act.
    pub const fn is_fault(self) -> bool {
        match self {
            Self::Lend
            | Self::BringBack
            | Self::TakeBack
            | Self::ShowPhoto
            | Self::Report
            | Self::StartReset
            | Self::Use
            | Self::AnswerQuestion
            | Self::ClearFlag
            | Self::CloseDispute
            | Self::Carry
            | Self::Poke
            | Self::Charge
            | Self::ReleaseImage
            | Self::RenewKeys
            | Self::Confirm
            | Self::EnrolAgent
            | Self::Burst
            | Self::PlaceHold
            | Self::CancelHold
            | Self::Renew
            | Self::AskWipe
            | Self::AgreeWipe
            | Self::CallOffWipe
            | Self::StopWipes
            | Self::Undo
            | Self::HandOn
            | Self::LoseSight
            | Self::TakeStock
            | Self::PackBox
            | Self::Unpack
            | Self::CloseBox => false,
            Self::CutOff
            | Self::Outage
            | Self::KioskCut
            | Self::KioskCopied
            | Self::KioskSetBack
            | Self::ServerCut
            | Self::TabletCut
            | Self::RecordDamaged
            | Self::ClockMoved
            | Self::Replay => true,
        }
    }
}

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// Evenings before something happens to the calendar: both clock changes, the end
/// of a year, a leap day, a summer night.
const EVENINGS: [&str; 6] = [
    "2026-03-28T18:00:00Z",
    "2026-10-24T18:00:00Z",
    "2026-12-31T18:00:00Z",
    "2028-02-28T18:00:00Z",
    "2026-06-30T18:00:00Z",
    "2027-03-07T18:00:00Z",
];

impl Plan {
    /// What this seed stands for.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed, "plan");
        let size = size(&mut chance);
        let weather = weather(&mut chance);
        let evening = EVENINGS[chance.place(EVENINGS.len())];
        let evening: Moment = evening.parse().expect("a date of our own");
        let later_ms = chance.below(3 * DAY_MS);
        Self {
            seed,
            size,
            weather,
            begins_at: evening.plus_ms(i64::try_from(later_ms).expect("three days")),
            steps: steps(&mut chance, size),
        }
    }
}

/// Small worlds as a rule, in which the same few meet again and again; one in
/// sixty is the whole fleet.
fn size(chance: &mut Chance) -> Size {
    if chance.below(250) == 0 {
        return Size {
            venues: 4,
            kiosks: 10,
            tablets: 100,
            borrowers: 60,
            operators: 6,
        };
    }
    let mut drawn = |least, most| {
        let drawn = chance.mostly_small(least, most);
        usize::try_from(drawn).expect("small")
    };
    Size {
        venues: drawn(1, 3),
        kiosks: drawn(1, 5),
        tablets: drawn(1, 8),
        borrowers: drawn(2, 12),
        operators: drawn(1, 4),
    }
}

fn weather(chance: &mut Chance) -> Weather {
    if chance.below(12) == 0 {
        return Weather::CALM;
    }
    let mut drawn = |most| {
        if chance.happens(500) {
            chance.mostly_small(1, most)
        } else {
            0
        }
    };
    Weather {
        lost: drawn(300),
        doubled: drawn(200),
        slow: drawn(200),
        stale: drawn(200),
        reset_fails: drawn(300),
        misfits: drawn(200),
        disk_fails: drawn(50),
        breaks: drawn(60),
        gather_ms: drawn(3_000),
        skew_ms: drawn(DAY_MS),
    }
}

fn steps(chance: &mut Chance, size: Size) -> Vec<Step> {
    let tempers = tempers(chance);
    let all: u64 = tempers.iter().map(|(_, weight)| weight).sum();
    let tablets = u64::try_from(size.tablets).expect("small");
    let count = chance.mostly_small(20, 160) + tablets;
    let pace_ms = chance.within(1..=12) * MINUTE_MS;
    let mut at_ms = 0;
    let mut steps = Vec::new();
    for _ in 0..count {
        at_ms += chance.below(2 * pace_ms);
        // A night, now and then, in which nobody comes.
        if chance.happens(15) {
            at_ms += chance.within(6..=30) * 60 * MINUTE_MS;
        }
        steps.push(Step {
            at_ms,
            salt: chance.next(),
            what: drawn(chance, &tempers, all),
        });
    }
    steps
}

/// How often each happening is drawn under this seed: some never.
fn tempers(chance: &mut Chance) -> Vec<(Happening, u64)> {
    let calm = chance.below(12) == 0;
    let mut tempers = Vec::new();
    for (what, weight) in Happening::ALL {
        let left_out = if what.is_fault() { 500 } else { 150 };
        let kept = match what {
            // Without these two nothing ever happens.
            Happening::Lend | Happening::TakeBack => true,
            what if what.is_fault() && calm => false,
            _ => !chance.happens(left_out),
        };
        let weight = weight * chance.within(1..=4);
        tempers.push((what, if kept { weight } else { 0 }));
    }
    tempers
}

fn drawn(chance: &mut Chance, tempers: &[(Happening, u64)], all: u64) -> Happening {
    let mut left = chance.below(all);
    for (what, weight) in tempers {
        if left < *weight {
            return *what;
        }
        left -= weight;
    }
    Happening::Lend
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_happening_stands_in_the_list_once() {
        let listed: BTreeSet<Happening> = Happening::ALL.iter().map(|(what, _)| *what).collect();
        assert_eq!(listed.len(), Happening::ALL.len());
    }

    #[test]
    fn a_hundred_seeds_draw_everything_and_each_leaves_something_out() {
        let mut seen = BTreeSet::new();
        for seed in 0..100 {
            let plan = Plan::of(seed);
            let drawn: BTreeSet<Happening> = plan.steps.iter().map(|step| step.what).collect();
            assert!(drawn.len() < Happening::ALL.len(), "seed {seed}");
            assert!(plan.steps.is_sorted_by_key(|step| step.at_ms));
            seen.extend(drawn);
        }
        assert_eq!(seen.len(), Happening::ALL.len());
    }

    #[test]
    fn the_whole_fleet_is_among_the_worlds() {
        let sizes = (0..300).map(|seed| Plan::of(seed).size);
        assert!(
            sizes
                .into_iter()
                .any(|it| it.tablets == 100 && it.kiosks == 10)
        );
    }
}
