//! The role that speaks to the server: one blocking loop. What to do is decided by
//! `duty`; here it is carried out, in the order given.

mod link_keys;
mod carry_out;
mod wait;

use std::{
    collections::{BTreeSet, VecDeque},
    io::{ErrorKind, Write as _},
    time::Duration,
};

use anyhow::{Context, Result};
use shared::{ids::CommandId, signed::presence::PresenceCode};

use crate::{
    chance,
    clock::Clock,
    disk::{
        folder::Folder,
        reserve,
        slots::{Slots, SlotsError},
    },
    duty::{Duty, Input, Known, Life, Record},
    enrol::STATE,
    identity::{self, Identity},
    images::Images,
    link::{Link, back_off},
    orders::{Begun, LOAN, LOCK, NEW_LINK_KEY, ORDER, VERDICT},
    own_keys::{LINK_KEY, OwnKeys},
    place::Place,
    probe,
    reset::receipt,
    screen::Screen,
    settings::{Calls, Settings},
    trust::{self, KEYRINGS},
};
use link_keys::LinkKeys;
use wait::Waiter;

/// How `run` goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// One heartbeat and what follows from its answer, then end.
    pub once: bool,
    /// Never wait longer than this between two calls, in milliseconds.
    pub every_ms: Option<u64>,
}

/// Whether the last turn reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Every call was answered.
    Answered,
    /// A call came to nothing.
    Unanswered,
}

/// When to call if the server has not said.
const CALL_IN_MS: u64 = 15 * 60_000;

struct Running {
    place: Place,
    identity: Identity,
    clock: Clock,
    link: Link,
    known_by: LinkKeys,
    duty: Duty,
    slots: Slots<Folder>,
    images: Images,
    screen: Screen<Folder>,
    calls: Calls,
    charging: Option<bool>,
    call_in_ms: Option<u64>,
    unanswered: bool,
}

/// Runs until it is ended, or for one turn.
pub fn run(place: Place, options: Options) -> Result<Turn> {
    let waiter = Waiter::on(&place)?;
    let mut running = Running::start(place)?;
    let mut faults = 0_u32;
    loop {
        let turn = running.turn()?;
        if options.once {
            return Ok(turn);
        }
        faults = match turn {
            Turn::Answered => 0,
            Turn::Unanswered => faults.saturating_add(1),
        };
        let is_asked = running.duty.record().asked.is_some();
        let delay_ms = running.delay_ms(faults, options)?;
        running.link.rests(Duration::from_millis(delay_ms));
        waiter.wait(delay_ms, is_asked, || running.show_code())?;
    }
}

/// Prints one line for a thing that happened.
pub fn say(line: impl std::fmt::Display) -> Result<()> {
    writeln!(std::io::stdout(), "{line}").context("printing")
}

/// The record of `run`, and whether the newest was lost.
pub fn record(disk: Folder) -> Result<(Slots<Folder>, Record)> {
    let (slots, loaded) = Slots::open(disk, STATE)?;
    let loaded = loaded.ok_or(SlotsError::Damaged(STATE))?;
    let record: Record =
        serde_json::from_slice(&loaded.body).map_err(|_| SlotsError::Damaged(STATE))?;
    if loaded.fell_back {
        say("one copy of the state was damaged: the other is used")?;
        return Ok((slots, record.fallen_back()));
    }
    Ok((slots, record))
}

/// A borrower can fill the disk, and the tablet must be reset all the same: the room in
/// which a role writes these is taken before.
pub fn take_room(disk: &mut Folder, names: &[&str]) -> Result<()> {
    for name in names {
        match reserve(disk, name) {
            Err(why) if why.kind() == ErrorKind::StorageFull => {
                say(format_args!(
                    "the disk is full: no room can be kept for {name}"
                ))?;
            }
            reserved => reserved.with_context(|| format!("keeping room for {name}"))?,
        }
    }
    Ok(())
}

/// What `run` writes for the privileged half.
const WRITTEN_BY_RUN: [&str; 6] = [ORDER, VERDICT, LOAN, LOCK, NEW_LINK_KEY, KEYRINGS];

/// How often the server is called. Where what was set is not right the tablet calls as if
/// nothing were: a silent one could neither be found nor locked. Nothing is reset before
/// it is right, and the receipt says so.
fn calls(place: &Place) -> Result<Calls> {
    match Settings::load(place) {
        Ok(settings) => Ok(settings.calls),
        Err(why) => {
            say(format_args!(
                "{why}\nthe server is called as if nothing were set"
            ))?;
            Ok(Calls::default())
        }
    }
}

impl Running {
    fn start(place: Place) -> Result<Self> {
        let disk = place.link_disk()?;
        let identity = identity::load(&disk)?
            .context("this tablet is not enrolled. Enrol it: `tablet-agent enrol --help`")?;
        let keys = OwnKeys::new(disk.clone(), LINK_KEY);
        let clock = Clock::system()?;
        take_room(&mut disk.clone(), &WRITTEN_BY_RUN)?;
        let keyring = trust::keyring(&disk, &identity.keyring)?;
        let (mut slots, record) = record(disk)?;
        // The other copy stands for one that was lost, and must not be fallen back to again.
        slots.save(&serde_json::to_vec(&record)?)?;
        let images = Images::below(&place.link_dir());
        let at_hand: BTreeSet<_> = images.whole()?.into_iter().collect();
        let known = Known {
            tablet: identity.tablet,
            boot: clock.boot(),
            keyring,
        };
        Ok(Self {
            clock,
            link: Link::to(&identity.server)?,
            known_by: LinkKeys::new(identity.tablet.to_string(), keys)?,
            duty: Duty::new(known, record, at_hand),
            slots,
            images,
            screen: Screen::on(place.screen_disk()?, place.answers_disk()?),
            calls: calls(&place)?,
            charging: None,
            call_in_ms: None,
            unanswered: false,
            identity,
            place,
        })
    }

    /// Takes up what is unfinished, then sends a heartbeat.
    fn turn(&mut self) -> Result<Turn> {
        self.call_in_ms = None;
        self.unanswered = false;
        self.known_by.turn()?;
        self.person()?;
        match self.receipt_of_the_order_at_work()? {
            Some(receipt) => self.handle(receipt)?,
            None => self.handle(Input::Turn)?,
        }
        let beat = self.beat();
        self.handle(beat)?;
        self.have_taken_up()?;
        if self.unanswered {
            return Ok(Turn::Unanswered);
        }
        Ok(Turn::Answered)
    }

    /// It is time for a heartbeat.
    fn beat(&mut self) -> Input {
        let readings = probe::read(&self.place, &self.clock);
        self.charging = readings.charging;
        Input::Beat(readings)
    }

    fn handle(&mut self, input: Input) -> Result<()> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in self.duty.handle(input, self.clock.monotonic_ms()) {
                inputs.extend(self.carry_out(effect)?);
            }
        }
        Ok(())
    }

    fn person(&mut self) -> Result<()> {
        let Some(answer) = self.screen.answer()? else {
            return Ok(());
        };
        let id = CommandId::from_bytes(chance::bytes()?);
        let (loan, yes) = (answer.loan, answer.yes);
        self.handle(Input::PersonAnswered { id, loan, yes })?;
        kill_point::reached("agent:person-answered");
        Ok(self.screen.clear_answer()?)
    }

    /// The session is about to show that the tablet is here (R19). The server need not
    /// be there for it.
    fn show_code(&mut self) -> Result<()> {
        let (tablet, now) = (self.identity.tablet, self.clock.wall());
        let code = PresenceCode::sign(tablet, now, &self.known_by.caller.key);
        carry_out::shown(self.screen.show_code(&code, now))
    }

    fn delay_ms(&self, faults: u32, options: Options) -> Result<u64> {
        let chance = chance::number()?;
        let asked_ms = self.call_in_ms.unwrap_or(CALL_IN_MS);
        let asked_ms = asked_ms.min(self.calls.at_most_ms(self.charging));
        let delay_ms = match faults {
            0 => back_off::with_jitter(asked_ms, chance),
            faults => back_off::after_faults(faults, chance),
        };
        Ok(delay_ms.min(options.every_ms.unwrap_or(u64::MAX)))
    }

    /// What `reset` left for the order at work, if it is done.
    fn receipt_of_the_order_at_work(&self) -> Result<Option<Input>> {
        let record = self.duty.record();
        let begun = match (&record.life, &record.last_reset) {
            (Life::Dirty { .. }, Some(begun)) => begun,
            (
                Life::New
                | Life::OnLoan { .. }
                | Life::Dirty { .. }
                | Life::Reported(_)
                | Life::Ready
                | Life::Failed,
                _,
            ) => return Ok(None),
        };
        let Some(receipt) = self.receipt_for(begun)? else {
            return Ok(None);
        };
        Ok(Some(Input::ResetEnded { receipt }))
    }

    /// The newest receipt, if it is for this order.
    fn receipt_for(&self, begun: &Begun) -> Result<Option<Vec<u8>>> {
        let Some(key) = begun.proof_key() else {
            return Ok(None);
        };
        let newest = receipt::newest(&self.place.receipts_disk()?, &key)?;
        let ours = newest.filter(|(_, read)| read.order == begun.order);
        Ok(ours.map(|(bytes, _)| bytes))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use serde::Serialize;
    use shared::{
        ids::TabletId,
        keys::SecretKey,
        signed::request::{HEADER, Stamp},
        time::Moment,
        wire::v1::agent::{Enrolled, HeartbeatAnswer},
    };

    use super::*;
    use crate::{
        enrol::{Asked, enrol},
        link::double::{Play, Server, kept},
        trust::tests::keyring_of,
    };

    fn says(it: &impl Serialize) -> Play {
        kept(200, &serde_json::to_vec(it).unwrap())
    }

    fn answer() -> Play {
        says(&HeartbeatAnswer {
            now: Moment::from_ms(0),
            next_call_ms: 60_000,
            keyrings: Vec::new(),
            order: None,
            stage: None,
            ask: None,
            loan: None,
        })
    }

    #[test]
    fn a_heartbeat_that_was_lost_with_its_connection_is_sent_again_under_a_new_number() {
        let key = SecretKey::from_seed(&[1; 32]);
        let server_key = key.public();
        let enrolled = says(&Enrolled {
            tablet: TabletId::from_bytes([1; 16]),
            number: "WGN-042".parse().unwrap(),
            server_key,
            keyring: keyring_of(&key).begin(&key),
        });
        let lost = vec![answer(), Play::HangsUp];
        let server = Server::playing(vec![vec![enrolled], lost, vec![answer()]]);
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        let asked = Asked {
            server: server.address.clone(),
            code: "CODE".into(),
            fingerprint: server_key.fingerprint().to_string(),
            serial: "S1".into(),
            model: "M1".into(),
        };
        enrol(&place, &asked).unwrap();
        let mut running = Running::start(place).unwrap();
        for _ in 0..2 {
            assert_eq!(running.turn().unwrap(), Turn::Answered);
        }
        let beats = server.requests().into_iter().skip(1).map(|request| {
            let stamp: Stamp = request.header(HEADER).unwrap().parse().unwrap();
            stamp.seq
        });
        assert_eq!(beats.collect::<Vec<_>>(), [1, 2, 3]);
    }
}
