//! What is made of what the server says: pure, so that the threads here and a rig
//! without threads make the same of it.

use planted::planted;
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
    /// The fact's place is another's that this disk has forgotten: the series went back.
    BeginSeries,
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
        Refusal::SeriesWentBack { expected: _ } if !planted!(SetBackForNo) => Word::BeginSeries,
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

/// What a kiosk knew of its own series when it asked for rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which of its series.
    pub series: u32,
    /// The place up to which every fact was answered by then.
    pub answered: u64,
}

impl Told {
    /// What it knows now.
    pub fn read(store: &Store) -> Result<Self, Fault> {
        Ok(Self {
            series: store.series()?,
            answered: store.answered_up_to()?,
        })
    }
}

/// What rows say of this kiosk's own series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Kiosk and server know the same of it, but for what is under way.
    Even,
    /// The server lost facts from this place on.
    LostFrom(u64),
    /// The server has facts that this disk never held: it was restored from an old
    /// copy, and this series has ended.
    WentBack(u32),
}

/// Puts rows on the disk. Says how they were taken, and what they say of the kiosk's
/// own series.
pub fn on_rows(store: &mut Store, rows: &Rows, told: Told) -> Result<(Applied, Level), Fault> {
    let applied = store.apply(rows)?;
    Ok((applied, level(store, rows, told)?))
}

fn level(store: &Store, rows: &Rows, told: Told) -> Result<Level, Fault> {
    let own = store.series()?;
    let is_same = rows.series == own;
    if rows.series > own || (is_same && rows.facts_taken > store.last_fact()?) {
        return Ok(Level::WentBack(rows.series));
    }
    // A series that was begun since is answered by none of these rows.
    if told.series != own {
        return Ok(Level::Even);
    }
    let taken = if is_same { rows.facts_taken } else { 0 };
    Ok(if taken < told.answered {
        Level::LostFrom(taken + 1)
    } else {
        Level::Even
    })
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

/// The number of this kiosk's last call, where a call was taken for a replay: two under
/// way may arrive in the other order, and a disk that was restored has forgotten some.
/// A greater number is all that this call needs.
pub fn replayed_after(trouble: &Trouble) -> Option<u64> {
    match trouble {
        Trouble::NotLetIn {
            code, last_call, ..
        } if code == "replayed" => Some(last_call.unwrap_or(0)),
        Trouble::NotLetIn { .. }
        | Trouble::Away(_)
        | Trouble::Refused { .. }
        | Trouble::NoNumber
        | Trouble::NotUnderstood(_) => None,
    }
}
