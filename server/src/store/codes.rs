//! One-time codes that give a tablet or a kiosk its identity, tags' secrets, and
//! the guard against replayed requests. Of a code only its digest is kept.

use planted::planted;
use rusqlite::{OptionalExtension, Row, params};
use shared::{
    digest::Digest,
    ids::{CommandId, KioskId, TabletId, VenueId},
    refusal::Refusal,
    tag::{TabletNumber, Tag},
    time::Moment,
};

use super::{
    Fault, Reader, Store, Work,
    column::unreadable,
    row::{moment, text, text_option},
};

/// A one-time code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The digest of its text.
    pub hash: Digest,
    /// What it enrols.
    pub whom: CodeFor,
    /// From this instant on it is worth nothing.
    pub expires_at: Moment,
}

/// What a one-time code enrols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFor {
    /// A tablet.
    Tablet {
        /// The id that it will have.
        tablet: TabletId,
        /// The number that it will have.
        number: TabletNumber,
        /// Where it will be.
        venue: VenueId,
        /// The digest of the tag that is on it.
        tag: Digest,
    },
    /// An agent that comes to speak for a tablet which had none.
    Agent {
        /// The tablet.
        tablet: TabletId,
        /// Its number.
        number: TabletNumber,
        /// Where somebody has it in hand.
        venue: VenueId,
    },
    /// A kiosk.
    Kiosk {
        /// The id that it will have.
        kiosk: KioskId,
        /// Where it stands.
        venue: VenueId,
    },
}

/// The number of a caller's last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastCall(pub u64);

/// Why a one-time code is not taken. Whoever calls learns only that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// No such code.
    #[error("no such code")]
    Unknown,
    /// Its time is over.
    #[error("the code's time is over")]
    Expired,
    /// Somebody used it.
    #[error("the code was used")]
    Used,
}

impl Store {
    /// Keeps a one-time code.
    pub fn add_code(&mut self, code: &Code) -> Result<(), Fault> {
        let columns = Columns::of(&code.whom);
        self.read
            .connection
            .prepare_cached(
                "INSERT INTO enrolment_code VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL)",
            )?
            .execute(params![
                code.hash.to_string(),
                columns.kind,
                columns.tablet,
                columns.kiosk,
                columns.number,
                columns.tag,
                columns.venue,
                code.expires_at.as_ms(),
            ])?;
        Ok(())
    }

    /// Keeps a tag's text, so that it can be printed again.
    pub fn keep_tag(&mut self, tablet: TabletId, tag: &Tag) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached(
                "INSERT INTO tag_secret VALUES (?1, ?2, ?3)
                 ON CONFLICT (tablet) DO UPDATE SET code = excluded.code",
            )?
            .execute([tablet.to_string(), tag.number().to_string(), tag.code()])?;
        Ok(())
    }

    /// Notes a caller's request number. Where it is not greater than the last one,
    /// which is a replay, that one is given back.
    pub fn advance_caller(
        &mut self,
        caller: &str,
        seq: u64,
    ) -> Result<Result<(), LastCall>, Fault> {
        let changed = self
            .read
            .connection
            .prepare_cached(
                "INSERT INTO caller_seq VALUES (?1, ?2)
                 ON CONFLICT (caller) DO UPDATE SET seq = excluded.seq
                 WHERE excluded.seq > caller_seq.seq",
            )?
            .execute(params![caller, seq])?;
        if changed == 1 || planted!(ReplayedRequest) {
            return Ok(Ok(()));
        }
        let last = "SELECT seq FROM caller_seq WHERE caller = ?1";
        let mut statement = self.read.connection.prepare_cached(last)?;
        let last = statement.query_row([caller], |row| row.get(0))?;
        Ok(Err(LastCall(last)))
    }

    /// Uses up the code that an enrolment came with. The other one of two that
    /// race for one code finds the identity given already.
    pub(super) fn use_code(&self, work: &Work) -> Result<Result<(), Refusal>, Fault> {
        let Some(hash) = work.code else {
            return Ok(Ok(()));
        };
        let used = self
            .read
            .connection
            .prepare_cached(
                "UPDATE enrolment_code SET used_by = ?2 WHERE hash = ?1 AND used_by IS NULL",
            )?
            .execute([hash.to_string(), work.command.id.to_string()])?;
        Ok((used == 1).then_some(()).ok_or(Refusal::AlreadyThere))
    }
}

impl Reader {
    /// What the code of this digest enrols, where `command` may use it: unexpired
    /// and unused, or used by that very command.
    pub fn code(
        &self,
        hash: Digest,
        now: Moment,
        command: CommandId,
    ) -> Result<Result<CodeFor, CodeError>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM enrolment_code WHERE hash = ?1")?;
        let found = statement.query_row([hash.to_string()], |row| {
            let used_by: Option<CommandId> = text_option(row, "used_by")?;
            Ok((code_for(row)?, moment(row, "expires_at")?, used_by))
        });
        Ok(match found.optional()? {
            None => Err(CodeError::Unknown),
            Some((whom, _, Some(by))) if by == command => Ok(whom),
            Some((_, _, Some(_))) => Err(CodeError::Used),
            Some((_, expires_at, None)) if now >= expires_at => Err(CodeError::Expired),
            Some((whom, _, None)) => Ok(whom),
        })
    }

    /// The tag of the tablet of this number, as it is printed, and the tablet's id.
    /// It is there from the first one-time code on, before the tablet is enrolled.
    pub fn tag(&self, number: TabletNumber) -> Result<Option<(TabletId, Tag)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT tablet, code FROM tag_secret WHERE number = ?1")?;
        let found = statement.query_row([number.to_string()], |row| {
            Ok((text(row, "tablet")?, text(row, "code")?))
        });
        Ok(found.optional()?)
    }
}

struct Columns {
    kind: &'static str,
    tablet: Option<String>,
    kiosk: Option<String>,
    number: Option<String>,
    tag: Option<String>,
    venue: String,
}

impl Columns {
    fn of(whom: &CodeFor) -> Self {
        match whom {
            CodeFor::Tablet {
                tablet,
                number,
                venue,
                tag,
            } => Self {
                kind: "tablet",
                tablet: Some(tablet.to_string()),
                kiosk: None,
                number: Some(number.to_string()),
                tag: Some(tag.to_string()),
                venue: venue.to_string(),
            },
            CodeFor::Agent {
                tablet,
                number,
                venue,
            } => Self {
                kind: "agent",
                tablet: Some(tablet.to_string()),
                kiosk: None,
                number: Some(number.to_string()),
                tag: None,
                venue: venue.to_string(),
            },
            CodeFor::Kiosk { kiosk, venue } => Self {
                kind: "kiosk",
                tablet: None,
                kiosk: Some(kiosk.to_string()),
                number: None,
                tag: None,
                venue: venue.to_string(),
            },
        }
    }
}

fn code_for(row: &Row<'_>) -> rusqlite::Result<CodeFor> {
    let kind: String = row.get("kind")?;
    let venue = text(row, "venue")?;
    Ok(match kind.as_str() {
        "tablet" => CodeFor::Tablet {
            tablet: text(row, "tablet")?,
            number: text(row, "number")?,
            venue,
            tag: text(row, "tag")?,
        },
        "agent" => CodeFor::Agent {
            tablet: text(row, "tablet")?,
            number: text(row, "number")?,
            venue,
        },
        "kiosk" => CodeFor::Kiosk {
            kiosk: text(row, "kiosk")?,
            venue,
        },
        _ => return Err(unreadable("kind")),
    })
}
