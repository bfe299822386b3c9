//! Whether a tablet can be lent, and what somebody should know before it goes out:
//! pure, each reason a code with its parameters. Only what the rules refuse is a
//! refusal; the rest is a warning to staff, and what nobody knows is said so.

use crate::{
    decide::check_out::check_tablet,
    policy::Policy,
    refusal::Refusal,
    tablet::{StateWord, Tablet},
    time::{Day, Moment},
};

/// A battery below this should be charged first, in percent.
pub const BATTERY_MIN: u8 = 60;

/// How long a tablet may say nothing before somebody should look for it.
pub const SILENT_MS: i64 = 7 * DAY_MS;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Something that is known, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// It is known.
    Known(T),
    /// Nobody has said.
    NotKnown,
}

impl<T> From<Option<T>> for Fact<T> {
    fn from(known: Option<T>) -> Self {
        known.map_or(Self::NotKnown, Self::Known)
    }
}

/// How a tablet's SIM stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimState {
    /// The tablet has none.
    None,
    /// It has data left.
    Enough,
    /// Most of its data are used.
    NearlyUsed,
    /// Its contract has ended.
    Ended,
}

/// What may be known of a tablet besides its own facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The time.
    pub now: Moment,
    /// From this day on the image that it was proven on lends no more.
    pub image_withdraw_on: Option<Day>,
    /// Charge of its battery in percent.
    pub battery_percent: Fact<u8>,
    /// When its agent was last heard.
    pub last_seen_at: Fact<Moment>,
    /// How its SIM stands.
    pub sim: Fact<SimState>,
    /// The last day on which its charger's electrical check holds.
    pub charger_checked_until: Fact<Day>,
}

/// What somebody should know before a tablet goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// Its battery is low.
    BatteryLow {
        /// How full it is.
        percent: u8,
    },
    /// Its agent has said nothing for long.
    Silent {
        /// For so many whole days.
        days: u32,
    },
    /// Its SIM's contract has ended.
    SimEnded,
    /// Most of its SIM's data are used.
    DataNearlyUsed,
    /// Its charger's electrical check is out of date.
    ChargerCheckDue {
        /// Since the day after this one.
        until: Day,
    },
}

/// What can be known of a tablet or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matter {
    /// How full its battery is.
    Battery,
    /// Whether its agent works.
    Agent,
    /// How its SIM stands.
    Sim,
    /// Whether its charger was checked.
    ChargerCheck,
}

/// Whether a tablet can be lent to anybody who comes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The word that people see.
    pub word: StateWord,
    /// What the rules refuse it for.
    pub refusals: Vec<Refusal>,
    /// What should be known first.
    pub warnings: Vec<Warning>,
    /// What nobody knows.
    pub not_known: Vec<Matter>,
}

impl Readiness {
    /// How ready this tablet is.
    pub fn of(tablet: &Tablet, policy: &Policy, facts: &Facts) -> Self {
        let (day, withdrawn) = (facts.now.day(), facts.image_withdraw_on);
        let refused = check_tablet(tablet, false, withdrawn, policy, day).err();
        let mut it = Self {
            word: tablet.word(),
            refusals: refused.into_iter().collect(),
            warnings: Vec::new(),
            not_known: Vec::new(),
        };
        it.look(Matter::Battery, facts.battery_percent, battery);
        // Where none runs, nobody waits for a word of it.
        if tablet.keys.is_some() {
            it.look(Matter::Agent, facts.last_seen_at, |at| {
                silent(at, facts.now)
            });
        }
        it.look(Matter::Sim, facts.sim, sim);
        let charger = facts.charger_checked_until;
        it.look(Matter::ChargerCheck, charger, |until| {
            charger_due(until, day)
        });
        it
    }

    fn look<T>(&mut self, matter: Matter, fact: Fact<T>, warn: impl Fn(T) -> Option<Warning>) {
        match fact {
            Fact::Known(known) => self.warnings.extend(warn(known)),
            Fact::NotKnown => self.not_known.push(matter),
        }
    }
}

fn battery(percent: u8) -> Option<Warning> {
    (percent < BATTERY_MIN).then_some(Warning::BatteryLow { percent })
}

fn silent(seen_at: Moment, now: Moment) -> Option<Warning> {
    let ms = now.as_ms() - seen_at.as_ms();
    let days = u32::try_from(ms / DAY_MS).unwrap_or(u32::MAX);
    (ms >= SILENT_MS).then_some(Warning::Silent { days })
}

const fn sim(state: SimState) -> Option<Warning> {
    match state {
        SimState::None | SimState::Enough => None,
        SimState::NearlyUsed => Some(Warning::DataNearlyUsed),
        SimState::Ended => Some(Warning::SimEnded),
    }
}

fn charger_due(until: Day, today: Day) -> Option<Warning> {
    (today > until).then_some(Warning::ChargerCheckDue { until })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Moment {
        "2026-11-26T10:00:00Z".parse().expect("a test's own time")
    }

    fn facts() -> Facts {
        Facts {
            now: now(),
            image_withdraw_on: None,
            battery_percent: Fact::Known(BATTERY_MIN),
            last_seen_at: Fact::Known(now().plus_ms(1 - SILENT_MS)),
            sim: Fact::Known(SimState::Enough),
            charger_checked_until: Fact::Known(now().day()),
        }
    }

    fn tablet() -> Tablet {
        use crate::{digest::Digest, ids, image::ImageId, keys::SecretKey, kit, tablet::*};
        let key = SecretKey::from_seed(&[1; 32]).public();
        Tablet {
            id: ids::TabletId::from_bytes([1; 16]),
            number: "WGN-042".parse().expect("a number"),
            serial: "SN-042".to_owned(),
            model: "Demo tablet".to_owned(),
            tag: Digest::of(b"tag"),
            keys: Some(TabletKeys {
                link: key,
                proof: key,
            }),
            renew_keys: false,
            custody: Custody::AtVenue(ids::VenueId::from_bytes([1; 16])),
            custody_since: now(),
            epoch: Epoch(1),
            reset: Reset::Proven(Proof {
                image: ImageId(Digest::of(b"image")),
                kind: ProofKind::TabletProven,
                receipt: Digest::of(b"receipt"),
                proven_at: now(),
            }),
            order_counter: 1,
            flags: Flags::default(),
            put_aside: None,
            last_return: None,
            reported_back: false,
            kit: kit::standard(),
            missing_parts: kit::Kit::new(),
            lent_by_override: None,
            lock: None,
            in_doubt: false,
        }
    }

    fn of(facts: &Facts) -> Readiness {
        Readiness::of(&tablet(), &Policy::default(), facts)
    }

    #[test]
    fn a_tablet_of_which_all_is_well_has_nothing_against_it() {
        let ready = of(&facts());
        assert_eq!(ready.word, StateWord::Ready);
        assert_eq!((ready.refusals, ready.warnings), (vec![], vec![]));
        assert_eq!(ready.not_known, []);
    }

    #[test]
    fn each_thing_that_should_be_known_is_a_warning_and_refuses_nothing() {
        let cases = [
            (
                Facts {
                    battery_percent: Fact::Known(59),
                    ..facts()
                },
                Warning::BatteryLow { percent: 59 },
            ),
            (
                Facts {
                    last_seen_at: Fact::Known(now().plus_ms(-SILENT_MS)),
                    ..facts()
                },
                Warning::Silent { days: 7 },
            ),
            (
                Facts {
                    sim: Fact::Known(SimState::Ended),
                    ..facts()
                },
                Warning::SimEnded,
            ),
            (
                Facts {
                    sim: Fact::Known(SimState::NearlyUsed),
                    ..facts()
                },
                Warning::DataNearlyUsed,
            ),
            (
                Facts {
                    charger_checked_until: Fact::Known(now().day().minus_days(1)),
                    ..facts()
                },
                Warning::ChargerCheckDue {
                    until: now().day().minus_days(1),
                },
            ),
        ];
        for (facts, warning) in cases {
            let ready = of(&facts);
            assert_eq!(ready.warnings, [warning]);
            assert_eq!((ready.refusals, ready.not_known), (vec![], vec![]));
        }
    }

    #[test]
    fn what_nobody_knows_is_said_and_is_no_warning() {
        let ready = of(&Facts {
            battery_percent: Fact::NotKnown,
            last_seen_at: Fact::NotKnown,
            sim: Fact::NotKnown,
            charger_checked_until: Fact::NotKnown,
            ..facts()
        });
        assert_eq!(ready.warnings, []);
        let all = [
            Matter::Battery,
            Matter::Agent,
            Matter::Sim,
            Matter::ChargerCheck,
        ];
        assert_eq!(ready.not_known, all);
    }

    #[test]
    fn nobody_waits_for_a_word_of_a_tablet_without_an_agent() {
        let mut it = tablet();
        it.keys = None;
        for last_seen_at in [Fact::NotKnown, Fact::Known(now().plus_ms(-SILENT_MS))] {
            let facts = Facts {
                last_seen_at,
                battery_percent: Fact::NotKnown,
                ..facts()
            };
            let ready = Readiness::of(&it, &Policy::default(), &facts);
            let told = (ready.warnings, ready.not_known);
            assert_eq!(told, (vec![], vec![Matter::Battery]));
        }
    }

    #[test]
    fn a_tablet_without_a_sim_has_no_word_about_one() {
        let sim = Fact::Known(SimState::None);
        let ready = of(&Facts { sim, ..facts() });
        assert_eq!((ready.warnings, ready.not_known), (vec![], vec![]));
    }

    #[test]
    fn what_the_rules_refuse_a_check_out_for_is_the_refusal() {
        let since = now().day();
        let image_withdraw_on = Some(since);
        let ready = of(&Facts {
            image_withdraw_on,
            ..facts()
        });
        assert_eq!(ready.refusals, [Refusal::ImageWithdrawn { since }]);
        let mut aside = tablet();
        aside.put_aside = Some(crate::ids::HoldId::from_bytes([1; 16]));
        let ready = Readiness::of(&aside, &Policy::default(), &facts());
        assert_eq!(ready.refusals, [Refusal::PutAside]);
    }
}
