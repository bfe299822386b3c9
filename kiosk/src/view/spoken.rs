//! What "Read to me" says: headline, lines and buttons in the order in which
//! they stand on the screen.

use crate::screen::{
    Body, Button, Choice, ConfirmReturn, First, HandOver, Notice, Scan, Screen, StaffHome, Sweep,
    TabletCard, Tile, Typing,
};

/// The screen as it is read aloud, a sentence a line.
pub fn spoken(screen: &Screen) -> String {
    let mut said = Said::default();
    said.body(&screen.body);
    said.buttons(&screen.header.buttons);
    said.0.join("\n")
}

#[derive(Default)]
struct Said(Vec<String>);

impl Said {
    fn body(&mut self, body: &Body) {
        match body {
            Body::First(first) => self.first(first),
            Body::Scan(scan) => self.scan(scan),
            Body::ConfirmReturn(confirm) => self.confirm(confirm),
            Body::Sweep(sweep) => self.sweep(sweep),
            Body::Choice(page) => self.choice(page),
            Body::HandOver(page) => self.hand_over(page),
            Body::FindBorrower(typing) | Body::TypeNumber(typing) => self.typing(typing),
            Body::StaffHome(home) => self.home(home),
            Body::ConfirmBorrowerReturn(notice)
            | Body::Done(notice)
            | Body::Refer(notice)
            | Body::Question(notice)
            | Body::Wait(notice)
            | Body::CameraLost(notice) => self.notice(notice),
        }
    }

    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            self.0.push(text.to_owned());
        }
    }

    fn buttons(&mut self, buttons: &[Button]) {
        for button in buttons {
            self.line(&button.text);
        }
    }

    fn tile(&mut self, tile: &Tile) {
        self.line(&tile.button.text);
        self.line(&tile.detail);
    }

    fn first(&mut self, first: &First) {
        self.line(&first.headline);
        self.tile(&first.borrow);
        self.tile(&first.bring_back);
        self.line(&format!("{} {}", first.note_lead, first.note));
        self.tile(&first.keep_longer);
        self.tile(&first.help);
    }

    fn scan(&mut self, scan: &Scan) {
        self.line(&scan.headline);
        self.line(&scan.hint.text);
        self.buttons(&scan.buttons);
    }

    fn tablet(&mut self, card: &TabletCard) {
        self.line(&format!("{} {}", card.caption, card.number));
        self.line(&card.state.word);
        self.line(&card.line);
        self.line(&card.rests_on);
        for part in &card.kit {
            self.line(&part.says);
        }
    }

    fn confirm(&mut self, page: &ConfirmReturn) {
        self.line(&page.headline);
        self.line(&page.hint);
        self.tablet(&page.tablet);
        self.line(&page.damaged.button.text);
        self.line(&page.main.text);
        self.buttons(&page.others);
    }

    fn sweep(&mut self, sweep: &Sweep) {
        self.line(&sweep.headline);
        self.line(&sweep.hint.text);
        for count in &sweep.counts {
            self.line(&format!("{}: {}", count.text, count.number));
        }
        self.line(&sweep.to_find);
        self.line(&sweep.more);
        self.line(&sweep.main.text);
        self.buttons(&sweep.others);
    }

    fn choice(&mut self, page: &Choice) {
        self.line(&page.headline);
        self.tablet(&page.tablet);
        for line in &page.lines {
            self.line(line);
        }
        self.buttons(&page.choices);
        self.line(&page.main.text);
    }

    fn hand_over(&mut self, page: &HandOver) {
        self.line(&format!("{} {}", page.borrower.caption, page.borrower.name));
        self.line(&page.borrower.line);
        for fact in &page.borrower.facts {
            self.line(fact);
        }
        self.tablet(&page.tablet);
        self.line(&format!("{} {}", page.due_lead, page.due_day));
        self.line(&page.main.text);
        self.buttons(&page.others);
    }

    /// What is typed is not read out: a card's number is nobody else's business.
    fn typing(&mut self, page: &Typing) {
        self.line(&page.headline);
        self.line(&page.hint.text);
        self.line(&page.main.text);
        self.buttons(&page.others);
    }

    fn home(&mut self, home: &StaffHome) {
        self.tile(&home.check_out);
        self.tile(&home.take_back);
        self.buttons(&home.others);
        self.line(&home.tray.headline);
        self.line(&home.tray.hint);
        for row in &home.tray.rows {
            self.line(&format!("{}: {}", row.number, row.state.word));
            self.line(&row.since);
            self.buttons(row.start.as_slice());
        }
        self.buttons(home.tray.more.as_slice());
    }

    fn notice(&mut self, notice: &Notice) {
        self.line(&notice.headline);
        if let Some(tablet) = &notice.tablet {
            self.line(tablet);
        }
        for line in &notice.lines {
            self.line(line);
        }
        self.buttons(notice.main.as_slice());
        self.buttons(&notice.others);
    }
}
