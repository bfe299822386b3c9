//! A screen becomes the window's properties, field by field. Lists are levelled
//! in place, so that a control keeps the focus while something beside it changes.

use slint::{ComponentHandle, Global, Model, ModelRc, SharedString, VecModel};

use super::{
    Touches,
    made::{self, AppWindow, Kind, Shown},
};
use crate::screen::{
    Body, Button, Choice, ConfirmReturn, Connection, Corner, First, HandOver, Header, Hint,
    KitPart, KitPicture, Look, Notice, Progress, Scan, Screen, Sight, StaffHome, StateChip,
    StateLook, Step, Sweep, TabletCard, Tile, Tone, Touch, TrayRow, Typing,
};

/// Pictures of a kit in one row; of more, half stand in a second one.
const KIT_IN_A_ROW: usize = 5;

/// The number of a control that is not there.
const NOTHING: i32 = -1;

/// Shows `screen` in `window` and leaves in `touches` what its controls mean.
pub fn screen(window: &AppWindow, touches: &Touches, screen: &Screen) {
    let shown = Shown::get(window);
    let before = shown.get_kind();
    look(window, screen.look);
    let mut painter = Painter {
        shown,
        touches: Vec::new(),
    };
    painter.header(&screen.header);
    painter.body(&screen.body);
    *super::locked(touches) = painter.touches;
    if before != Shown::get(window).get_kind() {
        window.invoke_rest();
    }
}

fn look(window: &AppWindow, look: Look) {
    let theme = window.global::<made::Theme>();
    theme.set_bigger(look.bigger);
    theme.set_high_contrast(look.high_contrast);
    theme.set_still(look.still);
}

/// Sets properties and numbers the touches on the way.
struct Painter<'a> {
    shown: Shown<'a>,
    touches: Vec<Touch>,
}

impl Painter<'_> {
    fn header(&mut self, header: &Header) {
        self.shown.set_title(text(header.title.as_deref()));
        self.shown.set_venue(text(header.venue.as_deref()));
        self.shown.set_operator(text(header.operator.as_deref()));
        self.connection(header.connection.as_ref());
        let languages = header.languages.iter();
        let languages = languages
            .map(|it| self.header_button(&it.button, it.chosen))
            .collect();
        level(&self.shown.get_languages(), languages, |model| {
            self.shown.set_languages(model);
        });
        let buttons = header.buttons.iter();
        let buttons = buttons.map(|it| self.header_button(it, false)).collect();
        level(&self.shown.get_header_buttons(), buttons, |model| {
            self.shown.set_header_buttons(model);
        });
    }

    fn connection(&self, connection: Option<&Connection>) {
        self.shown.set_has_connection(connection.is_some());
        self.shown
            .set_online(connection.is_some_and(|it| it.online));
        self.shown
            .set_connection(text(connection.map(|it| it.text.as_str())));
    }

    fn header_button(&mut self, button: &Button, chosen: bool) -> made::HeaderButtonData {
        made::HeaderButtonData {
            text: button.text.as_str().into(),
            touch: self.touch(&button.touch),
            icon: header_icon(&button.touch),
            chosen,
        }
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::First(first) => self.first(first),
            Body::Scan(scan) => self.scan(scan),
            Body::ConfirmReturn(confirm) => self.confirm_return(confirm),
            Body::ConfirmBorrowerReturn(notice) => self.notice(Kind::Goodbye, notice),
            Body::Sweep(sweep) => self.sweep(sweep),
            Body::Choice(choice) => self.choice(choice),
            Body::HandOver(hand_over) => self.hand_over(hand_over),
            Body::FindBorrower(typing) | Body::TypeNumber(typing) => self.typing(typing),
            Body::Done(notice) => self.notice(Kind::Done, notice),
            Body::Refer(notice) => self.notice(Kind::Refer, notice),
            Body::Question(notice) => self.notice(Kind::Question, notice),
            Body::Wait(notice) => self.notice(Kind::Wait, notice),
            Body::StaffHome(home) => self.staff_home(home),
            Body::CameraLost(notice) => self.notice(Kind::CameraLost, notice),
        }
    }

    fn first(&mut self, first: &First) {
        self.shown.set_kind(Kind::First);
        self.headline(&first.headline);
        let green = self.tile(&first.borrow);
        self.shown.set_green(green);
        let blue = self.tile(&first.bring_back);
        self.shown.set_blue(blue);
        let plain = self.tile(&first.keep_longer);
        self.shown.set_plain(plain);
        let help = self.tile(&first.help);
        self.shown.set_help(help);
        self.shown.set_note_lead(first.note_lead.as_str().into());
        self.shown.set_note(first.note.as_str().into());
    }

    fn scan(&mut self, scan: &Scan) {
        self.shown.set_kind(Kind::Scan);
        self.steps(&scan.steps);
        self.headline(&scan.headline);
        self.hint(&scan.hint);
        self.shown
            .set_picture_text(scan.picture_text.as_str().into());
        self.sight(scan.sight);
        self.buttons(None, &scan.buttons);
    }

    fn sight(&self, sight: Sight) {
        match sight {
            Sight::Looking => self.shown.set_found(false),
            Sight::Found(corners) => {
                let corners = around(corners).to_vec();
                self.shown
                    .set_corners(ModelRc::new(VecModel::from(corners)));
                self.shown.set_found(true);
            }
        }
    }

    fn confirm_return(&mut self, confirm: &ConfirmReturn) {
        self.shown.set_kind(Kind::ConfirmReturn);
        self.headline(&confirm.headline);
        self.shown.set_hint(confirm.hint.as_str().into());
        self.tablet(&confirm.tablet);
        let damaged = self.button(&confirm.damaged.button);
        self.shown.set_damaged(damaged);
        self.shown.set_damaged_on(confirm.damaged.on);
        self.buttons(Some(&confirm.main), &confirm.others);
    }

    fn sweep(&mut self, sweep: &Sweep) {
        self.shown.set_kind(Kind::Sweep);
        self.headline(&sweep.headline);
        self.hint(&sweep.hint);
        self.shown
            .set_picture_text(sweep.picture_text.as_str().into());
        self.sight(sweep.sight);
        let counts = sweep.counts.iter().map(|it| made::CountData {
            tone: tone(it.tone),
            number: it.number.as_str().into(),
            text: it.text.as_str().into(),
        });
        level(&self.shown.get_counts(), counts.collect(), |model| {
            self.shown.set_counts(model);
        });
        self.shown.set_to_find(sweep.to_find.as_str().into());
        self.shown.set_and_more(sweep.more.as_str().into());
        self.buttons(Some(&sweep.main), &sweep.others);
    }

    fn choice(&mut self, choice: &Choice) {
        self.shown.set_kind(Kind::Choice);
        self.headline(&choice.headline);
        self.tablet(&choice.tablet);
        self.lines(&choice.lines);
        let choices = choice.choices.iter().map(|it| self.button(it)).collect();
        level(&self.shown.get_choices(), choices, |model| {
            self.shown.set_choices(model);
        });
        self.buttons(Some(&choice.main), &[]);
    }

    fn hand_over(&mut self, hand_over: &HandOver) {
        self.shown.set_kind(Kind::HandOver);
        let borrower = &hand_over.borrower;
        self.shown.set_borrower(made::BorrowerData {
            caption: borrower.caption.as_str().into(),
            name: borrower.name.as_str().into(),
            about: borrower.line.as_str().into(),
        });
        let facts = borrower.facts.iter().map(SharedString::from).collect();
        level(&self.shown.get_facts(), facts, |model| {
            self.shown.set_facts(model);
        });
        self.tablet(&hand_over.tablet);
        self.shown.set_due_lead(hand_over.due_lead.as_str().into());
        self.shown.set_due_day(hand_over.due_day.as_str().into());
        self.buttons(Some(&hand_over.main), &hand_over.others);
    }

    fn typing(&mut self, typing: &Typing) {
        self.shown.set_kind(Kind::Typing);
        self.headline(&typing.headline);
        self.hint(&typing.hint);
        self.shown.set_field(made::FieldData {
            caption: typing.caption.as_str().into(),
            prefix: typing.prefix.as_str().into(),
            typed: typing.typed.as_str().into(),
            ready: typing.ready,
        });
        let keys = "1234567890".chars();
        let keys = keys
            .map(|digit| self.button(&Button::new(digit, Touch::Digit(digit))))
            .collect();
        level(&self.shown.get_keys(), keys, |model| {
            self.shown.set_keys(model);
        });
        let rub_out = self.button(&Button::new(&typing.rub_out, Touch::Backspace));
        self.shown.set_rub_out(rub_out);
        self.buttons(Some(&typing.main), &typing.others);
    }

    fn notice(&mut self, kind: Kind, notice: &Notice) {
        self.shown.set_kind(kind);
        self.steps(&notice.steps);
        self.headline(&notice.headline);
        let number = text(notice.tablet.as_deref());
        self.shown.set_tablet(made::TabletData {
            number,
            ..Default::default()
        });
        self.lines(&notice.lines);
        self.buttons(notice.main.as_ref(), &notice.others);
    }

    fn staff_home(&mut self, home: &StaffHome) {
        self.shown.set_kind(Kind::StaffHome);
        let green = self.tile(&home.check_out);
        self.shown.set_green(green);
        let blue = self.tile(&home.take_back);
        self.shown.set_blue(blue);
        self.buttons(None, &home.others);
        self.headline(&home.tray.headline);
        self.shown.set_hint(home.tray.hint.as_str().into());
        let rows = home
            .tray
            .rows
            .iter()
            .map(|row| self.tray_row(row))
            .collect();
        level(&self.shown.get_rows(), rows, |model| {
            self.shown.set_rows(model);
        });
        let more = self.maybe(home.tray.more.as_ref());
        self.shown.set_more(more);
    }

    fn tray_row(&mut self, row: &TrayRow) -> made::RowData {
        made::RowData {
            number: row.number.as_str().into(),
            chip: chip(&row.state),
            since: row.since.as_str().into(),
            start: self.maybe(row.start.as_ref()),
        }
    }

    fn tablet(&mut self, tablet: &TabletCard) {
        self.shown.set_tablet(made::TabletData {
            caption: tablet.caption.as_str().into(),
            number: tablet.number.as_str().into(),
            chip: chip(&tablet.state),
            about: tablet.line.as_str().into(),
            rests_on: tablet.rests_on.as_str().into(),
        });
        let mut kit: Vec<_> = tablet.kit.iter().map(|it| self.kit(it)).collect();
        let first = if kit.len() > KIT_IN_A_ROW {
            kit.len() / 2
        } else {
            kit.len()
        };
        let below = kit.split_off(first);
        level(&self.shown.get_kit(), kit, |model| {
            self.shown.set_kit(model);
        });
        level(&self.shown.get_kit_below(), below, |model| {
            self.shown.set_kit_below(model);
        });
    }

    fn kit(&mut self, picture: &KitPicture) -> made::KitData {
        made::KitData {
            part: kit_part(picture.part),
            text: picture.text.as_str().into(),
            says: picture.says.as_str().into(),
            here: picture.here,
            touch: picture
                .touch
                .as_ref()
                .map_or(NOTHING, |touch| self.touch(touch)),
        }
    }

    fn steps(&self, steps: &[Step]) {
        let numbered = (1..).zip(steps);
        let steps = numbered.map(|(number, step)| made::StepData {
            number: slint::format!("{number}"),
            text: step.text.as_str().into(),
            progress: progress(step.progress),
        });
        level(&self.shown.get_steps(), steps.collect(), |model| {
            self.shown.set_steps(model);
        });
    }

    fn lines(&self, lines: &[String]) {
        let lines = lines.iter().map(|line| tied(line)).collect();
        level(&self.shown.get_lines(), lines, |model| {
            self.shown.set_lines(model);
        });
    }

    fn headline(&self, headline: &str) {
        self.shown.set_headline(tied(headline));
    }

    fn hint(&self, hint: &Hint) {
        self.shown.set_tone(tone(hint.tone));
        self.shown.set_hint(tied(&hint.text));
    }

    fn buttons(&mut self, main: Option<&Button>, others: &[Button]) {
        let main = self.maybe(main);
        self.shown.set_main(main);
        let others = others.iter().map(|button| self.button(button)).collect();
        level(&self.shown.get_others(), others, |model| {
            self.shown.set_others(model);
        });
    }

    fn tile(&mut self, tile: &Tile) -> made::TileData {
        made::TileData {
            text: tile.button.text.as_str().into(),
            detail: tile.detail.as_str().into(),
            touch: self.touch(&tile.button.touch),
        }
    }

    fn maybe(&mut self, button: Option<&Button>) -> made::ButtonData {
        let none = made::ButtonData {
            text: SharedString::new(),
            touch: NOTHING,
        };
        button.map_or(none, |button| self.button(button))
    }

    fn button(&mut self, button: &Button) -> made::ButtonData {
        made::ButtonData {
            text: button.text.as_str().into(),
            touch: self.touch(&button.touch),
        }
    }

    fn touch(&mut self, touch: &Touch) -> i32 {
        let number = i32::try_from(self.touches.len()).expect("a screen has few controls");
        self.touches.push(touch.clone());
        number
    }
}

/// How much wider than the code the frame around it is.
const FRAME: f32 = 1.16;

/// The corners of a frame around a code, in parts of the picture.
fn around(code: [Corner; 4]) -> [made::PointData; 4] {
    let part = |thousandths: u16| f32::from(thousandths) / 1000.0;
    let middle = |of: fn(&Corner) -> u16| code.iter().map(|at| part(of(at))).sum::<f32>() / 4.0;
    let (x, y) = (middle(|at| at.x), middle(|at| at.y));
    let out = |middle: f32, at: u16| middle + (part(at) - middle) * FRAME;
    code.map(|at| made::PointData {
        x: out(x, at.x),
        y: out(y, at.y),
    })
}

/// A short last sentence, or else the last two words, stay on one line.
fn tied(words: &str) -> SharedString {
    const SHORT: usize = 18;
    let last = words
        .trim_end_matches(['.', '?'])
        .rfind(['.', '?'])
        .map_or(0, |at| at + 2);
    let end = words.rfind(' ').unwrap_or(0);
    let before = words[..end].rfind(' ').map_or(0, |at| at + 1);
    let from = if last > 0 && words.len() - last <= SHORT {
        last
    } else {
        before
    };
    let (head, tail) = words.split_at(from);
    slint::format!("{head}{}", tail.replace(' ', "\u{a0}"))
}

fn text(words: Option<&str>) -> SharedString {
    words.unwrap_or("").into()
}

fn header_icon(touch: &Touch) -> made::HeaderIcon {
    if *touch == Touch::ReadToMe {
        made::HeaderIcon::Speak
    } else if *touch == Touch::Bigger {
        made::HeaderIcon::Bigger
    } else if matches!(touch, Touch::Stop | Touch::SignOut) {
        made::HeaderIcon::Stop
    } else {
        made::HeaderIcon::None
    }
}

fn chip(chip: &StateChip) -> made::ChipData {
    made::ChipData {
        state: state(chip.state),
        word: chip.word.as_str().into(),
    }
}

fn state(state: StateLook) -> made::StateLook {
    match state {
        StateLook::Ready => made::StateLook::Ready,
        StateLook::OnLoan => made::StateLook::OnLoan,
        StateLook::Resetting => made::StateLook::Resetting,
        StateLook::NotYetReset => made::StateLook::NotYetReset,
        StateLook::NeedsAttention => made::StateLook::NeedsAttention,
        StateLook::Travelling => made::StateLook::Travelling,
        StateLook::PutAside => made::StateLook::PutAside,
        StateLook::Missing => made::StateLook::Missing,
        StateLook::Gone => made::StateLook::Gone,
    }
}

fn kit_part(part: KitPart) -> made::KitPart {
    match part {
        KitPart::Tablet => made::KitPart::Tablet,
        KitPart::Charger => made::KitPart::Charger,
        KitPart::Cable => made::KitPart::Cable,
        KitPart::Case => made::KitPart::Case,
        KitPart::Bag => made::KitPart::Bag,
        KitPart::Guide => made::KitPart::Guide,
        KitPart::Stylus => made::KitPart::Stylus,
        KitPart::Headset => made::KitPart::Headset,
        KitPart::Keyboard => made::KitPart::Keyboard,
    }
}

fn progress(progress: Progress) -> made::Progress {
    match progress {
        Progress::Done => made::Progress::Done,
        Progress::Current => made::Progress::Current,
        Progress::Ahead => made::Progress::Ahead,
    }
}

fn tone(tone: Tone) -> made::Tone {
    match tone {
        Tone::Calm => made::Tone::Calm,
        Tone::Good => made::Tone::Good,
        Tone::Ask => made::Tone::Ask,
        Tone::Alert => made::Tone::Alert,
    }
}

/// Makes the rows of `model` equal to `rows`, touching only what differs; gives
/// the property its own model the first time.
fn level<T: Clone + PartialEq + 'static>(
    model: &ModelRc<T>,
    rows: Vec<T>,
    set: impl FnOnce(ModelRc<T>),
) {
    let Some(model) = model.as_any().downcast_ref::<VecModel<T>>() else {
        set(ModelRc::new(VecModel::from(rows)));
        return;
    };
    while model.row_count() > rows.len() {
        model.remove(model.row_count() - 1);
    }
    for (at, row) in rows.into_iter().enumerate() {
        match model.row_data(at) {
            None => model.push(row),
            Some(old) if old != row => model.set_row_data(at, row),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_sentence_stay_together() {
        assert_eq!(
            tied("Thank you. You can go."),
            "Thank you. You\u{a0}can\u{a0}go."
        );
        assert_eq!(
            tied("Lay it on the shelf, sticker up."),
            "Lay it on the shelf, sticker\u{a0}up."
        );
        assert_eq!(tied("Stop"), "Stop");
        assert_eq!(tied(""), "");
    }

    #[test]
    fn the_frame_around_a_code_is_a_little_larger_than_the_code() {
        let at = |x, y| Corner { x, y };
        let frame = around([at(400, 300), at(600, 300), at(600, 700), at(400, 700)]);
        assert!((frame[0].x - 0.384).abs() < 1e-4 && (frame[0].y - 0.268).abs() < 1e-4);
        assert!((frame[2].x - 0.616).abs() < 1e-4 && (frame[2].y - 0.732).abs() < 1e-4);
    }
}
