//! What must be there before anything is lent.

use shared::{
    command::{Action, AppointOperator, EnrolKiosk, EnrolTablet, ReleaseImage},
    digest::Digest,
    event::{Actor, Event},
    ids::{KioskId, OperatorId, VenueId},
    image::ImageId,
    keys::SecretKey,
    refusal::Refusal,
    tablet::{Custody, StateWord},
    venue::{Calendar, Venue, VenueKind},
};

use crate::{
    library::{
        Library,
        verbs::{day, enrolment, orders_reset, tablet},
    },
    world::{SELF_SERVICE, VENUE},
};

const NOWHERE: VenueId = VenueId::from_bytes([0x12; 16]);

fn venue(id: VenueId) -> Venue {
    Venue {
        id,
        name: "Demo Hub".into(),
        kind: VenueKind::Hub,
        calendar: Calendar {
            closures: [day("2026-12-25")].into(),
            ..Calendar::default()
        },
    }
}

fn operator(venues: Vec<VenueId>) -> Action {
    Action::AppointOperator(AppointOperator {
        operator: OperatorId::from_bytes([0x13; 16]),
        name: "Demo".into(),
        venues,
        badge: Digest::of(b"badge"),
    })
}

fn kiosk(venue: VenueId) -> Action {
    Action::EnrolKiosk(EnrolKiosk {
        kiosk: KioskId::from_bytes([0x14; 16]),
        venue,
        key: SecretKey::from_seed(&[1; 32]).public(),
    })
}

fn image(name: &[u8]) -> Action {
    Action::ReleaseImage(ReleaseImage {
        image: ImageId(Digest::of(name)),
        release: "2026.1".into(),
        withdraw_on: None,
    })
}

#[test]
fn what_is_not_there_yet_is_set_up_as_it_was_told() {
    let mut library = Library::with_tablets(0);
    let Venue {
        id,
        name,
        kind,
        calendar,
    } = venue(NOWHERE);
    let opened = Event::VenueOpened {
        venue: id,
        name,
        kind,
        calendar,
    };
    let place = Action::OpenVenue(venue(NOWHERE));
    assert_eq!(library.at(VENUE, place), Ok(vec![opened]));
    for action in [operator(vec![VENUE]), kiosk(VENUE), image(b"other")] {
        let told = format!("{action:?}");
        assert_eq!(library.does(action).len(), 1, "{told}");
    }
}

#[test]
fn what_is_there_is_not_set_up_again_and_what_is_not_is_not_named() {
    let mut library = Library::with_tablets(0);
    for (action, refusal) in [
        (Action::OpenVenue(venue(VENUE)), Refusal::AlreadyThere),
        (Action::ChangeVenue(venue(NOWHERE)), Refusal::VenueUnknown),
        (operator(vec![VENUE, NOWHERE]), Refusal::VenueUnknown),
        (kiosk(NOWHERE), Refusal::VenueUnknown),
        (image(b"image"), Refusal::AlreadyThere),
    ] {
        let told = format!("{action:?}");
        assert_eq!(library.at(VENUE, action), Err(refusal), "{told}");
    }
}

#[test]
fn a_place_changes_its_kind_and_calendar() {
    let mut library = Library::with_tablets(0);
    library.does(Action::ChangeVenue(venue(VENUE)));
    assert_eq!(library.venues[&VENUE].kind, VenueKind::Hub);
    assert_eq!(library.calendar(VENUE), venue(VENUE).calendar);
}

#[test]
fn only_operators_and_the_server_set_up() {
    let mut library = Library::with_tablets(0);
    for action in [
        Action::OpenVenue(venue(NOWHERE)),
        Action::ChangeVenue(venue(VENUE)),
        operator(vec![VENUE]),
        kiosk(VENUE),
        image(b"other"),
        enrolment(1),
    ] {
        let told = format!("{action:?}");
        let refused = library.by(SELF_SERVICE, action.clone());
        assert_eq!(refused, Err(Refusal::NeedsOperator), "{told}");
        let asked = library.by(Actor::Server, action);
        assert!(asked.is_ok(), "{told}");
    }
}

#[test]
fn an_enrolled_tablet_is_here_and_its_first_reset_is_ordered() {
    let mut library = Library::with_tablets(0);
    let events = library.does(enrolment(1));
    assert!(orders_reset(&events));
    assert_eq!(library.it(1).custody, Custody::AtVenue(VENUE));
    assert_eq!(library.it(1).epoch.0, 1);
    assert_eq!(library.it(1).order_counter, 1);
    assert_eq!(library.word(1), StateWord::Resetting);
    library.is_proven(1);
    library.goes_round(1);
    assert_eq!(library.it(1).order_counter, 2, "it only grows (R10)");
}

#[test]
fn a_tablet_that_cannot_be_enrolled_is_refused_with_what_is_wrong() {
    let change = |change: fn(&mut EnrolTablet)| {
        let Action::EnrolTablet(mut it) = enrolment(2) else {
            panic!("an enrolment");
        };
        change(&mut it);
        Action::EnrolTablet(it)
    };
    let mut library = Library::with_tablets(1);
    let taken = change(|it| it.number = "WGN-001".parse().expect("a number"));
    let same_id = change(|it| it.tablet = tablet(1));
    let serial = change(|it| it.serial = "S-001".into());
    let nowhere = change(|it| it.venue = NOWHERE);
    for (action, refusal) in [
        (taken, Refusal::NumberTaken),
        (same_id, Refusal::NumberTaken),
        (serial, Refusal::SerialTaken),
        (nowhere, Refusal::VenueUnknown),
    ] {
        assert_eq!(library.at(VENUE, action), Err(refusal));
    }
    library.image = None;
    assert_eq!(library.at(VENUE, enrolment(2)), Err(Refusal::NoImage));
}
