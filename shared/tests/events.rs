//! Every event kind of the released log formats, byte for byte: the log keeps these
//! bytes for ever, so a change here is a new version, never an edit.

use std::collections::BTreeSet;

use shared::{
    event::Event,
    wire::v1::event::{EventError, from_bytes, to_bytes},
};

/// One line a kind of the first release, as its log holds it.
const FIRST: &str = include_str!("fixtures/events-v1.jsonl");

/// What lending added: the kinds that are new, what old kinds say besides, and every
/// name that stands in them.
const LENDING: &str = include_str!("fixtures/events-v1-lending.jsonl");

/// The kinds of the first release, each with one line in its fixture.
const FIRST_KINDS: [&str; 28] = [
    "venue-opened",
    "operator-appointed",
    "kiosk-enrolled",
    "image-released",
    "tablet-enrolled",
    "checked-out",
    "returned",
    "return-came-late",
    "retired-tablet-seen",
    "reported-back",
    "still-got-it-answered",
    "loan-reopened",
    "dispute-raised",
    "dispute-closed",
    "flag-set",
    "flag-cleared",
    "reset-ordered",
    "reset-verified",
    "reset-failed",
    "sent",
    "received",
    "marked-missing",
    "marked-lost",
    "withdrawn",
    "gifted",
    "put-aside",
    "put-aside-ended",
    "command-id-reused",
];

/// The kind of an event, and the list of them all: a new one does not build before
/// it stands here, and fails below before it stands in a fixture.
macro_rules! kinds {
    ($($event:ident = $kind:literal)*) => {
        const KINDS: &[&str] = &[$($kind),*];

        fn kind(event: &Event) -> &'static str {
            match event {
                $(Event::$event { .. } => $kind),*
            }
        }
    };
}

kinds! {
    VenueOpened = "venue-opened"
    VenueChanged = "venue-changed"
    OperatorAppointed = "operator-appointed"
    KioskEnrolled = "kiosk-enrolled"
    ImageReleased = "image-released"
    TabletEnrolled = "tablet-enrolled"
    AgentEnrolled = "agent-enrolled"
    CheckedOut = "checked-out"
    CheckOutCameLate = "check-out-came-late"
    RuleOverridden = "rule-overridden"
    CheckOutUndone = "check-out-undone"
    Renewed = "renewed"
    Returned = "returned"
    ReturnUndone = "return-undone"
    HandedOn = "handed-on"
    ReturnCameLate = "return-came-late"
    UnknownTabletSeen = "unknown-tablet-seen"
    RetiredTabletSeen = "retired-tablet-seen"
    ReportedBack = "reported-back"
    StillGotItAnswered = "still-got-it-answered"
    LoanReopened = "loan-reopened"
    DisputeRaised = "dispute-raised"
    DisputeClosed = "dispute-closed"
    KitSet = "kit-set"
    PartsMissed = "parts-missed"
    FlagSet = "flag-set"
    FlagCleared = "flag-cleared"
    KeysRenewalAsked = "keys-renewal-asked"
    KeysRenewed = "keys-renewed"
    ResetOrdered = "reset-ordered"
    ResetVerified = "reset-verified"
    ResetFailed = "reset-failed"
    TabletAhead = "tablet-ahead"
    Sent = "sent"
    TransferBegan = "transfer-began"
    TransferEnded = "transfer-ended"
    Received = "received"
    MarkedMissing = "marked-missing"
    MarkedLost = "marked-lost"
    WrittenOff = "written-off"
    Withdrawn = "withdrawn"
    Gifted = "gifted"
    PutAside = "put-aside"
    PutAsideEnded = "put-aside-ended"
    HoldPlaced = "hold-placed"
    HoldEnded = "hold-ended"
    TripPlanned = "trip-planned"
    TripEnded = "trip-ended"
    StockTaken = "stock-taken"
    WipeAsked = "wipe-asked"
    WipeAgreed = "wipe-agreed"
    WipeCalledOff = "wipe-called-off"
    WipeStarted = "wipe-started"
    WipesStopped = "wipes-stopped"
    WipesAllowed = "wipes-allowed"
    SeriesRestarted = "series-restarted"
    CommandIdReused = "command-id-reused"
}

/// What old kinds say besides, since lending: left out, it is what the first release
/// meant.
const SAID_BESIDES: [&str; 12] = [
    r#""hours":{"0":[540,1020],"5":[600,780]}"#,
    r#""presence":"code-shown""#,
    r#""condition":"good""#,
    r#""condition":"worn""#,
    r#""condition":"damaged""#,
    r#""transfer":"tr-"#,
    r#""until":"2026-12-14""#,
    r#""new_keys":true"#,
    r#""model":"Model","venue":"ve-b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1","tag":"#,
    r#""why":"proof""#,
    r#""kind":"put-aside-ended","tablet":"tb-a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","hold":"ho-"#,
    r#""cause":"unknown-tablet","tablet":"tb-a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","loan":null"#,
];

fn every_line() -> impl Iterator<Item = &'static str> {
    FIRST.lines().chain(LENDING.lines())
}

#[test]
fn every_event_of_format_1_is_read_and_written_back_byte_for_byte() {
    for line in every_line() {
        let recorded = from_bytes(line.as_bytes()).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(String::from_utf8_lossy(&to_bytes(&recorded)), line);
        let named = format!(r#""event":{{"kind":"{}""#, kind(&recorded.event));
        assert!(line.contains(&named), "{line}");
    }
}

#[test]
fn every_kind_of_the_first_release_has_one_line_in_its_fixture() {
    for kind in FIRST_KINDS {
        let field = format!(r#""kind":"{kind}""#);
        assert!(FIRST.lines().any(|line| line.contains(&field)), "{kind}");
    }
    assert_eq!(FIRST.lines().count(), FIRST_KINDS.len());
}

#[test]
fn every_kind_that_there_is_has_a_line_in_a_fixture() {
    let read = |line: &str| from_bytes(line.as_bytes()).expect("a line of a fixture");
    let known: BTreeSet<&str> = every_line().map(|line| kind(&read(line).event)).collect();
    let kinds: BTreeSet<&str> = KINDS.iter().copied().collect();
    assert_eq!(known, kinds);
}

#[test]
fn what_old_kinds_say_besides_stands_in_the_fixture() {
    for said in SAID_BESIDES {
        assert!(LENDING.lines().any(|line| line.contains(said)), "{said}");
    }
}

#[test]
fn what_the_first_release_did_not_say_means_what_it_meant() {
    for line in FIRST.lines() {
        let recorded = from_bytes(line.as_bytes()).expect("a line of a fixture");
        if let Event::Returned { condition, .. } = recorded.event {
            assert_eq!(condition, shared::kit::Condition::NotSeen);
        }
        if let Event::Sent { transfer, .. } = recorded.event {
            assert_eq!(transfer, None);
        }
        if let Event::PutAside { until, .. } = recorded.event {
            assert_eq!(until, None);
        }
        if let Event::PutAsideEnded { hold, .. } = recorded.event {
            assert_eq!(hold, None);
        }
        if let Event::ResetOrdered { new_keys, .. } = recorded.event {
            assert!(!new_keys);
        }
        if let Event::TabletEnrolled { keys, .. } = recorded.event {
            assert!(keys.is_some());
        }
        if let Event::VenueOpened { calendar, .. } = recorded.event {
            assert!(calendar.hours.is_empty());
        }
    }
}

#[test]
fn an_event_of_a_later_format_or_an_unknown_kind_is_not_guessed_at() {
    let line = FIRST.lines().next().expect("a line");
    let later = line.replace(r#""version":1"#, r#""version":2"#);
    assert!(matches!(
        from_bytes(later.as_bytes()),
        Err(EventError::UnknownVersion(2))
    ));
    let unknown = line.replace("venue-opened", "venue-painted");
    assert!(matches!(
        from_bytes(unknown.as_bytes()),
        Err(EventError::Unreadable(_))
    ));
}
