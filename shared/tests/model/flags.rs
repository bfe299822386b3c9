//! What people say of a tablet: its kit, what is missing, what is broken.

use std::collections::BTreeSet;

use shared::{
    command::{Action, ClearFlag, Relocate, ReportBack, Return, SetFlag, SetKit, Whither},
    event::Event,
    kit::{Condition, Kit, KitPart, standard},
    refusal::Refusal,
    tablet::{Flag, Flags, Presence, Reset, StateWord, WithheldReason},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, orders_reset, tablet},
    },
    world::{SELF_SERVICE, VENUE},
};

const BY_STAFF: Flag = Flag::Withheld(WithheldReason::ByStaff);
const RESET_FAILED: Flag = Flag::Withheld(WithheldReason::ResetFailed);

fn set(flag: Flag) -> Action {
    let tablet = tablet(1);
    Action::SetFlag(SetFlag { tablet, flag })
}

fn clear(flag: Flag) -> Action {
    let tablet = tablet(1);
    Action::ClearFlag(ClearFlag { tablet, flag })
}

/// A staffed return with these parts missing and this condition.
fn comes_back(
    library: &mut Library,
    missing: impl IntoIterator<Item = KitPart>,
    condition: Condition,
) -> Vec<Event> {
    library.does(Action::Return(Return {
        missing_parts: missing.into_iter().collect(),
        condition,
        ..Return::new(tablet(1), None, Presence::InHand)
    }))
}

#[test]
fn a_flag_is_set_once_and_cleared_once() {
    for flag in [Flag::PartMissing, Flag::Damaged, BY_STAFF] {
        let mut library = Library::with_tablets(1);
        assert_eq!(library.at(VENUE, clear(flag)), Err(Refusal::FlagNotSet));
        library.does(set(flag));
        assert_eq!(library.word(1), StateWord::NeedsAttention);
        assert_eq!(library.at(VENUE, set(flag)), Err(Refusal::AlreadyThere));
        library.does(clear(flag));
        assert_eq!(library.it(1).flags, Flags::default());
        assert_eq!(library.word(1), StateWord::Ready);
    }
}

#[test]
fn only_five_failed_tries_say_that_a_reset_failed() {
    let mut library = Library::with_tablets(1);
    let refused = library.at(VENUE, set(RESET_FAILED));
    assert_eq!(refused, Err(Refusal::AlreadyThere));
}

#[test]
fn one_reason_to_withhold_does_not_clear_another() {
    let mut library = Library::with_tablets(1);
    library.does(set(BY_STAFF));
    let refused = library.at(VENUE, clear(RESET_FAILED));
    assert_eq!(refused, Err(Refusal::FlagNotSet));
}

#[test]
fn clearing_what_is_no_withholding_begins_no_failed_reset_afresh() {
    let mut library = Library::with_tablets(1);
    library.takes_back(1);
    library.does(set(Flag::Damaged));
    for _ in 0..5 {
        library.fails(1);
    }
    assert_eq!(library.it(1).reset, Reset::Failed { tries: 5 });
    library.does(clear(Flag::Damaged));
    assert_eq!(library.it(1).reset, Reset::Failed { tries: 5 });
    library.does(clear(RESET_FAILED));
    assert_eq!(library.it(1).reset, Reset::Dirty);
}

#[test]
fn a_scan_of_a_tablet_whose_reset_failed_begins_nothing_until_somebody_has_looked() {
    let mut library = Library::with_tablets(1);
    library.takes_back(1);
    for _ in 0..5 {
        library.fails(1);
    }
    let before = (library.it(1).epoch, library.it(1).reset);
    let events = library.takes_back(1);
    assert!(!orders_reset(&events));
    assert_eq!((library.it(1).epoch, library.it(1).reset), before);
}

#[test]
fn what_left_the_fleet_is_neither_flagged_nor_given_a_kit() {
    let mut library = Library::with_tablets(1);
    let (tablet, whither) = (tablet(1), Whither::Withdrawn);
    library.does(Action::Relocate(Relocate { tablet, whither }));
    let word = StateWord::Retired;
    let kit = standard();
    for action in [
        set(Flag::Damaged),
        Action::SetKit(SetKit { tablet, kit }),
        Action::ReportBack(ReportBack { tablet }),
    ] {
        let refused = library.at(VENUE, action);
        assert_eq!(refused, Err(Refusal::Retired { word }));
    }
}

#[test]
fn only_an_operator_flags_and_sets_kits() {
    let mut library = Library::with_tablets(1);
    library.does(set(Flag::Damaged));
    let (tablet, kit) = (tablet(1), standard());
    for action in [
        set(Flag::PartMissing),
        clear(Flag::Damaged),
        Action::SetKit(SetKit { tablet, kit }),
    ] {
        let refused = library.by(SELF_SERVICE, action);
        assert_eq!(refused, Err(Refusal::NeedsOperator));
    }
}

#[test]
fn parts_that_are_not_there_are_missed_by_name() {
    let mut library = Library::with_tablets(1);
    comes_back(&mut library, [KitPart::Charger], Condition::Worn);
    assert!(library.it(1).flags.part_missing);
    assert!(!library.it(1).flags.damaged, "marks of use stop nobody");
    let missed = BTreeSet::from([KitPart::Charger]);
    assert_eq!(library.it(1).missing_parts, missed);

    // What was missed before is missed still, and flagged once.
    let parts = [KitPart::Charger, KitPart::Bag];
    let events = comes_back(&mut library, parts, Condition::Damaged);
    let again = Event::FlagSet {
        tablet: tablet(1),
        flag: Flag::PartMissing,
    };
    assert!(!events.contains(&again));
    let missed = BTreeSet::from([KitPart::Charger, KitPart::Bag]);
    assert_eq!(library.it(1).missing_parts, missed);
    assert!(library.it(1).flags.damaged);

    let events = comes_back(&mut library, [KitPart::Bag], Condition::Damaged);
    assert!(matches!(events[..], [Event::Returned { .. }]), "{events:?}");

    library.does(clear(Flag::PartMissing));
    assert!(library.it(1).missing_parts.is_empty(), "all of it is there");
}

#[test]
fn what_never_went_with_a_tablet_is_not_missed() {
    let mut library = Library::with_tablets(1);
    comes_back(&mut library, [KitPart::Keyboard], Condition::Good);
    assert_eq!(library.it(1).flags, Flags::default());
    assert!(library.it(1).missing_parts.is_empty());
}

#[test]
fn a_part_may_be_missing_without_its_name() {
    let mut library = Library::with_tablets(1);
    library.does(Action::Return(Return {
        part_missing: true,
        ..Return::new(tablet(1), None, Presence::InHand)
    }));
    assert!(library.it(1).flags.part_missing);
    assert!(library.it(1).missing_parts.is_empty());
}

#[test]
fn what_no_longer_belongs_to_a_tablet_is_not_missed() {
    let mut library = Library::with_tablets(1);
    let parts = [KitPart::Charger, KitPart::Bag];
    comes_back(&mut library, parts, Condition::Good);
    let (tablet, kit) = (tablet(1), Kit::from([KitPart::Bag, KitPart::Stylus]));
    let events = library.does(Action::SetKit(SetKit {
        tablet,
        kit: kit.clone(),
    }));
    let set = Event::KitSet {
        tablet,
        kit: kit.clone(),
    };
    assert_eq!(events, [set]);
    assert_eq!(library.it(1).kit, kit);
    let missed = BTreeSet::from([KitPart::Bag]);
    assert_eq!(library.it(1).missing_parts, missed);
}

#[test]
fn a_tablet_that_is_kept_for_somebody_is_freed_when_it_comes_in_damaged() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    let mut whole = library.clone();
    whole.comes_back(1);
    assert_eq!(
        whole.kept_for(hold),
        Some(tablet(1)),
        "a scan takes nothing"
    );
    comes_back(&mut library, [], Condition::Damaged);
    assert_eq!(library.it(1).put_aside, None);
    assert_eq!(library.kept_for(hold), None);
}

#[test]
fn a_tablet_that_is_kept_here_and_seen_elsewhere_is_kept_no_more() {
    let mut library = Library::with_tablets(1);
    let hold = library.waits(ANN);
    let back = Return::new(tablet(1), None, Presence::InHand);
    library.does_at(crate::library::verbs::ELSEWHERE, Action::Return(back));
    assert_eq!(library.it(1).put_aside, None);
    assert_eq!(library.kept_for(hold), None);
}
