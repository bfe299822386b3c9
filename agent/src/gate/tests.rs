//! The gate over every state of a tablet's life, and over papers that are missing,
//! altered, another's or of before.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::fs;

use shared::{
    ids::{BootId, LoanId, Nonce, OrderId},
    image::ImageId,
    keys::SecretKey,
    signed::{order::ORDER_VALID_MS, receipt::FailedStep},
    time::Moment,
};

use super::*;
use crate::{
    disk::replace,
    orders::Sent,
    reset::{
        backend::Kind,
        journal::{Step, Tally},
    },
    trust::tests::{identity_of, keyring_of},
};

const RECEIPT: &[u8] = b"the receipt's envelope";

fn server() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn tablet() -> TabletId {
    TabletId::from_bytes([3; 16])
}

fn reset_order(counter: u64, epoch: u32) -> Order {
    let image = ImageId(Digest::of(b"image"));
    let nonce = Nonce::from_bytes([6; 16]);
    Order {
        order: OrderId::from_bytes([u8::try_from(counter).unwrap(); 16]),
        tablet: tablet(),
        epoch,
        counter,
        boot: BootId::from_bytes([4; 16]),
        heartbeat_seq: 1,
        valid_ms: ORDER_VALID_MS,
        task: Task::Reset {
            image,
            nonce,
            proof_key: SecretKey::from_seed(&[2; 32]).public(),
            new_keys: false,
        },
    }
}

fn loan_order(counter: u64, epoch: u32) -> Order {
    let task = Task::BeginLoan {
        loan: LoanId::from_bytes([5; 16]),
        due_on: "2026-12-12".parse().unwrap(),
        overridden: false,
    };
    Order {
        task,
        ..reset_order(counter, epoch)
    }
}

fn verdict(answer: Answer) -> Verdict {
    Verdict {
        tablet: tablet(),
        order: reset_order(7, 2).order,
        receipt: Digest::of(RECEIPT),
        answer,
    }
}

fn signed(document: &impl shared::signed::Document) -> Envelope {
    Envelope::sign(document, &server())
}

fn work(reported: Option<Reported>) -> Work {
    Work {
        kind: Kind::default(),
        begun: Begun::from(&reset_order(7, 2)),
        done: Step::Swept,
        started_at: Moment::from_ms(0),
        tally: Tally::default(),
        failed: None,
        reported,
        proven: None,
    }
}

/// The papers of a tablet that is ready.
pub fn ready() -> Papers {
    Papers {
        tablet: tablet(),
        trust: Trust::in_keyring(keyring_of(&server())),
        work: Some(work(Some(Reported::Verified))),
        receipt: Some(Digest::of(RECEIPT)),
        ordered: Some(signed(&reset_order(7, 2))),
        verdict: Some(signed(&verdict(Answer::Accepted))),
        loan: None,
        lock: None,
        lock_taken_up: None,
    }
}

/// The papers of a tablet whose reset is begun and not done.
pub fn at_work() -> Papers {
    let work = Some(work(None));
    Papers { work, ..ready() }
}

/// The papers of a tablet whose receipt the server has not answered.
pub fn unanswered() -> Papers {
    let verdict = None;
    Papers { verdict, ..ready() }
}

fn says(papers: &Papers, why: &str) {
    let shut = papers.decide().expect_err(why).to_string();
    assert!(shut.contains(why), "{shut}");
}

#[test]
fn the_gate_is_open_on_a_tablet_that_is_ready_or_on_loan() {
    assert_eq!(ready().decide().unwrap(), Open::Ready);
    let loan = Some(signed(&loan_order(7, 3)));
    let lent = Papers { loan, ..ready() };
    assert_eq!(lent.decide().unwrap(), Open::OnLoan);
    // Its borrower is not shut out where the server's word on the receipt was lost.
    let verdict = None;
    let lent = Papers { verdict, ..lent };
    assert_eq!(lent.decide().unwrap(), Open::OnLoan);
}

#[test]
fn a_tablet_just_enrolled_a_reset_at_work_and_a_failure_keep_it_shut() {
    let enrolled = Papers {
        work: None,
        receipt: None,
        ordered: None,
        verdict: None,
        ..ready()
    };
    says(&enrolled, "never reset");
    let work_at = |reported| Papers {
        work: Some(work(reported)),
        ..ready()
    };
    says(&work_at(None), "not done");
    let failed = Some(Reported::Failed(FailedStep::Wipe));
    says(&work_at(failed), "failed");
}

#[test]
fn without_the_servers_word_that_it_took_this_very_receipt_it_stays_shut() {
    let verdict_of = |verdict: Option<Verdict>| Papers {
        verdict: verdict.map(|it| signed(&it)),
        ..ready()
    };
    says(&verdict_of(None), "not answered");
    says(&verdict_of(Some(verdict(Answer::Noted))), "did not take");
    let code = "withheld".to_owned();
    let refused = verdict(Answer::Refused { code });
    says(&verdict_of(Some(refused)), "did not take");
    let taken = || verdict(Answer::Accepted);
    let others = [
        Verdict {
            tablet: TabletId::from_bytes([9; 16]),
            ..taken()
        },
        Verdict {
            order: OrderId::from_bytes([9; 16]),
            ..taken()
        },
        Verdict {
            receipt: Digest::of(b"another"),
            ..taken()
        },
    ];
    for other in others {
        says(&verdict_of(Some(other)), "another receipt");
    }
    let stranger = SecretKey::from_seed(&[9; 32]);
    let forged = Papers {
        verdict: Some(Envelope::sign(&taken(), &stranger)),
        ..ready()
    };
    says(&forged, "is not");
}

#[test]
fn an_order_to_reset_shuts_it_before_the_reset_is_begun() {
    let ordered_by = |ordered: Option<Envelope>| Papers {
        ordered,
        loan: Some(signed(&loan_order(7, 3))),
        ..ready()
    };
    says(&ordered_by(Some(signed(&reset_order(8, 3)))), "ordered");
    let stranger = SecretKey::from_seed(&[9; 32]);
    let unsigned = Envelope::sign(&reset_order(7, 2), &stranger);
    says(&ordered_by(Some(unsigned)), "is not");
    assert!(ordered_by(None).decide().is_ok());
}

#[test]
fn a_loan_of_before_the_last_reset_opens_nothing() {
    let unproven = |loan: Order| Papers {
        verdict: None,
        loan: Some(signed(&loan)),
        ..ready()
    };
    for loan in [loan_order(7, 2), loan_order(7, 1), loan_order(6, 3)] {
        says(&unproven(loan), "not answered");
    }
    let another = Order {
        tablet: TabletId::from_bytes([9; 16]),
        ..loan_order(7, 3)
    };
    says(&unproven(another), "not answered");
    says(&unproven(reset_order(7, 3)), "not answered");
    let stranger = SecretKey::from_seed(&[9; 32]);
    let forged = Papers {
        loan: Some(Envelope::sign(&loan_order(7, 3), &stranger)),
        ..unproven(loan_order(7, 2))
    };
    says(&forged, "is not");
}

/// What was lent is not taken for ready, nor its home for one that nobody used.
#[test]
fn where_the_word_on_the_last_loan_is_not_the_servers_it_is_shut_and_its_home_is_hidden() {
    let stranger = SecretKey::from_seed(&[9; 32]);
    let forged = Papers {
        loan: Some(Envelope::sign(&loan_order(7, 3), &stranger)),
        ..ready()
    };
    assert!(ready().is_as_reset() && !forged.is_as_reset());
    says(&forged, "is not");
    let (_folder, place) = ready_directory();
    fs::write(place.link_dir().join(LOAN), "{").unwrap();
    assert!(matches!(look(&place), Err(Shut::Damaged(LOAN))));
}

#[test]
fn a_lost_tablet_is_shut_until_the_servers_later_word() {
    let word = |task| Order {
        task,
        ..reset_order(7, 2)
    };
    let message = "Please ring 01632 960 101".to_owned();
    let locked = |order: &Order| Papers {
        lock: Some(signed(order)),
        loan: Some(signed(&loan_order(7, 3))),
        ..ready()
    };
    let lock = word(Task::Lock { message });
    says(&locked(&lock), "marked lost");
    assert!(locked(&word(Task::Unlock)).decide().is_ok());
    // Whoever takes over `run` cannot take away what `reset` took up.
    let taken_away = Papers {
        lock: None,
        lock_taken_up: Some(signed(&lock)),
        ..locked(&lock)
    };
    says(&taken_away, "marked lost");
    let unlock = Order {
        counter: 8,
        ..word(Task::Unlock)
    };
    let found_since = Papers {
        lock: Some(signed(&unlock)),
        ..taken_away.clone()
    };
    assert!(found_since.decide().is_ok());
    let earlier = Order {
        counter: 6,
        ..unlock
    };
    let put_back = Papers {
        lock: Some(signed(&earlier)),
        ..taken_away
    };
    says(&put_back, "marked lost");
    let anothers = Order {
        tablet: TabletId::from_bytes([9; 16]),
        ..word(Task::Unlock)
    };
    says(&locked(&anothers), "damaged");
    says(&locked(&reset_order(7, 2)), "damaged");
    let forged = Envelope::sign(&word(Task::Unlock), &SecretKey::from_seed(&[99; 32]));
    let forged = Papers {
        lock: Some(forged),
        ..ready()
    };
    assert!(forged.decide().is_err());
}

#[test]
fn r2_after_a_failed_reset_only_a_loan_by_an_operators_own_word_opens() {
    let overridden = || {
        let mut order = loan_order(7, 3);
        if let Task::BeginLoan { overridden, .. } = &mut order.task {
            *overridden = true;
        }
        order
    };
    let lent = |order: Order, reported| Papers {
        work: Some(work(reported)),
        loan: Some(signed(&order)),
        ..ready()
    };
    let failed = Some(Reported::Failed(FailedStep::Verify));
    assert_eq!(lent(overridden(), failed).decide().unwrap(), Open::OnLoan);
    says(&lent(loan_order(7, 3), failed), "failed");
    says(&lent(overridden(), None), "not done");
}

/// A directory that plays a tablet which is ready.
pub fn ready_directory() -> (tempfile::TempDir, Place) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path()).unwrap();
    let mut proof_disk = place.proof_disk().unwrap();
    let identity = identity_of(&server());
    identity::save(&mut proof_disk, &identity).unwrap();
    let mut journal = Journal::open(proof_disk).unwrap();
    let begun = Begun::from(&reset_order(7, 2));
    journal.begin(begun, Moment::from_ms(0)).unwrap();
    let verified = work(Some(Reported::Verified));
    journal.reported(verified, Digest::of(RECEIPT)).unwrap();
    let mut link_disk = place.link_disk().unwrap();
    let handed = Handed {
        order: Envelope::sign(&reset_order(7, 2), &server()),
        heartbeat: Sent { seq: 1, at_ms: 0 },
    };
    let handed = serde_json::to_vec(&handed).unwrap();
    replace(&mut link_disk, ORDER, &handed).unwrap();
    let taken = Envelope::sign(&verdict(Answer::Accepted), &server());
    replace(&mut link_disk, VERDICT, &taken.to_json()).unwrap();
    (folder, place)
}

#[test]
fn with_any_byte_of_a_paper_altered_the_gate_is_shut_or_nothing_it_rests_on_changed() {
    let (_folder, place) = ready_directory();
    assert_eq!(look(&place).unwrap(), Open::Ready);
    let papers = [
        place.proof_dir().join("journal.a"),
        place.proof_dir().join("journal.b"),
        place.link_dir().join(VERDICT),
    ];
    for path in papers {
        let whole = fs::read(&path).unwrap();
        let hint = server().public().id().to_string();
        // The short name of a key is only a hint: the signature is what counts.
        let text = String::from_utf8_lossy(&whole).into_owned();
        let harmless = text.find(&hint).map(|at| at..at + hint.len());
        // Behind its end a record's slot is blank.
        for at in 0..whole.trim_ascii_end().len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            fs::write(&path, &altered).unwrap();
            let is_harmless = harmless.as_ref().is_some_and(|it| it.contains(&at));
            assert!(is_harmless || look(&place).is_err(), "{path:?}, byte {at}");
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(look(&place).unwrap(), Open::Ready);
}

#[test]
fn whatever_paper_is_missing_or_no_plain_file_the_gate_is_shut() {
    for (of_proof, name) in [
        (true, identity::FILE),
        (true, "journal.b"),
        (false, VERDICT),
    ] {
        let (_folder, place) = ready_directory();
        let folder = if of_proof {
            place.proof_dir()
        } else {
            place.link_dir()
        };
        fs::remove_file(folder.join(name)).unwrap();
        assert!(look(&place).is_err(), "{name}");
        fs::create_dir(folder.join(name)).unwrap();
        assert!(look(&place).is_err(), "{name}");
    }
    let (_folder, place) = ready_directory();
    fs::write(place.link_dir().join(ORDER), "{}").unwrap();
    assert!(matches!(look(&place), Err(Shut::Damaged(ORDER))));
}

#[test]
fn to_ask_the_gate_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path()).unwrap();
    assert!(matches!(look(&place), Err(Shut::NotEnrolled)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
