//! What the home screen shows and what the person answers: three small files that the
//! session reads, and two that it writes, in a folder of its own. No name stands in
//! them, and nothing that a session puts there is more than an answer.

use std::io::{self, ErrorKind};

use serde::{Deserialize, Serialize};
use shared::{
    ids::LoanId,
    signed::presence::{PresenceCode, SHOWN_MS},
    time::Moment,
    wire::v1::agent::{LoanCard, StillGotIt},
};

use crate::disk::{Disk, discard, replace};

const HOME: &str = "home.json";
const QUESTION: &str = "question.json";
const CODE: &str = "code.json";
/// The file that the session writes, anew each time, when it is to show a code.
pub const SHOW_CODE: &str = "show-code";
const LOST: &str = "lost.json";
/// The file that the session writes when the person has answered.
pub const ANSWER: &str = "answer.json";

/// The person's answer, as the session writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The loan that the question was about.
    pub loan: LoanId,
    /// Yes or no.
    pub yes: bool,
}

/// A code that says that the tablet is here, for the session to draw as a QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeShown {
    /// Its text.
    pub code: String,
    /// Until when it is shown: then another one is asked for.
    pub until: Moment,
}

/// What the screen of a lost tablet says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// In kind words, with whom to ring.
    pub message: String,
}

/// The screen's files.
#[derive(Debug)]
pub struct Screen<D> {
    disk: D,
    answers: D,
}

impl<D: Disk> Screen<D> {
    /// What is shown on the one disk, and the answers on the other.
    pub const fn on(disk: D, answers: D) -> Self {
        Self { disk, answers }
    }

    /// Shows until when the loan is.
    pub fn show(&mut self, card: &LoanCard) -> io::Result<()> {
        replace(&mut self.disk, HOME, &serde_json::to_vec(card)?)
    }

    /// Shows no loan. Said with every turn, so nothing is done where nothing is shown.
    pub fn clear(&mut self) -> io::Result<()> {
        match self.disk.read(HOME)? {
            Some(_) => discard(&mut self.disk, HOME),
            None => Ok(()),
        }
    }

    /// Has this code shown, for as long as one is.
    pub fn show_code(&mut self, code: &PresenceCode, now: Moment) -> io::Result<()> {
        let shown = CodeShown {
            code: code.to_string(),
            until: now.plus_ms(SHOWN_MS),
        };
        replace(&mut self.disk, CODE, &serde_json::to_vec(&shown)?)
    }

    /// Asks the person. An answer to an earlier question is not one to this.
    pub fn ask(&mut self, question: &StillGotIt) -> io::Result<()> {
        self.clear_answer()?;
        replace(&mut self.disk, QUESTION, &serde_json::to_vec(question)?)
    }

    /// Asks nothing.
    pub fn clear_question(&mut self) -> io::Result<()> {
        discard(&mut self.disk, QUESTION)?;
        self.clear_answer()
    }

    /// Shows that the tablet is lost, above everything else, in the server's words.
    pub fn show_lost(&mut self, message: &str) -> io::Result<()> {
        let shown = Lost {
            message: message.to_owned(),
        };
        replace(&mut self.disk, LOST, &serde_json::to_vec(&shown)?)
    }

    /// Shows that no more.
    pub fn clear_lost(&mut self) -> io::Result<()> {
        discard(&mut self.disk, LOST)
    }

    /// Removes an answer that was taken.
    pub fn clear_answer(&mut self) -> io::Result<()> {
        match discard(&mut self.answers, ANSWER) {
            // A session may have put a folder there. It is no answer, and stays.
            Err(error) if error.kind() == ErrorKind::IsADirectory => Ok(()),
            cleared => cleared,
        }
    }

    /// The person's answer, if there is one that can be read.
    pub fn answer(&self) -> io::Result<Option<Answer>> {
        let bytes = match self.answers.read(ANSWER) {
            // Whoever writes it can also put there what is no file, or not ours to read.
            Err(error) if is_the_sessions_doing(&error) => None,
            read => read?,
        };
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

fn is_the_sessions_doing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidData | ErrorKind::PermissionDenied
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::{fs, os::unix::fs::symlink};

    use shared::{ids::TabletId, keys::SecretKey};

    use super::*;
    use crate::{
        disk::{folder::Folder, torn::Torn},
        place::Place,
    };

    #[test]
    fn an_answer_is_read_as_the_session_wrote_it_and_is_gone_with_the_question() {
        let mut answers = Torn::default();
        let mut screen = Screen::on(Torn::default(), answers.clone());
        let loan = LoanId::from_bytes([1; 16]);
        screen.ask(&StillGotIt { loan }).unwrap();
        assert_eq!(screen.answer().unwrap(), None);
        answers.write(ANSWER, &yes(loan)).unwrap();
        assert_eq!(screen.answer().unwrap(), Some(Answer { loan, yes: true }));
        screen.clear_question().unwrap();
        assert_eq!(screen.answer().unwrap(), None);
    }
    #[test]
    fn r19_the_code_that_is_shown_says_which_tablet_is_here_and_when() {
        let disk = Torn::default();
        let mut screen = Screen::on(disk.clone(), Torn::default());
        let (tablet, key) = (
            TabletId::from_bytes([2; 16]),
            SecretKey::from_seed(&[3; 32]),
        );
        let now: Moment = "2026-12-12T16:31:00Z".parse().unwrap();
        let code = PresenceCode::sign(tablet, now, &key);
        screen.show_code(&code, now).unwrap();
        let shown: CodeShown = serde_json::from_slice(&disk.read(CODE).unwrap().unwrap()).unwrap();
        let scanned: PresenceCode = shown.code.parse().unwrap();
        let check = |at| scanned.check(tablet, &key.public(), at).is_ok();
        assert!(check(now) && check(shown.until), "as long as it is shown");
    }

    #[test]
    fn what_a_session_puts_there_is_an_answer_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        let (shown, answers) = (place.screen_disk().unwrap(), place.answers_disk().unwrap());
        let mut screen: Screen<Folder> = Screen::on(shown, answers);
        let loan = LoanId::from_bytes([1; 16]);
        let (there, elsewhere) = (place.answers_dir().join(ANSWER), folder.path().join("yes"));
        fs::write(&elsewhere, yes(loan)).unwrap();
        symlink(&elsewhere, &there).unwrap();
        assert_eq!(screen.answer().unwrap(), None);
        screen.clear_answer().unwrap();
        assert!(elsewhere.exists() && !there.exists());
        fs::create_dir(&there).unwrap();
        assert_eq!(screen.answer().unwrap(), None);
        screen.ask(&StillGotIt { loan }).unwrap();
        fs::remove_dir(&there).unwrap();
        fs::write(&there, yes(loan)).unwrap();
        assert_eq!(screen.answer().unwrap(), Some(Answer { loan, yes: true }));
    }

    fn yes(loan: LoanId) -> Vec<u8> {
        format!(r#"{{"loan":"{loan}","yes":true}}"#).into_bytes()
    }
}
