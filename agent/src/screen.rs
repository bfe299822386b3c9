//! What the home screen shows and what the person answers: three small files that
//! the session reads and writes. No name stands in them.

use std::io;

use serde::{Deserialize, Serialize};
use shared::{
    ids::LoanId,
    wire::v1::agent::{LoanCard, StillGotIt},
};

use crate::disk::{Disk, discard, replace};

const HOME: &str = "home.json";
const QUESTION: &str = "question.json";
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
}

impl<D: Disk> Screen<D> {
    /// The screen's files on this disk.
    pub const fn on(disk: D) -> Self {
        Self { disk }
    }

    /// Shows until when the loan is.
    pub fn show(&mut self, card: &LoanCard) -> io::Result<()> {
        replace(&mut self.disk, HOME, &serde_json::to_vec(card)?)
    }

    /// Shows no loan.
    pub fn clear(&mut self) -> io::Result<()> {
        discard(&mut self.disk, HOME)
    }

    /// Asks the person. An answer to an earlier question is not one to this.
    pub fn ask(&mut self, question: &StillGotIt) -> io::Result<()> {
        discard(&mut self.disk, ANSWER)?;
        replace(&mut self.disk, QUESTION, &serde_json::to_vec(question)?)
    }

    /// Asks nothing.
    pub fn clear_question(&mut self) -> io::Result<()> {
        self.disk.remove(QUESTION)?;
        discard(&mut self.disk, ANSWER)
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
        discard(&mut self.disk, ANSWER)
    }

    /// The person's answer, if there is one that can be read.
    pub fn answer(&self) -> io::Result<Option<Answer>> {
        let bytes = self.disk.read(ANSWER)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;
    use crate::disk::torn::Torn;

    #[test]
    fn an_answer_is_read_as_the_session_wrote_it_and_is_gone_with_the_question() {
        let mut disk = Torn::default();
        let mut screen = Screen::on(disk.clone());
        let loan = LoanId::from_bytes([1; 16]);
        screen.ask(&StillGotIt { loan }).unwrap();
        assert_eq!(screen.answer().unwrap(), None);
        disk.write(
            ANSWER,
            format!(r#"{{"loan":"{loan}","yes":true}}"#).as_bytes(),
        )
        .unwrap();
        assert_eq!(screen.answer().unwrap(), Some(Answer { loan, yes: true }));
        screen.clear_question().unwrap();
        assert_eq!(screen.answer().unwrap(), None);
    }
}
