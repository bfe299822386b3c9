//! Bad input: every command, with whatever values, in whatever order, at the edges of
//! the calendar. Nothing panics, no rule breaks, every fact is kept as it is read.

mod dice;

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};
use shared::{
    decide::Given,
    event::{Actor, Event, Origin, Recorded},
    ids::CommandId,
    refusal::Refusal,
    time::{Day, Moment},
    venue::{Calendar, Venue, VenueKind},
    wire::v1::event::{from_bytes, to_bytes},
};

use crate::{
    library::{
        Asked, Library,
        verbs::{ELSEWHERE, PARTNER, enrolment},
    },
    world::VENUE,
};
use dice::Dice;

const VENUES: [(shared::ids::VenueId, VenueKind); 3] = [
    (VENUE, VenueKind::Library),
    (ELSEWHERE, VenueKind::Hub),
    (PARTNER, VenueKind::Partner),
];

/// Instants at which clocks and calendars are at their worst.
const MOMENTS: [&str; 12] = [
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:59:59.999Z",
    "2026-03-29T00:59:59.999Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2026-12-31T23:59:59.999Z",
    "2028-02-08T12:00:00Z",
    "2028-02-29T23:30:00Z",
    "2026-06-30T23:30:00Z",
    "9998-12-10T12:00:00Z",
    "9998-12-31T23:59:59.999Z",
];

fn moment() -> impl Strategy<Value = Moment> {
    let worst = prop::sample::select(&MOMENTS[..]);
    let worst = worst.prop_map(|text| text.parse().expect("an instant"));
    let around = (worst, -120_000_i64..120_000).prop_map(|(at, ms): (Moment, _)| at.plus_ms(ms));
    prop_oneof![3 => around, 1 => any::<i64>().prop_map(Moment::from_ms)]
}

/// Closed on any days of the week, all of them among others, and for a month.
fn calendar() -> impl Strategy<Value = Calendar> {
    let weekdays = prop_oneof![
        4 => prop::collection::btree_set(0..7_u8, 0..7),
        1 => Just((0..7).collect::<BTreeSet<u8>>()),
    ];
    let closures = (moment(), 0..40_u16, 0..4_u16);
    (weekdays, closures).prop_map(|(closed_weekdays, (from, days, gap))| {
        let day = |ahead: u16| from.day().plus_days(ahead * (gap + 1));
        Calendar {
            closed_weekdays,
            closures: (0..days).map(day).collect(),
            ..Calendar::default()
        }
    })
}

/// A library at any time, with any opening days, and three tablets that are ready.
fn library() -> impl Strategy<Value = Library> {
    (moment(), vec(calendar(), 3)).prop_map(|(now, calendars)| {
        let mut library = Library::new(VENUES);
        library.now = now;
        for (venue, calendar) in library.venues.values_mut().zip(calendars) {
            venue.calendar = calendar;
        }
        for number in 1..=3 {
            library.does(enrolment(number));
            library.is_proven(number);
        }
        library
    })
}

/// So many throws of dice that any command can be made of them.
fn throws() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 24)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_order_of_commands_with_whatever_values_breaks_a_rule(
        mut library in library(),
        throws in vec(throws(), 1..300),
    ) {
        for throws in &throws {
            let mut dice = Dice::new(throws);
            library.now = library.now.plus_ms(dice.passing_ms());
            let asked = dice.asked(&library);
            let given = library.given_next(&asked, 0);
            let before = library.clone();
            match library.ask(&asked) {
                Ok(events) => holds(&before, &library, &asked, &given, &events),
                Err(refusal) => may_be_refused(&asked, refusal),
            }
            library.is_sound(&asked);
        }
    }

    #[test]
    fn r8_an_open_day_is_never_before_the_day_from_which_it_is_looked_for(
        calendar in calendar(),
        at in moment(),
    ) {
        let from = at.day();
        let due_on = calendar.open_on_or_after(from);
        prop_assert!(is_right(&calendar, due_on, from));
    }
}

/// R3: a return of any tablet is taken, known or not, wherever it is thought to be.
fn may_be_refused(asked: &Asked, refusal: Refusal) {
    let back = matches!(asked.action, shared::command::Action::Return(_));
    assert!(!back, "R3: {refusal:?}");
}

fn holds(before: &Library, after: &Library, asked: &Asked, given: &Given, events: &[Event]) {
    assert!(!events.is_empty(), "{asked:?} was taken and is no fact");
    for event in events {
        is_read_back(given, event);
        due_days_are_right(before, asked, given, event);
        is_kept_to_an_open_day(after, given, event);
    }
}

fn is_read_back(given: &Given, event: &Event) {
    let recorded = Recorded {
        server_seq: 7,
        origin: match given.actor {
            Actor::SelfService(kiosk) => Origin::Kiosk(kiosk),
            Actor::Tablet(tablet) => Origin::Tablet(tablet),
            Actor::Operator(_) | Actor::Server => Origin::Server,
        },
        origin_seq: given.clock_sure.then_some(u64::MAX),
        command: CommandId::from_bytes([0xff; 16]),
        actor: given.actor,
        venue: None,
        occurred_at: given.occurred_at,
        recorded_at: given.now,
        clock_sure: given.clock_sure,
        seen: u64::MAX,
        event: event.clone(),
    };
    let bytes = to_bytes(&recorded);
    let read = from_bytes(&bytes).unwrap_or_else(|fault| panic!("{event:?}: {fault}"));
    assert_eq!(read, recorded);
    assert_eq!(to_bytes(&read), bytes);
}

/// R8: never a day on which the venue is closed, never one that has passed, and after
/// a renewal never an earlier one than before.
fn due_days_are_right(before: &Library, asked: &Asked, given: &Given, event: &Event) {
    let known = if given.clock_sure {
        given.occurred_at
    } else {
        given.now
    };
    let here = before.calendar(asked.venue);
    if let Event::CheckedOut { due_on, .. } | Event::CheckOutCameLate { due_on, .. } = event {
        assert!(is_right(&here, *due_on, known.day()), "R8: {event:?}");
    }
    if let Event::Renewed { loan, due_on, .. } = event {
        let loan = &before.loans[loan];
        let there = before.calendar(loan.venue);
        assert!(is_right(&there, *due_on, known.day()), "R8: {event:?}");
        assert!(*due_on >= loan.due_on, "R8: {event:?}, before {loan:?}");
    }
}

fn is_kept_to_an_open_day(after: &Library, given: &Given, event: &Event) {
    let Event::PutAside { hold, until, .. } = event else {
        return;
    };
    let venue = after.hold(*hold).expect("it was placed").venue;
    let (there, today) = (after.calendar(venue), given.now.day());
    let right = until.is_some_and(|until| is_right(&there, until, today));
    assert!(right, "{event:?}");
}

/// An open day, or one where there is none to be had; and none that has passed.
fn is_right(calendar: &Calendar, due_on: Day, today: Day) -> bool {
    let last = Day::new(9998, 12, 31).expect("a day");
    let never_opens = |from: Day| (0..=366).all(|ahead| !calendar.is_open(from.plus_days(ahead)));
    let open = calendar.is_open(due_on) || due_on == last || never_opens(due_on);
    open && due_on >= today
}

/// A venue that is changed to what the dice say.
fn venue(id: shared::ids::VenueId, kind: VenueKind, calendar: Calendar) -> Venue {
    Venue {
        id,
        name: "Demo".into(),
        kind,
        calendar,
    }
}
