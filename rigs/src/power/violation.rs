//! What must never be found, each kind in words.

use anyhow::Error;

/// A description that is longer helps nobody.
const CHARS_MAX: usize = 600;

/// Something that the library promised and did not keep.
#[derive(Debug)]
pub enum Violation {
    /// What was acknowledged is not there: so many acts of so many.
    Lost {
        /// Acts that stand.
        stand: usize,
        /// Acts that were acknowledged.
        acknowledged: usize,
        /// How what stands differs from what was acknowledged.
        differs: String,
    },
    /// The database says neither what was acknowledged nor that and the next act.
    HalfWritten(String),
    /// The store cannot be opened.
    NotOpened(Error),
    /// A check found something wrong.
    Damaged(Error),
    /// What was asked again was answered in another way, or done twice.
    Again(String, Error),
    /// An act that can be done failed.
    Fault(String, Error),
    /// An act failed, and yet something of it stands.
    LeftByFault(String, String),
    /// An act was acknowledged, and not all of it stands.
    NotDone(String, String),
    /// A file holds a borrower's id that was forgotten (R13).
    Remembered(String),
    /// The database cannot be read.
    Unreadable(Error),
    /// A program panicked.
    Panicked(String),
}

impl From<Error> for Violation {
    fn from(error: Error) -> Self {
        Self::Unreadable(error)
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&first_line(&self.words()))
    }
}

/// A fault of the database may bring all of the SQL along.
fn first_line(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default();
    line.chars().take(CHARS_MAX).collect()
}

impl Violation {
    fn words(&self) -> String {
        match self {
            Self::Lost {
                stand,
                acknowledged,
                differs,
            } => format!(
                "what was acknowledged is gone: {stand} of {acknowledged} acts stand ({differs})"
            ),
            Self::HalfWritten(differs) => format!("something is half written ({differs})"),
            Self::NotOpened(fault) => format!("the store cannot be opened: {fault:#}"),
            Self::Damaged(found) => format!("it is damaged: {found:#}"),
            Self::Again(act, found) => format!("asked again, {act}: {found:#}"),
            Self::Fault(act, fault) => format!("on a disk that is well, {act} fails: {fault:#}"),
            Self::LeftByFault(act, differs) => {
                format!("{act} failed, and yet something stands ({differs})")
            }
            Self::NotDone(act, differs) => {
                format!("{act} was acknowledged, and not all of it stands ({differs})")
            }
            Self::Remembered(file) => format!("{file} holds a borrower's id that was forgotten"),
            Self::Unreadable(fault) => format!("the database cannot be read: {fault:#}"),
            Self::Panicked(words) => format!("the program panicked: {words}"),
        }
    }
}
