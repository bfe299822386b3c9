//! Anything at any time: what must hold whatever happens.

use std::collections::BTreeSet;

use kiosk::{
    flow::{Answer, Done, Effect, Input, Lookup, Page, Sweeping},
    reader::Sight,
    screen::{KitPart, Reason, Touch},
};
use proptest::prelude::*;
use shared::{refusal::Refusal, tablet::Presence, wire::v1::command::KioskAction};

use super::rig::*;

const TOUCHES: [Touch; 40] = [
    Touch::Borrow,
    Touch::BringBack,
    Touch::KeepLonger,
    Touch::NeedHelp,
    Touch::CallStaff,
    Touch::TypeNumber,
    Touch::Stop,
    Touch::Finish,
    Touch::Continue,
    Touch::TryAgain,
    Touch::MoreTime,
    Touch::ReadToMe,
    Touch::Bigger,
    Touch::Yes,
    Touch::No,
    Touch::HelpMeSave,
    Touch::ShowMe,
    Touch::AllHere,
    Touch::PartMissing(KitPart::Bag),
    Touch::Damaged,
    Touch::HandOver,
    Touch::NotRight,
    Touch::LendAnyway,
    Touch::Because(Reason::Urgent),
    Touch::Because(Reason::HolderAgreed),
    Touch::TakeAnother,
    Touch::Undo,
    Touch::CountShelf,
    Touch::UnpackBox,
    Touch::SweepOver,
    Touch::ReportMissing,
    Touch::Digit('0'),
    Touch::Digit('4'),
    Touch::Digit('2'),
    Touch::Backspace,
    Touch::Enter,
    Touch::StaffCheckOut,
    Touch::StaffReturn,
    Touch::MoreRows,
    Touch::SignOut,
];

/// What the disk or the server said of the last command.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Kept,
    Accepted,
    Lent,
}

/// One thing that happens, chosen by two numbers; what it said of the last
/// command, if anything good.
fn happen(kiosk: &mut Kiosk, what: u8, which: u16) -> Option<Word> {
    let pick = usize::from(which);
    match what {
        0..=4 => drop(kiosk.touch(TOUCHES[pick % TOUCHES.len()].clone())),
        5 => drop(kiosk.touch(Touch::StartReset("WGN-100".to_owned()))),
        6 => {
            let number = [ON_LOAN, READY, IN_TRAY, GIVEN_AWAY, RESETTING, 900][pick % 6];
            kiosk.see(&sticker(number));
        }
        7 => {
            let texts = [
                badge().text(),
                "D1234567".to_owned(),
                forged(42),
                "x".to_owned(),
            ];
            kiosk.scan(&texts[pick % 4]);
        }
        8 => {
            let sights = [Sight::Nothing, Sight::Several, Sight::Torn];
            kiosk.put(Input::Saw(sights[pick % 3].clone()));
        }
        9 => kiosk.wait(u64::from(which)),
        10 | 11 if !kiosk.drafts().is_empty() => return spoken_for(kiosk, pick),
        12 if kiosk
            .done
            .iter()
            .any(|it| matches!(it, Effect::FindBorrower { .. })) =>
        {
            let lookups = [Lookup::Found(card()), Lookup::Unknown, Lookup::Away];
            kiosk.found(lookups[pick % 3].clone());
        }
        _ => {
            let inputs = [
                Input::CameraLost,
                Input::CameraFound,
                Input::Online(false),
                Input::Online(true),
                Input::TooOld,
                Input::LogDenied,
                Input::MirrorMoved,
                Input::ScanTooLong,
            ];
            kiosk.put(inputs[pick % inputs.len()].clone());
        }
    }
    None
}

/// The disk or the server speaks, on any command that there was.
fn spoken_for(kiosk: &mut Kiosk, pick: usize) -> Option<Word> {
    let drafts = kiosk.drafts();
    let draft = drafts[pick / 6 % drafts.len()].clone();
    let is_last = draft.id == kiosk.last().id;
    let refused = Answer::Refused(Refusal::PutAside);
    let asked = kiosk.lends().map(|(command, _)| command);
    let (input, word) = match pick % 6 {
        4 if asked == Some(draft.id) => (Input::Lent(draft.id), Some(Word::Lent)),
        5 if asked == Some(draft.id) => (Input::NotLent(draft.id), None),
        0 => (Input::Kept(draft.id), Some(Word::Kept)),
        1 => (Input::NotKept(draft.id, draft.action), None),
        2 => (
            Input::Answered(draft.id, draft.action, Answer::Accepted),
            Some(Word::Accepted),
        ),
        _ => (Input::Answered(draft.id, draft.action, refused), None),
    };
    kiosk.put(input);
    word.filter(|_| is_last)
}

/// Each command was kept once, and nothing by hand without a hand.
fn look(kiosk: &Kiosk) {
    let drafts = kiosk.drafts();
    let ids: BTreeSet<_> = drafts.iter().map(|draft| draft.id).collect();
    assert_eq!(ids.len(), drafts.len(), "one command, kept once");
    for draft in drafts {
        let in_hand = match draft.action {
            KioskAction::CheckOut { .. }
            | KioskAction::StartReset { .. }
            | KioskAction::Renew { .. }
            | KioskAction::HandOn { .. }
            | KioskAction::Receive { .. }
            | KioskAction::EndTransfer { .. }
            | KioskAction::TakeStock { .. }
            | KioskAction::ClearFlag { .. }
            | KioskAction::Undo { .. } => true,
            KioskAction::Return { presence, .. } => presence == Presence::InHand,
            KioskAction::ReportBack { .. } => false,
        };
        assert!(!in_hand || draft.operator.is_some(), "only by a badge");
    }
}

/// Whether this page says that something is done before it is: a return before
/// the disk has it, a check out before the server spoke or the disk has it as done.
fn is_early(before: &Page, word: Option<Word>, page: &Page) -> bool {
    let Page::Done(done) = page else {
        return false;
    };
    let just = match done {
        Done::Lent { .. } => {
            matches!(word, Some(Word::Accepted | Word::Lent)) && matches!(before, Page::Lending(_))
        }
        Done::Undone { .. } => word == Some(Word::Accepted) && matches!(before, Page::Undoing(_)),
        // Each tablet of it is on the disk already.
        Done::Counted {
            what: Sweeping::Box(None),
            ..
        } => matches!(before, Page::Scan(_)),
        Done::Counted { .. }
        | Done::Returned { .. }
        | Done::BackAtDesk { .. }
        | Done::Reported(_) => word == Some(Word::Kept) && matches!(before, Page::Writing(_)),
    };
    !just && !matches!(before, Page::Done(_))
}

proptest! {
    #[test]
    fn whatever_happens_nothing_is_kept_twice_and_nothing_is_said_too_early(
        story in prop::collection::vec((0..14u8, any::<u16>()), 1..120)
    ) {
        let mut kiosk = Kiosk::new().knows_rules();
        for (what, which) in story {
            let before = kiosk.flow.state().page.clone();
            let drafts = kiosk.drafts().len();
            let word = happen(&mut kiosk, what, which);
            look(&kiosk);
            prop_assert!(!kiosk.says().is_empty());
            prop_assert!(kiosk.drafts().len() <= drafts + 1);
            let early = is_early(&before, word, &kiosk.flow.state().page);
            prop_assert!(!early, "said before it was so");
        }
    }

    #[test]
    fn whatever_happens_two_idle_minutes_later_nobodys_data_is_left(
        story in prop::collection::vec((0..14u8, any::<u16>()), 1..80)
    ) {
        let mut kiosk = Kiosk::new().knows_rules();
        for (what, which) in story {
            happen(&mut kiosk, what, which);
        }
        // A disk that never answers is not idleness: it answers first.
        if let Page::Writing(_) = kiosk.flow.state().page {
            kiosk.keep();
        }
        kiosk.wait(2 * 120_000);
        prop_assert!(matches!(kiosk.flow.state().page, Page::First));
        prop_assert!(kiosk.flow.state().session.is_none());
        prop_assert_eq!(kiosk.flow.poll_timeout(), None);
    }
}
