//! A small share of the simulation, and that its reference model is awake: worlds
//! that are broken on purpose are caught, by the rule that they break.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::thread;

use rigs::sim::{
    bug::Bug,
    campaign::{self, Failure},
    ground::Ground,
    model::Rule,
    plan::Plan,
    shrink::shortest,
    story::Telling,
    world::{Outcome, World},
};

fn run(seed: u64, bug: Option<Bug>, ground: &Ground) -> Outcome {
    World::run(Plan::of(seed), Telling::Whole, bug, ground).unwrap()
}

#[test]
fn no_seed_of_some_dozens_breaks_a_rule() {
    let report = campaign::run(0..24, threads(), &|_| {}).unwrap();
    let failures = report.failures.iter();
    let failures = failures.map(|it| format!("seed {}: {}", it.seed, it.violation));
    assert_eq!(failures.collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!((report.seeds, report.unsteady), (24, Vec::new()));
    let counts = report.counts;
    assert!(counts.faults() > 100, "{}", counts.told_faults());
}

#[test]
fn a_seed_run_twice_tells_the_same_story() {
    let (first, second) = (Ground::lay().unwrap(), Ground::lay().unwrap());
    for seed in [3, 7, 11] {
        let (first, second) = (run(seed, None, &first), run(seed, None, &second));
        assert!(
            first.story.lines().len() > 50,
            "seed {seed} tells too little"
        );
        assert_eq!(first.story.to_string(), second.story.to_string());
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// One of some seeds under which this fault of the product shows.
fn caught(bug: Bug) -> Failure {
    let found = campaign::caught(0..400, threads(), bug).unwrap();
    found.unwrap_or_else(|| panic!("{bug:?} is never caught"))
}

#[test]
fn every_broken_world_is_caught_by_the_rule_that_it_breaks() {
    for bug in Bug::ALL {
        let Failure { seed, violation } = caught(bug);
        println!("{bug:?}: seed {seed}: {violation}");
        let rules: &[Rule] = match bug {
            Bug::ForgottenIds => &[Rule::R4],
            Bug::NewIdAtEachTry => &[Rule::R4, Rule::R6],
            Bug::ThanksTooEarly | Bug::LostWrites => &[Rule::R5],
            Bug::ProofWithoutWipe => &[Rule::R2],
            Bug::ReadyTooEarly => &[Rule::R11],
            Bug::ResetWithoutPresence => &[Rule::R19],
            // Whose hold it is shows in who may have the tablet, and in how many
            // holds one borrower has.
            Bug::WrongName => &[Rule::R7, Rule::Limit],
            Bug::OneForTwo | Bug::WipeTooEarly => &[Rule::R9],
        };
        assert!(rules.contains(&violation.rule), "{bug:?}: {violation}");
    }
}

#[test]
fn the_story_of_a_failure_is_cut_down_to_what_it_needs() {
    let ground = Ground::lay().unwrap();
    let bug = Some(Bug::ResetWithoutPresence);
    let Failure { seed, violation } = caught(Bug::ResetWithoutPresence);
    let whole = Plan::of(seed);
    let short = shortest(whole.clone(), violation.rule, bug, &ground).unwrap();
    // Somebody shows a sticker, or brings back what was lent.
    assert!(short.steps.len() <= 2, "{:?}", short.steps);
    assert!(short.steps.len() < whole.steps.len());
    let again = World::run(short, Telling::Whole, bug, &ground).unwrap();
    assert_eq!(again.violation.map(|it| it.rule), Some(violation.rule));
}
