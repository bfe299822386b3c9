//! Every kind of screen with the catalogue's own words, as the flow would show
//! it: what the window's tests draw and press.

mod desk;

use lang::{Arg, Catalogue, Key};
use shared::kit::{Kit, standard};

use crate::screen::*;

/// A screen and the name of its picture.
pub struct Sample {
    pub name: &'static str,
    pub screen: Screen,
}

/// Every kind of screen.
pub fn all() -> Vec<Sample> {
    let words = Words(Catalogue::english());
    let (usual, large) = (standard(), Kit::from(shared::kit::KitPart::ALL));
    let screens = vec![
        ("first", words.first()),
        ("scan-looking", words.scan_looking()),
        ("scan-hint", words.scan_hint()),
        ("scan-found", words.scan_found()),
        ("goodbye", words.goodbye()),
        ("returned", words.returned()),
        ("refer", words.refer()),
        ("question", words.question()),
        ("wait", words.wait()),
        ("camera-lost", words.camera_lost()),
        ("type-number", words.type_number()),
        ("find-borrower", words.find_borrower()),
        ("staff-home", words.staff_home()),
        ("staff-home-empty", words.staff_home_empty()),
        ("staff-scan", words.staff_scan()),
        ("staff-refusal", words.staff_refusal()),
        ("staff-refusal-to-override", words.refusal_to_override()),
        ("lend-anyway", words.lend_anyway()),
        ("hand-over", words.hand_over(&usual)),
        ("hand-over-large-kit", words.hand_over(&large)),
        ("hand-over-reported", words.hand_over_reported(&usual)),
        (
            "hand-over-reported-large-kit",
            words.hand_over_reported(&large),
        ),
        ("hand-over-anyway", words.hand_over_anyway()),
        ("hand-over-done", words.hand_over_done()),
        ("confirm-return", words.confirm_return(&usual, &[], false)),
        (
            "confirm-return-marked",
            words.confirm_return(&usual, &[KitPart::Charger], true),
        ),
        (
            "confirm-return-large-kit",
            words.confirm_return(&large, &[KitPart::Keyboard], true),
        ),
        ("return-done", words.return_done()),
        ("sweep", words.sweep()),
        ("sweep-short", words.sweep_short()),
        ("sweep-done", words.sweep_done()),
        ("undoing", words.undoing()),
        ("undone", words.undone()),
    ];
    let named = screens.into_iter();
    named
        .map(|(name, screen)| Sample { name, screen })
        .collect()
}

/// The same screens, larger or in high contrast.
pub fn with(look: Look, suffix: &'static str) -> Vec<(String, Screen)> {
    let dressed = all().into_iter().map(|sample| {
        let screen = Screen {
            look,
            ..sample.screen
        };
        (format!("{}{suffix}", sample.name), screen)
    });
    dressed.collect()
}

struct Words(Catalogue);

impl Words {
    fn say(&self, key: Key) -> String {
        self.0.say(key)
    }

    fn button(&self, key: Key, touch: Touch) -> Button {
        Button::new(self.say(key), touch)
    }

    fn tile(&self, key: Key, detail: Key, touch: Touch) -> Tile {
        Tile {
            button: self.button(key, touch),
            detail: self.say(detail),
        }
    }

    fn languages(&self) -> Vec<LanguageButton> {
        let language = self.0.language();
        let touch = Touch::Language(language.code.to_owned());
        vec![LanguageButton {
            button: Button::new(language.name, touch),
            chosen: true,
        }]
    }

    fn open(&self, title: Option<Key>, body: Body) -> Screen {
        let read = self.button(Key::ButtonReadToMe, Touch::ReadToMe);
        let bigger = self.button(Key::ButtonBigger, Touch::Bigger);
        let stop = self.button(Key::ButtonStop, Touch::Stop);
        let header = Header {
            title: title.map(|key| self.say(key)),
            languages: self.languages(),
            buttons: if title.is_some() {
                vec![read, bigger, stop]
            } else {
                vec![read, bigger]
            },
            ..Header::default()
        };
        Screen {
            header,
            body,
            look: Look::default(),
        }
    }

    fn staffed(&self, title: Key, online: bool, end: (Key, Touch), body: Body) -> Screen {
        let text = self.say(if online {
            Key::HeaderConnected
        } else {
            Key::HeaderAway
        });
        let header = Header {
            title: Some(self.say(title)),
            connection: Some(Connection { online, text }),
            operator: Some("Demo Librarian".to_owned()),
            buttons: vec![self.button(end.0, end.1)],
            ..Header::default()
        };
        Screen {
            header,
            body,
            look: Look::default(),
        }
    }

    fn at_desk(&self, title: Key, body: Body) -> Screen {
        self.staffed(title, true, (Key::ButtonStop, Touch::Stop), body)
    }

    fn steps(&self, current: usize) -> Vec<Step> {
        let keys = [Key::StepShowSticker, Key::StepSaveThings, Key::StepAllDone];
        let steps = keys.into_iter().enumerate().map(|(at, key)| {
            let progress = match at.cmp(&current) {
                std::cmp::Ordering::Less => Progress::Done,
                std::cmp::Ordering::Equal => Progress::Current,
                std::cmp::Ordering::Greater => Progress::Ahead,
            };
            Step {
                text: self.say(key),
                progress,
            }
        });
        steps.collect()
    }

    fn first(&self) -> Screen {
        self.open(
            None,
            Body::First(First {
                headline: self.say(Key::FirstHeadline),
                borrow: self.tile(Key::FirstBorrow, Key::FirstBorrowDetail, Touch::Borrow),
                bring_back: self.tile(
                    Key::FirstBringBack,
                    Key::FirstBringBackDetail,
                    Touch::BringBack,
                ),
                note_lead: self.say(Key::FirstNoCard),
                note: self.say(Key::FirstNoCardDetail),
                keep_longer: self.tile(
                    Key::FirstKeepLonger,
                    Key::FirstKeepLongerDetail,
                    Touch::KeepLonger,
                ),
                help: self.tile(Key::FirstHelp, Key::FirstHelpDetail, Touch::NeedHelp),
            }),
        )
    }

    fn scan(&self, hint: (Tone, Key), sight: Sight) -> Screen {
        self.open(
            Some(Key::HeaderBringBack),
            Body::Scan(Scan {
                steps: self.steps(0),
                headline: self.say(Key::ScanLayTablet),
                hint: Hint {
                    tone: hint.0,
                    text: self.say(hint.1),
                },
                sight,
                picture_text: self.say(Key::ScanPicture),
                buttons: vec![self.button(Key::ButtonItWillNotScan, Touch::CallStaff)],
            }),
        )
    }

    fn scan_looking(&self) -> Screen {
        self.scan((Tone::Calm, Key::ScanNothingYet), Sight::Looking)
    }

    fn scan_hint(&self) -> Screen {
        self.scan((Tone::Ask, Key::ScanTurnOver), Sight::Looking)
    }

    fn scan_found(&self) -> Screen {
        self.scan(
            (Tone::Good, Key::ScanFound),
            Sight::Found(super::tests::STICKER),
        )
    }

    fn notice(&self, headline: Key, lines: &[Key], main: (Key, Touch)) -> Notice {
        Notice {
            steps: Vec::new(),
            tablet: None,
            headline: self.say(headline),
            lines: lines.iter().map(|&key| self.say(key)).collect(),
            main: Some(self.button(main.0, main.1)),
            others: Vec::new(),
        }
    }

    fn goodbye(&self) -> Screen {
        let main = (Key::GoodbyeReady, Touch::Yes);
        self.open(
            Some(Key::HeaderBringBack),
            Body::ConfirmBorrowerReturn(Notice {
                steps: self.steps(1),
                tablet: Some("WGN-042".to_owned()),
                others: vec![self.button(Key::GoodbyeSave, Touch::HelpMeSave)],
                ..self.notice(Key::GoodbyeHeadline, &[Key::GoodbyeQuestion], main)
            }),
        )
    }

    fn returned(&self) -> Screen {
        let lines = [Key::ReturnedClear, Key::ReturnedPlugIn];
        let mut steps = self.steps(2);
        steps[2].progress = Progress::Done;
        self.open(
            Some(Key::HeaderBringBack),
            Body::Done(Notice {
                steps,
                tablet: Some("WGN-042".to_owned()),
                others: vec![self.button(Key::ReturnedShowMe, Touch::ShowMe)],
                ..self.notice(
                    Key::ReturnedHeadline,
                    &lines,
                    (Key::ButtonFinish, Touch::Finish),
                )
            }),
        )
    }

    fn refer(&self) -> Screen {
        let lines = [Key::ReferComing, Key::ReferNoBlame];
        let notice = self.notice(
            Key::ReferHeadline,
            &lines,
            (Key::ButtonFinish, Touch::Finish),
        );
        self.open(Some(Key::HeaderBorrow), Body::Refer(notice))
    }

    fn question(&self) -> Screen {
        let others = vec![self.button(Key::StillGotItNo, Touch::No)];
        let notice = self.notice(Key::StillGotIt, &[], (Key::StillGotItYes, Touch::Yes));
        self.open(
            Some(Key::HeaderHelp),
            Body::Question(Notice { others, ..notice }),
        )
    }

    fn wait(&self) -> Screen {
        let notice = self.notice(
            Key::WaitHeadline,
            &[Key::WaitLine],
            (Key::ButtonStop, Touch::Stop),
        );
        let notice = Notice {
            main: None,
            ..notice
        };
        self.open(Some(Key::HeaderBringBack), Body::Wait(notice))
    }

    fn camera_lost(&self) -> Screen {
        let main = (Key::ButtonCallStaff, Touch::CallStaff);
        let others = vec![self.button(Key::ButtonTypeNumber, Touch::TypeNumber)];
        let notice = self.notice(Key::RefusalCameraLost, &[Key::RefusalCameraLostNext], main);
        self.open(
            Some(Key::HeaderBringBack),
            Body::CameraLost(Notice { others, ..notice }),
        )
    }

    fn type_number(&self) -> Screen {
        self.open(
            Some(Key::HeaderBringBack),
            Body::TypeNumber(Typing {
                headline: self.say(Key::NumberHeadline),
                hint: Hint {
                    tone: Tone::Calm,
                    text: self.say(Key::NumberHint),
                },
                caption: self.say(Key::NumberField),
                prefix: "WGN-".to_owned(),
                typed: "042".to_owned(),
                rub_out: self.say(Key::ButtonRubOut),
                main: self.button(Key::NumberGo, Touch::Enter),
                ready: true,
                others: vec![self.button(Key::ButtonCallStaff, Touch::CallStaff)],
            }),
        )
    }

    fn find_borrower(&self) -> Screen {
        self.at_desk(
            Key::HeaderCheckOut,
            Body::FindBorrower(Typing {
                headline: self.say(Key::FindHeadline),
                hint: Hint {
                    tone: Tone::Alert,
                    text: self.say(Key::RefusalBorrowerUnknownStaff),
                },
                caption: self.say(Key::FindField),
                prefix: String::new(),
                typed: "20".to_owned(),
                rub_out: self.say(Key::ButtonRubOut),
                main: self.button(Key::FindGo, Touch::Enter),
                ready: false,
                others: Vec::new(),
            }),
        )
    }

    fn chip(&self, state: StateLook, word: Key) -> StateChip {
        StateChip {
            state,
            word: self.say(word),
        }
    }

    fn tray_row(&self, number: &str, since: (Key, usize), reset: Option<Touch>) -> TrayRow {
        let state = match reset {
            Some(_) => self.chip(StateLook::NotYetReset, Key::StateBackNotYetReset),
            None => self.chip(StateLook::Resetting, Key::StateResetting),
        };
        TrayRow {
            number: number.to_owned(),
            state,
            since: self.0.text(since.0, &[("count", Arg::Count(since.1))]),
            start: reset.map(|touch| self.button(Key::StaffTrayStart, touch)),
        }
    }

    fn home(&self, online: bool, tray: Tray) -> Screen {
        let end = (Key::StaffSignOut, Touch::SignOut);
        self.staffed(
            Key::HeaderStaff,
            online,
            end,
            Body::StaffHome(StaffHome {
                check_out: self.tile(
                    Key::StaffCheckOut,
                    Key::StaffCheckOutDetail,
                    Touch::StaffCheckOut,
                ),
                take_back: self.tile(Key::StaffReturn, Key::StaffReturnDetail, Touch::StaffReturn),
                others: vec![
                    self.button(Key::StaffBox, Touch::UnpackBox),
                    self.button(Key::StaffCount, Touch::CountShelf),
                ],
                tray,
            }),
        )
    }

    fn staff_home(&self) -> Screen {
        let start = |number: &str| Some(Touch::StartReset(number.to_owned()));
        let more = self.0.text(Key::StaffTrayMore, &[("count", Arg::Count(2))]);
        self.home(
            true,
            Tray {
                headline: self.say(Key::StaffTray),
                hint: self.say(Key::StaffTrayHint),
                rows: vec![
                    self.tray_row("WGN-042", (Key::StaffSinceMinutes, 12), start("WGN-042")),
                    self.tray_row("WGN-007", (Key::StaffSinceHours, 1), start("WGN-007")),
                    self.tray_row("WGN-100", (Key::StaffSinceDays, 2), None),
                ],
                more: Some(Button::new(more, Touch::MoreRows)),
            },
        )
    }

    fn staff_home_empty(&self) -> Screen {
        self.home(
            false,
            Tray {
                headline: self.say(Key::StaffTray),
                hint: self.say(Key::StaffTrayEmpty),
                rows: Vec::new(),
                more: None,
            },
        )
    }
}
