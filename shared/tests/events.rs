//! Every event kind of the first released log format, byte for byte: the log
//! keeps these bytes for ever, so a change here is a new version, never an edit.

use shared::wire::v1::event::{EventError, from_bytes, to_bytes};

/// One line a kind, as a log of version 1 holds it.
const FIXTURE: &str = include_str!("fixtures/events-v1.jsonl");

/// The kinds of version 1; a kind without a line in the fixture fails below.
const KINDS: [&str; 28] = [
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

#[test]
fn every_event_of_format_1_is_read_and_written_back_byte_for_byte() {
    for line in FIXTURE.lines() {
        let recorded = from_bytes(line.as_bytes()).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(String::from_utf8_lossy(&to_bytes(&recorded)), line);
    }
}

#[test]
fn every_kind_of_format_1_has_a_line_in_the_fixture() {
    for kind in KINDS {
        let field = format!(r#""kind":"{kind}""#);
        assert!(FIXTURE.lines().any(|line| line.contains(&field)), "{kind}");
    }
    assert_eq!(FIXTURE.lines().count(), KINDS.len());
}

#[test]
fn an_event_of_a_later_format_or_an_unknown_kind_is_not_guessed_at() {
    let line = FIXTURE.lines().next().expect("a line");
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
