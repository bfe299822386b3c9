//! Tests of the made-up fleet.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::collections::BTreeMap;

use shared::{
    command::{Action, ReleaseImage},
    policy::Policy,
    signed::receipt::Scope,
    tablet::StateWord,
    time::Moment,
};

use super::{CARD, fill};
use crate::store::{Settings, Store, Work, tests::world};

fn now() -> Moment {
    "2026-11-22T13:00:00Z".parse().unwrap()
}

fn filled(tablets: u16) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let policy = Policy {
        proof_scopes: vec![Scope::Directory],
        ..Policy::default()
    };
    let data_key = [1; 32];
    let settings = Settings { policy, data_key };
    let mut store = Store::open(&folder.path().join("library.db"), settings).unwrap();
    let release = Action::ReleaseImage(ReleaseImage {
        image: world::image(),
        release: "2026.1".to_owned(),
        withdraw_on: None,
    });
    let command = world::empty().command(shared::event::Actor::Server, release);
    store.commit_batch(&[Work::new(command, now())]).unwrap();
    fill(&mut store, tablets, 7, now()).unwrap();
    (folder, store)
}

#[test]
fn a_fleet_of_97_is_in_all_the_states_that_the_page_was_sketched_with() {
    let (_folder, store) = filled(97);
    let fleet = store.read().fleet(now()).unwrap();
    let mut counts = BTreeMap::new();
    for row in &fleet {
        *counts.entry(row.word).or_insert(0) += 1;
    }
    let expected = [
        (StateWord::OnLoan, 47),
        (StateWord::NeedsAttention, 4),
        (StateWord::Resetting, 5),
        (StateWord::BackNotYetReset, 7),
        (StateWord::Ready, 34),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
    assert_eq!(fleet.iter().filter(|row| row.days_late > 0).count(), 4);
    assert_eq!(
        fleet
            .iter()
            .filter(|row| row.open_dispute.is_some())
            .count(),
        1
    );
    assert_eq!(fleet.iter().filter(|row| row.reported_back).count(), 1);
    assert!(fleet.iter().all(|row| row.last_seen_at.is_some()));
    let week_ago = now().plus_ms(-7 * 86_400_000);
    let silent = fleet.iter().filter(|row| row.last_seen_at < Some(week_ago));
    assert_eq!(silent.count(), 2);
    assert_eq!(fleet[0].number.to_string(), "WGN-004");
    assert_eq!(fleet[96].number.to_string(), "WGN-100");
    store.read().audit(&[]).unwrap();
}

#[test]
fn demo_b_has_no_tablet_yet() {
    let (_folder, store) = filled(30);
    let card = CARD.parse().unwrap();
    let borrower = store.read().borrower_by_card(&card).unwrap().unwrap();
    assert_eq!(
        (borrower.short_name.as_str(), borrower.open_loans),
        ("Demo B.", 0)
    );
}

#[test]
fn the_same_seed_makes_the_same_log() {
    let (_first, one) = filled(12);
    let (_second, other) = filled(12);
    let rows = |store: &Store| store.read().fleet(now()).unwrap();
    assert_eq!(rows(&one), rows(&other));
}

#[test]
fn a_small_fleet_is_of_its_size_too() {
    for tablets in [0, 1, 5] {
        let (_folder, store) = filled(tablets);
        assert_eq!(
            store.read().fleet(now()).unwrap().len(),
            usize::from(tablets)
        );
    }
}
