//! Breadth first over every state that any order of acts can reach.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque, btree_map::Entry},
    sync::LazyLock,
};

use shared::{
    digest::Digest,
    dispute::{Decision, DisputeCause},
    event::Event,
    ids::{CommandId, DisputeId, LoanId, Nonce, OrderId},
    kit::Condition,
    loan::LoanState,
    signed::receipt::FailedStep,
    tablet::{Custody, Flag, Presence, ProofKind, Reset, StateWord, WithheldReason},
    time::Day,
};

use crate::world::{Act, Happening, OPERATOR, SELF_SERVICE, TABLET, VENUE, World, happened, image};

/// What tells two states apart, whatever their ids and times.
type Shape = (StateWord, String, Option<String>, bool);

fn shape(world: &World) -> Shape {
    let tablet = &world.tablet;
    let reset = match tablet.reset {
        Reset::Dirty => "dirty".to_owned(),
        Reset::Ordered(order) => format!("ordered after {}", order.failed_tries),
        Reset::Proven(_) => "proven".to_owned(),
        Reset::Failed { tries } => format!("failed {tries}"),
    };
    let last = tablet
        .last_return
        .map(|last| (last.presence, last.answered));
    let facts = format!(
        "{} {reset} {:?} {:?} {last:?} {}",
        custody(tablet.custody),
        tablet.flags,
        tablet.put_aside.is_some(),
        tablet.reported_back
    );
    let loan = world.current_loan().map(|loan| {
        format!(
            "{:?} {}",
            loan.state,
            tablet.custody == Custody::OnLoan(loan.id)
        )
    });
    (tablet.word(), facts, loan, world.open_dispute().is_some())
}

fn custody(custody: Custody) -> &'static str {
    match custody {
        Custody::AtVenue(_) => "at venue",
        Custody::OnLoan(_) => "on loan",
        Custody::InTransit(_) => "in transit",
        Custody::Missing => "missing",
        Custody::Lost => "lost",
        Custody::Withdrawn => "withdrawn",
        Custody::Gifted => "gifted",
    }
}

fn acts() -> Vec<Act> {
    let mut acts = vec![Act::CheckOut, Act::ReportBack, Act::StartReset];
    for (actor, presence) in [
        (OPERATOR, Presence::InHand),
        (SELF_SERVICE, Presence::StickerOnly),
        // A kiosk that claims more than it can know.
        (SELF_SERVICE, Presence::InHand),
    ] {
        for names_loan in [false, true] {
            let (missing, damaged) = (false, false);
            acts.push(Act::Return {
                actor,
                presence,
                names_loan,
                missing,
                damaged,
            });
        }
    }
    let (actor, presence, names_loan) = (OPERATOR, Presence::InHand, true);
    acts.push(Act::Return {
        actor,
        presence,
        names_loan,
        missing: true,
        damaged: false,
    });
    acts.push(Act::Return {
        actor,
        presence,
        names_loan,
        missing: false,
        damaged: true,
    });
    for (names_old_loan, clock_sure) in [(false, true), (false, false), (true, true)] {
        acts.push(Act::LateReturn {
            names_old_loan,
            clock_sure,
        });
    }
    acts.extend([true, false].map(|yes| Act::Answer { yes }));
    acts.extend([true, false].map(|fails| Act::Receipt { fails }));
    acts.extend(flags().map(Act::Clear));
    acts.extend(
        [
            Decision::ReturnedThen,
            Decision::StillOut,
            Decision::WriteOff,
        ]
        .map(Act::Close),
    );
    acts.extend(happenings().map(Act::Happens));
    acts
}

fn flags() -> [Flag; 4] {
    [
        Flag::PartMissing,
        Flag::Damaged,
        Flag::Withheld(WithheldReason::ResetFailed),
        Flag::Withheld(WithheldReason::ByStaff),
    ]
}

fn happenings() -> [Happening; 9] {
    [
        Happening::Sent,
        Happening::Received,
        Happening::MarkedMissing,
        Happening::MarkedLost,
        Happening::Withdrawn,
        Happening::Gifted,
        Happening::PutAside,
        Happening::PutAsideEnded,
        Happening::WithheldByStaff,
    ]
}

/// Facts about custody happen only to a tablet that they can happen to.
fn can_happen(world: &World, happening: Happening) -> bool {
    let at_venue = world.tablet.venue().is_some();
    match happening {
        Happening::Sent | Happening::PutAside | Happening::Withdrawn | Happening::Gifted => {
            at_venue
        }
        Happening::Received => matches!(world.tablet.custody, Custody::InTransit(_)),
        Happening::MarkedMissing | Happening::MarkedLost => !world.tablet.is_retired(),
        Happening::PutAsideEnded | Happening::WithheldByStaff => true,
    }
}

struct Explored {
    states: BTreeMap<Shape, World>,
    /// Which shapes an act leads to from each shape.
    steps: BTreeMap<Shape, BTreeSet<Shape>>,
}

fn explore(check: impl Fn(&World, Act, &World, &shared::decide::Decided)) -> Explored {
    let start = World::new();
    let mut explored = Explored {
        states: BTreeMap::new(),
        steps: BTreeMap::new(),
    };
    let mut queue = VecDeque::from([start.clone()]);
    explored.states.insert(shape(&start), start);
    while let Some(world) = queue.pop_front() {
        for act in acts() {
            if let Act::Happens(happening) = act
                && !can_happen(&world, happening)
            {
                continue;
            }
            let mut after = world.clone();
            let decided = after.act(act);
            check(&world, act, &after, &decided);
            let to = shape(&after);
            explored
                .steps
                .entry(shape(&world))
                .or_default()
                .insert(to.clone());
            if let Entry::Vacant(new) = explored.states.entry(to) {
                after.forget_what_is_over();
                queue.push_back(after.clone());
                new.insert(after);
            }
        }
    }
    explored
}

/// The states, reached once for every test that looks at them.
static STATES: LazyLock<Explored> = LazyLock::new(|| explore(|_, _, _, _| {}));

#[test]
fn r1_r2_r3_r19_hold_in_every_state_that_any_order_of_acts_reaches() {
    let explored = explore(|before, act, after, decided| {
        at_most_one_loan_is_open(after, act);
        only_a_receipt_proves(before, act, after);
        a_return_is_always_taken(before, act, after, decided);
        only_an_operators_hand_orders_a_reset(before, act, decided);
        a_check_out_needs_a_proof(before, act, decided);
        a_refusal_changes_nothing(before, after, decided);
    });
    println!("{} states", explored.states.len());
    assert!(
        explored.states.len() > 300,
        "only {} states",
        explored.states.len()
    );
}

fn at_most_one_loan_is_open(after: &World, act: Act) {
    let open = after.loans.iter().filter(|loan| loan.is_open()).count();
    assert!(open <= 1, "R1: {open} open loans after {act:?}");
    if let Custody::OnLoan(id) = after.tablet.custody {
        let loan = after
            .loans
            .iter()
            .find(|loan| loan.id == id)
            .expect("it was lent");
        let over = matches!(loan.state, LoanState::Closed { .. });
        assert!(!over, "on loan, but the loan is closed after {act:?}");
    }
}

fn only_a_receipt_proves(before: &World, act: Act, after: &World) {
    let newly = after.tablet.proof().is_some() && before.tablet.proof().is_none();
    assert!(
        !newly || act == Act::Receipt { fails: false },
        "R2: proven by {act:?}"
    );
}

fn a_return_is_always_taken(
    before: &World,
    act: Act,
    after: &World,
    decided: &shared::decide::Decided,
) {
    if let Act::LateReturn { .. } = act {
        assert!(
            decided.as_ref().is_ok_and(|events| !events.is_empty()),
            "R3: {act:?}"
        );
        let unmoved = after.tablet.custody == before.tablet.custody;
        let was_with_somebody = matches!(before.tablet.custody, Custody::OnLoan(_));
        assert!(
            unmoved || !was_with_somebody,
            "R6: a late return took a loan's tablet"
        );
    }
    let Act::Return { .. } = act else { return };
    assert!(
        decided.as_ref().is_ok_and(|events| !events.is_empty()),
        "R3: {act:?}"
    );
    let here = after.tablet.custody == Custody::AtVenue(VENUE);
    assert!(
        here || before.tablet.is_retired(),
        "R3: not at the venue after {act:?}"
    );
    let clean = after.tablet.proof().is_some();
    assert!(
        !clean || before.tablet.is_retired(),
        "a returned tablet is still thought clean"
    );
}

fn only_an_operators_hand_orders_a_reset(
    before: &World,
    act: Act,
    decided: &shared::decide::Decided,
) {
    let ordered = |event: &Event| matches!(event, Event::ResetOrdered { .. });
    if !decided
        .as_ref()
        .is_ok_and(|events| events.iter().any(ordered))
    {
        return;
    }
    let in_hand = match act {
        Act::Return {
            actor, presence, ..
        } => actor == OPERATOR && presence == Presence::InHand,
        Act::StartReset => before.tablet.waits_in_tray(),
        // Presence was proven for this epoch before the try that failed.
        Act::Receipt { fails } => fails,
        // Whoever had it in hand then has not now.
        Act::LateReturn { .. }
        | Act::CheckOut
        | Act::ReportBack
        | Act::Answer { .. }
        | Act::Clear(_)
        | Act::Close(_)
        | Act::Happens(_) => false,
    };
    assert!(in_hand, "R19: a reset was ordered by {act:?}");
    let on_loan = matches!(before.tablet.custody, Custody::OnLoan(_));
    assert!(
        !on_loan || matches!(act, Act::Return { .. }),
        "R9: on loan, by {act:?}"
    );
}

fn a_check_out_needs_a_proof(before: &World, act: Act, decided: &shared::decide::Decided) {
    if act == Act::CheckOut && decided.is_ok() {
        assert_eq!(before.tablet.word(), StateWord::Ready, "R2");
        assert!(before.tablet.proof().is_some(), "R2");
    }
}

fn a_refusal_changes_nothing(before: &World, after: &World, decided: &shared::decide::Decided) {
    if decided.is_err() {
        assert_eq!(before.tablet, after.tablet);
    }
}

#[test]
fn no_state_is_a_dead_end_but_leaving_the_fleet() {
    let explored = &*STATES;
    let mut alive: BTreeSet<&Shape> = explored
        .states
        .keys()
        .filter(|shape| shape.0 == StateWord::Ready)
        .collect();
    loop {
        let more: Vec<&Shape> = explored
            .states
            .keys()
            .filter(|shape| !alive.contains(shape))
            .filter(|shape| explored.steps[*shape].iter().any(|to| alive.contains(to)))
            .collect();
        if more.is_empty() {
            break;
        }
        alive.extend(more);
    }
    let gone = |shape: &Shape| matches!(shape.0, StateWord::Retired | StateWord::GivenAway);
    let dead: Vec<_> = explored
        .states
        .keys()
        .filter(|s| !alive.contains(s) && !gone(s))
        .collect();
    assert!(dead.is_empty(), "no way back to Ready from {dead:#?}");
}

#[test]
fn every_event_in_every_state_is_applied_without_fault_and_only_one_proves() {
    let explored = &*STATES;
    for world in explored.states.values() {
        for event in every_event(world) {
            let mut after = world.clone();
            after.take(std::slice::from_ref(&event), OPERATOR);
            let newly = after.tablet.proof().is_some() && world.tablet.proof().is_none();
            assert!(
                !newly || matches!(event, Event::ResetVerified { .. }),
                "R2: {event:?} proved a tablet"
            );
            assert!(after.tablet.epoch >= world.tablet.epoch, "epochs only grow");
            assert!(
                after.tablet.order_counter >= world.tablet.order_counter,
                "R10"
            );
        }
    }
}

fn every_event(world: &World) -> Vec<Event> {
    let tablet = TABLET;
    let loan = world
        .current_loan()
        .map_or(LoanId::from_bytes([50; 16]), |loan| loan.id);
    let (order, nonce) = (OrderId::from_bytes([51; 16]), Nonce::from_bytes([52; 16]));
    let (dispute, cause) = (
        DisputeId::from_bytes([53; 16]),
        DisputeCause::ReturnContested,
    );
    let (epoch, image) = (world.tablet.epoch, image());
    let due_on: Day = "2026-12-12".parse().expect("a day");
    let counter = world.tablet.order_counter + 1;
    let mut events: Vec<Event> = happenings().map(happened).to_vec();
    events.extend(flags().map(|flag| Event::FlagSet { tablet, flag }));
    events.extend(flags().map(|flag| Event::FlagCleared { tablet, flag }));
    for presence in [Presence::InHand, Presence::StickerOnly] {
        for loan in [None, Some(loan)] {
            events.push(Event::Returned {
                tablet,
                loan,
                venue: VENUE,
                presence,
                condition: Condition::Good,
            });
        }
    }
    let decision = Decision::ReturnedThen;
    let (kind, receipt) = (ProofKind::TabletProven, Digest::of(b"receipt"));
    events.extend([
        Event::CheckedOut {
            tablet,
            loan,
            venue: VENUE,
            due_on,
        },
        Event::ReturnCameLate {
            tablet,
            loan: None,
            venue: VENUE,
        },
        Event::RetiredTabletSeen {
            tablet,
            venue: VENUE,
        },
        Event::ReportedBack { tablet },
        Event::StillGotItAnswered { tablet, yes: true },
        Event::LoanReopened { tablet, loan },
        Event::DisputeRaised {
            dispute,
            cause,
            tablet,
            loan: Some(loan),
        },
        Event::DisputeClosed {
            dispute,
            tablet,
            loan: Some(loan),
            decision,
        },
        Event::ResetOrdered {
            tablet,
            order,
            epoch,
            nonce,
            counter,
            image,
        },
        Event::ResetVerified {
            tablet,
            order,
            epoch,
            image,
            kind,
            receipt,
        },
        Event::ResetFailed {
            tablet,
            order,
            tries: 1,
            why: FailedStep::Wipe,
        },
        Event::CommandIdReused {
            command: CommandId::from_bytes([54; 16]),
        },
    ]);
    events
}
