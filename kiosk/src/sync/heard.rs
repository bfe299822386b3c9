//! What is made of what the server says: pure, so that the threads here and a rig
//! without threads make the same of it.

use shared::{
    refusal::Refusal,
    wire::v1::kiosk::{BorrowerCard, CommandAnswer, Rows},
};

use super::{News, link::Trouble};
use crate::{
    flow::{Answer, Lookup},
    store::{Applied, Fault, Store},
};

/// What the server's word on a fact asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The fact is answered.
    Answer(Answer),
    /// The server lost this kiosk's facts from this place on.
    SendAgainFrom(u64),
    /// Trying again cannot put it right: nothing more is sent.
    Halt(String),
}

/// What the server's word on a fact asks for; a call that came to nothing is tried
/// again. A refusal of the fact itself is an answer; one of its place in the series
/// is not, however it comes.
pub fn on_fact(answer: Result<CommandAnswer, Trouble>) -> Result<Word, Trouble> {
    match answer {
        Ok(CommandAnswer::Accepted { cursor: _ }) => Ok(Word::Answer(Answer::Accepted)),
        Ok(CommandAnswer::Refused { refusal }) => Ok(on_refusal(refusal.0)),
        Err(trouble) => on_series(&trouble).ok_or(trouble),
    }
}

fn on_refusal(refusal: Refusal) -> Word {
    match refusal {
        Refusal::FactsMissing { expected } => Word::SendAgainFrom(expected),
        Refusal::SeriesWentBack { expected } => Word::Halt(format!(
            "the server has facts of this kiosk up to {expected} already"
        )),
        Refusal::CommandIdReused => {
            Word::Halt("the server has another fact of the same id".to_owned())
        }
        refusal => Word::Answer(Answer::Refused(refusal)),
    }
}

/// What a call that was refused as such says of the fact's place in the series.
fn on_series(trouble: &Trouble) -> Option<Word> {
    match trouble {
        Trouble::Refused { refusal, .. } => refusal
            .map(on_refusal)
            .filter(|word| !matches!(word, Word::Answer(_))),
        Trouble::Away(_)
        | Trouble::NotLetIn { .. }
        | Trouble::NoNumber
        | Trouble::NotUnderstood(_) => None,
    }
}

/// Puts rows on the disk. Says how they were taken, and whether the server took
/// facts that this disk never held.
pub fn on_rows(store: &mut Store, rows: &Rows) -> Result<(Applied, bool), Fault> {
    let applied = store.apply(rows)?;
    Ok((applied, rows.facts_taken > store.last_fact()?))
}

/// What a card led to.
pub fn on_card(answer: Result<BorrowerCard, Trouble>) -> Lookup {
    match answer {
        Ok(card) => Lookup::Found(card),
        Err(Trouble::Refused {
            refusal: Some(Refusal::BorrowerUnknown),
            ..
        }) => Lookup::Unknown,
        Err(trouble) => {
            tracing::warn!("a card was not looked up: {trouble}");
            Lookup::Away
        }
    }
}

/// What a call that came to nothing says of the server.
pub fn on_trouble(trouble: &Trouble) -> Option<News> {
    match trouble {
        // The fault itself is in the log already.
        Trouble::NoNumber => None,
        Trouble::Away(_) | Trouble::NotLetIn { .. } => Some(News::Online(false)),
        Trouble::Refused { .. } | Trouble::NotUnderstood(_) => Some(News::TooOld),
    }
}

/// How many numbers are passed over after a call was taken for a replay so often in
/// a row. None at first, since a call of this kiosk may just have been overtaken;
/// then ever more, since a disk that was set back may have forgotten thousands.
pub const fn passed_over(overtaken: u32) -> u32 {
    256_u32.saturating_pow(overtaken.saturating_sub(1)) - 1
}

/// Whether the call was taken for a replay: two calls under way may arrive in the
/// other order, and a new number is all that this one needs.
pub fn is_replay(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::NotLetIn { code, .. } if code == "replayed")
}
