//! What is kept besides commands: codes, tags, calls, heartbeats, keys, doubts.

use anyhow::Result;
use server::store::{Code, CodeFor, Forgetting, KeptKey, Reader, Restored};
use shared::{
    data_use::Interface,
    digest::Digest,
    head::Head,
    ids::{BootId, OrderId},
    tablet::Reset,
    tag::Tag,
    wire::v1::{
        agent::{AgentState, Heartbeat, ModemReading},
        kiosk::Gap,
    },
};

use super::World;
use crate::{
    dice::Dice,
    power::server::{
        Act,
        council::{
            BORROWERS, KIOSKS, OPERATORS, VENUES, borrower_id, card, enrolment, tablet_id,
            tablet_number,
        },
        verb::{Again, Verb},
    },
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl World {
    pub(super) fn a_borrower(dice: &mut Dice) -> Act {
        let number = dice.number(BORROWERS);
        verb("keeping a borrower", Again::Same, move |store| {
            let name = format!("Demo {number}.");
            store.add_borrower(borrower_id(number), &name, &card(number))
        })
    }

    pub(super) fn a_code(&mut self, dice: &mut Dice) -> Act {
        let hash = Digest::from_bytes(dice.bytes());
        self.codes.push(hash);
        let number = self.tablets + 1;
        let code = Code {
            hash,
            whom: CodeFor::Tablet {
                tablet: tablet_id(number),
                number: tablet_number(number),
                venue: VENUES[0],
                tag: enrolment(number).tag,
            },
            expires_at: self.now.plus_ms(900_000),
        };
        verb("keeping a one-time code", Again::Else, move |store| {
            store.add_code(&code)
        })
    }

    pub(super) fn a_tag(&self, dice: &mut Dice) -> Act {
        let number = dice.number(self.tablets);
        let tag = Tag::new(tablet_number(number), dice.bytes());
        verb("keeping a tag", Again::Else, move |store| {
            store.keep_tag(tablet_id(number), &tag)
        })
    }

    pub(super) fn a_call(&self, dice: &mut Dice) -> Result<Act> {
        let caller = tablet_id(dice.number(self.tablets)).to_string();
        let seq = u64::try_from(dice.below(20))?;
        let said = Again::Says("false");
        Ok(verb("noting a request's number", said, move |store| {
            Ok(store.advance_caller(&caller, seq)?.is_ok())
        }))
    }

    pub(super) fn a_heartbeat(&self, dice: &mut Dice) -> Result<Act> {
        let (tablet, now) = (tablet_id(dice.number(self.tablets)), self.now);
        let heartbeat = heartbeat(dice)?;
        Ok(verb("keeping a heartbeat", Again::Else, move |store| {
            store.heard(tablet, &heartbeat, now)
        }))
    }

    /// As if it were done so much later that something is too old.
    pub(super) fn forgetting(&self) -> Act {
        let later = self.now.plus_ms(40 * DAY_MS);
        let words = "forgetting old heartbeats";
        verb(words, Again::Else, move |store| {
            store.forget_old_telemetry(Forgetting::begin(later))
        })
    }

    /// What a tablet is answered with: an order that waits, or one of no tablet.
    pub(super) fn an_order(&self, read: &Reader, dice: &mut Dice) -> Result<Act> {
        let mut order = (tablet_id(1), OrderId::from_bytes(dice.bytes()));
        for tablet in (1..=self.tablets).map(tablet_id) {
            let reset = read.tablet(tablet)?.map(|tablet| tablet.reset);
            if let Some(Reset::Ordered(waits)) = reset {
                order = (tablet, waits.order);
            }
        }
        let (tablet, order) = order;
        let words = "keeping that an order is sent";
        Ok(verb(words, Again::Same, move |store| {
            store.deliver(tablet, order)
        }))
    }

    pub(super) fn a_key(&self, dice: &mut Dice) -> Act {
        let key = KeptKey {
            digest: Digest::from_bytes(dice.bytes()),
            operator: OPERATORS[0],
            made_at: self.now,
            expires_at: self.now.plus_ms(DAY_MS),
        };
        if dice.one_in(4) {
            return verb("revoking keys", Again::Says("0"), move |store| {
                store.revoke_operator_keys(key.operator, key.made_at)
            });
        }
        verb("keeping a key", Again::Else, move |store| {
            store.add_operator_key(&key)
        })
    }

    /// A kiosk says that it knows another log, or that it has lost facts of its own.
    pub(super) fn a_doubt(&self, read: &Reader, dice: &mut Dice) -> Result<Act> {
        let (kiosk, now) = (*dice.of(&KIOSKS), self.now);
        let (seq, hash) = (1, Digest::from_bytes(dice.bytes()));
        let head = Head { seq, hash };
        let first = read.kiosk_facts_taken(kiosk)? + 1;
        let gap = Gap {
            first,
            last: first + 2,
            series: read.kiosk_series(kiosk)?.series,
        };
        Ok(match dice.below(4) {
            // In a series that began since, it would be another gap.
            0 => verb("noting a gap", Again::Else, move |store| {
                store.note_gap(kiosk, gap, now)
            }),
            1 => verb("settling doubts", Again::Else, move |store| {
                store.settle_doubts(now)
            }),
            2 => verb("noting a restore", Again::Else, move |store| {
                let (restored_at, made_at) = (now, now.plus_ms(-DAY_MS));
                store.note_restored(&Restored {
                    restored_at,
                    made_at,
                    head,
                })
            }),
            _ => verb("noting a denied head", Again::Says("false"), move |store| {
                store.note_denied(kiosk, head, now)
            }),
        })
    }
}

fn verb<T: std::fmt::Debug>(
    words: &'static str,
    again: Again,
    run: impl Fn(&mut server::store::Store) -> Result<T, server::store::Fault> + 'static,
) -> Act {
    Act::Verb(Verb::new(words, again, run))
}

fn heartbeat(dice: &mut Dice) -> Result<Heartbeat> {
    let interface: Interface = "wwan0".parse()?;
    let moved = u64::try_from(dice.below(1 << 30))?;
    Ok(Heartbeat {
        seq: u64::try_from(dice.below(1000))?,
        boot: BootId::from_bytes([dice.number(2); 16]),
        state: *dice.of(&[AgentState::OnLoan, AgentState::Resetting, AgentState::Ready]),
        epoch: 1,
        order_counter: 1,
        battery_percent: Some(dice.number(100)),
        charging: None,
        storage_free_bytes: Some(1 << 30),
        image: None,
        staged: None,
        last_used_ms_ago: None,
        answer: None,
        believes: None,
        agent_version: "rig".to_owned(),
        modem: (!dice.one_in(4)).then_some(ModemReading {
            interface,
            rx_bytes: moved,
            tx_bytes: moved / 10,
        }),
    })
}
