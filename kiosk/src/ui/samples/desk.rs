//! The screens at the desk: a check out, a return, and what goes beyond them.

use lang::{Arg, Key};
use shared::kit::{Kit, standard};

use super::Words;
use crate::{
    kit::{drawing, word},
    screen::*,
};

impl Words {
    pub(super) fn staff_scan(&self) -> Screen {
        self.at_desk(
            Key::HeaderCheckOut,
            Body::Scan(Scan {
                steps: Vec::new(),
                headline: self.say(Key::ScanNextTablet),
                hint: Hint {
                    tone: Tone::Calm,
                    text: self.say(Key::ScanNothingYet),
                },
                sight: Sight::Looking,
                picture_text: self.say(Key::ScanPicture),
                buttons: vec![self.button(Key::ButtonTypeNumber, Touch::TypeNumber)],
            }),
        )
    }

    pub(super) fn staff_refusal(&self) -> Screen {
        let state = self.say(Key::StateBackNotYetReset);
        let headline = self.0.text(
            Key::RefusalTabletNotReadyStaff,
            &[("state", Arg::Text(&state))],
        );
        let lines = [Key::RefusalTabletNotReadyStaffNext];
        let notice = self.notice(
            Key::ReferHeadline,
            &lines,
            (Key::ButtonTryAgain, Touch::TryAgain),
        );
        let tablet = Some("WGN-007".to_owned());
        self.at_desk(
            Key::HeaderCheckOut,
            Body::Refer(Notice {
                tablet,
                headline,
                ..notice
            }),
        )
    }

    fn kit(&self, kit: &Kit, missing: &[KitPart], pressable: bool) -> Vec<KitPicture> {
        let parts = kit.iter().copied().map(drawing);
        let itself = (!pressable).then_some(KitPart::Tablet);
        let pictures = itself.into_iter().chain(parts).map(|part| {
            let (text, here) = (self.say(word(part)), !missing.contains(&part));
            let says = if here {
                Key::KitPartHere
            } else {
                Key::KitPartMissing
            };
            KitPicture {
                part,
                says: self.0.text(says, &[("part", Arg::Text(&text))]),
                text,
                here,
                touch: pressable.then_some(Touch::PartMissing(part)),
            }
        });
        pictures.collect()
    }

    fn tablet(&self, chip: StateChip, line: String, kit: Vec<KitPicture>) -> TabletCard {
        let (caption, number) = (self.say(Key::Tablet), "WGN-042".to_owned());
        TabletCard {
            caption,
            number,
            state: chip,
            line,
            rests_on: String::new(),
            kit,
        }
    }

    /// Ready, on this word; the line says since when.
    fn ready(&self, line: String, rests_on: Key, kit: &Kit) -> TabletCard {
        let chip = self.chip(StateLook::Ready, Key::StateReady);
        TabletCard {
            rests_on: self.say(rests_on),
            ..self.tablet(chip, line, self.kit(kit, &[], false))
        }
    }

    pub(super) fn hand_over(&self, kit: &Kit) -> Screen {
        let clock = self.0.clock(9, 14);
        let line = self
            .0
            .text(Key::TabletClearedToday, &[("clock", Arg::Text(&clock))]);
        let ends = self
            .0
            .text(Key::BorrowerCardEnds, &[("digits", Arg::Text("567"))]);
        self.at_desk(
            Key::HeaderCheckOut,
            Body::HandOver(HandOver {
                borrower: BorrowerCard {
                    caption: self.say(Key::Borrower),
                    name: "Demo B.".to_owned(),
                    line: format!("{ends} {}", self.say(Key::BorrowerNothingOnLoan)),
                    facts: vec![self.say(Key::BorrowerTechmateYes)],
                },
                tablet: self.ready(line, Key::TabletRestsOnItself, kit),
                due_lead: self.say(Key::DueBack),
                due_day: self.0.day(5, 12, 12),
                main: self.button(Key::HandOver, Touch::HandOver),
                others: vec![self.button(Key::HandOverNotRight, Touch::NotRight)],
            }),
        )
    }

    /// The longest that a card says of a tablet's reset.
    pub(super) fn hand_over_reported(&self, kit: &Kit) -> Screen {
        let month = self.0.month(9);
        let args = [("day", Arg::Text("30")), ("month", Arg::Text(&month))];
        let line = self.0.text(Key::TabletReportedOn, &args);
        let mut screen = self.hand_over(kit);
        if let Body::HandOver(page) = &mut screen.body {
            page.tablet = self.ready(line, Key::TabletRestsOnManager, kit);
        }
        screen
    }

    pub(super) fn hand_over_done(&self) -> Screen {
        let day = self.0.day(5, 12, 12);
        let headline = self.0.text(Key::HandOverDone, &[("day", Arg::Text(&day))]);
        let main = (Key::ButtonFinish, Touch::Finish);
        let notice = self.notice(Key::HandOver, &[Key::HandOverDoneNext], main);
        let tablet = Some("WGN-042".to_owned());
        self.at_desk(
            Key::HeaderCheckOut,
            self.undoable(Notice {
                tablet,
                headline,
                ..notice
            }),
        )
    }

    pub(super) fn confirm_return(&self, kit: &Kit, missing: &[KitPart], damaged: bool) -> Screen {
        let chip = self.chip(StateLook::OnLoan, Key::StateOnLoan);
        let main = if missing.is_empty() {
            Key::ReturnAllHere
        } else {
            Key::ReturnDamagedMissing
        };
        self.at_desk(
            Key::HeaderReturn,
            Body::ConfirmReturn(ConfirmReturn {
                headline: self.say(Key::ReturnHeadline),
                hint: self.say(Key::ReturnHint),
                tablet: self.tablet(chip, String::new(), self.kit(kit, missing, true)),
                damaged: Toggle {
                    button: self.button(Key::ReturnDamaged, Touch::Damaged),
                    on: damaged,
                },
                main: self.button(main, Touch::AllHere),
                others: Vec::new(),
            }),
        )
    }

    pub(super) fn return_done(&self) -> Screen {
        let headline = self
            .0
            .text(Key::ReturnDone, &[("tablet", Arg::Text("WGN-042"))]);
        let main = (Key::ButtonFinish, Touch::Finish);
        let notice = self.notice(Key::ReturnHeadline, &[Key::ReturnDoneReset], main);
        self.at_desk(
            Key::HeaderReturn,
            self.undoable(Notice { headline, ..notice }),
        )
    }

    /// The same screen with "Undo" beside its main button.
    fn undoable(&self, notice: Notice) -> Body {
        let others = vec![self.button(Key::ButtonUndo, Touch::Undo)];
        Body::Done(Notice { others, ..notice })
    }

    pub(super) fn refusal_to_override(&self) -> Screen {
        let mut screen = self.staff_refusal();
        if let Body::Refer(notice) = &mut screen.body {
            notice.others = vec![self.button(Key::LendAnyway, Touch::LendAnyway)];
        }
        screen
    }

    pub(super) fn lend_anyway(&self) -> Screen {
        let chip = self.chip(StateLook::NotYetReset, Key::StateBackNotYetReset);
        let because = |key, reason| self.button(key, Touch::Because(reason));
        self.at_desk(
            Key::HeaderCheckOut,
            Body::Choice(Choice {
                tablet: self.tablet(chip, String::new(), Vec::new()),
                headline: self.say(Key::LendAnywayHeadline),
                lines: vec![
                    self.say(Key::LendAnywayNotClean),
                    self.say(Key::LendAnywayKept),
                ],
                choices: vec![
                    because(Key::LendAnywayResetByHand, Reason::ResetByHand),
                    because(Key::LendAnywayUrgent, Reason::Urgent),
                    because(Key::LendAnywayTeamDecided, Reason::TeamDecided),
                ],
                main: self.button(Key::LendAnywayNot, Touch::TakeAnother),
            }),
        )
    }

    pub(super) fn hand_over_anyway(&self) -> Screen {
        let mut screen = self.hand_over(&standard());
        if let Body::HandOver(page) = &mut screen.body {
            let chip = self.chip(StateLook::NotYetReset, Key::StateBackNotYetReset);
            let line = self.say(Key::OverrideHolderAgreed);
            page.tablet = self.tablet(chip, line, self.kit(&standard(), &[], false));
            page.main = self.button(Key::LendAnyway, Touch::HandOver);
        }
        screen
    }

    pub(super) fn undoing(&self) -> Screen {
        let lines = [Key::UndoingLine, Key::UndoingAway];
        let main = (Key::ButtonStop, Touch::Stop);
        let notice = self.notice(Key::UndoingHeadline, &lines, main);
        let notice = Notice {
            tablet: Some("WGN-042".to_owned()),
            main: None,
            ..notice
        };
        self.at_desk(Key::HeaderReturn, Body::Wait(notice))
    }

    pub(super) fn undone(&self) -> Screen {
        let headline = self
            .0
            .text(Key::UndoneBack, &[("number", Arg::Text("WGN-042"))]);
        let main = (Key::ButtonFinish, Touch::Finish);
        let notice = self.notice(Key::ReturnHeadline, &[Key::UndoneBackNext], main);
        self.at_desk(Key::HeaderReturn, Body::Done(Notice { headline, ..notice }))
    }

    pub(super) fn sweep(&self) -> Screen {
        let count = |tone, number: &str, key| Count {
            tone,
            number: number.to_owned(),
            text: self.say(key),
        };
        let more = self.0.text(Key::SweepMore, &[("count", Arg::Count(84))]);
        let numbers = "WGN-003  WGN-007  WGN-010  WGN-011  WGN-042  WGN-043";
        let hint = self
            .0
            .text(Key::SweepUnexpected, &[("number", Arg::Text("WGN-050"))]);
        self.at_desk(
            Key::HeaderCount,
            Body::Sweep(Sweep {
                headline: self.say(Key::SweepBox),
                hint: Hint {
                    tone: Tone::Ask,
                    text: hint,
                },
                sight: Sight::Looking,
                picture_text: self.say(Key::ScanPicture),
                counts: [
                    count(Tone::Good, "108", Key::SweepCountFound),
                    count(Tone::Calm, "90", Key::SweepCountMissing),
                    count(Tone::Ask, "1", Key::SweepCountUnexpected),
                ],
                to_find: numbers.to_owned(),
                more,
                main: self.button(Key::SweepOver, Touch::SweepOver),
                others: vec![self.button(Key::ButtonTypeNumber, Touch::TypeNumber)],
            }),
        )
    }

    pub(super) fn sweep_short(&self) -> Screen {
        let headline = self.0.text(Key::SweepShort, &[("count", Arg::Count(2))]);
        let main = (Key::SweepLookAgain, Touch::TryAgain);
        let notice = self.notice(Key::SweepOver, &[], main);
        let lines = vec![
            "WGN-003  WGN-007".to_owned(),
            self.say(Key::SweepShortShelf),
        ];
        self.at_desk(
            Key::HeaderCount,
            Body::Question(Notice {
                headline,
                lines,
                others: vec![self.button(Key::SweepReportMissing, Touch::ReportMissing)],
                ..notice
            }),
        )
    }

    pub(super) fn sweep_done(&self) -> Screen {
        let main = (Key::ButtonFinish, Touch::Finish);
        let notice = self.notice(Key::SweepShelfDone, &[], main);
        let lines = vec![
            "Found: 18  Missing: 2  Not expected: 1".to_owned(),
            self.say(Key::SweepDoneAway),
        ];
        self.at_desk(Key::HeaderCount, Body::Done(Notice { lines, ..notice }))
    }
}
