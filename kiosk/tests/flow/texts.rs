//! Everything that a kiosk says, in one file to be read aloud, and a test that
//! every "no" has its sentence and its next step.

use std::{fmt::Write as _, fs, path::Path};

use kiosk::{
    flow::{Answer, Input, Lookup, Problem},
    reader::Sight,
    screen::Touch,
    view::told,
};
use lang::Catalogue;
use shared::{
    dispute::DisputeCause,
    refusal::Refusal,
    signed::SignedError,
    tablet::{ProofKind, StateWord},
    time::Day,
    wire::v1::kiosk::{ProofRow, PutAsideRow, TabletRow},
};

use super::rig::*;

/// The refusal after this one. A new one does not compile until it stands here.
fn after(refusal: Refusal) -> Option<Refusal> {
    use Refusal as R;
    let word = StateWord::OnLoan;
    Some(match refusal {
        R::TabletUnknown => R::TabletOnLoan,
        R::TabletOnLoan => R::TabletNotReady { word },
        R::TabletNotReady { .. } => R::ProofNotAllowed,
        R::ProofNotAllowed => R::ImageWithdrawn {
            since: Day::new(2026, 11, 20).unwrap(),
        },
        R::ImageWithdrawn { .. } => R::PutAside,
        R::PutAside => R::LoanLimit { max: 1 },
        R::LoanLimit { .. } => R::BorrowerUnknown,
        R::BorrowerUnknown => R::NeedsOperator,
        R::NeedsOperator => R::WrongVenue,
        R::WrongVenue => R::OperatorUnknown,
        R::OperatorUnknown => R::VenueUnknown,
        R::VenueUnknown => R::AlreadyThere,
        R::AlreadyThere => R::NumberTaken,
        R::NumberTaken => R::SerialTaken,
        R::SerialTaken => R::SerialDiffers,
        R::SerialDiffers => R::NoAgent,
        R::NoAgent => R::NoImage,
        R::NoImage => R::Retired {
            word: StateWord::Retired,
        },
        R::Retired { .. } => R::NotInHand { word },
        R::NotInHand { .. } => R::AlreadyResetting,
        R::AlreadyResetting => R::NeedsTwoOperators,
        R::NeedsTwoOperators => R::Withheld,
        R::Withheld => R::FlagNotSet,
        R::FlagNotSet => R::NothingToAnswer,
        R::NothingToAnswer => R::NotAhead,
        R::NotAhead => R::DisputeUnknown,
        R::DisputeUnknown => R::DisputeDecided,
        R::DisputeDecided => R::DecisionNotAllowed {
            cause: DisputeCause::ReturnContested,
        },
        R::DecisionNotAllowed { .. } => R::LoanUnknown,
        R::LoanUnknown => R::LoanNotOpen,
        R::LoanNotOpen => R::RenewalLimit { max: 2 },
        R::RenewalLimit { .. } => R::RenewTooEarly {
            from: Day::new(2026, 11, 27).unwrap(),
        },
        R::RenewTooEarly { .. } => R::HeldForOthers,
        R::HeldForOthers => R::HoldUnknown,
        R::HoldUnknown => R::HoldOver,
        R::HoldOver => R::HoldLimit { max: 1 },
        R::HoldLimit { .. } => R::NotExpired,
        R::NotExpired => R::TransferUnknown,
        R::TransferUnknown => R::TransferOver,
        R::TransferOver => R::BoxNotEmpty { left: 2 },
        R::BoxNotEmpty { .. } => R::SameVenue,
        R::SameVenue => R::TooMany { max: 50 },
        R::TooMany { .. } => R::NotPlacedHere,
        R::NotPlacedHere => R::TripUnknown,
        R::TripUnknown => R::TripOver,
        R::TripOver => R::DayPassed,
        R::DayPassed => R::NothingToUndo,
        R::NothingToUndo => R::NotYours,
        R::NotYours => R::TooLateToUndo,
        R::TooLateToUndo => R::WipeUnknown,
        R::WipeUnknown => R::WipeOver,
        R::WipeOver => R::WipeNotDue,
        R::WipeNotDue => R::WipeNotNeeded,
        R::WipeNotNeeded => R::SameOperator,
        R::SameOperator => R::WipeLimit { max: 3 },
        R::WipeLimit { .. } => R::WipesStopped,
        R::WipesStopped => R::NothingStopped,
        R::NothingStopped => R::CodeNotTaken,
        R::CodeNotTaken => R::CannotOverride,
        R::CannotOverride => R::CommandIdReused,
        R::CommandIdReused => R::FactsMissing { expected: 3 },
        R::FactsMissing { .. } => R::SeriesWentBack { expected: 3 },
        R::SeriesWentBack { .. } => R::ReceiptNotSigned(SignedError::BadSignature),
        R::ReceiptNotSigned(_) => R::ReceiptOfAnotherTablet,
        R::ReceiptOfAnotherTablet => R::ReceiptWithoutOrder,
        R::ReceiptWithoutOrder => R::ReceiptForAnotherOrder,
        R::ReceiptForAnotherOrder => R::ReceiptWrongNonce,
        R::ReceiptWrongNonce => R::ReceiptWrongEpoch,
        R::ReceiptWrongEpoch => R::ReceiptWrongImage,
        R::ReceiptWrongImage => R::ReceiptWrongScope,
        R::ReceiptWrongScope => R::ReceiptWrongKeys,
        R::ReceiptWrongKeys => R::ReceiptWrongKind,
        R::ReceiptWrongKind => return None,
    })
}

fn refusals() -> Vec<Refusal> {
    std::iter::successors(Some(Refusal::TabletUnknown), |it| after(*it)).collect()
}

const OWN: [(&str, Problem); 9] = [
    ("unknown tag", Problem::UnknownTag),
    ("not our tag", Problem::NotOurTag),
    ("made-up tag", Problem::MadeUpTag),
    ("badge unknown", Problem::BadgeUnknown),
    ("not kept", Problem::NotKept),
    ("server away", Problem::ServerAway),
    ("too old", Problem::TooOld),
    ("tablet changed", Problem::TabletChanged),
    (
        "given away",
        Problem::Refused(Refusal::Retired {
            word: StateWord::GivenAway,
        }),
    ),
];

fn problems() -> Vec<(String, Problem)> {
    let own = OWN.map(|(name, problem)| (name.to_owned(), problem));
    let refused = |refusal: Refusal| (refusal.code().to_owned(), Problem::Refused(refusal));
    let badge = (
        "badge needed".to_owned(),
        Problem::BadgeNeeded(tablet(ON_LOAN)),
    );
    own.into_iter()
        .chain([badge])
        .chain(refusals().into_iter().map(refused))
        .collect()
}

#[test]
fn every_no_has_a_sentence_and_a_next_step_and_shows_no_code() {
    let words = Catalogue::english();
    for (name, problem) in problems() {
        for staffed in [true, false] {
            let told = told(problem, staffed, &words);
            assert!(told.sentence.ends_with('.'), "{name}: {}", told.sentence);
            assert!(
                (1..=2).contains(&told.next.len()),
                "{name}: {:?}",
                told.next
            );
            let all = format!("{} {}", told.sentence, told.next.join(" "));
            assert!(!name.contains('-') || !all.contains(&name), "{name}: {all}");
            assert!(told.next.iter().all(|line| line.ends_with('.')), "{name}");
        }
    }
}

#[test]
fn a_borrower_never_reads_why_about_people() {
    let words = Catalogue::english();
    let kind = told(Problem::Refused(Refusal::NeedsOperator), false, &words);
    assert_eq!(
        kind.next,
        ["Somebody is coming.", "You have done nothing wrong."]
    );
    for refusal in [
        Refusal::LoanLimit { max: 1 },
        Refusal::BorrowerUnknown,
        Refusal::PutAside,
        Refusal::OperatorUnknown,
        Refusal::WrongVenue,
        Refusal::DisputeDecided,
    ] {
        assert_eq!(told(Problem::Refused(refusal), false, &words), kind);
    }
}

/// Every page, by the way that leads there.
fn pages() -> Vec<(&'static str, Kiosk)> {
    let mut pages = borrowers_pages();
    pages.extend(staff_pages());
    pages.extend(check_out_pages());
    pages.extend(pages_of_second_thoughts());
    pages.extend(sweep_pages());
    pages
}

fn borrowers_pages() -> Vec<(&'static str, Kiosk)> {
    let scanning = || open(Kiosk::new(), |it| drop(it.press("Bring a tablet back")));
    let goodbye = || open(Kiosk::new(), |it| drop(it.see(&sticker(ON_LOAN))));
    let saw = |sight: Sight| open(scanning(), |it| drop(it.put(Input::Saw(sight))));
    let press = |kiosk: Kiosk, button: &str| open(kiosk, |it| drop(it.press(button)));
    let writing = || press(goodbye(), "Yes, I am ready");
    let returned = || open(writing(), Kiosk::keep);
    vec![
        ("first", Kiosk::new()),
        ("scan", scanning()),
        (
            "scan, no sticker for long",
            open(scanning(), |it| it.wait(6_000)),
        ),
        (
            "scan, none of ours",
            open(scanning(), |it| drop(it.see("x"))),
        ),
        ("scan, two codes", saw(Sight::Several)),
        ("scan, a torn code", saw(Sight::Torn)),
        (
            "scan, still torn",
            open(saw(Sight::Torn), |it| it.wait(1_500)),
        ),
        (
            "camera lost",
            open(scanning(), |it| drop(it.put(Input::CameraLost))),
        ),
        ("type a number", press(scanning(), "Type its number")),
        (
            "a number nobody has",
            open(press(scanning(), "Type its number"), |it| {
                it.type_all("999");
            }),
        ),
        (
            "a number noted",
            open(press(scanning(), "Type its number"), |it| {
                it.type_all("042");
                it.keep();
            }),
        ),
        ("goodbye", goodbye()),
        ("writing", open(writing(), |it| it.wait(1_500))),
        ("returned", returned()),
        (
            "returned offline",
            open(writing(), |it| {
                it.put(Input::Online(false));
                it.keep();
            }),
        ),
        (
            "returned, never out",
            open(Kiosk::new(), |it| {
                it.see(&sticker(READY));
                it.press("Yes, I am ready");
                it.keep();
            }),
        ),
        ("not kept", open(writing(), Kiosk::keep_not)),
        ("sign out of accounts", press(returned(), "Show me")),
        ("save first", press(goodbye(), "Help me save them")),
        ("refer: borrow", press(Kiosk::new(), "Borrow a tablet")),
        ("refer: keep", press(Kiosk::new(), "Keep it longer")),
        ("refer: help", press(Kiosk::new(), "I need help")),
        ("still there", open(scanning(), |it| it.wait(80_000))),
    ]
}

fn staff_pages() -> Vec<(&'static str, Kiosk)> {
    let confirm = || open(Kiosk::staffed(), |it| drop(it.scan(&sticker(ON_LOAN))));
    let back = || {
        open(confirm(), |it| {
            it.press("All here, looks fine");
            it.keep();
        })
    };
    vec![
        ("staff home", Kiosk::staffed()),
        (
            "staff home, reset asked for",
            open(Kiosk::staffed(), |it| drop(it.press("Start now"))),
        ),
        (
            "staff scan for a return",
            open(Kiosk::staffed(), |it| drop(it.touch(Touch::StaffReturn))),
        ),
        ("staff return", confirm()),
        (
            "staff return, marked",
            open(confirm(), |it| {
                it.press("guide");
                it.press("Damaged");
            }),
        ),
        ("staff return kept", back()),
        (
            "staff return taken",
            open(back(), |it| it.answer(Answer::Accepted)),
        ),
        ("staff return, put aside", put_aside(back(), Some("J.B."))),
        ("staff return, put aside elsewhere", put_aside(back(), None)),
    ]
}

fn put_aside(kiosk: Kiosk, initials: Option<&str>) -> Kiosk {
    let until = Day::new(2026, 12, 12);
    let aside = PutAsideRow {
        initials: initials.map(str::to_owned),
        until: until.filter(|_| initials.is_some()),
    };
    open(kiosk, |it| {
        it.answer(Answer::Accepted);
        it.move_rows(vec![TabletRow {
            put_aside: Some(aside),
            ..row(ON_LOAN, StateWord::Resetting)
        }]);
    })
}

fn check_out_pages() -> Vec<(&'static str, Kiosk)> {
    let card = || open(Kiosk::staffed(), |it| drop(it.touch(Touch::StaffCheckOut)));
    let hand_over = || open(Kiosk::with_borrower(), |it| drop(it.scan(&sticker(READY))));
    let vouched = |kind| {
        let proof = row(READY, StateWord::Ready).proof;
        let row = TabletRow {
            proof: proof.map(|proof| ProofRow { kind, ..proof }),
            ..row(READY, StateWord::Ready)
        };
        open(hand_over(), |it| it.move_rows(vec![row]))
    };
    let late = |answer| {
        open(Kiosk::lending(), |it| {
            it.press("Stop");
            it.answer(answer);
        })
    };
    vec![
        ("find a borrower", card()),
        ("not a card", open(card(), |it| it.type_all("1"))),
        (
            "a card nobody has",
            open(card(), |it| {
                it.type_all("1234567");
                it.found(Lookup::Unknown);
            }),
        ),
        ("looking up", open(card(), |it| it.type_all("1234567"))),
        ("scan for a check out", Kiosk::with_borrower()),
        ("hand over", hand_over()),
        ("hand over, reported", vouched(ProofKind::ManagerReported)),
        ("hand over, checked", vouched(ProofKind::PersonConfirmed)),
        (
            "not right",
            open(hand_over(), |it| drop(it.press("Not right"))),
        ),
        ("lending", Kiosk::lending()),
        (
            "lending, the server is silent",
            open(Kiosk::lending(), |it| it.wait(1_500)),
        ),
        (
            "lent",
            open(Kiosk::lending(), |it| it.answer(Answer::Accepted)),
        ),
        ("late: on loan", late(Answer::Accepted)),
        ("late: not lent", late(Answer::Refused(Refusal::PutAside))),
    ]
}

/// A rule is overridden, and what was done is undone.
fn pages_of_second_thoughts() -> Vec<(&'static str, Kiosk)> {
    let press = |kiosk: Kiosk, button: &str| open(kiosk, |it| drop(it.press(button)));
    let refused = || {
        open(Kiosk::with_borrower(), |it| {
            drop(it.scan(&sticker(IN_TRAY)));
        })
    };
    let anyway = || press(refused(), "Lend it anyway");
    let put_aside = || {
        open(Kiosk::lending(), |it| {
            it.answer(Answer::Refused(Refusal::PutAside));
        })
    };
    let lent = || open(Kiosk::lending(), |it| it.answer(Answer::Accepted));
    let back = || {
        open(Kiosk::staffed(), |it| {
            it.scan(&sticker(ON_LOAN));
            it.press("All here, looks fine");
            it.keep();
        })
    };
    let undoing = |kiosk: Kiosk| open(press(kiosk, "Undo"), Kiosk::keep);
    let undone = |kiosk: Kiosk| open(undoing(kiosk), |it| it.answer(Answer::Accepted));
    let late = |answer| {
        open(undoing(lent()), |it| {
            it.press("Stop");
            it.answer(answer);
        })
    };
    vec![
        ("not ready, and may be overridden", refused()),
        ("lend it anyway", anyway()),
        (
            "lend it anyway, put aside",
            press(put_aside(), "Lend it anyway"),
        ),
        (
            "hand over against a rule",
            press(anyway(), "The digital team said so"),
        ),
        ("undoing", open(undoing(lent()), |it| it.wait(1_500))),
        (
            "undoing, not connected",
            open(undoing(back()), |it| drop(it.put(Input::Online(false)))),
        ),
        ("a check out undone", undone(lent())),
        ("a return undone", undone(back())),
        ("late: undone", late(Answer::Accepted)),
        (
            "late: not undone",
            late(Answer::Refused(Refusal::TooLateToUndo)),
        ),
    ]
}

/// One tablet after the other.
fn sweep_pages() -> Vec<(&'static str, Kiosk)> {
    let press = |kiosk: Kiosk, button: &str| open(kiosk, |it| drop(it.press(button)));
    let scanned = |kiosk: Kiosk, number| open(kiosk, |it| drop(it.scan(&sticker(number))));
    let count = || press(Kiosk::staffed(), "Count the shelf");
    let short = || press(scanned(count(), READY), "That is all");
    let counted = || open(press(short(), "They are not here"), Kiosk::keep);
    let unpack = || press(Kiosk::staffed(), "A box came");
    vec![
        ("count", count()),
        ("count, found", scanned(count(), READY)),
        ("count, not expected", scanned(count(), ON_LOAN)),
        ("count, short", short()),
        ("counted", counted()),
        (
            "counted offline",
            open(counted(), |it| drop(it.put(Input::Online(false)))),
        ),
        (
            "late: not counted",
            open(counted(), |it| {
                it.press("Finish");
                it.answer(Answer::Refused(Refusal::WrongVenue));
            }),
        ),
        (
            "count, camera lost",
            open(count(), |it| drop(it.put(Input::CameraLost))),
        ),
        ("unpack", unpack()),
        (
            "unpacked",
            press(scanned(unpack(), RESETTING), "That is all"),
        ),
    ]
}

fn open(mut kiosk: Kiosk, by: impl FnOnce(&mut Kiosk)) -> Kiosk {
    by(&mut kiosk);
    kiosk
}

fn all() -> String {
    let words = Catalogue::english();
    let mut text = String::from("Everything that a kiosk says. Read it aloud.\n");
    for (name, kiosk) in pages() {
        writeln!(text, "\n== {name}\n{}", kiosk.says()).unwrap();
    }
    for (name, problem) in problems() {
        for (staffed, who) in [(false, "borrower"), (true, "staff")] {
            let told = told(problem, staffed, &words);
            let next = told.next.join("\n");
            writeln!(text, "\n== no: {name}, to {who}\n{}\n{next}", told.sentence).unwrap();
        }
    }
    text
}

#[test]
fn everything_that_is_said_is_in_one_file_as_it_was_read_aloud() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/texts.txt");
    // A file that is not there yet differs from what is said, and is asked for.
    let expected = fs::read_to_string(&fixture).unwrap_or_default();
    let said = all();
    if said != expected {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("texts.txt");
        fs::write(&new, said).unwrap();
        panic!(
            "read {} aloud; if it is good, it becomes {}",
            new.display(),
            fixture.display()
        );
    }
}
