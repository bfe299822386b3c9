//! Single values in rows: ids, digests and days as their own text, read only
//! through their own parser; instants as milliseconds; places as integers.

use std::str::FromStr;

use rusqlite::Row;
use shared::time::Moment;

use super::names::unreadable;

/// A value that is written as its own text.
pub(super) fn text<T: FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unreadable(column))
}

/// The same, where the column may be empty.
pub(super) fn text_option<T: FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|_| unreadable(column)))
        .transpose()
}

/// An instant.
pub(super) fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<Moment> {
    row.get(column).map(Moment::from_ms)
}

/// The same, where the column may be empty.
pub(super) fn moment_option(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Moment>> {
    let ms: Option<i64> = row.get(column)?;
    Ok(ms.map(Moment::from_ms))
}
