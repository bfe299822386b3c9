//! What a tablet needs next: a pure function of one row of the fleet.

use lang::Key;
use shared::{
    lost::Suspension,
    readiness::SILENT_MS,
    tablet::{Flags, ProofKind, StateWord, WithheldReason},
    time::Moment,
    wire::v1::agent::AgentState,
};

use super::failed;
use crate::store::{FleetRow, VouchedBy};

fn is_silent(row: &FleetRow, now: Moment) -> bool {
    // One that was never heard is silent since it came here; one that cannot speak never is.
    let heard_at = row.last_seen_at.unwrap_or(row.since);
    row.vouched_by == VouchedBy::Itself
        && row.word.is_looked_after()
        && now.as_ms() - heard_at.as_ms() >= SILENT_MS
}

/// What to do next, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// What to do.
    pub key: Key,
    /// A few words more, a sentence each.
    pub small: Vec<Key>,
    /// A person has to do something.
    pub act: bool,
}

const fn act(key: Key) -> Next {
    Next {
        key,
        small: Vec::new(),
        act: true,
    }
}

const fn wait(key: Key) -> Next {
    Next {
        key,
        small: Vec::new(),
        act: false,
    }
}

impl Next {
    fn small(mut self, key: Key) -> Self {
        self.small.push(key);
        self
    }

    fn maybe(mut self, key: Option<Key>) -> Self {
        self.small.extend(key);
        self
    }
}

/// What this tablet needs next.
pub fn next(row: &FleetRow, now: Moment) -> Next {
    if row.open_dispute.is_some() {
        return act(Key::NextDispute).small(Key::NextDisputeSmall);
    }
    if row.reported_back {
        return act(Key::NextReported).small(Key::NextReportedSmall);
    }
    let silent = is_silent(row, now);
    match row.word {
        StateWord::OnLoan => next_on_loan(row.days_late > 0, silent),
        StateWord::NeedsAttention => next_flagged(row),
        StateWord::BackNotYetReset => act(Key::NextStart),
        StateWord::Resetting | StateWord::Ready if silent => act(Key::NextSilentHere),
        StateWord::Resetting => next_resetting(row),
        StateWord::Ready => next_ready(row.proof.map(|proof| proof.kind)),
        StateWord::Missing => act(Key::NextMissing),
        StateWord::Travelling => wait(Key::NextTravelling),
        StateWord::PutAside => wait(Key::NextPutAside),
        StateWord::Lost => next_lost(row, now),
        StateWord::Retired | StateWord::GivenAway => wait(Key::NextGone),
    }
}

/// What has no agent waits for somebody else's word.
/// The lock first, and the SIM only after it; where nothing hears of a lock, at once.
fn next_lost(row: &FleetRow, now: Moment) -> Next {
    if row.vouched_by != VouchedBy::Itself && row.lock.is_some_and(|lock| lock.locked) {
        return act(Key::NextLostSim).small(Key::NextLostNoAgent);
    }
    let answers_locked = row.agent_state == Some(AgentState::Locked);
    let suspension = row
        .lock
        .and_then(|lock| lock.suspension(answers_locked, now));
    match suspension {
        None => wait(Key::NextGone),
        Some(Suspension::Wait { .. }) => wait(Key::NextLost).small(Key::NextLostLockSent),
        Some(Suspension::AfterItsAnswer) => act(Key::NextLostSim).small(Key::NextLostLocked),
        Some(Suspension::AfterTheDeadline) => act(Key::NextLostSim).small(Key::NextLostSilent),
    }
}

const fn next_on_loan(late: bool, silent: bool) -> Next {
    match (late, silent) {
        (true, true) => act(Key::NextCallSilent),
        (true, false) => act(Key::NextCall),
        (false, true) => act(Key::NextSilentOut),
        (false, false) => wait(Key::NextOnLoan),
    }
}

/// A try that failed is ordered again by itself.
fn next_resetting(row: &FleetRow) -> Next {
    match (row.vouched_by, row.failed_at) {
        (VouchedBy::Itself, None) => wait(Key::NextResetting).small(Key::NextResettingSmall),
        (VouchedBy::Itself, Some(step)) => wait(Key::NextResetting)
            .small(Key::NextResettingAgain)
            .small(failed::what(step))
            .maybe(row.not_taken.map(failed::why_not_taken)),
        (VouchedBy::Manager, _) => wait(Key::NextManager).small(Key::NextManagerSmall),
        (VouchedBy::Person, _) => act(Key::NextConfirm).small(Key::NextConfirmSmall),
        (VouchedBy::Nobody, _) => act(Key::NextNobody).small(Key::NextNobodySmall),
    }
}

fn next_flagged(row: &FleetRow) -> Next {
    match row.flags {
        Flags {
            part_missing: true, ..
        } => act(Key::NextPartMissing),
        Flags { damaged: true, .. } => act(Key::NextDamaged),
        Flags {
            withheld: Some(WithheldReason::ByStaff),
            ..
        } => act(Key::NextWithheld),
        Flags {
            withheld: Some(WithheldReason::ResetFailed) | None,
            ..
        } => next_failed(row),
    }
}

/// Five tries have failed: what the last one came to says where to look.
fn next_failed(row: &FleetRow) -> Next {
    let Some(step) = row.failed_at else {
        return act(Key::NextResetFailed).small(Key::NextResetFailedSmall);
    };
    let (to_do, then) = failed::to_do(step, row.not_taken);
    act(to_do)
        .small(failed::what(step))
        .maybe(row.not_taken.map(failed::why_not_taken))
        .maybe(then)
}

/// Only what a tablet proved itself is told as proven.
fn next_ready(proof: Option<ProofKind>) -> Next {
    let ready = wait(Key::NextReady);
    match proof {
        Some(ProofKind::TabletProven) => ready.small(Key::NextReadyTablet),
        Some(ProofKind::ManagerReported) => ready.small(Key::NextReadyFleet),
        Some(ProofKind::PersonConfirmed) => ready.small(Key::NextReadyPerson),
        None => ready,
    }
}

#[cfg(test)]
mod recount;
#[cfg(test)]
mod tests {
    use lang::Catalogue;
    use shared::{
        digest::Digest,
        ids::TabletId,
        image::ImageId,
        lost::{self, Lock},
        refusal::Refusal,
        signed::{SignedError, receipt::FailedStep},
        tablet::Proof,
    };

    use super::*;

    const NOW: &str = "2026-12-12T12:00:00Z";

    fn now() -> Moment {
        NOW.parse().expect("a test's own instant")
    }

    fn row(word: StateWord) -> FleetRow {
        FleetRow {
            tablet: TabletId::from_bytes([1; 16]),
            number: "WGN-042".parse().expect("a number"),
            serial: "SN-042".to_owned(),
            model: "Demo tablet".to_owned(),
            word,
            since: now(),
            venue: Some("Leigh".to_owned()),
            borrower: None,
            flags: Flags::default(),
            failed_tries: 0,
            failed_at: None,
            not_taken: None,
            proof: None,
            last_receipt: None,
            may_be_confirmed: false,
            vouched_by: VouchedBy::Itself,
            lock: None,
            loan: None,
            due_on: None,
            days_late: 0,
            waits_in_tray: false,
            reported_back: false,
            lent_by_override: None,
            put_aside_until: None,
            open_dispute: None,
            last_seen_at: Some(now()),
            agent_state: None,
            battery_percent: None,
        }
    }

    fn said(row: &FleetRow) -> String {
        let catalogue = Catalogue::english();
        let next = next(row, now());
        let all = std::iter::once(next.key).chain(next.small);
        let said: Vec<_> = all.map(|key| catalogue.say(key)).collect();
        said.join(" ")
    }

    #[test]
    fn a_lost_tablets_sim_is_left_alone_until_it_answered_or_had_a_day_to() {
        let now: Moment = NOW.parse().expect("a test's own instant");
        let said = |lost_ms_ago: i64, agent_state: Option<AgentState>| {
            let lost = FleetRow {
                lock: Some(Lock::after(None, true, now.plus_ms(-lost_ms_ago))),
                agent_state,
                ..row(StateWord::Lost)
            };
            next(&lost, now)
        };
        let sent = said(1, Some(AgentState::OnLoan));
        assert_eq!((sent.key, sent.act), (Key::NextLost, false));
        let locked = said(1, Some(AgentState::Locked));
        assert_eq!(locked, act(Key::NextLostSim).small(Key::NextLostLocked));
        for state in [None, Some(AgentState::OnLoan)] {
            let silent = said(lost::ANSWER_MS, state);
            assert_eq!(silent, act(Key::NextLostSim).small(Key::NextLostSilent));
        }
    }

    fn proven(kind: ProofKind) -> FleetRow {
        let digest = Digest::of(b"");
        let proof = Proof {
            image: ImageId(digest),
            kind,
            receipt: digest,
            proven_at: now(),
        };
        FleetRow {
            proof: Some(proof),
            ..row(StateWord::Ready)
        }
    }

    #[test]
    fn only_what_a_tablet_proved_itself_is_told_so() {
        let own = "It checked itself, file by file.";
        assert_eq!(
            said(&proven(ProofKind::TabletProven)),
            format!("Lend it {own}")
        );
        for kind in [ProofKind::ManagerReported, ProofKind::PersonConfirmed] {
            let said = said(&proven(kind));
            assert!(!said.contains(own) && !said.contains("proven"), "{said}");
        }
    }

    fn failed(word: StateWord, failed_at: Option<FailedStep>) -> FleetRow {
        let withheld = (word == StateWord::NeedsAttention).then_some(WithheldReason::ResetFailed);
        FleetRow {
            flags: Flags {
                withheld,
                ..Flags::default()
            },
            failed_at,
            ..row(word)
        }
    }

    #[test]
    fn a_tablet_whose_reset_did_not_work_says_at_which_step_and_what_to_do() {
        let doctor = "Type on it: tablet-agent doctor";
        for (step, to_do, what) in [
            (
                FailedStep::Image,
                "Leave it on Wi-Fi and plugged in",
                "What tablets are reset to was not on it whole.",
            ),
            (
                FailedStep::Wipe,
                "Restart it, and let nobody use it",
                "Something on it was in use, or could not be deleted.",
            ),
            (
                FailedStep::Restore,
                "Restart it. See if its storage is full or broken",
                "Something could not be written to it.",
            ),
            (
                FailedStep::Verify,
                "Have its storage looked at",
                "Read again, it was not as it should be.",
            ),
            (
                FailedStep::Policy,
                doctor,
                "Something outside the home was left on it.",
            ),
            (
                FailedStep::Settings,
                doctor,
                "Its own settings are not right.",
            ),
        ] {
            let withheld = failed(StateWord::NeedsAttention, Some(step));
            assert!(next(&withheld, now()).act);
            let then = "Then take its mark off, and start its reset again.";
            assert_eq!(said(&withheld), format!("{to_do} {what} {then}"));
            // It is tried again by itself, and nobody has to do anything yet.
            let again = failed(StateWord::Resetting, Some(step));
            assert!(!next(&again, now()).act);
            assert!(said(&again).ends_with(&format!("It is trying again. {what}")));
        }
        let unknown = failed(StateWord::NeedsAttention, None);
        assert_eq!(
            said(&unknown),
            "Look at it by hand Its reset did not work five times."
        );
    }

    #[test]
    fn a_tablet_whose_proof_was_not_taken_says_why_and_one_that_is_a_stranger_is_enrolled_again() {
        let what = "It says that it is clean, and its proof was not taken.";
        let ask = "Ask whoever runs the server";
        for (refusal, to_do, why) in [
            (
                Refusal::ReceiptNotSigned(SignedError::BadSignature),
                "Enrol it again",
                "The proof is not signed with the key by which we know this tablet.",
            ),
            (
                Refusal::ReceiptOfAnotherTablet,
                "Enrol it again",
                "The proof names another tablet or serial number.",
            ),
            (
                Refusal::ReceiptWrongImage,
                ask,
                "The proof is about something else than it was to be reset to.",
            ),
            (
                Refusal::ReceiptWrongScope,
                ask,
                "The proof is about a folder, and not about a whole tablet.",
            ),
            (
                Refusal::ReceiptWrongKeys,
                ask,
                "The new keys in the proof are not made as they should be.",
            ),
            (
                Refusal::ReceiptWrongNonce,
                ask,
                "The proof does not fit its order.",
            ),
        ] {
            let withheld = FleetRow {
                not_taken: Some(refusal),
                ..failed(StateWord::NeedsAttention, Some(FailedStep::Proof))
            };
            let then = "Then take its mark off, and start its reset again.";
            let then = if to_do == ask { then } else { "" };
            let expected = format!("{to_do} {what} {why} {then}");
            assert_eq!(said(&withheld), expected.trim_end());
            let again = FleetRow {
                not_taken: Some(refusal),
                ..failed(StateWord::Resetting, Some(FailedStep::Proof))
            };
            assert!(said(&again).ends_with(&format!("{what} {why}")));
        }
    }

    #[test]
    fn a_tablet_is_silent_after_a_week_unless_nobody_expects_to_hear_of_it() {
        let week_ago = Some(now().plus_ms(-SILENT_MS));
        for word in StateWord::ALL {
            let heard = FleetRow {
                last_seen_at: week_ago,
                ..row(word)
            };
            let gone = matches!(
                word,
                StateWord::Retired | StateWord::GivenAway | StateWord::Lost
            );
            assert_eq!(is_silent(&heard, now()), !gone, "{word:?}");
            assert!(!is_silent(&row(word), now()));
        }
    }

    #[test]
    fn one_that_was_never_heard_is_silent_a_week_after_it_came() {
        let since = now().plus_ms(-SILENT_MS);
        let last_seen_at = None;
        let old = FleetRow {
            since,
            last_seen_at,
            ..row(StateWord::Ready)
        };
        assert!(is_silent(&old, now()));
        let new = FleetRow {
            since: now(),
            ..old
        };
        assert!(!is_silent(&new, now()));
    }

    #[test]
    fn a_tablet_without_an_agent_waits_for_somebodys_word_and_is_never_silent() {
        for (vouched_by, expected) in [
            (VouchedBy::Person, (Key::NextConfirm, true)),
            (VouchedBy::Manager, (Key::NextManager, false)),
            (VouchedBy::Nobody, (Key::NextNobody, true)),
        ] {
            let waits = |word| FleetRow {
                vouched_by,
                since: now().plus_ms(-4 * SILENT_MS),
                last_seen_at: None,
                ..row(word)
            };
            let resetting = waits(StateWord::Resetting);
            let next = next(&resetting, now());
            assert_eq!((next.key, next.act), expected);
            assert!(!said(&resetting).contains("itself"), "it clears nothing");
            for word in StateWord::ALL {
                assert!(!is_silent(&waits(word), now()), "{word:?}");
            }
        }
    }

    #[test]
    fn a_lost_tablet_that_nothing_can_lock_leaves_its_sim_to_be_stopped_at_once() {
        let lost = FleetRow {
            vouched_by: VouchedBy::Person,
            lock: Some(Lock::after(None, true, now())),
            ..row(StateWord::Lost)
        };
        let found = act(Key::NextLostSim).small(Key::NextLostNoAgent);
        assert_eq!(next(&lost, now()), found);
    }

    #[test]
    fn every_state_says_what_to_do_next() {
        for word in StateWord::ALL {
            assert!(!said(&row(word)).is_empty(), "{word:?}");
        }
    }
}
