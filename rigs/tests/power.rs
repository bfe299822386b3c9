//! A share of the power cut rig that runs with every change, and the proof that the
//! rig finds what it looks for.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use rigs::power::{
    run::{Scene, scenes, sweep, try_first_start, try_scene},
    trial::{Found, Outcome},
    trouble::{Kind, Trouble},
    violation::Violation,
};

fn cut(scene: Scene, seed: u64, images: usize) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    try_scene(scene, seed, images, false, folder.path()).unwrap()
}

fn assert_kept(scene: Scene, seeds: std::ops::Range<u64>, images: usize) {
    for seed in seeds {
        let outcome = cut(scene, seed, images);
        if let Some(Found { place, violation }) = outcome.violation {
            panic!("{scene}, seed {seed}: {place}: {violation}");
        }
        assert_eq!(outcome.tally.images, images);
    }
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_of_the_server() {
    assert_kept(Scene::Server, 0..4, 40);
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_of_a_kiosk() {
    assert_kept(Scene::Kiosk, 0..6, 100);
}

#[test]
fn a_power_cut_while_an_older_database_is_brought_up_to_date_loses_nothing() {
    for scene in scenes().unwrap() {
        match scene {
            Scene::Server | Scene::Kiosk => {}
            Scene::ServerUpgrade(_) | Scene::KioskUpgrade(_) => assert_kept(scene, 0..1, 24),
        }
    }
}

#[test]
fn with_synchronous_normal_the_rig_finds_what_was_lost() {
    for (scene, images) in [(Scene::Server, 100), (Scene::Kiosk, 100)] {
        let folder = tempfile::tempdir().unwrap();
        let outcome = try_scene(scene, 0, images, true, folder.path()).unwrap();
        let found = outcome.violation.unwrap().violation;
        assert!(matches!(found, Violation::Lost { .. }), "{scene}: {found}");
    }
}

#[test]
fn trouble_at_any_operation_is_a_fault_of_the_whole_act_which_can_be_done_later() {
    let folder = tempfile::tempdir().unwrap();
    for (scene, seed) in [(Scene::Server, 1), (Scene::Kiosk, 2)] {
        let failed = sweep(scene, seed, folder.path());
        let failed = failed.unwrap_or_else(|found| panic!("{scene}: {found}"));
        assert!(failed > 50, "{scene}: {failed} acts failed");
    }
}

/// A store that could not be switched to its log must say so, and not work on in a
/// mode that keeps less.
#[test]
fn trouble_at_any_operation_of_the_first_start_loses_nothing_that_follows() {
    let folder = tempfile::tempdir().unwrap();
    for scene in [Scene::Server, Scene::Kiosk] {
        for spared in 0..8 {
            let (kind, lasts) = (Kind::WriteFails, false);
            let trouble = Trouble {
                kind,
                spared,
                lasts,
            };
            let outcome = try_first_start(scene, trouble, 12, folder.path());
            if let Some(Found { place, violation }) = outcome.violation {
                panic!("{scene}, {spared} spared: {place}: {violation}");
            }
            assert_eq!(outcome.tally.refused.writes, 1);
        }
    }
}

#[test]
fn the_same_seed_tries_the_same_cuts() {
    let (one, other) = (cut(Scene::Kiosk, 7, 60), cut(Scene::Kiosk, 7, 60));
    assert_eq!(one.tally, other.tally);
}
